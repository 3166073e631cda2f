//! Tickets after touchpoints: by when they come nothing is found, by what they do it is.

use perennial_analytics::journey::PainKind;
use perennial_model::DAY_MS;

use crate::journey::{CART, ORDER, TICKET, VIEW, told};
use crate::travelers::{Dice, START_MS, Traveler, ask, journey};

/// Customers who order; some look back early, some late, and questions come in the nine days after an order
/// whatever they look at, but for what is planted.
fn after_orders(seed: u64, customers: usize, at_cart: f64) -> Vec<Traveler> {
    let mut dice = Dice(seed);
    let one = |dice: &mut Dice| {
        let start_ms = START_MS + (dice.unit() * 300.0 * DAY_MS as f64) as i64;
        let mut own = Traveler {
            group: (dice.unit() * 4.0) as u32,
            moves: vec![(start_ms, 0), (start_ms + DAY_MS, 1)],
            ..Traveler::default()
        };
        let ordered_ms = start_ms + DAY_MS;
        let within = |dice: &mut Dice, least: f64, most: f64| {
            ordered_ms + ((least + dice.unit() * (most - least)) * DAY_MS as f64) as i64
        };
        own.touch(start_ms, VIEW);
        own.touches.push((ordered_ms, ORDER, Some(50_000_000)));
        let early = dice.chance(0.5);
        let touched_ms = if early {
            within(dice, 0.5, 2.0)
        } else {
            within(dice, 4.0, 12.0)
        };
        let cart = early && dice.chance(0.5);
        own.touch(touched_ms, if cart { CART } else { VIEW });
        let asks_ms = within(dice, 0.5, 9.0);
        if cart && dice.chance(at_cart) {
            own.touch(touched_ms + (asks_ms - ordered_ms) / 4, TICKET);
        } else if dice.chance(0.2) {
            own.touch(asks_ms, TICKET);
        }
        own
    };
    (0..customers).map(|_| one(&mut dice)).collect()
}

#[test]
fn a_touchpoint_is_not_blamed_for_coming_when_questions_come() {
    let mut blamed = Vec::new();
    for seed in 0..100 {
        let travelers = after_orders(3_000 + seed, 1_000, 0.0);
        let answer = crate::travelers::in_parts(&journey(), &travelers, 1, false);
        let all: Vec<String> = answer.pains.iter().map(told).collect();
        blamed.extend((!all.is_empty()).then_some((seed, all)));
    }
    // 100 shops at 0.05, and two standard errors more.
    assert!(blamed.len() <= 9, "{blamed:#?}");
    let answer = ask(&journey(), &after_orders(4_000, 1_000, 0.2));
    let all: Vec<String> = answer.pains.iter().map(told).collect();
    let top = &answer.pains.first().expect("something is found");
    assert_eq!(
        (top.spot.kind, top.spot.touchpoint.as_deref()),
        (PainKind::Tickets, Some("cart")),
        "{all:#?}"
    );
    assert!(
        top.evidence.gap_low > 0.05 && top.evidence.gap_high < 0.4,
        "{all:#?}"
    );
}
