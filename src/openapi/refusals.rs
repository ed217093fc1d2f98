//! Which refusals can happen at an endpoint.

use super::specimen::Specimen;
use crate::{
    dialect::{Dialect, Form, Member, Operation, Refusal},
    throttle::SessionAction,
};

/// The refusals that can happen at an endpoint.
pub(super) fn refusals<L>(specimen: &Specimen<'_, L>) -> Vec<Refusal> {
    let mut refusals: Vec<_> = Refusal::ALL.iter().copied().filter(|refusal| refusal.happens(specimen)).collect();
    if specimen.served.operation == Operation::Login {
        let read =
            read_refusals(specimen.dialect).into_iter().filter(|refusal| !matches!(refusal, Refusal::MalformedBody(_)));
        let unheard: Vec<_> = read.filter(|refusal| !refusals.contains(refusal)).collect();
        refusals.extend(unheard);
    }
    refusals
}

impl Refusal {
    fn happens<L>(self, specimen: &Specimen<'_, L>) -> bool {
        let operation = specimen.served.operation;
        let (logs_in, refreshes) = (operation == Operation::Login, operation == Operation::Refresh);
        let logs_out = operation == Operation::Logout;
        let grants = logs_in || operation == Operation::Exchange;
        let disclosed = specimen.context.disclose_unknown_users;
        match self {
            // What `read` refuses is asked of it, where it says which members it reads.
            Self::MissingUserId | Self::MissingPassword | Self::NotText => {
                logs_in && specimen.dialect.members().is_empty()
            }
            Self::MalformedBody(_) | Self::UnsupportedMediaType | Self::BodyTooLarge | Self::BodyTimedOut => logs_in,
            // At an exchange it is also what a Bearer is refused with, or nothing at all, whatever is disclosed.
            Self::InvalidCredentials => grants && !(logs_in && disclosed),
            Self::UnknownUser | Self::WrongPassword | Self::NoPassword => grants && disclosed,
            Self::BlockedUser | Self::UnconfirmedUser | Self::Overloaded => grants,
            Self::Throttled => {
                let throttle = &specimen.context.throttle;
                let listed =
                    specimen.context.listing.is_some() && throttle.session_rate(SessionAction::Login).is_some();
                let renews =
                    operation == Operation::Exchange && throttle.session_rate(SessionAction::Refresh).is_some();
                let counts = specimen.rate().or(specimen.account_rate()).is_some() || renews;
                counts || grants && (listed || throttle.locks_accounts())
            }
            Self::Failed | Self::Unavailable => true,
            Self::MissingToken => (refreshes || logs_out) && !specimen.served.takes_token(),
            Self::CrossSite => {
                let by_cookie = specimen.context.sources.cookie.is_some();
                by_cookie && (refreshes || logs_out) && !specimen.served.takes_token()
            }
            Self::MalformedToken
            | Self::InvalidSignature
            | Self::MissingClaim
            | Self::ForeignToken
            | Self::EarlyToken
            | Self::RefreshWindowPassed => refreshes || logs_out,
            Self::RevokedToken | Self::UserGone => refreshes,
        }
    }
}

/// What a contract says to forms that lack something.
fn read_refusals(dialect: &dyn Dialect) -> Vec<Refusal> {
    let members = dialect.members();
    let all = [Flaw::Absent, Flaw::Empty, Flaw::NotText];
    let flawed = members.iter().flat_map(|member| all.map(|flaw| form(&members, Some((member, flaw)))));
    let mut refusals: Vec<_> = flawed.filter_map(|form| dialect.read(&form).err()).collect();
    refusals.sort_by_key(|refusal| refusal.as_str());
    refusals.dedup();
    refusals
}

/// What may be wrong with a member.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Absent,
    Empty,
    NotText,
}

/// Whether a form with this flaw is refused, as far as one without it is not.
pub(super) fn refuses(dialect: &dyn Dialect, member: &Member, flaw: Flaw) -> bool {
    let members = dialect.members();
    dialect.read(&form(&members, None)).is_ok() && dialect.read(&form(&members, Some((member, flaw)))).is_err()
}

/// The examples of all members as a form, one of them flawed.
fn form(members: &[Member], flawed: Option<(&Member, Flaw)>) -> Form {
    let mut form = Form::default();
    for member in members {
        match flawed.filter(|(other, _)| *other == member).map(|(_, flaw)| flaw) {
            None => form.add_text(&*member.name, &*member.example),
            Some(Flaw::Absent) => {}
            Some(Flaw::Empty) => form.add_text(&*member.name, ""),
            Some(Flaw::NotText) => form.add_other(&*member.name),
        }
    }
    form
}
