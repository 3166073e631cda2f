//! What the generated shop holds: the same for the same seed, plausible, and with the plants in it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use perennial_model::DAY_MS;

use super::files::events;
use super::shop::{
    BROKEN_COUNTRIES, BROKEN_FROM, BROKEN_UNTIL, COUNTRIES, END, Event, POOR_DELIVERY, POOR_DEVICE,
    SILENCE, SLOW_COUNTRY, START,
};

const CUSTOMERS: u32 = 4_000;

fn hash(events: &[Event]) -> u64 {
    let mut hasher = DefaultHasher::new();
    events
        .iter()
        .take(5_000)
        .for_each(|event| event.hash(&mut hasher));
    hasher.finish()
}

/// Orders by customer, in order of time, each once.
fn orders(events: &[Event]) -> BTreeMap<u32, Vec<&Event>> {
    let mut orders: BTreeMap<u32, Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.event == "order") {
        orders.entry(event.customer).or_default().push(event);
    }
    for own in orders.values_mut() {
        own.sort_by_key(|event| (event.at, event.number));
        own.dedup_by_key(|event| event.number);
    }
    orders
}

fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    values[values.len() / 2]
}

#[test]
fn the_same_seed_makes_the_same_shop() {
    let (first, again, other) = (
        events(1, 500, true),
        events(1, 500, true),
        events(2, 500, true),
    );
    assert_eq!(first, again);
    assert_eq!(hash(&first), hash(&again));
    assert_ne!(hash(&first), hash(&other));
    let few: BTreeSet<u32> = events(1, 10, true)
        .iter()
        .map(|event| event.number)
        .collect();
    assert!(!few.is_empty());
}

#[test]
fn everything_happens_often_enough_and_in_time() {
    let events = events(1, CUSTOMERS, true);
    let per_customer = events.len() as f64 / f64::from(CUSTOMERS);
    assert!((20.0..30.0).contains(&per_customer), "{per_customer}");
    assert!(events.iter().all(|event| (START..END).contains(&event.at)));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    events
        .iter()
        .for_each(|event| *counts.entry(event.event).or_default() += 1);
    for (event, least) in [
        ("page_view", 15_000),
        ("search", 2_000),
        ("add_to_cart", 4_000),
        ("begin_checkout", 3_000),
        ("delivered", 2_000),
        ("picked_up", 700),
        ("order", 3_000),
        ("email_sent", 15_000),
        ("email_open", 4_000),
        ("email_click", 1_000),
        ("identify", 2_000),
        ("refund", 100),
        ("csat", 400),
        ("alias", 100),
        ("nps", 100),
        ("review", 100),
        ("support_ticket", 150),
        ("referral", 40),
        ("unsubscribe", 80),
    ] {
        assert!(
            counts.get(event).copied().unwrap_or(0) >= least,
            "{event}: {counts:?}"
        );
    }
    let once: BTreeSet<(u32, u32)> = events
        .iter()
        .map(|event| (event.customer, event.number))
        .collect();
    let twice = 1.0 - once.len() as f64 / events.len() as f64;
    assert!((0.007..0.013).contains(&twice), "sent twice: {twice}");
    let late = events
        .iter()
        .filter(|event| event.received_at - event.at >= DAY_MS)
        .count() as f64;
    assert!(
        (0.017..0.023).contains(&(late / events.len() as f64)),
        "late: {late}"
    );
}

#[test]
fn the_slow_country_is_slow() {
    let events = events(1, CUSTOMERS, true);
    let gaps = |slow: bool| {
        let own = |orders: &&Vec<&Event>| (COUNTRIES[orders[0].country].0 == SLOW_COUNTRY) == slow;
        let all = orders(&events);
        median(
            all.values()
                .filter(own)
                .filter(|own| own.len() > 1)
                .map(|own| own[1].at - own[0].at)
                .collect(),
        )
    };
    let ratio = gaps(true) as f64 / gaps(false) as f64;
    assert!((1.6..2.6).contains(&ratio), "{ratio}");
}

/// Orders in the broken month and region for each checkout there.
fn finished(planted: bool) -> f64 {
    let there = |event: &&Event| {
        (BROKEN_FROM..BROKEN_UNTIL).contains(&event.at)
            && BROKEN_COUNTRIES.contains(&COUNTRIES[event.country].0)
    };
    let events = events(1, CUSTOMERS, planted);
    let count = |name: &str| {
        events
            .iter()
            .filter(there)
            .filter(|own| own.event == name)
            .count()
    };
    count("order") as f64 / count("begin_checkout") as f64
}

#[test]
fn a_checkout_breaks_in_one_region_for_a_month() {
    let (broken, whole) = (finished(true), finished(false));
    assert!(broken < 0.3 && whole > 0.8, "{broken} and {whole}");
}

/// Tickets within four days of a pick-up, for each pick-up.
fn asked_after_pick_up(planted: bool) -> f64 {
    let events = events(1, CUSTOMERS, planted);
    let mut tickets: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
    for ticket in events
        .iter()
        .filter(|event| event.event == "support_ticket")
    {
        tickets.entry(ticket.customer).or_default().push(ticket.at);
    }
    let pick_ups: Vec<&Event> = events
        .iter()
        .filter(|event| event.event == POOR_DELIVERY)
        .collect();
    let asked = |pick_up: &&&Event| {
        let soon = pick_up.at..pick_up.at + 4 * DAY_MS;
        let own = tickets.get(&pick_up.customer);
        own.is_some_and(|own| own.iter().any(|at| soon.contains(at)))
    };
    pick_ups.iter().filter(asked).count() as f64 / pick_ups.len() as f64
}

#[test]
fn pick_ups_bring_questions() {
    let (poor, usual) = (asked_after_pick_up(true), asked_after_pick_up(false));
    assert!(poor > 0.25 && usual < 0.08, "{poor} and {usual}");
}

#[test]
fn big_spenders_fall_silent() {
    let events = events(1, CUSTOMERS, true);
    let orders = orders(&events);
    let usual = median(
        orders
            .values()
            .flatten()
            .filter_map(|order| order.amount)
            .collect(),
    );
    let big = |own: &&Vec<&Event>| {
        own.len() >= 3 && own.iter().all(|order| order.amount > Some(3 * usual))
    };
    let big: Vec<_> = orders.values().filter(big).collect();
    assert!((20..80).contains(&big.len()), "{}", big.len());
    assert!(
        big.iter()
            .all(|own| own.iter().all(|order| order.at < SILENCE))
    );
}

#[test]
fn one_device_is_rated_badly() {
    let events = events(1, CUSTOMERS, true);
    let mean = |poor: bool| {
        let rated =
            |event: &&Event| event.event == "csat" && (event.device == Some(POOR_DEVICE)) == poor;
        let scores: Vec<i64> = events
            .iter()
            .filter(rated)
            .filter_map(|event| event.score)
            .collect();
        scores.iter().sum::<i64>() as f64 / scores.len() as f64
    };
    assert!(mean(true) + 1.0 < mean(false));
}
