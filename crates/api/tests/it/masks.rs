//! What the project says is personal is shown to admins alone: every route that a read key opens is
//! searched for it.

use perennial_api::{Opens, Route, routes};
use serde_json::json;

use crate::client::{ADMIN, READ, Server, start};

const RULES: &str = "pii: [email, phone, first_name, birthday]
identity: { strong: [user, email] }
lifecycles:
  - lifecycle: shop
    stages:
      - { name: new }
      - { name: known, enter: [{ from: new, when: \"email = 'x' and first_name = 'marker-y'\" }] }
segments:
  french: country = 'FR'
";

/// Paths that ask for all there is of a route.
fn paths(route: &Route) -> Vec<String> {
    let people = ["ada", "marker-3@x.org", "Marker-1@X.org"];
    let of = |id: &str| route.path.replace("{id}", id).replace("{name}", "french");
    let mut paths: Vec<String> = match route.path {
        "/v1/customers" => people.map(|id| format!("/v1/customers?id={id}")).to_vec(),
        "/v1/stages" => vec!["/v1/stages".into(), "/v1/stages?at=2024-01-01".into()],
        path if path.contains("{id}") => people.map(of).to_vec(),
        path if path.contains("{name}") => vec![of("")],
        path => vec![path.to_owned()],
    };
    if route.path.ends_with("/explain") {
        paths.push(format!("{}?at=2025-01-02", of("ada")));
    }
    paths.dedup();
    paths
}

fn fill(server: &Server) {
    let applied = server.post(
        "/v1/rules",
        ADMIN,
        &json!({"files": {"perennial.yaml": RULES}}),
    );
    assert_eq!(applied.status, 200, "{applied:?}");
    let events = json!({"batch": [
        {"type": "identify", "userId": "ada", "timestamp": "2025-01-01T10:00:00Z",
         "traits": {"email": "marker-0@x.org", "first_name": "marker-y"}},
        {"type": "identify", "userId": "ada", "timestamp": "2025-02-01T10:00:00Z",
         "traits": {"email": "marker-1@x.org", "First Name": "marker-2", "country": "FR",
                    "birthday": {"day": "marker-5"}, "greeting": "Dear marker-2!"}},
        {"type": "track", "event": "Order Completed", "userId": "ada", "timestamp": "2025-02-02T10:00:00Z",
         "properties": {"total": 5, "email": "marker-4@x.org", "ship": {"phone": "+33marker", "city": "Lyon"},
                        "note": "to marker-1@x.org"}},
        {"type": "identify", "timestamp": "2025-02-03T10:00:00Z", "anonymousId": "phone-of-3",
         "traits": {"email": "marker-3@x.org", "country": "FR"}},
    ]});
    assert_eq!(server.batch(events.to_string().as_bytes()).status, 200);
}

#[test]
fn a_read_key_is_shown_nothing_personal_by_any_route() {
    let server = start();
    fill(&server);
    let (mut asked, mut shown) = (0, 0);
    // What an analyst may tell whom is his to say.
    let is_asked = |route: &&Route| route.opens == Opens::Read && !route.path.contains("questions");
    for route in routes().iter().filter(is_asked) {
        for path in paths(route) {
            let (masked, whole) = (server.get(&path, READ), server.get(&path, ADMIN));
            assert_eq!(
                (masked.status, whole.status),
                (200, 200),
                "{path} {masked:?}"
            );
            let text = masked.text().to_lowercase();
            // What the rules say is not of anybody.
            let text = text.replace("first_name = 'marker-y'", "");
            assert!(!text.contains("marker"), "{path} {text}");
            asked += 1;
            shown += usize::from(whole.text().contains("marker-"));
        }
    }
    assert!(
        asked >= 14 && shown >= 9,
        "{shown} of {asked} show admins what is masked"
    );
    let masked = server.get("/v1/customers/ada", READ).json();
    assert_eq!(masked["traits"]["country"], "FR");
    assert_eq!(masked["traits"]["email"], "***");
    assert_eq!(masked["traits"]["greeting"], "Dear ***!");
    let history = server.get("/v1/customers/ada/history", READ).text();
    assert!(history.contains("Lyon"), "{history}");
    let audit = std::fs::read_to_string(server.folder.path().join("audit.ndjson"));
    assert!(!audit.expect("an audit log").contains("marker"));
}
