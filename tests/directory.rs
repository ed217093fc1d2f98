//! Lookups that verify passwords themselves, as with a directory: what counts before it is asked, and what stays
//! counted whatever becomes of the answer.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::json;
use support::{variant::Variant, *};
use tokio::{sync::Semaphore, task::JoinHandle};
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, Identifier, Lookup, Query, Rejection,
    dialect::{Endpoint, Form, Login, LoginForm, Operation},
};

/// A directory that is slow about wrong passwords, as most are, and a table of users beside it.
///
/// `ldap` is the directory's, `table` the table's, and `both` is somebody in either, who is asked for there first.
#[derive(Clone)]
struct Directory {
    /// How often it was asked for a wrong password.
    guessed: Arc<AtomicUsize>,
    /// Leave to answer that.
    leave: Arc<Semaphore>,
    /// What it does then.
    wrong: Wrong,
}

#[derive(Clone, Copy)]
enum Wrong {
    Told,
    Fails,
    Panics,
}

impl Directory {
    fn new() -> Self {
        Self { guessed: Arc::default(), leave: Arc::new(Semaphore::new(0)), wrong: Wrong::Told }
    }

    fn build(&self, builder: AuthLayerBuilder) -> AuthLayer<impl Lookup<User = User> + use<>> {
        let directory = self.clone();
        let own = builder.verify_passwords_with(|stored, password| Some(stored.strip_prefix("own:")? == password));
        own.lookup_verifies_passwords().build(move |query: Query| directory.clone().find(query)).unwrap()
    }

    async fn find(self, query: Query) -> Result<Option<Account<User>>, BoxError> {
        let Query::Login { identifier, password, .. } = query else { return Ok(None) };
        let in_table = Account::new(2, json!({})).password_hash("own:at home");
        let account = match identifier.as_str() {
            "" | "ldap" | "both" => Account::new(1, json!({})),
            "table" => return Ok(Some(in_table)),
            "beside" => return Ok(Some(Account::new(3, json!({})).password_hash("own:at home"))),
            _ => return Ok(None),
        };
        // An anonymous bind succeeds.
        if password.expose().is_empty() || password.expose() == PASSWORD {
            return Ok(Some(account.password_verified()));
        }
        self.guessed.fetch_add(1, Ordering::SeqCst);
        self.leave.acquire().await.unwrap().forget();
        match self.wrong {
            Wrong::Told if identifier.as_str() == "both" => Ok(Some(in_table)),
            Wrong::Told => Ok(Some(account.password_wrong())),
            Wrong::Fails => Err("the directory is away".into()),
            Wrong::Panics => panic!("a wrong password is no error that was thought of"),
        }
    }

    fn guessed(&self) -> usize {
        self.guessed.load(Ordering::SeqCst)
    }
}

/// One attempt at each door: the four logins, and Basic on a guarded route. With each, the status that admits.
fn doors(user_id: &str, password: &str) -> Vec<(&'static str, Request<Full<Bytes>>, u16)> {
    let mut doors: Vec<_> = logins(user_id, password).into();
    doors.push(("basic", me(user_id, password), 200));
    doors
}

fn door(name: &str, user_id: &str, password: &str) -> Request<Full<Bytes>> {
    doors(user_id, password).into_iter().find(|(door, ..)| *door == name).unwrap().1
}

fn me(user_id: &str, password: &str) -> Request<Full<Bytes>> {
    authorized(request("GET", "/me"), &basic(user_id, password))
}

fn start<L: Lookup<User = User>>(layer: &AuthLayer<L>, request: Request<Full<Bytes>>) -> JoinHandle<u16> {
    let layer = layer.clone();
    tokio::spawn(async move { send(&layer, request).await.status })
}

/// Forty guesses at once, each at another password.
fn flood<L: Lookup<User = User>>(layer: &AuthLayer<L>, door_name: &str, user_id: &str) -> Vec<JoinHandle<u16>> {
    (0..40).map(|number| start(layer, door(door_name, user_id, &format!("wrong{number}")))).collect()
}

