//! Touchpoints: named kinds of event at a place and channel, and what of them is measured.

use crate::Rule;

/// A named kind of event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touchpoint {
    /// Its name in rules: past tense, such as `ordered`.
    pub name: String,
    /// An event is this touchpoint if any of these holds.
    pub matches: Vec<EventMatch>,
    /// Where it happens (`shop`, `app`, `inbox`), for people.
    pub place: Option<String>,
    /// By which channel (`web`, `email`, `support`), for people.
    pub channel: Option<String>,
    /// The property that is its money value, read by rules as `.value`.
    pub value: Option<String>,
    /// The property that is its rating, read as `.score`.
    pub score: Option<String>,
    /// The property that is its topic, read as `.topic`; it feeds intent.
    pub topic: Option<String>,
    /// What it counts as in standard measures.
    pub counts_as: Option<CountsAs>,
}

/// One way for an event to be a touchpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMatch {
    /// The event's name. Case, spaces, `_`, `-` and `.` make no difference.
    pub event: String,
    /// A rule over the event's properties.
    pub condition: Option<Rule>,
}

/// What a touchpoint counts as in standard measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountsAs {
    /// A purchase: frequency, recency, and value added.
    Order,
    /// Money given back: value taken away.
    Refund,
    /// A rating or review.
    Feedback,
    /// A call for help.
    Ticket,
    /// A search, view or video: interest in a topic.
    Interest,
}
