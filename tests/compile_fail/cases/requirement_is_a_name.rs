//! A name alone may be a scope or a role.
use tower_auth::{Account, AuthLayer, BoxError, Query};

fn main() -> Result<(), BoxError> {
    let auth = AuthLayer::builder().build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
    let _ = auth.require("admin");
    Ok(())
}
