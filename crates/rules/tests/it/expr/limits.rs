//! Rules that are too large: refused at once, whatever their shape, and never by running out of stack.

use std::time::{Duration, Instant};

use perennial_rules::expr::{MAX_RULE_BYTES, MAX_RULE_DEPTH, MAX_RULE_NODES, Place, parse};

use super::check;

/// Longest that a refusal may take in an unoptimized build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

fn code(text: &str) -> &'static str {
    let start = Instant::now();
    let code = parse(text).map_or_else(|error| error.code, |_| "fine");
    assert!(
        start.elapsed() < PATIENCE,
        "{:?} for {} ...",
        start.elapsed(),
        text.chars().take(40).collect::<String>()
    );
    code
}

#[test]
fn a_rule_of_the_greatest_size_is_fine() {
    let wide = vec!["subscribed"; MAX_RULE_NODES / 2].join(" AND ");
    assert_eq!(code(&wide), "fine");
    let list = format!("country IN ({})", vec!["'a'"; MAX_RULE_NODES - 2].join(","));
    assert_eq!(code(&list), "fine");
    // A pair of levels each, and the innermost comparison takes the last two.
    let deep = format!(
        "{}a = 1{}",
        "(b OR (c AND ".repeat(MAX_RULE_DEPTH / 2 - 1),
        "))".repeat(MAX_RULE_DEPTH / 2 - 1)
    );
    assert_eq!(code(&deep), "fine");
    let text = parse(&deep).expect("fine").to_string();
    assert_eq!(parse(&text).map(|expr| expr.to_string()), Ok(text));
}

#[test]
fn long_rules_are_refused() {
    assert_eq!(code(&"a AND ".repeat(10_000)), "E0260");
    assert_eq!(code(&"(".repeat(100_000)), "E0260");
    assert_eq!(code(&" ".repeat(MAX_RULE_BYTES + 1)), "E0260");
    for sign in ["+", "-", "*", "=", "<", " OR ", " AND "] {
        let text = vec!["a"; 2_300].join(sign);
        assert_eq!(code(&text), "E0261", "{sign}");
    }
    let list = format!("country IN ({})", vec!["1"; MAX_RULE_NODES].join(","));
    assert_eq!(code(&list), "E0261");
    assert_eq!(code(&vec!["a"; MAX_RULE_NODES].join(" OR ")), "E0261");
}

#[test]
fn deep_rules_are_refused() {
    let openings = [
        "(",
        "NOT ",
        "- ",
        "NOT (",
        "-(",
        "1 - (",
        "a = (",
        "a IN (",
        "b AND (c OR ",
        "a BETWEEN (",
        "f(",
        "count(",
        "days(",
        "((a) + (",
    ];
    for opening in openings {
        for times in [100, 1_000, MAX_RULE_BYTES / 2 / opening.len()] {
            let unclosed = opening.repeat(times);
            let closed = format!("{unclosed}a{}", ")".repeat(unclosed.matches('(').count()));
            for text in [unclosed, closed] {
                let code = code(&text);
                assert!(code.starts_with("E02"), "{opening} {times} times: {code}");
            }
        }
    }
    assert_eq!(
        code(&format!("{}a{}", "(".repeat(1_000), ")".repeat(1_000))),
        "E0262"
    );
    assert_eq!(code(&format!("{}a", "NOT ".repeat(1_000))), "E0262");
    assert_eq!(code(&vec!["a"; MAX_RULE_DEPTH + 1].join(" + ")), "E0262");
}

#[test]
fn the_largest_rules_are_checked_in_time() {
    let start = Instant::now();
    let counts: Vec<_> = (0..500).map(|n| format!("count(ordered) > {n}")).collect();
    let texts: Vec<_> = (0..1_900).map(|n| format!("'{n}x'")).collect();
    for text in [
        counts.join(" AND "),
        counts.join(" OR "),
        format!("NOT ({} AND count(ordered) < 3)", counts.join(" AND ")),
        format!("country IN ({}) AND country = 'y'", texts.join(",")),
        format!(
            "country NOT IN ({}) OR count(ordered) >= 0",
            texts.join(",")
        ),
    ] {
        let (rule, found) = check(Place::Clause, &text);
        assert!(rule.is_some(), "{found:?}");
    }
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
}
