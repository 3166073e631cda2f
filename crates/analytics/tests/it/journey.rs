//! Journeys: figures worked by hand, laws over drawn customers, planted pains, and none where none are.

use std::collections::{BTreeMap, BTreeSet};

use perennial_analytics::journey::{Feedback, JourneyAnswer, PainKind, PainPoint, Spot, StageMap};
use perennial_model::DAY_MS;
use proptest::prelude::*;

use crate::travelers::{DAYS, Dice, POINTS, STAGES, START_MS, Traveler, ask, journey};

pub const VIEW: usize = 0;
pub const CART: usize = 1;
pub const ORDER: usize = 2;
pub const TICKET: usize = 3;
const RATED: usize = 4;
const MAIL: usize = 5;
/// How many populations without anything planted are looked at.
const POPULATIONS: u64 = 200;

fn stage<'a>(answer: &'a JourneyAnswer, name: &str) -> &'a StageMap {
    let found = answer.stages.iter().find(|stage| stage.stage == name);
    found.unwrap_or_else(|| panic!("{name} in {answer:?}"))
}

#[test]
fn a_map_worked_by_hand() {
    let day = |day: i64| START_MS + day * DAY_MS;
    let ada = Traveler {
        touches: vec![
            (day(0), VIEW, None),
            (day(1), VIEW, None),
            (day(2), CART, None),
            (day(2) + 60_000, MAIL, None),
            (day(3), ORDER, Some(40_000_000)),
            (day(5), TICKET, None),
            (day(6), RATED, Some(2_000_000)),
        ],
        moves: vec![(day(0), 0), (day(3), 1)],
        ..Traveler::default()
    };
    let bea = Traveler {
        touches: vec![
            (day(10), VIEW, None),
            (day(12), MAIL, None),
            (day(60), VIEW, None),
        ],
        moves: vec![(day(10), 0)],
        ..Traveler::default()
    };
    let mut asked = journey();
    asked.feedback = Some(Feedback {
        condition: RATED as u16,
        column: 0,
        window_ms: 7 * DAY_MS,
        bad: 2_000_000,
    });
    let answer = ask(&asked, &[ada, bea]);
    let lead = stage(&answer, "lead");
    assert_eq!((lead.customers, lead.stays, lead.open), (2, 2, 1));
    assert_eq!(lead.exits.len(), 1);
    assert_eq!(
        (lead.exits[0].to.as_deref(), lead.exits[0].share),
        (Some("first"), 0.5)
    );
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < 0.016;
    assert!(
        near(lead.exits[0].median_seconds, 3.0 * 86_400.0),
        "{lead:?}"
    );
    let names: Vec<&str> = lead
        .touchpoints
        .iter()
        .map(|point| &point.name[..])
        .collect();
    assert_eq!(names, ["mail", "view", "cart"]);
    let view = &lead.touchpoints[1];
    assert_eq!(
        (view.customers, view.touches, view.known_touches),
        (2, 4, 4)
    );
    // Ada's two are followed by the cart; no mail is what she does, so Bea's first has nothing for 30 days.
    assert_eq!(
        (
            &view.next[0].touchpoint[..],
            view.next[0].count,
            view.nothing_next
        ),
        ("cart", 2, 2)
    );
    assert_eq!(view.median_order, Some(1.0));
    // Cases: Ada in January, Bea in January and March. Both of Bea's drop off.
    let drops = view.drop_off.as_ref().expect("no goal");
    assert_eq!((drops.cases, drops.hits, drops.usual), (3, 2, Some(0.0)));
    let cart = &lead.touchpoints[2];
    assert_eq!(
        cart.tickets.as_ref().map(|rate| (rate.cases, rate.hits)),
        Some((1, 0)),
        "the ticket is the order's"
    );
    assert_eq!(
        cart.rated
            .as_ref()
            .map(|rated| (rated.count, rated.mean, rated.bad)),
        Some((1, 2.0, 1))
    );
    let first = stage(&answer, "first");
    assert_eq!((first.customers, first.open), (1, 1));
    let order = first
        .touchpoints
        .iter()
        .find(|point| point.name == "order")
        .expect("an order");
    assert_eq!(order.drop_off, None);
    assert_eq!(
        order.tickets.as_ref().map(|rate| (rate.cases, rate.hits)),
        Some((1, 1))
    );
    assert_eq!(
        order.rated.as_ref().map(|rated| rated.mean),
        Some(40.0),
        "the touch's own number"
    );
    assert_eq!(answer.pains, []);
}

