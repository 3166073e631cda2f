//! Opportunities: what is counted, that planted ones are found, and that chance alone is not.

use perennial_analytics::kpis::{Kpi, Target};
use perennial_analytics::opportunities::{Opportunities, Opportunity, Segments, Versus};
use perennial_model::DAY_MS;
use proptest::prelude::*;

use crate::kpis::spread_over_days;
use crate::staged::{Person, answer, ask, people};

const ORDER: u16 = 0;
const REFUND: u16 = 1;
const STAGES: usize = 3;
/// An amount of one.
const ONE: i64 = 1_000_000;
/// Days in which customers enter; the second half confirms.
const DAYS: i64 = 200;
const SEGMENTS: [&str; 6] = ["AT", "CH", "DE", "ES", "FR", "IT"];
const RUNS: u64 = 200;

fn question() -> Opportunities {
    Opportunities {
        lifecycle: 0,
        segments: Segments::Text(0),
        from_ms: 0,
        split_ms: DAYS / 2 * DAY_MS,
        to_ms: DAYS * DAY_MS,
        known_until_ms: 2 * DAYS * DAY_MS,
        window_ms: 30 * DAY_MS,
        value_ms: 60 * DAY_MS,
        order: Some(ORDER),
        order_value: Some(0),
        refund: Some(REFUND),
        refund_value: Some(0),
        targets: Vec::new(),
        min_people: 20,
        false_discovery_rate: 0.1,
    }
}

/// Steele's and Vigna's SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: i64) -> i64 {
        (self.next() % end as u64) as i64
    }

    /// True so many times of a hundred.
    fn percent(&mut self, chance: i64) -> bool {
        self.below(100) < chance
    }
}

/// Customers who enter stage 0, go on to 1 with the chance of their segment and pay there, or lapse to 2; from
/// 1 half lapse too.
fn population(random: &mut Random, each: usize, chance: impl Fn(&str) -> i64) -> Vec<Person> {
    let mut people = Vec::new();
    for segment in SEGMENTS {
        for _ in 0..each {
            let at_ms = random.below(DAYS * DAY_MS);
            let mut person = Person::new(&[(at_ms, 0)]).text(segment);
            let next_ms = at_ms + 1 + random.below(30 * DAY_MS - 1);
            person = person.did(at_ms, &[], 0);
            if random.percent(chance(segment)) {
                person.moves.push((next_ms, 1));
                let paid = (20 + random.below(60)) * ONE;
                person = person.did(next_ms, &[ORDER], paid);
                if random.percent(50) {
                    person.moves.push((next_ms + random.below(50 * DAY_MS), 2));
                }
            } else if random.percent(25) {
                person.moves.push((next_ms, 2));
            }
            people.push(person);
        }
    }
    people
}

fn held(found: &[Opportunity]) -> usize {
    found.iter().filter(|one| one.holds).count()
}

#[test]
fn where_nothing_is_planted_no_more_is_found_than_was_put_up_with() {
    nothing_found(Segments::Text(0));
}

#[test]
fn nor_is_it_where_regions_are_looked_at_besides() {
    nothing_found(Segments::Countries(0));
}

fn nothing_found(segments: Segments) {
    let mut runs_with_findings = 0;
    for seed in 0..RUNS {
        let mut random = Random(seed);
        let people = population(&mut random, 150, |_| 30);
        let mut question = question();
        question.segments = segments;
        question.targets = vec![target(1, 0.3)];
        let found = answer(&question, STAGES, &people, 1);
        runs_with_findings += u64::from(held(&found) > 0);
    }
    // 200 runs at a rate of 0.1: 20 are to be expected, and three standard deviations are 12.7.
    assert!(
        runs_with_findings <= 32,
        "seeds 0 to {RUNS}: findings in {runs_with_findings} runs"
    );
}

fn target(to: u8, value: f64) -> Target {
    Target {
        lifecycle: 0,
        stage: 0,
        kpi: Kpi::ConvertedWithin(to),
        value,
        source: "plan".into(),
        day: Some(20_000),
    }
}

#[test]
fn what_is_planted_is_found_where_it_was() {
    let (mut found_it, mut found_else) = (0, 0);
    for seed in 0..40 {
        let mut random = Random(1_000 + seed);
        let people = population(
            &mut random,
            600,
            |segment| if segment == "FR" { 15 } else { 35 },
        );
        for one in answer(&question(), STAGES, &people, 1) {
            let planted = one.segment.as_deref() == Some("FR") && (one.from, one.to) == (0, 1);
            found_it += u64::from(one.holds && planted);
            // Who does not go on may lapse, so the planted difference shows there too.
            let elsewhere = one.segment.as_deref() != Some("FR") && (one.from, one.to) == (0, 1);
            found_else += u64::from(one.holds && elsewhere);
        }
    }
    assert!(found_it >= 38, "seeds from 1000: {found_it} of 40");
    assert!(found_else <= 10, "seeds from 1000: {found_else}");
}

#[test]
fn a_country_that_is_behind_is_told_and_not_its_region() {
    let (mut alone, mut of_region) = (0, 0);
    for seed in 0..40 {
        let mut question = question();
        question.segments = Segments::Countries(0);
        let mut random = Random(2_000 + seed);
        // Of Western Europe AT, CH, DE and FR are there, of Southern Europe ES and IT.
        let behind = |segment: &str| if segment == "FR" { 10 } else { 35 };
        let people = population(&mut random, 600, behind);
        let told = |found: &[Opportunity]| -> Vec<Option<String>> {
            let own = found
                .iter()
                .filter(|one| one.holds && (one.from, one.to) == (0, 1));
            own.map(|one| one.segment.clone()).collect()
        };
        alone += u64::from(told(&answer(&question, STAGES, &people, 1)) == [Some("FR".into())]);
        let behind = |segment: &str| {
            if ["ES", "IT"].contains(&segment) {
                15
            } else {
                35
            }
        };
        let people = population(&mut random, 600, behind);
        let found = told(&answer(&question, STAGES, &people, 1));
        of_region += u64::from(found == [Some("Southern Europe".into())]);
    }
    assert!(alone >= 34, "seeds from 2000: {alone} of 40");
    assert!(of_region >= 34, "seeds from 2000: {of_region} of 40");
}

