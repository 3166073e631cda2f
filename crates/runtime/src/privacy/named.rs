//! The identifiers that a call names: of no use for joining, but for telling whose call it is.

use perennial_engine::identity::compared;
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
}

impl Named {
    /// Those of a line; nobody where it is no JSON.
    pub fn of(line: &str) -> Self {
        serde_json::from_str(line).map_or_else(|_| Self::nobody(), |call| Self::of_call(&call))
    }

    fn nobody() -> Self {
        Self {
            strong: Vec::new(),
            device: None,
            has_user: false,
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
        }
    }

    /// Whether the call is somebody's, by her identifiers. A device that several share says whose call it
    /// is only where nothing else does.
    pub fn is_of(&self, is_hers: &dyn Fn(&str) -> bool) -> bool {
        let by_device = || self.device.as_deref().is_some_and(is_hers) && !self.has_user;
        self.strong.iter().any(|id| is_hers(id)) || by_device()
    }
}

/// Those of a refused event as it is kept.
pub(super) fn in_refused(line: &str) -> Named {
    let kept: Option<Json> = serde_json::from_str(line).ok();
    let original = kept.as_ref().and_then(|kept| kept["original"].as_str());
    original.map_or_else(Named::nobody, Named::of)
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
    fn a_shared_device_makes_nobody_of_another_user() {
        let is_tablet = |id: &str| id == "tablet";
        assert!(Named::of(r#"{"anonymousId":"tablet"}"#).is_of(&is_tablet));
        assert!(!Named::of(r#"{"anonymousId":"tablet","userId":"bert"}"#).is_of(&is_tablet));
    }
}
