//! Answers about one customer: profile, history, explanation, everything known.

use std::collections::HashMap;
use std::path::Path;

use perennial_batch::forecasts::Forecasts;
use perennial_batch::one::{Story, StoryTouch};
use perennial_batch::told;
use perennial_batch::why::Scores;
use perennial_engine::explain;
use perennial_engine::identity::kind_name;
use perennial_model::{Change, Fact, Kind, Number, Symbols, Time, Touch, Value};
use perennial_rules::project::{FORECAST_MODEL, SCORES, is_score};
use perennial_store::LogReader;
use serde_json::{Map, Value as Json, json};

use super::{change, instant, stage_name};
use crate::rulebook::Rulebook;
use crate::state::{Caused, Consent, Identifier, KeptTouch, State};
use crate::{AskError, Whose};

/// Most topics shown for a customer.
const MAX_TOPICS_SHOWN: usize = 10;

/// Her slot in the state.
///
/// # Errors
/// [`AskError::Unknown`].
pub(crate) fn find(state: &mut State, who: &Whose) -> Result<u32, AskError> {
    state.find(who)?.ok_or_else(nobody)
}

fn nobody() -> AskError {
    AskError::Unknown("nobody is known by that identifier".to_owned())
}

/// The profile.
///
/// # Errors
/// As [`find`].
pub(crate) fn customer(state: &mut State, who: &Whose) -> Result<Json, AskError> {
    let slot = find(state, who)?;
    let now = state.now;
    let told = state.tell(slot, now)?;
    let identifiers = identifiers(state, &told.nodes)?;
    let consents = state.consents(&told.nodes)?;
    let consents: Vec<Json> = consents.iter().map(consent).collect();
    let mut traits: Vec<_> = Vec::new();
    for &node in &told.nodes {
        traits.extend(state.traits(node)?);
    }
    traits.sort_by(|a, b| a.stated.cmp(&b.stated));
    let mut shown = Map::new();
    for one in traits {
        let value = serde_json::from_str(&one.value).unwrap_or(Json::Null);
        match value.is_null() && is_score(&one.name) {
            true => shown.remove(&*one.name),
            false => shown.insert(one.name.into(), value),
        };
    }
    let book = &state.book;
    let Some(fold) = &told.fold else {
        return Err(nobody());
    };
    let lifecycles = book.machine.lifecycles.iter().zip(fold.standings());
    let standings: Vec<Json> = lifecycles
        .map(|(lifecycle, standing)| {
            let is_held = standing.held_until > now;
            json!({
                "lifecycle": lifecycle.name,
                "stage": stage_name(lifecycle, standing.stage()),
                "since": instant(standing.since.ms()),
                "entry": standing.entry,
                "held_until": is_held.then(|| standing.held_until.to_string()),
            })
        })
        .collect();
    let segments: Vec<&str> = book
        .machine
        .segments
        .iter()
        .zip(fold.memberships())
        .filter(|(_, membership)| membership.inside)
        .map(|(segment, _)| segment.name.as_str())
        .collect();
    let interests = fold.interests(book.world(), now);
    let intent: Map<String, Json> = interests
        .into_iter()
        .take(MAX_TOPICS_SHOWN)
        .map(|(topic, level)| (book.symbols.text(topic).to_owned(), number(level)))
        .collect();
    let purchases = fold.purchases();
    let has_bought = purchases.orders > 0;
    Ok(json!({
        "customer": told.id,
        "identifiers": identifiers,
        "traits": shown,
        "consents": consents,
        "event_count": told.touches.iter().filter(|touch| touch.is_touch()).count(),
        "first_at": instant(fold.first_at().ms()),
        "last_at": instant(fold.last_at().ms()),
        "standings": standings,
        "segments": segments,
        "intent": intent,
        "value": {
            "orders": purchases.orders,
            "amount": number(purchases.value),
            "currency": book.project.currency.code,
            "first_order_at": has_bought.then(|| purchases.first_at.to_string()),
            "last_order_at": has_bought.then(|| purchases.last_at.to_string()),
        },
        "next_by_time_at": instant(fold.wake().ms()),
        "as_of": now.to_string(),
        "rule_version": book.version(),
    }))
}

fn consent(consent: &Consent) -> Json {
    json!({
        "channel": consent.channel,
        "purpose": consent.purpose,
        "status": if consent.granted { "granted" } else { "denied" },
        "at": Time(consent.at_ms).to_string(),
    })
}

