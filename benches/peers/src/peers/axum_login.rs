//! axum-login: no token, but a session behind a cookie, found in memory.

use std::convert::Infallible;

use axum::{Router, body::Body, routing::get};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, UserId, login_required};
use http::{
    Request, Response,
    header::{COOKIE, SET_COOKIE},
};
use tower::{Layer, Service, service_fn};
use tower_sessions::{MemoryStore, SessionManagerLayer};

use super::unauthorized;
use crate::door::{Asking, Opened, Sent, Through};

#[derive(Clone, Debug)]
struct User;

impl AuthUser for User {
    type Id = u64;

    fn id(&self) -> u64 {
        7
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"what the password was"
    }
}

#[derive(Clone)]
struct Users;

impl AuthnBackend for Users {
    type User = User;
    type Credentials = ();
    type Error = Infallible;

    async fn authenticate(&self, (): ()) -> Result<Option<User>, Infallible> {
        Ok(Some(User))
    }

    async fn get_user(&self, _: &UserId<Self>) -> Result<Option<User>, Infallible> {
        Ok(Some(User))
    }
}

/// Lets those in who are logged in; `/login` logs anybody in.
async fn inner(mut request: Request<Body>) -> Result<Response<Body>, Infallible> {
    if request.uri().path() == "/login" {
        let session = request.extensions_mut().get_mut::<AuthSession<Users>>().unwrap();
        session.login(&User).await.unwrap();
    }
    let session = request.extensions().get::<AuthSession<Users>>().unwrap();
    Ok(if session.user.is_some() { Response::new(Body::default()) } else { unauthorized() })
}

/// The cookie of who has logged in.
pub fn sent<B>(answer: &Response<B>) -> Sent {
    let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    with_cookie(cookie)
}

fn with_cookie(cookie: &str) -> Sent {
    Sent { path: "/me", fields: vec![(COOKIE, cookie.parse().unwrap())] }
}

pub fn router() -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    let login = |mut session: AuthSession<Users>| async move { session.login(&User).await.unwrap() };
    let me = get("hello\n").route_layer(login_required!(Users));
    let router = Router::new().route("/me", me).route("/login", get(login));
    router.layer(AuthManagerLayerBuilder::new(Users, sessions).build())
}

pub fn open(asking: Asking) -> Opened {
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    let mut service = AuthManagerLayerBuilder::new(Users, sessions).build().layer(service_fn(inner));
    let request = Request::post("/login").body(Body::default()).unwrap();
    let answer = super::runtime().block_on(service.call(request)).unwrap();
    let good = sent(&answer);
    let cookie = good.fields[0].1.to_str().unwrap();
    let bad = vec![with_cookie(&format!("{}AAAA", &cookie[..cookie.len() - 4]))];
    let door = Box::new(Through::<_, Body>::new(service));
    match asking {
        Asking::Hs256 => Opened { door, good, bad },
        _ => super::opened(asking, door, None),
    }
}
