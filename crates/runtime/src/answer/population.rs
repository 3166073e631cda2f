//! Answers about everybody, from the counts that are kept up to date.

use perennial_rules::compile::{LifecycleCode, StageCode};
use serde_json::{Value as Json, json};

use super::counted_name;
use crate::AskError;
use crate::rulebook::Rulebook;
use crate::state::{State, StoredCustomer};

/// Most members in one answer.
const MAX_MEMBERS: usize = 10_000;

/// The number of a lifecycle by name; the first where none is named.
///
/// # Errors
/// [`AskError::Unknown`] with the names that there are.
pub(crate) fn lifecycle_number(book: &Rulebook, name: Option<&str>) -> Result<usize, AskError> {
    let lifecycles = &book.machine.lifecycles;
    let found = match name {
        None if lifecycles.is_empty() => None,
        None => Some(0),
        Some(name) => lifecycles.iter().position(|known| known.name == name),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = lifecycles.iter().map(|known| known.name.as_str()).collect();
        AskError::Unknown(format!(
            "no such lifecycle; there are: {}",
            names.join(", ")
        ))
    })
}

/// How many customers are in each stage now.
///
/// # Errors
/// [`AskError::Unknown`].
pub(crate) fn stages(state: &State, name: Option<&str>) -> Result<Json, AskError> {
    let number = lifecycle_number(&state.book, name)?;
    let lifecycle = &state.book.machine.lifecycles[number];
    let counts = state.summary.tally.stages.get(number);
    let stages = stage_rows(lifecycle, counts.map_or(&[], Vec::as_slice));
    Ok(json!({
        "lifecycle": lifecycle.name,
        "at": state.now.to_string(),
        "stages": stages,
        "customers": state.summary.tally.customers,
        "rule_version": state.book.version(),
    }))
}

/// The stages of a lifecycle with how many customers are in each, and which share of them all; a stage
/// without a count has nobody.
pub(crate) fn stage_rows(lifecycle: &LifecycleCode, counts: &[u64]) -> Vec<Json> {
    let total: u64 = counts.iter().sum();
    let counts = counts.iter().copied().chain(std::iter::repeat(0));
    let row = |(stage, customers): (&StageCode, u64)| {
        let share = if total == 0 {
            0.0
        } else {
            customers as f64 / total as f64
        };
        json!({"stage": stage.name, "customers": customers, "share": share})
    };
    lifecycle.stages.iter().zip(counts).map(row).collect()
}

/// The segments with how many are in each now.
pub(crate) fn segments(state: &State) -> Json {
    let segments: Vec<Json> = state
        .book
        .machine
        .segments
        .iter()
        .enumerate()
        .map(|(number, segment)| {
            let count = state.summary.tally.segments.get(number);
            let customers = count.copied().unwrap_or_default();
            json!({"segment": segment.name, "rule": segment.when.text, "customers": customers})
        })
        .collect();
    json!({
        "at": state.now.to_string(),
        "segments": segments,
        "customers": state.summary.tally.customers,
        "rule_version": state.book.version(),
    })
}

/// Some members of a segment, by id. Everything must be on the shelf.
///
/// # Errors
/// [`AskError::Unknown`].
pub(crate) fn members(
    state: &State,
    segment: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Json, AskError> {
    let segments = &state.book.machine.segments;
    let number = segments.iter().position(|known| known.name == segment);
    let number = number.ok_or_else(|| AskError::Unknown("no such segment".to_owned()))?;
    let limit = limit.clamp(1, MAX_MEMBERS);
    let mut members = Vec::new();
    let mut next = None;
    state.customers_after(after, &mut |id: &str, stored: StoredCustomer| {
        if !stored.counted.segments.contains(&(number as u16)) {
            return true;
        }
        if members.len() == limit {
            next = members
                .last()
                .map(|member: &Json| member["customer"].clone());
            return false;
        }
        let lifecycles = state.book.machine.lifecycles.iter();
        let stages: serde_json::Map<String, Json> = lifecycles
            .zip(&stored.counted.stages)
            .map(|(known, stage)| (known.name.clone(), json!(counted_name(known, *stage))))
            .collect();
        members.push(json!({"customer": id, "stages": stages}));
        true
    })?;
    Ok(json!({
        "segment": segment,
        "at": state.now.to_string(),
        "members": members,
        "next": next,
        "rule_version": state.book.version(),
    }))
}

/// What became of everything that came in.
pub(crate) fn stats(state: &State, failed: u64) -> Json {
    let counts = &state.summary.counts;
    json!({
        "received": counts.lines + failed,
        "events": counts.events,
        "duplicates": counts.duplicates,
        "duplicate_conflicts": counts.conflicts,
        "failed": failed + counts.rejected,
        "erased": counts.erased,
        "without_customer": counts.without_customer,
        "customers": state.summary.tally.customers,
        "lines": counts.lines,
        "as_of": state.now.to_string(),
        "rule_version": state.book.version(),
    })
}