fn identifiers(state: &mut State, nodes: &[u32]) -> Result<Vec<Json>, AskError> {
    let all = state.identifiers(nodes)?;
    let one = |(rank, id, joined): Identifier| {
        json!({
            "kind": kind_name(rank),
            "identifier": id,
            "joined_by": joined.as_ref().map(|stated| stated.message.text()),
            "joined_at": joined.as_ref().map(|stated| Time(stated.at_ms).to_string()),
        })
    };
    Ok(all.into_iter().map(one).collect())
}

/// Her touches and changes, latest first.
///
/// # Errors
/// As [`find`], and where the log cannot be read.
pub(crate) fn history(
    state: &mut State,
    log: &LogReader,
    who: &Whose,
    limit: usize,
    before: Option<u64>,
) -> Result<Json, AskError> {
    let slot = find(state, who)?;
    let now = state.now;
    let told = state.tell(slot, now)?;
    let mut lines: Vec<(Time, Json)> = Vec::new();
    for touch in &told.touches {
        let mut line = touch_json(state, touch);
        line["kind"] = json!(if touch.is_touch() { "touch" } else { "scored" });
        lines.push((Time(touch.at_ms), line));
    }
    for one in &told.changes {
        lines.push((at_of(&one.change), change(&state.book, one)));
    }
    // A change follows the touch of its instant that brought it.
    lines.sort_by_key(|(at, _)| *at);
    let end = before.map_or(lines.len(), |before| lines.len().min(before as usize));
    let from = end.saturating_sub(limit);
    let mut shown: Vec<Json> = lines.drain(from..end).map(|(_, line)| line).collect();
    shown.reverse();
    for line in &mut shown {
        let Some(ordinal) = line.get("position").and_then(Json::as_u64) else {
            continue;
        };
        if let Some(event) = original(log, ordinal)? {
            line["event"] = event
                .get("event")
                .or(event.get("type"))
                .cloned()
                .unwrap_or_default();
            line["properties"] = event.get("properties").cloned().unwrap_or_default();
            if line["kind"] == "scored" {
                line["scores"] = event.get("traits").cloned().unwrap_or_default();
            }
        }
    }
    Ok(json!({
        "customer": told.id,
        "history": shown,
        "next": (from > 0).then_some(from),
        "as_of": now.to_string(),
        "rule_version": state.book.version(),
    }))
}

fn touch_json(state: &State, touch: &KeptTouch) -> Json {
    json!({
        "at": Time(touch.at_ms).to_string(),
        "received_at": Time(touch.at_ms).plus(touch.delay_ms).to_string(),
        "touchpoints": state.book.point_names(Kind(touch.kind)),
        "message_id": touch.message.text(),
        "position": touch.ordinal,
    })
}

/// The event behind a touch, as it stands in the log.
fn original(log: &LogReader, ordinal: u64) -> Result<Option<Json>, AskError> {
    let record = log.read(ordinal).map_err(AskError::failed)?;
    Ok(record.and_then(|record| serde_json::from_str(record.line(ordinal)?).ok()))
}

fn at_of(change: &Change) -> Time {
    match change {
        Change::Moved(made) => made.at,
        Change::Refused(refusal) => refusal.asked.at,
        Change::Switched(switch) => switch.at,
    }
}

