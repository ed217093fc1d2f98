//! The families that a user's list of sessions shows.

use super::{
    Listing, Opening, RevocationList,
    families::{Families, Family, Member, Status},
};
use crate::{
    BoxError,
    clock::Timestamp,
    session::{Session, SessionId},
    token::{TokenKey, UserKey},
};

/// Most older tokens of a session that a renewal leaves good; beyond, the oldest is revoked before its time.
pub(in crate::store) const MOST_RENEWED: usize = 16;

impl Families {
    pub(super) fn open(&mut self, list: &RevocationList, opening: Opening) -> Result<bool, BoxError> {
        let Opening { token, renews, listing, now, until } = opening;
        if self.tokens.contains_key(&token) {
            // Two logins in one second may be the same token, and are then one session.
            return Ok(true);
        }
        let renewed = renews.and_then(|old| self.family_of(&old));
        let ended = renewed.is_some_and(|first| !self.alive.contains_key(&first));
        if ended || renews.is_some_and(|old| list.is_revoked(&old, now)) {
            return Ok(false);
        }
        self.make_room(list, 1, now)?;
        let (user, most) = (listing.user, listing.most);
        let first = renewed.unwrap_or(token);
        match self.alive.get_mut(&first) {
            Some(family) => {
                family.enlist(first, listing, &mut self.users);
                family.renewed.push(family.newest);
                family.advance(token, now, until);
                let oldest = (family.renewed.len() > MOST_RENEWED).then(|| family.renewed.remove(0));
                if let Some(oldest) = oldest {
                    self.good -= 1;
                    self.revoke_member(list, oldest, now)?;
                }
            }
            None => self.begin(token, token, Some(listing), None, until),
        }
        self.good += 1;
        self.remember(token, Member { family: first, until, status: Status::Good });
        self.keep_to(list, &user, most, &first, now)?;
        Ok(true)
    }

    pub(super) fn sessions(&self, user: &UserKey, now: Timestamp) -> Vec<Session> {
        let firsts = self.users.get(user).into_iter().flatten().rev();
        let mut sessions: Vec<Session> = firsts
            .filter_map(|first| {
                let family = self.alive.get(first).filter(|family| family.until > now)?;
                let Listing { issued_at, label, .. } = family.listing.as_ref()?;
                Some(Session::new(SessionId::of(*first), *issued_at, family.refreshed_at, label.clone()))
            })
            .collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.issued_at));
        sessions
    }

    pub(super) fn end_session(
        &mut self,
        list: &RevocationList,
        user: &UserKey,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, BoxError> {
        let known = self.alive.get(session.token()).filter(|family| family.until > now);
        let theirs = known.and_then(|family| family.listing.as_ref()).is_some_and(|listing| listing.user == *user);
        if theirs {
            self.end(list, session.token(), now)?;
        }
        Ok(theirs)
    }

    /// Takes a user's sessions from before `since` off the list, when the list of revocations has the user already.
    pub(super) fn forget_user(&mut self, user: &UserKey, since: Timestamp) {
        for first in self.users.get(user).cloned().unwrap_or_default() {
            let older = |family: &Family| family.listing.as_ref().is_some_and(|listing| listing.issued_at < since);
            if !self.alive.get(&first).is_some_and(older) {
                continue;
            }
            for token in self.take(&first).map(|family| family.good_tokens()).unwrap_or_default() {
                self.tokens.remove(&token);
            }
        }
    }

    /// Ends the sessions that were begun or refreshed longest ago, until there are no more than `most`.
    pub(super) fn keep_to(
        &mut self,
        list: &RevocationList,
        user: &UserKey,
        most: usize,
        spared: &TokenKey,
        now: Timestamp,
    ) -> Result<(), BoxError> {
        // Everybody's logins wait for this.
        if self.users.get(user).is_none_or(|firsts| firsts.len() <= most) {
            return Ok(());
        }
        let mut sessions = self.sessions(user, now);
        // Of several of one moment, the one that came first.
        sessions.reverse();
        sessions.sort_by_key(|session| session.refreshed_at.unwrap_or(session.issued_at));
        let beyond = sessions.len().saturating_sub(most);
        let oldest = sessions.iter().map(|session| *session.id.token()).filter(|first| first != spared);
        for first in oldest.take(beyond) {
            self.end(list, &first, now)?;
        }
        Ok(())
    }
}
