//! How forecasts of earlier days have done: the back-test of `forecast backtest`, as the report tells it.

use perennial_forecast::judge::Figures;
use perennial_forecast::{Horizon, Total};
use perennial_report::{Measure, Unit, ValueTrial};

use super::value::{FEWEST_REPEATERS, measure};
use crate::commands::forecast::base::{Base, date_of};
use crate::commands::forecast::origins::{AUTO, Backtest, Origin, PAST_RATE};
use crate::demo::grouped;

/// Forecasts of earlier days.
pub const ORIGINS: u32 = 3;

/// A forecast of an earlier day, by the model that would have been chosen then.
pub struct Trial {
    from: i32,
    to: i32,
    /// Purchases forecast in all.
    purchases: Total,
    /// How good it was.
    pub figures: Figures,
    /// The same of the naive rule: everybody goes on at her past rate.
    naive: Figures,
    /// What part of outcomes lay in their ranges.
    inside: f64,
}

/// As many as there are, the oldest first; those whose past is too thin are left out.
pub fn trials(base: &Base, horizon: Horizon) -> Vec<Trial> {
    let Ok(test) = Backtest::of(base, horizon) else {
        return Vec::new();
    };
    let days = test.days(ORIGINS).unwrap_or_default().into_iter();
    let origins = days.filter_map(|day| test.origin(day).ok());
    let thick = origins.filter(|origin| origin.repeaters() >= FEWEST_REPEATERS);
    thick.filter_map(|origin| trial(&origin)).collect()
}

fn trial(origin: &Origin<'_>) -> Option<Trial> {
    let ask = |name| origin.ask(name, &mut Vec::new()).ok();
    let told = ask(AUTO)?;
    let judged = told.judged().ok()?;
    Some(Trial {
        from: origin.from,
        to: origin.to,
        purchases: origin.total(&told)?,
        figures: judged.trial.figures(),
        naive: ask(PAST_RATE)?.judged().ok()?.trial.figures(),
        inside: judged.coverage?,
    })
}

impl Trial {
    /// For the page.
    pub fn row(&self) -> ValueTrial {
        let (own, naive) = (&self.figures, &self.naive);
        let share = |value: Option<f64>| Measure::new(value, Unit::Share);
        ValueTrial {
            from: date_of(self.from),
            to: date_of(self.to),
            customers: own.customers as u64,
            forecast: measure(&self.purchases, Unit::Count),
            came: Measure::new(own.came, Unit::Count),
            naive: Measure::new(naive.forecast, Unit::Count),
            bias: share(own.bias),
            error: [share(own.wmape), share(naive.wmape)],
            ranking: [own.gini, naive.gini].map(|gini| Measure::new(gini, Unit::Score)),
            inside: Measure::new(self.inside, Unit::Share),
        }
    }

    fn sentence(&self) -> String {
        let bias = self.figures.bias;
        let bias = bias.map_or("–".to_owned(), |bias| format!("{:+.0} %", bias * 100.0));
        format!(
            "{} forecast {}, came {} ({bias})",
            date_of(self.from),
            grouped(self.purchases.expected.round() as i64),
            grouped(self.figures.came.round() as i64)
        )
    }
}

/// All of them in a sentence for the terminal; none where there are none.
pub fn sentence(trials: &[Trial]) -> Option<String> {
    let all: Vec<String> = trials.iter().map(Trial::sentence).collect();
    let inside: f64 = trials.iter().map(|one| one.inside).sum();
    (!all.is_empty()).then(|| {
        format!(
            "The same forecast made earlier: {}; {:.0} % of customers bought within their range, 90 % were to.",
            all.join("; "),
            100.0 * inside / all.len() as f64
        )
    })
}
