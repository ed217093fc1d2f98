//! `Recall`: a password that was verified a moment ago is known again without its hash, and one that is being
//! verified is not verified a second time.
//!
//! Only successes are kept, and neither user-id nor password. Whoever asks has looked the account up, so what is kept
//! counts for that very stored hash and no other. Unknown users have flights too: what is shared must not tell who
//! exists.
//!
//! What is known is known of a guesser, whose guesses are counted together, and any other guess of theirs ends it. Or
//! it would answer guesses that are not counted: right ones at once, in the midst of a lock.

use super::{
    fingerprint::{Fingerprint, Fingerprinter, Version},
    passwords::Unverified,
    proven::Proven,
};
use crate::{clock::Timestamp, flight::Flights, store::ThrottleKey};

pub(crate) struct Recall {
    fingerprinter: Fingerprinter,
    proven: Proven,
    /// The same by the name that was typed, for who has to know before the account is looked up.
    typed: Proven,
    /// By whose guess at what it is, and whether that was counted before. `None`: that caller was not let in.
    flights: Flights<(ThrottleKey, Fingerprint, bool), Option<Result<(), Unverified>>>,
}

impl Recall {
    /// Keeps at most `entries`, each for `seconds`. `None` when that is nothing, or there is no randomness for a key:
    /// every password is hashed then.
    pub(crate) fn new(seconds: u64, entries: usize) -> Option<Self> {
        if seconds == 0 || entries == 0 {
            return None;
        }
        let fingerprinter = Fingerprinter::new()?;
        let [proven, typed] = [(); 2].map(|()| Proven::new(seconds, entries));
        Some(Self { fingerprinter, proven, typed, flights: Flights::new() })
    }

    pub(crate) fn fingerprint(&self, user_id: &str, password: &str, version: &Version<'_>) -> Fingerprint {
        self.fingerprinter.of(user_id, password, version)
    }

    /// Whether this was verified and found right a moment ago. If not, the guesser is known for nothing any more.
    pub(crate) fn knows(&self, guesser: ThrottleKey, fingerprint: &Fingerprint, now: Timestamp) -> bool {
        self.proven.confirms(guesser, fingerprint, now)
    }

    /// Whether who typed this name is known for a password of it.
    pub(crate) fn knows_typed(&self, typed: ThrottleKey, now: Timestamp) -> bool {
        self.typed.has(typed, now)
    }

    /// The guesser had this verified under this name.
    pub(crate) fn was_typed(&self, typed: ThrottleKey, fingerprint: Fingerprint, now: Timestamp) {
        self.typed.insert(typed, fingerprint, now);
    }

    pub(crate) fn forget_typed(&self, typed: ThrottleKey) {
        self.typed.remove(typed);
    }

    pub(crate) fn forget(&self, guesser: ThrottleKey) {
        self.proven.remove(guesser);
    }

    /// Verifies once for all who ask at the same time, and remembers a success if it `keeps`. Who is not let in to be
    /// verified, as somebody locked out is not, is an error to that caller alone. Those whose guess is `counted`
    /// already have a flight of their own: they have a place among the guesses under way, which whoever has none may
    /// have to wait for.
    pub(crate) async fn verify_once<F, E>(
        &self,
        guesser: ThrottleKey,
        fingerprint: Fingerprint,
        now: Timestamp,
        keeps: bool,
        counted: bool,
        mut verify: impl FnMut() -> F,
    ) -> Result<Result<(), Unverified>, E>
    where
        F: Future<Output = Result<Result<(), Unverified>, E>>,
    {
        let mut kept_out = None;
        let remember = |verified: &Result<(), Unverified>| {
            if keeps && verified.is_ok() {
                self.proven.insert(guesser, fingerprint, now);
            }
        };
        let once = async {
            // Another may have landed between the question and this flight.
            if keeps && self.knows(guesser, &fingerprint, now) {
                return Some(Ok(()));
            }
            let verified = verify().await.map_err(|error| kept_out = Some(error)).ok()?;
            remember(&verified);
            Some(verified)
        };
        match (self.flights.join((guesser, fingerprint, counted), once).await, kept_out) {
            (Some(verified), _) => Ok(verified),
            (None, Some(error)) => Err(error),
            (None, None) => {
                let verified = verify().await?;
                remember(&verified);
                Ok(verified)
            }
        }
    }
}
