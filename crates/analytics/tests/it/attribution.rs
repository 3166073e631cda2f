//! Attribution: rules by hand, sums by property, chains and Shapley values against brute force.

use std::collections::{BTreeMap, BTreeSet};

use perennial_analytics::attribution::{
    Attribution, AttributionAnswer, AttributionError, Crediting, Journeys, LOOK_BACK_MS,
    MARKOV_CHANNELS_MAX, Model, PathRule, TablePath, credit_table, touches_of,
};
use proptest::prelude::*;

use crate::log::{Row, SECOND_MS, ask, by_customer, logs, row};

const CHAIN: Model = Model::Markov {
    non_conversions: true,
};

/// A table from lines `path, conversions, non-conversions`; value is twice the conversions.
fn table(lines: &[(&str, u64, u64)]) -> Vec<TablePath> {
    let path = |(path, conversions, non_conversions): &(&str, u64, u64)| TablePath {
        touches: touches_of(path),
        conversions: *conversions,
        value: *conversions as i64 * 2_000_000,
        non_conversions: *non_conversions,
    };
    lines.iter().map(path).collect()
}

fn credits(answer: &AttributionAnswer) -> BTreeMap<&str, f64> {
    let credits = answer.channels.iter();
    credits
        .map(|credit| (&credit.channel[..], credit.conversions))
        .collect()
}

#[track_caller]
fn check(crediting: &Crediting, lines: &[(&str, u64, u64)], expected: &[(&str, f64)]) {
    let answer = credit_table(crediting, &table(lines)).expect("few channels");
    let given = credits(&answer);
    assert_eq!(given.len(), expected.len(), "{given:?}");
    for (channel, conversions) in expected {
        let close = (given[channel] - conversions).abs() < 1e-9;
        assert!(close, "{:?}: {given:?}", crediting.model);
    }
    adds_up(&answer);
}

fn adds_up(answer: &AttributionAnswer) {
    let close = |sum: f64, whole: f64| (sum - whole).abs() <= 1e-9 * whole.abs().max(1e-9);
    let conversions = answer.channels.iter().map(|credit| credit.conversions);
    let value = answer.channels.iter().map(|credit| credit.value);
    assert!(
        close(conversions.sum(), answer.conversions as f64),
        "{answer:?}"
    );
    assert!(close(value.sum(), answer.value as f64 / 1e6), "{answer:?}");
}

#[test]
fn each_rule_gives_what_its_name_says() {
    let lines = [
        ("ad", 1, 9),
        ("ad > mail", 2, 0),
        ("ad > tv > web > mail", 4, 1),
    ];
    for (model, expected) in [
        (Model::First, &[("ad", 7.0)][..]),
        (Model::Last, &[("ad", 1.0), ("mail", 6.0)]),
        (
            Model::Linear,
            &[("ad", 3.0), ("mail", 2.0), ("tv", 1.0), ("web", 1.0)],
        ),
        (
            Model::Position([0.4, 0.2, 0.4]),
            &[("ad", 3.6), ("mail", 2.6), ("tv", 0.4), ("web", 0.4)],
        ),
        (
            Model::Shapley,
            &[("ad", 3.0), ("mail", 2.0), ("tv", 1.0), ("web", 1.0)],
        ),
    ] {
        check(&Crediting::new(model), &lines, expected);
    }
    let answer = credit_table(&Crediting::new(Model::Last), &table(&lines)).expect("few");
    assert_eq!(answer.channels[0].whole, Some((6, 12_000_000)));
    assert_eq!(answer.channels[0].value, 12.0);
}

#[test]
fn half_as_much_for_each_half_life() {
    let decay = Crediting::new(Model::Decay {
        half_life_ms: perennial_analytics::attribution::TABLE_PAUSE_MS,
    });
    check(
        &decay,
        &[("a > b > c", 7, 0)],
        &[("a", 1.0), ("b", 2.0), ("c", 4.0)],
    );
}

#[test]
fn repeats_and_rules_shape_the_path() {
    let lines = [("a > a > b > a > d > d", 60, 0), ("d > d", 8, 0)];
    let with = |rules: &[PathRule], merge_repeats| Crediting {
        model: Model::Linear,
        rules: rules.to_vec(),
        merge_repeats,
    };
    let without = [PathRule::Without("d".into())];
    let trailing = PathRule::WithoutTrailing("d".into());
    for (rules, merge, expected) in [
        (&[][..], true, &[("a", 30.0), ("b", 15.0), ("d", 23.0)][..]),
        (&[], false, &[("a", 30.0), ("b", 10.0), ("d", 28.0)]),
        (
            &[PathRule::Unique],
            false,
            &[("a", 20.0), ("b", 20.0), ("d", 28.0)],
        ),
        (&without, false, &[("a", 45.0), ("b", 15.0), ("d", 8.0)]),
        (&without, true, &[("a", 40.0), ("b", 20.0), ("d", 8.0)]),
        (&[trailing], true, &[("a", 40.0), ("b", 20.0), ("d", 8.0)]),
        (&[PathRule::Last(3)], false, &[("a", 20.0), ("d", 48.0)]),
        (&[PathRule::Last(3)], true, &[("a", 30.0), ("d", 38.0)]),
        (&[PathRule::Last(0)], true, &[("(none)", 68.0)]),
        (
            &[PathRule::Without("nobody".into())],
            true,
            &[("a", 30.0), ("b", 15.0), ("d", 23.0)],
        ),
    ] {
        check(&with(rules, merge), &lines, expected);
    }
}

