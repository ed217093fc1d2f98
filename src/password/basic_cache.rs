//! `BasicCache`: a password that was verified a moment ago is known again without its hash, and one that is being
//! verified is not verified a second time.
//!
//! Only successes are kept, and of user-id and password nothing but a fingerprint. Whoever asks has looked the account
//! up, so what is kept counts for that very stored hash and no other. Unknown users have flights too, and where guesses
//! are counted before the lookup nobody has: what is shared must not tell who exists.
//!
//! What is known is known of a claimant, whose guesses are counted together, and any other guess of theirs ends it. Or
//! it would answer guesses that are not counted: right ones at once, in the midst of a lock.

use std::time::Duration;

use super::{
    basis::{Basis, Version},
    claimant::Claimant,
    fingerprint::{Fingerprint, Fingerprinter},
    passwords::Unverified,
    proven::Proven,
};
use crate::{clock::Timestamp, flight::Flights};

/// Most bytes that an entry may hold besides its own; what takes more is hashed each time.
const LONGEST: usize = 512;

pub(crate) struct BasicCache {
    fingerprinter: Fingerprinter,
    proven: Proven<(Fingerprint, Basis)>,
    /// By the name that was typed, for who has to know before the account is looked up.
    typed: Proven<Fingerprint>,
    flights: Flights<Shown, Option<Result<(), Unverified>>>,
}

/// What is verified, and for whom. Who has it under way does it for all who show the same.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Shown {
    pub(crate) claimant: Claimant,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) basis: Basis,
}

impl BasicCache {
    /// Keeps at most `entries`, each for its `lifetime`. `None` when that is nothing, or there is no randomness for a key:
    /// every password is hashed then.
    pub(crate) fn new(entries: usize, lifetime: Duration) -> Option<Self> {
        if entries == 0 || lifetime.is_zero() {
            return None;
        }
        Some(Self {
            fingerprinter: Fingerprinter::new()?,
            proven: Proven::new(entries, lifetime),
            typed: Proven::new(entries, lifetime),
            flights: Flights::new(),
        })
    }

    pub(crate) fn fingerprint(&self, user_pass: &str) -> Fingerprint {
        self.fingerprinter.of(user_pass)
    }

    /// Whether this was verified and found right a moment ago, against what the account has now. If not, the claimant
    /// is known for nothing any more.
    pub(crate) fn knows(
        &self,
        claimant: &Claimant,
        fingerprint: &Fingerprint,
        version: Version<'_>,
        now: Timestamp,
    ) -> bool {
        let is = |(known, basis): &(Fingerprint, Basis)| known == fingerprint && basis.version() == version;
        self.proven.confirms(claimant, is, now)
    }

    /// Whether who typed this name had this verified under it. If not, they are known by the name no more.
    pub(crate) fn knows_typed(&self, typed: &Claimant, fingerprint: &Fingerprint, now: Timestamp) -> bool {
        self.typed.confirms(typed, |known| known == fingerprint, now)
    }

    /// They had this verified under this name.
    pub(crate) fn was_typed(&self, typed: Claimant, fingerprint: Fingerprint, now: Timestamp) {
        self.typed.insert(typed, fingerprint, now);
    }

    pub(crate) fn forget_typed(&self, typed: &Claimant) {
        self.typed.remove(typed);
    }

    pub(crate) fn forget(&self, claimant: &Claimant) {
        self.proven.remove(claimant);
    }

    /// Verifies once for all who ask at the same time, and remembers a success if it `keeps`. Who is not let in to be
    /// verified, as somebody locked out is not, is an error to that caller alone. A guess that is `counted` already is
    /// verified by itself, as it is where the lookup verifies it, or nobody is there: it has a place among the guesses
    /// under way, and others may have to wait for that.
    pub(crate) async fn verify_once<F, E>(
        &self,
        shown: Shown,
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
                self.remember(shown.clone(), now);
            }
        };
        let once = async {
            // Another may have landed between the question and this flight.
            if keeps && self.knows(&shown.claimant, &shown.fingerprint, shown.basis.version(), now) {
                return Some(Ok(()));
            }
            let verified = verify().await.map_err(|error| kept_out = Some(error)).ok()?;
            remember(&verified);
            Some(verified)
        };
        let verified = match counted {
            true => once.await,
            false => self.flights.join(shown.clone(), once).await,
        };
        match (verified, kept_out) {
            (Some(verified), _) => Ok(verified),
            (None, Some(error)) => Err(error),
            (None, None) => {
                let verified = verify().await?;
                remember(&verified);
                Ok(verified)
            }
        }
    }

    fn remember(&self, Shown { claimant, fingerprint, basis }: Shown, now: Timestamp) {
        if claimant.bytes() + basis.bytes() <= LONGEST {
            self.proven.insert(claimant, (fingerprint, basis), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::PasswordProof;

    #[test]
    fn s64_what_is_kept_of_a_password_is_bounded_by_bytes() {
        let cache = BasicCache::new(16, Duration::from_secs(60)).unwrap();
        let now = Timestamp::from_unix_seconds(100);
        let fingerprint = cache.fingerprint("ada:secret");
        for (length, kept) in [(LONGEST - 3, true), (LONGEST - 2, false)] {
            let proof = PasswordProof::Stored("x".repeat(length).into());
            let version = Version { proof: Some(&proof), valid_since: None };
            let claimant = Claimant::account(&"ada".into(), None);
            cache.remember(Shown { claimant: claimant.clone(), fingerprint, basis: Basis::of(version) }, now);
            assert_eq!(cache.knows(&claimant, &fingerprint, version, now), kept, "{length}");
        }
        // What it holds besides, its slot in a table and what the allocator keeps are some hundred bytes more.
        let entry = size_of::<(Claimant, (Fingerprint, Basis), Timestamp)>();
        assert!(entry <= 192, "{entry}");
    }
}
