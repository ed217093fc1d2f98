//! `Families`: which token came of which. Asked by refreshes, logins and logouts only, so
//! it may take its time under a lock of its own; what guarded requests ask goes into the list.

use std::collections::HashMap;

use super::{Listing, RevocationList, Rotated, Rotation, Successor};
use crate::{
    BoxError,
    clock::Timestamp,
    telemetry,
    token::{TokenKey, UserKey},
};

/// Entries below which nothing is swept.
const SWEEP_FROM: usize = 1024;

#[derive(Default)]
pub(super) struct Families {
    pub(super) tokens: HashMap<TokenKey, Member>,
    /// Those that are alive, by their first token.
    pub(super) alive: HashMap<TokenKey, Family>,
    /// The listed ones among them.
    pub(super) users: HashMap<UserKey, Vec<TokenKey>>,
    /// How many tokens of theirs are good and not on the list.
    pub(super) good: usize,
    sweep_at: usize,
    /// Before this moment nothing has had its time: a full table is not walked through in vain.
    frees_at: Option<Timestamp>,
}

pub(super) struct Member {
    pub(super) family: TokenKey,
    pub(super) until: Timestamp,
    pub(super) status: Status,
}

pub(super) enum Status {
    /// It can be refreshed: the newest of its family, or one that was renewed.
    Good,
    /// Refreshed; dead when the grace ends.
    Rotated {
        successor: Successor,
        grace_ends: Timestamp,
    },
    Revoked,
}

pub(super) struct Family {
    pub(super) newest: TokenKey,
    /// Tokens that were renewed, and are good until their own end.
    pub(super) renewed: Vec<TokenKey>,
    /// Tokens that were refreshed, and their graces' ends.
    graced: Vec<(TokenKey, Timestamp)>,
    pub(super) until: Timestamp,
    pub(super) listing: Option<Listing>,
    pub(super) refreshed_at: Option<Timestamp>,
}

impl Families {
    /// How many tokens are good and not on the list.
    pub(super) fn good(&self) -> usize {
        self.good
    }

