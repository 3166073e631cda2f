//! The orders of a run: the touches that count as orders, with what they were worth, and refunds.

use std::path::{Path, PathBuf};

use perennial_analytics::{Analysis, NO_NUMBER, Trail, Words};
use perennial_batch::orders::{CustomerNames, OrderCounts, OrderLog};
use perennial_model::{Time, Zone};

use super::log::Rows;
use crate::args::{Ask, OrdersFrom, Output, Show, Staged, Weekday};
use crate::commands::instant;
use crate::failure::Failure;
use crate::questions::Question;

/// Millionths in a unit of money.
const MILLIONTHS: f64 = 1e6;

/// The folder of the run that is meant; `None` where another source is.
pub fn folder(from: &OrdersFrom) -> Option<PathBuf> {
    if !from.input.is_empty() || from.summary.is_some() {
        return None;
    }
    let project = from.project.as_deref().unwrap_or(Path::new("."));
    Some(from.out.clone().unwrap_or_else(|| project.join("out")))
}

/// Reads a run's orders.
///
/// # Errors
/// No run there, and a project without orders.
pub fn read(folder: PathBuf, from: &OrdersFrom) -> Result<Rows, Failure> {
    if !folder.join("run.json").is_file() && from.out.is_none() && from.project.is_none() {
        return Err(Failure::usage(
            "name the orders: --input FILE, --summary FILE, or --out DIR of a run",
        ));
    }
    let staged = Staged {
        project: from.project.clone(),
        lifecycle: Vec::new(),
        lapsed: Vec::new(),
        means: Vec::new(),
        window: "30d".to_owned(),
        ask: ask(folder, from),
    };
    let mut question = Question::new(&staged.ask, "forecast/1")?;
    question.asked.with_ids = true;
    let asked = question.staged(&staged)?;
    let Some(order) = asked.touches.order else {
        return Err(Failure::failed(
            "no touchpoint of the project counts as an order: say `counts_as: order` at the one that does",
        ));
    };
    let trails = question.read()?;
    question.check_run()?;
    let found = question.ask(
        &trails,
        &RunOrders {
            order,
            refund: asked.touches.refund,
            value: asked.touches.order_value,
            zone: question.zone.clone(),
        },
    );
    let until = instant("until", &until_of(&staged.ask)?, &question.zone)?;
    let zone = question.zone.clone();
    Ok(Rows {
        until: Some(zone.day_of(Time(until.ms() - 1))),
        amounts: asked.touches.order_value.is_some(),
        log: log(found, &staged.ask)?,
        zone,
    })
}

/// Orders as if they had been a log, customers by name.
fn log(found: Found, ask: &Ask) -> Result<OrderLog, Failure> {
    let mut rows = found.rows;
    let name = |row: &Row| &found.names[row.customer as usize];
    rows.sort_unstable_by(|a, b| {
        (name(a), a.day)
            .cmp(&(name(b), b.day))
            .then(a.value.total_cmp(&b.value))
    });
    let mut customers = CustomerNames::default();
    let read = rows.len() as u64;
    let numbered = rows
        .iter()
        .map(|row| (customers.number(name(row)), row.day, row.value));
    let rows = numbered.collect();
    let manifest = perennial_batch::results::Results::open(&folder_of(ask))?.manifest;
    Ok(OrderLog {
        customers,
        rows,
        counts: OrderCounts {
            read,
            without_amount: found.without_amount,
            ..OrderCounts::default()
        },
        inputs: manifest.inputs,
    })
}

fn folder_of(ask: &Ask) -> PathBuf {
    ask.out.clone().unwrap_or_default()
}

/// Where the run's history ends.
fn until_of(ask: &Ask) -> Result<String, Failure> {
    Ok(perennial_batch::results::Results::open(&folder_of(ask))?
        .manifest
        .until)
}

fn ask(folder: PathBuf, from: &OrdersFrom) -> Ask {
    Ask {
        input: Vec::new(),
        out: Some(folder),
        rule: None,
        from: None,
        to: None,
        compare: None,
        segment: None,
        timezone: from.timezone.clone(),
        week_start: Weekday::Monday,
        customer: None,
        by: None,
        unknown: None,
        by_limit: 1,
        threads: None,
        show: Show {
            output: Output::Json,
            save: None,
            columns: Vec::new(),
        },
    }
}

/// Gathers orders and refunds.
struct RunOrders {
    order: u16,
    refund: Option<u16>,
    value: Option<usize>,
    zone: Zone,
}

/// An order, or a refund of negative value.
struct Row {
    customer: u32,
    day: i32,
    value: f64,
}

/// What is found so far.
struct Tally {
    is_order: Vec<bool>,
    is_refund: Vec<bool>,
    rows: Vec<Row>,
    without_amount: u64,
}

/// What was found, and who customers are.
struct Found {
    rows: Vec<Row>,
    names: Vec<String>,
    without_amount: u64,
}

impl Analysis for RunOrders {
    type Tally = Tally;
    type Answer = Found;

    fn begin(&self, words: &Words) -> Tally {
        Tally {
            is_order: words.marks.meeting(self.order),
            is_refund: match self.refund {
                Some(refund) => words.marks.meeting(refund),
                None => vec![false; words.marks.len()],
            },
            rows: Vec::new(),
            without_amount: 0,
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        for at in 0..trail.len() {
            let mark = trail.mark[at] as usize;
            let (is_order, is_refund) = (tally.is_order[mark], tally.is_refund[mark]);
            if !is_order && !is_refund {
                continue;
            }
            let value = self
                .value
                .map_or(NO_NUMBER, |column| trail.numbers[column][at]);
            let amount = match value {
                NO_NUMBER => 0.0,
                value => value as f64 / MILLIONTHS,
            };
            if is_order {
                tally.without_amount += u64::from(self.value.is_some() && value == NO_NUMBER);
            } else if amount == 0.0 {
                continue;
            }
            tally.rows.push(Row {
                customer: trail.customer,
                day: self.zone.day_of(Time(trail.at_ms[at])),
                value: if is_order { amount } else { -amount.abs() },
            });
        }
    }

    fn merge(&self, tally: &mut Tally, mut other: Tally) {
        tally.rows.append(&mut other.rows);
        tally.without_amount += other.without_amount;
    }

    fn answer(&self, tally: Tally, words: &Words) -> Found {
        Found {
            rows: tally.rows,
            names: words.customers.clone(),
            without_amount: tally.without_amount,
        }
    }
}
