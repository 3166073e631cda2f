//! Bad requests byte by byte, and bad connections: cases 26 and 37 to 50.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use perennial_api::{Patience, ServeOptions};

use crate::client::{ADMIN, Reply, Server, options, patience, start, start_with};

const KEY: &str = "Host: t\r\nAuthorization: Basic d2tfdGVzdF8xMjM6\r\n";

/// Sends a request whose head ends as given, and answers its status; 0 is an end without an answer.
fn post(server: &Server, rest: &str) -> Reply {
    server.raw(format!("POST /v1/batch HTTP/1.1\r\n{KEY}{rest}").as_bytes())
}

fn short(patience: Patience) -> ServeOptions {
    ServeOptions {
        patience,
        ..options()
    }
}

#[test]
fn bad_framing_is_refused_and_ends_the_connection() {
    let server = start();
    let chunked = "3\r\n{\"b\r\n0\r\n\r\n";
    let cases = [
        (
            "40 both",
            format!("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}"),
            400,
        ),
        (
            "40 other order",
            format!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n{chunked}"),
            400,
        ),
        (
            "41 two lengths",
            "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}".to_owned(),
            400,
        ),
        ("42 negative", "Content-Length: -1\r\n\r\n".to_owned(), 400),
        (
            "42 overflow",
            "Content-Length: 99999999999999999999999\r\n\r\n".to_owned(),
            400,
        ),
        ("42 plus", "Content-Length: +2\r\n\r\n{}".to_owned(), 400),
        (
            "43 chunk",
            "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n".to_owned(),
            400,
        ),
        (
            "43 chunk beyond",
            "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n".to_owned(),
            400,
        ),
        ("46 NUL", "X: a\0b\r\n\r\n".to_owned(), 400),
        ("46 CR", "X: a\rb\r\n\r\n".to_owned(), 400),
        ("46 space in a name", "X Y: a\r\n\r\n".to_owned(), 400),
        (
            "46 coding that is none",
            "Transfer-Encoding: xchunked\r\n\r\n".to_owned(),
            400,
        ),
    ];
    for (case, rest, status) in cases {
        let reply = if case.starts_with("43 chunk") {
            cut_short(&server, &rest)
        } else {
            post(&server, &rest)
        };
        assert!([status, 413].contains(&reply.status), "{case}: {reply:?}");
        server.canary(case);
    }
}

/// Sends a request and no more: the server must not wait for what a chunk promises.
fn cut_short(server: &Server, rest: &str) -> Reply {
    let mut stream = server.connect();
    let bytes = format!("POST /v1/batch HTTP/1.1\r\n{KEY}{rest}");
    stream
        .write_all(bytes.as_bytes())
        .expect("the connection is open");
    stream
        .shutdown(std::net::Shutdown::Write)
        .expect("the connection is open");
    Reply::read(&mut stream)
}

#[test]
fn garbage_and_too_much_are_refused() {
    let server = start();
    let garbage: [&[u8]; 6] = [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
    ];
    for bytes in garbage {
        let reply = cut(&server, bytes);
        assert!(
            [0, 400, 404, 505].contains(&reply.status),
            "44 {bytes:?} {reply:?}"
        );
        server.canary("44");
    }
    let many: String = (0..10_000).map(|at| format!("X-{at}: 1\r\n")).collect();
    let reply = post(&server, &format!("{many}\r\n"));
    assert_eq!(reply.status, 431, "45 many {reply:?}");
    let large = format!("X: {}\r\n\r\n", "x".repeat(1024 * 1024));
    let reply = post(&server, &large);
    assert_eq!(reply.status, 431, "45 large {reply:?}");
    server.canary("45");
    // 26: a length that is a lie costs nothing.
    let reply = post(&server, "Content-Length: 1000000000\r\n\r\n{}");
    assert!(reply.refuses(413, "too_large"), "26 {reply:?}");
    assert_eq!(reply.header("connection"), Some("close"), "26");
    server.canary("26");
}

fn cut(server: &Server, bytes: &[u8]) -> Reply {
    let mut stream = server.connect();
    stream.write_all(bytes).expect("the connection is open");
    stream
        .shutdown(std::net::Shutdown::Write)
        .expect("the connection is open");
    Reply::read(&mut stream)
}

#[test]
fn methods_and_paths_are_what_they_are() {
    let server = start();
    for method in ["GET", "PUT", "DELETE", "PATCH", "TRACE", "CONNECTS"] {
        let reply = server.send(method, "/v1/batch", &[], b"");
        assert!(
            reply.refuses(405, "method_not_allowed"),
            "37 {method} {reply:?}"
        );
        assert_eq!(reply.header("allow"), Some("POST, OPTIONS"), "37 {method}");
    }
    for path in [
        "/",
        "/nothing",
        "/v1",
        "/v1/batch/x",
        "/v1/decide",
        "/v1/consents/ada",
        "/admin",
        "/.env",
    ] {
        let reply = server.send("POST", path, &[], b"");
        assert!(reply.refuses(404, "not_found"), "38 {path} {reply:?}");
    }
    let bearer = format!("Bearer {ADMIN}");
    for path in [
        "/../..",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/v1/../../etc",
        "/v1/customers/..%2f..%2fx",
        "/v1/customers/a%00b",
        "/v1/customers/%ff",
        "/v1/segments/%2e%2e/members",
        "//etc/passwd",
        "/v1/customers/",
    ] {
        let reply = server.send("GET", path, &[("Authorization", &bearer)], b"");
        assert!([400, 404].contains(&reply.status), "39 {path} {reply:?}");
        assert!(
            !reply.text().contains("etc"),
            "39 {path}: nothing of it is told"
        );
    }
    assert_eq!(
        server.raw(b"GET /v1/\0 HTTP/1.1\r\n\r\n").status,
        400,
        "39 NUL"
    );
    server.canary("37-39");
}

