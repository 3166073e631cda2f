//! Scoring of a log at one date, for a server: what it is to append, and how the scoring before did.

use perennial_engine::identity::kind_name;
use perennial_model::{Number, Symbols, Time, Zone};
use perennial_rules::Project;
use perennial_rules::project::{FORECAST_MODEL, Forecast, SCORED, SCORES, ScoringDates};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::base::Base;
use super::score::Said;
use super::{Ahead, Ground, ModelRecord, one_date};
use crate::BatchError;
use crate::options::{Observer, Options, ScoresFrom};
use crate::prepare::{Prepared, prepare};
use crate::roster::Roster;
use crate::scored::{Scored, model_name};
use crate::scores;

/// Days around an instant in which a date of any calendar lies.
const AROUND_MS: i64 = 40 * perennial_model::DAY_MS;

/// What a scoring of a log comes to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scoring {
    /// The model, or why there is none.
    pub record: ModelRecord,
    /// Days with an order since the scoring before by those known then, if there was one.
    pub came: Option<u64>,
    /// Whether all was left as it was, since what came lies within the ends that were given.
    pub is_left: bool,
    /// What is expected until later dates; nothing where there is no next date.
    pub ahead: Vec<Ahead>,
    /// Calls to append, without their time of arrival.
    #[serde(skip)]
    pub lines: Vec<String>,
}

/// When a log is scored, and when it was before.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScoringDate {
    /// The date: what happened before it is known.
    pub at: Time,
    /// The next date, where there is one.
    pub next: Option<Time>,
    /// The scoring before, where there was one.
    pub before: Option<Time>,
    /// Nobody is scored where the days with an order since then lie within these ends.
    pub unless_within: Option<(f64, f64)>,
}

/// The latest date of a project's calendar up to an instant, and the next one after; nothing where it scores
/// at the end only.
pub fn dates_around(
    project: &Project,
    settings: &Forecast,
    now: Time,
) -> (Option<Time>, Option<Time>) {
    if settings.dates == ScoringDates::End {
        return (None, None);
    }
    let around = (now.plus(-AROUND_MS), now.plus(AROUND_MS));
    let all = scores::dates(
        settings.dates,
        &project.zone,
        project.week_start,
        around.0,
        around.1,
    );
    let after = all.partition_point(|date| *date <= now);
    (
        after.checked_sub(1).map(|last| all[last]),
        all.get(after).copied(),
    )
}

/// Scores all customers of a log as of a date by what happened before it: those whose scores have moved since
/// they were scored last get new ones, and who has no orders any more has none.
///
/// # Errors
/// As [`crate::run::run`].
pub fn score_log(
    project: &Project,
    options: &Options,
    observer: &dyn Observer,
    date: ScoringDate,
) -> Result<Scoring, BatchError> {
    let options = Options {
        until: Some(date.at),
        scores: ScoresFrom::Input,
        ..options.clone()
    };
    options.threads()?.install(|| {
        let prepared = prepare(project, &options, observer, None)?;
        let settings = project.forecast.clone().unwrap_or_default();
        Ok(score(project, &settings, prepared, date))
    })
}

fn score(project: &Project, settings: &Forecast, prepared: Prepared, date: ScoringDate) -> Scoring {
    let Prepared {
        roster,
        mut symbols,
        scored: before,
        purchases,
        span,
        ..
    } = prepared;
    let ground = Ground {
        settings,
        customers: roster.len(),
        purchases: &purchases,
        zone: &project.zone,
        week_start: project.week_start,
        span: (Time(span.0), date.at),
    };
    let mut base = Base::new(roster.len(), &purchases, &project.zone);
    if let Some(before) = date.before {
        base.reach(before, !begins_a_day(&project.zone, before));
    }
    base.reach(date.at, !begins_a_day(&project.zone, date.at));
    let came = date.before.map(|_| base.came);
    let within = date.unless_within.zip(came);
    if within.is_some_and(|((low, high), came)| (low..=high).contains(&(came as f64))) {
        return Scoring {
            came,
            is_left: true,
            ..Scoring::default()
        };
    }
    let mut said = Said::of(roster.len(), &before);
    let mut new = Vec::new();
    let dates = (date.at, date.next);
    let (record, ahead) = match one_date(&ground, &base, dates, &mut said, &mut symbols, &mut new) {
        Ok(made) => {
            let ahead = Ahead::of(&made, settings, &project.zone, dates);
            let mut record = made.fitted.record;
            // What was said of whoever has no order any more, since events were erased or parted, holds no longer.
            let bought = |customer: u32| base.has_ordered(customer);
            let gone = before
                .latest()
                .filter(|one| !one.is_empty() && !bought(one.customer));
            let model = symbols.intern(&record.model);
            let cleared =
                |one: &Scored| Scored::new(one.customer, date.at.ms(), [None; 4], Some(model));
            let cleared: Vec<Scored> = gone.map(cleared).collect();
            new.extend(cleared);
            record.scored = new.len() as u64;
            (record, ahead)
        }
        Err(reason) => (ModelRecord::refused(date.at, reason), Vec::new()),
    };
    let lines = Lines::new(&roster);
    Scoring {
        record,
        came,
        is_left: false,
        ahead,
        lines: new
            .iter()
            .filter_map(|one| lines.of(one, &symbols))
            .collect(),
    }
}

fn begins_a_day(zone: &Zone, at: Time) -> bool {
    zone.day_start(zone.day_of(at)) == at
}

/// Scores as calls: each is about the first identifier of its customer.
struct Lines<'r> {
    roster: &'r Roster,
    /// By customer: the place of her first identifier among all.
    first: Vec<Option<usize>>,
}

impl<'r> Lines<'r> {
    fn new(roster: &'r Roster) -> Self {
        let mut first = vec![None; roster.len()];
        for (place, one) in roster.identities.iter().enumerate() {
            if let Some(first) = first.get_mut(one.customer as usize) {
                first.get_or_insert(place);
            }
        }
        Self { roster, first }
    }

    fn of(&self, scored: &Scored, symbols: &Symbols) -> Option<String> {
        let one = &self.roster.identities[self.first[scored.customer as usize]?];
        let id = self
            .roster
            .with_identifier(one, |bytes| String::from_utf8(bytes.to_vec()).ok())?;
        let (kind, at) = (kind_name(one.rank), Time(scored.at));
        let model = model_name(scored, symbols).unwrap_or_default();
        let mut traits = serde_json::Map::new();
        for (place, name) in SCORES.into_iter().enumerate() {
            traits.insert(
                name.to_owned(),
                json!(scored.score(place).map(Number::to_float)),
            );
        }
        traits.insert(FORECAST_MODEL.to_owned(), json!(model));
        let mut call = json!({
            "type": "track",
            "event": SCORED,
            // Once for a model, an instant and an identifier, however often it is sent.
            "messageId": format!("!score:{model}:{at}:{kind}:{id}"),
            "timestamp": at.to_string(),
        });
        match kind {
            "user" => call["userId"] = Json::String(id),
            "anonymous" => call["anonymousId"] = Json::String(id),
            kind => {
                traits.insert(kind.to_owned(), Json::String(id));
            }
        }
        call["traits"] = Json::Object(traits);
        Some(call.to_string())
    }
}
