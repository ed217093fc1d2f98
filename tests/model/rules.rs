//! The model: sessions as the documents tell of them, in lists that are walked from end to end.
//!
//! Where the documents leave it open, so does the model: a token that has had its time may be forgotten, and a clock
//! that goes back may lengthen a grace by the jump.

use std::fmt;

use crate::steps::USERS;

/// In seconds, as the layer of `world.rs` has them.
pub(crate) const LIFETIME: u64 = 600;
pub(crate) const WINDOW: u64 = 1800;
pub(crate) const GRACE: u64 = 10;
pub(crate) const LEEWAY: u64 = 10;

/// By how many seconds a login is dated ahead at most, behind a revocation of its user.
const MOST_AHEAD: u64 = 2;

/// What comes of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Let in, or done.
    Yes,
    /// A token like this one.
    Granted(Dates),
    /// The token that was granted before, under this number.
    Again(usize),
    Refused,
    /// To be tried again in a moment.
    Later,
    /// The documents leave it open.
    Either,
}

/// What a token says about time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dates {
    pub(crate) iat: u64,
    pub(crate) nbf: u64,
    pub(crate) exp: u64,
}

#[derive(Clone, Debug)]
struct Token {
    user: usize,
    dates: Dates,
    family: usize,
    /// Its successor, and the end of its grace in milliseconds, once it was refreshed.
    rotated: Option<(usize, u64)>,
    /// Ended by itself, and not with its family.
    revoked: bool,
}

#[derive(Clone, Debug)]
struct Family {
    newest: usize,
    ended: bool,
}

#[derive(Default)]
pub(crate) struct Rules {
    tokens: Vec<Token>,
    families: Vec<Family>,
    blocked: [bool; USERS],
    /// As of when each user's tokens are good, and until when that is remembered, in milliseconds.
    since: [Option<(u64, u64)>; USERS],
    /// Milliseconds.
    pub(crate) now: u64,
    /// The latest moment there was.
    latest: u64,
}

impl Rules {
    pub(crate) fn at(now: u64) -> Self {
        Self { now, latest: now, ..Self::default() }
    }

    /// How far back the clock may go from here: no further than anything is remembered for, since what is forgotten then
    /// is nobody's to know.
    pub(crate) fn back(&self, millis: u64) -> u64 {
        self.now.saturating_sub(millis).max(self.latest - LIFETIME * 1000)
    }

    pub(crate) fn set(&mut self, now: u64) {
        self.now = now;
        self.latest = self.latest.max(now);
        for user in 0..USERS {
            // S47: what no token from before could outlive is forgotten.
            self.since[user] = self.since[user].filter(|(_, until)| self.latest < *until);
        }
    }

    pub(crate) fn block(&mut self, user: usize, blocked: bool) {
        self.blocked[user] = blocked;
    }

    /// The number of the token that is `back` from the newest, if the model still speaks about it.
    pub(crate) fn token(&self, back: usize) -> Option<usize> {
        let number = self.tokens.len().checked_sub(1)?.checked_sub(back % self.tokens.len())?;
        (self.latest < self.last_moment(number)).then_some(number)
    }

    pub(crate) fn login(&mut self, user: usize) -> Outcome {
        if self.blocked[user] {
            return Outcome::Refused;
        }
        // A login in the second of a revocation is dated behind it.
        let of_late = self.since[user].filter(|(since, _)| since + MOST_AHEAD * 1000 > self.now);
        let begun = self.second() * 1000;
        let ahead = of_late.map_or(0, |(since, _)| since.saturating_sub(begun).div_ceil(1000));
        if ahead > MOST_AHEAD {
            return Outcome::Later;
        }
        let dates = Dates { iat: self.second() + ahead, nbf: self.second(), exp: self.second() + LIFETIME };
        self.families.push(Family { newest: self.tokens.len(), ended: false });
        self.tokens.push(Token { user, dates, family: self.families.len() - 1, rotated: None, revoked: false });
        Outcome::Granted(dates)
    }

