//! Retention: how long a server keeps the content of events.

use perennial_model::Duration;

use super::normalize_event_name;

/// How long the content of events is kept: then properties that no rule reads, and context, go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// By the names of events, as written; `None` is for ever.
    pub events: Vec<(String, Option<Duration>)>,
    /// For all others; `None` is for ever.
    pub default: Option<Duration>,
}

impl Retention {
    /// Whether anything is ever to go.
    pub fn is_for_ever(&self) -> bool {
        self.default.is_none() && self.events.iter().all(|(_, kept)| kept.is_none())
    }

    /// How long the content of an event is kept; `None` is for ever.
    pub fn of(&self, event: &str) -> Option<Duration> {
        if self.events.is_empty() {
            return self.default;
        }
        let event = normalize_event_name(event);
        let known = self.events.iter();
        let mut known = known.filter(|(name, _)| normalize_event_name(name) == event);
        known.next().map_or(self.default, |(_, kept)| *kept)
    }
}
