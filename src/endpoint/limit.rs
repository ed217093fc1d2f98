//! Counting the requests of a client, where a contract limits them.

use super::visit::Visit;
use crate::{ClientAddr, dialect::Refusal, store::ThrottleKey, telemetry};

impl<L> Visit<'_, L> {
    /// Counts by the client's network. To be called before the body is read, so that every request counts.
    pub(super) async fn limit_client(&mut self) -> Result<(), Refusal> {
        match ClientAddr::of(&self.parts.extensions) {
            Some(address) => self.limit(&address.network()).await,
            None => Ok(()),
        }
    }

    /// Counts by user-id where the server told no address: one bucket for everybody would lock everybody out.
    pub(super) async fn limit_user_id(&mut self, user_id: &str) -> Result<(), Refusal> {
        match ClientAddr::of(&self.parts.extensions) {
            Some(_) => Ok(()),
            None => self.limit(&user_id.to_lowercase()).await,
        }
    }

    async fn limit(&mut self, whose: &str) -> Result<(), Refusal> {
        let (Some(throttle), Some(rate)) = (&self.context.throttle, self.dialect.rate()) else {
            return Ok(());
        };
        let key = ThrottleKey::new(&self.served.path, whose);
        match throttle.count(key, rate, self.now).await {
            Ok(count) => {
                self.rate = Some(count);
                if count.exceeded() { Err(Refusal::Throttled) } else { Ok(()) }
            }
            // A count that is lost admits: passwords are still verified on the bounded lane.
            Err(error) => {
                telemetry::store_failed("throttle", &*error);
                Ok(())
            }
        }
    }
}
