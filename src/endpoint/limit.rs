//! Counting the requests of a client, where a contract limits them, and the refusal of an account that is beyond its
//! limit.

use super::visit::Visit;
use crate::{context::NotDone, dialect::Refusal, store::RateCount, telemetry};

impl<L> Visit<'_, L> {
    /// Counts by the client's network. To be called before the body is read, so that every request counts.
    pub(super) async fn limit_client(&mut self) -> Result<(), Refusal> {
        match self.client() {
            Some(address) => self.limit(&address.network().to_string()).await,
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

    /// Refuses what was not done, or an account that is beyond its limit.
    pub(super) fn not_done(&mut self, why: NotDone) -> Refusal {
        match why {
            NotDone::Refused(refusal) => refusal,
            NotDone::Beyond(count) => self.beyond(count),
        }
    }

    /// Refuses an account that is beyond its limit.
    pub(super) fn beyond(&mut self, count: RateCount) -> Refusal {
        self.retry_after = Some(count.retry_after(self.context.clock.now()).as_secs());
        self.rate.get_or_insert(count);
        Refusal::Throttled
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
