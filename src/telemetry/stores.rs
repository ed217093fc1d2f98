//! The stores: whether they answer, how fast, and how much room is left.

use std::error::Error;

use super::timer::Timer;

/// Asks a store, and tells how it answered.
pub(crate) async fn asked<T>(
    store: &'static str,
    operation: &'static str,
    answer: impl Future<Output = Result<T, Box<dyn Error + Send + Sync>>>,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    let timer = Timer::start();
    let answer = answer.await;
    #[cfg(feature = "metrics")]
    metrics::histogram!("tower_auth_store_duration_seconds", "store" => store, "operation" => operation)
        .record(timer.seconds());
    let _ = timer;
    match &answer {
        Ok(_) => gauge!(1, "tower_auth_store_up", "store" => store),
        Err(error) => store_failed(store, operation, &**error),
    }
    answer
}

/// A store refused or lost an operation.
pub(crate) fn store_failed(store: &'static str, operation: &'static str, error: &(dyn Error + 'static)) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.store_failed", store, operation, error = ?super::faults::chain(error), "a store failed");
    let _ = error;
    gauge!(0, "tower_auth_store_up", "store" => store);
    count!("tower_auth_store_failures_total", "store" => store, "operation" => operation);
}

/// A store has no room left and refuses: an operator has to give it more.
pub(crate) fn store_full(store: &'static str, of: &'static str, capacity: usize) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.store_full", store, of, capacity, "a store is full; it refuses and forgets nothing");
    let _ = capacity;
    count!("tower_auth_store_full_total", "store" => store, "of" => of);
}

/// A revocation list has so many entries `of` one kind, of as many as it takes.
pub(crate) fn revocations(of: &'static str, entries: usize, capacity: usize) {
    // A float counts whole numbers to 2^53.
    #[cfg(feature = "metrics")]
    #[expect(clippy::cast_precision_loss, reason = "a list in memory is shorter than that")]
    let (entries, capacity) = (entries as f64, capacity as f64);
    gauge!(entries, "tower_auth_revocation_list_entries", "of" => of);
    gauge!(capacity, "tower_auth_revocation_list_capacity", "of" => of);
}

/// A store was told to go on without knowing what is revoked.
#[cfg(feature = "redis")]
pub(crate) fn admits_when_stale() {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.admits_when_stale", "while Redis is away, tokens that were revoked meanwhile are admitted");
    count!("tower_auth_faults_total", "fault" => "admits_when_stale");
}

/// A store may make room by forgetting what it owes to keep.
#[cfg(feature = "redis")]
pub(crate) fn may_forget(store: &'static str, policy: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.may_forget", store, ?policy, "a store evicts keys when it is full: set maxmemory-policy noeviction");
    let _ = (store, policy);
    count!("tower_auth_faults_total", "fault" => "may_forget");
}

/// A store that was away answers again.
#[cfg(feature = "redis")]
pub(crate) fn store_is_back(store: &'static str) {
    gauge!(1, "tower_auth_store_up", "store" => store);
}

/// How old the replica of a remote store is.
#[cfg(feature = "redis")]
pub(crate) fn replica_staleness(store: &'static str, age: std::time::Duration) {
    gauge!(age.as_secs_f64(), "tower_auth_replica_staleness_seconds", "store" => store);
}
