//! `Form`: the members of a login request's body, whatever its type was. `Member`: one of them in a document.

use std::fmt;

use zeroize::Zeroizing;

/// The members of a login request's body. Values do not print.
#[derive(Default)]
pub struct Form {
    fields: Vec<(String, Value)>,
}

enum Value {
    Text(Zeroizing<String>),
    /// A number, an object, a file: whatever it is, it is no credential.
    Other,
}

/// A member of a form, as documents describe it: its name, and a value that it may have.
///
/// ```
/// use tower_auth::dialect::Member;
///
/// let members = [Member::new("username", "ada"), Member::secret("password", "correct horse")];
/// # let _ = members;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub(crate) name: String,
    pub(crate) example: String,
    pub(crate) is_secret: bool,
}

impl Member {
    /// A member that may be shown, such as a user name. Documents show the example, and find out from it what is
    /// required: with the examples of all its members, a form is one that is read.
    pub fn new(name: impl Into<String>, example: impl Into<String>) -> Self {
        Self { name: name.into(), example: example.into(), is_secret: false }
    }

    /// A member that is typed unseen, such as a password. The example is shown all the same.
    pub fn secret(name: impl Into<String>, example: impl Into<String>) -> Self {
        Self { is_secret: true, ..Self::new(name, example) }
    }
}

/// Why a member cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormError {
    /// It is there and is not text.
    NotText,
    /// It is there more than once.
    Repeated,
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotText => "the member is not text",
            Self::Repeated => "the member stands there more than once",
        })
    }
}

impl std::error::Error for FormError {}

impl Form {
    /// The text of a member: `None` when it is absent, an error when it is not one text.
    ///
    /// # Errors
    ///
    /// When the member is of another type, or occurs more than once.
    pub fn text(&self, name: &str) -> Result<Option<&str>, FormError> {
        let mut found = self.fields.iter().filter(|(known, _)| known == name);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(FormError::Repeated),
            (Some((_, Value::Other)), None) => Err(FormError::NotText),
            (Some((_, Value::Text(text))), None) => Ok(Some(text)),
        }
    }

    /// The text of a member, when it is there and not empty.
    ///
    /// # Errors
    ///
    /// As [`text`](Self::text).
    pub fn filled(&self, name: &str) -> Result<Option<&str>, FormError> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    pub(crate) fn add_text(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.fields.push((name.into(), Value::Text(Zeroizing::new(text.into()))));
    }

    pub(crate) fn add_other(&mut self, name: impl Into<String>) {
        self.fields.push((name.into(), Value::Other));
    }
}

/// A form of names and texts, for tests of a contract's [`read`](super::Dialect::read).
///
/// ```
/// use tower_auth::dialect::Form;
///
/// let form = Form::from_iter([("username", "ada"), ("password", "correct horse")]);
/// assert_eq!(form.text("username"), Ok(Some("ada")));
/// ```
impl<N: Into<String>, T: Into<String>> FromIterator<(N, T)> for Form {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(members: I) -> Self {
        let mut form = Self::default();
        members.into_iter().for_each(|(name, text)| form.add_text(name, text));
        form
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}