/// So many who enter on a day; of these so many go on the next day and pay 100.
fn crowd(text: &'static str, day: i64, people: usize, movers: usize) -> Vec<Person> {
    let enter = |_| Person::new(&[(day * DAY_MS, 0)]).text(text);
    let mut crowd: Vec<Person> = (0..people).map(enter).collect();
    for mover in &mut crowd[..movers] {
        let next_ms = (day + 1) * DAY_MS;
        mover.moves.push((next_ms, 1));
        mover.touches.push((next_ms, vec![ORDER], Some(100 * ONE)));
    }
    crowd
}

#[test]
fn money_is_people_times_gap_times_value() {
    let mut people = crowd("DE", 1, 2_000, 1_000);
    people.extend(crowd("US", 1, 2_000, 400));
    people.extend(crowd("DE", 150, 1_000, 520));
    people.extend(crowd("US", 150, 800, 160));
    // Too few to be an example, however well they do.
    people.extend(crowd("MC", 1, 19, 19));
    people.extend(crowd("MC", 150, 19, 19));
    let mut question = question();
    question.targets = vec![target(1, 0.6)];
    let answer = ask(&question, STAGES, &people);
    let us = answer.iter().find(|one| {
        one.segment.as_deref() == Some("US") && matches!(one.versus, Versus::Segment(_))
    });
    let us = us.expect("an opportunity");
    assert_eq!(us.versus, Versus::Segment(Some("DE".into())));
    assert_eq!(us.value_each, i128::from(100 * ONE));
    assert!(us.holds);
    let confirmed = us.confirmed.expect("enough of both");
    assert_eq!(
        (confirmed.people, confirmed.watched, confirmed.moved),
        (800, 800, 160)
    );
    // 800 × (0.52 - 0.20) × 100.
    assert_eq!(confirmed.money, i128::from(25_600 * ONE));
    assert!(confirmed.interval.low < 25_600.0 && confirmed.interval.high > 25_600.0);
    let half = 1.96 * 800.0 * 100.0 * (0.2 * 0.8 / 800.0 + 0.52 * 0.48 / 1_000.0_f64).sqrt();
    let width = (confirmed.interval.high - confirmed.interval.low) / 2.0;
    assert!((width / half - 1.0).abs() < 0.01, "{width} and {half}");
    assert!(
        answer
            .iter()
            .all(|one| one.segment.as_deref() != Some("MC"))
    );
    let sentence = us.assumption.to_string();
    assert!(
        sentence.starts_with(
            "If the 2000 customers of segment US who enter s0 went on to s1 within 30 days"
        ),
        "{sentence}"
    );
    let to_target = answer
        .iter()
        .filter(|one| matches!(one.versus, Versus::Target { .. }));
    assert_eq!(to_target.filter(|one| one.holds).count(), 2);
}

#[test]
fn who_enters_twice_is_counted_once_and_who_is_out_of_sight_not_at_all() {
    let day = |day: i64| day * DAY_MS;
    let mut question = question();
    question.known_until_ms = day(180);
    question.segments = Segments::Met(ORDER);
    question.min_people = 1;
    let twice = Person::new(&[(day(1), 0), (day(2), 1), (day(120), 0), (day(121), 1)]).did(
        day(2),
        &[ORDER],
        10 * ONE,
    );
    let mut people = vec![twice; 2];
    people.extend(vec![
        Person::new(&[(day(1), 0)]).did(day(1), &[ORDER], ONE);
        2
    ]);
    people.extend(vec![Person::new(&[(day(151), 0)]); 3]);
    let answer = ask(&question, STAGES, &people);
    let insiders = answer
        .iter()
        .find(|one| one.segment.as_deref() == Some("in"));
    let insiders = insiders.expect("those with an order as they enter do not go on");
    assert_eq!((insiders.from, insiders.to), (0, 1));
    assert_eq!((insiders.found.people, insiders.found.moved), (2, 0));
    assert_eq!(insiders.value_each, i128::from(9 * ONE));
    assert_eq!(insiders.confirmed, None);
    assert!(!insiders.holds);
}

proptest! {
    #[test]
    fn parts_merge_to_the_whole_and_findings_are_ranked(
        people in people(3, STAGES as u8, 8 * 4).prop_map(spread_over_days),
        by_condition in any::<bool>(),
    ) {
        let mut question = question();
        question.split_ms = 4 * DAY_MS;
        question.window_ms = 2 * DAY_MS;
        question.min_people = 1;
        question.false_discovery_rate = 0.9;
        question.targets = vec![target(1, 0.5)];
        if by_condition {
            question.segments = Segments::Met(2);
        }
        let found = ask(&question, STAGES, &people);
        prop_assert!(found.is_sorted_by_key(|one| !one.holds));
        for one in &found {
            prop_assert!(one.found.money > 0);
            prop_assert!(one.found.moved <= one.found.watched);
            prop_assert!(one.found.watched <= one.found.people);
            prop_assert!(!one.holds || one.q.is_some_and(|q| q <= 0.9));
            prop_assert!(one.found.interval.low <= one.found.interval.high);
        }
    }
}
