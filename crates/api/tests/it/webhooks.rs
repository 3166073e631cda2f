//! Webhooks: let in by their signature alone, which also tells the workspace.

use hmac::{Hmac, Mac as _};
use perennial_api::{ServeOptions, WebhookSecret};
use serde_json::json;
use sha2::Sha256;

use crate::client::{ADMIN, Server, options, start_with};

fn server() -> Server {
    let secret = |workspace: &str, secret: &str| WebhookSecret {
        workspace: workspace.to_owned(),
        source: "stripe".to_owned(),
        secret: secret.to_owned(),
    };
    start_with(ServeOptions {
        webhooks: vec![
            secret("default", "whsec_old"),
            secret("default", "whsec_new"),
        ],
        ..options()
    })
}

fn signed(body: &str, at: u64, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(format!("{at}.{body}").as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={at},v1={hex}")
}

#[test]
fn a_webhook_is_taken_by_its_signature() {
    let server = server();
    let event = json!({"id": "evt_1", "type": "charge.succeeded", "created": 1_700_000_000, "livemode": true,
        "data": {"object": {"id": "ch_1", "object": "charge", "amount": 1200, "currency": "eur",
            "customer": "cus_1", "billing_details": {"email": "a@example.com"}}}});
    let body = event.to_string();
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = since.expect("after 1970").as_secs();
    let send = |path: &str, signature: &str| {
        server.send(
            "POST",
            path,
            &[("Stripe-Signature", signature)],
            body.as_bytes(),
        )
    };
    for bad in [
        "",
        "t=1",
        &signed(&body, now, "other"),
        &signed(&body, now - 3600, "whsec_new"),
    ] {
        let reply = send("/v1/webhooks/stripe", bad);
        assert!(reply.refuses(401, "bad_signature"), "{bad} {reply:?}");
    }
    assert!(
        send(
            "/v1/webhooks/stripe/other",
            &signed(&body, now, "whsec_new")
        )
        .refuses(401, "bad_signature")
    );
    for secret in ["whsec_old", "whsec_new"] {
        let reply = send("/v1/webhooks/stripe", &signed(&body, now, secret));
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let stats = server.get("/v1/stats", ADMIN).json();
    assert_eq!(
        (&stats["events"], &stats["duplicates"]),
        (&json!(1), &json!(1)),
        "{stats}"
    );
    server.canary("webhooks");
}