    /// S33, S44, S47: at a guarded route.
    pub(crate) fn visit(&self, number: usize) -> Outcome {
        let token = &self.tokens[number];
        if !self.is_in_time(token) || self.is_superseded(token) || self.blocked[token.user] || token.revoked {
            return Outcome::Refused;
        }
        let ended = self.families[token.family].ended;
        // The end of a grace is rounded up to a whole second.
        let over = |moment: u64| token.rotated.is_some_and(|(_, ends)| moment / 1000 >= ends.div_ceil(1000));
        if ended && over(self.latest) && !over(self.now) {
            // Only the clock has brought it back.
            return Outcome::Either;
        }
        if ended || over(self.now) { Outcome::Refused } else { Outcome::Yes }
    }

    /// S43 to S45, S48.
    pub(crate) fn refresh(&mut self, number: usize) -> Outcome {
        let token = self.tokens[number].clone();
        if !self.is_in_window(&token) || self.blocked[token.user] || self.is_superseded(&token) {
            return Outcome::Refused;
        }
        if self.families[token.family].ended || token.revoked {
            return Outcome::Refused;
        }
        match token.rotated {
            Some((successor, grace_ends)) if self.now < grace_ends => Outcome::Again(successor),
            Some(_) => {
                self.families[token.family].ended = true;
                Outcome::Refused
            }
            None => {
                let dates = Dates { iat: token.dates.iat, nbf: self.second(), exp: self.second() + LIFETIME };
                let successor = self.tokens.len();
                self.tokens[number].rotated = Some((successor, self.now + GRACE * 1000));
                self.families[token.family].newest = successor;
                self.tokens.push(Token { dates, rotated: None, ..token });
                Outcome::Granted(dates)
            }
        }
    }

    /// The newest takes its family along; an older one ends alone.
    pub(crate) fn revoke(&mut self, number: usize) -> Outcome {
        if !self.means_anything(number) {
            return Outcome::Refused;
        }
        let family = self.tokens[number].family;
        match self.families[family].newest == number {
            true => self.families[family].ended = true,
            false => self.tokens[number].revoked = true,
        }
        Outcome::Yes
    }

    pub(crate) fn revoke_family(&mut self, number: usize) -> Outcome {
        if !self.means_anything(number) {
            return Outcome::Refused;
        }
        self.families[self.tokens[number].family].ended = true;
        Outcome::Yes
    }

    /// Every token of this second is from before, and so are logins that were dated behind an earlier revocation in it.
    pub(crate) fn revoke_user(&mut self, user: usize) -> Outcome {
        let begun = self.second() * 1000;
        let (known, until) = self.since[user].unwrap_or_default();
        let dated = known.saturating_sub(begun).div_ceil(1000).min(MOST_AHEAD);
        let last = if dated == 0 { self.now } else { begun + dated * 1000 };
        let until = until.max((self.now + (WINDOW + LEEWAY + 1) * 1000).div_ceil(1000) * 1000);
        self.since[user] = Some((known.max(last + 1), until));
        Outcome::Yes
    }

    fn second(&self) -> u64 {
        self.now / 1000
    }

    fn is_begun(&self, token: &Token) -> bool {
        token.dates.iat.max(token.dates.nbf) <= self.second() + LEEWAY
    }

    fn is_in_time(&self, token: &Token) -> bool {
        self.second() < token.dates.exp + LEEWAY && self.is_begun(token)
    }

    /// S45: the window counts from the login.
    fn is_in_window(&self, token: &Token) -> bool {
        self.second() <= token.dates.iat + WINDOW && self.is_begun(token)
    }

    fn means_anything(&self, number: usize) -> bool {
        let token = &self.tokens[number];
        self.is_in_time(token) || self.is_in_window(token)
    }

    fn is_superseded(&self, token: &Token) -> bool {
        self.since[token.user].is_some_and(|(since, _)| token.dates.iat * 1000 < since)
    }

    /// From when on no door takes it, and what is known of it may be forgotten: milliseconds.
    fn last_moment(&self, number: usize) -> u64 {
        let dates = self.tokens[number].dates;
        (dates.exp.max(dates.iat + WINDOW) + LEEWAY + 1) * 1000
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::Granted(Dates { iat, nbf, exp }) => write!(f, "a token of iat {iat}, nbf {nbf}, exp {exp}"),
            Self::Again(number) => write!(f, "token {number} again"),
            Self::Refused => f.write_str("refused"),
            Self::Later => f.write_str("later"),
            Self::Either => f.write_str("either"),
        }
    }
}