#[test]
fn a_chain_by_hand() {
    // From x: two thirds go on to y, which converts in three of four; one third to z, one of two.
    let lines = [("x > y", 3, 1), ("x > z", 1, 1)];
    let answer = credit_table(&Crediting::new(CHAIN), &table(&lines)).expect("few");
    let markov = answer.markov.as_ref().expect("a chain");
    assert!((markov.conversion_probability - 2.0 / 3.0).abs() < 1e-15);
    let steps: Vec<String> = markov
        .steps
        .iter()
        .map(|step| {
            format!(
                "{}>{} {} {:.2}",
                step.source, step.target, step.count, step.probability
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            "(start)>x 6 1.00",
            "x>y 4 0.67",
            "x>z 2 0.33",
            "y>(conversion) 3 0.75",
            "y>(null) 1 0.25",
            "z>(conversion) 1 0.50",
            "z>(null) 1 0.50"
        ]
    );
    let effects: Vec<f64> = answer
        .channels
        .iter()
        .filter_map(|c| c.removal_effect)
        .collect();
    for (effect, expected) in effects.iter().zip([1.0, 0.75, 0.25]) {
        assert!((effect - expected).abs() < 1e-15);
    }
    assert!((answer.channels[0].conversions - 2.0).abs() < 1e-12);
    adds_up(&answer);
    let reach = Crediting::new(Model::Markov {
        non_conversions: false,
    });
    let answer = credit_table(&reach, &table(&lines)).expect("few");
    assert_eq!(answer.markov.expect("a chain").conversion_probability, 1.0);
}

#[test]
fn a_chain_of_too_many_channels_is_refused() {
    let channels = MARKOV_CHANNELS_MAX + 1;
    let path = (0..channels).map(|n| format!("c{n}")).collect();
    let table = [TablePath {
        touches: path,
        conversions: 1,
        ..TablePath::default()
    }];
    assert_eq!(
        credit_table(&Crediting::new(CHAIN), &table),
        Err(AttributionError::TooManyChannels {
            channels,
            most: MARKOV_CHANNELS_MAX
        })
    );
    assert!(credit_table(&Crediting::new(Model::Shapley), &table).is_ok());
}

fn touch(channel: &str, at_ms: i64) -> Row {
    Row {
        text: Some(channel.into()),
        ..row("ada", "visit", at_ms)
    }
}

fn order(at_ms: i64, cents: i64) -> Row {
    Row {
        number: Some(cents * 10_000),
        ..row("ada", "order", at_ms)
    }
}

#[test]
fn touches_count_within_the_look_back() {
    let rows = [
        touch("tv", 0),
        touch("ad", 1),
        order(LOOK_BACK_MS + 1, 500),
        order(LOOK_BACK_MS + 2, 300),
    ];
    let mut question = Attribution {
        value: Some(0),
        ..Attribution::new(0, 0, Model::Last)
    };
    let answer = ask(&question, &rows, &["order"]).expect("few");
    let whole: Vec<_> = answer
        .channels
        .iter()
        .map(|credit| (&credit.channel[..], credit.whole))
        .collect();
    assert_eq!(
        whole,
        [
            ("(none)", Some((1, 3_000_000))),
            ("ad", Some((1, 5_000_000)))
        ]
    );
    question.look_back_ms = None;
    let answer = ask(&question, &rows, &["order"]).expect("few");
    assert_eq!(credits(&answer), [("ad", 2.0)].into());
    question.journeys = Journeys::SincePrevious;
    let answer = ask(&question, &rows, &["order"]).expect("few");
    assert_eq!(credits(&answer), [("(none)", 1.0), ("ad", 1.0)].into());
}

fn models() -> impl Strategy<Value = Model> {
    let weight = 0..5_u8;
    prop_oneof![
        Just(Model::First),
        Just(Model::Last),
        Just(Model::Linear),
        (weight.clone(), weight.clone(), weight)
            .prop_map(|(a, b, c)| Model::Position([a, b, c].map(f64::from))),
        (1..20_000_i64).prop_map(|half_life_ms| Model::Decay { half_life_ms }),
        Just(CHAIN),
        Just(Model::Markov {
            non_conversions: false
        }),
        Just(Model::Shapley),
    ]
}

fn tables() -> impl Strategy<Value = Vec<TablePath>> {
    let channel = prop::sample::select(vec!["a", "b", "c", "d", "e"]);
    let path = (prop::collection::vec(channel, 0..7), 0..9_u64, 0..9_u64);
    prop::collection::vec(path, 0..9).prop_map(|rows| {
        let rows = rows
            .into_iter()
            .map(|(touches, conversions, nulls)| TablePath {
                touches: touches.into_iter().map(str::to_owned).collect(),
                conversions,
                value: conversions as i64 * 1_234_567,
                non_conversions: nulls,
            });
        rows.collect()
    })
}

/// The probability that a journey converts, with one channel shut: equations solved by elimination.
fn converts_without(table: &[TablePath], shut: Option<&str>) -> f64 {
    let channels: BTreeSet<&str> = table
        .iter()
        .flat_map(|p| &p.touches)
        .map(|s| &s[..])
        .collect();
    let channels: Vec<&str> = channels.into_iter().collect();
    let (start, size) = (channels.len(), channels.len() + 1);
    let place = |name: &str| channels.iter().position(|channel| *channel == name);
    // Counts of steps, the last two columns being conversions and all.
    let mut counts = vec![vec![0.0; size + 2]; size];
    for path in table {
        let times = (path.conversions + path.non_conversions) as f64;
        let mut at = start;
        for touch in &path.touches {
            let to = place(touch).expect("known");
            counts[at][to] += times;
            counts[at][size + 1] += times;
            at = to;
        }
        if path.touches.is_empty() {
            // Nobody was reached: without a conversion there is no journey.
            counts[at][size] += path.conversions as f64;
            counts[at][size + 1] += path.conversions as f64;
        } else {
            counts[at][size] += path.conversions as f64;
            counts[at][size + 1] += times;
        }
    }
    let shut = shut.and_then(place);
    let mut rows: Vec<Vec<f64>> = (0..size)
        .map(|at| {
            let all = counts[at][size + 1];
            let mut row = vec![0.0; size + 1];
            row[at] = 1.0;
            if all > 0.0 && shut != Some(at) {
                for to in 0..size {
                    row[to] -= counts[at][to] / all;
                }
                row[size] = counts[at][size] / all;
            }
            row
        })
        .collect();
    for pivot in 0..size {
        let best = (pivot..size)
            .max_by(|a, b| rows[*a][pivot].abs().total_cmp(&rows[*b][pivot].abs()))
            .expect("rows are left");
        rows.swap(pivot, best);
        let lead = rows[pivot].clone();
        for (at, row) in rows.iter_mut().enumerate() {
            if at != pivot {
                let times = row[pivot] / lead[pivot];
                for (own, other) in row.iter_mut().zip(&lead) {
                    *own -= times * other;
                }
            }
        }
    }
    rows[start][size] / rows[start][start]
}

/// All orders of the numbers below `count`.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(count - 1) {
        for at in 0..=shorter.len() {
            let mut longer = shorter.clone();
            longer.insert(at, count - 1);
            all.push(longer);
        }
    }
    all
}

