//! `StoredPassword`: the forms in which adopters' databases hold passwords.

use std::fmt;

use password_hash::phc::PasswordHash;
use zeroize::Zeroizing;

/// A password as a database holds it. Does not print.
///
/// Text is read by its own marks:
///
/// | text | form |
/// |---|---|
/// | `$argon2id$v=19$m=…`, also `argon2i` and `argon2d` | Argon2, RFC 9106, as a PHC string |
/// | `$2a$`, `$2b$`, `$2y$` | bcrypt |
/// | `$scrypt$ln=…` | scrypt, RFC 7914, as a PHC string |
/// | `$pbkdf2-sha256$i=…`, `$pbkdf2-sha512$i=…` | PBKDF2, RFC 8018, as a PHC string |
/// | `{bcrypt}…`, `{argon2}…` and so on | Spring Security's prefix, then one of the above |
///
/// Anything else is given to the function set with `verify_passwords_with`, and refused without one. `{noop}`, plain
/// text, is refused always.
///
/// ```
/// use tower_auth::StoredPassword;
///
/// let stored = StoredPassword::from("{bcrypt}$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi");
/// assert_eq!(format!("{stored:?}"), "StoredPassword([redacted])");
/// ```
#[derive(Clone)]
pub struct StoredPassword(pub(super) Form);

#[derive(Clone)]
pub(super) enum Form {
    Text(Zeroizing<String>),
    SaltedSha256 { salt: Zeroizing<String>, digest: Zeroizing<String> },
}

impl StoredPassword {
    /// `base64(SHA-256(salt + password))` with its salt, as small Express back ends store it in two columns.
    ///
    /// It is quick to guess: set a rehash hook, and every login moves one user to argon2id.
    pub fn salted_sha256(salt: impl Into<String>, digest: impl Into<String>) -> Self {
        Self(Form::SaltedSha256 { salt: Zeroizing::new(salt.into()), digest: Zeroizing::new(digest.into()) })
    }

    pub(super) fn scheme(&self) -> Scheme<'_> {
        match &self.0 {
            Form::SaltedSha256 { salt, digest } => Scheme::SaltedSha256 { salt, digest },
            Form::Text(text) => Scheme::of(text),
        }
    }
}

impl From<String> for StoredPassword {
    fn from(text: String) -> Self {
        Self(Form::Text(Zeroizing::new(text)))
    }
}

impl From<&str> for StoredPassword {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredPassword([redacted])")
    }
}

/// What the text turned out to be.
#[derive(Clone)]
pub(super) enum Scheme<'a> {
    Argon2(PasswordHash),
    Bcrypt(&'a str),
    Scrypt(PasswordHash),
    Pbkdf2(PasswordHash),
    SaltedSha256 {
        salt: &'a str,
        digest: &'a str,
    },
    /// A form of the application's own.
    Other(&'a str),
    /// Plain text under Spring's `{noop}`, or a known mark with garbage behind it.
    Unusable,
}

impl<'a> Scheme<'a> {
    fn of(text: &'a str) -> Self {
        let (prefix, hash) = spring_prefix(text);
        if prefix == Some("noop") {
            return Self::Unusable;
        }
        if ["$2a$", "$2b$", "$2y$"].iter().any(|mark| hash.starts_with(mark)) {
            return match hash.parse::<bcrypt::HashParts>() {
                Ok(_) => Self::Bcrypt(hash),
                Err(_) => Self::Unusable,
            };
        }
        let known = ["$argon2", "$scrypt$", "$pbkdf2"].iter().any(|mark| hash.starts_with(mark));
        match PasswordHash::new(hash) {
            Ok(phc) if phc.salt.is_none() || phc.hash.is_none() => Self::Unusable,
            Ok(phc) => match phc.algorithm.as_str() {
                "argon2id" | "argon2i" | "argon2d" => Self::Argon2(phc),
                "scrypt" => Self::Scrypt(phc),
                "pbkdf2-sha256" | "pbkdf2-sha512" => Self::Pbkdf2(phc),
                _ => Self::Other(text),
            },
            Err(_) if known => Self::Unusable,
            Err(_) => Self::Other(text),
        }
    }
}

/// Spring Security's `{id}` before the hash.
fn spring_prefix(text: &str) -> (Option<&str>, &str) {
    match text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((id, hash)) => (Some(id), hash),
        None => (None, text),
    }
}
