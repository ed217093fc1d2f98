//! The public part of a user: every member of its `Serialize` form, less the secret ones, at every depth.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

use crate::{BoxError, json::Text};

/// What becomes of secret members in a contract's user objects.
///
/// These member names are secret, in camel or snake case: `password`, `passwd`, `pwd`, `passwordHash`,
/// `hashedPassword`, `passwordDigest`, `encryptedPassword`, `passwordSalt`, `hash`, `salt`, `resetPasswordToken`,
/// `passwordResetToken`, `resetToken`, `confirmationToken`, `emailConfirmationToken`, `rememberToken` and
/// `registrationToken`. Everything else is sent: leave other secrets out of the user's `Serialize`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Redaction {
    nulled: &'static [&'static str],
}

impl Redaction {
    /// Takes every secret member out.
    pub const fn remove() -> Self {
        Self { nulled: &[] }
    }

    /// Sets these members to `null` where they occur, and takes every other secret member out.
    pub const fn null(members: &'static [&'static str]) -> Self {
        Self { nulled: members }
    }
}

/// Names without `_` and `-`, in lower case.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passwordhash",
    "hashedpassword",
    "passworddigest",
    "encryptedpassword",
    "passwordsalt",
    "hash",
    "salt",
    "resetpasswordtoken",
    "passwordresettoken",
    "resettoken",
    "confirmationtoken",
    "emailconfirmationtoken",
    "remembertoken",
    "registrationtoken",
];

/// Deepest nesting of a user: each level is a call, and reads once more what is inside it.
const DEPTH_LIMIT: usize = 128;

fn is_secret(name: &str) -> bool {
    let folded: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    SECRET.iter().any(|secret| folded.eq_ignore_ascii_case(secret))
}

/// `user` as it may leave: its members in their order, with their values, less the secret ones.
///
/// # Errors
///
/// When `user` does not serialize, or nests deeper than 128 levels.
///
/// ```
/// use tower_auth::dialect::{Redaction, public_profile};
///
/// #[derive(serde::Serialize)]
/// struct User { name: &'static str, password: &'static str }
///
/// let user = User { name: "Ada", password: "$2b$10$…" };
/// assert_eq!(public_profile(&user, Redaction::remove())?.get(), r#"{"name":"Ada"}"#);
/// assert_eq!(
///     public_profile(&user, Redaction::null(&["password"]))?.get(),
///     r#"{"name":"Ada","password":null}"#
/// );
/// # Ok::<(), tower_auth::BoxError>(())
/// ```
pub fn public_profile(user: &impl Serialize, redaction: Redaction) -> Result<Box<RawValue>, BoxError> {
    let whole = serde_json::value::to_raw_value(user)?;
    let mut public = String::with_capacity(whole.get().len());
    write(&whole, redaction, 0, &mut public)?;
    Ok(RawValue::from_string(public)?)
}

/// The text of a member of an object, when it is text.
pub(crate) fn text_member(object: &RawValue, name: &str) -> Option<String> {
    let Members(members) = serde_json::from_str(object.get()).ok()?;
    let (_, value) = members.into_iter().find(|(known, _)| known == name)?;
    serde_json::from_str(value.get()).ok()
}

fn write(value: &RawValue, redaction: Redaction, depth: usize, out: &mut String) -> Result<(), serde_json::Error> {
    match value.get().as_bytes().first() {
        Some(b'{' | b'[') if depth == DEPTH_LIMIT => {
            return Err(serde_json::Error::custom(format_args!("the user nests deeper than {DEPTH_LIMIT} levels")));
        }
        Some(b'{') => {
            let Members(members) = serde_json::from_str(value.get())?;
            let mut separator = '{';
            for (name, value) in members {
                let nulled = redaction.nulled.contains(&&*name);
                if is_secret(&name) && !nulled {
                    continue;
                }
                out.push(separator);
                separator = ',';
                out.push_str(&serde_json::to_string(&name)?);
                out.push(':');
                if nulled {
                    out.push_str("null");
                } else {
                    write(value, redaction, depth + 1, out)?;
                }
            }
            if separator == '{' {
                out.push('{');
            }
            out.push('}');
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(value.get())?;
            out.push('[');
            for (index, value) in values.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(value, redaction, depth + 1, out)?;
            }
            out.push(']');
        }
        _ => out.push_str(value.get()),
    }
    Ok(())
}

/// The members of an object in their order; a map type would sort them.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry::<Text<'de>, &RawValue>()? {
            members.push((member.0.0, member.1));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(json: &str, redaction: Redaction) -> String {
        let user = RawValue::from_string(json.to_owned()).unwrap();
        public_profile(&user, redaction).unwrap().get().to_owned()
    }

    #[test]
    fn s40_secret_members_go_at_every_depth_in_every_spelling() {
        let user = r#"{"id":1,"password":"p","created_by":{"salt":"s","name":"n","passwordHash":"h"},"posts":[{"reset_password_token":"t","x":[{"hash":1}]}],"resetPasswordToken":null,"Password":1}"#;
        assert_eq!(public(user, Redaction::remove()), r#"{"id":1,"created_by":{"name":"n"},"posts":[{"x":[{}]}]}"#);
    }

    #[test]
    fn values_and_order_are_kept_to_the_byte() {
        let user = r#"{"z":1.10,"a":1e400,"é":"\u00e9","n":null,"o":{},"l":[],"big":123456789012345678901234567890}"#;
        assert_eq!(public(user, Redaction::remove()), user);
    }

    #[test]
    fn nulled_members_stay_where_they_were() {
        let user = r#"{"password":"p","salt":"s","resetToken":"t","by":{"password":"q"}}"#;
        assert_eq!(
            public(user, Redaction::null(&["password", "salt"])),
            r#"{"password":null,"salt":null,"by":{"password":null}}"#
        );
    }

    #[test]
    fn s70_what_nests_beyond_128_levels_is_no_profile_however_deep() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = |levels| RawValue::from_string(format!("{}1{}", open.repeat(levels), close.repeat(levels)));
            let deepest = nested(128).unwrap();
            assert_eq!(public(deepest.get(), Redaction::remove()), deepest.get());
            for levels in [10_000, 129] {
                let error = public_profile(&nested(levels).unwrap(), Redaction::remove()).unwrap_err();
                assert_eq!(error.to_string(), "the user nests deeper than 128 levels");
            }
        }
    }

    #[test]
    fn anything_may_be_a_user() {
        for user in ["null", "1", "\"a\"", "[]", "{}"] {
            assert_eq!(public(user, Redaction::remove()), user);
        }
    }
}
