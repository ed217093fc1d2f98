//! `walk`: which routes of an application are open, and which are not.

use std::fmt;

use http::Method;

use crate::{AuthLayer, BoxError, explain::Explained, lookup::Lookup};

/// What the layer does with each route of a list. Its `Display` form is a table, a route a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk(Vec<(String, Explained)>);

/// Asks the layer about each of `routes`, written `METHOD /path`: a request's own path, where a pattern has something
/// put in for its parameters.
///
/// A test that compares [`open`](Walk::open) with a list of its own fails on the day somebody opens a route.
///
/// # Errors
///
/// When a route is not a method and a path.
///
/// ```
/// use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, SigningKey, dialect::AuthToken};
/// use tower_auth::test_util::walk;
///
/// let auth = AuthLayer::builder()
///     .key(SigningKey::generate(Algorithm::Hs256)?)
///     .without(AuthToken::NAME)
///     .public("/assets/{*rest}")
///     .optional("GET /feed")
///     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
///
/// let routes = walk(&auth, ["GET /assets/app.js", "GET /feed", "GET /me", "POST /login"])?;
/// assert_eq!(routes.open(), ["GET /assets/app.js", "GET /feed"]);
/// assert_eq!(routes.guarded(), ["GET /me"]);
/// println!("{routes}");
/// # Ok::<(), BoxError>(())
/// ```
pub fn walk<'a, L: Lookup>(auth: &AuthLayer<L>, routes: impl IntoIterator<Item = &'a str>) -> Result<Walk, BoxError> {
    let explained = routes.into_iter().map(|route| {
        let (method, path) = route.split_once(' ').ok_or_else(|| unreadable(route))?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| unreadable(route))?;
        Ok((route.to_owned(), auth.explain(&method, path)))
    });
    explained.collect::<Result<_, BoxError>>().map(Walk)
}

impl Walk {
    /// The routes that a stranger reaches: the public and the optional ones.
    pub fn open(&self) -> Vec<&str> {
        self.which(|explained| matches!(explained, Explained::Public { .. } | Explained::Optional { .. }))
    }

    /// The routes that ask for credentials: all that nothing else was said about.
    pub fn guarded(&self) -> Vec<&str> {
        self.which(|explained| matches!(explained, Explained::Guarded))
    }

    /// Each route with what happens to it, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Explained)> {
        self.0.iter().map(|(route, explained)| (route.as_str(), explained))
    }

    fn which(&self, holds: impl Fn(&Explained) -> bool) -> Vec<&str> {
        self.iter().filter(|(_, explained)| holds(explained)).map(|(route, _)| route).collect()
    }
}

impl fmt::Display for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.iter().map(|(route, _)| route.len()).max().unwrap_or_default();
        self.iter().try_for_each(|(route, explained)| writeln!(f, "{route:width$}  {explained}"))
    }
}

fn unreadable(route: &str) -> BoxError {
    format!("{route:?} is no route: write `METHOD /path`, as in `GET /me`").into()
}
