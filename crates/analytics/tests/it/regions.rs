//! Regions: what is in which, what an index is, and that chance alone is not found to differ.

use perennial_analytics::kpis::{Kpi, Kpis, StageCounts};
use perennial_analytics::proportion::{Rate, false_discovery_rates};
use perennial_analytics::regions::{Level, RegionFigure, RegionStage, Regions};
use perennial_model::DAY_MS;
use proptest::prelude::*;

use crate::kpis::{question as figures, spread_over_days};
use crate::staged::{Person, ask, people};

const STAGES: usize = 4;

fn question() -> Regions {
    Regions {
        kpis: Kpis {
            by: Some(0),
            ..figures()
        },
        small_below: 10,
        false_discovery_rate: 0.05,
    }
}

/// So many who enter stage 0 on day 2, of whom some move on a day later.
fn crowd(text: &'static str, people: usize, movers: usize) -> Vec<Person> {
    let mut crowd = vec![Person::new(&[(2 * DAY_MS, 0)]).text(text); people];
    for mover in &mut crowd[..movers] {
        mover.moves.push((3 * DAY_MS, 1));
    }
    crowd
}

fn named<'a>(stages: &'a [RegionStage], name: Option<&str>, stage: u8) -> &'a RegionStage {
    let own = |row: &&RegionStage| row.region.name.as_deref() == name && row.row.stage == stage;
    stages.iter().find(own).expect("a row of the region")
}

fn figure(stage: &RegionStage, kpi: Kpi) -> RegionFigure {
    let own = |figure: &&RegionFigure| figure.kpi == kpi;
    *stage.figures.iter().find(own).expect("a figure")
}

#[test]
fn countries_are_indexed_against_the_world_and_tested_against_the_rest() {
    let mut people = crowd("DE", 60, 30);
    people.extend(crowd("germany", 40, 20));
    people.extend(crowd("US", 100, 10));
    people.extend(crowd("Atlantis", 5, 0));
    let stages = ask(&question(), STAGES, &people);
    let moved = Kpi::ConvertedWithin(1);
    let germany = figure(named(&stages, Some("Germany"), 0), moved);
    assert_eq!(germany.sample, 100);
    let index = germany.index.expect("an index");
    assert!((index - 100.0 * 0.5 / (60.0 / 205.0)).abs() < 1e-9);
    let expected = Rate::new(50, 100).compare(Rate::new(10, 105));
    assert_eq!(germany.p, expected.map(|comparison| comparison.p));
    assert!(germany.differs);
    let europe = named(&stages, Some("Europe"), 0);
    assert_eq!(europe.row.counts.entered, 100);
    assert_eq!(europe.region.code.as_deref(), Some("150"));
    let atlantis = named(&stages, Some("Atlantis"), 0);
    assert_eq!(atlantis.region.code, None);
    let few = figure(atlantis, moved);
    assert!(few.small && few.p.is_none() && !few.differs);
    let world = figure(named(&stages, None, 0), moved);
    assert_eq!((world.index, world.p), (Some(100.0), None));
    let entered = figure(named(&stages, Some("Germany"), 0), Kpi::Entered);
    assert_eq!(entered.index, None);
}

#[test]
fn rare_moves_differ_no_more_often_than_was_put_up_with() {
    let mut dice = crate::travelers::Dice(5_000);
    let mut with_any = 0;
    for _ in 0..200 {
        let mut people = Vec::new();
        // One large country and seven small ones, of whom three in a hundred move.
        for (number, country) in crate::travelers::COUNTRIES.into_iter().enumerate() {
            let all = if number == 0 { 600 } else { 25 };
            let movers = (0..all).filter(|_| dice.chance(0.03)).count();
            people.extend(crowd(country, all, movers));
        }
        let stages = crate::staged::answer(&question(), STAGES, &people, 1);
        let mut figures = stages.iter().flat_map(|stage| &stage.figures);
        with_any += u64::from(figures.any(|figure| figure.differs));
    }
    // 200 at 0.05, and three standard errors more.
    assert!(with_any <= 19, "seed 5000: {with_any} of 200");
}

/// The largest rank whose test is at most its share of the rate, tried for each rate by itself.
fn is_found(tests: &[f64], own: f64, rate: f64) -> bool {
    let mut sorted = tests.to_vec();
    sorted.sort_by(f64::total_cmp);
    let holds = |k: &usize| sorted[k - 1] <= rate * *k as f64 / tests.len() as f64;
    let last = (1..=tests.len()).rev().find(holds);
    last.is_some_and(|k| own <= sorted[k - 1])
}

proptest! {
    #[test]
    fn findings_are_those_of_the_step_up_rule(
        tests in proptest::collection::vec(0.0..1.0_f64, 1..20), rate in 0.001..0.9_f64
    ) {
        let optional: Vec<Option<f64>> = tests.iter().copied().map(Some).collect();
        for (own, q) in tests.iter().zip(false_discovery_rates(&optional)) {
            let q = q.expect("an answer");
            // At the very edge rounding decides.
            prop_assume!((q - rate).abs() > 1e-12);
            prop_assert_eq!(q <= rate, is_found(&tests, *own, rate));
        }
    }

    #[test]
    fn regions_add_up_to_the_world(people in people(6, 4, 8 * 4).prop_map(spread_over_days)) {
        let stages = ask(&question(), STAGES, &people);
        for stage in 0..STAGES as u8 {
            let of = |level: Level, count: fn(&StageCounts) -> i128| {
                let own = |row: &&RegionStage| row.region.level == level && row.row.stage == stage;
                stages.iter().filter(own).map(|row| count(&row.row.counts)).sum::<i128>()
            };
            let counts: [fn(&StageCounts) -> i128; 3] = [
                |counts| i128::from(counts.active),
                |counts| counts.value_to_date,
                |counts| i128::from(counts.nps_answers),
            ];
            for count in counts {
                prop_assert_eq!(of(Level::Country, count), of(Level::World, count));
                prop_assert_eq!(of(Level::Subregion, count), of(Level::Region, count));
            }
        }
    }
}
