//! Sessions: each operation one script.

use redis::Value;

use super::{
    entry::{millis, moment, unhex},
    fault::Fault,
    script::{Arguments, CATCH_UP, END_SESSION, LIST, OPEN, REVOKE, REVOKE_FAMILY, REVOKE_USER, ROTATE},
    store::RedisStore,
};
use crate::{
    clock::Timestamp,
    session::{Session, SessionId},
    store::{Listing, Opening, Rotated, Rotation, SessionStore, StoreFuture, Successor, sessions::MOST_RENEWED},
    subject::Subject,
    token::{TokenKey, UserKey},
};

impl SessionStore for RedisStore {
    fn is_stale(&self, _: Timestamp) -> bool {
        self.core().replica.is_stale()
    }

    fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool {
        self.core().replica.list.is_revoked(token, now)
    }

    fn valid_since(&self, user: &Subject, now: Timestamp) -> Option<Timestamp> {
        self.core().replica.list.valid_since(user, now)
    }

    fn is_spent(&self, token: &TokenKey, now: Timestamp) -> bool {
        self.core().replica.list.is_listed(token, now)
    }

    fn catch_up(&self, token: TokenKey, user: UserKey, now: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let arguments = Arguments::default().name(token.as_bytes()).name(user.as_bytes());
            self.core().change(&CATCH_UP, now, arguments).await?;
            Ok(())
        })
    }

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        Box::pin(async move {
            let Rotation { token, successor, successor_key, now, grace_ends, until, listing } = rotation;
            let (was_spent, was_revoked) = (self.is_spent(&token, now), self.is_revoked(&token, now));
            let arguments = Arguments::default()
                .name(token.as_bytes())
                .name(successor_key.as_bytes())
                .text(successor.token_id)
                .number(millis(successor.signed_at))
                .number(millis(grace_ends))
                .number(millis(until));
            let arguments = match listing {
                Some(listing) => listed(arguments, listing),
                None => arguments.text("").text("").text("").text(""),
            };
            let arguments = arguments.rest(token.as_bytes());
            let answer = self.core().change(&ROTATE, now, arguments).await?;
            match &*answer {
                [fresh] if fresh == "fresh" && was_spent => {
                    // Redis has forgotten what this process knows: a failover lost it, a moment ago.
                    self.revoke_family(token, now, until).await?;
                    Ok(Rotated::Revoked)
                }
                [fresh] if fresh == "fresh" => Ok(Rotated::Fresh),
                [reuse] if reuse == "reuse" => Ok(Rotated::Reuse),
                [revoked] if revoked == "revoked" => Ok(Rotated::Revoked),
                [replay, ..] if replay == "replay" && was_revoked => Ok(Rotated::Revoked),
                [replay, id, signed_at] if replay == "replay" => {
                    Ok(Rotated::Replay(Successor::new(id, moment(signed_at)?)))
                }
                _ => Err(Fault::Strange.into()),
            }
        })
    }

    fn revoke(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let arguments = Arguments::default().name(token.as_bytes()).number(millis(until));
            self.core().change(&REVOKE, now, arguments).await?;
            Ok(())
        })
    }

    fn revoke_family(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let arguments = Arguments::default().name(token.as_bytes()).number(millis(until));
            self.core().change(&REVOKE_FAMILY, now, arguments).await?;
            Ok(())
        })
    }

    fn revoke_user(&self, user: UserKey, now: Timestamp, since: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let arguments = Arguments::default().name(user.as_bytes()).number(millis(since)).number(millis(until));
            self.core().change(&REVOKE_USER, now, arguments).await?;
            Ok(())
        })
    }

    fn open(&self, opening: Opening) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let Opening { token, renews, listing, now, until } = opening;
            if renews.is_some_and(|old| self.is_revoked(&old, now)) {
                return Ok(false);
            }
            let arguments = Arguments::default()
                .name(token.as_bytes())
                .maybe_name(renews.as_ref().map(TokenKey::as_bytes))
                .number(millis(until));
            let arguments = listed(arguments, listing).number(MOST_RENEWED as u64).rest(token.as_bytes());
            match &*self.core().change(&OPEN, now, arguments).await? {
                [ok] if ok == "ok" => Ok(true),
                [ended] if ended == "ended" => Ok(false),
                _ => Err(Fault::Strange.into()),
            }
        })
    }

    fn sessions(&self, user: UserKey, now: Timestamp) -> StoreFuture<'_, Vec<Session>> {
        Box::pin(async move {
            let answer = self.core().ask(&LIST, now, Arguments::default().name(user.as_bytes())).await?;
            let mut sessions = read(answer)?;
            sessions.reverse();
            sessions.sort_by_key(|session| std::cmp::Reverse(session.issued_at));
            Ok(sessions)
        })
    }

    fn end_session(&self, user: UserKey, session: SessionId, now: Timestamp) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let session = session.token().as_bytes();
            let arguments = Arguments::default().name(user.as_bytes()).name(session).rest(session);
            let answer = self.core().change(&END_SESSION, now, arguments).await?;
            Ok(answer.first().is_some_and(|answer| answer == "ended"))
        })
    }
}

/// User, login, label and bound; a label that is there begins with 1.
fn listed(arguments: Arguments, listing: Listing) -> Arguments {
    let label = listing.label.map_or_else(|| "0".into(), |label| format!("1{label}"));
    let most = u64::try_from(listing.most).unwrap_or(u64::MAX);
    arguments.name(listing.user.as_bytes()).number(millis(listing.issued_at)).text(label).number(most)
}

fn read(answer: Value) -> Result<Vec<Session>, Fault> {
    let rows: Vec<(String, String, String, String, String)> =
        redis::from_redis_value(answer).map_err(|_| Fault::Strange)?;
    rows.into_iter()
        .map(|(first, issued_at, refreshed_at, label, rest)| {
            let first = unhex(&(first + &rest)).ok_or(Fault::Strange)?;
            let id = SessionId::of(TokenKey::from_bytes(first));
            let refreshed_at =
                Some(refreshed_at).filter(|text| !text.is_empty()).map(|text| moment(&text)).transpose()?;
            Ok(Session::new(id, moment(&issued_at)?, refreshed_at, label.strip_prefix('1').map(str::to_owned)))
        })
        .collect()
}
