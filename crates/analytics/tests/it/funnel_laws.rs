//! Funnels against references that try everything, and laws that every funnel must keep.

use perennial_analytics::funnel::{Dialect, Exclusion, Funnel, Modes, Order, Scope};
use proptest::prelude::*;

use crate::crowd::{Crowd, Touch};
use crate::funnel::{EXCLUDED, customers, funnel};

/// Most steps of a funnel made up.
const STEPS: u16 = 4;

/// A made-up touch: its instant, and which steps it meets, as bits.
type Made = (i64, u8);

const EXCLUDED_BIT: u8 = 1 << 7;

fn meets(made: &Made, step: usize) -> bool {
    made.1 >> step & 1 > 0
}

/// Lists of touches, in order of time. Few instants, so that many are equal.
fn trails() -> impl Strategy<Value = Vec<Made>> {
    let bits = prop_oneof![
        Just(0_u8),
        (0..STEPS).prop_map(|step| 1 << step),
        (0..STEPS).prop_map(|step| 1 << step),
        0..1_u8 << STEPS,
        Just(EXCLUDED_BIT),
    ];
    let touches = prop::collection::vec((0..14_i64, bits), 1..9);
    touches.prop_map(|mut touches| {
        touches.sort_by_key(|touch| touch.0);
        touches
    })
}

fn crowd(trails: &[Vec<Made>]) -> Crowd {
    let touch = |made: &Made| {
        let mut conditions: Vec<u16> = (0..STEPS)
            .filter(|step| meets(made, usize::from(*step)))
            .collect();
        if made.1 & EXCLUDED_BIT > 0 {
            conditions.push(EXCLUDED);
        }
        Touch::new(made.0, &conditions)
    };
    let trails = trails.iter().map(|trail| trail.iter().map(touch).collect());
    Crowd::new(&trails.collect::<Vec<_>>())
}

fn steps(count: usize) -> Vec<u16> {
    (0..count as u16).collect()
}

/// Every chain of touches that go on from `taken`, as the instants of their steps.
fn chains(
    trail: &[Made],
    count: usize,
    window_ms: i64,
    taken: &mut Vec<usize>,
    all: &mut Vec<Vec<i64>>,
) {
    if !taken.is_empty() {
        all.push(taken.iter().map(|touch| trail[*touch].0).collect());
    }
    if taken.len() == count {
        return;
    }
    for touch in 0..trail.len() {
        let in_order = taken
            .last()
            .is_none_or(|last| trail[*last].0 <= trail[touch].0);
        let in_time = taken
            .first()
            .is_none_or(|first| trail[touch].0 - trail[*first].0 <= window_ms);
        if in_order && in_time && meets(&trail[touch], taken.len()) && !taken.contains(&touch) {
            taken.push(touch);
            chains(trail, count, window_ms, taken, all);
            taken.pop();
        }
    }
}

/// Of attempts, by start: the deepest and of these that which took each step first.
fn attempts(trail: &[Made], count: usize, window_ms: i64) -> Vec<Vec<i64>> {
    let mut all = Vec::new();
    chains(trail, count, window_ms, &mut Vec::new(), &mut all);
    all.sort_by_key(|chain| (chain[0], usize::MAX - chain.len(), chain.clone()));
    all.dedup_by_key(|chain| chain[0]);
    all
}

fn hit(chain: &[i64], trail: &[Made], exclusion: Exclusion, window_ms: i64) -> bool {
    let Some(&after_ms) = chain.get(exclusion.from - 1) else {
        return false;
    };
    trail
        .iter()
        .filter(|made| made.1 & EXCLUDED_BIT > 0)
        .any(|(at_ms, _)| {
            let before = match chain.get(exclusion.to - 1) {
                Some(reached_ms) => at_ms < reached_ms,
                None => *at_ms <= chain[0] + window_ms,
            };
            *at_ms > after_ms && before
        })
}

