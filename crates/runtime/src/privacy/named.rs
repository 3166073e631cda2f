//! The identifiers that a call names: of no use for joining, but for telling whose call it is.

use perennial_engine::identity::compared;
use perennial_model::{Time, Zone};
use perennial_rules::project::IdentifierKind;
use serde_json::Value as Json;

/// Where a call names somebody who is known by name.
const STRONG: [&[&str]; 7] = [
    &["userId"],
    &["previousId"],
    &["traits", "email"],
    &["traits", "phone"],
    &["context", "traits", "email"],
    &["context", "traits", "phone"],
    &["properties", "email"],
];

/// The identifiers that a call names, each also in the form in which it is compared.
pub(super) struct Named {
    strong: Vec<String>,
    device: Option<String>,
    has_user: bool,
    /// When the event was received, where it says so.
    pub received_at: Option<Time>,
}

impl Named {
    /// Those of a line; nobody where it is no JSON.
    pub fn of(line: &str) -> Self {
        serde_json::from_str(line).map_or_else(|_| Self::nobody(), |call| Self::of_call(&call))
    }

    /// Those of a refused event as it is kept.
    pub fn of_refused(line: &str) -> Self {
        let kept: Json = serde_json::from_str(line).unwrap_or_default();
        let text = |key: &str| kept[key].as_str().unwrap_or_default();
        Self {
            received_at: instant(kept.get("received_at")),
            ..Self::of_failed(text("original"), text("door"))
        }
    }

    /// Those of a refused event that came by a door: some clients name the customer in the path.
    pub fn of_failed(original: &str, door: &str) -> Self {
        let mut named = Self::of_any(original);
        let parts = door.split(['/', ' ', '\n']);
        let parts = parts.filter(|part| !part.is_empty());
        named
            .strong
            .extend(parts.flat_map(|part| forms(decoded(part))));
        named
    }

    /// Those that a text of any shape may name: each of its values, or of its words where it is no JSON.
    pub fn of_any(text: &str) -> Self {
        let mut words = Vec::new();
        match serde_json::from_str(text) {
            Ok(call) => collect(&call, &mut words),
            Err(_) => {
                let is_between = |letter: char| {
                    letter.is_whitespace()
                        || letter.is_control()
                        || "\"'{}[](),;:&=<>".contains(letter)
                };
                words.extend(text.split(is_between).map(str::to_owned));
            }
        }
        words.retain(|word| !word.is_empty());
        Self {
            strong: words.into_iter().flat_map(forms).collect(),
            ..Self::nobody()
        }
    }

    fn nobody() -> Self {
        Self {
            strong: Vec::new(),
            device: None,
            has_user: false,
            received_at: None,
        }
    }

    fn of_call(call: &Json) -> Self {
        let text = |way: &[&str]| {
            let found = way.iter().try_fold(call, |at, key| at.get(key));
            let id = found.and_then(Json::as_str).map(str::trim);
            id.filter(|id| !id.is_empty()).map(str::to_owned)
        };
        Self {
            strong: STRONG
                .iter()
                .filter_map(|way| text(way))
                .flat_map(forms)
                .collect(),
            device: text(&["anonymousId"]),
            has_user: text(&["userId"]).is_some(),
            received_at: instant(call.get("receivedAt")),
        }
    }

    /// Whether the call is somebody's, by her identifiers. A device that several share says whose call it
    /// is only where nothing else does.
    pub fn is_of(&self, is_hers: &dyn Fn(&str) -> bool) -> bool {
        let by_device = || self.device.as_deref().is_some_and(is_hers) && !self.has_user;
        self.strong.iter().any(|id| is_hers(id)) || by_device()
    }
}

/// A part of a path with its `%XX` written as what they stand for.
fn decoded(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some(letter) = rest.chars().next() {
        let hex = rest.strip_prefix('%').and_then(|hex| hex.get(..2));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.extend_from_slice(&rest.as_bytes()[..letter.len_utf8()]);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn instant(said: Option<&Json>) -> Option<Time> {
    Time::parse(said?.as_str()?, &Zone::utc()).ok()
}

/// All values in a value, as texts.
fn collect(value: &Json, words: &mut Vec<String>) {
    match value {
        Json::String(text) => words.push(text.trim().to_owned()),
        Json::Number(number) => words.push(number.to_string()),
        Json::Array(values) => values.iter().for_each(|value| collect(value, words)),
        Json::Object(values) => values.values().for_each(|value| collect(value, words)),
        Json::Null | Json::Bool(_) => {}
    }
}

/// An identifier as it stands, and in the forms in which addresses and phone numbers are compared.
pub(super) fn forms(id: String) -> Vec<String> {
    let mut forms = Vec::new();
    if id.contains('@') {
        forms.push(compared(IdentifierKind::Email, &id).into_owned());
    }
    if id.starts_with('+') || id.starts_with(|letter: char| letter.is_ascii_digit()) {
        forms.push(compared(IdentifierKind::Phone, &id).into_owned());
    }
    forms.push(id);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found_in_the_forms_in_which_they_are_compared() {
        let call = r#"{"userId":" u1 ","traits":{"email":"A@X.org","phone":"+33 6 12"}}"#;
        for id in ["u1", "A@X.org", "a@x.org", "+33612"] {
            assert!(Named::of(call).is_of(&|known| known == id), "{id}");
        }
    }

    #[test]
    fn a_text_of_any_shape_names_what_stands_in_it() {
        for text in [
            r#"{"customer":{"id":7,"mails":["A@x.org "]}}"#,
            r#"{"customer":{"id":7,,"mail":"a@x.org"}"#,
            "id=7&mail=a@x.org",
        ] {
            for id in ["7", "a@x.org"] {
                assert!(
                    Named::of_any(text).is_of(&|known| known == id),
                    "{id}: {text}"
                );
            }
            assert!(!Named::of_any(text).is_of(&|known| known.is_empty()));
        }
    }

    #[test]
    fn a_refused_event_names_who_stands_in_its_path() {
        let kept = r#"{"original":"{}","door":"POST /api/v1/customers/ada%40X.org/events"}"#;
        assert!(Named::of_refused(kept).is_of(&|known| known == "ada@x.org"));
        assert_eq!(decoded("a%2Bé%zz%"), "a+é%zz%");
    }

    #[test]
    fn a_shared_device_makes_nobody_of_another_user() {
        let is_tablet = |id: &str| id == "tablet";
        assert!(Named::of(r#"{"anonymousId":"tablet"}"#).is_of(&is_tablet));
        assert!(!Named::of(r#"{"anonymousId":"tablet","userId":"bert"}"#).is_of(&is_tablet));
    }
}
