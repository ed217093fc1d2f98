//! `Fault`: why an operation failed. Never with an address, a password or a key.

use std::fmt;

use redis::{ErrorKind, RedisError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// No connection, or one that does not know yet what was missed. Nothing was sent.
    Away,
    /// No connection came about. Nothing was sent.
    Unreachable,
    /// The answer did not come in time. The step may be done.
    Late,
    /// The connection was lost. The step may be done.
    Lost,
    /// Redis has another history than this process.
    History,
    /// The log, or this process's list, has no room.
    Full,
    /// Redis refuses, by this code.
    Refused(String),
    /// An answer that no script of ours gives.
    Strange,
}

impl Fault {
    /// Whether the connection is of no more use.
    pub(super) fn ends_connection(&self) -> bool {
        match self {
            Self::Late | Self::Lost | Self::History => true,
            Self::Refused(code) => matches!(&**code, "READONLY" | "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "NOAUTH"),
            Self::Away | Self::Unreachable | Self::Full | Self::Strange => false,
        }
    }
}

impl From<RedisError> for Fault {
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some("EPOCH") => Self::History,
            Some("FULL") => Self::Full,
            Some(code) => Self::Refused(code.to_owned()),
            None if error.kind() == ErrorKind::AuthenticationFailed => Self::Refused("the password".to_owned()),
            None if error.is_timeout() => Self::Late,
            None if error.is_io_error() || error.is_unrecoverable_error() => Self::Lost,
            None => Self::Refused(error.category().to_owned()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away => f.write_str("Redis is away"),
            Self::Unreachable => {
                f.write_str("Redis cannot be reached: its address is wrong, it does not run, or it speaks TLS")
            }
            Self::Late => f.write_str("Redis did not answer in time"),
            Self::Lost => f.write_str("the connection to Redis was lost"),
            Self::History => f.write_str("Redis has lost what this process knows, and is told it"),
            Self::Full => f.write_str("there is no room for more revocations: give the store more capacity"),
            Self::Refused(code) => write!(f, "Redis refuses: {code}"),
            Self::Strange => f.write_str("Redis answered what no script of this store answers"),
        }
    }
}

impl std::error::Error for Fault {}