proptest! {
    #[test]
    fn credits_add_up_for_tables(model in models(), table in tables(), merge_repeats: bool, rule in 0..5_u8) {
        let rules = match rule {
            1 => vec![PathRule::Unique],
            2 => vec![PathRule::Without("a".into())],
            3 => vec![PathRule::WithoutTrailing("b".into())],
            4 => vec![PathRule::Last(2)],
            _ => Vec::new(),
        };
        let answer = credit_table(&Crediting { model, rules, merge_repeats }, &table).unwrap();
        adds_up(&answer);
        prop_assert_eq!(answer.conversions, table.iter().map(|path| path.conversions).sum::<u64>());
        prop_assert!(answer.channels.iter().all(|credit| credit.conversions >= 0.0));
    }

    #[test]
    fn credits_add_up_for_trails(
        model in models(),
        rows in logs(),
        look_back in prop::option::of(0..9_i64),
        overlapping: bool,
        own_touch: bool,
    ) {
        let question = Attribution {
            value: Some(0),
            look_back_ms: look_back.map(|seconds| seconds * SECOND_MS),
            journeys: if overlapping { Journeys::Overlapping } else { Journeys::SincePrevious },
            own_touch,
            ..Attribution::new(0, 0, model)
        };
        let answer = ask(&question, &rows, &["order"]).unwrap();
        adds_up(&answer);
        let orders = rows.iter().filter(|row| row.event == "order");
        prop_assert_eq!(answer.value, orders.clone().map(|row| i128::from(row.number.unwrap_or(0))).sum::<i128>());
        prop_assert_eq!(answer.conversions, orders.count() as u64);
    }

    #[test]
    fn removal_effects_are_those_of_a_chain_without_the_channel(table in tables()) {
        let answer = credit_table(&Crediting::new(CHAIN), &table).unwrap();
        let all = converts_without(&table, None);
        let markov = answer.markov.as_ref().unwrap();
        prop_assert!((markov.conversion_probability - all).abs() < 1e-9);
        for credit in answer.channels.iter().filter(|credit| credit.channel != "(none)") {
            let effect = credit.removal_effect.unwrap();
            let lost = all - converts_without(&table, Some(&credit.channel));
            let expected = if all > 1e-12 { lost / all } else { 0.0 };
            prop_assert!((effect - expected).abs() < 1e-9, "{}: {effect} {expected}", credit.channel);
        }
        let kept = Crediting { merge_repeats: false, ..Crediting::new(CHAIN) };
        let kept = credit_table(&kept, &table).unwrap();
        for (a, b) in credits(&answer).values().zip(credits(&kept).values()) {
            prop_assert!((a - b).abs() < 1e-9, "staying where one is changes nothing");
        }
    }

    #[test]
    fn shapley_values_are_means_over_all_orders(table in tables()) {
        let answer = credit_table(&Crediting::new(Model::Shapley), &table).unwrap();
        let given = credits(&answer);
        let channels = ["a", "b", "c", "d", "e"];
        let worth = |set: &[usize]| {
            let inside = table.iter().filter(|path| {
                let mut touches = path.touches.iter();
                touches.all(|touch| set.iter().any(|channel| channels[*channel] == touch))
            });
            inside.map(|path| path.conversions).sum::<u64>() as f64
        };
        let orders = permutations(channels.len());
        for (number, channel) in channels.iter().enumerate() {
            let adds = orders.iter().map(|order| {
                let at = order.iter().position(|other| *other == number).unwrap();
                worth(&order[..=at]) - worth(&order[..at])
            });
            let mean = adds.sum::<f64>() / orders.len() as f64;
            prop_assert!((given.get(channel).copied().unwrap_or(0.0) - mean).abs() < 1e-9);
        }
    }

    /// The last touch right before, and steps from touch to touch, by walking rows in pairs.
    #[test]
    fn last_touches_and_steps_are_whole_numbers(rows in logs()) {
        let mut question = Attribution {
            value: Some(0),
            look_back_ms: Some(3 * SECOND_MS),
            journeys: Journeys::SincePrevious,
            ..Attribution::new(0, 0, Model::Last)
        };
        let last = ask(&question, &rows, &["order"]).unwrap();
        question.look_back_ms = None;
        question.crediting = Crediting { merge_repeats: false, ..Crediting::new(CHAIN) };
        let chain = ask(&question, &rows, &["order"]).unwrap();

        let mut credited = BTreeMap::<String, (u64, i128)>::new();
        let mut steps = BTreeMap::<(String, String), u64>::new();
        for rows in by_customer(&rows).values() {
            let label = |row: &Row| match &row.event[..] {
                "order" => Some("(conversion)".to_owned()),
                _ => row.text.clone(),
            };
            let walk: Vec<(String, &Row)> =
                rows.iter().filter_map(|row| Some((label(row)?, row))).collect();
            for (at, (name, row)) in walk.iter().enumerate() {
                let before = at.checked_sub(1).map(|at| &walk[at]).filter(|b| b.0 != "(conversion)");
                let source = before.map_or("(start)".to_owned(), |before| before.0.clone());
                *steps.entry((source, name.clone())).or_default() += 1;
                if name == "(conversion)" {
                    let near = before.filter(|before| row.at_ms - before.1.at_ms <= 3 * SECOND_MS);
                    let channel = near.map_or("(none)".to_owned(), |before| before.0.clone());
                    let credit = credited.entry(channel).or_default();
                    *credit = (credit.0 + 1, credit.1 + i128::from(row.number.unwrap_or(0)));
                } else if at + 1 == walk.len() {
                    *steps.entry((name.clone(), "(null)".to_owned())).or_default() += 1;
                }
            }
        }
        let given: BTreeMap<String, (u64, i128)> =
            last.channels.into_iter().map(|credit| (credit.channel, credit.whole.unwrap())).collect();
        prop_assert_eq!(given, credited);
        let given: BTreeMap<(String, String), u64> = chain.markov.unwrap().steps.into_iter()
            .map(|step| ((step.source, step.target), step.count)).collect();
        prop_assert_eq!(given, steps);
    }
}
