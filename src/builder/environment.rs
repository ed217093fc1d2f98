//! What time it is, and what an operator is told.

use std::sync::Arc;

use super::AuthLayerBuilder;
use crate::clock::Clock;

/// Time, and what traces show.
impl AuthLayerBuilder {
    /// Sets the clock that tells the time. Defaults to the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Writes the id of a user who is admitted, or granted a token, into the field `user.id` of a span. On guarded
    /// routes that is the span the request is in, which is the application's and must have been created with that
    /// field; on login routes it is the layer's own.
    ///
    /// The id is that of the lookup or the token, with control characters escaped, and never what a refused client
    /// sent. Traces then show who did what: keep them no longer than the law allows. Defaults to no ids.
    ///
    /// # Examples
    ///
    /// ```
    /// use tracing::field::Empty;
    ///
    /// let builder = tower_auth::AuthLayer::builder().user_id_in_spans();
    /// // The span around it, for tower-http's `TraceLayer`:
    /// let span = |request: &http::Request<()>| tracing::info_span!("request", method = %request.method(), user.id = Empty);
    /// # let _ = (builder, span(&http::Request::new(())));
    /// ```
    pub fn user_id_in_spans(mut self) -> Self {
        self.user_id_in_spans = true;
        self
    }
}
