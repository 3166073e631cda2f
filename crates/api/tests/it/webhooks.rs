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

/// A text in base64, as Shopify signs.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let bits = part
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - part.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63] as char;
            text.push(if place <= part.len() { letter } else { '=' });
        }
    }
    text
}

#[test]
fn an_order_of_a_shop_is_taken_by_its_signature_and_once() {
    let secret = |workspace: &str, secret: &str| WebhookSecret {
        workspace: workspace.to_owned(),
        source: "shopify".to_owned(),
        secret: secret.to_owned(),
    };
    let server = start_with(ServeOptions {
        webhooks: vec![secret("default", "one"), secret("other", "two")],
        ..options()
    });
    let made = server.post("/v1/workspaces", ADMIN, &json!({"name": "other"}));
    assert_eq!(made.status, 200, "{made:?}");
    let body = json!({"id": 7001, "created_at": "2025-01-02T03:04:05Z", "updated_at": "2025-01-02T03:04:05Z",
        "total_price": "12.50", "currency": "EUR", "test": false, "customer": {"id": 77, "email": "ada@x.org"}})
    .to_string();
    let sign = |secret: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
        mac.update(body.as_bytes());
        base64(&mac.finalize().into_bytes())
    };
    let send = |path: &str, signature: &str, body: &str| {
        let headers = [
            ("X-Shopify-Hmac-Sha256", signature),
            ("X-Shopify-Topic", "orders/create"),
            ("X-Shopify-Webhook-Id", "hook-1"),
            ("X-Shopify-Shop-Domain", "shop.example"),
        ];
        server.send("POST", path, &headers, body.as_bytes())
    };
    let path = "/v1/webhooks/shopify";
    for bad in ["", "AAAA", &sign("three")] {
        assert!(
            send(path, bad, &body).refuses(401, "bad_signature"),
            "{bad}"
        );
    }
    let other = body.replace("12.50", "99.50");
    assert!(
        send(path, &sign("one"), &other).refuses(401, "bad_signature"),
        "another body"
    );
    let named = send("/v1/webhooks/shopify/other", &sign("one"), &body);
    assert!(named.refuses(401, "bad_signature"), "{named:?}");
    assert_eq!(server.events(), 0);
    for _ in 0..2 {
        let reply = send(path, &sign("one"), &body);
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let stats = server.get("/v1/stats", ADMIN).json();
    assert_eq!(
        (&stats["events"], &stats["duplicates"]),
        (&json!(1), &json!(1)),
        "{stats}"
    );
    let profile = server.get("/v1/customers/77", ADMIN).json();
    assert_eq!(profile["value"]["amount"], 12.5, "{profile}");
    // The secret tells the workspace.
    assert_eq!(send(path, &sign("two"), &body).status, 200);
    assert_eq!(server.get("/v1/stats", ADMIN).json()["events"], 1);
}
