//! What is too much: the limits of one request and of one event.

use crate::codes;
use crate::fault::Fault;

/// Most bytes of a body as it comes, before it is inflated.
pub const MAX_SENT_BYTES: usize = 5 * 1024 * 1024;
/// Most bytes of a body when it is inflated.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Most events of one request.
pub const MAX_BATCH_EVENTS: usize = 10_000;
/// Most bytes of one event, as it was sent.
pub const MAX_EVENT_BYTES: usize = 32 * 1024;
/// Most objects and lists within each other in one event, itself counted.
pub const MAX_EVENT_DEPTH: usize = 64;
/// Most keys of one event, those of objects in it counted.
pub const MAX_EVENT_KEYS: usize = 2_000;
/// Most bytes of a customer's identifier.
pub const MAX_ID_BYTES: usize = 512;
/// Most bytes of an event's name.
pub const MAX_NAME_BYTES: usize = 512;
/// Most bytes of a message id.
pub const MAX_MESSAGE_ID_BYTES: usize = 256;

/// The limits that an operator may set; the defaults are the constants of this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a body as it comes.
    pub sent_bytes: usize,
    /// Most bytes of a body when it is inflated; 4 GiB at most.
    pub body_bytes: usize,
    /// Most events of one request.
    pub batch_events: usize,
    /// Most bytes of one event.
    pub event_bytes: usize,
    /// Most levels of one event.
    pub event_depth: usize,
    /// Most keys of one event.
    pub event_keys: usize,
    /// Most bytes of a customer's identifier.
    pub id_bytes: usize,
    /// Most bytes of an event's name.
    pub name_bytes: usize,
    /// Most bytes of a message id.
    pub message_id_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sent_bytes: MAX_SENT_BYTES,
            body_bytes: MAX_BODY_BYTES,
            batch_events: MAX_BATCH_EVENTS,
            event_bytes: MAX_EVENT_BYTES,
            event_depth: MAX_EVENT_DEPTH,
            event_keys: MAX_EVENT_KEYS,
            id_bytes: MAX_ID_BYTES,
            name_bytes: MAX_NAME_BYTES,
            message_id_bytes: MAX_MESSAGE_ID_BYTES,
        }
    }
}

impl Limits {
    /// A body must be within its limit, and its places within 32 bits.
    pub(crate) fn admit(&self, body: &[u8]) -> Result<(), Fault> {
        if body.len() > self.body_bytes.min(u32::MAX as usize) {
            return Err(self.too_large());
        }
        Ok(())
    }

    /// The fault of a body beyond its limit.
    pub(crate) fn too_large(&self) -> Fault {
        let most = self.body_bytes;
        let message = format!("the body is larger than {most} bytes: send fewer events at once");
        Fault::new(413, codes::TOO_LARGE, message)
    }
}