/// The deepest attempt, of equal ones the earliest.
fn best(attempts: &[Vec<i64>]) -> Vec<i64> {
    // Of several that are alike the last is the maximum, and of attempts of one instant the first counts.
    let deepest = attempts.iter().rev();
    let deepest = deepest.max_by_key(|chain| (chain.len(), -chain[0]));
    deepest.cloned().unwrap_or_default()
}

/// Most different steps among touches, each filling one.
fn most(touches: &[&Made], count: usize, filled: u8) -> usize {
    let Some((first, rest)) = touches.split_first() else {
        return filled.count_ones() as usize;
    };
    let free = (0..count).filter(|step| meets(first, *step) && filled >> step & 1 == 0);
    let with = free.map(|step| most(rest, count, filled | 1 << step)).max();
    with.unwrap_or(0).max(most(rest, count, filled))
}

fn unordered(trail: &[Made], count: usize, window_ms: i64, excluding: bool) -> usize {
    let from = |(start_ms, _): &Made| {
        let mut end_ms = start_ms + window_ms;
        for (at_ms, bits) in trail {
            if excluding && bits & EXCLUDED_BIT > 0 && at_ms > start_ms {
                end_ms = end_ms.min(*at_ms);
            }
        }
        let within: Vec<&Made> = trail
            .iter()
            .filter(|made| (*start_ms..=end_ms).contains(&made.0))
            .collect();
        most(&within, count, 0)
    };
    trail.iter().map(from).max().unwrap_or(0)
}

fn strict(trail: &[Made], count: usize, window_ms: i64) -> Vec<i64> {
    let run = |start: usize| -> Vec<i64> {
        let on = trail[start..].iter().enumerate().take(count);
        let fits = |(step, made): &(usize, &Made)| {
            meets(made, *step) && made.0 - trail[start].0 <= window_ms
        };
        on.take_while(fits).map(|(_, made)| made.0).collect()
    };
    let runs: Vec<Vec<i64>> = (0..trail.len())
        .map(run)
        .filter(|run| !run.is_empty())
        .collect();
    best(&runs)
}

/// How deep the only customer comes, and the seconds that her steps last.
fn found(question: &Funnel, trail: &[Made]) -> (usize, Vec<f64>) {
    let answer = crowd(&[trail.to_vec()]).ask(question);
    let steps = &answer[0].answer.steps;
    let depth = steps.iter().filter(|step| step.customers > 0).count();
    (
        depth,
        steps
            .iter()
            .filter_map(|step| step.median_seconds)
            .collect(),
    )
}

fn shape(chain: &[i64]) -> (usize, Vec<f64>) {
    let lasted = chain
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64 / 1_000.0);
    (chain.len(), lasted.collect())
}

fn modes() -> impl Strategy<Value = Modes> {
    any::<[bool; 5]>().prop_map(|bits| Modes {
        strict_deduplication: bits[0],
        strict_order: bits[1],
        strict_increase: bits[2],
        strict_once: bits[3],
        allow_reentry: bits[4],
    })
}

fn orders() -> impl Strategy<Value = Order> {
    prop_oneof![
        Just(Order::Ordered),
        Just(Order::Unordered),
        Just(Order::Strict { among: None }),
    ]
}

