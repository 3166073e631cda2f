//! What every server does: it lives, it refuses in one shape, and it stops.

use crate::client::{ADMIN, READ, WRITE, start};

#[test]
fn it_lives_and_refuses_what_it_does_not_know() {
    let mut server = start();
    let alive = server.send("GET", "/healthz", &[], b"");
    assert_eq!(
        (alive.status, alive.text()),
        (200, r#"{"status":"alive"}"#.to_owned())
    );
    assert_eq!(alive.header("x-content-type-options"), Some("nosniff"));
    assert!(
        server
            .send("GET", "/nothing", &[], b"")
            .refuses(404, "not_found")
    );
    assert!(
        server
            .send("GET", "/v1/decide", &[], b"")
            .refuses(404, "not_found")
    );
    let wrong = server.send("POST", "/healthz", &[], b"");
    assert!(wrong.refuses(405, "method_not_allowed"), "{wrong:?}");
    assert_eq!(wrong.header("allow"), Some("GET"));
    assert!(
        server
            .send("GET", "/v1/stats", &[], b"")
            .refuses(401, "unauthorized")
    );
    assert!(
        server
            .get("/v1/stats", "wrong")
            .refuses(401, "unauthorized")
    );
    for key in [WRITE, READ] {
        assert!(server.get("/v1/stats", key).refuses(403, "forbidden"));
    }
    assert_eq!(server.get("/metrics", ADMIN).status, 200);
    server.stop();
    assert!(std::net::TcpStream::connect(server.address).is_err());
}
