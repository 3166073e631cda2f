//! Funnels by example: windows, ties, repeated steps, exclusions, the peers' ways, and what must stay small.

use perennial_analytics::funnel::{
    Conversion, Dialect, Exclusion, Funnel, Modes, Order, Scope, Step,
};
use perennial_model::DAY_MS;

use crate::crowd::{Crowd, Touch};

/// The condition of touches excluded; steps are conditions from 0 on.
pub const EXCLUDED: u16 = 100;

pub fn funnel(steps: &[u16], window_ms: i64, order: Order) -> Funnel {
    Funnel {
        steps: steps.to_vec(),
        window_ms,
        order,
        exclusions: Vec::new(),
        scope: Scope::Attempt,
        dialect: Dialect::Perennial,
        within_ms: None,
        by: None,
    }
}

/// Touches written as `at:conditions`, such as `0:a 5:bc 5:x`; `a` is step 0 and `x` is excluded.
pub fn touches(text: &str) -> Vec<Touch> {
    let touch = |part: &str| {
        let (at_ms, letters) = part.split_once(':').expect("at:conditions");
        let condition = |letter: u8| match letter {
            b'x' => Some(EXCLUDED),
            b'-' => None,
            step => Some(u16::from(step - b'a')),
        };
        let meets: Vec<u16> = letters.bytes().filter_map(condition).collect();
        Touch::new(at_ms.parse().expect("a number"), &meets)
    };
    text.split_whitespace().map(touch).collect()
}

pub fn customers(conversion: &Conversion) -> Vec<u64> {
    conversion.steps.iter().map(|step| step.customers).collect()
}

/// How many steps one customer takes, and the milliseconds between them.
fn one(question: &Funnel, text: &str) -> (usize, Vec<i64>) {
    let answer = Crowd::new(&[touches(text)]).ask(question);
    let steps = &answer[0].answer.steps;
    let lasted = steps.iter().filter_map(|step| step.mean_seconds);
    let lasted = lasted.map(|seconds| (seconds * 1_000.0).round() as i64);
    let depth = steps.iter().filter(|step| step.customers > 0).count();
    (depth, lasted.collect())
}

#[test]
fn the_window_counts_from_the_first_step_and_includes_its_end() {
    let question = funnel(&[0, 1, 2], 10, Order::Ordered);
    assert_eq!(one(&question, "0:a 6:b 10:c"), (3, vec![6, 4]));
    assert_eq!(one(&question, "0:a 6:b 11:c"), (2, vec![6]));
    // A later attempt comes further, though the earlier one took its second step first.
    assert_eq!(one(&question, "0:a 3:a 6:b 11:c"), (3, vec![3, 5]));
    assert_eq!(one(&question, "0:b 1:c"), (0, vec![]));
}

#[test]
fn of_equal_attempts_the_earliest_counts() {
    let question = funnel(&[0, 1], 10, Order::Ordered);
    assert_eq!(one(&question, "0:a 2:a 5:b 20:a 21:b"), (2, vec![5]));
}

#[test]
fn touches_of_one_instant_are_in_whatever_order_serves_but_fill_one_step_each() {
    let question = funnel(&[0, 1, 2], 10, Order::Ordered);
    assert_eq!(one(&question, "5:c 5:b 5:a"), (3, vec![0, 0]));
    assert_eq!(one(&question, "5:abc"), (1, vec![]));
    assert_eq!(one(&question, "5:abc 5:ab 5:a"), (3, vec![0, 0]));
    assert_eq!(one(&question, "5:abc 5:c"), (1, vec![]));
    assert_eq!(one(&question, "4:a 5:bc 5:bc"), (3, vec![1, 0]));
    let again = funnel(&[0, 0], 10, Order::Ordered);
    assert_eq!(one(&again, "5:a"), (1, vec![]));
    assert_eq!(one(&again, "5:a 5:a"), (2, vec![0]));
}

#[test]
fn strict_steps_follow_each_other_among_the_touches_looked_at() {
    let strict = |among| funnel(&[0, 1, 2], 10, Order::Strict { among });
    assert_eq!(one(&strict(None), "0:a 1:b 2:- 3:c"), (2, vec![1]));
    assert_eq!(one(&strict(None), "0:a 1:- 2:a 3:b 4:c"), (3, vec![1, 1]));
    assert_eq!(one(&strict(Some(7)), "0:a 1:b 2:- 3:c"), (3, vec![1, 2]));
    assert_eq!(one(&strict(Some(7)), "0:a 1:b 2:h 3:c"), (2, vec![1]));
}

