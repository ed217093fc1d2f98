//! The servers, and the way round them.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
    },
};

use tower_auth::StoredPassword;
use tower_auth_fleet::users::Users;

use crate::{
    client::{Call, Client, Reply},
    database::Database,
    redis_server,
};

pub const PASSWORD: &str = "correct horse";

/// Three servers over one database and one Redis.
pub struct Fleet {
    pub servers: Vec<Server>,
    pub client: Client,
    pub users: Users,
    pub redis: tokio::sync::Mutex<redis_server::Server>,
    hash: String,
    turn: AtomicUsize,
    last_user: AtomicI64,
    /// Last, since it is dropped last.
    pub database: Database,
}

impl Fleet {
    pub async fn start(database: Database) -> Self {
        let redis = redis_server::Server::on_port(&["--appendonly", "yes", "--appendfsync", "always"]);
        let key = database.folder().join("key.pem");
        fs::write(&key, include_str!("../support/rsa_2048.pem")).unwrap();
        let settings = [
            ("DATABASE_URL", database.url()),
            ("AUTH_REDIS", format!("redis://127.0.0.1:{}/", redis.port())),
            ("AUTH_SECRET", "a secret that all three servers have, and nobody else".to_owned()),
            ("AUTH_RS256_PEM", key.display().to_string()),
            // One user refreshes here as often as thousands do.
            ("AUTH_RATE", "off".to_owned()),
            ("TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("RUST_LOG", "warn".to_owned()),
        ];
        // All at once, as after a power cut: each may be the one that makes the table.
        let log = |number| database.folder().join(format!("server-{number}.log"));
        let launched: Vec<_> = (1..=3).map(|number| Server::launch(settings.clone().to_vec(), log(number))).collect();
        let servers = launched.into_iter().map(Server::listening).collect();
        Self {
            servers,
            client: Client::new(),
            users: Users::open(&database.url()).await.unwrap(),
            redis: redis.into(),
            hash: StoredPassword::hash(PASSWORD).unwrap(),
            turn: AtomicUsize::new(0),
            last_user: AtomicI64::new(1000),
            database,
        }
    }

    /// The server whose turn it is.
    pub fn next(&self) -> usize {
        self.turn.fetch_add(1, SeqCst) % self.servers.len()
    }

    /// To this server, which is there.
    pub async fn ask(&self, server: usize, call: Call) -> Reply {
        self.client.send(&self.servers[server].url, call).await.expect("the server is there")
    }

    /// To whichever server's turn it is.
    pub async fn send(&self, call: Call) -> Reply {
        self.ask(self.next(), call).await
    }

    /// As a balancer does that finds a server gone: the next one is asked. Tells how many were.
    pub async fn send_until_answered(&self, call: Call) -> (Reply, usize) {
        let first = self.next();
        for gone in 0..self.servers.len() {
            let server = &self.servers[(first + gone) % self.servers.len()];
            if let Some(reply) = self.client.send(&server.url, call.clone()).await {
                return (reply, gone);
            }
        }
        panic!("no server is there");
    }

    /// Somebody whom nobody has seen yet.
    pub async fn new_user(&self) -> String {
        let id = self.last_user.fetch_add(1, SeqCst);
        let name = format!("user{id}");
        self.users.add(id, &name, &self.hash).await.unwrap();
        name
    }

    /// Ends all of them in good order.
    pub fn stop(&self) {
        for server in &self.servers {
            server.stop();
        }
    }
}

/// One process.
pub struct Server {
    child: Mutex<Child>,
    pub url: String,
    settings: Vec<(&'static str, String)>,
    log: PathBuf,
}

impl Server {
    fn launch(settings: Vec<(&'static str, String)>, log: PathBuf) -> Self {
        Self { child: spawn(&settings, &log, 0).into(), url: String::new(), settings, log }
    }

    /// Waits until it says where it listens.
    fn listening(mut self) -> Self {
        let mut line = String::new();
        BufReader::new(self.child.get_mut().unwrap().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            panic!("a server did not start: {}", fs::read_to_string(&self.log).unwrap());
        };
        url.clone_into(&mut self.url);
        self
    }

    fn port(&self) -> u16 {
        self.url.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Ends it as a crash does.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The same server again, on the same port; it may not listen yet.
    pub fn relaunch(&self) {
        *self.child.lock().unwrap() = spawn(&self.settings, &self.log, self.port());
    }

    fn stop(&self) {
        let mut child = self.child.lock().unwrap();
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        assert!(child.wait().unwrap().success(), "it ended in good order");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn spawn(settings: &[(&str, String)], log: &Path, port: u16) -> Child {
    Command::new(env!("CARGO_BIN_EXE_example-fleet"))
        .envs(settings.iter().map(|(name, value)| (*name, value)))
        .env("PORT", port.to_string())
        .stdout(Stdio::piped())
        .stderr(fs::File::options().create(true).append(true).open(log).unwrap())
        .spawn()
        .unwrap()
}
