//! `stickiness`: how many customers were active in exactly so many periods.

use perennial_analytics::calendar::Calendar;
use perennial_analytics::stickiness::Stickiness as Asked;
use perennial_batch::trails::Trails;
use serde_json::json;

use crate::args::Stickiness;
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, interval};

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Stickiness) -> Result<Prepared<'_>, Failure> {
    let mut question = Question::new(&args.ask, "stickiness/1")?;
    let event = question.event("--event", &args.event, None);
    let by = question.by();
    Ok(question.answered(move |question, mut trails| {
        question.limit(&mut trails, by);
        answer(args, question, &trails, event, by)
    }))
}

fn answer(
    args: &Stickiness,
    question: &Question,
    trails: &Trails,
    event: Option<u16>,
    by: Option<usize>,
) -> Result<Reply, Failure> {
    let calendar = Calendar::new(
        question.zone.clone(),
        interval(args.interval),
        question.week_start,
    );
    let range = question.range(&calendar, trails)?;
    let mut reply = Reply::new("buckets", &[("periods", true), ("customers", true)]).by(by);
    if let Some(range) = range {
        question.bound(trails, by, range.count.saturating_mul(reply.fields.len()))?;
        let asked = Asked {
            calendar,
            range,
            event,
            by,
        };
        for split in question.ask(trails, &asked) {
            for bucket in &split.answer {
                let row = vec![json!(bucket.periods), json!(bucket.customers)];
                reply.row(split.by.as_deref(), row);
            }
        }
    }
    let told = range.map(|range| question.told(&range));
    reply.more = vec![("about", question.about(trails, json!(told)))];
    reply.notes = question.notes(trails);
    Ok(reply)
}
