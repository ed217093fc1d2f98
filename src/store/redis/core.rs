//! `Core`: what operations and the follower share.

use redis::Value;

use super::{
    connection::Connection,
    entry::{Entry, millis},
    fault::Fault,
    history::{History, Position},
    link::Link,
    replica::Replica,
    script::{Arguments, Script},
};
use crate::{clock::Timestamp, telemetry};

pub(super) struct Core {
    pub(super) link: Link,
    pub(super) replica: Replica,
    pub(super) history: History,
    /// What every key begins with.
    pub(super) namespace: String,
    /// Most entries of the log.
    pub(super) capacity: usize,
    /// Most keys that one bucket of the throttle counts.
    pub(super) bucket: usize,
}

impl Core {
    /// The key of the log; everything about sessions stands behind its hash tag, in one slot.
    pub(super) fn log(&self) -> String {
        format!("{{{}}}:log", self.namespace)
    }

    /// One step that may revoke, or tells of what was revoked. Once it is answered, this process knows that.
    pub(super) async fn change(
        &self,
        script: &Script,
        now: Timestamp,
        arguments: Arguments,
    ) -> Result<Vec<String>, Fault> {
        let epoch = self.history.epoch().ok_or(Fault::Away)?;
        let arguments = self.head(&epoch, now).and(arguments);
        let answer = self.link.run(script, &self.log(), &arguments).await;
        self.learn(&epoch, answer.inspect_err(|fault| self.alarm(fault))?)
    }

    /// The same, on a connection that operations do not have yet.
    pub(super) async fn change_on(
        &self,
        connection: &mut Connection,
        script: &Script,
        epoch: &str,
        arguments: Arguments,
    ) -> Result<Vec<String>, Fault> {
        let arguments = self.head(epoch, self.replica.now()).and(arguments);
        let answer = script.run(connection, &self.log(), &arguments).await;
        self.learn(epoch, answer?)
    }

    /// One step that only asks.
    pub(super) async fn ask(&self, script: &Script, now: Timestamp, arguments: Arguments) -> Result<Value, Fault> {
        let epoch = self.history.epoch().ok_or(Fault::Away)?;
        self.link.run(script, &self.log(), &self.head(&epoch, now).and(arguments)).await
    }

    fn head(&self, epoch: &str, now: Timestamp) -> Arguments {
        Arguments::default().text(epoch).number(millis(now)).number(self.capacity as u64)
    }

    fn learn(&self, epoch: &str, answer: Value) -> Result<Vec<String>, Fault> {
        let answer = redis::from_redis_value::<(Vec<String>, String, u64, Vec<String>)>(answer);
        let (answer, last, number, known) = answer.map_err(|_| Fault::Strange)?;
        for line in &known {
            self.replica.apply(Entry::parse(line).ok_or(Fault::Strange)?)?;
        }
        if Position::parse(&last).is_some_and(|position| !self.history.has_written(epoch, position, number)) {
            self.link.close();
            return Err(Fault::History);
        }
        Ok(answer)
    }

    fn alarm(&self, fault: &Fault) {
        if *fault == Fault::Full {
            telemetry::store_full("sessions", "tokens", self.capacity);
        }
    }
}
