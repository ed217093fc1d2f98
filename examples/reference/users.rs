//! The table of users: a JSON array of
//!
//! ```json
//! {"id": 1, "username": "ada", "email": "ada@example.com", "phone": "13812345678",
//!  "password": "in clear", "password_hash": "or as stored", "blocked": false, "confirmed": true,
//!  "fault": "error" | "panic" | "slow", "profile": {"any": "members"}}
//! ```
//! where everything but `id` may be absent or `null`. The public user object is `id`, `username`, `email` and `phone`,
//! as far as they are there, and then the profile's members, which win. A fault makes the lookup of that user fail,
//! panic, or take 60 seconds.

use std::{fs, sync::Arc, thread, time::Duration};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower_auth::{Account, BoxError, Identifier, Query, StoredPassword, Subject};

/// The user that handlers get: the public user object, and the name.
#[derive(Clone, Debug)]
pub struct User {
    pub username: Option<String>,
    pub public: Value,
}

impl serde::Serialize for User {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.public.serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Row {
    id: Subject,
    username: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    password_hash: Option<String>,
    blocked: Option<bool>,
    confirmed: Option<bool>,
    fault: Option<Fault>,
    profile: Option<Map<String, Value>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Fault {
    Error,
    Panic,
    Slow,
}

struct Entry {
    row: Row,
    user: Arc<User>,
}

/// All users. Cloning is one increment.
#[derive(Clone)]
pub struct Users(Arc<Vec<Entry>>);

impl Users {
    /// Loads the users of a file, or the three demonstration users.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not such an array.
    pub fn load(path: Option<&str>) -> Result<Self, BoxError> {
        let text = match path {
            Some(path) => fs::read_to_string(path)?,
            None => demonstration(),
        };
        let mut rows: Vec<Row> = serde_json::from_str(&text)?;
        hash_all(&mut rows)?;
        let entries = rows.into_iter().map(|row| Entry { user: Arc::new(row.user()), row });
        Ok(Self(Arc::new(entries.collect())))
    }

    /// Answers the layer's one question.
    ///
    /// # Errors
    ///
    /// For a user with the fault `error`.
    ///
    /// # Panics
    ///
    /// For a user with the fault `panic`.
    pub async fn find(self, query: Query) -> Result<Option<Account<User>>, BoxError> {
        let found = self.0.iter().find(|entry| match &query {
            Query::Login { identifier, .. } => entry.row.is_called(identifier),
            Query::Subject { id, .. } => entry.row.id.to_string() == id.to_string(),
            _ => false,
        });
        let Some(entry) = found else { return Ok(None) };
        match entry.row.fault {
            Some(Fault::Error) => return Err("this user's lookup fails".into()),
            Some(Fault::Panic) => panic!("this user's lookup panics"),
            Some(Fault::Slow) => tokio::time::sleep(Duration::from_secs(60)).await,
            None => {}
        }
        Ok(Some(entry.account()))
    }
}

impl Entry {
    fn account(&self) -> Account<User> {
        let mut account = Account::shared(self.row.id.clone(), Arc::clone(&self.user))
            .blocked(self.row.blocked.unwrap_or(false))
            .unconfirmed(!self.row.confirmed.unwrap_or(true));
        if let Some(username) = &self.row.username {
            account = account.username(username);
        }
        if let Some(hash) = &self.row.password_hash {
            account = account.password_hash(hash.as_str());
        }
        account
    }
}

impl Row {
    fn is_called(&self, identifier: &Identifier) -> bool {
        match identifier {
            Identifier::Username(name) => self.username.as_ref() == Some(name),
            Identifier::Email(email) => self.email.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(email)),
            Identifier::Phone(phone) => self.phone.as_ref() == Some(phone),
            Identifier::Id(id) => self.id.to_string() == *id,
            _ => false,
        }
    }

    fn user(&self) -> User {
        let profile = self.profile.clone().unwrap_or_default();
        let own = [
            ("id", Some(json!(self.id))),
            ("username", self.username.as_ref().map(|text| json!(text))),
            ("email", self.email.as_ref().map(|text| json!(text))),
            ("phone", self.phone.as_ref().map(|text| json!(text))),
        ];
        let mut public = Map::new();
        for (name, value) in own {
            if let Some(value) = value.filter(|_| !profile.contains_key(name)) {
                public.insert(name.to_owned(), value);
            }
        }
        public.extend(profile);
        User { username: self.username.clone(), public: Value::Object(public) }
    }
}

/// Hashes the passwords that stand there in clear, on all cores.
fn hash_all(rows: &mut [Row]) -> Result<(), BoxError> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = rows
            .chunks_mut(share)
            .map(|rows| {
                scope.spawn(move || {
                    for row in rows {
                        if let Some(password) = row.password.take() {
                            row.password_hash = Some(StoredPassword::hash(&password)?);
                        }
                    }
                    Ok::<_, BoxError>(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err("hashing panicked".into())))
    })
}

fn demonstration() -> String {
    let users = ["ada", "alan", "grace"].iter().zip(1..).map(|(name, id)| {
        json!({"id": id, "username": name, "email": format!("{name}@example.com"), "password": "correct horse"})
    });
    Value::Array(users.collect()).to_string()
}
