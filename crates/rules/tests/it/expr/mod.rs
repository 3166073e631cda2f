//! Rules: what they say, what is refused and how, and what is warned about.

mod evaluate;
mod good;
mod limits;
mod properties;
mod refused;
mod rows;
mod soundness;
mod warnings;
mod wrong;

use perennial_rules::expr::{LifecycleNames, Names, Place, PointNames, Scope, rule};
use perennial_rules::{Diagnostic, Rule, Span};

/// The project that the rules here are written for.
fn names() -> Names {
    let point = |name: &str, measures: &str| PointNames {
        name: name.into(),
        value: measures.contains("value"),
        score: measures.contains("score"),
        topic: measures.contains("topic"),
    };
    let lifecycle = |name: &str, stages: &[&str]| LifecycleNames {
        name: name.into(),
        stages: stages.iter().map(|stage| (*stage).into()).collect(),
    };
    Names {
        points: vec![
            point("ordered", "value"),
            point("viewed", "topic"),
            point("rated", "score topic"),
            point("clicked_email", ""),
            point("Order Completed", "value"),
        ],
        lifecycles: vec![
            lifecycle(
                "retail",
                &["visitor", "lead", "first", "repeat", "loyal", "lapsed"],
            ),
            lifecycle("engagement", &["new", "active", "dormant"]),
        ],
        segments: vec!["vip".into(), "newsletter".into()],
        traits: None,
        columns: vec!["user_id".into(), "event".into(), "plan".into()],
    }
}

/// Checks a rule of the lifecycle `retail` or, in a segment or a `where`, of none.
fn check(place: Place, text: &str) -> (Option<Rule>, Vec<Diagnostic>) {
    check_with(&names(), place, text)
}

fn check_with(names: &Names, place: Place, text: &str) -> (Option<Rule>, Vec<Diagnostic>) {
    let lifecycle = matches!(place, Place::Clause | Place::AppliesTo).then_some("retail");
    rule(
        text,
        &Scope {
            names,
            place,
            lifecycle,
        },
        Span {
            file: 0,
            bytes: 0..text.len(),
        },
    )
}

/// A rule of a stage, the code of its first complaint, the excerpt, and pieces of the message and of the help.
type Bad = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// Checks that each rule is refused as the table says.
fn assert_bad(place: Place, cases: &[Bad]) {
    for (text, code, excerpt, message, help) in cases {
        let (rule, found) = check(place, text);
        assert_eq!(rule, None, "{text}");
        let first = found.first().expect(text);
        assert_eq!(
            (first.code, &text[first.span.bytes.clone()]),
            (*code, *excerpt),
            "{text}"
        );
        assert!(first.message.contains(message), "{text}: {}", first.message);
        let way_out = first.help.as_deref().unwrap_or_default();
        assert!(way_out.contains(help), "{text}: {way_out}");
        assert!(
            !first.message.ends_with('.') && !first.label.is_empty(),
            "{text}"
        );
    }
}
