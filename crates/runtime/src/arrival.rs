//! What arrives in one request: good events as lines, and those that were refused.

use perennial_model::Time;

/// The events of one request, checked and stamped.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    /// When it arrived, as its lines say, by [`crate::Workspace::now`].
    pub received_at: Time,
    /// Good events: one JSON object a line in the shape of a Segment call, with its message id and
    /// when it was received.
    pub lines: Vec<String>,
    /// Events that were refused; they are kept with their reason.
    pub failed: Vec<Failed>,
}

/// An event that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Its message id, as far as it could be told.
    pub message_id: Option<String>,
    /// Why, as a stable code.
    pub code: String,
    /// Why, for people.
    pub message: String,
    /// The event as it came, byte for byte; bytes that are no UTF-8 as replacement characters.
    pub original: String,
    /// By which door it came, so that it can be read again as it was: method and path of its request, and
    /// the headers that say what it is, a line each. None where it came by no door.
    pub door: Option<String>,
}
