//! One verification, and dummies that cost as much.
//!
//! Passwords are compared whole: nothing is trimmed, folded or cut. bcrypt reads 72 bytes and no more, so a longer
//! password is refused there, after the same work (CVE-2025-22228 came of doing otherwise).

use argon2::Argon2;
use base64::{Engine, engine::general_purpose::STANDARD};
use password_hash::{
    PasswordHasher, PasswordVerifier,
    phc::{Ident, Output, ParamsString, PasswordHash, Salt},
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::stored::{HashScheme, StoredPassword};
use crate::{BoxError, text::beginning};

/// Longest password in bytes that is hashed, whoever verifies it; a longer one is wrong at the same cost.
const PASSWORD_LIMIT: usize = 4096;

/// bcrypt reads this many bytes and ignores the rest.
const BCRYPT_LIMIT: usize = 72;

/// What a verification costs, and nothing about the password: attempts for unknown users repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// Argon2, scrypt and PBKDF2: everything of the PHC string but salt and digest. The digest's length counts, since
    /// PBKDF2 does all its rounds once for each block of it.
    Phc {
        algorithm: Ident,
        version: Option<u32>,
        params: ParamsString,
        length: usize,
    },
    Bcrypt {
        cost: u32,
    },
    /// What the application's own verification costs, with one stored form that it knew.
    Custom(Decoy),
    /// Too quick to tell from nothing.
    Negligible,
}

/// Any two are alike: one is enough to make the application's verification work.
#[derive(Clone, Debug)]
pub(super) struct Decoy(StoredPassword);

impl PartialEq for Decoy {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Decoy {}

/// The application's own verification: `Some(true)` right, `Some(false)` wrong, `None` not its form either.
pub(super) type Custom = dyn Fn(&str, &str) -> Option<bool> + Send + Sync;

#[cfg(test)]
thread_local! {
    /// What the verifications on this thread cost, in their order: tests count work, and do not time it.
    pub(super) static DONE: std::cell::RefCell<Vec<Cost>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// The outcome of one verification. `None` when the stored form is unknown.
pub(super) fn verify(stored: &StoredPassword, password: &str, custom: Option<&Custom>) -> Option<bool> {
    #[cfg(test)]
    DONE.with_borrow_mut(|done| done.push(cost(stored, custom)));
    let hashed = beginning(password, PASSWORD_LIMIT);
    let (bytes, within) = (hashed.as_bytes(), hashed.len() == password.len());
    // HMAC fills its key up with NUL, and bcrypt goes round and round its text and a NUL: to them `pw`, `pw` NUL and
    // `pw` NUL `pw` are one.
    let plain = !bytes.contains(&0);
    let right = match stored.scheme() {
        HashScheme::Argon2(hash) => Argon2::default().verify_password(bytes, &hash).is_ok(),
        HashScheme::Scrypt(hash) => scrypt::Scrypt::default().verify_password(bytes, &hash).is_ok() && plain,
        HashScheme::Pbkdf2(hash) => pbkdf2::Pbkdf2::default().verify_password(bytes, &hash).is_ok() && plain,
        HashScheme::Bcrypt { hash, .. } => {
            bcrypt::verify(bytes, hash).is_ok_and(|right| right) && plain && bytes.len() <= BCRYPT_LIMIT
        }
        HashScheme::SaltedSha256 { salt, digest } => {
            let computed = Sha256::new().chain_update(salt).chain_update(bytes).finalize();
            let stored = STANDARD.decode(digest).unwrap_or_default();
            bool::from(computed.as_slice().ct_eq(&stored))
        }
        HashScheme::Other(text) => custom?(text, hashed)?,
        HashScheme::Plain => return None,
    };
    Some(right && within)
}

/// What verifying against `stored` costs.
pub(super) fn cost(stored: &StoredPassword, custom: Option<&Custom>) -> Cost {
    match stored.scheme() {
        HashScheme::Argon2(hash) | HashScheme::Scrypt(hash) | HashScheme::Pbkdf2(hash) => Cost::Phc {
            algorithm: hash.algorithm,
            version: hash.version,
            length: hash.hash.map_or(0, |digest| digest.len()),
            params: hash.params,
        },
        HashScheme::Bcrypt { cost, .. } => Cost::Bcrypt { cost },
        HashScheme::Other(_) if custom.is_some() => Cost::Custom(Decoy(stored.clone())),
        HashScheme::SaltedSha256 { .. } | HashScheme::Other(_) | HashScheme::Plain => Cost::Negligible,
    }
}

/// A verification that costs `cost` and finds nothing.
pub(super) fn waste(cost: &Cost, password: &str, custom: Option<&Custom>) {
    if let Some(stored) = dummy(cost) {
        std::hint::black_box(verify(&stored, password, custom));
    }
}

/// A stored password that nobody has: right in form and parameters, with a digest of zeros.
fn dummy(cost: &Cost) -> Option<StoredPassword> {
    match cost {
        Cost::Phc { algorithm, version, params, length } => {
            let hash = PasswordHash {
                algorithm: *algorithm,
                version: *version,
                params: params.clone(),
                salt: Salt::new(&[0; 16]).ok(),
                hash: Output::init_with(*length, |_| Ok(())).ok(),
            };
            Some(StoredPassword::from(hash.to_string()))
        }
        Cost::Bcrypt { cost } => {
            let (salt, digest) = (".".repeat(22), ".".repeat(31));
            Some(StoredPassword::from(format!("$2b${cost:02}${salt}{digest}")))
        }
        Cost::Custom(Decoy(stored)) => Some(stored.clone()),
        Cost::Negligible => None,
    }
}

impl StoredPassword {
    /// Hashes a new password: argon2id with the recommended parameters and a fresh salt, as a PHC string.
    ///
    /// Takes tens of milliseconds of one core, so not on an async thread.
    ///
    /// # Errors
    ///
    /// When the password is beyond 4 096 bytes, which would be refused ever after, or the system has no randomness to
    /// give.
    ///
    /// ```
    /// use tower_auth::StoredPassword;
    ///
    /// assert!(StoredPassword::hash("correct horse")?.starts_with("$argon2id$v=19$"));
    /// # Ok::<(), tower_auth::BoxError>(())
    /// ```
    pub fn hash(password: &str) -> Result<String, BoxError> {
        if password.len() > PASSWORD_LIMIT {
            return Err("the password is longer than 4096 bytes".into());
        }
        let mut salt = [0; 16];
        getrandom::fill(&mut salt)?;
        let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
        Ok(hash.map_err(|_| "the password cannot be hashed")?.to_string())
    }
}

/// What a hash of [`StoredPassword::hash`] costs to verify. Under a fuzzer, which asks thousands of times a second,
/// next to nothing.
pub(super) fn preferred_cost() -> Cost {
    let params = match cfg!(fuzzing) {
        true => argon2::Params::new(argon2::Params::MIN_M_COST, 1, 1, None).unwrap_or_default(),
        false => argon2::Params::default(),
    };
    ParamsString::try_from(&params).map_or(Cost::Negligible, |params| Cost::Phc {
        algorithm: argon2::Algorithm::default().ident(),
        version: Some(argon2::Version::default().into()),
        params,
        length: argon2::Params::DEFAULT_OUTPUT_LEN,
    })
}

#[cfg(test)]
mod tests;
