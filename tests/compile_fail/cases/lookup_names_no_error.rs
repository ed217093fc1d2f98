//! What `?` converts an error into has to be said.
use tower_auth::{Account, AuthLayer, Query};

async fn find(_: Query) -> Result<Option<u64>, std::io::Error> {
    Ok(None)
}

fn main() {
    let _ = AuthLayer::builder().build(async |query: Query| {
        let id = find(query).await?;
        Ok(id.map(|id| Account::new(id, ())))
    });
}
