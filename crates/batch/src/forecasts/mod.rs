//! Forecasts of a run: at each date of the project a model is fitted to what was known before, and customers
//! whose scores have moved are given new ones.
//!
//! **Invariant:** what happens at a date or after it changes nothing of its scores.

mod ahead;
mod base;
mod fit;
mod groups;
mod live;
mod record;
mod score;

use perennial_forecast::{Groups, cautions, nobody_leaves};
use perennial_model::{DAY_MS, Symbols, Time, Zone};
use perennial_rules::project::{Forecast, ScoringDates, WeekStart};

use crate::scored::Scored;
use crate::scores::{self, Purchase};
pub use ahead::Ahead;
use base::{Base, Seen};
pub use live::{Scoring, ScoringDate, dates_around, score_log};
pub use record::{FORECASTS_FILE, Forecasts, GroupRecord, ModelRecord, SpendRecord};
use score::Said;

/// Most dates on which a run makes forecasts; of more the latest.
const MAX_DATES: usize = 600;
/// Of the customers of the floor, one in so many must have ordered again.
const REPEATING_SHARE: u64 = 4;

/// What forecasts are made of.
pub(crate) struct Ground<'a> {
    pub settings: &'a Forecast,
    pub customers: usize,
    /// In the order of time.
    pub purchases: &'a [Purchase],
    pub zone: &'a Zone,
    pub week_start: WeekStart,
    /// The first touch, and the end of history.
    pub span: (Time, Time),
}

/// Makes the forecasts of a run: scores by date and customer, and the models they are by.
pub(crate) fn make(ground: &Ground<'_>, symbols: &mut Symbols) -> (Vec<Scored>, Forecasts) {
    let settings = ground.settings;
    let dates = dates(ground);
    let is_end = settings.dates == ScoringDates::End;
    let mut base = Base::new(ground.customers, ground.purchases, ground.zone);
    let mut said = Said::new(ground.customers);
    let mut scored = Vec::new();
    let mut models: Vec<ModelRecord> = Vec::with_capacity(dates.len());
    for (number, &at) in dates.iter().enumerate() {
        base.reach(at, is_end);
        if let Some(before) = models.last_mut() {
            before.compare(base.came);
        }
        let next = dates.get(number + 1).copied();
        let dates = (at, next);
        let record = match one_date(ground, &base, dates, &mut said, symbols, &mut scored) {
            Ok(made) => {
                let mut record = made.fitted.record;
                let model = symbols.intern(&record.model);
                let nothing = |customer| Scored::new(customer, at.ms(), [None; 4], Some(model));
                let gone = said.take_gone(&base);
                record.scored += gone.len() as u64;
                scored.extend(gone.into_iter().map(nothing));
                record
            }
            Err(reason) => ModelRecord::refused(at, reason),
        };
        models.push(record);
    }
    (scored, Forecasts { models })
}

/// The dates of forecasts.
fn dates(ground: &Ground<'_>) -> Vec<Time> {
    let (first, until) = ground.span;
    if ground.settings.dates == ScoringDates::End {
        return vec![until.plus(-1)];
    }
    let (dates, week_start) = (ground.settings.dates, ground.week_start);
    let mut all = scores::dates(dates, ground.zone, week_start, first, until);
    let extra = all.len().saturating_sub(MAX_DATES);
    all.drain(..extra);
    all
}

/// The model of a date, and whom it was fitted to.
struct Made {
    fitted: fit::Fitted,
    groups: Groups,
}

/// Scores everybody at one date.
fn one_date(
    ground: &Ground<'_>,
    base: &Base<'_>,
    (at, next): (Time, Option<Time>),
    said: &mut Said,
    symbols: &mut Symbols,
    scored: &mut Vec<Scored>,
) -> Result<Made, String> {
    let settings = ground.settings;
    let unit = base::unit(settings.unit);
    let seen = base.seen(unit);
    let repeaters = check(settings, base, &seen)?;
    let purchases: Vec<_> = seen.iter().map(|one| one.purchases).collect();
    let groups = base.groups(&purchases, unit, fit::needs_gaps(settings));
    let (groups, group_of) = groups.map_err(|error| error.to_string())?;
    let spends: Vec<_> = seen.iter().map(|one| one.spend).collect();
    let mut fitted = fit::fit(settings, at, base, &groups, &spends)?;
    let horizon = base::span(settings.horizon.ms(), unit).map_err(|error| error.to_string())?;
    let to_next = next.and_then(|next| base::span(next.since(at), unit).ok());
    let scoring = score::Scoring::new(settings, &fitted, horizon, to_next);
    let before = scored.len();
    let known = scoring.score(&seen, &groups, &group_of, at, said, symbols, scored);
    let record = &mut fitted.record;
    record.repeaters = repeaters;
    // Nobody is named: a record may outlive whoever is erased.
    let purchases: Vec<_> = seen.iter().map(|one| one.purchases).collect();
    let odd = cautions(&purchases, &spends, None, unit).into_iter();
    let alive = |place: usize| known.alive[group_of[place] as usize];
    let odd = odd.chain(nobody_leaves(&purchases, None, unit, alive));
    let told = odd.map(|one| one.told(None, unit));
    record.warnings.extend(told);
    record.scored = (scored.len() - before) as u64;
    record.expected_until_next = known.expected_until_next;
    record.groups = groups::of(&seen, &group_of, &known.alive, unit.days());
    Ok(Made { fitted, groups })
}

/// Whether there is enough to forecast from; answers how many have ordered again.
fn check(settings: &Forecast, base: &Base<'_>, seen: &[Seen]) -> Result<u64, String> {
    let (customers, floor) = (seen.len() as u64, u64::from(settings.floor));
    if customers < floor {
        return Err(format!(
            "too few customers: {customers} have ordered and `floor` is {floor}; wait for more, or set it lower"
        ));
    }
    let repeaters = seen.iter().filter(|one| one.purchases.x() > 0).count() as u64;
    let needed = floor.div_ceil(REPEATING_SHARE);
    if repeaters < needed {
        return Err(format!(
            "too few repeat orders: {repeaters} customers have ordered again, of the {needed} that a floor of {floor} asks for; wait, or set it lower"
        ));
    }
    let first = base.first_day().unwrap_or(base.day);
    let (days, horizon) = (i64::from(base.day - first), settings.horizon.ms() / DAY_MS);
    if days < horizon {
        return Err(format!(
            "too short a past: orders go back {days} days, less than the horizon of {horizon}; wait, or look less far ahead"
        ));
    }
    Ok(repeaters)
}

impl ModelRecord {
    /// Holds what was expected until now against what came.
    fn compare(&mut self, came: u64) {
        let Some(expected) = self.expected_until_next else {
            return;
        };
        self.came_until_next = Some(came);
        self.bias = (came > 0).then(|| expected / came as f64 - 1.0);
    }
}
