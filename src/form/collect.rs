//! Bytes of a body: at most so many, with and without `Content-Length`, and for at most so long.

use std::{future::poll_fn, pin::pin, time::Duration};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body::Body;
use tokio::time::timeout;

use crate::dialect::Refusal;

#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyLimits {
    /// Bytes.
    pub(crate) size: usize,
    pub(crate) time: Duration,
}

pub(super) async fn collect<B: Body>(body: B, limits: BodyLimits) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > limits.size as u64 {
        return Err(Refusal::BodyTooLarge);
    }
    timeout(limits.time, within(body, limits.size)).await.map_err(|_| Refusal::BodyTimedOut)?
}

/// All of the data; the trailers are nobody's. Whatever the body fails with, it is not told.
async fn within<B: Body>(body: B, limit: usize) -> Result<Bytes, Refusal> {
    let mut body = pin!(body);
    let mut collected = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|_| Refusal::MalformedBody("The request body could not be read"))?;
        let Ok(data) = frame.into_data() else { continue };
        if data.remaining() > limit - collected.len() {
            return Err(Refusal::BodyTooLarge);
        }
        collected.put(data);
    }
    Ok(collected.freeze())
}
