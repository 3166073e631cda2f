//! `lifecycle`: who is new, comes back or falls silent, period by period.

use perennial_analytics::Split;
use perennial_analytics::calendar::Calendar;
use perennial_analytics::lifecycle::{Flow, FlowPeriod, Stock, StockPeriod};
use perennial_batch::trails::Trails;
use serde_json::{Value, json};

use crate::args::{Lifecycle, Model};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, interval};

const FLOW: [(&str, bool); 5] = [
    ("period", true),
    ("new", true),
    ("returning", true),
    ("resurrecting", true),
    ("dormant", true),
];
const STOCK: [(&str, bool); 8] = [
    ("period", true),
    ("new", true),
    ("current", true),
    ("reactivated", true),
    ("resurrected", true),
    ("at_risk_wau", true),
    ("at_risk_mau", true),
    ("dormant", true),
];

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Lifecycle) -> Result<Prepared<'_>, Failure> {
    let definition = match args.model {
        Model::Flow => "lifecycle.flow/1",
        Model::Stock => "lifecycle.stock/1",
    };
    let &[week_days, month_days] = &args.horizons[..] else {
        return Err(Failure::usage(
            "--horizons: two numbers of days, such as 7,30",
        ));
    };
    if week_days >= month_days {
        let message = format!("--horizons {week_days},{month_days}: the second must be longer");
        return Err(Failure::usage(message));
    }
    let mut question = Question::new(&args.ask, definition)?;
    let event = question.event("--event", &args.event, None);
    let by = question.by();
    let horizons = (week_days, month_days);
    Ok(question.answered(move |question, mut trails| {
        question.limit(&mut trails, by);
        answer(args, question, &trails, event, by, horizons)
    }))
}

fn answer(
    args: &Lifecycle,
    question: &Question,
    trails: &Trails,
    event: Option<u16>,
    by: Option<usize>,
    (week_days, month_days): (u32, u32),
) -> Result<Reply, Failure> {
    let calendar = Calendar::new(
        question.zone.clone(),
        interval(args.interval),
        question.week_start,
    );
    let fields: &[(&str, bool)] = match args.model {
        Model::Flow => &FLOW,
        Model::Stock => &STOCK,
    };
    let mut reply = Reply::new("periods", fields).by(by);
    let range = question.range(&calendar, trails)?;
    if let Some(range) = range {
        question.bound(trails, by, range.count.saturating_mul(reply.fields.len()))?;
        let label = |period: i64| json!(calendar.label(period));
        match args.model {
            Model::Flow => {
                let asked = Flow {
                    calendar: calendar.clone(),
                    range,
                    event,
                    by,
                };
                tell(
                    &mut reply,
                    question.ask(trails, &asked),
                    |one: &FlowPeriod| {
                        let counts = [one.new, one.returning, one.resurrecting, one.dormant];
                        row(label(one.period), &counts)
                    },
                );
            }
            Model::Stock => {
                let asked = Stock {
                    calendar: calendar.clone(),
                    range,
                    event,
                    week_days,
                    month_days,
                    by,
                };
                tell(
                    &mut reply,
                    question.ask(trails, &asked),
                    |one: &StockPeriod| {
                        let counts = [
                            one.new,
                            one.current,
                            one.reactivated,
                            one.resurrected,
                            one.at_risk_wau,
                            one.at_risk_mau,
                            one.dormant,
                        ];
                        row(label(one.period), &counts)
                    },
                );
            }
        }
    }
    let told = range.map(|range| question.told(&range));
    reply.more = vec![("about", question.about(trails, json!(told)))];
    reply.notes = question.notes(trails);
    Ok(reply)
}

fn row(label: Value, counts: &[u64]) -> Vec<Value> {
    let counts = counts.iter().map(|count| json!(count));
    std::iter::once(label).chain(counts).collect()
}

fn tell<T>(reply: &mut Reply, splits: Vec<Split<Vec<T>>>, row: impl Fn(&T) -> Vec<Value>) {
    for split in &splits {
        for one in &split.answer {
            reply.row(split.by.as_deref(), row(one));
        }
    }
}
