//! Paths and methods.

use perennial_protocol::{CallKind, CustomerioVerb, Door, Fault, NoDoor, door, methods};

#[test]
fn paths_lead_to_their_doors() {
    use Door::*;
    let track = CallKind::Track;
    for (method, path, expected) in [
        ("POST", "/v1/batch", SegmentBatch { short: false }),
        ("POST", "/v1/batch/", SegmentBatch { short: false }),
        ("POST", "//v1//import", SegmentBatch { short: false }),
        ("POST", "/v1/b", SegmentBatch { short: true }),
        (
            "POST",
            "/v1/track",
            SegmentOne {
                kind: track,
                short: false,
            },
        ),
        (
            "POST",
            "/v1/t/",
            SegmentOne {
                kind: track,
                short: true,
            },
        ),
        (
            "POST",
            "/v1/a",
            SegmentOne {
                kind: CallKind::Alias,
                short: true,
            },
        ),
        (
            "POST",
            "/v1/g",
            SegmentOne {
                kind: CallKind::Group,
                short: true,
            },
        ),
        ("POST", "/v1/m", SegmentMetrics),
        ("GET", "/v1/projects/wk/settings", SegmentSettings),
        ("GET", "/sourceConfig/", RudderstackSettings),
        (
            "POST",
            "/api/s/s2s/track",
            JitsuOne {
                kind: track,
                server: true,
            },
        ),
        (
            "POST",
            "/api/s/track",
            JitsuOne {
                kind: track,
                server: false,
            },
        ),
        ("POST", "/api/public/apps/batch", DittofeedBatch),
        ("POST", "/api/public/apps/track", DittofeedOne(track)),
        ("POST", "/batch/", PosthogCapture),
        ("POST", "/e/", PosthogCapture),
        ("POST", "/i/v0/e/", PosthogCapture),
        ("POST", "/i/v1/analytics/events", PosthogV1),
        ("GET", "/array/phc_x/config", PosthogConfig),
        ("GET", "/array/phc_x/config.js", PosthogConfigScript),
        ("POST", "/flags/", PosthogFlags),
        (
            "PUT",
            "/api/v1/customers/5",
            Customerio(CustomerioVerb::Identify),
        ),
        (
            "DELETE",
            "/api/v1/customers/5",
            Customerio(CustomerioVerb::Delete),
        ),
        (
            "POST",
            "/api/v1/customers/5/events",
            Customerio(CustomerioVerb::Track),
        ),
        (
            "POST",
            "/api/v1/events",
            Customerio(CustomerioVerb::TrackAnonymous),
        ),
        (
            "POST",
            "/api/v1/merge_customers",
            Customerio(CustomerioVerb::Merge),
        ),
        ("POST", "/com.snowplowanalytics.snowplow/tp2", SnowplowPost),
        ("GET", "/i", SnowplowGet),
        ("POST", "/v1/webhooks/shopify", Shopify),
        ("POST", "/webhooks/stripe/wk_1", Stripe),
    ] {
        assert_eq!(door(method, path), Ok(expected), "{method} {path}");
    }
}

#[test]
fn other_paths_and_methods_lead_nowhere() {
    for path in [
        "/",
        "",
        "/v1",
        "/v2/batch",
        "/v1/batch/x",
        "/v1/../batch",
        "/../..",
        "/v1/%62atch",
        "/v1/batch\0",
        "/api/s/s2s/nothing",
        "/a/b/c/d/e/f/g/h",
    ] {
        assert_eq!(door("POST", path), Err(NoDoor::NotFound), "{path}");
        assert_eq!(methods(path), None);
    }
    for (method, path, allow) in [
        ("GET", "/v1/batch", "POST"),
        ("TRACE", "/v1/batch", "POST"),
        ("post", "/v1/batch", "POST"),
        ("POST", "/api/v1/customers/5", "PUT, DELETE"),
        ("PUT", "/flags", "GET, POST"),
    ] {
        let no = door(method, path).unwrap_err();
        assert_eq!(no, NoDoor::WrongMethod(allow), "{method} {path}");
        assert_eq!(methods(path), Some(allow));
        let fault = Fault::from(no);
        assert_eq!((fault.status, fault.allow), (405, Some(allow)));
    }
    let body = Fault::from(NoDoor::NotFound).body(Some("r-1"));
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&body["code"], &body["request_id"]),
        (&"not_found".into(), &"r-1".into())
    );
    assert!(body["message"].is_string());
}
