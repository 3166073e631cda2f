//! Scores against the population: thresholds taken at their dates, and where history ends.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMillisecondType};
use perennial_analytics::rfm::{self, Buyer};
use perennial_engine::{Plan, Thresholds};
use perennial_forecast::OrderDays;
use perennial_model::{Cut, Cuts, Number, Time, Touch, Value, Zone};
use perennial_rules::Machine;
use perennial_rules::project::{Scoring, ScoringDates, WeekStart};

use crate::BatchError;
use crate::bins::Bin;
use crate::fold::Summary;
use crate::results::Results;
use crate::roster::Roster;

/// Most dates on which thresholds are taken in one run.
pub(crate) const MAX_DATES: usize = 5_000;

/// A purchase or refund, as scores see it.
pub(crate) struct Purchase {
    pub at: i64,
    pub customer: u32,
    /// In millionths, negative for a refund.
    pub value: i64,
    pub order: bool,
}

impl Purchase {
    /// Puts it among its customer's days with an order, it being of this day. What is of negative value is a refund,
    /// whatever it is called.
    pub(crate) fn note(&self, day: i32, days: &mut OrderDays) {
        let value = Number::from_millionths(self.value).to_float();
        match self.is_order() {
            true => days.add(day, value),
            false => {
                days.refund(day, value);
            }
        }
    }

    /// Whether it is an order, and not a refund.
    pub(crate) fn is_order(&self) -> bool {
        self.order && self.value >= 0
    }
}

/// The cuts where history ends, from every buyer's last state.
pub(crate) fn closing_cuts(customers: &[Summary], roster: &Roster, scoring: &Scoring) -> Cuts {
    let buyers = customers
        .iter()
        .filter(|one| one.purchases.orders > 0)
        .map(|one| Buyer {
            id: roster.id(one.customer).as_bytes(),
            last_order_ms: one.purchases.last_at.ms(),
            orders: one.purchases.orders as i64,
            value: one.purchases.value.millionths(),
        });
    rfm::cuts(&buyers.collect::<Vec<_>>(), scoring.tiles, scoring.cuts)
}

/// Thresholds at each date of the project's calendar up to the end of history.
///
/// At a date every purchase before it counts. Purchases come in the order of time.
pub(crate) fn dated(
    roster: &Roster,
    purchases: &[Purchase],
    scoring: &Scoring,
    calendar: (&Zone, WeekStart),
    span: (Time, Time),
) -> Thresholds {
    let dates = dates(scoring.dates, calendar.0, calendar.1, span.0, span.1);
    let mut states: Vec<(i64, i64, Number)> = vec![(i64::MIN, 0, Number::ZERO); roster.len()];
    let mut next = 0;
    let mut thresholds = Vec::with_capacity(dates.len());
    for date in dates {
        while let Some(purchase) = purchases
            .get(next)
            .filter(|purchase| purchase.at < date.ms())
        {
            let state = &mut states[purchase.customer as usize];
            if purchase.order {
                state.0 = purchase.at;
                state.1 += 1;
            }
            state.2 = state
                .2
                .saturating_add(Number::from_millionths(purchase.value));
            next += 1;
        }
        let buyers = states
            .iter()
            .enumerate()
            .filter(|(_, state)| state.1 > 0)
            .map(|(customer, state)| Buyer {
                id: roster.id(customer as u32).as_bytes(),
                last_order_ms: state.0,
                orders: state.1,
                value: state.2.millionths(),
            });
        thresholds.push((
            date,
            rfm::cuts(&buyers.collect::<Vec<_>>(), scoring.tiles, scoring.cuts),
        ));
    }
    Thresholds::new(thresholds)
}

/// The purchases and refunds among touches.
pub(crate) fn purchases(machine: &Machine, plan: &Plan, bin: &Bin) -> Vec<Purchase> {
    let purchase = |index: u32| {
        purchase(
            machine,
            plan,
            &bin.touch(index),
            bin.customer[index as usize],
        )
    };
    (0..bin.len() as u32).filter_map(purchase).collect()
}

