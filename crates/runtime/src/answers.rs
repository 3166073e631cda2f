//! Which question is answered how: on the turn where it is quick, on a thread of its own where it is not.

use perennial_store::LogReader;
use serde_json::{Value as Json, json};

use crate::answer;
use crate::change::RulesChange;
use crate::privacy::Mask;
use crate::rulebook::Rulebook;
use crate::threads::start_behind;
use crate::turn::Turn;
use crate::workspace::Done;
use crate::{AskError, Question, RuntimeError, census};

/// Most lines of one answer.
const MAX_LINES: usize = 10_000;
/// Most message ids of one answer.
const MAX_IDS: usize = 100_000;

/// Answers a question.
///
/// # Errors
/// Only what ends the turn; all else is an answer.
pub(crate) fn answer(
    turn: &mut Turn,
    question: Question,
    done: Done<Json, AskError>,
) -> Result<(), RuntimeError> {
    let state = &mut turn.state;
    let answer = match question {
        Question::Customer(who) => answer::customer(state, &who),
        Question::History { who, limit, before } => {
            answer::history(state, &turn.log, &who, limit.clamp(1, MAX_LINES), before)
        }
        Question::Explain { who, at } => {
            answer::explain(state, &turn.log, &who, at, &turn.place.forecast_file())
        }
        Question::Stages {
            lifecycle,
            at: None,
        } => answer::stages(state, lifecycle.as_deref()),
        Question::Segments => Ok(answer::segments(state)),
        Question::Stats => {
            let failed = turn.failed.durable();
            Ok(answer::stats(state, failed))
        }
        Question::Masked(question) => match Mask::of(state, question.whose()) {
            Err(error) => Err(error),
            Ok(mask) => {
                let masked = Box::new(move |answer: Result<Json, AskError>| {
                    done(answer.map(|mut answer| {
                        mask.apply(&mut answer);
                        answer
                    }));
                });
                return self::answer(turn, *question, masked);
            }
        },
        Question::Export(who) => answer::export(state, &turn.log, &who),
        Question::Rules => Ok(rules(turn)),
        Question::EventIds { from, limit } => {
            if !turn.save()? {
                done(Err(not_now()));
                return Ok(());
            }
            let messages = std::sync::Arc::clone(turn.state.messages());
            let (log, end) = (turn.log.clone(), turn.state.summary.applied);
            let reader = turn.state.book.reader();
            start_behind("answer", move || {
                let limit = limit.clamp(1, MAX_IDS);
                done(census::event_ids(&messages, &log, reader, from, end, limit));
            });
            return Ok(());
        }
        Question::Failed {
            code,
            search,
            limit,
            before,
        } => {
            let log = turn.failed.clone();
            start_behind("answer", move || {
                let limit = limit.clamp(1, MAX_LINES);
                done(failed(
                    &log,
                    code.as_deref(),
                    search.as_deref(),
                    limit,
                    before,
                ));
            });
            return Ok(());
        }
        Question::Members {
            segment,
            after,
            limit,
        } => {
            if !turn.save()? {
                done(Err(not_now()));
                return Ok(());
            }
            answer::members(&turn.state, &segment, after.as_deref(), limit)
        }
        Question::Stages { lifecycle, at } => {
            let at = at.unwrap_or(turn.now());
            return population(turn, done, move |census| {
                census.stages(lifecycle.as_deref(), at)
            });
        }
        Question::Transitions {
            lifecycle,
            from,
            to,
        } => {
            return population(turn, done, move |census| {
                census.transitions(lifecycle.as_deref(), from, to)
            });
        }
        Question::Tables(folder) => {
            return population(turn, done, move |census| census.tables(&folder));
        }
        Question::Apply { files, plan } => return apply(turn, files, plan, done),
        Question::Save => match turn.save()? {
            true => Ok(json!({"lines": turn.state.saved})),
            false => Err(not_now()),
        },
        Question::Rebuild => {
            let book = turn.state.book.fresh()?;
            let answer = json!({"version": book.version()});
            if turn.change.is_some() {
                let cause = "other rules are being applied; try again when they are in force";
                Err(AskError::Conflict(cause.to_owned()))
            } else {
                return turn.begin_change(book, Some((done, answer)));
            }
        }
        Question::Erase(_)
        | Question::Suppress(_)
        | Question::Unsuppress(_)
        | Question::Retention { .. } => {
            // The workspace takes these up itself, since they concern what arrives too.
            Err(AskError::Bad("not a question for the turn".to_owned()))
        }
    };
    done(answer);
    Ok(())
}

/// Asks something of everybody, on a thread of its own, as of now.
fn population(
    turn: &mut Turn,
    done: Done<Json, AskError>,
    ask: impl FnOnce(&mut census::Census) -> Result<Json, AskError> + Send + 'static,
) -> Result<(), RuntimeError> {
    if !turn.save()? {
        done(Err(not_now()));
        return Ok(());
    }
    let state = &turn.state;
    let taken = census::Census::take(state);
    match taken {
        Ok(mut census) => {
            start_behind("answer", move || done(ask(&mut census)));
        }
        Err(error) => done(Err(error)),
    }
    Ok(())
}

