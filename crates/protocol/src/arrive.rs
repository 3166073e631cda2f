//! What has arrived with a request: events to keep, events refused, and what customers ask for.

use perennial_model::Time;

use crate::door::CallKind;
use crate::reply::Reply;

/// Everything that one request brought. Nothing of it is stored yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Events to keep, in the order of the request.
    pub events: Vec<Event>,
    /// Events that cannot be used, to be kept with their reasons.
    pub refused: Vec<Refused>,
    /// What is in order but must not count, such as test orders.
    pub ignored: Vec<Ignored>,
    /// What customers ask about themselves.
    pub requests: Vec<SubjectRequest>,
    /// What to answer when the log has acknowledged.
    pub reply: Reply,
}

/// An event that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the request, from 0.
    pub index: usize,
    /// One line of JSON in the shape of Segment's calls, without the end of the line. What the server
    /// adds (`receivedAt`, and what was missing) stands last; of equal keys the last one counts.
    pub line: String,
    /// Which call it is.
    pub kind: CallKind,
    /// The message id, by which an event that comes twice counts once.
    pub message_id: String,
    /// Whether the client gave it; else it is fresh, and a repetition cannot be seen.
    pub message_id_given: bool,
    /// When it happened, as the line says it.
    pub at: Time,
    /// What was mended, as codes of [`warnings`].
    pub warnings: Vec<&'static str>,
}

/// Codes for what was mended in an event.
pub mod warnings {
    /// The time could not be read, or lay outside the years 1 to 9998: the event happened when it was
    /// received, and `originalTimestamp` holds what was sent.
    pub const TIME_REPLACED: &str = "time_replaced";
    /// Half a pair of surrogates, which is no letter, stands as U+FFFD.
    pub const TEXT_MENDED: &str = "text_mended";
}

/// An event that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the request, from 0.
    pub index: usize,
    /// Its message id, if it has a good one.
    pub message_id: Option<String>,
    /// Why, as a stable code of [`crate::codes`].
    pub code: &'static str,
    /// Why, for people; holds nothing of what was sent.
    pub message: String,
    /// The event as it came, byte for byte.
    pub original: String,
}

/// What is in order but must not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Its place in the request, from 0.
    pub index: usize,
    /// Its message id, if it has one.
    pub message_id: Option<String>,
    /// Why, as a stable code: `test_mode`, `test_order`, `topic_not_used`, `no_customer`, ...
    pub reason: &'static str,
}

/// What a customer, or the shop she is known to, asks about her data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectRequest {
    /// What is asked.
    pub ask: Ask,
    /// About whom.
    pub who: Who,
    /// The message id, if the request has one.
    pub message_id: Option<String>,
}

/// What is asked about a customer's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Make it unreadable.
    Erase,
    /// Make unreadable all that came from one source.
    EraseSource,
    /// Hand it out.
    Export,
    /// Take no more of it.
    Suppress,
    /// Take it again.
    Unsuppress,
}

/// The identifiers by which a customer is named; for [`Ask::EraseSource`] all are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// The user id.
    pub user_id: Option<String>,
    /// The anonymous id.
    pub anonymous_id: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The number.
    pub phone: Option<String>,
    /// The name of the source, such as a shop's domain.
    pub source: Option<String>,
}
