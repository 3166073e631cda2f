//! Consents: what a customer allows by channel and purpose, as events say.
//!
//! The event is `Consent Set` with the properties `channel`, `purpose` and `status` (`granted` or
//! `denied`). The latest by event time holds; of two at one instant the denial does. That goes for all
//! identifiers of a customer together, so who denies under one name is not asked under another.

use std::collections::BTreeMap;

use perennial_model::Time;
use perennial_rules::project::normalize_event_name;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::node::Node;

/// The event, in the form in which names are compared.
const EVENT: &str = "consentset";
/// Most consents kept of an identifier: the first by channel and purpose.
const MAX_CONSENTS: usize = 200;
/// Most bytes of a channel or a purpose.
const MAX_WORD_BYTES: usize = 100;

/// What was said last of a channel and a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub channel: Box<str>,
    pub purpose: Box<str>,
    pub granted: bool,
    pub at_ms: i64,
}

impl Consent {
    /// What an event says of consent; nothing where it is another, or says it badly. One dated later than
    /// it was received holds from then on.
    pub fn of(event: &str, line: &str, at: Time, received_at: Option<Time>) -> Option<Self> {
        // Nearly all events are others, which their first letter or their length tells.
        let first = event.bytes().find(u8::is_ascii_alphanumeric);
        let may_be = matches!(first, Some(b'c' | b'C')) && event.len() <= 2 * EVENT.len();
        if !may_be || normalize_event_name(event) != EVENT {
            return None;
        }
        let call: Json = serde_json::from_str(line).ok()?;
        let said = &call["properties"];
        let word = |name: &str| {
            let word = said[name].as_str()?.trim().to_lowercase();
            (1..=MAX_WORD_BYTES).contains(&word.len()).then_some(word)
        };
        let granted = match &*word("status")? {
            "granted" => true,
            "denied" => false,
            _ => return None,
        };
        Some(Self {
            channel: word("channel")?.into(),
            purpose: word("purpose")?.into(),
            granted,
            at_ms: at.min(received_at.unwrap_or(at)).ms(),
        })
    }

    fn key(&self) -> (&str, &str) {
        (&self.channel, &self.purpose)
    }

    /// Whether it holds rather than another.
    fn outdoes(&self, other: &Self) -> bool {
        (self.at_ms, !self.granted) > (other.at_ms, !other.granted)
    }
}

impl Node {
    /// Takes in a consent, unless something later is known.
    pub fn set_consent(&mut self, consent: Consent) {
        match self
            .consents
            .binary_search_by(|known| known.key().cmp(&consent.key()))
        {
            Ok(place) if consent.outdoes(&self.consents[place]) => self.consents[place] = consent,
            Ok(_) => {}
            Err(place) => {
                self.consents.insert(place, consent);
                // Always the last by name, so that the order of arrival changes nothing.
                self.consents.truncate(MAX_CONSENTS);
            }
        }
    }
}

/// What holds of the consents of all identifiers of a customer, by channel and purpose.
pub(crate) fn in_force(all: Vec<Consent>) -> Vec<Consent> {
    let mut latest: BTreeMap<(Box<str>, Box<str>), Consent> = BTreeMap::new();
    for one in all {
        let key = (one.channel.clone(), one.purpose.clone());
        let known = latest.get(&key);
        if known.is_none_or(|known| one.outdoes(known)) {
            latest.insert(key, one);
        }
    }
    latest.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consent(purpose: &str, granted: bool, at_ms: i64) -> Consent {
        Consent {
            channel: "email".into(),
            purpose: purpose.into(),
            granted,
            at_ms,
        }
    }

    #[test]
    fn the_latest_holds_and_a_denial_at_its_instant() {
        let (grant, denial, later) = (
            consent("ads", true, 5),
            consent("ads", false, 5),
            consent("ads", true, 6),
        );
        for order in [
            [&grant, &denial, &later],
            [&later, &denial, &grant],
            [&denial, &later, &grant],
        ] {
            let mut node = Node::new(0, "ada");
            for one in order {
                node.set_consent(one.clone());
            }
            assert_eq!(node.consents, vec![later.clone()]);
            assert_eq!(
                in_force(order.map(Clone::clone).to_vec()),
                vec![later.clone()]
            );
        }
        assert_eq!(
            in_force(vec![grant.clone(), denial.clone()]),
            vec![denial.clone()]
        );
        assert_eq!(in_force(vec![denial.clone(), grant]), [denial]);
    }

    #[test]
    fn as_many_as_can_be_kept_are_the_same_in_any_order() {
        let all: Vec<Consent> = (0..300)
            .map(|n| consent(&format!("p{n:03}"), true, n))
            .collect();
        let (mut one, mut other) = (Node::new(0, "a"), Node::new(0, "a"));
        all.iter()
            .for_each(|consent| one.set_consent(consent.clone()));
        all.iter()
            .rev()
            .for_each(|consent| other.set_consent(consent.clone()));
        assert_eq!(one.consents, other.consents);
        assert_eq!(one.consents.len(), MAX_CONSENTS);
    }

    #[test]
    fn only_what_is_said_well_counts() {
        let line = |status: &str| {
            format!(
                r#"{{"properties":{{"channel":" Email","purpose":"ads","status":"{status}"}}}}"#
            )
        };
        let of = |event: &str, line: &str| Consent::of(event, line, Time(9), Some(Time(7)));
        let said = of("consent_set", &line("denied")).expect("a consent");
        assert_eq!(said, consent("ads", false, 7));
        assert_eq!(of("Consent Set", &line("maybe")), None);
        assert_eq!(of("Consent Sent", &line("denied")), None);
        assert_eq!(of("Consent Set", "{}"), None);
    }
}
