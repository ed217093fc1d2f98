//! Any order of logins, uses, refreshes, replays, logouts, revocations and blocks, with a clock that goes on and back: the
//! layer decides as a simple model of the documents does.
//!
//! Some thousand steps by default. `MODEL_STEPS=1000000 cargo test --release --all-features --test model -- --nocapture` takes as many as
//! it is told, and a tenth of that over Redis.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod rules;
mod steps;
#[path = "../support/mod.rs"]
mod support;
mod world;

use std::{cell::Cell, fmt::Write};

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;
use tower_auth::{
    Lookup,
    store::{MemorySessions, SessionStore},
};

use crate::{
    rules::{Outcome, Rules},
    steps::{Step, steps},
    support::User,
    world::{World, world},
};

/// How many steps a story has.
const STORY: usize = 100;

#[test]
fn s43_to_s49_sessions_in_memory_go_by_the_documents() {
    let (runtime, begin) = (runtime(), support::NOW * 1000);
    tell(&runtime, count(20_000), begin, || MemorySessions::with_capacity(4096));
}

/// From the present on, since Redis lets go of entries by its own clock.
#[cfg(feature = "redis")]
#[test]
fn s43_to_s49_sessions_in_redis_go_by_the_documents() {
    use std::time::Duration;

    use tower_auth::{Clock, SystemClock, store::RedisStore};

    let (runtime, begin) = (runtime(), SystemClock.now().unix_seconds() * 1000);
    let server = support::redis_server::Server::start();
    tell(&runtime, count(20_000) / 10, begin, || {
        let builder = RedisStore::builder(server.url()).namespace(support::redis_server::fresh_namespace());
        let store = builder.timeout(Duration::from_secs(20)).connect().unwrap();
        runtime.block_on(store.ready());
        store
    });
}

/// Tells as many stories as have `count` steps, each over a store of its own.
fn tell<S: SessionStore>(runtime: &Runtime, count: usize, begin: u64, open: impl Fn() -> S) {
    let taken = Cell::new(0);
    let config =
        Config { cases: u32::try_from(count.div_ceil(STORY)).unwrap(), failure_persistence: None, ..Config::default() };
    let told = TestRunner::new(config).run(&steps(STORY), |steps| {
        let _inside = runtime.enter();
        let mut story = Story { world: world(open(), begin), rules: Rules::at(begin), told: String::new() };
        for step in steps {
            runtime.block_on(story.take(step))?;
            taken.set(taken.get() + 1);
        }
        Ok(())
    });
    told.unwrap_or_else(|error| panic!("{error}"));
    println!("{} steps without a difference", taken.get());
}

fn count(default: usize) -> usize {
    std::env::var("MODEL_STEPS").map_or(default, |text| text.parse().expect("MODEL_STEPS is a number"))
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

struct Story<L> {
    world: World<L>,
    rules: Rules,
    /// What happened, line by line.
    told: String,
}

impl<L: Lookup<User = User>> Story<L> {
    async fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        let Self { world, rules, .. } = self;
        let named = |back: usize| rules.token(back);
        let (expected, got) = match step {
            Step::Wait { millis } => {
                self.go_to(self.rules.now + millis);
                return Ok(());
            }
            Step::ClockBack { millis } => {
                self.go_to(self.rules.back(millis));
                return Ok(());
            }
            Step::Block { user } => {
                self.block(user, true);
                return Ok(());
            }
            Step::Unblock { user } => {
                self.block(user, false);
                return Ok(());
            }
            Step::Login { user } => (rules.login(user), world.login(user).await),
            Step::RevokeUser { user } => (rules.revoke_user(user), world.revoke_user(user).await),
            Step::Use { token } => match named(token) {
                Some(token) => (rules.visit(token), world.visit(token).await),
                None => return Ok(()),
            },
            Step::Refresh { token } => match named(token) {
                Some(token) => (rules.refresh(token), world.refresh(token).await),
                None => return Ok(()),
            },
            Step::LogOut { token } => match named(token) {
                Some(token) => (rules.revoke_family(token), world.log_out(token).await),
                None => return Ok(()),
            },
            Step::Revoke { token } => match named(token) {
                Some(token) => (rules.revoke(token), world.revoke(token).await),
                None => return Ok(()),
            },
            Step::RevokeFamily { token } => match named(token) {
                Some(token) => (rules.revoke_family(token), world.revoke_family(token).await),
                None => return Ok(()),
            },
        };
        let _ = writeln!(self.told, "{:>10} ms  {step:?}: {got}", self.rules.now);
        if expected == got || expected == Outcome::Either {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("{expected} was expected at the end of this story:\n{}", self.told)))
    }

    fn go_to(&mut self, now: u64) {
        self.rules.set(now);
        self.world.set(now);
    }

    fn block(&mut self, user: usize, blocked: bool) {
        self.rules.block(user, blocked);
        self.world.block(user, blocked);
    }
}
