//! Where tokens may come from, besides `Authorization`. Each is off until it is named.

use super::AuthLayerBuilder;
use crate::token_cookie::TokenCookie;

/// Sources of tokens, besides `Authorization: Bearer`. See [the chapter about
/// them](crate::guide::routes#where-tokens-come-from).
impl AuthLayerBuilder {
    /// Takes a token that is in `Authorization` without a scheme, as clients of the contract `login` send it.
    /// Defaults to Bearer and Basic.
    pub fn accept_bare_tokens(mut self) -> Self {
        self.sources.bare = true;
        self
    }

    /// Takes a token that is the whole value of a header, such as `x-access-token`. May be called for several. Defaults
    /// to none.
    pub fn token_header(mut self, name: impl Into<String>) -> Self {
        self.sources.headers.push(name.into());
        self
    }

    /// Takes a token from a query parameter, such as `access_token` (RFC 6750 §2.3). May be called for several.
    ///
    /// URLs end up in logs, histories and `Referer`: for clients that can do nothing else. The layer takes the
    /// parameter out before the inner service sees the request; what is in front of the layer still sees it.
    /// Defaults to none.
    pub fn token_query(mut self, name: impl Into<String>) -> Self {
        self.sources.queries.push(name.into());
        self
    }

    /// Takes a token from a cookie, and sets that cookie with every login and refresh.
    ///
    /// A request that may change something (any but GET, HEAD, OPTIONS and TRACE, and every upgrade) is then admitted
    /// by the cookie only when the browser says that a page of the service's own sent it: see [the chapter about
    /// sources](crate::guide::routes#where-tokens-come-from). Called again, it replaces the first. Defaults to none.
    ///
    /// ```
    /// use tower_auth::{AuthLayer, TokenCookie};
    ///
    /// let builder = AuthLayer::builder()
    ///     .token_cookie(TokenCookie::new("__Host-token"))
    ///     .trusted_origin("https://app.example.com");
    /// # let _ = builder;
    /// ```
    pub fn token_cookie(mut self, cookie: TokenCookie) -> Self {
        self.sources.cookie = Some(cookie);
        self
    }

    /// Lets pages of another origin, such as `https://app.example.com`, send requests with the cookie as the service's
    /// own do. May be called for several. Defaults to none.
    pub fn trusted_origin(mut self, origin: impl Into<String>) -> Self {
        self.sources.trusted_origins.push(origin.into());
        self
    }

    /// Takes a token from `Sec-WebSocket-Protocol` of a request for a WebSocket, where a browser's
    /// `new WebSocket(url, ["chat.v1", "bearer", token])` puts it: the member behind `bearer`.
    ///
    /// Both are taken out before the inner service sees the request, so it can neither choose nor echo them. It must
    /// choose from the rest (`chat.v1`): browsers close a connection when none of what they offered was chosen.
    /// Defaults to off.
    pub fn websocket_tokens(mut self) -> Self {
        self.sources.protocol = true;
        self
    }

    /// Gives tickets at `POST path`, a whole path without the prefix of [`mount`](Self::mount): with good credentials
    /// the answer is `{"ticket":…,"expires_in":10}`, and a request for a WebSocket with `?ticket=…` is admitted by it,
    /// once, as the user of those credentials.
    ///
    /// A ticket is good for 10 seconds, costs two entries in the [`SessionStore`](crate::store::SessionStore) when it is
    /// used, and dies with the token it was given for. Defaults to none.
    pub fn tickets(mut self, path: impl Into<String>) -> Self {
        self.sources.tickets = true;
        self.ticket_path = Some(path.into());
        self
    }
}
