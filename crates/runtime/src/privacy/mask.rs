//! Answers without personal values, for who may read but not see them.
//!
//! What is personal is said by the project's `pii`: names of traits and properties, and kinds of
//! identifiers. Values under such names are masked, and wherever else in the answer they stand.

use perennial_rules::project::normalize_event_name;
use serde_json::Value as Json;

use perennial_engine::identity::kind_name;

use crate::state::State;
use crate::{AskError, Whose};

/// What stands in the place of a personal value. Nothing of the value is left: the end of a short one
/// would say most of it.
pub(crate) const MASKED: &str = "***";
/// Bytes from which a value is looked for within longer texts.
const MIN_WITHIN_BYTES: usize = 4;

/// What is personal in an answer.
pub(crate) struct Mask {
    /// Names, in the form in which they are compared.
    names: Vec<String>,
    /// The customer's values under these names, longest first.
    values: Vec<String>,
}

impl Mask {
    /// What is personal in answers about a customer, or about many.
    ///
    /// # Errors
    /// [`AskError::Failed`].
    pub fn of(state: &mut State, who: Option<&Whose>) -> Result<Self, AskError> {
        let failed =
            |error: perennial_store::shelf::ShelfError| AskError::Failed(error.to_string());
        let names = state.book.project.pii.iter();
        let mut mask = Self {
            names: names.map(|name| normalize_event_name(name)).collect(),
            values: Vec::new(),
        };
        if mask.names.is_empty() {
            return Ok(mask);
        }
        let Some(who) = who else {
            return Ok(mask);
        };
        let Some(slot) = state.find(who).map_err(failed)? else {
            return Ok(mask);
        };
        let nodes = state.nodes_of(slot).map_err(failed)?;
        for &node in &nodes {
            for one in state.traits(node).map_err(failed)? {
                if mask.has(&one.name) {
                    let value = serde_json::from_str(&one.value).unwrap_or_default();
                    collect(&value, &mut mask.values);
                }
            }
        }
        for (rank, id, _) in state.identifiers(&nodes).map_err(failed)? {
            if mask.has(kind_name(rank)) {
                mask.values.push(id.into());
            }
        }
        mask.values.retain(|value| !value.is_empty());
        mask.values
            .sort_by_key(|value| std::cmp::Reverse(value.len()));
        Ok(mask)
    }

    /// Masks an answer.
    pub fn apply(&self, answer: &mut Json) {
        if !self.names.is_empty() {
            self.visit(answer);
        }
    }

    fn has(&self, name: &str) -> bool {
        // Traits within traits stand side by side: `address.street`.
        let within = name.split('.').map(normalize_event_name);
        let whole = std::iter::once(normalize_event_name(name));
        let mut all = whole.chain(within);
        all.any(|name| self.names.contains(&name))
    }

    fn visit(&self, answer: &mut Json) {
        match answer {
            Json::Object(entries) => {
                // `{"kind":"email","identifier":...}`, and `{"figure":"trait('email')","value":...}`.
                let kind = entries.get("kind").and_then(Json::as_str);
                let is_personal = kind.is_some_and(|kind| self.has(kind));
                let figure = entries.get("figure").and_then(Json::as_str);
                let figure = figure.map(normalize_event_name).unwrap_or_default();
                let shows = self.names.iter().any(|name| figure.contains(name.as_str()));
                for (name, value) in entries.iter_mut() {
                    let hides = self.has(name)
                        || is_personal && name == "identifier"
                        || shows && name == "value"
                        || matches!(name.as_str(), "customer" | "next") && self.is_address(value);
                    if !hides {
                        self.visit(value);
                    } else if !value.is_null() {
                        *value = MASKED.into();
                    }
                }
            }
            Json::Array(values) => values.iter_mut().for_each(|value| self.visit(value)),
            Json::String(text) => self.visit_text(text),
            Json::Number(number) if self.values.contains(&number.to_string()) => {
                *answer = MASKED.into();
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    fn visit_text(&self, text: &mut String) {
        for value in &self.values {
            if text == value {
                MASKED.clone_into(text);
            } else if value.len() >= MIN_WITHIN_BYTES && text.contains(value.as_str()) {
                *text = text.replace(value.as_str(), MASKED);
            }
        }
    }

    /// Whether a customer's id is what she is written to by, and that is personal.
    fn is_address(&self, id: &Json) -> bool {
        let id = id.as_str().unwrap_or_default();
        let is_phone = id.len() > 1
            && id.starts_with('+')
            && id.bytes().skip(1).all(|byte| byte.is_ascii_digit());
        id.contains('@') && self.has("email") || is_phone && self.has("phone")
    }
}

/// All texts and numbers in a value.
fn collect(value: &Json, found: &mut Vec<String>) {
    match value {
        Json::String(text) => found.push(text.clone()),
        // Small numbers stand everywhere, and say nothing.
        Json::Number(number) if number.to_string().len() >= MIN_WITHIN_BYTES => {
            found.push(number.to_string());
        }
        Json::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Json::Object(values) => values.values().for_each(|value| collect(value, found)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_kinds_figures_and_values_are_masked() {
        let mask = Mask {
            names: ["email", "firstname", "phone"].map(str::to_owned).to_vec(),
            values: vec!["ada@x.org".to_owned(), "Ada".to_owned()],
        };
        let mut answer = json!({
            "customer": "ada@x.org",
            "identifiers": [{"kind": "email", "identifier": "a@x.org"}, {"kind": "user", "identifier": "7"}],
            "traits": {"First_Name": "Ada", "E-Mail": ["x"], "city": "Ada", "note": "for ada@x.org, Ada"},
            "findings": [{"figure": "trait('first name')", "value": "A"}, {"figure": "age()", "value": 7}],
            "members": [{"customer": "+3361"}, {"customer": "u@1"}, {"customer": "u1"}],
            "next": null,
        });
        mask.apply(&mut answer);
        assert_eq!(
            answer,
            json!({
                "customer": MASKED,
                "identifiers": [{"kind": "email", "identifier": MASKED}, {"kind": "user", "identifier": "7"}],
                "traits": {"First_Name": MASKED, "E-Mail": MASKED, "city": MASKED, "note": "for ***, Ada"},
                "findings": [{"figure": "trait('first name')", "value": MASKED}, {"figure": "age()", "value": 7}],
                "members": [{"customer": MASKED}, {"customer": MASKED}, {"customer": "u1"}],
                "next": null,
            })
        );
    }
}
