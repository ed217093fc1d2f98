//! `Script`: one atomic step, as Redis runs it.

use std::sync::LazyLock;

use redis::{Cmd, Value};

use super::{
    connection::Connection,
    entry::{hex, name, rest},
    fault::Fault,
};

/// The code of a step, and what Redis calls it.
pub(super) struct Script {
    code: String,
    digest: String,
}

/// What a step is told.
#[derive(Clone, Default)]
pub(super) struct Arguments(Vec<Vec<u8>>);

macro_rules! scripts {
    ($($name:ident = $($file:literal),+;)+) => {
        $(pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!($(include_str!(concat!("scripts/", $file))),+)));)+
    };
}

scripts! {
    SYNC = "sync.lua";
    SEED = "sessions.lua", "seed.lua";
    CATCH_UP = "sessions.lua", "catch_up.lua";
    ROTATE = "sessions.lua", "rotate.lua";
    REVOKE = "sessions.lua", "revoke.lua";
    REVOKE_FAMILY = "sessions.lua", "revoke_family.lua";
    REVOKE_USER = "sessions.lua", "revoke_user.lua";
    OPEN = "sessions.lua", "open.lua";
    LIST = "sessions.lua", "list.lua";
    END_SESSION = "sessions.lua", "end_session.lua";
    COUNT = "count.lua";
    UNCOUNT = "uncount.lua";
    GUESS = "throttle.lua", "guess.lua";
    RELEASE = "throttle.lua", "release.lua";
    SUCCEED = "throttle.lua", "succeed.lua";
    CLEAR = "throttle.lua", "clear.lua";
}

impl Script {
    fn new(code: &str) -> Self {
        let digest = redis::Script::new(code).get_hash().to_owned();
        Self { code: code.to_owned(), digest }
    }

    /// Runs the step by its digest, and with its code where Redis has never seen it.
    pub(super) async fn run(
        &self,
        connection: &mut Connection,
        key: &str,
        arguments: &Arguments,
    ) -> Result<Value, Fault> {
        match connection.ask(&call("EVALSHA", &self.digest, key, arguments)).await {
            Err(Fault::Refused(code)) if code == "NOSCRIPT" => {
                connection.ask(&call("EVAL", &self.code, key, arguments)).await
            }
            answer => answer,
        }
    }
}

fn call(command: &str, script: &str, key: &str, arguments: &Arguments) -> Cmd {
    let mut call = redis::cmd(command);
    call.arg(script).arg(1).arg(key).arg(&arguments.0);
    call
}

impl Arguments {
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(text.into().into_bytes());
        self
    }

    pub(super) fn number(self, number: impl Into<u64>) -> Self {
        self.text(number.into().to_string())
    }

    /// What a token or a user is called.
    pub(super) fn name(self, digest: &[u8; 16]) -> Self {
        self.text(name(digest))
    }

    /// The same, or nothing.
    pub(super) fn maybe_name(self, digest: Option<&[u8; 16]>) -> Self {
        self.text(digest.map(name).unwrap_or_default())
    }

    /// What a name leaves out of a digest.
    pub(super) fn rest(self, digest: &[u8; 16]) -> Self {
        self.text(rest(digest))
    }

    /// A key of the throttle.
    pub(super) fn key(self, key: &[u8; 16]) -> Self {
        self.text(hex(key))
    }

    /// The same, or nothing.
    pub(super) fn maybe_key(self, key: Option<&[u8; 16]>) -> Self {
        self.text(key.map(hex).unwrap_or_default())
    }

    /// `more` behind these.
    pub(super) fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }
}
