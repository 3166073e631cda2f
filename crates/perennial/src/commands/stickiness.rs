//! `stickiness`: how many customers were active in exactly so many periods.

use std::process::ExitCode;

use perennial_analytics::calendar::Calendar;
use perennial_analytics::stickiness::Stickiness as Asked;
use serde_json::json;

use crate::args::Stickiness;
use crate::failure::Failure;
use crate::questions::{Question, Reply, interval};

pub fn stickiness(args: &Stickiness) -> Result<ExitCode, Failure> {
    let mut question = Question::new(&args.ask, "stickiness/1")?;
    let event = question.event("--event", &args.event, None);
    let by = question.by();
    let mut trails = question.read()?;
    question.limit(&mut trails, by);
    let calendar = Calendar::new(
        question.zone.clone(),
        interval(args.interval),
        question.week_start,
    );
    let range = question.range(&calendar, &trails)?;
    let mut reply = Reply::new("buckets", &[("periods", true), ("customers", true)]).by(by);
    if let Some(range) = range {
        let asked = Asked {
            calendar,
            range,
            event,
            by,
        };
        for split in trails.ask(&asked) {
            for bucket in &split.answer {
                let row = vec![json!(bucket.periods), json!(bucket.customers)];
                reply.row(split.by.as_deref(), row);
            }
        }
    }
    let told = range.map(|range| question.told(&range));
    reply.more = vec![("about", question.about(&trails, json!(told)))];
    reply.notes = question.notes(&trails);
    reply.tell(&args.ask)?;
    Ok(ExitCode::SUCCESS)
}
