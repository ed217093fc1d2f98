//! Verifying a password so that the answer is all that tells accounts apart.
//!
//! Every refused attempt does the same hashing: one verification of each cost in use. In use is what new hashes cost,
//! and each other cost that an account has shown (the application's own verification among them), so a table that is
//! half migrated from bcrypt to argon2id makes a refusal cost one of each, whether the user exists or not.

use std::sync::Arc;

use super::{
    PasswordProof,
    lane::{Lane, LaneLimits, Undone},
    stored::StoredPassword,
    verify::{self, Cost, Custom},
};
use crate::{
    BoxError, Password, Subject,
    sync::RwLock,
    telemetry::{self, Span},
};

/// Kinds of stored hash that are told apart; more are not learned.
const COSTS: usize = 4;

/// The application's own way to verify a stored form unknown here.
pub(crate) type Verifier = Arc<Custom>;

type Storing = std::pin::Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// Takes a user's new hash to where it is stored.
pub(crate) type Rehash = Arc<dyn Fn(PasswordUpgrade) -> Storing + Send + Sync>;

/// A new hash for a user who logged in with an older form.
///
/// It comes a moment after the login. Store it only where the old form is still there, or a password that was changed
/// meanwhile would be changed back: `UPDATE users SET hash = $replacement WHERE id = $id AND hash = $stored`. A salt in
/// a column of its own is set to NULL with it, and tells the next lookup which of the two forms it finds.
///
/// ```
/// use tower_auth::{BoxError, PasswordUpgrade};
///
/// # struct Db;
/// # impl Db { async fn execute(&self, _: &str, _: (&str, i64, &str)) -> Result<(), BoxError> { Ok(()) } }
/// /// Given to the builder as `.rehash_with(move |upgrade| store(db.clone(), upgrade))`.
/// async fn store(db: Db, upgrade: PasswordUpgrade) -> Result<(), BoxError> {
///     let id = upgrade.id.parse().ok_or("the ids of this table are integers")?;
///     let (old, new) = (upgrade.stored.expose(), upgrade.replacement.expose());
///     db.execute("UPDATE users SET hash = ? WHERE id = ? AND hash = ?", (new, id, old)).await
/// }
/// # let _ = store;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PasswordUpgrade {
    /// The user who logged in.
    pub id: Subject,
    /// What the lookup returned.
    pub stored: StoredPassword,
    /// What to store instead: argon2id, as a PHC string.
    pub replacement: StoredPassword,
}

/// Why a password was not found right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// It is wrong, or there is no such account.
    Wrong,
    /// The account has no password.
    NoPassword,
    /// It could not be told.
    Undone(Undone),
    /// The lookup has verified it, of which the builder was not told: the guess was not counted before it was made.
    Unannounced,
}

pub(crate) struct Passwords {
    lane: Arc<Lane>,
    custom: Option<Verifier>,
    rehash: Option<Rehash>,
    costs: Arc<RwLock<Vec<Cost>>>,
}

impl Passwords {
    pub(crate) fn new(limits: LaneLimits, custom: Option<Verifier>, rehash: Option<Rehash>) -> Self {
        Self {
            lane: Arc::new(Lane::new(limits)),
            custom,
            rehash,
            costs: Arc::new(RwLock::new(vec![verify::preferred_cost()])),
        }
    }

    /// Whether `password` is the account's; `None` stands for an account that does not exist. Says when the hashing has
    /// `begun` and can no longer be called off.
    pub(crate) async fn verify(
        &self,
        account: Option<(&Subject, &PasswordProof)>,
        password: &Password,
        begun: impl FnOnce() + Send,
    ) -> Result<(), Unverified> {
        let (subject, stored) = match account {
            Some((_, PasswordProof::Verified)) => return Ok(()),
            Some((subject, PasswordProof::Stored(stored))) => (Some(subject), Some(stored.clone())),
            Some((_, PasswordProof::None)) => {
                self.run(None, password, begun).await.map_err(Unverified::Undone)?;
                return Err(Unverified::NoPassword);
            }
            Some((_, PasswordProof::Wrong)) | None => (None, None),
        };
        let right = self.run(stored.clone(), password, begun).await.map_err(Unverified::Undone)?;
        let outdated = right.ok_or(Unverified::Wrong)?;
        if let (true, Some(subject), Some(stored)) = (outdated, subject, stored) {
            self.upgrade(subject.clone(), stored, password.clone());
        }
        Ok(())
    }

    /// `Some` when the password is right, with whether its hash should be replaced.
    async fn run(
        &self,
        stored: Option<StoredPassword>,
        password: &Password,
        begun: impl FnOnce() + Send,
    ) -> Result<Option<bool>, Undone> {
        let (costs, custom, password) = (Arc::clone(&self.costs), self.custom.clone(), password.clone());
        let place = self.lane.enter().await?;
        // Some subscribers count from here, and the wait is not the hashing.
        let span = Span::hash();
        let work = move || span.within(|| attempt(stored.as_ref(), password.expose(), custom.as_deref(), &costs));
        begun();
        place.run(work).await
    }

    /// Hashes the password anew and hands it to the hook, behind the back of the login, which does not wait.
    fn upgrade(&self, id: Subject, stored: StoredPassword, password: Password) {
        let Some(rehash) = self.rehash.clone() else { return };
        let lane = Arc::clone(&self.lane);
        tokio::spawn(async move {
            let hash = lane.run(move || StoredPassword::hash(password.expose())).await;
            let Ok(Ok(hash)) = hash else { return };
            let upgrade = PasswordUpgrade { id, stored, replacement: hash.into() };
            if let Err(error) = rehash(upgrade).await {
                telemetry::rehash_failed(&*error);
            }
        });
    }
}

/// One attempt: the stored hash if there is one, and on a refusal every other cost in use.
fn attempt(
    stored: Option<&StoredPassword>,
    password: &str,
    custom: Option<&Custom>,
    costs: &RwLock<Vec<Cost>>,
) -> Option<bool> {
    let known = stored.and_then(|stored| Some((verify::verify(stored, password, custom)?, stored)));
    if stored.is_some() && known.is_none() {
        telemetry::unreadable_hash();
    }
    let right = known.is_some_and(|(right, _)| right);
    let cost = known.map(|(_, stored)| verify::cost(stored, custom));
    learn(costs, cost.as_ref());
    if right {
        return Some(cost != Some(verify::preferred_cost()));
    }
    let in_use = costs.read().clone();
    for other in in_use.iter().filter(|other| Some(*other) != cost.as_ref()) {
        verify::waste(other, password, custom);
    }
    None
}

fn learn(costs: &RwLock<Vec<Cost>>, cost: Option<&Cost>) {
    let Some(cost) = cost.filter(|cost| **cost != Cost::Negligible) else { return };
    let known = |costs: &Vec<Cost>| costs.len() >= COSTS || costs.contains(cost);
    if known(&costs.read()) {
        return;
    }
    let mut costs = costs.write();
    if !known(&costs) {
        costs.push(cost.clone());
    }
}

#[cfg(test)]
mod tests;
