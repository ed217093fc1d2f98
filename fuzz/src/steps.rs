//! What somebody does with a service, step by step: requests as clients send them, any other request, and time.

use arbitrary::{Arbitrary, Result, Unstructured};

/// One step.
#[derive(Debug)]
pub enum Step<'a> {
    /// A login by one of the four contracts, as whoever it is.
    Login { contract: usize, name: &'a [u8] },
    /// A request to a path, with a token that was granted before, from one of the places where it may stand.
    Visit { path: &'static str, token: usize, place: Place },
    /// Basic.
    Basic { path: &'static str, user_pass: &'a [u8] },
    /// A token for its successor.
    Refresh { token: usize },
    /// A token, ended.
    Logout { token: usize },
    /// A ticket for a token, and a WebSocket by it.
    Ticket { token: usize },
    /// Time goes by, or back.
    Wait { minutes: i16 },
    /// Any request.
    Any { method: &'a [u8], uri: &'a [u8], fields: Vec<(&'static str, &'a [u8])>, body: &'a [u8] },
}

/// Where a token may stand.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Bearer,
    Bare,
    Header,
    Query,
    Cookie,
    Protocol,
}

/// Paths that are guarded, public, optional, and nearly a login route's.
const PATHS: [&str; 8] =
    ["/me", "/health", "/assets/app.js", "/assets/../me", "/feed", "/login/", "/auth/ticket", "//"];

/// Fields that the layer looks at.
const FIELDS: [&str; 16] = [
    "authorization",
    "cookie",
    "x-access-token",
    "content-type",
    "content-length",
    "content-encoding",
    "origin",
    "host",
    "sec-fetch-site",
    "sec-websocket-protocol",
    "upgrade",
    "connection",
    "access-control-request-method",
    "x-forwarded-for",
    "x-original-url",
    "te",
];

impl<'a> Arbitrary<'a> for Step<'a> {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=7)? {
            0 => Self::Login { contract: u.int_in_range(0..=3)?, name: short(u)? },
            1 => Self::Visit { path: u.choose(&PATHS)?, token: u.int_in_range(0..=255)?, place: place(u)? },
            2 => Self::Basic { path: u.choose(&PATHS)?, user_pass: short(u)? },
            3 => Self::Refresh { token: u.int_in_range(0..=255)? },
            4 => Self::Logout { token: u.int_in_range(0..=255)? },
            5 => Self::Ticket { token: u.int_in_range(0..=255)? },
            6 => Self::Wait { minutes: u.arbitrary()? },
            _ => {
                let (method, uri) = (short(u)?, short(u)?);
                let count = u.int_in_range(0..=7)?;
                let field = |u: &mut Unstructured<'a>| Ok((*u.choose(&FIELDS)?, short(u)?));
                let fields = (0..count).map(|_| field(u)).collect::<Result<_>>()?;
                Self::Any { method, uri, fields, body: short(u)? }
            }
        })
    }
}

fn place(u: &mut Unstructured<'_>) -> Result<Place> {
    use Place::{Bare, Bearer, Cookie, Header, Protocol, Query};
    u.choose(&[Bearer, Bare, Header, Query, Cookie, Protocol]).copied()
}

/// A length of one byte, and as many bytes, as far as there are.
fn short<'a>(u: &mut Unstructured<'a>) -> Result<&'a [u8]> {
    let length = u.int_in_range(0..=255)?;
    u.bytes(u.len().min(length))
}
