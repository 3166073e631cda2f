//! A customer's story as JSON: one shape for the command line and the server.

use perennial_engine::explain::{Finding, Place, Way};
use perennial_model::{Cause, Duration, Move, Symbols, Time, Value};
use perennial_rules::compile::LifecycleCode;
use serde_json::{Value as Json, json};

use crate::one::{Story, StoryTouch};
use crate::why::Scores;

/// Touches shown before the instant.
pub const TOUCHES_SHOWN: usize = 10;

/// Where she stands at an instant and why, what is missing for her next stages, and her touches around then.
pub fn json(told: &Story, at: Time) -> Json {
    json_with(told, &told.symbols, at)
}

/// The same where the texts behind symbols stand in another table.
pub fn json_with(told: &Story, symbols: &Symbols, at: Time) -> Json {
    let standings: Vec<Json> = told
        .explanation
        .lifecycles
        .iter()
        .map(|place| standing(told, symbols, place))
        .collect();
    let segments: Vec<Json> = told
        .explanation
        .segments
        .iter()
        .map(|(number, since)| {
            json!({"segment": told.machine.segments[usize::from(*number)].name, "since": since.to_string()})
        })
        .collect();
    let identifiers: Vec<Json> = told
        .identifiers
        .iter()
        .map(
            |(kind, value, joined)| json!({"kind": kind, "identifier": value, "joined_by": joined}),
        )
        .collect();
    let touches: Vec<Json> = around(told, at)
        .iter()
        .map(|touch| {
            json!({"at": touch.at.to_string(), "received_at": touch.received_at.map(|at| at.to_string()), "event": touch.event, "touchpoints": touch.points, "message_id": touch.message_id})
        })
        .collect();
    json!({
        "customer": told.customer,
        "at": at.to_string(),
        "identifiers": identifiers,
        "standings": standings,
        "segments": segments,
        "scores": told.scores.as_ref().map(Scores::json),
        "touches": touches,
        "touch_count": told.touches.len(),
    })
}

fn standing(told: &Story, symbols: &Symbols, place: &Place) -> Json {
    let lifecycle = &told.machine.lifecycles[usize::from(place.lifecycle)];
    let stage =
        |number: Option<u8>| number.map(|stage| lifecycle.stages[usize::from(stage)].name.clone());
    let finding = |finding: &Finding| {
        let figures: Vec<Json> = finding
            .figures
            .iter()
            .zip(&finding.elapsed)
            .map(|((text, value), elapsed)| json!({"figure": text, "value": value_json(*value, *elapsed, symbols)}))
            .collect();
        json!({"rule": finding.text, "holds": finding.holds, "figures": figures})
    };
    let findings = |list: &[Finding]| list.iter().map(finding).collect::<Vec<Json>>();
    let next: Vec<Json> = place
        .next
        .iter()
        .map(|way| {
            let clause = &lifecycle.clauses[usize::from(way.clause)];
            let missing: Vec<&str> = missing(way).collect();
            json!({
                "stage": lifecycle.stages[usize::from(clause.to)].name,
                "clause": clause.text,
                "needs_touch": way.needs_touch,
                "missing": missing,
                "findings": findings(&way.findings),
            })
        })
        .collect();
    json!({
        "lifecycle": lifecycle.name,
        "stage": stage(place.last.and_then(|made| made.to)),
        "since": place.last.map(|made| made.at.to_string()),
        "known_at": place.last.and_then(|made| known_at(told, lifecycle, &made)).map(|at| at.to_string()),
        "entry": place.last.map(|made| made.entry),
        "held_until": place.held_until.map(|until| until.to_string()),
        "from": stage(place.last.and_then(|made| made.from)),
        "cause": place.last.map(|made| cause(told, lifecycle, &made)),
        "reason": place.last.and_then(|made| made.clause).map(|clause| lifecycle.clauses[usize::from(clause)].text.clone()),
        "findings": findings(&place.reason),
        "next": next,
        "by_time": place.by_time.map(|made| json!({"stage": stage(made.to), "at": made.at.to_string()})),
    })
}

fn missing(way: &Way) -> impl Iterator<Item = &str> {
    way.findings
        .iter()
        .filter(|finding| finding.holds != Some(true))
        .map(|finding| finding.text.as_str())
}

/// A value in JSON; spans of time are durations.
pub fn value_json(value: Value, elapsed: bool, symbols: &Symbols) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Number(number) if elapsed => {
            json!(Duration::from_ms(number.millionths()).to_string())
        }
        Value::Number(number) => json!(number.to_float()),
        Value::Text(symbol) => json!(symbols.text(symbol)),
    }
}

/// When all that led to a move had arrived: as the ledger of the run says, if it has the move.
pub fn known_at(told: &Story, lifecycle: &LifecycleCode, made: &Move) -> Option<Time> {
    let key = (lifecycle.name.clone(), made.at);
    told.known_at.get(&key).copied()
}

/// What brought a move about, in a word.
pub fn cause(told: &Story, lifecycle: &LifecycleCode, made: &Move) -> String {
    let named = made
        .clause
        .and_then(|clause| lifecycle.clauses[usize::from(clause)].cause.clone());
    named.unwrap_or_else(|| match made.cause {
        Cause::Time => "time".to_owned(),
        Cause::Touch(row) => told
            .touches
            .get(row as usize)
            .map_or_else(String::new, |touch| touch.points.join("+")),
    })
}

/// Her touches around an instant.
pub fn around(told: &Story, at: Time) -> &[StoryTouch] {
    let here = told.touches.partition_point(|touch| touch.at <= at);
    let from = here.saturating_sub(TOUCHES_SHOWN);
    &told.touches[from..(here + 2).min(told.touches.len())]
}
