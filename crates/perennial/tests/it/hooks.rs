//! A webhook's secret comes by the environment, and only what it signs is taken.

use serde_json::Value;

use crate::serving::{ADMIN, Server, WRITE};
use crate::shop::{PROJECT, Shop};

/// An order, and its HMAC-SHA256 by the secret, in base64.
const ORDER: &str = r#"{"id":7001,"email":"ada@x.org","created_at":"2025-01-02T03:04:05Z","updated_at":"2025-01-02T03:04:05Z","total_price":"12.50","currency":"EUR","test":false,"customer":{"id":77,"email":"ada@x.org"}}"#;
const SIGNATURE: &str = "h1hduDPgLYRBS5O1cKd3LThhHf3RTkOZUjESiwf103w=";
const SECRET: &str = "shopify secret for tests";

fn send(server: &Server, source: &str, header: (&str, &str), body: &str) -> (u16, Value) {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent = config.build().new_agent();
    let request = agent.post(format!("{}/v1/webhooks/{source}", server.url));
    let request = request.header("x-shopify-topic", "orders/create");
    let mut answer = request
        .header(header.0, header.1)
        .send(body)
        .expect("an answer");
    let text = answer.body_mut().read_to_string().expect("a text");
    let json = serde_json::from_str(&text).expect("JSON");
    (answer.status().as_u16(), json)
}

#[test]
fn an_order_of_a_shop_is_taken_once_and_by_its_signature_alone() {
    let shop = Shop::new(PROJECT);
    let server = Server::begin(
        &shop,
        &["--project", "."],
        &[
            ("PERENNIAL_WRITE_KEY", WRITE),
            ("PERENNIAL_ADMIN_KEY", ADMIN),
            ("PERENNIAL_SHOPIFY_SECRET", SECRET),
            ("PERENNIAL_STRIPE_SECRET", "whsec_of_tests"),
        ],
    );
    let header = "x-shopify-hmac-sha256";
    let other = ORDER.replace("12.50", "99.50");
    for (signature, body) in [("", ORDER), ("AAAA", ORDER), (SIGNATURE, &other)] {
        let (status, answer) = send(&server, "shopify", (header, signature), body);
        assert_eq!(
            (status, &answer["code"]),
            (401, &"bad_signature".into()),
            "{signature}"
        );
    }
    let stripe = ("stripe-signature", "t=1700000000,v1=00");
    let (status, answer) = send(&server, "stripe", stripe, r#"{"id":"evt_1"}"#);
    assert_eq!((status, &answer["code"]), (401, &"bad_signature".into()));
    for _ in 0..2 {
        let (status, answer) = send(&server, "shopify", (header, SIGNATURE), ORDER);
        assert_eq!(status, 200, "{answer}");
    }
    let (_, stats) = server.get("/v1/stats");
    assert_eq!(
        (&stats["events"], &stats["duplicates"]),
        (&1.into(), &1.into()),
        "{stats}"
    );
    let (_, profile) = server.get("/v1/customers/77");
    assert_eq!(profile["event_count"], 1, "{profile}");
    // What is said on standard error holds no secret.
    let (code, said) = server.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(
        ![SECRET, WRITE, ADMIN]
            .iter()
            .any(|secret| said.contains(secret)),
        "{said}"
    );
}
