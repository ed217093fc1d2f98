//! The layer outlives the function that makes it.
use tower_auth::{Account, AuthLayer, BoxError, Query};

fn main() {
    let names = vec![String::from("ada")];
    let _ = AuthLayer::builder().build(|_: Query| async {
        let id = names.len() as u64;
        Ok::<_, BoxError>(Some(Account::new(id, ())))
    });
}
