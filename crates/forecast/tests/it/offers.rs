//! Offers: what customers buy again in their own rhythm, what goes with what, steps up, and bad input.

use perennial_forecast::Random;
use perennial_forecast::offers::{Baskets, Bought, NextOffers, OfferKind, Related, Shelf, Why};

const DAYS: i32 = 300;
const HORIZON: i32 = 60;

/// A shop of 300 customers and 40 items: customer c buys item c % 10 every 10 + c % 7 days; the owners of items
/// below 5 own 20 as well, all of them but every third, and now and then anybody buys anything.
fn shop(days: i32) -> Vec<Bought> {
    let mut random = Random::new(11);
    let mut rows = Vec::new();
    for customer in 0..300_u32 {
        let own = customer % 10;
        let every = 10 + (customer % 7) as i32;
        let first = random.below(every as usize) as i32;
        for day in (first..days).step_by(every as usize) {
            rows.push((customer, own, day, 4.0));
            if random.unit() < 0.2 {
                rows.push((customer, 30 + random.below(10) as u32, day, 2.0));
            }
        }
        if own < 5 && customer % 3 > 0 {
            rows.push((customer, 20, first + every * (customer % 5) as i32, 9.0));
        }
    }
    rows
}

fn baskets(days: i32) -> Baskets {
    Baskets::gather(301, 40, shop(days)).expect("valid")
}

#[test]
fn her_own_rhythm_comes_first_and_is_told() {
    let baskets = baskets(DAYS);
    let offers = NextOffers::learn(&baskets, DAYS, HORIZON, Shelf::default()).expect("enough");
    assert_eq!(offers.is_learned(), (true, true));
    let mut first = 0;
    for customer in 0..300 {
        let list = offers.of(customer, 5);
        assert!(list.is_sorted_by(|a, b| a.score >= b.score));
        for one in &list {
            assert!(
                (0.0..=1.0).contains(&one.p_buy) && (0.0..=1.0).contains(&one.p_alive),
                "{one:?}"
            );
            assert!((one.score - one.p_alive * one.p_buy).abs() < 1e-12);
        }
        first += usize::from(list[0].item == customer as u32 % 10);
    }
    assert!(
        first > 290,
        "{first} of 300 are offered first what they buy all the time"
    );
    let Why::Rhythm(rhythm) = offers.of(3, 1)[0].why else {
        panic!("an item bought before has a rhythm");
    };
    assert!(
        rhythm.times > 20 && (rhythm.every_days.expect("often") - 13.0).abs() < 1e-9,
        "{rhythm:?}"
    );
    assert!((1..=13).contains(&rhythm.idle_days));
}

#[test]
fn what_goes_with_what_she_has_is_offered_to_those_who_lack_it() {
    let baskets = baskets(DAYS);
    let related = Related::learn(&baskets, DAYS, 5);
    assert!(related.between(20, 2).expect("counted").lift > 1.5);
    assert!(related.between(20, 7).is_none());
    let offers = NextOffers::learn(&baskets, DAYS, HORIZON, Shelf::default()).expect("enough");
    // 33 owns 3 and no 20; 36 owns 6, which says nothing of 20.
    let of = |customer| {
        let list = offers.of(customer, 40);
        list.into_iter()
            .find(|one| one.item == 20)
            .expect("lacks it")
    };
    assert_eq!(of(33).kind, OfferKind::CrossSell);
    assert!(
        of(33).p_buy > 1.5 * of(36).p_buy,
        "{:?}, {:?}",
        of(33),
        of(36)
    );
    assert!(
        matches!(of(33).why, Why::GoesWith { item: 3, lift, .. } if lift > 1.5),
        "{:?}",
        of(33)
    );
}

#[test]
fn chances_add_up_to_what_comes() {
    // Each customer buys each of twelve items at a rate of her own, by chance: once in 15 days or more rarely.
    let mut random = Random::new(5);
    let mut rows = Vec::new();
    for customer in 0..400 {
        for item in 0..12 {
            let rate = (1.0 - random.unit()).powi(4) / 15.0;
            let mut at = 0.0;
            loop {
                at -= (1.0 - random.unit()).ln() / rate;
                if at >= f64::from(DAYS + HORIZON) {
                    break;
                }
                rows.push((customer, item, at as i32, 1.0));
            }
        }
    }
    let all = Baskets::gather(400, 12, rows.clone()).expect("valid");
    rows.retain(|row| row.2 <= DAYS);
    let known = Baskets::gather(400, 12, rows).expect("valid");
    let offers = NextOffers::learn(&known, DAYS, HORIZON, Shelf::default()).expect("enough");
    let (mut expected, mut came) = ([0.0; 2], [0.0; 2]);
    for customer in 0..400 {
        for one in offers.of(customer, 12) {
            let kind = usize::from(one.kind != OfferKind::Again);
            expected[kind] += one.score;
            let mut later = all.of(customer).filter(|other| other.item == one.item);
            let is_later = later
                .next()
                .is_some_and(|other| other.is_within(DAYS, DAYS + HORIZON));
            came[kind] += if is_later { 1.0 } else { 0.0 };
        }
    }
    assert!(
        (expected[0] / came[0] - 1.0).abs() < 0.05,
        "{expected:?} expected, {came:?} came"
    );
    assert!(
        (expected[1] / came[1] - 1.0).abs() < 0.35,
        "{expected:?} expected, {came:?} came"
    );
}

