//! The business's own life cycle: each phase by example, and sums against a reference.

use std::collections::BTreeSet;

use perennial_analytics::business::{Business, BusinessPeriod, Phase, PhaseRule};
use perennial_analytics::calendar::{Calendar, Interval, Range};
use perennial_model::{DAY_MS, Zone};
use perennial_rules::project::WeekStart;
use proptest::prelude::*;

use crate::kpis::spread_over_days;
use crate::staged::{Person, ask, people};

const ORDER: u16 = 0;
const REFUND: u16 = 1;
/// An amount of one.
const ONE: i64 = 1_000_000;

/// So many days from a first one on.
fn question(first: i64, days: i64, block: usize) -> Business {
    let calendar = Calendar::new(Zone::utc(), Interval::Day, WeekStart::Monday);
    let (from_ms, last_ms) = (first * DAY_MS, (first + days - 1) * DAY_MS);
    let range = Range::widened(&calendar, from_ms, last_ms, last_ms + DAY_MS);
    Business {
        calendar,
        range: range.expect("some days"),
        block,
        order: Some(ORDER),
        order_value: Some(0),
        refund: Some(REFUND),
        refund_value: Some(0),
    }
}

/// A business that takes in so much a day, from day 0 on.
fn business(takings: &[i64], block: usize) -> Vec<BusinessPeriod> {
    let mut person = Person::default();
    for (day, taken) in takings.iter().enumerate() {
        if *taken > 0 {
            person = person.did(day as i64 * DAY_MS, &[ORDER], taken * ONE);
        }
    }
    ask(&question(0, takings.len() as i64, block), 1, &[person])
}

#[test]
fn a_business_runs_through_its_phases() {
    let takings = [0, 10, 11, 20, 40, 60, 64, 65, 65, 60];
    let periods = business(&takings, 1);
    let phases: Vec<Option<(Phase, PhaseRule)>> = periods.iter().map(|p| p.phase).collect();
    assert_eq!(
        phases,
        [
            None,
            Some((Phase::Launch, PhaseRule::NoBase)),
            Some((Phase::Launch, PhaseRule::NotYet)),
            Some((Phase::Growth, PhaseRule::GrowsFast)),
            Some((Phase::Growth, PhaseRule::GrowsFast)),
            Some((Phase::ShakeOut, PhaseRule::GrowthFell)),
            Some((Phase::ShakeOut, PhaseRule::GrowsSlowly)),
            Some((Phase::Maturity, PhaseRule::Steady)),
            Some((Phase::Maturity, PhaseRule::Steady)),
            Some((Phase::Decline, PhaseRule::Shrinks)),
        ]
    );
    assert_eq!(periods[4].growth, Some(1.0));
    let change = periods[4].growth_change.expect("two periods before");
    assert!((change - (1.0 - 9.0 / 11.0)).abs() < 1e-12);
    assert_eq!(periods[1].growth, None);
}

#[test]
fn a_block_evens_out_a_single_day() {
    let periods = business(&[10, 10, 10, 10, 10, 40, 10, 10], 3);
    assert_eq!(periods[1].smoothed, None);
    assert_eq!(periods[2].smoothed, Some(i128::from(10 * ONE)));
    assert_eq!(periods[5].smoothed, Some(i128::from(20 * ONE)));
    assert_eq!(periods[5].block_growth, Some(1.0));
    assert_eq!(periods[4].block_growth, None);
    assert_eq!(periods[4].phase, Some((Phase::Launch, PhaseRule::NoBase)));
}

#[test]
fn what_is_not_over_has_no_phase_and_who_came_before_is_not_new() {
    let old = Person::default()
        .did(0, &[ORDER], ONE)
        .did(5 * DAY_MS, &[ORDER], ONE);
    let new = Person::default().did(6 * DAY_MS, &[ORDER], ONE);
    let mut question = question(5, 2, 1);
    question.range.incomplete = true;
    let periods = ask(&question, 1, &[old, new]);
    assert_eq!(
        periods.iter().map(|p| p.new_customers).collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(
        periods
            .iter()
            .map(|p| p.customers_to_date)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert!(periods[1].incomplete && periods[1].phase.is_none());
    assert_eq!(periods[0].phase, Some((Phase::Launch, PhaseRule::NoBase)));
}

proptest! {
    #[test]
    fn sums_are_those_of_the_reference(
        people in people(2, 2, 8 * 4).prop_map(spread_over_days), block in 1_usize..4
    ) {
        let periods = ask(&question(2, 4, block), 1, &people);
        for period in &periods {
            let (from, to) = (period.period * DAY_MS, (period.period + 1) * DAY_MS);
            let (mut net, mut customers, mut to_date) = (0, BTreeSet::new(), BTreeSet::new());
            for (number, person) in people.iter().enumerate() {
                for (at_ms, meets, value) in &person.touches {
                    let inside = (from..to).contains(at_ms);
                    let value = i128::from(value.unwrap_or(0));
                    if meets.contains(&ORDER) && *at_ms < to {
                        to_date.insert(number);
                    }
                    if meets.contains(&ORDER) && inside {
                        net += value;
                        customers.insert(number);
                    }
                    if meets.contains(&REFUND) && inside {
                        net -= value;
                    }
                }
            }
            prop_assert_eq!(period.net, net);
            prop_assert_eq!(period.customers, customers.len() as u64);
            prop_assert_eq!(period.customers_to_date, to_date.len() as u64);
        }
        let sum: i128 = periods.iter().map(|period| period.net).sum();
        prop_assert_eq!(periods.last().map(|period| period.net_to_date), Some(sum));
    }
}
