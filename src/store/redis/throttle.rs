//! Counts: each operation one script, on the bucket of its key.
//!
//! A key stands in one of 256 buckets, by its first byte, and each is a hash with a bound of its own, and for guesses one
//! more of known networks: so hostile keys cannot make Redis grow, and a cluster shares the work.

use super::{
    entry::{millis, moment},
    fault::Fault,
    script::{Arguments, CLEAR, COUNT, GUESS, RELEASE, SUCCEED, Script, UNCOUNT},
    store::RedisStore,
};
use crate::{
    clock::Timestamp,
    store::{Budget, Guess, Rate, RateCount, StoreFuture, ThrottleKey, ThrottleStore, Verdict},
};

impl RedisStore {
    /// One step on the bucket of `key` among those for requests (`r`) or for guesses (`g`).
    async fn count_in(
        &self,
        bucket: char,
        key: ThrottleKey,
        script: &Script,
        now: Timestamp,
        arguments: Arguments,
    ) -> Result<Vec<String>, Fault> {
        let core = self.core();
        let [number, ..] = key.as_bytes();
        let bucket = format!("{{{}:{bucket}{number:02x}}}", core.namespace);
        let head = Arguments::default().number(millis(now)).number(core.bucket as u64);
        let answer = core.link.run(script, &bucket, &head.and(arguments)).await?;
        redis::from_redis_value(answer).map_err(|_| Fault::Strange)
    }
}

impl ThrottleStore for RedisStore {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        Box::pin(async move {
            let arguments = Arguments::default()
                .key(key.as_bytes())
                .number(u64::try_from(rate.window().as_millis()).unwrap_or(u64::MAX));
            match &*self.count_in('r', key, &COUNT, now, arguments).await? {
                [used, resets_at] => {
                    let used = used.parse().unwrap_or(u32::MAX);
                    Ok(RateCount::new(rate, used, moment(resets_at)?))
                }
                _ => Err(Fault::Strange.into()),
            }
        })
    }

    fn uncount(&self, key: ThrottleKey, count: RateCount, now: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let arguments = Arguments::default().key(key.as_bytes()).number(millis(count.resets_at));
            self.count_in('r', key, &UNCOUNT, now, arguments).await?;
            Ok(())
        })
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        Box::pin(async move {
            let arguments = Arguments::default().key(guess.account.as_bytes());
            let arguments =
                within(arguments, guess.account_budget).maybe_key(guess.client.as_ref().map(ThrottleKey::as_bytes));
            let arguments = within(arguments, guess.client_budget);
            match &*self.count_in('g', guess.account, &GUESS, guess.now, arguments).await? {
                [locked, until] if locked == "locked" => Ok(Verdict::Locked { until: moment(until)? }),
                [admitted, known] if admitted == "admitted" => Ok(Verdict::Admitted { known: known == "1" }),
                _ => Err(Fault::Strange.into()),
            }
        })
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let counted = guess.client.into_iter().chain((!known).then_some(guess.account));
            let arguments = counted.fold(Arguments::default(), |arguments, key| arguments.key(key.as_bytes()));
            self.count_in('g', guess.account, &RELEASE, guess.now, arguments).await?;
            Ok(())
        })
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let client = guess.client.as_ref().map(ThrottleKey::as_bytes);
            let arguments = Arguments::default().key(guess.account.as_bytes()).maybe_key(client);
            self.count_in('g', guess.account, &SUCCEED, guess.now, arguments).await?;
            Ok(())
        })
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            match &*self.count_in('g', account, &CLEAR, now, Arguments::default().key(account.as_bytes())).await? {
                [ok] if ok == "ok" => Ok(()),
                _ => Err("the throttle is full of locks".into()),
            }
        })
    }
}

fn within(arguments: Arguments, budget: Budget) -> Arguments {
    let Budget { failures, again, window, lock, longest, long } = budget;
    [failures, again, window, lock, longest, long].into_iter().fold(arguments, Arguments::number)
}
