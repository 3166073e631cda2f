//! Sequences against plain backtracking, and patterns with answers found by hand.

use perennial_analytics::sequence::{Compare, Pattern, PatternItem, Sequence, SequenceAnswer};
use proptest::prelude::*;

use crate::log::{Row, SECOND_MS, ask, by_customer, logs, meets, row};

fn sequence(pattern: &str, conditions: usize) -> Sequence {
    Sequence {
        pattern: Pattern::parse(pattern, conditions).expect("a pattern"),
        conditions: (0..conditions as u16).collect(),
        chains: true,
    }
}

/// One customer's letters, a second apart.
fn letters(letters: &str) -> Vec<Row> {
    let letters = letters.chars().enumerate();
    let rows = letters.map(|(at, letter)| row("ada", &letter.to_string(), at as i64 * SECOND_MS));
    rows.collect()
}

#[test]
fn patterns_match_count_and_say_when() {
    // Letters a second apart; `x` meets no condition and is not there.
    let rows = letters("aabxcaab");
    for (pattern, matched, matches, seconds) in [
        ("", true, 7, vec![]),
        (".", true, 7, vec![]),
        (".*", true, 7, vec![]),
        ("(?1)", true, 4, vec![0]),
        ("(?1)(?1)", true, 2, vec![0, 1]),
        ("(?1)(?2)", true, 2, vec![1, 2]),
        ("(?2)(?3)", true, 1, vec![2, 4]),
        ("(?1)(?3)", false, 0, vec![0]),
        ("(?1).(?3)", true, 1, vec![1, 4]),
        ("(?1).*(?3)", true, 1, vec![0, 4]),
        ("(?3)(?3)", false, 0, vec![4]),
        ("(?1)(?2)(?2)", false, 0, vec![1, 2]),
        ("(?1)(?t>6)(?2)", true, 1, vec![0, 7]),
        ("(?1)(?t>7)(?2)", false, 0, vec![0]),
        ("(?1)(?t==3)(?3)", true, 1, vec![1, 4]),
        ("(?1)(?t<=2)(?2)(?t>=5)(?2)", true, 1, vec![0, 2, 7]),
        ("(?2)(?t<2)(?3)", false, 0, vec![2]),
        ("(?2)(?t<=2)", true, 2, vec![2]),
    ] {
        let answer = ask(&sequence(pattern, 3), &rows, &["a", "b", "c"]);
        let chain = &answer.chains[0];
        let at: Vec<i64> = chain.at_ms.iter().map(|ms| ms / SECOND_MS).collect();
        assert_eq!(
            (chain.matched, chain.matches, &at),
            (matched, matches, &seconds),
            "{pattern}"
        );
        assert_eq!(answer.customers, u64::from(matched), "{pattern}");
        assert_eq!(answer.matches, matches, "{pattern}");
    }
}

#[test]
fn who_did_none_of_it_matches_only_what_asks_for_nothing() {
    let rows = letters("xx");
    let answer = ask(&sequence("(?1)", 1), &rows, &["a"]);
    assert_eq!((answer.customers, answer.matches), (0, 0));
    let answer = ask(&sequence(".*", 1), &rows, &["a"]);
    assert_eq!((answer.customers, answer.matches), (1, 0));
}

/// One attempt by plain backtracking with a stack: which conditions were met when, what is left, and
/// whether it matched. Ends for good where the touches do.
fn attempt(items: &[PatternItem], touches: &[(i64, Vec<usize>)], from: usize) -> (bool, usize) {
    let (mut item, mut at, mut base) = (0, from, from);
    let mut stack: Vec<(usize, usize, usize)> = Vec::new();
    while item < items.len() && at < touches.len() {
        let pause = |compare: Compare, ms: i64| {
            let pause = touches[at].0 - touches[base].0;
            match compare {
                Compare::Less => pause < ms,
                Compare::AtMost => pause <= ms,
                Compare::Equal => pause == ms,
                Compare::AtLeast => pause >= ms,
                Compare::More => pause > ms,
            }
        };
        let (goes_on, uses_up, may_wait) = match items[item] {
            PatternItem::Condition(number) => (touches[at].1.contains(&number), true, false),
            PatternItem::Any => (true, true, false),
            PatternItem::Skip => (true, false, true),
            PatternItem::Pause(compare, ms) => (pause(compare, ms), false, true),
        };
        if goes_on {
            if may_wait {
                stack.push((item, at, base));
            }
            base = at;
            item += 1;
            at += usize::from(uses_up);
            continue;
        }
        if may_wait && at + 1 < touches.len() {
            at += 1;
            continue;
        }
        loop {
            let Some((back, was, since)) = stack.pop() else {
                return (false, at);
            };
            if was + 1 < touches.len() {
                (item, at, base) = (back, was + 1, since);
                break;
            }
        }
    }
    let content = items[item..].iter().all(|item| match item {
        PatternItem::Skip => true,
        PatternItem::Pause(Compare::Less | Compare::AtMost, _) => true,
        PatternItem::Pause(Compare::AtLeast, ms) => *ms == 0,
        _ => false,
    });
    (content, at)
}

fn slow(sequence: &Sequence, rows: &[Row], conditions: &[&str]) -> SequenceAnswer {
    let mut items = vec![PatternItem::Skip];
    items.extend_from_slice(sequence.pattern.items());
    let mut answer = SequenceAnswer::default();
    for rows in by_customer(rows).values() {
        let touches = rows.iter().map(|row| {
            let met = (0..conditions.len()).filter(|number| meets(row, conditions[*number]));
            (row.at_ms, met.collect::<Vec<usize>>())
        });
        let touches: Vec<_> = touches.filter(|touch| !touch.1.is_empty()).collect();
        answer.customers += u64::from(attempt(&items, &touches, 0).0);
        let mut from = 0;
        while from < touches.len() {
            let (matched, end) = attempt(&items, &touches, from);
            if !matched {
                break;
            }
            answer.matches += 1;
            from = end.max(from + 1);
        }
    }
    answer
}

/// Texts of patterns over three conditions; no pause after a pause.
fn patterns() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        4 => Just("(?1)".to_owned()),
        3 => Just("(?2)".to_owned()),
        2 => Just("(?3)".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just(".*".to_owned()),
    ];
    let signs = prop::sample::select(vec!["<", "<=", "==", ">=", ">"]);
    let pause = prop::option::weighted(0.4, (signs, 0..9_u8));
    prop::collection::vec((step, pause), 0..6).prop_map(|parts| {
        let part = |(step, pause): (String, Option<(&str, u8)>)| match pause {
            Some((sign, seconds)) => format!("{step}(?t{sign}{seconds})"),
            None => step,
        };
        parts.into_iter().map(part).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn the_search_finds_what_backtracking_finds(pattern in patterns(), rows in logs()) {
        let conditions = ["a|b", "b|c", "d"];
        let mut sequence = sequence(&pattern, 3);
        sequence.chains = false;
        let answer = ask(&sequence, &rows, &conditions);
        prop_assert_eq!(answer, slow(&sequence, &rows, &conditions));
    }
}
