//! A server in a process of its own, and `wrk` at it.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use crate::processor::nanoseconds;

#[derive(Clone, Copy)]
pub struct Load {
    /// Microseconds of the server's core for a request.
    pub cpu: f64,
    /// Requests a second.
    pub rate: f64,
    /// Of latencies, in microseconds.
    pub p99: f64,
}

pub struct Server {
    child: Child,
    address: String,
    path: String,
    /// Name and value of the field with the credentials.
    field: String,
}

impl Server {
    /// It has shown that it lets in whom it should, and nobody without credentials.
    pub fn start(case: &str) -> Self {
        let mut child = Command::new("taskset")
            .args(["-c", "0"])
            .arg(env::current_exe().unwrap())
            .args(["serve", case])
            .stdout(Stdio::piped())
            .spawn()
            .expect("taskset");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let server = Self { address: line(), path: line(), field: line(), child };
        assert_eq!(server.status(&server.field), "200", "{case}");
        let stranger = server.status("");
        assert!(
            server.field.is_empty() || stranger.starts_with('4') || case.contains("tower-jwt"),
            "{case}: {stranger}"
        );
        server
    }

    fn status(&self, field: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let field = if field.is_empty() { String::new() } else { format!("{field}\r\n") };
        let path = &self.path;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{field}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    }

    pub fn load(&self, seconds: u32) -> Load {
        let before = nanoseconds(self.child.id());
        let mut wrk = Command::new("taskset");
        wrk.args(["-c", "1", "wrk", "-t1", "-c32", "--latency"]).arg(format!("-d{seconds}s"));
        if !self.field.is_empty() {
            wrk.args(["-H", &self.field]);
        }
        let output = wrk.arg(format!("http://{}{}", self.address, self.path)).output().expect("wrk");
        let spent = (nanoseconds(self.child.id()) - before) / 1000.0;
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && !text.contains("Non-2xx"), "{text}");
        let word_before = |what: &str| -> &str {
            let line = text.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{text}"));
            line.split_whitespace().next().unwrap()
        };
        let requests: f64 = word_before(" requests in ").parse().unwrap();
        let p99 = text.lines().find_map(|line| line.trim().strip_prefix("99%")).unwrap();
        Load { cpu: spent / requests, rate: requests / f64::from(seconds), p99: micros(p99.trim()) }
    }
}

/// A time as `wrk` writes it.
fn micros(text: &str) -> f64 {
    let number = |unit: &str| text.strip_suffix(unit).and_then(|number| number.parse::<f64>().ok());
    number("us").or_else(|| number("ms").map(|ms| ms * 1e3)).or_else(|| number("s").map(|s| s * 1e6)).unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
