//! Rules that are refused for their names, types and places: code, place, message and way out.

use perennial_rules::expr::{Place, PointNames, Scope, rule};
use perennial_rules::{Severity, Span};

use super::{assert_bad, check, check_with, names};

#[test]
fn unknown_names_suggest_known_ones() {
    assert_bad(
        Place::Clause,
        &[
            (
                "count(orderd) > 3",
                "E0221",
                "orderd",
                "no touchpoint `orderd`",
                "`ordered`",
            ),
            (
                "count(ORDERED, days(1)) > 3",
                "E0221",
                "ORDERED",
                "no touchpoint",
                "`ordered`",
            ),
            (
                "sum(orderd.value) > 3",
                "E0221",
                "orderd",
                "no touchpoint",
                "`ordered`",
            ),
            (
                "since(veiwed) > days(3)",
                "E0221",
                "veiwed",
                "no touchpoint",
                "`viewed`",
            ),
            (
                "sum(clicked_email.value) > 3",
                "E0222",
                "value",
                "maps no value",
                "value: PROPERTY",
            ),
            (
                "stage('retial') = 'lead'",
                "E0223",
                "'retial'",
                "no lifecycle",
                "`retail`",
            ),
            (
                "stage() = 'lapzed'",
                "E0224",
                "'lapzed'",
                "retail has no stage `lapzed`",
                "`lapsed`",
            ),
            (
                "'dormnt' <> stage('engagement')",
                "E0224",
                "'dormnt'",
                "engagement has no stage",
                "`dormant`",
            ),
            (
                "stage() IN ('lead', 'xyz')",
                "E0224",
                "'xyz'",
                "no stage",
                "visitor, lead",
            ),
            (
                "stage() = 'none'",
                "E0224",
                "'none'",
                "no stage",
                "stage() IS NULL",
            ),
            (
                "ever('engagement', 'lapsed')",
                "E0224",
                "'lapsed'",
                "no stage",
                "new, active, dormant",
            ),
            ("in_segment('vop')", "E0225", "'vop'", "no segment", "`vip`"),
            (
                "ordered.value > 5",
                "E0228",
                "ordered.value",
                "is a touchpoint",
                "last(ordered.value)",
            ),
        ],
    );
}

#[test]
fn types_must_fit() {
    assert_bad(
        Place::Clause,
        &[
            (
                "count(ordered)",
                "E0240",
                "count(ordered)",
                "condition is needed",
                "count(ordered) > 0",
            ),
            (
                "a = 1 AND since(ordered)",
                "E0240",
                "since(ordered)",
                "a moving time",
                ">= days(30)",
            ),
            ("NOT 'x'", "E0240", "'x'", "a text", "country = 'DE'"),
            ("5", "E0240", "5", "a number", "count(ordered) > 5"),
            ("stage()", "E0240", "stage()", "a text", "stage() = 'lead'"),
            (
                "count(ordered) >= days(3)",
                "E0241",
                "count(ordered)",
                "length of time",
                "since(ordered) < days(3)",
            ),
            ("age > days(3)", "E0241", "age", "length of time", "`age()`"),
            (
                "stage() = 3",
                "E0241",
                "3",
                "compared with a number",
                "stage() = 'lead'",
            ),
            (
                "count(ordered) = '5'",
                "E0241",
                "'5'",
                "compared with a text",
                "5 without quotes",
            ),
            (
                "1 < count(ordered) < 5",
                "E0241",
                "1 < count(ordered)",
                "do not chain",
                "AND count(ordered) <",
            ),
            (
                "count(ordered) LIKE '3'",
                "E0241",
                "count(ordered)",
                "LIKE matches texts",
                "",
            ),
            (
                "sum(viewed.topic) > 3",
                "E0241",
                "topic",
                "a topic is a text",
                "distinct(viewed.topic)",
            ),
            (
                "country = NULL",
                "E0242",
                "NULL",
                "never true",
                "country IS NULL",
            ),
            (
                "NULL <> country",
                "E0242",
                "NULL",
                "never true",
                "country IS NOT NULL",
            ),
            (
                "country IN ('DE', NULL)",
                "E0242",
                "NULL",
                "never true",
                "country IS NULL",
            ),
            (
                "country < 'F'",
                "E0243",
                "'F'",
                "texts have no order",
                "LIKE",
            ),
            (
                "total > '5'",
                "E0243",
                "'5'",
                "texts have no order",
                "5 without quotes",
            ),
            ("subscribed > false", "E0243", "false", "no order", ""),
            (
                "count(ordered) + 'x' > 3",
                "E0246",
                "'x'",
                "no arithmetic on texts",
                "without quotes",
            ),
            (
                "-stage() = 'x'",
                "E0246",
                "stage()",
                "no arithmetic on texts",
                "",
            ),
        ],
    );
}

