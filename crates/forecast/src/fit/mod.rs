//! Maximum likelihood: parameters, how sure they are, and whether there is a maximum at all.

mod bfgs;
mod matrix;

use crate::error::{Error, within};
use bfgs::{Maximum, maximize};
pub(crate) use matrix::cholesky;
use matrix::square;

/// The least and the greatest value of a parameter, in its unit.
pub(crate) const PARAMETERS: (f64, f64) = (1e-12, 1e12);
/// Fewer customers than this make a shaky fit.
const FEW_CUSTOMERS: u64 = 200;
/// Fewer customers with a repeat purchase than this make a shaky fit.
const FEW_REPEATERS: u64 = 50;

/// A model with `N` positive parameters.
pub trait Model<const N: usize>: Sized {
    /// Their names, as in the papers.
    const NAMES: [&'static str; N];

    /// The model of these parameters.
    ///
    /// # Errors
    /// [`Error::Figure`] unless every one is a number from 1e-12 to 1e12.
    fn of(parameters: [f64; N]) -> Result<Self, Error>;

    /// Its parameters, in the order of the names.
    fn parameters(&self) -> [f64; N];
}

/// Whether parameters can be parameters.
pub(crate) fn checked<const N: usize>(
    names: [&'static str; N],
    parameters: [f64; N],
) -> Result<[f64; N], Error> {
    for (name, value) in names.into_iter().zip(parameters) {
        within(name, value, PARAMETERS, "a number from 1e-12 to 1e12")?;
    }
    Ok(parameters)
}

/// A model fitted to customers.
#[derive(Clone, Debug)]
pub struct Fit<M> {
    /// With the parameters of the greatest likelihood found.
    pub model: M,
    /// The natural logarithm of that likelihood.
    pub log_likelihood: f64,
    /// Customers it was fitted to.
    pub customers: u64,
    /// The parameters' standard errors, in their units, from the curvature of the likelihood; `None` where
    /// it has none, as at a boundary.
    pub standard_errors: Vec<Option<f64>>,
    /// How the errors of the parameters go together: the covariance of their logarithms, or of themselves
    /// where they may be negative. 0 for those at a boundary.
    pub covariance: Vec<Vec<f64>>,
    /// How the search ended.
    pub convergence: Convergence,
    /// The steepest slope left, per customer and unit of a parameter's logarithm.
    pub slope: f64,
    /// Evaluations of the likelihood and its slopes.
    pub evaluations: u32,
    /// What to know before using it.
    pub warnings: Vec<Warning>,
}

impl<M> Fit<M> {
    /// The same fit of the same model in another form.
    pub fn map<T>(self, form: impl FnOnce(M) -> T) -> Fit<T> {
        Fit {
            model: form(self.model),
            log_likelihood: self.log_likelihood,
            customers: self.customers,
            standard_errors: self.standard_errors,
            covariance: self.covariance,
            convergence: self.convergence,
            slope: self.slope,
            evaluations: self.evaluations,
            warnings: self.warnings,
        }
    }
}

/// How the search for a maximum ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Convergence {
    /// At a maximum: no slope, and curved downwards in every direction.
    Maximum,
    /// The likelihood rises, or stays level, as these parameters go to an end; the figures that they stand
    /// for together, like a rate, can be trusted, their own values not.
    Boundary(Vec<(String, End)>),
    /// Neither: the search ran out of steps, or the likelihood is flat.
    Unsettled,
}

/// Which end of its range a parameter went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Towards 0.
    Zero,
    /// Without limit.
    Infinity,
}

/// What to know before a fit is used.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// So few customers that the parameters may be far off.
    FewCustomers(u64),
    /// So few customers with a repeat purchase.
    FewRepeaters(u64),
    /// There is no maximum inside; see [`Fit::convergence`].
    Boundary,
    /// The search did not settle; see [`Fit::convergence`].
    Unsettled,
    /// What customers spend and how often they buy go together (the correlation, from -1 to 1), which the
    /// model of spend takes to be unrelated.
    Correlated(f64),
}

/// What a likelihood is fitted to.
pub(crate) struct Sample {
    pub customers: u64,
    pub repeaters: u64,
    /// By how much a parameter that is a time is divided, so that data in other units fit alike.
    pub scale: f64,
}

/// A parameter as the search knows it: around 0 and of a size around 1.
#[derive(Clone, Debug)]
pub(crate) struct Coordinate {
    pub name: String,
    /// What its value is divided by before its logarithm is taken; `None` if it may be negative.
    pub scale: Option<f64>,
}

