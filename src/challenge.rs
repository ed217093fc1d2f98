//! `WWW-Authenticate`: what a 401 offers, RFC 9110 §11.6.1, with the other headers of the neutral answer.

use http::{
    HeaderMap, HeaderValue,
    header::{CONTENT_TYPE, WWW_AUTHENTICATE},
};

use crate::{
    error::{BuildError, BuildErrorKind},
    error_code::ErrorCode,
};

/// The challenges of one protection space, made once.
#[derive(Clone, Debug)]
pub(crate) struct Challenges {
    bare: Challenge,
    invalid_request: Challenge,
    invalid_token: Challenge,
    insufficient_scope: Challenge,
    /// Offered beside Bearer when the builder asks for it: it makes browsers open their password window.
    basic: Option<HeaderValue>,
}

#[derive(Clone, Debug)]
struct Challenge {
    bearer: HeaderValue,
    /// All the headers of the neutral answer: to copy them costs a third of putting them together.
    neutral: HeaderMap,
    /// The same to a script.
    scripted: HeaderMap,
}

impl Challenge {
    fn new(bearer: HeaderValue, basic: Option<&HeaderValue>) -> Self {
        let mut scripted = unchallenged();
        scripted.insert(WWW_AUTHENTICATE, bearer.clone());
        let mut neutral = scripted.clone();
        neutral.extend(basic.map(|basic| (WWW_AUTHENTICATE, basic.clone())));
        Self { bearer, neutral, scripted }
    }
}

impl Challenges {
    pub(crate) fn new(realm: &str, offer_basic: bool) -> Result<Self, BuildError> {
        let quotable = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
        if !realm.bytes().all(quotable) {
            return Err(unfit());
        }
        let value = |text: String| HeaderValue::from_str(&text).map_err(|_| unfit());
        // RFC 7617 §2.1
        let basic = offer_basic.then(|| value(format!("Basic realm=\"{realm}\", charset=\"UTF-8\""))).transpose()?;
        let bearer =
            |error: &str| Ok(Challenge::new(value(format!("Bearer realm=\"{realm}\"{error}"))?, basic.as_ref()));
        let coded = |code: ErrorCode| bearer(&format!(", error=\"{}\"", code.as_str()));
        Ok(Self {
            bare: bearer("")?,
            invalid_request: coded(ErrorCode::InvalidRequest)?,
            invalid_token: coded(ErrorCode::InvalidToken)?,
            insufficient_scope: coded(ErrorCode::InsufficientScope)?,
            basic,
        })
    }

    /// Whether Basic is offered, to whom it may be.
    pub(crate) fn offers_basic(&self) -> bool {
        self.basic.is_some()
    }

    pub(crate) fn bearer(&self, code: Option<ErrorCode>) -> &HeaderValue {
        &self.of(code).bearer
    }

    /// Adds the challenges to an answer. `scripted` requests are never offered Basic: nobody wants a browser's
    /// password window over a page's own.
    pub(crate) fn add(&self, code: Option<ErrorCode>, scripted: bool, headers: &mut HeaderMap) {
        headers.append(WWW_AUTHENTICATE, self.bearer(code).clone());
        if let Some(basic) = self.basic.as_ref().filter(|_| !scripted) {
            headers.append(WWW_AUTHENTICATE, basic.clone());
        }
    }

    /// The headers of the neutral answer, with the same challenges.
    pub(crate) fn neutral(&self, code: Option<ErrorCode>, scripted: bool) -> HeaderMap {
        let challenge = self.of(code);
        if scripted { &challenge.scripted } else { &challenge.neutral }.clone()
    }

    fn of(&self, code: Option<ErrorCode>) -> &Challenge {
        match code {
            None => &self.bare,
            Some(ErrorCode::InvalidRequest) => &self.invalid_request,
            Some(ErrorCode::InvalidToken) => &self.invalid_token,
            Some(ErrorCode::InsufficientScope) => &self.insufficient_scope,
        }
    }
}

/// The headers of the neutral answer without a challenge: the type of RFC 9457 §3.
pub(crate) fn unchallenged() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))])
}

fn unfit() -> BuildError {
    BuildError::new(
        BuildErrorKind::InvalidHeader,
        "the realm has to be printable ASCII without quotes and backslashes: it stands in WWW-Authenticate",
    )
}
