//! Revoking one token.

use crate::{
    BoxError, Claims,
    clock::Timestamp,
    context::Context,
    token::{TokenKey, Window},
};

/// Revokes `token` for as long as any door might take it; `false` when none does.
pub(crate) async fn revoke<L>(context: &Context<L>, token: &str) -> Result<bool, BoxError> {
    let now = context.clock.now();
    let windows = context.dialects.iter().filter_map(|dialect| dialect.issue().refresh_window);
    let window = i64::try_from(windows.max().unwrap_or_default()).unwrap_or(i64::MAX);
    let verify = |window| context.tokens.verify(&context.keys, token, now, window);
    let Ok(claims) = verify(Window::Expiry).or_else(|_| verify(Window::Refresh(window))) else {
        return Ok(false);
    };
    let until = last_moment(&claims, window, context.tokens.leeway);
    context.sessions.revoke(TokenKey::of(token, &claims), until, now).await?;
    Ok(true)
}

/// The end of the token's life or of its refresh window, whichever is later, and the leeway.
fn last_moment(claims: &Claims, window: i64, leeway: i64) -> Timestamp {
    let refresh_ends = claims.issued_at().unwrap_or_default().saturating_add(window);
    let ends = claims.expires_at().unwrap_or_default().max(refresh_ends);
    let ends = ends.saturating_add(leeway).saturating_add(1);
    Timestamp::from_unix_seconds(u64::try_from(ends).unwrap_or_default())
}
