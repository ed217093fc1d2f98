//! Revoking one token.

use crate::{
    BoxError,
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
    let until = context.tokens.last_moment(&claims, window);
    context.sessions.revoke(TokenKey::of(token, &claims), until, now).await?;
    Ok(true)
}