    /// How many tokens are known here.
    #[cfg(test)]
    pub(super) fn members(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn rotate(&mut self, list: &RevocationList, rotation: Rotation) -> Result<Rotated, BoxError> {
        let Rotation { token, successor, successor_key, now, grace_ends, until, listing } = rotation;
        // A grace of nothing is over at once, by whatever clock.
        let grace_ends = if grace_ends <= now { Timestamp::from_unix_seconds(0) } else { grace_ends };
        let known = match self.tokens.get(&token) {
            None if list.is_revoked(&token, now) => return Ok(Rotated::Revoked),
            None => None,
            Some(Member { family, .. }) if !self.alive.contains_key(family) => return Ok(Rotated::Revoked),
            Some(Member { status: Status::Revoked, .. }) => return Ok(Rotated::Revoked),
            Some(Member { status: Status::Rotated { successor, grace_ends }, .. }) if now < *grace_ends => {
                return Ok(Rotated::Replay(successor.clone()));
            }
            Some(Member { family, status: Status::Rotated { .. }, .. }) => {
                let family = *family;
                self.end(list, &family, now)?;
                return Ok(Rotated::Reuse);
            }
            Some(Member { family, status: Status::Good, .. }) => Some(*family),
        };
        self.make_room(list, if known.is_some() { 1 } else { 2 }, now)?;
        list.revoke(token, now, grace_ends, until)?;
        let bound = listing.as_ref().map(|listing| (listing.user, listing.most));
        let first = known.unwrap_or(token);
        match self.alive.get_mut(&first) {
            Some(family) => {
                if let Some(listing) = listing {
                    family.enlist(first, listing, &mut self.users);
                }
                self.good -= 1;
                if family.leave(token) {
                    family.renewed.push(family.newest);
                }
                family.advance(successor_key, now, until);
            }
            None => self.begin(first, successor_key, listing, Some(now), until),
        }
        self.good += 1;
        if let Some(family) = self.alive.get_mut(&first) {
            // The list has their ends in whole seconds.
            family.graced.retain(|(_, ends)| ends.plus_seconds(1) > now);
            family.graced.push((token, grace_ends));
        }
        self.remember(token, Member { family: first, until, status: Status::Rotated { successor, grace_ends } });
        self.remember(successor_key, Member { family: first, until, status: Status::Good });
        if let Some((user, most)) = bound {
            self.keep_to(list, &user, most, &first, now)?;
        }
        Ok(Rotated::Fresh)
    }

    pub(super) fn revoke(
        &mut self,
        list: &RevocationList,
        token: TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), BoxError> {
        let Some(first) = self.family_of(&token) else { return self.revoke_stranger(list, token, now, until) };
        if self.alive.get(&first).is_some_and(|family| family.newest == token) {
            return self.end_by(list, token, &first, now, until);
        }
        list.revoke(token, now, now, until)?;
        if let Some(family) = self.alive.get_mut(&first) {
            self.good -= usize::from(family.leave(token));
        }
        if let Some(member) = self.tokens.get_mut(&token) {
            member.status = Status::Revoked;
        }
        Ok(())
    }

    pub(super) fn revoke_family(
        &mut self,
        list: &RevocationList,
        token: TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), BoxError> {
        match self.family_of(&token).filter(|first| self.alive.contains_key(first)) {
            Some(first) => self.end_by(list, token, &first, now, until),
            None => self.revoke_stranger(list, token, now, until),
        }
    }

    pub(super) fn family_of(&self, token: &TokenKey) -> Option<TokenKey> {
        self.tokens.get(token).map(|member| member.family)
    }

    pub(super) fn begin(
        &mut self,
        first: TokenKey,
        newest: TokenKey,
        listing: Option<Listing>,
        refreshed_at: Option<Timestamp>,
        until: Timestamp,
    ) {
        if let Some(listing) = &listing {
            self.users.entry(listing.user).or_default().push(first);
        }
        let (renewed, graced) = (Vec::new(), Vec::new());
        self.alive.insert(first, Family { newest, renewed, graced, until, listing, refreshed_at });
    }

    pub(super) fn remember(&mut self, token: TokenKey, member: Member) {
        self.frees_at = Some(self.frees_at.map_or(member.until, |moment| moment.min(member.until)));
        self.tokens.insert(token, member);
    }

    /// Takes a family out of those that are alive.
    pub(super) fn take(&mut self, first: &TokenKey) -> Option<Family> {
        let family = self.alive.remove(first)?;
        self.good -= family.renewed.len() + 1;
        if let Some(listing) = &family.listing
            && let Some(firsts) = self.users.get_mut(&listing.user)
        {
            firsts.retain(|known| known != first);
            if firsts.is_empty() {
                self.users.remove(&listing.user);
            }
        }
        Some(family)
    }

    /// Ends the family of a token that is shown, which is remembered for as long as it lasts itself: lifetimes may have
    /// grown since.
    fn end_by(
        &mut self,
        list: &RevocationList,
        token: TokenKey,
        first: &TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), BoxError> {
        if let Some(member) = self.tokens.get_mut(&token) {
            member.until = member.until.max(until);
        }
        self.end(list, first, now)
    }

    /// Revokes every token of a family that is still accepted. Takes no room: a good one leaves for each that is
    /// listed.
    pub(super) fn end(&mut self, list: &RevocationList, first: &TokenKey, now: Timestamp) -> Result<(), BoxError> {
        let Some(family) = self.take(first) else { return Ok(()) };
        let graced = family.graced.iter().map(|(token, _)| *token);
        for token in family.good_tokens().into_iter().chain(graced) {
            self.revoke_member(list, token, now)?;
        }
        Ok(())
    }

    pub(super) fn revoke_member(
        &mut self,
        list: &RevocationList,
        token: TokenKey,
        now: Timestamp,
    ) -> Result<(), BoxError> {
        let Some(member) = self.tokens.get_mut(&token) else { return Ok(()) };
        list.revoke(token, now, now, member.until)?;
        if matches!(member.status, Status::Good) {
            member.status = Status::Revoked;
        }
        Ok(())
    }

    fn revoke_stranger(
        &mut self,
        list: &RevocationList,
        token: TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), BoxError> {
        if !list.is_revoked(&token, now) {
            self.make_room(list, 1, now)?;
        }
        list.revoke(token, now, now, until)
    }

    /// Sweeps out what has had its time whenever the table has doubled, and refuses when it is full all the same.
    pub(super) fn make_room(&mut self, list: &RevocationList, more: usize, now: Timestamp) -> Result<(), BoxError> {
        let full = |families: &Self| list.len() + families.good + more > list.capacity();
        if full(self) || self.tokens.len() > self.sweep_at.max(SWEEP_FROM) {
            self.sweep(list, now);
        }
        if full(self) {
            telemetry::store_full("sessions", "tokens", list.capacity());
            return Err("the session store is full: give it more capacity".into());
        }
        Ok(())
    }

    fn sweep(&mut self, list: &RevocationList, now: Timestamp) {
        list.sweep(now);
        let now = list.settled(now);
        if self.frees_at.is_some_and(|moment| now < moment) {
            return;
        }
        let ended: Vec<TokenKey> =
            self.alive.iter().filter(|(_, family)| family.until <= now).map(|(first, _)| *first).collect();
        for first in ended {
            self.take(&first);
        }
        self.tokens.retain(|_, member| member.until > now);
        for family in self.alive.values_mut() {
            let before = family.renewed.len();
            family.renewed.retain(|token| self.tokens.contains_key(token));
            self.good -= before - family.renewed.len();
        }
        self.sweep_at = self.tokens.len() * 2;
        self.frees_at = self.tokens.values().map(|member| member.until).min();
    }
}

impl Family {
    /// Makes `token` the newest one.
    pub(super) fn advance(&mut self, token: TokenKey, now: Timestamp, until: Timestamp) {
        self.newest = token;
        self.refreshed_at = Some(now);
        self.until = self.until.max(until);
    }

    /// Puts it onto its user's list, if it was on none.
    pub(super) fn enlist(&mut self, first: TokenKey, listing: Listing, users: &mut HashMap<UserKey, Vec<TokenKey>>) {
        if self.listing.is_none() {
            users.entry(listing.user).or_default().push(first);
            self.listing = Some(listing);
        }
    }

    /// Lets a renewed token go; `false` when it is none.
    fn leave(&mut self, token: TokenKey) -> bool {
        let before = self.renewed.len();
        self.renewed.retain(|known| *known != token);
        self.renewed.len() < before
    }

    pub(super) fn good_tokens(&self) -> Vec<TokenKey> {
        [&[self.newest], &*self.renewed].concat()
    }
}