impl Coordinate {
    fn value(&self, at: f64) -> f64 {
        match self.scale {
            Some(scale) => (at + scale.ln()).exp().clamp(PARAMETERS.0, PARAMETERS.1),
            None => at,
        }
    }
}

/// Fits a model of positive parameters: `likelihood` gives ln L and its slopes by the parameters' logarithms.
pub(crate) fn fit<M: Model<N>, const N: usize>(
    sample: &Sample,
    times: [bool; N],
    starts: &[[f64; N]],
    mut likelihood: impl FnMut(&M) -> (f64, [f64; N]),
) -> Result<Fit<M>, Error> {
    let coordinates = M::NAMES
        .into_iter()
        .zip(times)
        .map(|(name, time)| Coordinate {
            name: name.to_owned(),
            scale: Some(if time { sample.scale } else { 1.0 }),
        });
    let starts: Vec<Vec<f64>> = starts.iter().map(|start| start.to_vec()).collect();
    let model = |values: &[f64]| {
        let mut parameters = [0.0; N];
        parameters.copy_from_slice(values);
        M::of(parameters)
    };
    search(
        sample,
        &coordinates.collect::<Vec<_>>(),
        &starts,
        model,
        |model| {
            let (value, slopes) = likelihood(model);
            (value, slopes.to_vec())
        },
    )
}

/// Fits a model of any parameters: `model` makes it of their values, `likelihood` gives ln L and its slopes by
/// the logarithms of those that are positive and by the others themselves.
pub(crate) fn search<M>(
    sample: &Sample,
    coordinates: &[Coordinate],
    starts: &[Vec<f64>],
    model: impl Fn(&[f64]) -> Result<M, Error>,
    mut likelihood: impl FnMut(&M) -> (f64, Vec<f64>),
) -> Result<Fit<M>, Error> {
    let all = sample.customers as f64;
    let values = |at: &[f64]| -> Vec<f64> {
        let pairs = coordinates.iter().zip(at);
        pairs
            .map(|(coordinate, at)| coordinate.value(*at))
            .collect()
    };
    let mut evaluations = 0;
    let found = maximize(starts, |at| {
        evaluations += 1;
        match model(&values(at)) {
            Ok(model) => {
                let (value, slopes) = likelihood(&model);
                (
                    value / all,
                    slopes.into_iter().map(|slope| slope / all).collect(),
                )
            }
            Err(_) => (f64::NEG_INFINITY, vec![0.0; at.len()]),
        }
    });
    let values = values(&found.at);
    let model = model(&values)?;
    let (log_likelihood, _) = likelihood(&model);
    let convergence = ending(coordinates, &found);
    let mut warnings = Vec::new();
    if sample.customers < FEW_CUSTOMERS {
        warnings.push(Warning::FewCustomers(sample.customers));
    }
    if sample.repeaters < FEW_REPEATERS {
        warnings.push(Warning::FewRepeaters(sample.repeaters));
    }
    match convergence {
        Convergence::Maximum => {}
        Convergence::Boundary(_) => warnings.push(Warning::Boundary),
        Convergence::Unsettled => warnings.push(Warning::Unsettled),
    }
    let mut covariance = found.spread.unwrap_or_else(|| square(values.len()));
    for cell in covariance.iter_mut().flatten() {
        *cell /= all;
    }
    let error = |(at, coordinate): (usize, &Coordinate)| {
        let variance = Some(covariance[at][at]).filter(|variance| *variance > 0.0)?;
        let size = coordinate.scale.map_or(1.0, |_| values[at]);
        Some(size * variance.sqrt())
    };
    Ok(Fit {
        standard_errors: coordinates.iter().enumerate().map(error).collect(),
        model,
        log_likelihood,
        customers: sample.customers,
        covariance,
        convergence,
        slope: found.slope,
        evaluations,
        warnings,
    })
}

fn ending(coordinates: &[Coordinate], found: &Maximum) -> Convergence {
    let held = coordinates.iter().zip(&found.held);
    let held: Vec<(String, End)> = held
        .filter_map(|(coordinate, end)| Some((coordinate.name.clone(), (*end)?)))
        .collect();
    if !held.is_empty() {
        Convergence::Boundary(held)
    } else if found.settled {
        Convergence::Maximum
    } else {
        Convergence::Unsettled
    }
}
