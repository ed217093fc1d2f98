//! What clients of the contracts do.

use futures_util::{StreamExt, stream};
use hyper::Method;

use crate::{
    client::{Call, Reply},
    servers::{Fleet, PASSWORD},
};

impl Fleet {
    /// The token of a login by the contract `tokens`, whichever server's turn it is.
    pub async fn log_in(&self, user: &str) -> String {
        self.send(log_in(user)).await.token()
    }

    /// A token each of as many new users.
    pub async fn sessions(&self, many: usize) -> Vec<String> {
        let session = |_| async { self.log_in(&self.new_user().await).await };
        stream::iter(0..many).map(session).buffer_unordered(6).collect().await
    }

    /// The status of a guarded request there.
    pub async fn status(&self, server: usize, token: &str) -> u16 {
        self.ask(server, me(token)).await.status
    }

    /// The same on every server.
    pub async fn statuses(&self, token: &str) -> Vec<u16> {
        let mut statuses = Vec::new();
        for server in 0..self.servers.len() {
            statuses.push(self.status(server, token).await);
        }
        statuses
    }

    pub async fn refresh(&self, server: usize, token: &str) -> Reply {
        self.ask(server, refresh(token)).await
    }
}

/// Each of many is a client of its own, as the contract counts its logins by address.
pub fn log_in(user: &str) -> Call {
    let number: u32 = user.trim_start_matches("user").parse().unwrap();
    let address = format!("10.{}.{}.1", number / 256, number % 256);
    Call::post("/tokens").form(&[("login", user), ("password", PASSWORD)]).from(address)
}

pub fn me(token: &str) -> Call {
    Call::get("/me").bearer(token)
}

pub fn refresh(token: &str) -> Call {
    Call::new(Method::PATCH, format!("/tokens/{token}"))
}

pub fn log_out(token: &str) -> Call {
    Call::new(Method::DELETE, format!("/tokens/{token}"))
}