/// What is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Planted {
    Nothing,
    /// Group 2 orders again half as fast.
    LateSecond,
    /// In group 1, in June (period 5 from the start), carts of leads lead nowhere.
    BrokenCart,
    /// The same in groups 2 and 3, which are all of a sub-region.
    BrokenRegion,
    /// Carts of those in `first` bring tickets.
    TicketCart,
    /// Group 3 goes to and fro.
    Loop,
}

/// Customers who look, fill carts, order, and order again; their chances are the same but for what is planted.
fn population(seed: u64, customers: usize, planted: Planted) -> Vec<Traveler> {
    let mut dice = Dice(seed);
    (0..customers)
        .map(|_| traveler(&mut dice, planted))
        .collect()
}

fn traveler(dice: &mut Dice, planted: Planted) -> Traveler {
    let mut own = Traveler {
        group: (dice.unit() * 4.0) as u32,
        ..Traveler::default()
    };
    let end_ms = START_MS + DAYS * DAY_MS;
    let mut at_ms = START_MS + (dice.unit() * 300.0 * DAY_MS as f64) as i64;
    own.moves.push((at_ms, 0));
    let mut orders = 0;
    while at_ms < end_ms {
        let stage = own.moves.last().map_or(0, |last| last.1);
        let june = (at_ms - START_MS) / DAY_MS >= 151 && (at_ms - START_MS) / DAY_MS < 181;
        let point = if dice.chance(0.5) { VIEW } else { CART };
        own.touch(at_ms, point);
        if planted == Planted::Loop && own.group == 3 && stage == 0 && dice.chance(0.3) {
            for back in 1..6 {
                let other = if back % 2 == 0 {
                    point
                } else {
                    VIEW + CART - point
                };
                own.touch(at_ms + back * 60_000, other);
            }
        }
        let here = stage == 1 && point == CART;
        let tickets = if planted == Planted::TicketCart && here {
            0.30
        } else {
            0.05
        };
        if dice.chance(tickets) {
            let after_ms = dice.days(2.0).min(10 * DAY_MS);
            own.touch(at_ms + after_ms, TICKET);
        }
        let there = match planted {
            Planted::BrokenCart => own.group == 1,
            Planted::BrokenRegion => own.group >= 2,
            _ => false,
        };
        let broken = there && june && stage == 0 && point == CART;
        // Where nothing is planted ratings come by chance as well.
        if planted == Planted::Nothing && dice.chance(0.3) {
            let score = 1 + (dice.unit() * 5.0) as i64;
            own.touches
                .push((at_ms + dice.days(1.0), RATED, Some(score * 1_000_000)));
        }
        if dice.chance(if broken { 0.85 } else { 0.12 }) {
            break;
        }
        let slow = planted == Planted::LateSecond && own.group == 2 && stage == 1;
        at_ms += dice.days(if slow { 20.0 } else { 10.0 }).max(60_000);
        if dice.chance(0.3) && at_ms < end_ms {
            orders += 1;
            own.touches.push((
                at_ms,
                ORDER,
                Some((30 + (dice.unit() * 40.0) as i64) * 1_000_000),
            ));
            if orders <= 2 {
                own.moves.push((at_ms, orders));
            }
            at_ms += dice.days(10.0).max(60_000);
        }
    }
    own.touches.retain(|touch| touch.0 < end_ms);
    own
}

/// In so many words.
pub fn told(pain: &PainPoint) -> String {
    let spot = &pain.spot;
    let evidence = &pain.evidence;
    let group = spot.group.as_ref().map(|(_, group)| group);
    format!(
        "{:?} {} {:?} {:?} {:?}: {} {:.3} against {:.3}, q {:.2e}",
        spot.kind,
        spot.stage,
        spot.touchpoint,
        group,
        spot.month,
        pain.customers,
        evidence.share,
        evidence.rest_share,
        evidence.q
    )
}

#[test]
fn a_late_second_order_in_one_group_comes_out_on_top() {
    let answer = ask(&journey(), &population(11, 6_000, Planted::LateSecond));
    let all: Vec<String> = answer.pains.iter().map(told).collect();
    let top = &answer.pains.first().expect("something is found").spot;
    assert_eq!(
        (top.kind, &top.stage[..], &top.touchpoint),
        (PainKind::Stall, "first", &None),
        "{all:#?}"
    );
    assert_eq!(top.group, Some(("country".into(), "US".into())), "{all:#?}");
    assert_eq!(top.month, None, "{all:#?}");
    assert_eq!(answer.pains.len(), 1, "{all:#?}");
}