#[test]
fn slow_heads_and_slow_bodies_are_cut_off() {
    let server = start_with(short(Patience {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        ..patience()
    }));
    let mut stream = server.connect();
    let head = b"POST /v1/batch HTTP/1.1\r\nHost: t\r\nX: 1\r\n";
    let mut ended = false;
    // Five minutes, of a server that never ends it.
    for byte in head.iter().cycle().take(30_000) {
        if stream.write_all(&[*byte]).is_err() {
            ended = true;
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(ended, "47 a head of one byte after another ends");
    server.canary("47");
    let mut stream = server.connect();
    let head = format!("POST /v1/batch HTTP/1.1\r\n{KEY}Content-Length: 10\r\n\r\n{{");
    stream.write_all(head.as_bytes()).unwrap();
    let reply = Reply::read(&mut stream);
    assert!(reply.refuses(408, "too_slow"), "47 body {reply:?}");
    server.canary("47 body");
}

#[test]
fn a_connection_may_wait_longer_between_requests_than_in_a_head() {
    let server = start_with(short(Patience {
        head: Duration::from_millis(100),
        ..patience()
    }));
    let mut stream = server.connect();
    for _ in 0..3 {
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n")
            .unwrap();
        assert_eq!(Reply::read(&mut stream).status, 200);
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn idle_connections_hold_nobody_up_and_end() {
    let server = start_with(short(Patience {
        // Long enough for the request between, whose connection must not be taken for an idle one.
        idle: Duration::from_secs(4),
        ..patience()
    }));
    let mut idle: Vec<TcpStream> = (0..500).map(|_| server.connect()).collect();
    server.canary("48");
    for stream in &mut idle {
        let mut byte = [0; 1];
        let ended = loop {
            match stream.read(&mut byte) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break error.kind() == ErrorKind::ConnectionReset,
                Ok(count) => break count == 0,
            }
        };
        assert!(ended, "48 idle connections end");
    }
    server.canary("48 after");
}

#[test]
fn pages_of_other_origins_may_send_and_not_read() {
    let server = start();
    let asked = [
        ("Origin", "https://evil.example"),
        ("Access-Control-Request-Method", "POST"),
        (
            "Access-Control-Request-Headers",
            "authorization, x-write-key, anonymousid",
        ),
    ];
    for path in [
        "/v1/batch",
        "/v1/t",
        "/api/s/track",
        "/e/",
        "/com.snowplowanalytics.snowplow/tp2",
    ] {
        let reply = server.send("OPTIONS", path, &asked, b"");
        assert_eq!(reply.status, 204, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            reply.header("access-control-allow-headers"),
            Some(asked[2].1)
        );
        assert_eq!(reply.header("access-control-max-age"), Some("86400"));
        assert!(
            reply
                .header("access-control-allow-methods")
                .unwrap()
                .contains("POST")
        );
        assert_eq!(reply.header("access-control-allow-credentials"), None);
    }
    let event = br#"{"event":"A","userId":"u","writeKey":"wk_test_123"}"#;
    let plain = [
        ("Content-Type", "text/plain"),
        ("Origin", "https://shop.example"),
    ];
    let reply = server.send("POST", "/v1/t", &plain, event);
    assert_eq!(
        (reply.status, reply.header("access-control-allow-origin")),
        (200, Some("*")),
        "50"
    );
    let reply = server.send("POST", "/v1/t", &plain, b"{}");
    assert_eq!(
        reply.header("access-control-allow-origin"),
        Some("*"),
        "refusals can be read too"
    );
    let bearer = format!("Bearer {ADMIN}");
    for path in ["/v1/stats", "/v1/keys", "/v1/customers/a"] {
        let headers = [asked[0], ("Authorization", &bearer[..])];
        for method in ["GET", "OPTIONS"] {
            let reply = server.send(method, path, &headers, b"");
            assert_eq!(
                reply.header("access-control-allow-origin"),
                None,
                "55 {method} {path}"
            );
            assert_eq!(reply.header("access-control-allow-credentials"), None, "55");
        }
    }
    // 50: a form of another page cannot change settings, even with a key.
    let body = br#"{"scope":"admin","name":"x"}"#;
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let headers = [("Content-Type", media), ("Authorization", &bearer[..])];
        let reply = server.send("POST", "/v1/keys", &headers, body);
        assert!(reply.refuses(415, "unsupported_media_type"), "50 {media}");
    }
    server.canary("50, 55");
}
