//! Pareto/NBD with what is known of customers: how often they buy and how soon they leave depend on it.

use super::count::GroupModel;
use super::pareto::ParetoNbd;
use crate::covariates::{CovariateGroups, MAX_COVARIATES, checked};
use crate::error::{Error, within};
use crate::fit::{Coordinate, Fit, Model, Sample, search};
use crate::purchases::Means;

/// The slopes that there can be, by a covariate's unit.
const SLOPES: (f64, f64) = (-1e6, 1e6);

/// For a customer with covariates x, [`ParetoNbd`] with alpha e^(-g x) and beta e^(-h x): the mean rate of buying
/// changes with e^(g x), that of leaving with e^(h x), and both stay as uneven as they are.
///
/// Fader & Hardie (2007), «Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models»; in the
/// form of the R package CLVTools, whose names `trans.` (g) and `life.` (h) its parameters have.
#[derive(Clone, Debug, PartialEq)]
pub struct ParetoCovariates {
    base: ParetoNbd,
    names: Vec<String>,
    life: Vec<f64>,
    trans: Vec<f64>,
}

impl ParetoCovariates {
    /// The model of a base, whose covariates are all 0, and the slopes by each covariate.
    ///
    /// # Errors
    /// [`Error::Covariate`] unless there are 1 to 16 names with as many slopes each, and [`Error::Figure`]
    /// unless these are from minus a million to a million.
    pub fn new(
        base: ParetoNbd,
        names: Vec<String>,
        life: Vec<f64>,
        trans: Vec<f64>,
    ) -> Result<Self, Error> {
        let size = names.len();
        if size == 0 || size > MAX_COVARIATES || life.len() != size || trans.len() != size {
            return Err(Error::Covariate {
                name: names.last().cloned().unwrap_or_default(),
                why: "lacks a slope, or is beyond the sixteenth",
            });
        }
        for slope in life.iter().chain(&trans) {
            within("a covariate's slope", *slope, SLOPES, "from -1e6 to 1e6")?;
        }
        Ok(Self {
            base,
            names,
            life,
            trans,
        })
    }

    /// The model of a customer whose covariates are all 0.
    pub fn base(&self) -> &ParetoNbd {
        &self.base
    }

    /// The covariates' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The parameters by name: those of the base, then `life.` and `trans.` of each covariate.
    pub fn parameters(&self) -> Vec<(String, f64)> {
        let base = ParetoNbd::NAMES.into_iter().zip(self.base.parameters());
        let base = base.map(|(name, value)| (name.to_owned(), value));
        let slopes = |part: &'static str, slopes: &[f64]| {
            let pairs = self.names.iter().zip(slopes);
            let pairs = pairs.map(|(name, slope)| (format!("{part}.{name}"), *slope));
            pairs.collect::<Vec<_>>()
        };
        base.chain(slopes("life", &self.life))
            .chain(slopes("trans", &self.trans))
            .collect()
    }

    /// The model of a customer with these covariates, in the order of the names: what is asked about her.
    ///
    /// # Errors
    /// [`Error::Figure`] unless there are as many values as names, none is beyond a million, and they leave
    /// her a scale that can be.
    pub fn of_customer(&self, covariates: &[f64]) -> Result<ParetoNbd, Error> {
        let size = self.names.len() as f64;
        let count = covariates.len() as f64;
        within(
            "the number of covariates",
            count,
            (size, size),
            "that of the model",
        )?;
        for value in covariates {
            checked(*value)?;
        }
        self.base
            .scaled(sum(&self.trans, covariates), sum(&self.life, covariates))
    }

    /// Fits the model to customers by maximum likelihood.
    ///
    /// # Errors
    /// What [`GroupModel::fit`] refuses, and [`Error::Covariate`] for one that is the same for everybody or
    /// follows from others.
    pub fn fit(groups: &CovariateGroups) -> Result<Fit<Self>, Error> {
        let together = groups.together();
        let Means { age, repeaters, .. } = together.check()?;
        let scales = groups.scales()?;
        let plain = ParetoNbd::fit(&together)?;
        let sample = Sample {
            customers: together.customers(),
            repeaters,
            scale: age,
        };
        let size = groups.names.len();
        let mut coordinates: Vec<Coordinate> = Vec::new();
        for (name, time) in ParetoNbd::NAMES.into_iter().zip(ParetoNbd::TIMES) {
            coordinates.push(Coordinate {
                name: name.to_owned(),
                scale: Some(if time { age } else { 1.0 }),
            });
        }
        for part in ["life", "trans"] {
            coordinates.extend(groups.names.iter().map(|name| Coordinate {
                name: format!("{part}.{name}"),
                scale: None,
            }));
        }
        let mut start: Vec<f64> = Vec::new();
        for (value, coordinate) in plain.model.parameters().into_iter().zip(&coordinates) {
            start.push((value / coordinate.scale.unwrap_or(1.0)).ln());
        }
        start.resize(4 + 2 * size, 0.0);
        // Covariates are taken in standard deviations from their means: the search then knows no units.
        let standard = |values: &[f64]| -> Vec<f64> {
            let pairs = values.iter().zip(&scales);
            pairs
                .map(|(value, (mean, width))| (value - mean) / width)
                .collect()
        };
        let patterns: Vec<Vec<f64>> = groups
            .patterns
            .iter()
            .map(|(values, _)| standard(values))
            .collect();
        let model = |values: &[f64]| {
            let base = ParetoNbd::of([values[0], values[1], values[2], values[3]])?;
            let (life, trans) = values[4..].split_at(size);
            Self::new(base, groups.names.clone(), life.to_vec(), trans.to_vec())
        };
        let found = search(&sample, &coordinates, &[start], model, |model| {
            model.likelihood(groups, &patterns)
        })?;
        centered(found, &scales)
    }

    /// ln L and its slopes, by logarithms and by covariates' slopes; `patterns` are the covariates' values.
    fn likelihood(&self, groups: &CovariateGroups, patterns: &[Vec<f64>]) -> (f64, Vec<f64>) {
        let size = self.names.len();
        let (mut whole, mut slopes) = (0.0, vec![0.0; 4 + 2 * size]);
        for ((_, groups), values) in groups.patterns.iter().zip(patterns) {
            let scaled = self
                .base
                .scaled(sum(&self.trans, values), sum(&self.life, values));
            let Ok(model) = scaled else {
                return (f64::NEG_INFINITY, slopes);
            };
            let (value, by) = model.likelihood(groups);
            whole += value;
            for (slope, by) in slopes.iter_mut().zip(by) {
                *slope += by;
            }
            for (at, value) in values.iter().enumerate() {
                slopes[4 + at] -= value * by[3];
                slopes[4 + size + at] -= value * by[1];
            }
        }
        (whole, slopes)
    }
}

