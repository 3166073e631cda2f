//! Rules that are fine but can hardly be meant.

use perennial_rules::expr::Place;

use super::check;

/// A rule, and what is warned about: codes with their excerpts.
const WARNED: [(&str, &[(&str, &str)]); 48] = [
    (
        "count(ordered) >= 5 AND count(ordered) < 3",
        &[("W0280", "count(ordered) < 3")],
    ),
    (
        "count(ordered) > 4 AND count(ordered) < 5",
        &[("W0280", "count(ordered) < 5")],
    ),
    ("sum(ordered.value) > 4 AND sum(ordered.value) < 5", &[]),
    ("count(ordered) >= 5 AND count(ordered, days(30)) < 3", &[]),
    ("count(ordered) < 0", &[("W0280", "count(ordered) < 0")]),
    ("count(ordered) = 2.5", &[("W0280", "count(ordered) = 2.5")]),
    (
        "count(ordered) IS NULL",
        &[("W0280", "count(ordered) IS NULL")],
    ),
    ("0 <= count(ordered)", &[("W0281", "0 <= count(ordered)")]),
    (
        "NOT count(ordered) < 0",
        &[("W0281", "NOT count(ordered) < 0")],
    ),
    (
        "count(ordered) < 5 OR count(ordered) >= 3",
        &[("W0281", "count(ordered) < 5 OR count(ordered) >= 3")],
    ),
    (
        "count(ordered) >= 0 AND country = 'DE'",
        &[("W0281", "count(ordered) >= 0")],
    ),
    (
        "count(ordered) < 0 OR country = 'DE'",
        &[("W0280", "count(ordered) < 0")],
    ),
    (
        "count(ordered) < 0 OR value_rank > 1",
        &[("W0280", "count(ordered) < 0 OR value_rank > 1")],
    ),
    ("avg(ordered.value) < 5 OR avg(ordered.value) >= 3", &[]),
    (
        "avg(ordered.value) < 5 OR avg(ordered.value) >= 3 OR avg(ordered.value) IS NULL",
        &[(
            "W0281",
            "avg(ordered.value) < 5 OR avg(ordered.value) >= 3 OR avg(ordered.value) IS NULL",
        )],
    ),
    (
        "country = 'DE' AND country = 'FR'",
        &[("W0280", "country = 'FR'")],
    ),
    ("country = 'DE' AND country <> 'FR'", &[]),
    (
        "country = 'DE' AND country IN ('FR', 'IT')",
        &[("W0280", "country IN ('FR', 'IT')")],
    ),
    (
        "country = 'DE' AND country NOT IN ('FR', 'DE')",
        &[("W0280", "country NOT IN ('FR', 'DE')")],
    ),
    (
        "(country = 'DE' OR country = 'FR') AND country = 'IT'",
        &[("W0280", "country = 'IT'")],
    ),
    ("(country = 'DE' OR country = 'FR') AND country = 'FR'", &[]),
    ("(country = 'DE' OR plan = 'pro') AND country = 'IT'", &[]),
    (
        "a = 1 AND NOT (a = 1 OR b = 1)",
        &[("W0280", "NOT (a = 1 OR b = 1)")],
    ),
    ("plan = '5' AND plan = 5", &[]),
    ("plan = 'yes' AND plan = true", &[]),
    ("plan = 'pro' AND plan = 5", &[("W0280", "plan = 5")]),
    // It may be a text, which neither holds nor fails.
    ("NOT x OR x OR x IS NULL", &[]),
    (
        "x = 1 OR NOT x = 1 OR (x = 1) IS NULL",
        &[("W0281", "x = 1 OR NOT x = 1 OR (x = 1) IS NULL")],
    ),
    ("x < 5 OR x >= 3", &[]),
    ("x < 3 AND x > 5", &[("W0280", "x > 5")]),
    ("x BETWEEN 5 AND 3", &[("W0280", "x BETWEEN 5 AND 3")]),
    ("x IS NULL AND x = 5", &[("W0280", "x = 5")]),
    (
        "x IS NULL OR x IS NOT NULL",
        &[("W0281", "x IS NULL OR x IS NOT NULL")],
    ),
    (
        "subscribed AND NOT subscribed",
        &[("W0280", "NOT subscribed")],
    ),
    ("subscribed OR NOT subscribed", &[]),
    (
        "in_segment('vip') OR NOT in_segment('vip')",
        &[("W0281", "in_segment('vip') OR NOT in_segment('vip')")],
    ),
    (
        "name LIKE 'a%' AND NOT name LIKE 'a%'",
        &[("W0280", "NOT name LIKE 'a%'")],
    ),
    (
        "since(ordered) < days(0)",
        &[("W0280", "since(ordered) < days(0)")],
    ),
    ("since(ordered) >= days(0)", &[]),
    (
        "since(ordered) >= days(30) AND since(ordered) < days(10)",
        &[("W0280", "since(ordered) < days(10)")],
    ),
    (
        "stage() = 'lead' AND stage() IN ('first', 'repeat')",
        &[("W0280", "stage() IN ('first', 'repeat')")],
    ),
    ("value_rank > 1", &[("W0280", "value_rank > 1")]),
    ("rfm_r > 5 OR rfm_r < 1", &[("W0280", "rfm_r < 1")]),
    (
        "intent('a') > 5 AND intent('a') < 3",
        &[("W0280", "intent('a') < 3")],
    ),
    ("1 + 1 > 3", &[("W0280", "1 + 1 > 3")]),
    ("true", &[]),
    ("false OR country = 'DE'", &[]),
    (
        "since(ordered) = days(3) OR intent('a') <> 2",
        &[
            ("W0282", "since(ordered) = days(3)"),
            ("W0282", "intent('a') <> 2"),
        ],
    ),
];

#[test]
fn what_can_never_hold_or_always_does_is_told() {
    for (text, expected) in WARNED {
        let (rule, found) = check(Place::Clause, text);
        assert!(rule.is_some(), "{text}: {found:?}");
        let found: Vec<_> = found
            .iter()
            .map(|d| (d.code, &text[d.span.bytes.clone()]))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}
