//! The inner services alone.

use axum::{body::Body, handler::Handler};
use bytes::Bytes;
use http::Response;
use http_body_util::Full;

use crate::{
    credentials::BASIC,
    door::{Asking, Door, Inner, Opened, Sent, Through},
};

pub fn alone(asking: Asking) -> Opened {
    let door = Through::<_, Full<Bytes>>::new(Inner::<Full<Bytes>>::new());
    open(asking, Box::new(door))
}

/// An axum handler, which extractors stand before.
pub fn handler(asking: Asking) -> Opened {
    let door = Through::<_, Body>::new((|| async { Response::new(Body::default()) }).with_state(()));
    open(asking, Box::new(door))
}

fn open(asking: Asking, door: Box<dyn Door>) -> Opened {
    let good = match asking {
        Asking::Hs256 | Asking::Rs256 => super::good(asking),
        Asking::Basic => Sent::authorization(&[BASIC]),
        Asking::Nothing | Asking::Open => Sent::without_credentials("/public"),
    };
    Opened { door, good, bad: Vec::new() }
}
