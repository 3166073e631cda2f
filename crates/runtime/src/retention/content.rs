//! A line without its content: who, what and when stay, and what rules read; all else goes.

use std::collections::{BTreeMap, BTreeSet};

use perennial_batch::read::{AMOUNTS, MEANT};
use perennial_rules::Machine;
use serde_json::value::RawValue;

/// Traits by which people are told apart.
const IDENTIFYING: [&str; 2] = ["email", "phone"];
/// The key of what is said about a line, which no rule reads, and what says that its content is gone.
const ABOUT: &str = "_metadata";
const GONE: &str = r#"{"content":"gone"}"#;

/// A JSON object whose values stand as they are written.
type Object = BTreeMap<String, Box<RawValue>>;

/// What rules read of events.
pub(super) struct Wanted {
    properties: BTreeSet<String>,
    traits: BTreeSet<String>,
}

/// A line without its content.
pub(super) struct Emptied {
    pub line: String,
    /// Whether traits went that no rule reads, but profiles show.
    pub lost_traits: bool,
}

/// Whether the content of a line has gone, so that it cannot be compared with another.
pub(crate) fn is_emptied(line: &str) -> bool {
    line.contains(GONE)
}

impl Wanted {
    /// What compiled rules read.
    pub fn of(machine: &Machine) -> Self {
        let names = |of_traits: bool| {
            let slots = machine.slots.iter();
            let slots = slots.filter(move |slot| slot.is_trait == of_traits);
            slots.map(|slot| slot.name.clone())
        };
        let mut properties: BTreeSet<String> = names(false).collect();
        // Money is the first of these that is a number.
        if AMOUNTS.iter().any(|name| properties.contains(*name)) {
            properties.extend(AMOUNTS.map(str::to_owned));
        }
        let mut traits: BTreeSet<String> = names(true).collect();
        traits.extend(IDENTIFYING.map(str::to_owned));
        Self { properties, traits }
    }

    /// A line without its content; nothing where it has none, or is no JSON object.
    pub fn emptied(&self, line: &str) -> Option<Emptied> {
        let call: Object = serde_json::from_str(line).ok()?;
        let mut left = Object::new();
        let mut lost_traits = false;
        for (key, value) in &call {
            let kept = match key.as_str() {
                key if MEANT.contains(&key) => Some(value.clone()),
                "properties" => children(value, |key, value| part(&self.properties, key, value)),
                "traits" => self.traits_of(value, &mut lost_traits),
                "context" => children(value, |key, value| match key {
                    "traits" => self.traits_of(value, &mut lost_traits),
                    "campaign" => part(&self.properties, key, value),
                    key => part(&self.properties, &format!("context.{key}"), value),
                }),
                ABOUT => None,
                key => part(&self.properties, key, value),
            };
            if let Some(kept) = kept {
                left.insert(key.clone(), kept);
            }
        }
        let gone = RawValue::from_string(GONE.to_owned()).ok()?;
        left.insert(ABOUT.to_owned(), gone);
        let emptied = serde_json::to_string(&left).ok()?;
        (emptied != line).then_some(Emptied {
            line: emptied,
            lost_traits,
        })
    }

    fn traits_of(&self, value: &RawValue, lost: &mut bool) -> Option<Box<RawValue>> {
        let kept = children(value, |key, value| part(&self.traits, key, value));
        *lost |= kept.as_ref().map_or("{}", |kept| kept.get()) != value.get();
        kept
    }
}

/// An object with what is kept of its values; nothing where none is.
fn children(
    value: &RawValue,
    mut keep: impl FnMut(&str, &RawValue) -> Option<Box<RawValue>>,
) -> Option<Box<RawValue>> {
    let values: Object = serde_json::from_str(value.get()).ok()?;
    let kept = values.iter();
    let kept = kept.filter_map(|(key, value)| Some((key.clone(), keep(key, value)?)));
    let kept: Object = kept.collect();
    if kept.is_empty() {
        return None;
    }
    serde_json::value::to_raw_value(&kept).ok()
}

/// What is wanted of a value: all of it, some of what is in it, or nothing.
fn part(wanted: &BTreeSet<String>, name: &str, value: &RawValue) -> Option<Box<RawValue>> {
    if wanted.contains(name) {
        return Some(value.to_owned());
    }
    let within = format!("{name}.");
    let next = wanted.range(within.clone()..).next();
    if !next.is_some_and(|next| next.starts_with(&within)) {
        return None;
    }
    children(value, |key, value| {
        part(wanted, &format!("{name}.{key}"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Wanted {
            properties: set(&["amount", "campaign.source", "context.page.path", "plan"]),
            traits: set(&["email", "country"]),
        }
    }

    #[test]
    fn what_rules_read_stays_as_it_is_written() {
        let line = r#"{"type":"track","event":"E","userId":"u","messageId":"m","plan":"x","other":1,
            "properties":{"amount":40.10,"note":"secret"},"integrations":{"All":true},
            "context":{"ip":"secret","campaign":{"source":"s","name":"n"},"page":{"path":"/","url":"u"},
            "traits":{"email":"a@x.org","city":"secret"}},"receivedAt":"2025-01-01T00:00:00Z"}"#;
        let left = wanted().emptied(line).expect("content");
        assert_eq!(
            left.line,
            r#"{"_metadata":{"content":"gone"},"context":{"campaign":{"source":"s"},"page":{"path":"/"},"traits":{"email":"a@x.org"}},"event":"E","messageId":"m","plan":"x","properties":{"amount":40.10},"receivedAt":"2025-01-01T00:00:00Z","type":"track","userId":"u"}"#
        );
        assert!(left.lost_traits && is_emptied(&left.line) && !is_emptied(line));
        assert!(wanted().emptied(&left.line).is_none(), "once is enough");
        assert!(wanted().emptied("no JSON").is_none());
    }

    #[test]
    fn traits_that_stay_are_not_lost() {
        let line = r#"{"type":"track","context":{"traits":{"country":"FR"}},"properties":{"a":1}}"#;
        let left = wanted().emptied(line).expect("content");
        assert!(!left.lost_traits, "{}", left.line);
    }
}
