//! `Link`: the connection that operations use, or none.
//!
//! It is the circuit breaker too. Whoever finds the connection late or lost takes it away, and from then on every
//! operation fails at once; only the follower connects, beside all requests, and puts a connection here when it has
//! caught up.

use std::time::Duration;

use redis::Value;
use tokio::{sync::watch, time::timeout};

use super::{
    connection::{Connection, Target},
    fault::Fault,
    script::{Arguments, Script},
};
use crate::sync::Mutex;

pub(super) struct Link {
    target: Target,
    /// How long an operation may take.
    limit: Duration,
    current: Mutex<Current>,
    /// Whether operations have a connection.
    up: watch::Sender<bool>,
}

#[derive(Default)]
struct Current {
    connection: Option<Connection>,
    /// Which one it is, so that a late answer of an old one takes no new one away.
    turn: u64,
}

impl Link {
    pub(super) fn new(target: Target, limit: Duration) -> Self {
        Self { target, limit, current: Mutex::default(), up: watch::Sender::new(false) }
    }

    /// How long an operation may take.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// A new connection whose answers may take `patience` longer than an operation.
    pub(super) async fn connect(&self, patience: Duration) -> Result<Connection, Fault> {
        self.target.connect(self.limit + patience).await
    }

    /// One step, in time or not at all.
    pub(super) async fn run(&self, script: &Script, key: &str, arguments: &Arguments) -> Result<Value, Fault> {
        let (mut connection, turn) = self.current().ok_or(Fault::Away)?;
        let answer = timeout(self.limit, script.run(&mut connection, key, arguments)).await;
        let answer = answer.unwrap_or(Err(Fault::Late));
        if answer.as_ref().is_err_and(Fault::ends_connection) {
            self.take_away(turn);
        }
        answer
    }

    /// Has operations use this connection.
    pub(super) fn put(&self, connection: Connection) {
        let mut current = self.current.lock();
        current.connection = Some(connection);
        current.turn += 1;
        self.up.send_replace(true);
    }

    /// Has operations fail at once.
    pub(super) fn close(&self) {
        let turn = self.current.lock().turn;
        self.take_away(turn);
    }

    /// Ends when operations have a connection, or when they have none.
    pub(super) async fn until(&self, up: bool) {
        // The sender is this link's, so there is always one.
        let _ = self.up.subscribe().wait_for(|is_up| *is_up == up).await;
    }

    pub(super) fn is_up(&self) -> bool {
        *self.up.borrow()
    }

    fn current(&self) -> Option<(Connection, u64)> {
        let current = self.current.lock();
        current.connection.clone().map(|connection| (connection, current.turn))
    }

    fn take_away(&self, turn: u64) {
        let mut current = self.current.lock();
        if current.turn == turn && current.connection.take().is_some() {
            self.up.send_replace(false);
        }
    }
}
