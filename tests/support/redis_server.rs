//! Real `redis-server` processes, each in a folder of its own, ended with the test.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A server that listens on a socket in its folder, and on a port if told to.
pub struct Server {
    child: Child,
    folder: PathBuf,
    options: Vec<String>,
    port: Option<u16>,
}

/// Names of folders, sockets and namespaces.
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn number() -> u64 {
    NUMBER.fetch_add(1, Ordering::SeqCst)
}

/// A port that nobody listens on a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    pub fn start() -> Self {
        Self::with(&[])
    }

    pub fn with(options: &[&str]) -> Self {
        Self::started(None, options)
    }

    /// One that listens on a port too, as replicas and clusters do.
    pub fn on_port(options: &[&str]) -> Self {
        // Somebody else may take the port before the server does.
        for _ in 0..20 {
            let port = free_port();
            let mut server = Self::launched(Some(port), options);
            if server.came_up() {
                return server;
            }
        }
        panic!("no server came up on a port of its own");
    }

    fn started(port: Option<u16>, options: &[&str]) -> Self {
        let mut server = Self::launched(port, options);
        assert!(server.came_up(), "redis-server ended: {}", fs::read_to_string(server.folder.join("log")).unwrap());
        server
    }

    fn launched(port: Option<u16>, options: &[&str]) -> Self {
        let folder = std::env::temp_dir().join(format!("tower-auth-redis-{}-{}", std::process::id(), number()));
        fs::create_dir_all(&folder).unwrap();
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let child = launch(&folder, port, &options);
        Self { child, folder, options, port }
    }

    fn came_up(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if self.try_ask(&["PING"]).is_some_and(|answer| !answer.contains("LOADING")) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// The same, as somebody.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        format!("{}?user={user}&pass={password}", self.url())
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("s")
    }

    pub fn port(&self) -> u16 {
        self.port.unwrap()
    }

    /// One command, and its answer as it comes: for the set-up and for looking into it.
    pub fn ask(&self, command: &[&str]) -> String {
        self.try_ask(command).unwrap_or_else(|| panic!("no answer to {command:?}"))
    }

    /// Sends a key to another node of its cluster, which has none of this name.
    pub fn give(&self, to: &Self, key: &str) {
        let given = self.ask(&["MIGRATE", "127.0.0.1", &to.port().to_string(), key, "0", "5000"]);
        assert_eq!(given, "OK", "{key}");
    }

    fn try_ask(&self, command: &[&str]) -> Option<String> {
        let mut stream = UnixStream::connect(self.socket()).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let bulk = |part: &&str| format!("${}\r\n{part}\r\n", part.len());
        let request = format!("*{}\r\n{}", command.len(), command.iter().map(bulk).collect::<String>());
        stream.write_all(request.as_bytes()).ok()?;
        read_reply(&mut BufReader::new(stream))
    }

    fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn go_on(&self) {
        self.signal("CONT");
    }

    /// Ends it as a crash does: with nothing written that was not.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.child.wait().unwrap();
    }

    /// Starts it again with what its folder holds.
    pub fn restart(&mut self) {
        let _ = fs::remove_file(self.socket());
        self.child = launch(&self.folder, self.port, &self.options);
        assert!(self.came_up(), "it came back");
    }

    /// Starts it again with nothing.
    pub fn restart_empty(&mut self) {
        for entry in fs::read_dir(&self.folder).unwrap() {
            let path = entry.unwrap().path();
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
        self.restart();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn launch(folder: &Path, port: Option<u16>, options: &[String]) -> Child {
    let log = fs::File::create(folder.join("log")).unwrap();
    Command::new("redis-server")
        .args(["--port", &port.unwrap_or(0).to_string(), "--bind", "127.0.0.1"])
        .args(["--unixsocket", folder.join("s").to_str().unwrap()])
        .args(["--dir", folder.to_str().unwrap(), "--save", "", "--daemonize", "no"])
        .args(options)
        .stdout(log)
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("redis-server: {error}. Install it: apt-get install redis-server"))
}

/// One reply of RESP2, its parts separated by spaces.
fn read_reply(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let (kind, rest) = line.trim_end().split_at(1);
    match kind {
        "$" => {
            let Ok(length) = rest.parse::<usize>() else { return Some(String::new()) };
            let mut text = vec![0; length + 2];
            stream.read_exact(&mut text).ok()?;
            Some(String::from_utf8_lossy(&text[..length]).into_owned())
        }
        "*" => {
            let parts = (0..rest.parse().unwrap_or(0)).map(|_| read_reply(stream));
            Some(parts.collect::<Option<Vec<_>>>()?.join(" "))
        }
        _ => Some(rest.to_owned()),
    }
}

/// Three primaries of a Redis Cluster, each with a third of the slots.
pub struct Cluster(Vec<Server>);

impl Cluster {
    /// The one that every test of a program shares while any of them runs.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let cluster = Arc::new(Self::start());
            *shared = Arc::downgrade(&cluster);
            cluster
        })
    }

    /// One that nobody shares.
    pub fn start() -> Self {
        let nodes: Vec<Server> = (0..3)
            .map(|_| {
                let bus = free_port().to_string();
                Server::on_port(&["--cluster-enabled", "yes", "--cluster-port", &bus])
            })
            .collect();
        for (node, (first, last)) in nodes.iter().zip([(0, 5460), (5461, 10922), (10923, 16383)]) {
            assert_eq!(node.ask(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &last.to_string()]), "OK");
        }
        for node in &nodes[1..] {
            let bus = nodes[0].ask(&["CONFIG", "GET", "cluster-port"]);
            let bus = bus.rsplit(' ').next().unwrap();
            let met = node.ask(&["CLUSTER", "MEET", "127.0.0.1", &nodes[0].port().to_string(), bus]);
            assert_eq!(met, "OK");
        }
        let whole = |node: &Server| {
            let info = node.ask(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !nodes.iter().all(whole) {
            assert!(Instant::now() < deadline, "the nodes met");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self(nodes)
    }

    pub fn urls(&self) -> Vec<String> {
        self.0.iter().map(|node| format!("redis://127.0.0.1:{}/", node.port())).collect()
    }

    /// Begins to move the slot of a key: from this node to that one.
    pub fn move_slot(&self, key: &str) -> [&Server; 2] {
        let slot = self.0[0].ask(&["CLUSTER", "KEYSLOT", key]);
        let from = self.0.iter().position(|node| node.ask(&["EXISTS", key]) == "1").unwrap();
        let [from, to] = [from, (from + 1) % self.0.len()].map(|number| &self.0[number]);
        let [source, target] = [from, to].map(|node| node.ask(&["CLUSTER", "MYID"]));
        assert_eq!(to.ask(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source]), "OK");
        assert_eq!(from.ask(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target]), "OK");
        [from, to]
    }

    /// Ends the move of a key's slot, all of which is at that node.
    pub fn arrive(&self, key: &str, at: &Server) {
        let (slot, node) = (at.ask(&["CLUSTER", "KEYSLOT", key]), at.ask(&["CLUSTER", "MYID"]));
        let nodes = std::iter::once(at).chain(&self.0);
        nodes.for_each(|other| assert_eq!(other.ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &node]), "OK"));
    }

    /// Gives the move of a key's slot up.
    pub fn stay(&self, key: &str) {
        let slot = self.0[0].ask(&["CLUSTER", "KEYSLOT", key]);
        assert!(self.0.iter().all(|node| node.ask(&["CLUSTER", "SETSLOT", &slot, "STABLE"]) == "OK"));
    }
}

/// A namespace that no other test has.
pub fn fresh_namespace() -> String {
    format!("test-{}", number())
}
