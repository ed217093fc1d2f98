//! `Explained`: what happens to a request, before anybody looks at its credentials.

use std::{fmt, sync::Arc};

use http::Method;

use crate::{context::Context, dialect::Operation, routes::Route};

/// What the layer does with requests of one method and path. Its `Display` form is for people.
///
/// ```
/// # use http::Method;
/// # use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Explained, Query, SigningKey};
/// let auth = AuthLayer::builder()
///     .key(SigningKey::generate(Algorithm::Hs256)?)
///     .without_contracts()
///     .public("/health")
///     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
///
/// let is_open = |path| matches!(auth.explain(&Method::GET, path), Explained::Public { .. });
/// assert!(is_open("/health") && !is_open("/me"));
/// # Ok::<(), BoxError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Explained {
    /// A contract answers; the inner service is not asked.
    #[non_exhaustive]
    Endpoint {
        /// The contract's name.
        contract: &'static str,
        /// What it does there.
        operation: Operation,
    },
    /// Straight to the inner service, credentials or not.
    #[non_exhaustive]
    Public {
        /// The rule that says so, as it was written.
        rule: Arc<str>,
    },
    /// To the inner service with good credentials or with none.
    #[non_exhaustive]
    Optional {
        /// The rule that says so, as it was written.
        rule: Arc<str>,
    },
    /// A ticket for a WebSocket, to good credentials.
    Ticket,
    /// To the inner service with good credentials. Every route that nothing else was said about.
    Guarded,
}

pub(crate) fn explain<L>(context: &Context<L>, method: &Method, path: &str) -> Explained {
    match context.routes.sort(method, path) {
        Route::Public => Explained::Public { rule: context.routes.rule_text(method, path).into() },
        Route::Optional => Explained::Optional { rule: context.routes.rule_text(method, path).into() },
        Route::Guarded => Explained::Guarded,
        Route::Ticket => Explained::Ticket,
        Route::Endpoint(number) => {
            let served = context.routes.served(number);
            let dialect = served.and_then(|served| context.dialects.get(served.dialect));
            // Always both: the number came from these very routes.
            served.zip(dialect).map_or(Explained::Guarded, |(served, dialect)| Explained::Endpoint {
                contract: dialect.name(),
                operation: served.operation,
            })
        }
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint { contract, operation } => {
                write!(f, "endpoint: {operation} of the contract {contract}")
            }
            Self::Public { rule } => write!(f, "public by the rule {rule:?}"),
            Self::Optional { rule } => write!(f, "optional by the rule {rule:?}"),
            Self::Ticket => f.write_str("ticket"),
            Self::Guarded => f.write_str("guarded"),
        }
    }
}
