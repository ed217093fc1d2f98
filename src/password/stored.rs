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
/// let stored = StoredPassword::from("{bcrypt}$2a$10$7kXGsXYukSSSH8onWpdSVeAnMjWe.x8Lxcmd42LZJafox73/jVda.");
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
    /// It is fast to brute-force: set a rehash hook, and every login moves one user to argon2id.
    ///
    /// ```
    /// use tower_auth::{Account, StoredPassword};
    ///
    /// let account = Account::new(1, "Ada")
    ///     .password_hash(StoredPassword::salted_sha256("salt", "jLJYwH64cZQ7StDnVKUCtfw6OJ11/vyRtOAQd47MoBg="));
    /// # let _ = account;
    /// ```
    pub fn salted_sha256(salt: impl Into<String>, digest: impl Into<String>) -> Self {
        Self(Form::SaltedSha256 { salt: Zeroizing::new(salt.into()), digest: Zeroizing::new(digest.into()) })
    }

    /// The text as it is stored, to be stored or compared with; of [`salted_sha256`](Self::salted_sha256) the digest.
    pub fn expose(&self) -> &str {
        self.parts().1
    }

    /// All of it: the salt that stands in a column of its own, and the text.
    pub(super) fn parts(&self) -> (Option<&str>, &str) {
        match &self.0 {
            Form::Text(text) => (None, text),
            Form::SaltedSha256 { salt, digest } => (Some(salt), digest),
        }
    }

    pub(super) fn scheme(&self) -> HashScheme<'_> {
        match &self.0 {
            Form::SaltedSha256 { salt, digest } => HashScheme::SaltedSha256 { salt, digest },
            Form::Text(text) => HashScheme::of(text),
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
pub(super) enum HashScheme<'a> {
    Argon2(PasswordHash),
    Bcrypt {
        hash: &'a str,
        cost: u32,
    },
    Scrypt(PasswordHash),
    Pbkdf2(PasswordHash),
    SaltedSha256 {
        salt: &'a str,
        digest: &'a str,
    },
    /// A form of the application's own, or garbage.
    Other(&'a str),
    /// Plain text under Spring's `{noop}`.
    Plain,
}

impl<'a> HashScheme<'a> {
    fn of(text: &'a str) -> Self {
        let (prefix, hash) = spring_prefix(text);
        if prefix == Some("noop") {
            return Self::Plain;
        }
        if let Some(cost) = bcrypt_cost(hash) {
            return Self::Bcrypt { hash, cost };
        }
        match PasswordHash::new(hash).ok().filter(is_within_reason) {
            Some(phc) => match phc.algorithm.as_str() {
                // A PHC string of Argon2 without a version is one of version 1.0.
                "argon2id" | "argon2i" | "argon2d" => {
                    Self::Argon2(PasswordHash { version: phc.version.or(Some(0x10)), ..phc })
                }
                "scrypt" => Self::Scrypt(phc),
                "pbkdf2-sha256" | "pbkdf2-sha512" => Self::Pbkdf2(with_length(phc)),
                _ => Self::Other(text),
            },
            None => Self::Other(text),
        }
    }
}

/// The cost of a bcrypt hash: `$2b$`, two digits, `$`, and 22 and 31 characters of its own base64.
fn bcrypt_cost(hash: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|mark| hash.strip_prefix(mark))?;
    let (cost, rest) = rest.split_once('$')?;
    let digits = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
    let encoded = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'/');
    let cost = cost.parse().ok().filter(|cost| (4..=20).contains(cost));
    cost.filter(|_| digits && encoded && rest.len() == 53)
}

/// States that the digest is as long as SHA-512 makes it, where the string does not: the library would take it for 32
/// bytes. A digest of another length is one that was cut.
fn with_length(mut phc: PasswordHash) -> PasswordHash {
    let whole = phc.algorithm.as_str() == "pbkdf2-sha512" && phc.hash.is_some_and(|digest| digest.len() == 64);
    if whole && phc.params.get("l").is_none() {
        // A list of parameters without room for one more stays as it is, and matches nothing.
        let _ = phc.params.add_decimal("l", 64);
    }
    phc
}

/// Whether a PHC string is complete, and asks for no more than a gigabyte or the like: beyond it a typing error in a
/// table would take the process down.
fn is_within_reason(phc: &PasswordHash) -> bool {
    // A name may stand there twice, and which one counts is each library's own choice: none may ask for more.
    let value = |name: &str| {
        let alike = phc.params.iter().filter(|(known, _)| known.as_str() == name);
        alike.map(|(_, value)| value.decimal().unwrap_or(u32::MAX)).max().unwrap_or_default()
    };
    let (ln, r, p) = (value("ln"), value("r"), value("p"));
    let memory = value("m") <= 1 << 20 && ln <= 23 && r <= 1 << 10 && u64::from(r) << ln <= 1 << 23;
    let time = value("t") <= 1 << 10 && value("i") <= 100_000_000 && p <= 1 << 8;
    phc.salt.is_some() && phc.hash.is_some() && memory && time
}

/// Spring Security's `{id}` before the hash.
fn spring_prefix(text: &str) -> (Option<&str>, &str) {
    match text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((id, hash)) => (Some(id), hash),
        None => (None, text),
    }
}