/// Where she stands at an instant, why, and what comes next; `models` is the file of the models whose scores
/// she has.
///
/// # Errors
/// As [`find`].
pub(crate) fn explain(
    state: &mut State,
    log: &LogReader,
    who: &Whose,
    at: Option<Time>,
    models: &Path,
) -> Result<Json, AskError> {
    let slot = find(state, who)?;
    let at = at.unwrap_or(state.now.plus(-1));
    let now = state.now;
    let told = state.tell(slot, now)?;
    let identifiers = state.identifiers(&told.nodes)?;
    let mut facts: Vec<Vec<Fact>> = Vec::with_capacity(told.touches.len());
    for touch in &told.touches {
        let mut own = Vec::new();
        touch.read_facts(&mut state.book.symbols, &mut own);
        facts.push(own);
    }
    let mut row = 0;
    let touches: Vec<Touch<'_>> = told
        .touches
        .iter()
        .zip(&facts)
        .map(|(touch, facts)| {
            // Scores are no row of her story.
            let own = if touch.is_touch() { row } else { u32::MAX };
            row += u32::from(touch.is_touch());
            touch.touch(facts, own)
        })
        .collect();
    let book = &state.book;
    let explanation = explain::explain(book.world(), told.id.as_bytes(), &touches, at);
    let known_at: HashMap<(String, Time), Time> = explanation
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Moved(made) => {
                let lifecycle = &book.machine.lifecycles[usize::from(made.lifecycle)];
                Some(((lifecycle.name.clone(), made.at), made.known_at))
            }
            _ => None,
        })
        .collect();
    let done: Vec<&KeptTouch> = told.touches.iter().filter(|one| one.is_touch()).collect();
    let mut story_touches = Vec::with_capacity(done.len());
    for touch in &done {
        story_touches.push(StoryTouch {
            at: Time(touch.at_ms),
            received_at: Some(Time(touch.at_ms).plus(touch.delay_ms)),
            event: String::new(),
            points: book
                .point_names(Kind(touch.kind))
                .into_iter()
                .map(str::to_owned)
                .collect(),
            message_id: touch.message.text(),
        });
    }
    name_shown(log, at, &done, &mut story_touches)?;
    let story = Story {
        customer: told.id.to_string(),
        identifiers: identifiers
            .into_iter()
            .map(|(rank, id, joined)| {
                let joined = joined.map(|stated| stated.message.text());
                (kind_name(rank).to_owned(), id.into(), joined)
            })
            .collect(),
        touches: story_touches,
        explanation,
        known_at,
        scores: scores_in_force(&touches, book, at)
            .map(|scores| scores.with_group(&Forecasts::of_models(models))),
        machine: book.machine.clone(),
        symbols: Symbols::default(),
    };
    // The texts that figures show are looked up in the table they were interned in.
    let mut answer = told::json_with(&story, &book.symbols, at);
    answer["rule_version"] = json!(book.version());
    answer["as_of"] = json!(now.to_string());
    Ok(answer)
}

/// What a forecast says of her at an instant.
fn scores_in_force(touches: &[Touch<'_>], book: &Rulebook, at: Time) -> Option<Scores> {
    let known = &touches[..touches.partition_point(|touch| touch.at <= at)];
    let last = known.iter().rfind(|touch| touch.kind == Kind::SCORED)?;
    let value = |name: &str| {
        let slot = book.machine.slot(name, true)?;
        let mut facts = last.facts.iter();
        facts.find(|fact| fact.slot == slot).map(|fact| fact.value)
    };
    let score = |name: &str| match value(name) {
        Some(Value::Number(number)) => Some(number.to_float()),
        _ => None,
    };
    Scores::said(
        last.at,
        SCORES.map(score),
        match value(FORECAST_MODEL) {
            Some(Value::Text(symbol)) => Some(book.symbols.text(symbol).to_owned()),
            _ => None,
        },
    )
    .map(|scores| scores.with_rhythm(known, &book.project.zone, &book.machine, &book.plan))
}

/// Reads the names of those events that an explanation shows.
fn name_shown(
    log: &LogReader,
    at: Time,
    touches: &[&KeptTouch],
    story: &mut [StoryTouch],
) -> Result<(), AskError> {
    let here = touches.partition_point(|touch| touch.at_ms <= at.ms());
    let shown = here.saturating_sub(told::TOUCHES_SHOWN)..(here + 2).min(touches.len());
    for place in shown {
        if let Some(event) = original(log, touches[place].ordinal)? {
            let name = event.get("event").or(event.get("type"));
            story[place].event = name.and_then(Json::as_str).unwrap_or_default().to_owned();
        }
    }
    Ok(())
}

/// Everything known of a customer: profile, changes, and her events as they stand in the log.
///
/// # Errors
/// As [`find`], and where the log cannot be read.
pub(crate) fn export(state: &mut State, log: &LogReader, who: &Whose) -> Result<Json, AskError> {
    let profile = customer(state, who)?;
    let slot = find(state, who)?;
    let told = state.tell(slot, state.now)?;
    let changes: Vec<Json> = told
        .changes
        .iter()
        .map(|one: &Caused| change(&state.book, one))
        .collect();
    let mut events = Vec::with_capacity(told.touches.len());
    for touch in &told.touches {
        events.extend(original(log, touch.ordinal)?);
    }
    Ok(json!({"profile": profile, "changes": changes, "events": events}))
}

fn number(number: Number) -> Json {
    json!(number.to_float())
}