/// What a customer's touch is of these; nothing where it is neither.
pub(crate) fn purchase(
    machine: &Machine,
    plan: &Plan,
    touch: &Touch<'_>,
    customer: u32,
) -> Option<Purchase> {
    let points = plan.points(touch.kind);
    let mut money = machine.money.iter();
    let money = money.find(|money| points.contains(&money.point))?;
    let mut facts = touch.facts.iter();
    let fact = facts.find(|fact| Some(fact.slot) == money.slot);
    let value = match fact.map(|fact| fact.value) {
        Some(Value::Number(number)) => number.millionths(),
        _ => 0,
    };
    Some(Purchase {
        at: touch.at.ms(),
        customer,
        value: if money.refund {
            -value.saturating_abs()
        } else {
            value
        },
        order: !money.refund,
    })
}

/// The scoring dates after the first touch and before the end; the latest of them if there are too many.
pub(crate) fn dates(
    dates: ScoringDates,
    zone: &Zone,
    week_start: WeekStart,
    first: Time,
    until: Time,
) -> Vec<Time> {
    let (first, last) = (zone.day_of(first), zone.day_of(until));
    let begins = |day: &i32| match dates {
        ScoringDates::End => false,
        ScoringDates::Daily => true,
        // 1970-01-01 was a Thursday.
        ScoringDates::Weekly => {
            (day + if week_start == WeekStart::Monday {
                3
            } else {
                4
            })
            .rem_euclid(7)
                == 0
        }
        ScoringDates::Monthly => zone.date_text(zone.day_start(*day)).ends_with("-01"),
    };
    let mut all: Vec<Time> = (first..=last)
        .rev()
        .filter(begins)
        .map(|day| zone.day_start(day))
        .filter(|date| *date < until)
        .take(MAX_DATES)
        .collect();
    all.reverse();
    all
}

/// The thresholds that a run has written, for folding one of its customers again.
pub(crate) fn read_thresholds(results: &Results) -> Result<Thresholds, BatchError> {
    let mut dated: BTreeMap<Time, Cuts> = BTreeMap::new();
    results.read(
        "thresholds",
        &["at", "measure", "value", "customer_id", "buyers"],
        &mut |batch| {
            let missing =
                || BatchError::Internal("the table of thresholds has other types than it should");
            let column = |name: &str| batch.column_by_name(name).ok_or_else(missing);
            let at = column("at")?
                .as_primitive_opt::<TimestampMillisecondType>()
                .ok_or_else(missing)?;
            let measures = column("measure")?
                .as_dictionary_opt::<Int32Type>()
                .ok_or_else(missing)?;
            let words = measures.values().as_string::<i32>();
            let values = column("value")?
                .as_primitive_opt::<Int64Type>()
                .ok_or_else(missing)?;
            let ids = column("customer_id")?
                .as_string_opt::<i32>()
                .ok_or_else(missing)?;
            let buyers = column("buyers")?
                .as_primitive_opt::<Int64Type>()
                .ok_or_else(missing)?;
            for row in 0..batch.num_rows() {
                let cuts = dated.entry(Time(at.value(row))).or_default();
                cuts.buyers = buyers.value(row) as u64;
                let id = if ids.is_valid(row) {
                    ids.value(row)
                } else {
                    ""
                };
                let cut = Cut {
                    value: values.value(row),
                    id: id.as_bytes().into(),
                };
                match words.value(measures.keys().value(row) as usize) {
                    "recency" => cuts.recency.push(cut),
                    "frequency" => cuts.frequency.push(cut),
                    "monetary" => cuts.monetary.push(cut),
                    _ => cuts.value_percentiles.push(cut.value),
                }
            }
            Ok(())
        },
    )?;
    Ok(Thresholds::new(dated.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        let utc = Zone::utc();
        let time = |text| Time::parse(text, &utc).expect("a time");
        let of = |kind, week| {
            let all = dates(
                kind,
                &utc,
                week,
                time("2024-01-30T10:00:00Z"),
                time("2024-03-02"),
            );
            all.iter()
                .map(|at| at.to_string()[..10].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(ScoringDates::Monthly, WeekStart::Monday),
            ["2024-02-01", "2024-03-01"]
        );
        assert_eq!(
            of(ScoringDates::Weekly, WeekStart::Monday),
            ["2024-02-05", "2024-02-12", "2024-02-19", "2024-02-26"]
        );
        assert_eq!(of(ScoringDates::Weekly, WeekStart::Sunday)[0], "2024-02-04");
        assert_eq!(of(ScoringDates::Daily, WeekStart::Monday).len(), 32);
        assert!(of(ScoringDates::End, WeekStart::Monday).is_empty());
    }
}
