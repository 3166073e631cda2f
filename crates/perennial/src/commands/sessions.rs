//! `sessions`: events that belong together, cut by silence or by markers.

use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::sessions::{Cut, Sessions as Asked};
use perennial_batch::trails::{Of, Trails};
use perennial_model::Time;
use serde_json::json;

use crate::args::Sessions;
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, length_ms, seconds};

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Sessions) -> Result<Prepared<'_>, Failure> {
    let mut question = Question::new(&args.ask, "sessions/1")?;
    question.asked.with_ids = true;
    question.within_range();
    let days = || {
        let zone = question.zone.clone();
        Calendar::new(zone, Interval::Day, question.week_start)
    };
    let cut = match (&args.gap, &args.start) {
        (Some(gap), _) => Cut::Gap {
            gap_ms: length_ms("--gap", gap)?,
            calendar: args.midnight.then(days),
        },
        (None, start) => {
            let start = start.as_deref().unwrap_or_default();
            let end = args.end.as_deref();
            Cut::Markers {
                start: marker(&mut question, "--start", start)?,
                end: end
                    .map(|end| marker(&mut question, "--end", end))
                    .transpose()?,
            }
        }
    };
    let by = question.by();
    let asked = Asked {
        cut,
        within_ms: None,
    };
    Ok(question.answered(move |question, trails| Ok(answer(question, &trails, &asked, by))))
}

fn answer(question: &Question, trails: &Trails, asked: &Asked, by: Option<usize>) -> Reply {
    let fields = [
        ("user_id", true),
        ("session", true),
        ("start", true),
        ("end", true),
        ("seconds", true),
        ("events", true),
    ];
    let mut reply = Reply::new("sessions", &fields).by(by);
    for (name, sessions) in question.answers(trails, asked, by, Of::Rows) {
        for one in sessions {
            let text = |ms: i64| json!(question.instant(Time(ms)));
            let row = vec![
                json!(trails.words().customers[one.customer as usize]),
                json!(one.number),
                text(one.start_ms),
                text(one.end_ms),
                seconds(Some((one.end_ms - one.start_ms) as f64 / 1e3)),
                json!(one.events),
            ];
            reply.row(name.as_deref(), row);
        }
    }
    let used = question.used(trails);
    reply.more = vec![("about", question.about(trails, used))];
    reply.notes = question.notes(trails);
    reply
}

fn marker(question: &mut Question, option: &'static str, name: &str) -> Result<u16, Failure> {
    question.event(option, name, None).ok_or_else(|| {
        Failure::usage(format!(
            "{option} {name}: a marker is one event, since markers belong to no session"
        ))
    })
}
