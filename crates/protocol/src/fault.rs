//! Why a whole request is refused, and the body that says so.

use crate::scan::{MAX_BODY_DEPTH, Wrong};
use crate::text::quote;

/// The stable codes of faults and of refused events. They are contract.
pub mod codes {
    /// The body is empty or not JSON (400).
    pub const BAD_JSON: &str = "bad_json";
    /// There is no list of events where one must be (400).
    pub const BAD_BATCH: &str = "bad_batch";
    /// A body that cannot be inflated, or is no UTF-8 (400).
    pub const BAD_ENCODING: &str = "bad_encoding";
    /// A `Content-Encoding` that is not read (415).
    pub const UNSUPPORTED_ENCODING: &str = "unsupported_encoding";
    /// Too many bytes: of the body (413), or of one event.
    pub const TOO_LARGE: &str = "too_large";
    /// More events than one request may bring (413).
    pub const TOO_MANY_EVENTS: &str = "too_many_events";
    /// Objects within objects beyond the limit: of the body (400), or of one event.
    pub const TOO_DEEP: &str = "too_deep";
    /// No such path (404).
    pub const NOT_FOUND: &str = "not_found";
    /// A path that does not take this method (405).
    pub const METHOD_NOT_ALLOWED: &str = "method_not_allowed";
    /// No key, or one that opens nothing (401).
    pub const UNAUTHORIZED: &str = "unauthorized";
    /// A webhook whose signature is missing, wrong or old (401).
    pub const BAD_SIGNATURE: &str = "bad_signature";
    /// An event that is no object.
    pub const NOT_AN_OBJECT: &str = "not_an_object";
    /// An event whose `type` is missing or unknown.
    pub const UNKNOWN_TYPE: &str = "unknown_type";
    /// An event of nobody.
    pub const MISSING_ID: &str = "missing_id";
    /// An identifier that is no text, or holds what no identifier may hold.
    pub const BAD_ID: &str = "bad_id";
    /// A message id that is no text, empty, or holds control characters.
    pub const BAD_MESSAGE_ID: &str = "bad_message_id";
    /// A tracked event without a name.
    pub const MISSING_EVENT: &str = "missing_event";
    /// An event name that is no text.
    pub const BAD_EVENT: &str = "bad_event";
    /// An identifier, a name or a message id beyond its limit.
    pub const TOO_LONG: &str = "too_long";
    /// More keys than one event may have.
    pub const TOO_MANY_KEYS: &str = "too_many_keys";
    /// A webhook whose body lacks what its topic needs (400).
    pub const BAD_WEBHOOK: &str = "bad_webhook";
}

/// Why a whole request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong and what to do, for people; never holds what was sent.
    pub message: String,
    /// Seconds after which to try again, for `Retry-After`.
    pub retry_after_s: Option<u32>,
    /// The methods that the path takes, for `Allow`.
    pub allow: Option<&'static str>,
}

impl Fault {
    /// A fault with its status, code and message.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after_s: None,
            allow: None,
        }
    }

    /// The fault of a key that is missing or opens nothing; the same for both.
    pub fn unauthorized() -> Self {
        let message = "the write key is missing or unknown";
        Self::new(401, codes::UNAUTHORIZED, message)
    }

    /// The body that says so: JSON with `code` and `message`, and the request's id where it has one.
    pub fn body(&self, request_id: Option<&str>) -> String {
        let mut out = String::from("{\"code\":");
        quote(self.code, &mut out);
        out.push_str(",\"message\":");
        quote(&self.message, &mut out);
        if let Some(id) = request_id {
            out.push_str(",\"request_id\":");
            quote(id, &mut out);
        }
        out.push('}');
        out
    }
}

impl From<Wrong> for Fault {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Json(what, at) => {
                let message = format!("the body is not JSON: {what} at byte {at}");
                Self::new(400, codes::BAD_JSON, message)
            }
            Wrong::Depth => {
                let message = format!("objects lie deeper within each other than {MAX_BODY_DEPTH}");
                Self::new(400, codes::TOO_DEEP, message)
            }
        }
    }
}