#[test]
fn a_shelf_says_what_may_be_offered_what_it_brings_and_what_is_a_step_up() {
    let baskets = baskets(DAYS);
    let mut shelf = Shelf {
        categories: vec![Some(0); 40],
        tiers: vec![Some(1.0); 40],
        blocked: vec![false; 40],
        once: vec![false; 40],
        margins: vec![Some(1.0); 40],
        ..Shelf::default()
    };
    shelf.tiers[20] = Some(2.0);
    shelf.blocked[30] = true;
    shelf.once[3] = true;
    shelf.margins[31] = Some(1_000.0);
    shelf.margins[20] = None;
    let offers = NextOffers::learn(&baskets, DAYS, HORIZON, shelf).expect("enough");
    let list = offers.of(33, 40);
    assert!(
        list.iter().all(|one| one.item != 30 && one.item != 3),
        "{list:?}"
    );
    assert_eq!(
        list[0].item, 31,
        "its margin is a thousand times the others'"
    );
    let step = list
        .iter()
        .find(|one| one.item == 20)
        .expect("she lacks it");
    assert_eq!((step.kind, step.margin), (OfferKind::UpSell, None));
    let Why::Above {
        from, to, moved, ..
    } = step.why
    else {
        panic!("{step:?}")
    };
    assert_eq!((from, to), (1.0, 2.0));
    assert!(moved.0 == 300 && moved.1 > 80 && moved.1 < 110, "{moved:?}");
}

#[test]
fn whoever_bought_nothing_is_offered_what_most_buy() {
    let baskets = baskets(DAYS);
    let offers = NextOffers::learn(&baskets, DAYS, HORIZON, Shelf::default()).expect("enough");
    for customer in [300, 9_999] {
        let list = offers.of(customer, 3);
        assert_eq!(list.len(), 3);
        assert!(
            list.iter()
                .all(|one| matches!(one.why, Why::Popular { .. }) && one.p_buy > 0.0)
        );
    }
}

#[test]
fn little_to_learn_of_gives_rates_and_nothing_a_refusal() {
    // One item, one customer, one day.
    let one = Baskets::gather(1, 1, vec![(0, 0, 5, 0.0)]).expect("valid");
    let offers = NextOffers::learn(&one, 5, 30, Shelf::default()).expect("one is enough");
    assert_eq!(
        (offers.is_learned(), offers.knows_alive()),
        ((false, false), false)
    );
    let list = offers.of(0, 9);
    assert_eq!(list.len(), 1);
    assert!(list[0].p_buy > 0.0 && list[0].p_buy < 1.0);
    // Three customers who bought a few things once.
    let few = vec![
        (0, 0, 1, 1.0),
        (0, 1, 2, 1.0),
        (1, 0, 3, 1.0),
        (2, 2, 3, -1.0),
    ];
    let few = Baskets::gather(3, 3, few).expect("valid");
    for horizon in [1, 30, 3_660] {
        let offers = NextOffers::learn(&few, 4, horizon, Shelf::default()).expect("few are enough");
        for customer in 0..4 {
            assert!(
                offers
                    .of(customer, 9)
                    .iter()
                    .all(|one| one.score.is_finite() && one.score >= 0.0)
            );
        }
    }
    let refused = |baskets: &Baskets, until, horizon| {
        NextOffers::learn(baskets, until, horizon, Shelf::default())
            .expect_err("refused")
            .to_string()
    };
    assert!(refused(&few, 0, 30).starts_with("0 customers"));
    assert!(refused(&few, 4, 0).starts_with("the horizon is 0"));
    let nothing = Baskets::gather(0, 0, Vec::new()).expect("valid");
    assert!(refused(&nothing, 4, 30).starts_with("0 customers"));
}
