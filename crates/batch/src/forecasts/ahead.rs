//! What a forecast expects of everybody until later dates, and when it no longer holds.

use perennial_forecast::FittedModel;
use perennial_model::{Time, Zone};
use perennial_rules::project::Forecast;
use serde::{Deserialize, Serialize};

use super::{Made, base};

/// Days from one date on which a forecast is held against what came to the next one: days of the week do not
/// show in whole weeks.
const CHECK_EVERY_DAYS: i32 = 7;
/// Most such dates.
const MAX_CHECKS: i32 = 53;
/// What is off by less holds, however large the base: its interval is narrower than any model is right.
const NEAR: f64 = 0.05;

/// The days with an order that are expected until a date, of those who had ordered before the forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ahead {
    /// The date, in milliseconds since 1970.
    pub until_ms: i64,
    /// The mean.
    pub expected: f64,
    /// The ends that hold 90 of 100 cases.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

impl Ahead {
    /// The ends beyond which a forecast has drifted: those of 90 of 100 cases, or 5 % off where that is more.
    pub fn ends(&self) -> (f64, f64) {
        let by = NEAR * self.expected;
        let (low, high) = (self.expected - by, self.expected + by);
        (self.low.min(low), self.high.max(high))
    }

    /// Whether what came until the date says that the forecast no longer holds.
    pub fn has_drifted(&self, came: u64) -> bool {
        let (low, high) = self.ends();
        !(low..=high).contains(&(came as f64))
    }

    /// What is expected until each whole week after a date that comes before the next one, and until the next one.
    /// Nothing where none comes.
    pub(super) fn of(
        made: &Made,
        settings: &Forecast,
        zone: &Zone,
        (at, next): (Time, Option<Time>),
    ) -> Vec<Self> {
        let Some(next) = next else { return Vec::new() };
        let fitted = &made.fitted;
        let model = FittedModel::new(fitted.model.clone(), &fitted.covariance);
        let day = zone.day_of(at);
        let weeks = (1..=MAX_CHECKS).map(|week| zone.day_start(day + week * CHECK_EVERY_DAYS));
        let dates = weeks.take_while(|date| *date < next);
        let ahead = |until: Time| {
            let horizon = base::span(until.since(at), base::unit(settings.unit)).ok()?;
            let total = model.total(&made.groups, horizon);
            Some(Self {
                until_ms: until.ms(),
                expected: total.expected,
                low: total.interval.low,
                high: total.interval.high,
            })
        };
        dates.chain([next]).filter_map(ahead).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_drifts_beyond_its_ends_and_not_by_little() {
        let ahead = |expected: f64, by: f64| Ahead {
            until_ms: 0,
            expected,
            low: expected - by,
            high: expected + by,
        };
        let small = ahead(100.0, 20.0);
        assert!(!small.has_drifted(80) && small.has_drifted(79));
        assert!(!small.has_drifted(120) && small.has_drifted(121));
        let large = ahead(1e6, 2_000.0);
        assert!(!large.has_drifted(990_000) && large.has_drifted(940_000));
        let nothing = ahead(0.0, 0.0);
        assert!(!nothing.has_drifted(0) && nothing.has_drifted(1));
    }
}
