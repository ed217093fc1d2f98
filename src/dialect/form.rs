//! `Form`: the members of a login request's body, whatever its type was.

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

/// Why a member cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormError {
    /// It is there and is not text.
    NotText,
    /// It is there more than once.
    Repeated,
}

impl Form {
    /// The text of a member: `None` when it is absent, an error when it is not one text.
    ///
    /// # Errors
    ///
    /// When the member is of another type, or stands there more than once.
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

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}