#[test]
fn unordered_steps_count_different_ones_within_a_window() {
    let question = funnel(&[0, 1, 2], 10, Order::Unordered);
    assert_eq!(one(&question, "0:c 4:b 10:a"), (3, vec![4, 6]));
    assert_eq!(one(&question, "0:c 4:b 11:a"), (2, vec![4]));
    assert_eq!(one(&question, "0:c 1:c 2:c"), (1, vec![]));
    assert_eq!(one(&question, "0:ab 1:a"), (2, vec![1]));
}

#[test]
fn an_excluded_touch_removes_the_attempt_or_the_customer() {
    let question = |order, scope| Funnel {
        exclusions: vec![Exclusion {
            event: EXCLUDED,
            from: 1,
            to: 2,
        }],
        scope,
        ..funnel(&[0, 1, 2], 10, order)
    };
    let attempt = question(Order::Ordered, Scope::Attempt);
    assert_eq!(one(&attempt, "0:a 1:x 2:b").0, 0);
    assert_eq!(one(&attempt, "0:a 1:x"), (0, vec![]));
    assert_eq!(one(&attempt, "0:a 11:x").0, 1);
    assert_eq!(one(&attempt, "0:a 2:b 3:x 4:c").0, 3);
    assert_eq!(one(&attempt, "0:a 2:b 2:x 4:c").0, 3);
    assert_eq!(one(&attempt, "0:a 1:x 2:a 3:b").0, 2);
    assert_eq!(one(&attempt, "0:a 1:x 2:b 3:a").0, 1);
    let person = question(Order::Ordered, Scope::Person);
    assert_eq!(one(&person, "0:a 1:x 2:a 3:b").0, 2);
    assert_eq!(one(&person, "0:a 1:x 2:b 3:a").0, 0);
    // Without an order the steps on either side of it stay, apart from each other.
    let unordered = question(Order::Unordered, Scope::Attempt);
    assert_eq!(one(&unordered, "0:a 1:x 2:b").0, 1);
    assert_eq!(one(&unordered, "0:a 2:b 3:x").0, 2);
    let unordered = question(Order::Unordered, Scope::Person);
    assert_eq!(one(&unordered, "0:a 1:x 2:b").0, 1);
    let strict = question(Order::Strict { among: None }, Scope::Attempt);
    assert_eq!(one(&strict, "0:a 1:x 2:b").0, 0);
    assert_eq!(one(&strict, "0:a 1:- 2:x").0, 1);
}

#[test]
fn posthog_goes_on_from_the_last_attempt_and_sorts_ties_by_step() {
    let posthog = |order| Funnel {
        dialect: Dialect::PostHog,
        ..funnel(&[0, 1, 2], 10, order)
    };
    assert_eq!(one(&posthog(Order::Ordered), "0:a 2:a 5:b"), (2, vec![3]));
    assert_eq!(
        one(&posthog(Order::Ordered), "5:c 5:b 5:a"),
        (3, vec![0, 0])
    );
    let strict = posthog(Order::Strict { among: None });
    assert_eq!(one(&strict, "0:a 1:- 2:b"), (1, vec![]));
    assert_eq!(one(&strict, "0:a 1:b 2:c"), (3, vec![1, 1]));
    let excluded = Funnel {
        exclusions: vec![Exclusion {
            event: EXCLUDED,
            from: 1,
            to: 2,
        }],
        ..posthog(Order::Ordered)
    };
    assert_eq!(one(&excluded, "0:a 1:x 2:b"), (0, vec![]));
    assert_eq!(one(&excluded, "0:a 1:x 2:a 3:b"), (2, vec![1]));
}