/// What needs everything on the shelf has to wait until there is room on the disk.
fn not_now() -> AskError {
    AskError::Busy { retry_after_s: 5 }
}

fn rules(turn: &Turn) -> Json {
    let book = &turn.state.book;
    let files: serde_json::Map<String, Json> = book
        .files
        .iter()
        .map(|(name, text)| (name.clone(), json!(text)))
        .collect();
    json!({
        "version": book.version(),
        "files": files,
        "applying": turn.change.as_ref().map(|change| json!({
            "version": change.version,
            "lines": change.applied(),
            "of_lines": turn.log.durable(),
        })),
    })
}

/// Publishes new rules, or says what they would change.
fn apply(
    turn: &mut Turn,
    files: Vec<(String, String)>,
    plan: bool,
    done: Done<Json, AskError>,
) -> Result<(), RuntimeError> {
    if files.is_empty() {
        done(Err(AskError::Bad("there are no project files".to_owned())));
        return Ok(());
    }
    let book = match Rulebook::compile(&files) {
        Ok(book) => book,
        Err(RuntimeError::Rules(cause)) => {
            done(Err(AskError::Bad(cause)));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if plan {
        let (log, end) = (turn.log.clone(), turn.state.summary.applied);
        return population(turn, done, move |census| census.plan(book, &log, end));
    }
    if turn.change.is_some() {
        let cause = "other rules are being applied; try again when they are in force";
        done(Err(AskError::Conflict(cause.to_owned())));
        return Ok(());
    }
    let answer = json!({"version": book.version(), "before": turn.state.book.version()});
    turn.begin_change(book, Some((done, answer)))
}

/// Refused events, latest first.
fn failed(
    log: &LogReader,
    code: Option<&str>,
    search: Option<&str>,
    limit: usize,
    before: Option<u64>,
) -> Result<Json, AskError> {
    let read = |ordinal| log.read(ordinal).map_err(AskError::failed);
    let end = before.unwrap_or(u64::MAX).min(log.durable());
    let mut events = Vec::new();
    let mut position = end;
    while position > 0 && events.len() < limit {
        let Some(record) = read(position - 1)? else {
            break;
        };
        for ordinal in (record.first..position).rev() {
            let line = record.line(ordinal).unwrap_or_default();
            position = ordinal;
            let Ok(mut event) = serde_json::from_str::<Json>(line) else {
                continue;
            };
            let has_code = code.is_none_or(|code| event["code"] == code);
            let original = event["original"].as_str().unwrap_or_default();
            if has_code && search.is_none_or(|text| original.contains(text)) {
                event["position"] = json!(ordinal);
                events.push(event);
                if events.len() == limit {
                    break;
                }
            }
        }
    }
    Ok(
        json!({"count": log.durable(), "failed": events, "next": (position > 0).then_some(position)}),
    )
}

impl Turn {
    /// Begins to build another state, which takes this one's place when it is done.
    ///
    /// # Errors
    /// What the disk says.
    pub fn begin_change(
        &mut self,
        book: Rulebook,
        done: Option<(Done<Json, AskError>, Json)>,
    ) -> Result<(), RuntimeError> {
        let place = self.place.clone();
        let number = self.current.state + 1;
        place.forget_state(number);
        let shelf = place.shelf(number)?;
        let clock = std::sync::Arc::clone(&self.clock);
        let now = move || clock.now();
        let messages = std::sync::Arc::clone(self.state.messages());
        let mut change = RulesChange::begin(book, (shelf, messages), number, self.log.clone(), now);
        change.done = done;
        self.change = Some(change);
        Ok(())
    }

    /// Puts a state in force that has been built.
    ///
    /// # Errors
    /// What the disk, the log or the shelf says.
    pub fn go_on_changing(&mut self) -> Result<(), RuntimeError> {
        let Some(built) = self.change.as_ref().and_then(RulesChange::take) else {
            return Ok(());
        };
        let Some(mut change) = self.change.take() else {
            return Ok(());
        };
        let done = change.done.take();
        let mut state = match built {
            Ok(state) => state,
            Err(error) => {
                self.place.forget_state(change.place);
                self.publish();
                if let Some((done, _)) = done {
                    done(Err(AskError::failed(error)));
                }
                return Ok(());
            }
        };
        crate::change::catch_up(&mut state, &self.log, self.state.summary.applied)?;
        let saved = state.settle(self.clock.now()).and_then(|()| state.save());
        if let Err(error) = saved {
            self.place.forget_state(change.place);
            self.publish();
            if let Some((done, _)) = done {
                done(Err(AskError::failed(error)));
            }
            return Ok(());
        }
        // The ids of messages are both states' own: a checkpoint on its way must have added its.
        self.save()?;
        self.is_replaced();
        let mut current = self.current;
        if state.book.files != self.state.book.files {
            current.rules += 1;
            self.place.write_rules(current.rules, &state.book.files)?;
        }
        current.state = change.place;
        self.place.set_current(current)?;
        state.followed = self.state.followed;
        self.state = state;
        self.place.forget_other_states(current.state);
        self.current = current;
        // Who hears that they are in force finds nothing being applied.
        self.publish();
        if let Some((done, answer)) = done {
            done(Ok(answer));
        }
        Ok(())
    }
}
