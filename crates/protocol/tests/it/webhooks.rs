//! Webhooks of Shopify and Stripe: signatures, names, money.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use perennial_model::Time;
use perennial_protocol::{Arrived, Ask, Fault, Limits, check_shopify, check_stripe};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::tools::{NOW, line, only, post, send_with};

fn sign(secret: &str, body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn shopify_signs_the_body() {
    let body = br#"{"id":1}"#;
    let header = STANDARD.encode(sign("new", body));
    let check =
        |header: Option<&str>, secrets: &[&str]| check_shopify(body, header, secrets).is_ok();
    assert!(check(Some(&header), &["new"]));
    assert!(
        check(Some(&header), &["old", "new"]),
        "while secrets are changed"
    );
    assert!(!check(Some(&header), &["old"]));
    assert!(!check(Some(&header), &[]));
    assert!(!check(None, &["new"]));
    assert!(!check(Some("not base64!"), &["new"]));
    assert!(!check(Some(&header[..20]), &["new"]));
    let empty = STANDARD.encode(sign("", body));
    assert!(!check(Some(&empty), &[""]), "an empty secret signs nothing");
    assert!(check_shopify(b"{\"id\":2}", Some(&header), &["new"]).is_err());
}

#[test]
fn stripe_signs_the_time_and_the_body() {
    let body = br#"{"id":"evt_1"}"#;
    let seconds = NOW.ms() / 1_000;
    let signed = |secret: &str, at: i64| {
        let text = [at.to_string().as_bytes(), b".", &body[..]].concat();
        hex(&sign(secret, &text))
    };
    let check = |header: &str, secrets: &[&str], now: Time| {
        check_stripe(body, Some(header), secrets, now).map_err(|fault| (fault.status, fault.code))
    };
    let bad = Err((401, "bad_signature"));
    let good = format!("t={seconds},v1={},v0=00", signed("s1", seconds));
    assert_eq!(check(&good, &["s1"], NOW), Ok(()));
    assert_eq!(check(&good, &["s0", "s1"], NOW), Ok(()));
    assert_eq!(check(&good, &["s0"], NOW), bad);
    let rotated = format!(
        "t={seconds},v1={},v1={}",
        signed("s2", seconds),
        signed("s1", seconds)
    );
    assert_eq!(check(&rotated, &["s1"], NOW), Ok(()));
    assert_eq!(check(&good, &["s1"], NOW.plus(300_000)), Ok(()));
    assert_eq!(check(&good, &["s1"], NOW.plus(301_000)), bad, "too old");
    assert_eq!(
        check(&good, &["s1"], NOW.plus(-301_000)),
        bad,
        "from the future"
    );
    let moved = good.replacen(&seconds.to_string(), &(seconds + 1).to_string(), 1);
    assert_eq!(check(&moved, &["s1"], NOW), bad);
    for header in [
        "",
        "t=,v1=",
        "t=1",
        "v1=00",
        "t=99999999999999999999,v1=00",
        "t=1,v1=0",
    ] {
        assert_eq!(check(header, &["s1"], NOW), bad, "{header}");
    }
    assert!(check_stripe(body, None, &["s1"], NOW).is_err());
}

fn shopify(topic: &str, body: &Value) -> Result<Arrived, Fault> {
    let headers = [
        ("X-Shopify-Topic", topic),
        ("X-Shopify-Webhook-Id", "w-1"),
        ("X-Shopify-Shop-Domain", "shop.example"),
    ];
    let body = body.to_string();
    send_with(
        "POST",
        "/webhooks/shopify",
        &headers,
        body.as_bytes(),
        &Limits::default(),
    )
}

fn order() -> Value {
    json!({"id": 820_982_911_946_154_508_u64, "name": "#1001", "email": "jo@example.com", "currency": "EUR",
        "total_price": "409.94", "subtotal_price": "398.00", "total_tax": "11.94", "test": false,
        "created_at": "2025-05-01T12:00:00+02:00", "cancelled_at": null, "updated_at": "2025-05-02T12:00:00+02:00",
        "financial_status": "paid", "customer": {"id": 115, "email": "jo@example.com"},
        "line_items": [{"product_id": 632, "variant_id": 808, "sku": "ipod", "title": "iPod", "price": "199.00", "quantity": 2}]})
}

#[test]
fn orders_of_shopify() {
    let kept = only(shopify("orders/create", &order()));
    assert_eq!(
        (&kept["event"], &kept["userId"], &kept["messageId"]),
        (&"Order Completed".into(), &"115".into(), &"w-1".into())
    );
    assert_eq!(kept["properties"]["order_id"], "820982911946154508");
    assert_eq!(
        (&kept["properties"]["total"], &kept["properties"]["revenue"]),
        (&json!(409.94), &json!(409.94))
    );
    assert_eq!(
        kept["properties"]["products"][0],
        json!({"product_id": "632", "variant": "808", "sku": "ipod", "name": "iPod", "price": 199.00, "quantity": 2})
    );
    assert_eq!(
        (&kept["timestamp"], &kept["traits"]["email"]),
        (
            &"2025-05-01T12:00:00+02:00".into(),
            &"jo@example.com".into()
        )
    );
    let arrived = shopify("orders/create", &order()).unwrap();
    assert!(
        arrived.events[0].line.contains("\"total\":409.94"),
        "a number, exactly"
    );
    assert_eq!(
        only(shopify("orders/updated", &order()))["event"],
        "Order Updated"
    );
    assert_eq!(
        only(shopify("orders/cancelled", &order()))["event"],
        "Order Cancelled"
    );
    let mut test = order();
    test["test"] = true.into();
    let arrived = shopify("orders/create", &test).unwrap();
    assert_eq!(
        (arrived.events.len(), arrived.ignored[0].reason),
        (0, "test_order")
    );
    assert_eq!(
        shopify("products/update", &json!({"id": 1}))
            .unwrap()
            .ignored[0]
            .reason,
        "topic_not_used"
    );
    assert_eq!(
        post("/webhooks/shopify", "{}").unwrap_err().code,
        "bad_webhook"
    );
    assert_eq!(post("/webhooks/shopify", "{").unwrap_err().code, "bad_json");
}

#[test]
fn refunds_of_shopify_are_joined_by_their_order() {
    let refund = json!({"id": 509, "order_id": 820_982_911_946_154_508_u64, "created_at": "2025-05-03T12:00:00Z",
        "transactions": [{"amount": "100.10", "kind": "refund", "status": "success", "currency": "EUR"},
            {"amount": "9.00", "kind": "refund", "status": "failure"}, {"amount": "0.20", "kind": "refund", "status": "success"}],
        "refund_line_items": [{"quantity": 1, "line_item": {"product_id": 632, "title": "iPod"}}]});
    let kept = only(shopify("refunds/create", &refund));
    assert_eq!(
        (&kept["event"], &kept["properties"]["total"]),
        (&"Order Refunded".into(), &json!(100.3))
    );
    assert_eq!(kept["properties"]["products"][0]["product_id"], "632");
    let order = only(shopify("orders/create", &order()));
    assert_eq!(kept["anonymousId"], order["anonymousId"]);
    let restock = json!({"id": 1, "order_id": 2, "transactions": [], "refund_line_items": []});
    assert_eq!(
        shopify("refunds/create", &restock).unwrap().ignored[0].reason,
        "no_money"
    );
}

#[test]
fn customers_of_shopify() {
    let customer = json!({"id": 115, "email": "jo@example.com", "first_name": "Jo", "updated_at": "2025-05-01T00:00:00Z",
        "default_address": {"city": "Lyon", "country_code": "FR"}});
    let kept = only(shopify("customers/update", &customer));
    assert_eq!(
        (&kept["type"], &kept["traits"]["firstName"]),
        (&"identify".into(), &"Jo".into())
    );
    assert_eq!(
        kept["traits"]["address"],
        json!({"city": "Lyon", "country": "FR"})
    );
    let about = json!({"shop_domain": "shop.example", "customer": {"id": 115, "email": "jo@example.com", "phone": "1"}});
    for (topic, ask) in [
        ("customers/redact", Ask::Erase),
        ("customers/data_request", Ask::Export),
        ("shop/redact", Ask::EraseSource),
    ] {
        let arrived = shopify(topic, &about).unwrap();
        let request = &arrived.requests[0];
        assert_eq!(
            (request.ask, request.who.source.as_deref()),
            (ask, Some("shop.example"))
        );
        let user = (ask != Ask::EraseSource).then_some("115");
        assert_eq!(request.who.user_id.as_deref(), user);
    }
}

fn stripe(kind: &str, object: Value, previous: Value) -> Result<Arrived, Fault> {
    let body = json!({"id": "evt_1", "type": kind, "created": 1_746_093_600, "livemode": true,
        "data": {"object": object, "previous_attributes": previous}});
    post("/webhooks/stripe", &body.to_string())
}

#[test]
fn charges_and_refunds_of_stripe() {
    let charge = |currency: &str| {
        json!({"id": "ch_1", "amount": 1999, "amount_refunded": 700, "currency": currency,
        "customer": "cus_1", "payment_intent": "pi_1", "billing_details": {"email": "jo@example.com"}})
    };
    let kept = only(stripe("charge.succeeded", charge("eur"), Value::Null));
    assert_eq!(
        (&kept["event"], &kept["userId"], &kept["messageId"]),
        (&"Order Completed".into(), &"cus_1".into(), &"evt_1".into())
    );
    assert_eq!(
        (
            &kept["properties"]["order_id"],
            &kept["properties"]["currency"]
        ),
        (&"pi_1".into(), &"EUR".into())
    );
    assert_eq!(kept["timestamp"], "2025-05-01T10:00:00.000Z");
    for (currency, text) in [
        ("eur", "19.99"),
        ("jpy", "1999"),
        ("kwd", "1.999"),
        ("isk", "19.99"),
    ] {
        let arrived = stripe("charge.succeeded", charge(currency), Value::Null).unwrap();
        assert!(
            arrived.events[0]
                .line
                .contains(&format!("\"total\":{text},")),
            "{currency}"
        );
    }
    let kept = only(stripe(
        "charge.refunded",
        charge("eur"),
        json!({"amount_refunded": 200}),
    ));
    assert_eq!(
        (&kept["event"], &kept["properties"]["total"]),
        (&"Order Refunded".into(), &json!(5.00))
    );
    let arrived = stripe("charge.refunded", charge("eur"), json!({})).unwrap();
    assert_eq!(
        arrived.refused[0].code, "bad_webhook",
        "how much it was is not known"
    );
    let mut listed = charge("eur");
    listed["refunds"] = json!({"data": [{"id": "re_2", "amount": 500, "status": "succeeded", "created": 1_746_093_700},
        {"id": "re_0", "amount": 9, "status": "failed"}, {"id": "re_1", "amount": 200, "status": "succeeded"}]});
    let arrived = stripe("charge.refunded", listed, json!({})).unwrap();
    let ids: Vec<_> = arrived
        .events
        .iter()
        .map(|event| &*event.message_id)
        .collect();
    assert_eq!(ids, ["re_2", "re_1"]);
    assert_eq!(line(&arrived, 0)["properties"]["total"], json!(5.00));
    let mut of_invoice = charge("eur");
    of_invoice["invoice"] = "in_1".into();
    assert_eq!(
        stripe("charge.succeeded", of_invoice, Value::Null)
            .unwrap()
            .ignored[0]
            .reason,
        "told_by_invoice"
    );
}

#[test]
fn subscriptions_of_stripe() {
    let of = |status: &str, amount: i64| {
        json!({"id": "sub_1", "customer": "cus_1", "status": status, "currency": "usd",
        "items": {"data": [{"quantity": 2, "price": {"id": "price_1", "unit_amount": amount}}]}})
    };
    let name = |kind: &str, object: Value, previous: Value| {
        only(stripe(
            &format!("customer.subscription.{kind}"),
            object,
            previous,
        ))["event"]
            .clone()
    };
    assert_eq!(
        name("created", of("active", 500), Value::Null),
        "Subscription Started"
    );
    assert_eq!(
        name("created", of("trialing", 500), Value::Null),
        "Trial Started"
    );
    assert_eq!(
        name("updated", of("active", 500), json!({"status": "trialing"})),
        "Subscription Started"
    );
    assert_eq!(
        name(
            "updated",
            of("active", 900),
            json!({"items": of("", 500)["items"]})
        ),
        "Subscription Upgraded"
    );
    assert_eq!(
        name(
            "updated",
            of("active", 100),
            json!({"items": of("", 500)["items"]})
        ),
        "Subscription Downgraded"
    );
    assert_eq!(
        name("updated", of("active", 100), json!({})),
        "Subscription Updated"
    );
    assert_eq!(
        name("deleted", of("canceled", 100), Value::Null),
        "Subscription Cancelled"
    );
    let invoice = json!({"id": "in_1", "customer": "cus_1", "amount_paid": 1000, "currency": "usd", "billing_reason": "subscription_cycle"});
    let arrived = stripe("invoice.paid", invoice, Value::Null).unwrap();
    assert_eq!(line(&arrived, 0)["event"], "Order Completed");
    assert_eq!(line(&arrived, 1)["event"], "Subscription Renewed");
    assert_ne!(arrived.events[0].message_id, arrived.events[1].message_id);
}

#[test]
fn what_is_a_test_does_not_count() {
    let body = r#"{"id":"evt_1","type":"charge.succeeded","livemode":false,"data":{"object":{"id":"ch"}}}"#;
    let arrived = post("/webhooks/stripe", body).unwrap();
    assert_eq!(
        (arrived.events.len(), arrived.ignored[0].reason),
        (0, "test_mode")
    );
    assert_eq!(arrived.reply.body(&[]), r#"{"success":true}"#);
}