#[test]
fn clickhouse_has_its_modes() {
    let depth = |modes: Modes, steps: &[u16], text: &str| {
        let question = Funnel {
            dialect: Dialect::ClickHouse(modes),
            ..funnel(steps, 100, Order::Ordered)
        };
        one(&question, text).0
    };
    let none = Modes::default();
    let deduplication = Modes {
        strict_deduplication: true,
        ..none
    };
    let order = Modes {
        strict_order: true,
        ..none
    };
    let increase = Modes {
        strict_increase: true,
        ..none
    };
    let once = Modes {
        strict_once: true,
        ..none
    };
    let reentry = Modes {
        allow_reentry: true,
        ..order
    };
    let abc = [0, 1, 2];
    assert_eq!(depth(none, &abc, "0:a 1:b 1:c"), 3);
    assert_eq!(depth(increase, &abc, "0:a 1:b 1:c"), 2);
    assert_eq!(depth(none, &[0, 0, 0], "4:a"), 3);
    assert_eq!(depth(once, &[0, 0, 0], "4:a"), 1);
    assert_eq!(depth(once, &[0, 0, 0], "4:a 4:a 5:a"), 3);
    assert_eq!(depth(order, &abc, "0:a 1:- 2:b 3:c"), 1);
    assert_eq!(depth(order, &abc, "0:a 1:c 2:b"), 1);
    assert_eq!(depth(reentry, &abc, "0:a 1:c 2:b 3:c"), 3);
    assert_eq!(depth(order, &abc, "0:a 1:b 2:a 3:c"), 3);
    assert_eq!(depth(deduplication, &abc, "0:a 1:b 2:b 3:c"), 2);
}

#[test]
fn seconds_have_a_mean_and_a_median_and_groups_their_people() {
    let lasting = |ms: i64, country| vec![Touch::new(0, &[0]).text(country), Touch::new(ms, &[1])];
    let crowd = Crowd::new(&[
        lasting(1_000, "AT"),
        lasting(2_000, "AT"),
        lasting(4_000, "AT"),
        lasting(9_000, "AT"),
        vec![Touch::new(0, &[]).text("BE")],
        vec![Touch::new(0, &[0])],
    ]);
    let question = Funnel {
        by: Some(0),
        ..funnel(&[0, 1], DAY_MS, Order::Ordered)
    };
    let answer = crowd.ask(&question);
    assert_eq!(crowd.ask_in_halves(&question), answer);
    let shown: Vec<(Option<&str>, u64, Vec<u64>)> = answer
        .iter()
        .map(|split| {
            (
                split.by.as_deref(),
                split.answer.people,
                customers(&split.answer),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (Some("AT"), 4, vec![4, 4]),
            (Some("BE"), 1, vec![0, 0]),
            (None, 1, vec![1, 0])
        ]
    );
    assert_eq!(
        answer[0].answer.steps[1],
        Step {
            customers: 4,
            median_seconds: Some(3.0),
            mean_seconds: Some(4.0)
        }
    );
    assert_eq!(answer[0].answer.steps[0].mean_seconds, None);
    assert_eq!(answer[1].answer.steps[1].median_seconds, None);
    let within = Funnel {
        within_ms: Some((0, 2_000)),
        ..funnel(&[0, 1], DAY_MS, Order::Ordered)
    };
    assert_eq!(customers(&crowd.ask(&within)[0].answer), [5, 1]);
}

/// What would take a quadratic search for ever ends at once.
#[test]
fn long_trails_and_many_steps_stay_bounded() {
    let steps: Vec<u16> = (0..1_000).collect();
    let many = 100_000;
    let same: Vec<Touch> = (0..many).map(|at| Touch::new(at, &[0])).collect();
    let climbing: Vec<Touch> = (0..many)
        .map(|at| Touch::new(at, &[(at % 1_000) as u16]))
        .collect();
    let instant: Vec<Touch> = (0..many)
        .map(|at| Touch::new(0, &[(at % 3) as u16]))
        .collect();
    let everything: Vec<Touch> = (0..1_000).map(|_| Touch::new(0, &[0, 1, 2, 3])).collect();
    let crowd = Crowd::new(&[same, climbing, instant, everything]);
    let modes = Modes {
        strict_once: true,
        ..Modes::default()
    };
    for (dialect, order) in [
        (Dialect::Perennial, Order::Ordered),
        (Dialect::Perennial, Order::Unordered),
        (Dialect::Perennial, Order::Strict { among: None }),
        (Dialect::PostHog, Order::Ordered),
        (Dialect::PostHog, Order::Strict { among: None }),
        (Dialect::ClickHouse(Modes::default()), Order::Ordered),
        (Dialect::ClickHouse(modes), Order::Ordered),
    ] {
        let question = Funnel {
            dialect,
            ..funnel(&steps, i64::from(i32::MAX), order)
        };
        let answer = crowd.ask(&question);
        let counts = customers(&answer[0].answer);
        assert_eq!(counts.last(), Some(&1), "{dialect:?} {order:?}");
        assert_eq!(counts[0], 4, "{dialect:?} {order:?}");
    }
}
