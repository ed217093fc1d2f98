//! A lookup that finds nobody yet has to say whom it would find.
use tower_auth::{AuthLayer, BoxError, Query};

fn main() {
    let _ = AuthLayer::builder().build(async |_: Query| Ok::<_, BoxError>(None));
}
