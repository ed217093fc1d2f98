//! `Route`: what becomes of a request.

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// To the endpoint of this number.
    Endpoint(usize),
    /// Straight through, credentials or not.
    Public,
    /// Through with good credentials or with none.
    Optional,
    /// Through with good credentials.
    Guarded,
    /// With good credentials to a ticket.
    Ticket,
}
