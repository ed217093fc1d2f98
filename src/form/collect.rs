//! Bytes of a body: at most so many, with and without `Content-Length`, and for at most so long.

use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use crate::{BoxError, dialect::Refusal};

#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// Bytes.
    pub(crate) size: usize,
    pub(crate) time: Duration,
}

pub(super) async fn collect<B>(body: B, limits: BodyLimits) -> Result<Bytes, Refusal>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    if body.size_hint().lower() > limits.size as u64 {
        return Err(Refusal::TooLarge);
    }
    let collected = timeout(limits.time, Limited::new(body, limits.size).collect()).await;
    match collected.map_err(|_| Refusal::TimedOut)? {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge),
        Err(_) => Err(Refusal::Malformed("The request body could not be read")),
    }
}
