//! The follower: one task of a store, which keeps its replica whole.
//!
//! It waits at the end of the log by `XREAD BLOCK`, so an entry arrives the moment it is written, in order, and there
//! is no gap between what is pushed and what is caught up with. Nothing new within half a second is an answer too: the
//! replica was whole when it was asked.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use redis::Value;
use tokio::time::{sleep, timeout};

use super::{
    connection::Connection,
    core::Core,
    entry::{Entry, hex},
    fault::Fault,
    history::Position,
    script::{Arguments, SEED, SYNC},
};
use crate::telemetry;

/// How long one look at the end of the log waits.
const BLOCK: Duration = Duration::from_millis(500);

/// How often to ask whether the log is still there.
const ASK: Duration = Duration::from_secs(1);

/// Entries that one look takes.
const COUNT: usize = 4096;

/// Entries that are written back in one step.
const SEEDS: usize = 512;

/// How long to wait before the next attempt to connect: this, and twice as long each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_millis(400);

/// Follows the log for as long as the task lives.
pub(super) async fn follow(core: Arc<Core>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let Err(fault) = follow_once(&core, &mut pause).await;
        core.link.close();

        // Once an outage: the attempts that follow say nothing new.
        if pause == FIRST_PAUSE {
            telemetry::store_failed("sessions", "follow", &fault);
        }
        tell_age(&core);
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

async fn follow_once(core: &Core, pause: &mut Duration) -> Result<Infallible, Fault> {
    let mut operations = core.link.connect(Duration::ZERO).await?;
    let mut log = core.link.connect(BLOCK).await?;
    catch_up(core, &mut operations, &mut log).await?;
    core.link.put(operations.clone());
    telemetry::store_is_back("sessions");
    if let Some(policy) = operations.evicts_by().await {
        telemetry::may_forget("sessions", &policy);
    }
    *pause = FIRST_PAUSE;
    let mut asked = Instant::now();
    loop {
        // Where a clock that was set forward has made the list old, there is nothing to wait for.
        let wait = (!core.replica.is_stale()).then_some(BLOCK);
        read_unless_lost(core, &mut log, wait).await?;
        tell_age(core);
        // Whoever waits at the end of a log that is gone hears nothing, or only what came after: ask now and then
        // whether it is still there. On both connections: a name may lead them to two servers, and a replica, cut off
        // perhaps, answers all but this.
        if asked.elapsed() >= ASK {
            asked = Instant::now();
            if !sync(core, &mut log).await?.1 || !sync(core, &mut operations).await?.1 {
                return Err(Fault::History);
            }
        }
    }
}

/// Reads on, unless operations find the connection dead first.
async fn read_unless_lost(core: &Core, log: &mut Connection, wait: Option<Duration>) -> Result<usize, Fault> {
    let (mut reading, mut lost) = (pin!(read(core, log, wait)), pin!(core.link.until(false)));
    let first = poll_fn(|cx| match lost.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(Err(Fault::Lost)),
        Poll::Pending => reading.as_mut().poll(cx),
    });
    first.await
}

fn tell_age(core: &Core) {
    core.replica.count_sleep();
    if let Some(age) = core.replica.age() {
        telemetry::replica_staleness("sessions", age);
    }
}

/// Finds out which history Redis holds, writes back what it lost, and reads what this process has missed.
async fn catch_up(core: &Core, operations: &mut Connection, log: &mut Connection) -> Result<(), Fault> {
    let (epoch, same) = sync(core, log).await?;
    if !same {
        seed(core, log, &epoch).await?;
        core.history.begin(&epoch);
    }
    while read(core, log, None).await? > 0 {}
    match sync(core, operations).await? {
        (_, true) => Ok(()),
        _ => Err(Fault::History),
    }
}

/// The epoch of Redis, and whether its log is the one that was read.
async fn sync(core: &Core, connection: &mut Connection) -> Result<(String, bool), Fault> {
    let mut fresh = [0; 16];
    getrandom::fill(&mut fresh).map_err(|_| Fault::Strange)?;
    let anchor = core.history.anchor(core.replica.now()).map(|position| position.to_string());
    let arguments = Arguments::default().text(hex(&fresh)).text(anchor.unwrap_or_default());
    let answer = timeout(core.link.limit(), SYNC.run(connection, &core.log(), &arguments)).await;
    let (epoch, whole): (String, bool) =
        redis::from_redis_value(answer.map_err(|_| Fault::Late)??).map_err(|_| Fault::Strange)?;
    let same = whole && core.history.is(&epoch);
    Ok((epoch, same))
}

/// Writes back every revocation that this process knows.
async fn seed(core: &Core, connection: &mut Connection, epoch: &str) -> Result<(), Fault> {
    let mut entries = (0..).map_while(|part| core.replica.entries(part)).flatten().peekable();
    while entries.peek().is_some() {
        let some = entries.by_ref().take(SEEDS);
        let lines = some.fold(Arguments::default(), |lines, entry| lines.text(entry.to_string()));
        core.change_on(connection, &SEED, epoch, lines).await?;
    }
    Ok(())
}

/// Reads on, and says how many entries there were. With `wait`, it waits for the first.
async fn read(core: &Core, log: &mut Connection, wait: Option<Duration>) -> Result<usize, Fault> {
    type Stream = (String, Vec<(String, Vec<String>)>);
    let mut command = redis::cmd("XREAD");
    command.arg("COUNT").arg(COUNT);
    if let Some(wait) = wait {
        command.arg("BLOCK").arg(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    }
    command.arg("STREAMS").arg(core.log()).arg(core.history.read().to_string());
    let asked = core.replica.clocks();
    let answer = timeout(core.link.limit() + wait.unwrap_or_default(), log.ask(&command)).await;
    let streams = match answer.map_err(|_| Fault::Late)?? {
        Value::Nil => Vec::new(),
        answer => redis::from_redis_value::<Vec<Stream>>(answer).map_err(|_| Fault::Strange)?,
    };
    let mut count = 0;
    for (position, fields) in streams.into_iter().flat_map(|(_, entries)| entries) {
        let [_, line, _, number] = &*fields else { return Err(Fault::Strange) };
        let entry = Entry::parse(line).ok_or(Fault::Strange)?;
        let position = Position::parse(&position).ok_or(Fault::Strange)?;
        let number = number.parse().map_err(|_| Fault::Strange)?;
        core.replica.apply(entry)?;
        if !core.history.has_read(position, number, entry.until()) {
            return Err(Fault::History);
        }
        count += 1;
    }
    if count < COUNT {
        core.replica.is_whole_since(asked);
    }
    Ok(count)
}
