//! `Connection`: one to a server or to a cluster, alike to whoever asks.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, Cmd, Value,
    aio::MultiplexedConnection,
    cluster::{ClusterClient, ClusterConfig},
    cluster_async::ClusterConnection,
};
use tokio::time::timeout;

use super::fault::Fault;

/// How long a connection may take to come up, encryption and login included.
const CONNECTING: Duration = Duration::from_secs(1);

/// Where Redis is.
pub(super) enum Target {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// A connection that many operations share.
#[derive(Clone)]
pub(super) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Target {
    /// A connection whose answers may take so long.
    pub(super) async fn connect(&self, patience: Duration) -> Result<Connection, Fault> {
        let connecting = async {
            Ok::<_, Fault>(match self {
                Self::Single(client) => {
                    let config = AsyncConnectionConfig::new()
                        .set_connection_timeout(Some(CONNECTING))
                        .set_response_timeout(Some(patience));
                    Connection::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
                }
                Self::Cluster(client) => {
                    let config = ClusterConfig::new().set_connection_timeout(CONNECTING).set_response_timeout(patience);
                    Connection::Cluster(client.get_async_connection_with_config(config).await?)
                }
            })
        };
        let connected = timeout(CONNECTING, connecting).await.map_err(|_| Fault::Late)?;
        connected.map_err(|fault| if fault == Fault::Lost { Fault::Unreachable } else { fault })
    }
}

impl Connection {
    pub(super) async fn ask(&mut self, command: &Cmd) -> Result<Value, Fault> {
        Ok(match self {
            Self::Single(connection) => command.query_async(connection).await?,
            Self::Cluster(connection) => command.query_async(connection).await?,
        })
    }

    /// By what policy Redis will make room at the cost of keys, if it will and says so.
    pub(super) async fn evicts_by(&mut self) -> Option<String> {
        let answer = self.ask(redis::cmd("INFO").arg("memory")).await.ok()?;
        let info: String = redis::from_redis_value(answer).ok()?;
        let tells = |name: &str| info.lines().find_map(|line| line.strip_prefix(name));
        let policy = tells("maxmemory_policy:").filter(|policy| *policy != "noeviction")?;
        (tells("maxmemory:") != Some("0")).then(|| policy.to_owned())
    }
}
