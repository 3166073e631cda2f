//! Maximum likelihood: parameters, how sure they are, and whether there is a maximum at all.

mod bfgs;
mod matrix;

use crate::error::{Error, within};
use bfgs::{Maximum, maximize};

/// The least and the greatest value of a parameter, in its unit.
const PARAMETERS: (f64, f64) = (1e-12, 1e12);
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
pub struct Fit<M, const N: usize> {
    /// With the parameters of the greatest likelihood found.
    pub model: M,
    /// The natural logarithm of that likelihood.
    pub log_likelihood: f64,
    /// Customers it was fitted to.
    pub customers: u64,
    /// The parameters' standard errors, in their units, from the curvature of the likelihood; `None` where
    /// it has none, as at a boundary.
    pub standard_errors: [Option<f64>; N],
    /// How the search ended.
    pub convergence: Convergence,
    /// The steepest slope left, per customer and unit of a parameter's logarithm.
    pub slope: f64,
    /// Evaluations of the likelihood and its slopes.
    pub evaluations: u32,
    /// What to know before using it.
    pub warnings: Vec<Warning>,
}

/// How the search for a maximum ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Convergence {
    /// At a maximum: no slope, and curved downwards in every direction.
    Maximum,
    /// The likelihood rises, or stays level, as these parameters go to an end; the figures that they stand
    /// for together, like a rate, can be trusted, their own values not.
    Boundary(Vec<(&'static str, End)>),
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

/// Fits a model: `likelihood` gives ln L and its slopes by the parameters' logarithms.
pub(crate) fn fit<M: Model<N>, const N: usize>(
    sample: &Sample,
    times: [bool; N],
    starts: &[[f64; N]],
    mut likelihood: impl FnMut(&M) -> (f64, [f64; N]),
) -> Result<Fit<M, N>, Error> {
    let all = sample.customers as f64;
    let scale = times.map(|time| if time { sample.scale.ln() } else { 0.0 });
    let parameters = |at: &[f64; N]| {
        let mut parameters = [0.0; N];
        for (parameter, (at, scale)) in parameters.iter_mut().zip(at.iter().zip(scale)) {
            *parameter = (at + scale).exp().clamp(PARAMETERS.0, PARAMETERS.1);
        }
        parameters
    };
    let mut evaluations = 0;
    let found = maximize(starts, |at| {
        evaluations += 1;
        match M::of(parameters(at)) {
            Ok(model) => {
                let (value, slopes) = likelihood(&model);
                (value / all, slopes.map(|slope| slope / all))
            }
            Err(_) => (f64::NEG_INFINITY, [0.0; N]),
        }
    });
    let model = M::of(parameters(&found.at))?;
    let (log_likelihood, _) = likelihood(&model);
    let convergence = ending(M::NAMES, &found);
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
    let mut standard_errors = [None; N];
    for (at, value) in model.parameters().into_iter().enumerate() {
        let variance = found.variances[at].filter(|variance| *variance > 0.0);
        standard_errors[at] = variance.map(|variance| value * (variance / all).sqrt());
    }
    Ok(Fit {
        model,
        log_likelihood,
        customers: sample.customers,
        standard_errors,
        convergence,
        slope: found.slope,
        evaluations,
        warnings,
    })
}

fn ending<const N: usize>(names: [&'static str; N], found: &Maximum<N>) -> Convergence {
    let held = names.into_iter().zip(found.held);
    let held: Vec<(&'static str, End)> =
        held.filter_map(|(name, end)| Some((name, end?))).collect();
    if !held.is_empty() {
        Convergence::Boundary(held)
    } else if found.settled {
        Convergence::Maximum
    } else {
        Convergence::Unsettled
    }
}
