//! The figures to look at first, and what changed most.

use perennial_analytics::kpis::Figure;
use perennial_analytics::proportion::Rate;
use perennial_report::{Headline, Measure, Unit};

use super::kpis::measure;
use super::ledger::Ledger;
use super::people::People;
use super::span::Span;
use crate::demo::grouped;

/// Most sentences on what changed.
const MAX_CHANGES: usize = 5;

/// A share with the interval of Wilson (1927).
fn rate(of: u64, all: u64) -> Measure {
    measure(Some(Figure::Rate(Rate::new(of, all))), Unit::Share)
}

/// The headlines.
pub fn headlines(ledger: &Ledger, people: Option<&People>, span: &Span) -> Vec<Headline> {
    let stages = 0..ledger.days.len();
    let standing = |day: i32| -> u64 { stages.clone().map(|own| ledger.standing(own, day)).sum() };
    let trends: Vec<Vec<f64>> = stages
        .clone()
        .map(|own| ledger.trend(own, &span.points))
        .collect();
    let trend = (0..span.points.len()).map(|at| trends.iter().map(|own| own[at]).sum());
    let number = |value: u64, unit| Measure::new(value as f64, unit);
    let ago = format!("{} days earlier", span.days);
    let mut headlines = vec![Headline {
        name: "Customers in a stage".to_owned(),
        measure: number(standing(span.last_day), Unit::Customers),
        before: number(standing(span.before_day()), Unit::Customers),
        before_name: ago,
        trend: trend.map(Some).collect(),
    }];
    let moves: u64 = ledger.stays.iter().map(|cell| cell.count).sum();
    let entered: u64 = ledger.entries.values().sum();
    let in_period = format!("in {}", span.period());
    let plain = |name: &str, measure| Headline {
        name: name.to_owned(),
        measure,
        ..Headline::default()
    };
    headlines.push(plain(
        &format!("New in the lifecycle, last {} days", span.days),
        number(entered, Unit::Customers),
    ));
    headlines.push(plain(
        &format!("Moves between stages, last {} days", span.days),
        number(moves, Unit::Count),
    ));
    if let Some(people) = people {
        headlines.push(Headline {
            before_name: in_period,
            ..plain(
                &format!("Customers with an event, last {} days", span.days),
                rate(people.active, people.customers),
            )
        });
        if people.buyers > 0 {
            headlines.push(plain(
                "Buyers who ordered more than once, all history",
                rate(people.repeaters, people.buyers),
            ));
            let money = people.minor as f64 / people.minor_units;
            headlines.push(plain(
                "Value per buyer to date, refunds taken off",
                Measure::new(money / people.buyers as f64, Unit::Money),
            ));
        }
    }
    headlines
}

/// What changed most in the period, with the cause that the ledger names most often.
pub fn changes(ledger: &Ledger, stages: &[String], span: &Span) -> Vec<String> {
    let mut found: Vec<(u64, String)> = Vec::new();
    for (stage, name) in stages.iter().enumerate() {
        let now = ledger.standing(stage, span.last_day);
        let before = ledger.standing(stage, span.before_day());
        let by = now as i64 - before as i64;
        if by == 0 {
            continue;
        }
        let (entered, left) = ledger.flow(stage, span.before_day(), span.last_day);
        let more = if by > 0 { "more" } else { "fewer" };
        let cause = cause(ledger, stage as u32).filter(|_| entered > 0);
        let cause = cause.map_or(String::new(), |(cause, share)| {
            let cause = cause.replace('_', " ");
            match share {
                100.0 => format!(" Cause: {cause}."),
                share => format!(" Most frequent cause: {cause} ({share:.0}%)."),
            }
        });
        let text = format!(
            "Stage {name}: {} {more} customers than {} days earlier, {} now. {} came in, {} left.{cause}",
            grouped(by.abs()),
            span.days,
            grouped(now as i64),
            grouped(entered as i64),
            grouped(left as i64),
        );
        found.push((by.unsigned_abs(), text));
    }
    found.sort_by_key(|(by, _)| std::cmp::Reverse(*by));
    found.truncate(MAX_CHANGES);
    found.into_iter().map(|(_, text)| text).collect()
}

/// The most frequent cause of entries into a stage, and its part of them in per cent.
fn cause(ledger: &Ledger, stage: u32) -> Option<(&str, f64)> {
    let own = ledger.causes.iter().filter(|((to, _), _)| *to == stage);
    let all: u64 = own.clone().map(|(_, count)| count).sum();
    let most = own.max_by_key(|((_, cause), count)| (**count, std::cmp::Reverse(cause)))?;
    Some((&most.0.1, *most.1 as f64 / all as f64 * 100.0))
}
