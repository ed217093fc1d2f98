//! Without a hash an account has no password.
use tower_auth::Account;

fn main() {
    let hash: Option<String> = None;
    let _ = Account::new(1, ()).password_hash(hash);
}
