//! The table of users, in SQLite or PostgreSQL, whichever the URL names.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use sqlx::{
    AnyPool,
    any::{AnyPoolOptions, install_default_drivers},
};
use tokio::{task::spawn_blocking, time::sleep};
use tower_auth::{Account, BoxError, Identifier, PasswordUpgrade, Query, StoredPassword, Timestamp};

/// What handlers get, and the user object in the answers of logins.
#[derive(Clone, Serialize)]
pub struct User {
    pub id: i64,
    pub username: String,
    pub email: String,
}

/// A pool of connections. Cloning is one increment.
#[derive(Clone)]
pub struct Users(AnyPool);

macro_rules! select {
    ($column:literal) => {
        concat!(
            "SELECT id, username, email, password_hash, blocked_at, valid_since FROM users WHERE ",
            $column,
            " = $1"
        )
    };
}

type Row = (i64, String, String, String, Option<i64>, i64);

impl Users {
    /// Connects, makes the table if there is none, and puts `ada`, `alan` and `grace` into an empty one.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or is not ours.
    pub async fn open(url: &str) -> Result<Self, BoxError> {
        install_default_drivers();
        let users = Self(AnyPoolOptions::new().max_connections(8).connect(url).await?);
        // Servers that start at once get in each other's way: SQLite locks the file, PostgreSQL fails one of two that make a
        // table. One of them gets through, and then the others do.
        for _ in 0..20 {
            if users.prepare(url).await.is_ok() {
                return Ok(users);
            }
            sleep(Duration::from_millis(50)).await;
        }
        users.prepare(url).await?;
        Ok(users)
    }

    async fn prepare(&self, url: &str) -> Result<(), BoxError> {
        if url.starts_with("sqlite:") {
            // Readers and a writer in several processes do not wait for each other. The file remembers it.
            sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&self.0).await?;
        }
        sqlx::raw_sql(include_str!("users.sql")).execute(&self.0).await?;
        let (known,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM users").fetch_one(&self.0).await?;
        match known {
            0 => self.demonstrate().await,
            _ => Ok(()),
        }
    }

    async fn demonstrate(&self) -> Result<(), BoxError> {
        let (today, old) = spawn_blocking(|| {
            Ok::<_, BoxError>((StoredPassword::hash("correct horse")?, bcrypt::hash("correct horse", 10)?))
        })
        .await??;
        self.add(1, "ada", &today).await?;
        self.add(2, "alan", &today).await?;
        self.add(3, "grace", &old).await // until she logs in
    }

    /// Adds somebody, unless there is somebody of this id or name.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn add(&self, id: i64, username: &str, password_hash: &str) -> Result<(), BoxError> {
        sqlx::query(
            "INSERT INTO users (id, username, email, password_hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(id)
        .bind(username)
        .bind(format!("{username}@example.com"))
        .bind(password_hash)
        .execute(&self.0)
        .await?;
        Ok(())
    }

    /// Answers the layer's one question.
    ///
    /// # Errors
    ///
    /// When the database fails: then nobody is told that a password was wrong.
    pub async fn find(self, query: Query) -> Result<Option<Account<User>>, BoxError> {
        let found: Option<Row> = match query {
            Query::Subject { id, .. } => {
                let Some(id) = id.parse::<i64>() else { return Ok(None) };
                sqlx::query_as(select!("id")).bind(id).fetch_optional(&self.0).await?
            }
            Query::Login { identifier: Identifier::Username(name), .. } => {
                sqlx::query_as(select!("username")).bind(name).fetch_optional(&self.0).await?
            }
            Query::Login { identifier: Identifier::Email(email), .. } => {
                sqlx::query_as(select!("email")).bind(email.to_lowercase()).fetch_optional(&self.0).await?
            }
            _ => None,
        };
        Ok(found.map(|(id, username, email, password_hash, blocked_at, valid_since)| {
            Account::new(id, User { id, username, email })
                .password_hash(password_hash)
                .blocked(blocked_at.is_some())
                .valid_since(Timestamp::from_unix_seconds(u64::try_from(valid_since).unwrap_or_default()))
        }))
    }

    /// Stores the hash that a login made of an older one, unless the password was changed meanwhile.
    ///
    /// # Errors
    ///
    /// When the database fails. The next login tries again.
    pub async fn upgrade(self, upgrade: PasswordUpgrade) -> Result<(), BoxError> {
        sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3")
            .bind(upgrade.replacement.expose())
            .bind(upgrade.id.parse::<i64>())
            .bind(upgrade.stored.expose())
            .execute(&self.0)
            .await?;
        Ok(())
    }

    /// Changes a password, and with it refuses every token issued up to now.
    ///
    /// # Errors
    ///
    /// When the database fails, or the password is too long for anybody to log in with.
    pub async fn change_password(&self, id: i64, password: String) -> Result<(), BoxError> {
        let hash = spawn_blocking(move || StoredPassword::hash(&password)).await??;
        // Tokens tell whole seconds: the next one is the first that none of them can tell.
        let next_second = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() + 1;
        sqlx::query("UPDATE users SET password_hash = $1, valid_since = $2 WHERE id = $3")
            .bind(hash)
            .bind(i64::try_from(next_second)?)
            .bind(id)
            .execute(&self.0)
            .await?;
        Ok(())
    }
}