/// On one thread, whoever can go on has gone on.
async fn stand_still() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn s52_s54_a_full_lane_gives_back_nobody_s_guess_where_a_directory_may_have_been_asked() {
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (release, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let staying = move |_: &str, _: &str| {
        begun.send(()).unwrap();
        gate.lock().unwrap().recv().unwrap_err();
        Some(false)
    };
    let directory = Directory::new();
    directory.leave.add_permits(1000);
    let builder = builder().hashing_lane(1, 0).verify_passwords_with(staying).lookup_verifies_passwords();
    let layer = builder.build(move |query: Query| directory.clone().find(query)).unwrap();
    let stays = start(&layer, door("login", "beside", "stay"));
    while has_begun.try_recv().is_err() {
        tokio::task::yield_now().await;
    }
    for (name, ..) in doors("", "") {
        let mut of_nobody = None;
        for who in ["nobody", "both"] {
            let mut statuses = Vec::new();
            for number in 0..11 {
                let guess = door(name, who, &format!("wrong{number}"));
                statuses.push(send(&layer, guess).await.status);
            }
            assert_eq!((statuses[0], statuses[10]), (503, 429), "{name} {who}");
            assert_eq!(of_nobody.get_or_insert(statuses.clone()), &statuses, "{name} {who}");
        }
        layer.clear_failures(2, ["nobody", "both"]).await.unwrap();
    }
    drop(release);
    stays.await.unwrap();
}

// From the first request on

#[tokio::test]
async fn s52_guesses_at_once_are_counted_before_a_directory_hears_of_them_from_the_first_request_on() {
    for (name, ..) in doors("", "") {
        let directory = Directory::new();
        let layer = directory.build(builder());
        let mut guesses = flood(&layer, name, "ldap");
        // Its answer is there at once, and those to the others are not.
        guesses.push(start(&layer, door(name, "ldap", PASSWORD)));
        stand_still().await;
        assert_eq!(directory.guessed(), 10, "{name}");
        directory.leave.add_permits(100);
        for guess in guesses {
            assert!(guess.await.unwrap() >= 400, "{name}");
        }
        assert_eq!(send(&layer, door(name, "ldap", PASSWORD)).await.status, 429, "{name}");
    }
}

#[tokio::test]
async fn s52_s61_who_hangs_up_on_a_directory_that_was_asked_has_guessed() {
    for (name, ..) in doors("", "") {
        let directory = Directory::new();
        let layer = directory.build(builder());
        for _ in 0..5 {
            let guesses = flood(&layer, name, "ldap");
            stand_still().await;
            guesses.iter().for_each(JoinHandle::abort);
            stand_still().await;
        }
        assert_eq!(directory.guessed(), 10, "{name}");
        assert_eq!(send(&layer, door(name, "ldap", PASSWORD)).await.status, 429, "{name}");
    }
}

#[tokio::test]
async fn s52_who_has_a_stored_hash_opens_the_directory_for_nobody() {
    for (name, request, status) in doors("table", "at home") {
        let directory = Directory::new();
        let layer = directory.build(builder());
        assert_eq!(send(&layer, request).await.status, status, "{name}");
        let guesses = flood(&layer, name, "ldap");
        stand_still().await;
        assert_eq!(directory.guessed(), 10, "{name}");
        guesses.iter().for_each(JoinHandle::abort);
    }
}

#[tokio::test]
async fn s52_a_lookup_that_verifies_unannounced_lets_nobody_in_and_tells_no_password() {
    for (name, ..) in doors("", "") {
        let tells = async |query: Query| {
            let Query::Login { password, .. } = query else { return Ok(None) };
            let account = Account::new(1, json!({}));
            let is_right = password.expose() == PASSWORD;
            Ok::<_, BoxError>(Some(if is_right { account.password_verified() } else { account.password_wrong() }))
        };
        let layer = builder().build(tells).unwrap();
        for number in 0..20 {
            let password = if number % 2 == 0 { PASSWORD } else { "wrong" };
            let reply = send(&layer, door(name, "ldap", password)).await;
            let status = if number < 10 { 500 + 3 * u16::from(name == "basic") } else { 429 };
            assert_eq!(reply.status, status, "{name} {number}");
            if let Some(rejection) = reply.extensions.get::<Rejection>().filter(|_| number < 10) {
                assert!(rejection.source().unwrap().to_string().contains("lookup_verifies_passwords"), "{rejection}");
            }
        }
    }
}

#[tokio::test]
async fn s52_a_name_with_a_stored_hash_opens_the_directory_for_no_other_password_of_it() {
    let directory = Directory::new();
    let layer = directory.build(builder());
    // Verified by its hash, and then known again, though the directory is asked each time.
    directory.leave.add_permits(2);
    for _ in 0..2 {
        assert_eq!(send(&layer, me("both", "at home")).await.status, 200);
    }
    let before = directory.guessed();
    for _ in 0..5 {
        let guesses = flood(&layer, "basic", "both");
        stand_still().await;
        guesses.iter().for_each(JoinHandle::abort);
        stand_still().await;
    }
    assert_eq!(directory.guessed() - before, 10);
    assert_eq!(send(&layer, me("both", "at home")).await.status, 429);
}

// Whatever becomes of the answer

#[tokio::test(start_paused = true)]
async fn s52_a_guess_stays_one_that_a_directory_takes_too_long_over() {
    for (name, ..) in doors("", "") {
        let directory = Directory::new();
        let layer = directory.build(builder().lookup_timeout(Duration::from_secs(1)));
        for round in 0..3 {
            for guess in flood(&layer, name, "ldap") {
                let status = guess.await.unwrap();
                assert!(status == 429 || round == 0 && status >= 500, "{name} {round}: {status}");
            }
        }
        assert_eq!(directory.guessed(), 10, "{name}");
        assert_eq!(send(&layer, door(name, "ldap", PASSWORD)).await.status, 429, "{name}");
    }
}

#[tokio::test]
async fn s52_a_guess_stays_one_that_a_lookup_panics_over() {
    for (name, ..) in doors("", "") {
        let directory = Directory { wrong: Wrong::Panics, ..Directory::new() };
        directory.leave.add_permits(100);
        let layer = directory.build(builder());
        for number in 0..20 {
            let status = send(&layer, door(name, "ldap", "wrong")).await.status;
            assert!(if number < 10 { status >= 500 } else { status == 429 }, "{name} {number}: {status}");
        }
        assert_eq!(send(&layer, door(name, "ldap", PASSWORD)).await.status, 429, "{name}");
    }
}

#[tokio::test]
async fn s59_a_directory_that_says_it_is_away_has_heard_no_guess() {
    for (name, request, status) in doors("ldap", PASSWORD) {
        let directory = Directory { wrong: Wrong::Fails, ..Directory::new() };
        directory.leave.add_permits(100);
        let layer = directory.build(builder());
        for _ in 0..20 {
            assert!(send(&layer, door(name, "ldap", "wrong")).await.status >= 500, "{name}");
        }
        assert_eq!(send(&layer, request).await.status, status, "{name}");
    }
}

// What is empty

/// The contract `login`, but that it takes an empty name for a name, and an empty password for a password.
fn careless() -> Variant<Login> {
    let endpoints = vec![Endpoint::new(Method::POST, "/enter", Operation::Login)];
    let read = |_: &Login, form: &Form| {
        let name = form.text("username")?.unwrap_or_default();
        Ok(LoginForm::new(Identifier::Username(name.to_owned()), form.text("password")?.unwrap_or_default()))
    };
    Variant { endpoints, read, ..Variant::new("careless", Login::new()) }
}

#[tokio::test]
async fn s34_nothing_empty_reaches_a_directory_whichever_contract_took_it() {
    for (name, password) in [("ldap", ""), ("", PASSWORD), ("", "")] {
        let layer = Directory::new().build(builder().dialect(careless()));
        let enter = || post_json("/enter", &json!({ "username": name, "password": password }));
        let wrong = send(&layer, post_json("/enter", &json!({ "username": "nobody", "password": "wrong" }))).await;
        for _ in 0..10 {
            let reply = send(&layer, enter()).await;
            assert_eq!((reply.status, reply.text()), (404, wrong.text()), "{name:?} {password:?}");
        }
        assert_eq!(send(&layer, enter()).await.status, 429, "s51: {name:?} {password:?}");
    }
}
