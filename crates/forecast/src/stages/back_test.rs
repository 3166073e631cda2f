//! The same forecast made at earlier days, and what came: beside «stays as it is» and «goes on as in the last weeks».

use super::fan::{Fan, NINETY};
use super::ledger::StageLedger;
use super::model::StageModel;
use super::{MIN_HISTORY_DAYS, StagesError};

/// Fewest days that forecasts are tried from.
pub const MIN_ORIGINS: usize = 3;
/// Most of them.
const MAX_ORIGINS: usize = 6;
/// Nearest that they lie to each other, in days.
const MIN_APART_DAYS: i32 = 7;
/// Weeks that a trend is drawn through.
const TREND_WEEKS: i32 = 8;
/// The variance of whole numbers, at least.
const LEAST_VARIANCE: f64 = 0.25;

/// How forecasts went that were made at earlier days.
#[derive(Clone, Debug, PartialEq)]
pub struct BackTest {
    /// The days they were made from, the latest first.
    pub origins: Vec<Origin>,
    /// The days ahead that were tried: as asked for, or fewer where history is short.
    pub days: Vec<u32>,
    /// How it went by stage.
    pub stages: Vec<StageTest>,
    /// How it went in all stages together.
    pub all: StageTest,
    /// How much wider bands must be than the model has them, for what came to lie in them; 1 if not.
    pub widened: f64,
    /// The share of what came within the 90 per cent band, each day's bands as wide as the other days ask.
    pub covered_widened: f64,
}

/// A day that a forecast was tried from.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The day; its end is the last that was known.
    pub day: i32,
    /// What was forecast.
    pub fans: Vec<Fan>,
    /// What came: for each of the days ahead, by stage.
    pub came: Vec<Vec<u64>>,
    /// By stage: the trend of the weeks before.
    trend: Vec<(f64, f64)>,
}

/// How forecasts went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StageTest {
    /// The mean error, as a share of the customers there were (WMAPE).
    pub error: f64,
    /// What was forecast too much, as such a share.
    pub bias: f64,
    /// The share of what came within the model's own 90 per cent band.
    pub covered: f64,
    /// The error of «stays as it is».
    pub error_as_now: f64,
    /// The error of «goes on as in the last eight weeks».
    pub error_of_trend: f64,
}

/// Makes forecasts of so many days ahead (rising) at earlier days and compares.
///
/// The days are as far apart as the forecast reaches, where half of history remains before the first; else nearer
/// to each other, and if that does not do, the forecasts that are tried reach less far.
///
/// # Errors
/// [`StagesError::ShortHistory`] where three forecasts of even the first day ahead do not fit.
pub fn back_test(ledger: &StageLedger, days: &[u32]) -> Result<BackTest, StagesError> {
    let history = ledger.last_day - ledger.first_day + 1;
    let room = history - (history / 2).max(MIN_HISTORY_DAYS);
    let (days, apart, count) = plan(days, room).ok_or(StagesError::ShortHistory {
        days: history,
        needed: needed(first(days)),
    })?;
    let reach = last(days);
    let mut origins = Vec::new();
    for number in 0..count {
        let day = ledger.last_day - reach - number as i32 * apart;
        origins.push(Origin::new(ledger, day, days)?);
    }
    let stages = 0..ledger.stages;
    let own = |stage: usize| judge(&origins, &[stage]);
    let widened = widening(origins.iter(), ledger.stages);
    Ok(BackTest {
        stages: stages.clone().map(own).collect(),
        all: judge(&origins, &stages.collect::<Vec<_>>()),
        widened,
        covered_widened: covered_by_others(&origins, ledger.stages),
        days: days.to_vec(),
        origins,
    })
}

/// The days ahead that can be tried within the room there is, how far apart forecasts begin, and how many do.
fn plan(days: &[u32], room: i32) -> Option<(&[u32], i32, usize)> {
    let more = MIN_ORIGINS as i32 - 1;
    (1..=days.len()).rev().find_map(|tried| {
        let tried = &days[..tried];
        let reach = last(tried);
        let apart = reach.min((room - reach) / more);
        // Forecasts that reach less far than asked for are tried at days well apart.
        let least = if tried.len() == days.len() {
            MIN_APART_DAYS
        } else {
            reach / 2
        };
        let count = (room / reach.max(1)).clamp(MIN_ORIGINS as i32, MAX_ORIGINS as i32);
        (apart >= least.max(MIN_APART_DAYS)).then_some((tried, apart, count as usize))
    })
}

/// The days of history that three forecasts of a first day so far ahead need.
fn needed(first: i32) -> i32 {
    let room = first + (MIN_ORIGINS as i32 - 1) * MIN_APART_DAYS;
    (MIN_HISTORY_DAYS + room).max(2 * room)
}

fn first(days: &[u32]) -> i32 {
    days.first().map_or(1, |day| (*day).min(10_000) as i32)
}

