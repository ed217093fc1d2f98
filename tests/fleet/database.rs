//! The database that the servers share.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// In a folder of its own, which goes when it does.
pub struct Database {
    folder: PathBuf,
    postgres: Option<(Child, u16)>,
}

impl Database {
    /// A file.
    pub fn sqlite() -> Self {
        Self { folder: fresh_folder("sqlite"), postgres: None }
    }

    /// A PostgreSQL of its own, where that is installed.
    pub fn postgres() -> Option<Self> {
        let programs = programs()?;
        let folder = fresh_folder("postgres");
        let run = |program: &str| as_nobody_special(Command::new(programs.join(program)), &folder);
        let data = folder.join("data");
        let made = run("initdb")
            .args(["--auth", "trust", "--username", "fleet", "--no-sync", "--pgdata"])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "initdb");
        // Somebody else may take the port before the server does.
        for _ in 0..20 {
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut server = run("postgres")
                .args(["-F", "-h", "127.0.0.1", "-p", &port.to_string(), "-k", "", "-D"])
                .arg(&data)
                .stderr(fs::File::create(folder.join("log")).unwrap())
                .spawn()
                .unwrap();
            if came_up(&mut server, &data) {
                return Some(Self { folder, postgres: Some((server, port)) });
            }
        }
        panic!("PostgreSQL did not come up: {}", fs::read_to_string(folder.join("log")).unwrap());
    }

    pub fn name(&self) -> &'static str {
        self.postgres.as_ref().map_or("SQLite", |_| "PostgreSQL")
    }

    pub fn url(&self) -> String {
        match &self.postgres {
            Some((_, port)) => format!("postgres://fleet@127.0.0.1:{port}/postgres?sslmode=disable"),
            None => format!("sqlite:{}?mode=rwc", self.folder.join("fleet.db").display()),
        }
    }

    /// A folder for what else the fleet shares.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, _)) = &mut self.postgres {
            // At once, and its children with it.
            let _ = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status();
            let _ = server.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn fresh_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tower-auth-fleet-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let folders = versions.map(|version| version.path().join("bin")).chain(std::env::split_paths(&in_path));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// PostgreSQL does not run as root: there, it is run by the user that its package made.
fn as_nobody_special(mut command: Command, folder: &Path) -> Command {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) == Some(0) {
        let user = id(&["-u", "postgres"]).expect("the user postgres");
        let group = id(&["-g", "postgres"]).expect("its group");
        chown(folder, Some(user), Some(group)).unwrap();
        command.uid(user).gid(group);
    }
    command.current_dir(folder);
    command
}

/// Its file of state says so.
fn came_up(server: &mut Child, data: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline && server.try_wait().unwrap().is_none() {
        let state = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|state| state.trim() == "ready") {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}