#[test]
fn a_broken_step_in_one_group_and_month_comes_out_on_top() {
    let answer = ask(&journey(), &population(12, 12_000, Planted::BrokenCart));
    let all: Vec<String> = answer.pains.iter().map(told).collect();
    let top = answer.pains.first().expect("something is found");
    let spot = &top.spot;
    assert_eq!(
        (spot.kind, &spot.stage[..]),
        (PainKind::DropOff, "lead"),
        "{all:#?}"
    );
    assert_eq!(spot.touchpoint.as_deref(), Some("cart"), "{all:#?}");
    assert_eq!(
        spot.group,
        Some(("country".into(), "FR".into())),
        "{all:#?}"
    );
    assert_eq!(spot.month.as_deref(), Some("2025-06-01"), "{all:#?}");
    let stake = top.stake.as_ref().expect("values are told");
    assert!(
        stake.low > 0 && stake.low < stake.value && stake.value < stake.high,
        "{stake:?}"
    );
    let product = stake.customers as f64 * stake.gap * stake.value_per_head as f64;
    assert!(
        (product / stake.value as f64 - 1.0).abs() < 1e-6,
        "{stake:?}"
    );
    assert_eq!(answer.pains.len(), 1, "{all:#?}");
}

#[test]
fn a_broken_step_in_one_sub_region_and_month_is_told_of_the_sub_region() {
    let answer = ask(&journey(), &population(15, 12_000, Planted::BrokenRegion));
    let all: Vec<String> = answer.pains.iter().map(told).collect();
    let top = answer.pains.first().expect("something is found");
    let group = Some(("sub-region".into(), "Northern America".into()));
    assert_eq!(top.spot.group, group, "{all:#?}");
    assert_eq!(top.spot.month.as_deref(), Some("2025-06-01"), "{all:#?}");
    assert_eq!(
        answer.pains.len(),
        1,
        "countries, region and month are folded: {all:#?}"
    );
    let folded = &top.folded;
    let names_region = |spot: &Spot| spot.group.as_ref().is_some_and(|own| own.0 == "region");
    assert!(
        !folded.is_empty() && !folded.iter().any(names_region),
        "one test for twins: {folded:#?}"
    );
}

#[test]
fn tickets_after_one_touchpoint_come_out_on_top() {
    let answer = ask(&journey(), &population(13, 6_000, Planted::TicketCart));
    let all: Vec<String> = answer.pains.iter().map(told).collect();
    let top = &answer.pains.first().expect("something is found").spot;
    assert_eq!(
        (top.kind, &top.stage[..]),
        (PainKind::Tickets, "first"),
        "{all:#?}"
    );
    assert_eq!(
        (top.touchpoint.as_deref(), &top.group),
        (Some("cart"), &None),
        "{all:#?}"
    );
}

#[test]
fn going_to_and_fro_in_one_group_comes_out_on_top() {
    let answer = ask(&journey(), &population(14, 6_000, Planted::Loop));
    let all: Vec<String> = answer.pains.iter().map(told).collect();
    let loops = answer
        .pains
        .iter()
        .find(|pain| pain.spot.kind == PainKind::Loop);
    let spot = &loops.unwrap_or_else(|| panic!("{all:#?}")).spot;
    assert_eq!(
        (spot.touchpoint.as_deref(), spot.other.as_deref()),
        (Some("view"), Some("cart"))
    );
    assert_eq!(
        spot.group,
        Some(("country".into(), "CA".into())),
        "{all:#?}"
    );
}

#[test]
fn nothing_is_found_where_nothing_is_planted() {
    let mut asked = journey();
    asked.feedback = Some(Feedback {
        condition: RATED as u16,
        column: 0,
        window_ms: 7 * DAY_MS,
        bad: 2_000_000,
    });
    let mut found = Vec::new();
    let mut comparisons = 0;
    for seed in 0..POPULATIONS {
        let travelers = population(1_000 + seed, 500, Planted::Nothing);
        let answer = crate::travelers::in_parts(&asked, &travelers, 1, false);
        comparisons += answer.comparisons;
        if !answer.pains.is_empty() {
            let all: Vec<String> = answer.pains.iter().map(told).collect();
            found.push(format!("seed {seed}: {all:?}"));
        }
    }
    // At most 5 % of the runs, and two standard errors more: 10 + 2 * sqrt(200 * 0.05 * 0.95).
    assert!(comparisons > 50 * POPULATIONS, "{comparisons} comparisons");
    assert!(found.len() <= 16, "{found:#?}");
}