fn last(days: &[u32]) -> i32 {
    days.last().map_or(1, |day| (*day).min(10_000) as i32)
}

impl Origin {
    fn new(ledger: &StageLedger, day: i32, days: &[u32]) -> Result<Self, StagesError> {
        let fans = StageModel::fit(ledger, day)?.ahead(days, None)?;
        let ends: Vec<i32> = days.iter().map(|ahead| day + *ahead as i32).collect();
        let weeks: Vec<i32> = (0..=TREND_WEEKS).rev().map(|week| day - 7 * week).collect();
        let before = ledger.standing(&weeks, None);
        let trend = (0..ledger.stages).map(|stage| {
            let points = before.iter().map(|standing| standing[stage] as f64);
            trend(&points.collect::<Vec<_>>())
        });
        Ok(Self {
            day,
            fans,
            came: ledger.standing(&ends, None),
            trend: trend.collect(),
        })
    }

    /// For a stage and each day ahead: what came, less what was forecast, in standard errors.
    fn surprises(&self, stage: usize) -> impl Iterator<Item = f64> + '_ {
        let points = self.fans[stage].points.iter().zip(&self.came);
        points.map(move |(point, came)| {
            (came[stage] as f64 - point.mean) / point.variance().max(LEAST_VARIANCE).sqrt()
        })
    }
}

/// The level at the last of weekly numbers and what is added in a day, by least squares.
fn trend(points: &[f64]) -> (f64, f64) {
    let count = points.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = points.iter().sum::<f64>() / count;
    let weeks = points.iter().enumerate();
    let (top, bottom) = weeks.fold((0.0, 0.0), |sum, (week, point)| {
        let week = week as f64 - middle;
        (sum.0 + week * (point - mean), sum.1 + week * week)
    });
    let slope = if bottom > 0.0 { top / bottom } else { 0.0 };
    (mean + slope * middle, slope / 7.0)
}

/// How forecasts of some stages went.
fn judge(origins: &[Origin], stages: &[usize]) -> StageTest {
    let mut sum = StageTest::default();
    let (mut customers, mut points) = (0.0, 0.0);
    for origin in origins {
        for stage in stages {
            let (level, slope) = origin.trend[*stage];
            for (point, came) in origin.fans[*stage].points.iter().zip(&origin.came) {
                let came = came[*stage] as f64;
                let [low, high] = point.band(1.0).most;
                customers += came;
                points += 1.0;
                sum.error += (point.mean - came).abs();
                sum.bias += point.mean - came;
                // A band is of whole customers: its ends belong to it.
                sum.covered += f64::from(u8::from(came >= low.floor() && came <= high.ceil()));
                sum.error_as_now += (origin.fans[*stage].now as f64 - came).abs();
                let trend = (level + slope * f64::from(point.days)).max(0.0);
                sum.error_of_trend += (trend - came).abs();
            }
        }
    }
    let share = |sum: f64, of: f64| if of > 0.0 { sum / of } else { 0.0 };
    StageTest {
        error: share(sum.error, customers),
        bias: share(sum.bias, customers),
        covered: share(sum.covered, points),
        error_as_now: share(sum.error_as_now, customers),
        error_of_trend: share(sum.error_of_trend, customers),
    }
}

/// How much wider bands must be: the root of the mean square of surprises, if that is beyond chance.
fn widening<'o>(origins: impl Iterator<Item = &'o Origin>, stages: usize) -> f64 {
    let (mut squares, mut points, mut free) = (0.0, 0.0, 0.0);
    for origin in origins {
        free += stages.saturating_sub(1).max(1) as f64;
        for stage in 0..stages {
            for surprise in origin.surprises(stage) {
                squares += surprise * surprise;
                points += 1.0;
            }
        }
    }
    if points == 0.0 {
        return 1.0;
    }
    // Days ahead of one forecast hang together, so that it counts once for each stage but one; the bound of chance
    // is that of a chi-squared distribution, by Wilson and Hilferty.
    let ninth = 2.0 / (9.0 * free);
    let bound = (1.0 - ninth + NINETY * ninth.sqrt()).powi(3);
    let square = squares / points;
    if square > bound { square.sqrt() } else { 1.0 }
}

/// The share within the band of 90 per cent where each forecast's is as wide as the others ask.
fn covered_by_others(origins: &[Origin], stages: usize) -> f64 {
    let (mut covered, mut points) = (0.0, 0.0);
    for (place, origin) in origins.iter().enumerate() {
        let others = origins
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place);
        let widened = widening(others.map(|(_, other)| other), stages);
        for stage in 0..stages {
            for (point, came) in origin.fans[stage].points.iter().zip(&origin.came) {
                let ([low, high], came) = (point.band(widened).most, came[stage] as f64);
                covered += f64::from(u8::from(came >= low.floor() && came <= high.ceil()));
                points += 1.0;
            }
        }
    }
    if points > 0.0 { covered / points } else { 0.0 }
}
