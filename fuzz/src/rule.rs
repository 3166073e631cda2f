//! What must hold of any text that is given as a rule.

use perennial_rules::expr::{
    LifecycleNames, MAX_RULE_BYTES, Names, Place, PointNames, Scope, parse, rule,
};
use perennial_rules::{Rule, Severity, Span};

/// No panic; what parses is printed as text that parses to the same; complaints point into the text.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(expr) = parse(&text) {
        let printed = expr.to_string();
        // What is printed has more quotes and parentheses than what was written.
        if printed.len() <= MAX_RULE_BYTES {
            assert_eq!(parse(&printed).as_ref(), Ok(&expr), "printed: {printed}");
        }
    }
    for place in [
        Place::EventWhere,
        Place::Row,
        Place::Clause,
        Place::Segment,
        Place::AppliesTo,
    ] {
        check_at(&text, place);
    }
}

fn check_at(text: &str, place: Place) {
    let Some(found) = checked(text, place) else {
        return;
    };
    if found.text.len() <= MAX_RULE_BYTES {
        let again = checked(&found.text, place);
        assert_eq!(
            again,
            Some(found),
            "{place:?}: its canonical text is refused"
        );
    }
}

/// The rule, if it is one there.
fn checked(text: &str, place: Place) -> Option<Rule> {
    let names = names();
    let scope = Scope {
        names: &names,
        place,
        lifecycle: matches!(place, Place::Clause | Place::AppliesTo).then_some("retail"),
    };
    // It stands somewhere in a file.
    let span = Span {
        file: 0,
        bytes: 100..100 + text.len(),
    };
    let (found, complaints) = rule(text, &scope, span);
    let mut faulty = false;
    for complaint in complaints {
        faulty |= complaint.severity == Severity::Error;
        let bytes = complaint.span.bytes.clone();
        let inside = bytes.start >= 100 && text.get(bytes.start - 100..bytes.end - 100).is_some();
        assert!(inside, "{complaint:?} points out of {text:?}");
    }
    assert_eq!(
        found.is_none(),
        faulty,
        "{place:?}: a rule and errors, or neither"
    );
    found
}

fn names() -> Names {
    let point = |name: &str, measured: bool| PointNames {
        name: name.to_owned(),
        value: measured,
        score: measured,
        topic: measured,
    };
    let stages = ["visitor", "lead", "first", "repeat", "lapsed"];
    Names {
        points: vec![
            point("ordered", true),
            point("viewed", true),
            point("met", false),
        ],
        lifecycles: vec![LifecycleNames {
            name: "retail".to_owned(),
            stages: stages.map(str::to_owned).to_vec(),
        }],
        segments: vec!["vip".to_owned()],
        traits: None,
        columns: vec!["plan".to_owned()],
    }
}