fn sum(slopes: &[f64], values: &[f64]) -> f64 {
    slopes
        .iter()
        .zip(values)
        .map(|(slope, value)| slope * value)
        .sum()
}

/// From covariates in standard deviations from their means back to covariates as they are.
fn centered(
    found: Fit<ParetoCovariates>,
    scales: &[(f64, f64)],
) -> Result<Fit<ParetoCovariates>, Error> {
    let size = scales.len();
    let per = |slopes: &[f64]| -> Vec<f64> {
        slopes
            .iter()
            .zip(scales)
            .map(|(slope, (_, width))| slope / width)
            .collect()
    };
    let means: Vec<f64> = scales.iter().map(|(mean, _)| *mean).collect();
    let (life, trans) = (per(&found.model.life), per(&found.model.trans));
    // Someone whose covariates are 0 stands away from the mean by minus the means.
    let base = found
        .model
        .base
        .scaled(-sum(&trans, &means), -sum(&life, &means))?;
    let model = ParetoCovariates::new(base, found.model.names.clone(), life, trans)?;
    // How each parameter changes with each coordinate of the search.
    let mut by = vec![vec![0.0; 4 + 2 * size]; 4 + 2 * size];
    for (at, row) in by.iter_mut().enumerate() {
        row[at] = if at < 4 {
            1.0
        } else {
            1.0 / scales[(at - 4) % size].1
        };
    }
    for (at, (mean, width)) in scales.iter().enumerate() {
        by[3][4 + at] = mean / width;
        by[1][4 + size + at] = mean / width;
    }
    let inner = &found.covariance;
    let covariance: Vec<Vec<f64>> = by
        .iter()
        .map(|left| {
            let through: Vec<f64> = inner.iter().map(|row| sum(row, left)).collect();
            by.iter().map(|right| sum(&through, right)).collect()
        })
        .collect();
    let values = model.parameters();
    let error = |at: usize| {
        let variance = Some(covariance[at][at]).filter(|variance| *variance > 0.0);
        found.standard_errors[at]?;
        let size = if at < 4 { values[at].1 } else { 1.0 };
        Some(size * variance?.sqrt())
    };
    let standard_errors = (0..values.len()).map(error).collect();
    Ok(Fit {
        standard_errors,
        covariance,
        ..found.map(|_| model)
    })
}