#[test]
fn moving_values_stand_alone_against_steady_ones() {
    assert_bad(
        Place::Clause,
        &[
            (
                "since(ordered) > 5",
                "E0244",
                "5",
                "length of time",
                "`days(5)`",
            ),
            ("5 < age()", "E0244", "5", "length of time", "`days(5)`"),
            (
                "since(ordered) > delay",
                "E0244",
                "delay",
                "fixed length",
                "since(ordered) >= days(30)",
            ),
            (
                "since(ordered) > since(viewed)",
                "E0244",
                "since(viewed)",
                "two moving times",
                "fixed length",
            ),
            (
                "since(ordered) BETWEEN days(1) AND 5",
                "E0244",
                "5",
                "length of time",
                "`days(5)`",
            ),
            (
                "since(ordered) IN (1, 2)",
                "E0244",
                "since(ordered)",
                "in no list",
                "BETWEEN",
            ),
            (
                "since(ordered) / 2 > days(3)",
                "E0246",
                "since(ordered)",
                "moving times",
                "stands alone",
            ),
            (
                "age() > days(3) + hours(4)",
                "E0246",
                "days(3)",
                "lengths of time",
                "hours(36)",
            ),
            (
                "intent('a') > intent('b')",
                "E0245",
                "intent('b')",
                "does not move",
                ">= 3",
            ),
            (
                "intent('a') > count(viewed, days(3))",
                "E0245",
                "count(viewed, days(3))",
                "does not move",
                "",
            ),
            ("intent('a') = 'x'", "E0245", "'x'", "a number", ""),
            (
                "intent('a') IN (1)",
                "E0245",
                "intent('a')",
                "in no list",
                "",
            ),
            (
                "intent('a') * 2 > 3",
                "E0246",
                "intent('a')",
                "interests",
                "stands alone",
            ),
        ],
    );
}

#[test]
fn every_place_has_its_limits() {
    assert_bad(
        Place::EventWhere,
        &[
            (
                "total > 100 AND count(ordered) > 1",
                "E0227",
                "count(ordered)",
                "sees the event only",
                "when",
            ),
            (
                "age() > days(3)",
                "E0227",
                "age()",
                "sees the event only",
                "",
            ),
            (
                "touch.`gift card` > 3",
                "E0227",
                "touch.`gift card`",
                "the event itself",
                "`gift card`",
            ),
            ("rfm_r > 3", "E0227", "rfm_r", "no scores", "backticks"),
        ],
    );
    assert_bad(
        Place::Segment,
        &[
            (
                "touch.total > 3",
                "E0227",
                "touch.total",
                "soon gone",
                "last(ordered.total)",
            ),
            (
                "stage() = 'dormant'",
                "E0226",
                "stage()",
                "no lifecycle",
                "stage('retail')",
            ),
            (
                "ever('dormant')",
                "E0226",
                "ever('dormant')",
                "no lifecycle",
                "ever('engagement', 'dormant')",
            ),
            (
                "time_in_stage() > days(3)",
                "E0226",
                "time_in_stage()",
                "no lifecycle",
                "time_in_stage('retail')",
            ),
        ],
    );
    assert_bad(
        Place::AppliesTo,
        &[
            ("touch.total > 3", "E0227", "touch.total", "soon gone", ""),
            (
                "stage() = 'lead'",
                "E0227",
                "stage()",
                "that same lifecycle",
                "other lifecycles",
            ),
            (
                "ever('retail', 'lead')",
                "E0227",
                "ever('retail', 'lead')",
                "that same lifecycle",
                "",
            ),
        ],
    );
}

#[test]
fn everything_wrong_is_told_at_once_and_only_once() {
    let (_, found) = check(
        Place::Clause,
        "count(orderd) > 3 AND stage() = 3 OR in_segment('x') = since(ordred)",
    );
    let codes: Vec<_> = found.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["E0221", "E0241", "E0225", "E0221"]);
}

#[test]
fn undeclared_traits_are_doubted_where_traits_are_declared() {
    let names = super::Names {
        traits: Some(vec!["country".into(), "ordered".into()]),
        ..names()
    };
    let (rule, found) = check_with(&names, Place::Clause, "contry = 'DE' AND ordered = true");
    assert!(rule.is_some());
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].code, found[0].severity),
        ("W0283", Severity::Warning)
    );
    assert!(
        found[0]
            .help
            .as_deref()
            .is_some_and(|help| help.contains("`country`"))
    );
    let (_, found) = check_with(&names, Place::EventWhere, "contry = 'DE'");
    assert_eq!(found, []);
}

#[test]
fn a_touchpoint_read_as_a_trait_is_doubted() {
    let (rule, found) = check(Place::Clause, "ordered > 3");
    assert!(rule.is_some());
    assert_eq!(found[0].code, "W0284");
    assert!(
        found[0]
            .help
            .as_deref()
            .is_some_and(|help| help.contains("count(ordered)"))
    );
}

#[test]
fn places_are_those_of_the_file_and_stay_within_the_text() {
    let mut names = names();
    names.points.push(PointNames {
        name: "größe".into(),
        ..PointNames::default()
    });
    let text = "count(größe) > 1 AND\n  count(orderd) > 1";
    let scope = Scope {
        names: &names,
        place: Place::Clause,
        lifecycle: None,
    };
    let start = text.find("orderd").expect("there");
    let (_, found) = rule(
        text,
        &scope,
        Span {
            file: 3,
            bytes: 100..100 + text.len(),
        },
    );
    assert_eq!(
        found[0].span,
        Span {
            file: 3,
            bytes: 100 + start..100 + start + "orderd".len()
        }
    );
    let (_, found) = rule(
        text,
        &scope,
        Span {
            file: 3,
            bytes: 100..104,
        },
    );
    assert_eq!(
        found[0].span,
        Span {
            file: 3,
            bytes: 104..104
        }
    );
}
