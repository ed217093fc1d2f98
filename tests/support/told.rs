//! What is told of requests, captured, and searched for secrets and for forged lines.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io,
    sync::{Mutex, Once},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::fmt::format::FmtSpan;

/// Everything that is logged, at every level, with the fields of every span.
///
/// A test is one thread and reads what that thread wrote. Hashing is done on others.
pub struct Log;

thread_local!(static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });

/// The same of threads that are no test's.
static HASHING: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl Log {
    pub fn start() -> Self {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .without_time()
                .with_writer(|| Self)
                .init();
        });
        WRITTEN.take();
        Self
    }

    /// What this thread wrote since the last call.
    pub fn take(&self) -> String {
        let Self = self;
        String::from_utf8(WRITTEN.take()).unwrap()
    }

    /// The same, and what the hashing of every test has written so far.
    pub fn take_all(&self) -> String {
        self.take() + std::str::from_utf8(&HASHING.lock().unwrap()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::thread::current().name() {
            Some(name) if name.starts_with("tokio") => HASHING.lock().unwrap().extend(bytes),
            _ => WRITTEN.with_borrow_mut(|written| written.extend(bytes)),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A recorder of this thread's, which goes when the guard does.
pub fn recorder() -> PrometheusHandle {
    let recorder = Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
    std::mem::forget(metrics::set_default_local_recorder(recorder));
    recorder.handle()
}

/// Each series with what it stands at.
pub fn series(recorder: &PrometheusHandle) -> BTreeMap<String, String> {
    let text = recorder.render();
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    lines.map(|(series, value)| (series.to_owned(), value.to_owned())).collect()
}

/// A secret as somebody might write it down.
fn forms(secret: &str) -> Vec<String> {
    let percent = secret.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let reserved = secret.replace(' ', "%20").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let mut forms = vec![secret.to_owned(), secret.replace(' ', "+"), percent.to_lowercase(), percent, reserved];
    forms.extend([STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].map(|engine| engine.encode(secret)));
    forms.push(forms[2].replace('%', ""));
    forms.push(format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).to_owned());
    forms
}

#[track_caller]
pub fn assert_tells_none(text: &str, secrets: &[String]) {
    assert!(!text.is_empty());
    for secret in secrets {
        for form in forms(secret) {
            assert!(!text.contains(&form), "{secret} as {form}:\n{text}");
        }
    }
}

/// No control character but the end of a line, and no line that the log did not begin itself.
#[track_caller]
pub fn assert_is_unforged(log: &str) {
    for line in log.lines() {
        let levels = ["TRACE ", "DEBUG ", " INFO ", " WARN ", "ERROR "];
        assert!(levels.iter().any(|level| line.starts_with(level)), "{line:?}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}
