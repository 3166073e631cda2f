//! Whether a model still holds: what came since it was fitted, and whether customers are still like those then.

use perennial_forecast::judge::{Figures, Trial};
use perennial_forecast::{CountModel, FittedModel, Groups, Horizon, Orders, Purchases, Unit};
use serde_json::{Value, json};

use super::base::{Base, date_of};
use super::model_file::ModelFile;
use super::refused;
use crate::failure::Failure;

/// Below this share of customers in a class, the share itself is taken: one more or less would count for all.
const LEAST_SHARE: f64 = 1e-3;
/// Parts that values are put in.
const PARTS: usize = 10;
/// From here on a distribution is another (a rule of thumb of credit scoring, Siddiqi 2006).
const SHIFTED: f64 = 0.25;
/// From here on it is worth a look.
const MOVED: f64 = 0.1;

/// What has become of a model.
pub struct Drift {
    /// From the day of the fit, and to the last day of the new data.
    pub days: (i32, i32),
    /// The same in units of time.
    pub span: f64,
    /// Purchases forecast for customers known at the fit, and the ends that the sum lies between in 90 of 100 cases.
    pub forecast: (f64, f64, f64),
    /// Purchases that came.
    pub came: f64,
    /// How good it was for each customer.
    pub figures: Figures,
    /// Population stability indices of the figures that the model is fed.
    pub stability: Vec<(&'static str, f64)>,
}

impl Drift {
    /// Of a model and data that go on after it.
    ///
    /// # Errors
    /// A model without a day, data that end before it or do not begin before it.
    pub fn of(file: &ModelFile, fitted_model: &FittedModel, base: &Base) -> Result<Self, Failure> {
        let (Some(orders), Some(until)) = (&base.orders, base.about.until) else {
            return Err(Failure::usage(
                "what came since needs orders with their dates: --input FILE, or --out DIR of a run",
            ));
        };
        let Some(fitted) = file.data.until_day else {
            return Err(Failure::failed(
                "the model was fitted to a table that does not say until when: what came since cannot be told",
            ));
        };
        let first = orders.span().map_or(until, |span| span.0);
        if until <= fitted || first > fitted {
            return Err(Failure::failed(format!(
                "the model was fitted to orders until {}, and these are from {} to {}: give a log that holds those orders and newer ones",
                date_of(fitted),
                date_of(first),
                date_of(until)
            )));
        }
        let unit = base.about.unit;
        let span = f64::from(until - fitted) / unit.days();
        let horizon = Horizon::new(span).map_err(refused)?;
        let (mut purchases, mut came) = (Vec::new(), Vec::new());
        for one in orders.each() {
            if let Some(known) = one.purchases(fitted, unit) {
                purchases.push(known);
                came.push(one.until(until).after(fitted).days.len() as f64);
            }
        }
        let (groups, of) = Groups::of(&purchases);
        let model = fitted_model.model();
        let expected: Vec<f64> = groups
            .purchases()
            .iter()
            .map(|one| model.expected(one, horizon))
            .collect();
        let forecast: Vec<f64> = of.iter().map(|group| expected[*group as usize]).collect();
        let figures = Trial::new(&forecast, &came, None)
            .map_err(refused)?
            .figures();
        let total = fitted_model.total(&groups, horizon);
        let start = fitted - first;
        Ok(Self {
            days: (fitted, until),
            span,
            forecast: (total.expected, total.interval.low, total.interval.high),
            came: figures.came,
            figures,
            stability: stability(orders, (fitted, until), start, unit),
        })
    }

    /// Whether what came lies where the model said.
    pub fn is_within(&self) -> bool {
        self.forecast.1 <= self.came && self.came <= self.forecast.2
    }

    /// What to do about it, for people.
    pub fn told(&self) -> Vec<String> {
        let (forecast, low, high) = self.forecast;
        let mut told = vec![format!(
            "{:.0} purchases came from {} to {}, and {forecast:.0} were forecast ({low:.0} to {high:.0} in 90 of 100 cases): {}",
            self.came,
            date_of(self.days.0 + 1),
            date_of(self.days.1),
            match self.is_within() {
                true => "the model holds",
                false => "fit it again",
            }
        )];
        for (name, index) in &self.stability {
            let what = match *index {
                index if index >= SHIFTED => {
                    "customers are others than those it was fitted to: fit it again"
                }
                index if index >= MOVED => "moved: worth a look",
                _ => continue,
            };
            told.push(format!("{name}: stability index {index:.2}, {what}"));
        }
        told
    }

    /// The same for machines.
    pub fn json(&self) -> Value {
        let stability: serde_json::Map<String, Value> = self
            .stability
            .iter()
            .map(|(name, index)| ((*name).to_owned(), json!(index)))
            .collect();
        let (forecast, low, high) = self.forecast;
        json!({
            "from": date_of(self.days.0 + 1), "to": date_of(self.days.1), "span": self.span,
            "forecast": forecast, "low": low, "high": high, "came": self.came, "within": self.is_within(),
            "bias": self.figures.bias, "wmape": self.figures.wmape, "rmse": self.figures.rmse,
            "gini": self.figures.gini, "auc": self.figures.auc, "customers": self.figures.customers,
            "stability": stability,
        })
    }
}

/// How far the figures of customers today are from those then, each seen over a time as long.
fn stability(
    orders: &Orders,
    (then, now): (i32, i32),
    length: i32,
    unit: Unit,
) -> Vec<(&'static str, f64)> {
    let seen = |day: i32| -> Vec<Purchases> {
        let before = day - length - 1;
        let known = |one: perennial_forecast::OrdersOf<'_>| one.after(before).purchases(day, unit);
        orders.each().filter_map(known).collect()
    };
    let (old, new) = (seen(then), seen(now));
    let index = |of: fn(&Purchases) -> f64| {
        let values = |list: &[Purchases]| -> Vec<f64> { list.iter().map(of).collect() };
        stability_index(values(&old), &values(&new))
    };
    vec![
        ("frequency", index(|one| f64::from(one.x()))),
        ("idle", index(|one| one.age() - one.t_x())),
    ]
}

/// The population stability index of new values beside old ones, in ten classes of the old ones: the sum of
/// (new - old) ln (new / old) over their shares.
fn stability_index(mut old: Vec<f64>, new: &[f64]) -> f64 {
    old.sort_unstable_by(f64::total_cmp);
    if old.is_empty() || new.is_empty() {
        return 0.0;
    }
    let mut ends: Vec<f64> = (1..PARTS)
        .map(|part| old[part * old.len() / PARTS])
        .collect();
    ends.dedup();
    let shares = |values: &[f64]| -> Vec<f64> {
        let mut counts = vec![0.0; ends.len() + 1];
        for value in values {
            counts[ends.partition_point(|end| end <= value)] += 1.0;
        }
        let all = values.len() as f64;
        counts
            .iter()
            .map(|count| (count / all).max(LEAST_SHARE))
            .collect()
    };
    let pairs = shares(&old).into_iter().zip(shares(new));
    pairs.map(|(old, new)| (new - old) * (new / old).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_values_are_stable_and_others_are_not() {
        let old: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(stability_index(old.clone(), &old), 0.0);
        let later: Vec<f64> = old.iter().map(|value| value + 500.0).collect();
        assert!(stability_index(old.clone(), &later) > SHIFTED);
        let same = vec![1.0; 50];
        assert_eq!(stability_index(same.clone(), &same), 0.0);
        assert!(stability_index(Vec::new(), &same).is_finite());
        assert!(stability_index(same, &later).is_finite());
    }
}
