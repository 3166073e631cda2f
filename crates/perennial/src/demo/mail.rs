//! The shop's e-mails: one to welcome, then one a month until she unsubscribes.

use perennial_model::{DAY_MS, HOUR_MS};

use super::life::Life;
use super::shop::{AHEAD, CAMPAIGNS, END, Event, SILENCE, START, STRONG_CAMPAIGN, WELCOME};
use super::visit::Cart;

/// Days between two mails to everybody.
const PACE_DAYS: i64 = 30;

/// Sends everything that she gets from an instant on.
pub fn send(life: &mut Life, from: i64) {
    if !one(life, from + DAY_MS, WELCOME) {
        return;
    }
    let first = (from - START) / (PACE_DAYS * DAY_MS) + 1;
    for round in first.. {
        let at = START + (round * PACE_DAYS + 2) * DAY_MS + life.dice.between(6, 9) * HOUR_MS;
        if at >= END {
            life.beyond(|life| go_on(life, round));
            return;
        }
        if !maybe(life, round, at) {
            return;
        }
    }
}

/// The mails of the time ahead, from a round on.
fn go_on(life: &mut Life, from: i64) {
    for round in from.. {
        let at = START + (round * PACE_DAYS + 2) * DAY_MS;
        if at >= AHEAD || !maybe(life, round, at) {
            return;
        }
    }
}

/// The mail of a round, if she gets it; false where she has unsubscribed.
fn maybe(life: &mut Life, round: i64, at: i64) -> bool {
    let campaign = CAMPAIGNS[round as usize % CAMPAIGNS.len()];
    !life.dice.chance(0.55) || one(life, at, campaign)
}

/// One mail and what she does with it; false where she has unsubscribed.
fn one(life: &mut Life, at: i64, campaign: &'static str) -> bool {
    let mail = Event {
        name: life.name,
        campaign: Some(campaign),
        ..Event::default()
    };
    life.note(at, "email_sent", mail.clone());
    let silent = life.big && at >= SILENCE - 45 * DAY_MS;
    if silent || !life.dice.chance(0.30) {
        return true;
    }
    let opened = at + life.dice.days(0.01, 1.5);
    life.note(opened, "email_open", mail.clone());
    let answers = life.planted && campaign == STRONG_CAMPAIGN;
    // What is back in stock concerns those alone who still buy.
    let is_bored = answers && life.has_left(opened);
    if life.dice.chance(0.30) && !is_bored {
        let clicked = opened + life.dice.between(5_000, 90_000);
        life.note(clicked, "email_click", mail.clone());
        let again = if answers { 0.45 } else { 0.05 };
        // Only who has bought and is still there buys because of a mail: leads stay leads, and who left is gone.
        let may = !life.big && bought_before(life, clicked) && !life.has_left(clicked);
        if may && life.dice.chance(again) {
            let ordered = clicked + life.dice.days(0.01, 9.0);
            life.visit_somewhere(ordered, Cart::Bought);
        }
    }
    if life.dice.chance(0.02) {
        life.note(opened + 120_000, "unsubscribe", mail);
        return false;
    }
    true
}

fn bought_before(life: &Life, at: i64) -> bool {
    life.events
        .iter()
        .any(|event| event.event == "order" && event.at < at)
}
