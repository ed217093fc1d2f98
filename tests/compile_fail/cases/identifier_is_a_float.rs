//! An account is identified by text or by an integer.
use tower_auth::Account;

fn main() {
    let _ = Account::new(1.5, ());
}
