//! A forecast of many customers and what came of it.

use super::figures::Figures;
use super::ranking::Ranking;
use crate::error::{Error, within};

/// The greatest forecast and outcome: purchases or money.
const MAX_AMOUNT: f64 = 1e12;
/// The least forecast that a deviance is worked out for.
const LEAST_FORECAST: f64 = 1e-6;
/// The least distance of a chance from 0 and 1 where its logarithm is taken.
const LEAST_CHANCE: f64 = 1e-15;
/// The parts that calibration is told in.
const PARTS: usize = 10;

/// What was forecast for each customer, and what came.
#[derive(Clone, Debug)]
pub struct Trial {
    pub(super) forecast: Vec<f64>,
    pub(super) came: Vec<f64>,
    chances: Option<Vec<f64>>,
    by_forecast: Ranking,
    by_came: Ranking,
    by_chance: Option<Ranking>,
}

/// A tenth of the customers, by what was forecast for them, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decile {
    /// Customers in it.
    pub customers: usize,
    /// The mean of what was forecast.
    pub forecast: f64,
    /// The mean of what came.
    pub came: f64,
}

impl Trial {
    /// Forecast and outcome of each customer, as purchases or as money, and the chance that she buys again
    /// where it is known.
    ///
    /// # Errors
    /// [`Error::Figure`], with the row, unless forecasts and outcomes are numbers from 0 to 1e12, chances from
    /// 0 to 1, and there is one of each for every customer.
    pub fn new(forecast: &[f64], came: &[f64], chances: Option<&[f64]>) -> Result<Self, Error> {
        let amounts = (0.0, MAX_AMOUNT);
        same_length("outcomes", came.len(), forecast.len())?;
        same_length(
            "chances",
            chances.map_or(came.len(), <[f64]>::len),
            came.len(),
        )?;
        all_within("the forecast", forecast, amounts, "from 0 to 1e12")?;
        all_within("the outcome", came, amounts, "from 0 to 1e12")?;
        all_within(
            "the chance",
            chances.unwrap_or(&[]),
            (0.0, 1.0),
            "from 0 to 1",
        )?;
        Ok(Self {
            by_forecast: Ranking::of(forecast),
            by_came: Ranking::of(came),
            by_chance: chances.map(Ranking::of),
            forecast: forecast.to_vec(),
            came: came.to_vec(),
            chances: chances.map(<[f64]>::to_vec),
        })
    }

    /// How good the forecast was. Zeros and `None` where there is no customer.
    pub fn figures(&self) -> Figures {
        self.figures_of(&vec![1.0; self.came.len()])
    }

    /// The same, each customer so many times.
    pub(super) fn figures_of(&self, counts: &[f64]) -> Figures {
        let (mut customers, mut forecast, mut came) = (0.0, 0.0, 0.0);
        let (mut off, mut square, mut deviance) = (0.0, 0.0, 0.0);
        for ((p, a), count) in self.forecast.iter().zip(&self.came).zip(counts) {
            customers += count;
            forecast += count * p;
            came += count * a;
            off += count * (p - a).abs();
            square += count * (p - a) * (p - a);
            let mean = p.max(LEAST_FORECAST);
            let ratio = if *a > 0.0 { a * (a / mean).ln() } else { 0.0 };
            deviance += count * 2.0 * (ratio - a + mean);
        }
        let some = came > 0.0;
        let all = f64::max(customers, 1.0);
        let best = self.by_came.gini(&self.came, counts);
        let order = self.by_chance.as_ref().unwrap_or(&self.by_forecast);
        Figures {
            customers,
            forecast,
            came,
            bias: some.then(|| forecast / came - 1.0),
            mae: off / all,
            wmape: some.then(|| off / came),
            rmse: f64::sqrt(square / all),
            gini: (best > 1e-12).then(|| self.by_forecast.gini(&self.came, counts) / best),
            deviance: deviance / all,
            auc: order.auc(&self.came, counts),
            log_loss: self.log_loss(counts),
        }
    }

    fn log_loss(&self, counts: &[f64]) -> Option<f64> {
        let chances = self.chances.as_ref()?;
        let (mut sum, mut customers) = (0.0, 0.0);
        for ((chance, a), count) in chances.iter().zip(&self.came).zip(counts) {
            let given = if *a > 0.0 { *chance } else { 1.0 - chance };
            sum -= count * given.clamp(LEAST_CHANCE, 1.0 - LEAST_CHANCE).ln();
            customers += count;
        }
        (customers > 0.0).then(|| sum / customers)
    }

    /// Customers in ten parts of equal size but for one, from the least forecast to the most. Those with the
    /// same forecast who fall into different parts each count with the mean of what came for all of them, so
    /// the order of rows has no say. Fewer parts where there are fewer customers.
    pub fn deciles(&self) -> Vec<Decile> {
        let mut sorted: Vec<(f64, f64)> = Vec::with_capacity(self.came.len());
        for group in self.by_forecast.groups() {
            let sum: f64 = group.iter().map(|at| self.came[*at as usize]).sum();
            let mean = sum / group.len() as f64;
            sorted.extend(group.iter().map(|at| (self.forecast[*at as usize], mean)));
        }
        let all = sorted.len();
        let parts = (0..PARTS).map(|part| &sorted[part * all / PARTS..(part + 1) * all / PARTS]);
        let decile = |part: &[(f64, f64)]| {
            let customers = part.len() as f64;
            Decile {
                customers: part.len(),
                forecast: part.iter().map(|one| one.0).sum::<f64>() / customers,
                came: part.iter().map(|one| one.1).sum::<f64>() / customers,
            }
        };
        parts.filter(|part| !part.is_empty()).map(decile).collect()
    }
}

/// That two lists are of one length.
pub(crate) fn same_length(name: &'static str, length: usize, must: usize) -> Result<(), Error> {
    if length == must {
        return Ok(());
    }
    Err(Error::Figure {
        row: None,
        name,
        value: length as f64,
        must: "as many as there are customers",
    })
}

/// That every value of a list can be.
pub(crate) fn all_within(
    name: &'static str,
    values: &[f64],
    ends: (f64, f64),
    must: &'static str,
) -> Result<(), Error> {
    for (at, value) in values.iter().enumerate() {
        within(name, *value, ends, must).map_err(|error| error.in_row(at))?;
    }
    Ok(())
}