proptest! {
    #[test]
    fn the_deepest_attempt_is_the_deepest_of_all_chains(
        trail in trails(), count in 1..=usize::from(STEPS), window_ms in 0..12_i64,
    ) {
        let question = funnel(&steps(count), window_ms, Order::Ordered);
        let expected = best(&attempts(&trail, count, window_ms));
        prop_assert_eq!(found(&question, &trail), shape(&expected));
    }

    #[test]
    fn exclusions_remove_the_attempts_that_they_hit(
        trail in trails(), window_ms in 0..12_i64, from in 1..3_usize, more in 1..3_usize,
    ) {
        let count = usize::from(STEPS);
        let exclusion = Exclusion { event: EXCLUDED, from, to: from + more };
        let question = Funnel {
            exclusions: vec![exclusion],
            ..funnel(&steps(count), window_ms, Order::Ordered)
        };
        let all = attempts(&trail, count, window_ms);
        let clean: Vec<Vec<i64>> =
            all.iter().filter(|chain| !hit(chain, &trail, exclusion, window_ms)).cloned().collect();
        prop_assert_eq!(found(&question, &trail), shape(&best(&clean)));
        let person = Funnel { scope: Scope::Person, ..question };
        let out = best(&clean).len() < best(&all).len();
        let expected = if out { (0, Vec::new()) } else { shape(&best(&clean)) };
        prop_assert_eq!(found(&person, &trail), expected);
    }

    #[test]
    fn unordered_is_the_most_steps_of_any_window(
        trail in trails(), count in 1..=usize::from(STEPS), window_ms in 0..12_i64, excluding in any::<bool>(),
    ) {
        let mut question = funnel(&steps(count), window_ms, Order::Unordered);
        if excluding {
            question.exclusions = vec![Exclusion { event: EXCLUDED, from: 1, to: 2 }];
        }
        let (depth, lasted) = found(&question, &trail);
        prop_assert_eq!(depth, unordered(&trail, count, window_ms, excluding));
        prop_assert!(lasted.iter().all(|seconds| *seconds >= 0.0));
        prop_assert!(lasted.iter().sum::<f64>() <= window_ms as f64 / 1_000.0 + 1e-9);
    }

    #[test]
    fn strict_is_the_longest_run(
        trail in trails(), count in 1..=usize::from(STEPS), window_ms in 0..12_i64,
    ) {
        let question = funnel(&steps(count), window_ms, Order::Strict { among: None });
        prop_assert_eq!(found(&question, &trail), shape(&strict(&trail, count, window_ms)));
    }

    #[test]
    fn counts_never_rise_and_halves_give_the_whole(
        trails in prop::collection::vec(trails(), 1..8),
        window_ms in 0..12_i64,
        order in orders(),
        modes in modes(),
        peer in 0..3_u8,
        excluding in any::<bool>(),
    ) {
        let dialect = [Dialect::Perennial, Dialect::PostHog, Dialect::ClickHouse(modes)][usize::from(peer)];
        let mut question = Funnel { dialect, ..funnel(&steps(4), window_ms, order) };
        if excluding {
            question.exclusions = vec![Exclusion { event: EXCLUDED, from: 1, to: 3 }];
        }
        let crowd = crowd(&trails);
        let answer = crowd.ask(&question);
        prop_assert_eq!(&crowd.ask_in_halves(&question), &answer);
        let counts = customers(&answer[0].answer);
        prop_assert!(counts.windows(2).all(|pair| pair[0] >= pair[1]));
        prop_assert_eq!(answer[0].answer.people, trails.len() as u64);
        // What one customer leaves behind in the room to work in is not seen by the next.
        let alone = |trail: &Vec<Made>| found(&question, trail).0;
        let depths: Vec<usize> = trails.iter().map(alone).collect();
        for (step, count) in counts.iter().enumerate() {
            prop_assert_eq!(*count, depths.iter().filter(|depth| **depth > step).count() as u64);
        }
    }

    #[test]
    fn without_repeats_and_shared_touches_the_dialects_agree_on_depth(
        trail in trails(), window_ms in 0..12_i64,
    ) {
        let single: Vec<Made> = trail
            .into_iter()
            .filter(|made| (made.1 & !EXCLUDED_BIT).count_ones() == 1)
            .collect();
        prop_assume!(!single.is_empty());
        let ours = funnel(&steps(4), window_ms, Order::Ordered);
        let depth = found(&ours, &single).0;
        for dialect in [Dialect::PostHog, Dialect::ClickHouse(Modes::default())] {
            let theirs = Funnel { dialect, ..ours.clone() };
            prop_assert_eq!(found(&theirs, &single).0, depth, "{:?}", dialect);
        }
    }
}
