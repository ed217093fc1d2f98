//! Counting the requests of a client, where a contract limits them.

use super::visit::Visit;
use crate::{dialect::Refusal, telemetry};

impl<L> Visit<'_, L> {
    /// Counts by the client's network. To be called before the body is read, so that every request counts.
    pub(super) async fn limit_client(&mut self) -> Result<(), Refusal> {
        match self.client() {
            Some(address) => self.limit(&address.network()).await,
            None => Ok(()),
        }
    }

    /// Counts by user-id where the server told no address: one bucket for everybody would lock everybody out.
    pub(super) async fn limit_user_id(&mut self, user_id: &str) -> Result<(), Refusal> {
        match self.client() {
            Some(_) => Ok(()),
            None => self.limit(&user_id.to_lowercase()).await,
        }
    }

    async fn limit(&mut self, whose: &str) -> Result<(), Refusal> {
        let Some(rate) = self.dialect.rate() else { return Ok(()) };
        self.rate = self.context.throttle.request(&self.served.path, whose, rate, self.now).await;
        let exceeded = self.rate.is_some_and(|count| count.exceeded());
        if exceeded {
            telemetry::throttled("requests");
            return Err(Refusal::Throttled);
        }
        Ok(())
    }
}