fn travelers() -> impl Strategy<Value = Vec<Traveler>> {
    let touch = (0..120_i64, 0..POINTS.len(), 0..6_i64);
    let one = (
        0..3_u32,
        prop::collection::vec(touch, 1..12),
        prop::collection::vec((0..120_i64, 0..3_u8), 1..5),
    );
    let traveler = one.prop_map(|(group, touches, mut moves)| {
        moves.sort_unstable();
        let at = |hours: i64| START_MS + hours * DAY_MS / 2;
        Traveler {
            group,
            touches: touches
                .into_iter()
                .map(|(h, point, n)| (at(h), point, (n > 2).then_some(n * 1_000_000)))
                .collect(),
            moves: moves.into_iter().map(|(h, to)| (at(h), to)).collect(),
        }
    });
    prop::collection::vec(traveler, 1..12)
}

/// Where she is at an instant: the last move up to then.
fn stage_at(traveler: &Traveler, at_ms: i64) -> Option<u8> {
    traveler
        .moves
        .iter()
        .rev()
        .find(|(moved, _)| *moved <= at_ms)
        .map(|(_, to)| *to)
}

proptest! {
    #[test]
    fn counts_are_those_of_a_slow_reading(travelers in travelers()) {
        let mut asked = journey();
        asked.limits.fewest = 1;
        asked.limits.rate = 1.0;
        let answer = ask(&asked, &travelers);
        let mut touched: BTreeMap<(u8, usize), (u64, BTreeSet<usize>)> = BTreeMap::new();
        let mut drops: BTreeMap<(u8, usize, i64), (i64, bool)> = BTreeMap::new();
        let mut dropped: BTreeMap<(u8, usize), (u64, u64)> = BTreeMap::new();
        for (number, traveler) in travelers.iter().enumerate() {
            let mut touches = traveler.touches.clone();
            touches.sort_by_key(|touch| touch.0);
            drops.clear();
            for (at, touch) in touches.iter().enumerate() {
                let Some(stage) = stage_at(traveler, touch.0) else { continue };
                let counted = touched.entry((stage, touch.1)).or_default();
                counted.0 += 1;
                counted.1.insert(number);
                let next = touches[at + 1..].iter().find(|next| next.1 != MAIL);
                let silent = next.is_none_or(|next| next.0 - touch.0 > asked.silence_ms);
                if touch.1 != ORDER && touch.1 != MAIL {
                    drops.insert((stage, touch.1, asked.calendar.period_of(touch.0)), (touch.0, silent));
                }
            }
            for ((stage, point, _), (_, silent)) in &drops {
                let counted = dropped.entry((*stage, *point)).or_default();
                counted.0 += 1;
                counted.1 += u64::from(*silent);
            }
        }
        for (place, name) in STAGES.iter().enumerate() {
            let Some(found) = answer.stages.iter().find(|stage| stage.stage == *name) else {
                prop_assert!(!touched.keys().any(|(stage, _)| usize::from(*stage) == place));
                continue;
            };
            let stays = travelers.iter().flat_map(|one| &one.moves).filter(|to| usize::from(to.1) == place);
            prop_assert_eq!(found.stays, stays.count() as u64);
            let left: f64 = found.exits.iter().map(|exit| exit.share).sum();
            prop_assert!((left + found.open as f64 / found.stays as f64 - 1.0).abs() < 1e-9);
            let here = touched.keys().filter(|(stage, _)| usize::from(*stage) == place).count();
            prop_assert_eq!(found.touchpoints.len(), here);
            for point in &found.touchpoints {
                let number = POINTS.iter().position(|name| *name == point.name).expect("a known name");
                let (touches, who) = &touched[&(place as u8, number)];
                prop_assert_eq!((point.touches, point.customers), (*touches, who.len() as u64));
                prop_assert!(point.share <= 1.0);
                let next: f64 = point.next.iter().map(|next| next.share).sum();
                prop_assert!(next <= 1.0 + 1e-9);
                let all: u64 = point.next.iter().map(|next| next.count).sum();
                prop_assert_eq!(all + point.other_next + point.nothing_next, point.known_touches);
                let own = point.drop_off.as_ref().map(|rate| (rate.cases, rate.hits));
                prop_assert_eq!(own, dropped.get(&(place as u8, number)).copied());
            }
        }
    }
}
