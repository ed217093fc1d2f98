//! Every metric: its unit and what it means.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Tells the recorder. Once for each layer; saying it again does no harm.
pub(super) fn describe() {
    describe_counter!("tower_auth_requests_total", "Requests to guarded and optional routes, by how they were judged");
    describe_counter!("tower_auth_logins_total", "Answers of the login and exchange routes");
    describe_counter!("tower_auth_refreshes_total", "Answers of the refresh routes");
    describe_counter!("tower_auth_logouts_total", "Answers of the logout routes");
    describe_counter!("tower_auth_reuse_detected_total", "Refreshed tokens that were used again: stolen, most likely");
    describe_counter!(
        "tower_auth_throttled_total",
        "Requests that a limit on failures, requests or an account's sessions refused"
    );
    describe_histogram!("tower_auth_lookup_duration_seconds", Unit::Seconds, "How long the user lookup took");
    describe_counter!("tower_auth_lookup_failures_total", "User lookups that could not tell");
    describe_histogram!("tower_auth_hash_duration_seconds", Unit::Seconds, "How long a job of the hashing lane took");
    describe_gauge!("tower_auth_hashing_lane_width", "Jobs that the hashing lane runs at once");
    describe_gauge!("tower_auth_hashing_lane_running", "Jobs that it runs now");
    describe_gauge!("tower_auth_hashing_lane_queued", "Jobs that wait for it now");
    describe_counter!("tower_auth_hashing_lane_refusals_total", "Jobs that it had no room for");
    describe_counter!("tower_auth_basic_cache_total", "Passwords of Basic that were known again, or not");
    describe_counter!("tower_auth_token_cache_total", "Tokens that were known as verified, or not");
    describe_gauge!("tower_auth_store_up", "Whether the last operation of a store was done");
    describe_counter!("tower_auth_store_failures_total", "Operations that a store refused or lost");
    describe_histogram!("tower_auth_store_duration_seconds", Unit::Seconds, "How long a store's operation took");
    describe_counter!("tower_auth_store_full_total", "Operations refused because a store had no room");
    describe_gauge!(
        "tower_auth_replica_staleness_seconds",
        Unit::Seconds,
        "How old the local copy of a remote store is"
    );
    describe_gauge!("tower_auth_revocation_list_entries", "Entries of the revocation list, as of its last change");
    describe_gauge!("tower_auth_revocation_list_capacity", "Entries that it takes");
    describe_counter!("tower_auth_faults_total", "What should not happen; the event of that name says more");
}
