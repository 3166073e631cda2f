//! Refused events driven again: each is read as it was when it came, by the door it came by.

use perennial_model::{Time, Zone};
use perennial_protocol::{CustomerioVerb as Verb, Door, door};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::parcel::Parcel;

/// Most bytes of what is kept of a request's head.
const MAX_HEAD_BYTES: usize = 4096;
/// What begins the headers that say what a webhook is, and the one that is a signature.
const SAYING: &str = "x-shopify-";
const SIGNATURE: &str = "x-shopify-hmac-sha256";
/// Where Snowplow's events come in a body, also those that came in a query.
const SNOWPLOW: (&str, &str) = ("POST", "/com.snowplowanalytics.snowplow/tp2");

impl Parcel {
    /// The door that it came by, as it is kept with refused events: method, path, and headers that say what
    /// it is. No query, for it may hold a key.
    pub fn head(&self) -> Option<String> {
        let mut head = format!("{} {}", self.method, self.path);
        for (name, value) in &self.headers {
            if name.starts_with(SAYING) && name != SIGNATURE {
                head.push_str(&format!("\n{name}: {value}"));
            }
        }
        (head.len() <= MAX_HEAD_BYTES).then_some(head)
    }

    /// A refused event as it is kept, as if it came once more, and when it came first. What was kept without
    /// its door is in Segment's shape.
    pub fn again(kept: &Value) -> Option<(Self, Option<Time>)> {
        let original = kept["original"].as_str()?;
        let mut parcel = match kept["door"].as_str() {
            Some(head) => Self::through(head, original)?,
            None => Self::made(original),
        };
        let received_at = kept["received_at"].as_str();
        // What has no message id gets one of what it is, so that it counts once, however often it is driven.
        let known = (&kept["position"], received_at, original);
        let hash = Sha256::digest(format!("{known:?}").as_bytes());
        let hash: String = hash
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        parcel.seed = Some(format!("retry-{hash}"));
        let received_at = received_at.and_then(|text| Time::parse(text, &Zone::utc()).ok());
        Some((parcel, received_at))
    }

    fn through(head: &str, original: &str) -> Option<Self> {
        let mut lines = head.lines();
        let (method, path) = lines.next()?.split_once(' ')?;
        let (method, path) = match door(method, path).ok()? {
            Door::SnowplowGet => SNOWPLOW,
            _ => (method, path),
        };
        let door = door(method, path).ok()?;
        // Each door takes one event in the place where it takes many.
        let body = match door {
            Door::SegmentBatch { .. }
            | Door::JitsuBatch { .. }
            | Door::DittofeedBatch
            | Door::PosthogCapture
            | Door::PosthogV1
            | Door::Customerio(Verb::Batch) => format!("{{\"batch\":[{original}]}}"),
            Door::SnowplowPost => format!("{{\"data\":[{original}]}}"),
            _ => original.to_owned(),
        };
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut parcel = Self::made("");
        parcel.door = door;
        method.clone_into(&mut parcel.method);
        path.clone_into(&mut parcel.path);
        parcel.headers = headers.collect();
        parcel.body = body.into_bytes();
        Some(parcel)
    }
}
