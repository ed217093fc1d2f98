//! HTTP/1.1 over real connections: what is refused leaves no connection out of step, under hyper-util's server and axum's.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;
use tower::Layer;
use tower_auth_stacks::{
    raw::{Client, serve_axum, serve_hyper, soon},
    *,
};

async fn servers() -> [(&'static str, SocketAddr); 2] {
    let auth = layer();
    let hyper = serve_hyper(stack(auth.clone().layer(service_fn(inner)))).await;
    [("hyper", hyper), ("axum", serve_axum(app().layer(auth)).await)]
}

/// What may stand in a body, and must never be taken for a request.
const SMUGGLED: &str = "DELETE /public HTTP/1.1\r\nHost: a\r\n\r\n";

/// A head, less what tells the length of its body; and the status that refuses it before its body is read.
const REFUSED: [(&str, u16); 10] = [
    ("POST /notes HTTP/1.1\r\nHost: a\r\n", 401),
    ("POST /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a.b.c\r\n", 401),
    ("PUT /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRhOmJhdHRlcnkgc3RhcGxl\r\n", 401),
    ("POST /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ZXJyczp4\r\n", 503),
    ("POST /notes HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer a\r\n", 400),
    ("GET /notes HTTP/1.1\r\nHost: a\r\n", 401),
    ("POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n", 415),
    ("POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n", 415),
    ("POST /api/auth/token HTTP/1.1\r\nHost: a\r\n", 403),
    ("PATCH /tokens/a.b.c HTTP/1.1\r\nHost: a\r\n", 401),
];

fn login_request(body: &str) -> String {
    let length = body.len();
    format!(
        "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

const LOGIN: &str = "username=ada&password=correct+horse";

/// What the server makes of the connection from here on: one more request is answered, or nothing is.
async fn in_step(client: &mut Client, why: &str) -> bool {
    let next = "GET /public HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.stream.write_all(next.as_bytes()).await.ok();
    let rest = client.rest().await;
    let in_step = rest.starts_with("HTTP/1.1 200 ") && rest.ends_with("\r\n\r\nGET /public 0 nobody");
    assert!(rest.is_empty() || in_step && rest.matches("HTTP/1.1").count() == 1, "{why}: {rest}");
    in_step
}

#[tokio::test]
async fn a_small_body_that_is_there_is_passed_over() {
    for (server, address) in servers().await {
        for (head, status) in REFUSED {
            let chunked =
                format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n", SMUGGLED.len());
            let told = format!("{head}Content-Length: {}\r\n\r\n{SMUGGLED}", SMUGGLED.len());
            for request in [told, chunked, format!("{head}Content-Length: 0\r\n\r\n"), format!("{head}\r\n")] {
                let mut client = Client::connect(address).await;
                // More than once: a connection goes on as long as its client likes.
                for _ in 0..2 {
                    assert_eq!(client.ask(&request).await.status, status, "{server}: {request}");
                }
                assert!(in_step(&mut client, &format!("{server}: {request}")).await, "{server}: {request}");
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_is_not_all_there_closes_the_connection() {
    for (server, address) in servers().await {
        for (head, status) in REFUSED {
            for begun in [
                "Content-Length: 10000\r\n\r\n".to_owned(),
                format!("Content-Length: {}\r\n\r\n", SMUGGLED.len()),
                format!("Content-Length: 10000\r\n\r\n{SMUGGLED}"),
                "Transfer-Encoding: chunked\r\n\r\n".to_owned(),
                format!("Transfer-Encoding: chunked\r\n\r\n1000\r\n{SMUGGLED}"),
                format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{SMUGGLED}\r\n", SMUGGLED.len()),
            ] {
                let request = format!("{head}{begun}");
                let mut client = Client::connect(address).await;
                assert_eq!(client.ask(&request).await.status, status, "{server}: {request}");
                // The rest of the body comes late, or is another request: that cannot be told.
                client.stream.write_all(SMUGGLED.as_bytes()).await.ok();
                assert!(!in_step(&mut client, &format!("{server}: {request}")).await, "{server}: {request}");
            }
        }
    }
}

#[tokio::test]
async fn a_large_body_is_never_taken_for_requests() {
    let body = SMUGGLED.repeat(1 << 20 >> SMUGGLED.len().ilog2());
    for (server, address) in servers().await {
        for (head, status) in REFUSED {
            let told = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
            let chunk = format!("{:x}\r\n{SMUGGLED}\r\n", SMUGGLED.len());
            let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(20_000));
            for request in [told, chunked] {
                let client = Client::connect(address).await;
                let (mut read, mut write) = client.stream.into_split();
                let writing = tokio::spawn(async move {
                    write.write_all(request.as_bytes()).await.ok();
                    let next = "GET /public HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
                    write.write_all(next.as_bytes()).await.ok();
                });
                let mut answers = Vec::new();
                // A server that closes before it has read all makes the system reset the connection.
                soon(head, tokio::io::copy(&mut read, &mut answers)).await.ok();
                writing.await.unwrap();
                let answers = String::from_utf8(answers).unwrap();
                let expected = format!("HTTP/1.1 {status} ");
                assert!(answers.is_empty() || answers.starts_with(&expected), "{server}: {head}: {answers}");
                assert!(!answers.contains("DELETE"), "{server}: {head}: {answers}");
                let all = answers.matches("HTTP/1.1").count();
                assert!(all < 2 || all == 2 && answers.ends_with("GET /public 0 nobody"), "{server}: {answers}");
            }
        }
    }
}

#[tokio::test]
async fn who_expects_100_continue_is_told_only_where_the_body_is_read() {
    for (server, address) in servers().await {
        let mut client = Client::connect(address).await;
        for _ in 0..2 {
            let login = login_request(LOGIN);
            let (head, body) = login.split_once("\r\n\r\n").unwrap();
            assert_eq!(client.ask(&format!("{head}\r\nExpect: 100-continue\r\n\r\n")).await.status, 100, "{server}");
            client.send(body).await;
            assert_eq!(client.answer().await.status, 200, "{server}");
        }
        assert!(in_step(&mut client, server).await, "{server}");

        for (head, status) in REFUSED {
            let request = format!("{head}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n", SMUGGLED.len());
            let mut client = Client::connect(address).await;
            assert_eq!(client.ask(&request).await.status, status, "{server}: {request}");
            // RFC 9110 §10.1.1: a client may send its body all the same.
            client.stream.write_all(SMUGGLED.as_bytes()).await.ok();
            assert!(!in_step(&mut client, &format!("{server}: {request}")).await, "{server}: {request}");
        }
    }
}

#[tokio::test]
async fn head_has_the_fields_of_get_and_no_body() {
    for (server, address) in servers().await {
        let mut client = Client::connect(address).await;
        for (path, fields, status) in [
            ("/me", "", 401),
            ("/me", "Authorization: Bearer a.b.c\r\n", 401),
            ("/me", "Authorization: Basic YWRhOmNvcnJlY3QgaG9yc2U=\r\n", 200),
            ("/public", "", 200),
            ("/login", "", 401),
            ("/api/auth/token", "", 401),
            ("/tokens/a.b.c", "", 401),
        ] {
            let ask = |method: &str| format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
            let head = client.ask(&ask("HEAD")).await;
            let get = client.ask(&ask("GET")).await;
            assert_eq!((head.status, get.status), (status, status), "{server}: {path} {fields}");
            for name in ["content-type", "www-authenticate", "cache-control"] {
                assert_eq!(head.field(name), get.field(name), "{server}: {path} {fields}");
            }
            if status == 401 {
                assert!(head.field("www-authenticate").unwrap().starts_with("Bearer realm="), "{server}: {path}");
                assert_eq!(head.field("content-length"), get.field("content-length"), "{server}: {path} {fields}");
            }
        }
        assert!(in_step(&mut client, server).await, "{server}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    for (server, address) in servers().await {
        let mut client = Client::connect(address).await;
        let requests = [
            ("GET /public HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 200),
            (login_request(LOGIN), 200),
            (login_request("username=ada&password=x"), 404),
            ("GET /me HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRhOmNvcnJlY3QgaG9yc2U=\r\n\r\n".into(), 200),
            (format!("POST /notes HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{SMUGGLED}", SMUGGLED.len()), 401),
            (login_request("no=form"), 400),
            (login_request(LOGIN), 200),
            ("GET /public HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 200),
        ];
        client.send(requests.iter().map(|(request, _)| &**request).collect::<String>()).await;
        for (request, status) in &requests {
            assert_eq!(client.answer().await.status, *status, "{server}: {request}");
        }
        assert!(in_step(&mut client, server).await, "{server}");
    }
}
