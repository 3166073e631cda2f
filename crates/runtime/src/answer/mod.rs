//! Answers as JSON: what a workspace says when it is asked, and what it tells those who follow.

mod customer;
mod population;

use perennial_batch::read::Call;
use perennial_model::{Change, Time};
use perennial_rules::compile::LifecycleCode;
use serde_json::{Value as Json, json};

pub(crate) use customer::{customer, explain, export, history};
pub(crate) use population::{lifecycle_number, members, segments, stage_rows, stages, stats};

use crate::rulebook::Rulebook;
use crate::state::{Caused, OUTSIDE};
use crate::workspace::Notice;

/// The name of a stage by number; nothing outside.
pub(crate) fn stage_name(lifecycle: &LifecycleCode, stage: Option<u8>) -> Option<&str> {
    let stage = lifecycle.stages.get(usize::from(stage?))?;
    Some(&stage.name)
}

/// The name of a stage as it is counted.
pub(crate) fn counted_name(lifecycle: &LifecycleCode, stage: u8) -> Option<&str> {
    stage_name(lifecycle, (stage != OUTSIDE).then_some(stage))
}

/// What happened to a customer, for those who follow.
pub(crate) fn notice(book: &Rulebook, customer: &str, one: &Caused, corrects: bool) -> Notice {
    let kind = match &one.change {
        Change::Moved(_) => "moved",
        Change::Refused(_) => "refused",
        Change::Switched(switch) if switch.entered => "entered",
        Change::Switched(_) => "left",
    };
    let mut body = change(book, one);
    body["customer"] = json!(customer);
    body["corrects"] = json!(corrects);
    Notice { kind, body }
}

/// An event that has been taken in, for those who follow.
pub(crate) fn event(call: &Call<'_>, points: &[&str], message_id: &str) -> Notice {
    Notice {
        kind: "event",
        body: json!({
            "event": call.event,
            "at": call.at.to_string(),
            "received_at": call.received_at.map(|at| at.to_string()),
            "touchpoints": points,
            "message_id": message_id,
            "user_id": call.user_id,
            "anonymous_id": call.anonymous_id,
        }),
    }
}

/// A change of a customer's as JSON.
pub(crate) fn change(book: &Rulebook, one: &Caused) -> Json {
    let touch = one.touch.as_ref().map(|(message, _)| message.text());
    match &one.change {
        Change::Moved(made) => {
            let lifecycle = &book.machine.lifecycles[usize::from(made.lifecycle)];
            json!({
                "kind": "moved",
                "lifecycle": lifecycle.name,
                "at": made.at.to_string(),
                "known_at": made.known_at.to_string(),
                "from": stage_name(lifecycle, made.from),
                "to": stage_name(lifecycle, made.to),
                "cause": cause(book, one),
                "rule": made.clause.map(|clause| lifecycle.clauses[usize::from(clause)].text.clone()),
                "touch": touch,
                "entry": made.entry,
                "rule_version": book.version(),
            })
        }
        Change::Refused(refusal) => {
            let asked = &refusal.asked;
            let lifecycle = &book.machine.lifecycles[usize::from(asked.lifecycle)];
            json!({
                "kind": "refused",
                "lifecycle": lifecycle.name,
                "at": asked.at.to_string(),
                "known_at": asked.known_at.to_string(),
                "from": stage_name(lifecycle, asked.from),
                "to": stage_name(lifecycle, asked.to),
                "cause": cause(book, one),
                "rule": asked.clause.map(|clause| lifecycle.clauses[usize::from(clause)].text.clone()),
                "touch": touch,
                "policy": refusal.policy,
                "rule_version": book.version(),
            })
        }
        Change::Switched(switch) => {
            let segment = &book.machine.segments[usize::from(switch.segment)];
            json!({
                "kind": if switch.entered { "entered" } else { "left" },
                "segment": segment.name,
                "at": switch.at.to_string(),
                "known_at": switch.known_at.to_string(),
                "entry": switch.entry,
                "rule": segment.when.text,
                "rule_version": book.version(),
            })
        }
    }
}

/// The word for what decided: the clause's own, else the touchpoint that its `on` names, else `time`.
pub(crate) fn cause(book: &Rulebook, one: &Caused) -> String {
    let made = match &one.change {
        Change::Moved(made) => made,
        Change::Refused(refusal) => &refusal.asked,
        Change::Switched(_) => return String::new(),
    };
    let lifecycle = &book.machine.lifecycles[usize::from(made.lifecycle)];
    let Some(clause) = made
        .clause
        .map(|number| &lifecycle.clauses[usize::from(number)])
    else {
        return "not_applicable".to_owned();
    };
    if let Some(word) = &clause.cause {
        return word.clone();
    }
    let Some((_, kind)) = &one.touch else {
        return "time".to_owned();
    };
    let points = book.plan.points(*kind);
    let named = points.iter().find(|point| clause.on.contains(point));
    let named = named.or(points.first());
    named.map_or_else(
        || "touch".to_owned(),
        |point| book.machine.points[usize::from(point.0)].name.clone(),
    )
}

/// An instant as text; nothing where there is none.
pub(crate) fn instant(ms: i64) -> Option<String> {
    (ms != i64::MAX && ms != i64::MIN).then(|| Time(ms).to_string())
}
