//! Any fitted model of repeat purchases, as one type: what is kept in files and asked without knowing which.

use super::around::around;
use super::beta_geometric::{BgNbd, MbgNbd};
use super::count::{CountModel, Discount, GroupModel};
use super::mbg_cnbd::MbgCnbd;
use super::pareto::ParetoNbd;
use super::pareto_covariates::ParetoCovariates;
use crate::covariates::CovariateGroups;
use crate::error::Error;
use crate::fit::{Fit, Model};
use crate::purchases::{Groups, Horizon, Purchases};

/// A model of repeat purchases with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum PurchaseModel {
    /// See [`BgNbd`].
    BgNbd(BgNbd),
    /// See [`MbgNbd`].
    MbgNbd(MbgNbd),
    /// See [`ParetoNbd`].
    ParetoNbd(ParetoNbd),
    /// See [`ParetoCovariates`]. Asked about purchases alone, it takes all covariates for 0:
    /// [`PurchaseModel::of_customer`] comes first.
    ParetoCovariates(ParetoCovariates),
    /// See [`MbgCnbd`].
    MbgCnbd(MbgCnbd),
}

impl PurchaseModel {
    /// The names of the models, as commands and files write them.
    pub const NAMES: [&'static str; 4] = ["bgnbd", "mbgnbd", "paretonbd", "mbgcnbd"];

    /// What people call the model of a name; none for a name that no model has.
    pub fn title(name: &str) -> Option<&'static str> {
        Some(match name {
            "bgnbd" => "BG/NBD",
            "mbgnbd" => "MBG/NBD",
            "paretonbd" => "Pareto/NBD",
            "mbgcnbd" => "MBG/CNBD-k",
            _ => return None,
        })
    }

    /// The names of the covariates that it needs of each customer; none for most models.
    pub fn covariates(&self) -> &[String] {
        match self {
            Self::ParetoCovariates(model) => model.names(),
            _ => &[],
        }
    }

    /// The model to ask about a customer with these covariates, in the order of
    /// [`PurchaseModel::covariates`]: itself for models that need none.
    ///
    /// # Errors
    /// [`Error::Figure`] for too few or too many covariates, or a value that cannot be.
    pub fn of_customer(&self, covariates: &[f64]) -> Result<Self, Error> {
        match self {
            Self::ParetoCovariates(model) => model.of_customer(covariates).map(Self::ParetoNbd),
            _ => Ok(self.clone()),
        }
    }

    /// The models that lie around this one by the covariance of its parameters (see [`Fit::covariance`]), all
    /// of the same weight: two for each direction in which parameters err, √n standard errors away for n
    /// directions (the cubature rule of degree 3). What they say on average, and how it varies among them, is
    /// what is said with the error of the parameters. None where that is not known.
    pub fn around(&self, covariance: &[Vec<f64>]) -> Vec<Self> {
        let parameters = self.parameters();
        let values: Vec<f64> = parameters.iter().map(|(_, value)| *value).collect();
        // Those of covariates may be negative.
        let is_signed = |at: usize| parameters[at].0.contains('.');
        let named = |values: Vec<f64>| {
            let names = parameters.iter().map(|(name, _)| name.clone());
            let moved: Vec<(String, f64)> = names.zip(values).collect();
            Self::from_parameters(self.name(), &moved).ok()
        };
        let all = around(&values, is_signed, covariance);
        all.into_iter().filter_map(named).collect()
    }

    /// Its name, one of [`PurchaseModel::NAMES`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::BgNbd(_) => "bgnbd",
            Self::MbgNbd(_) => "mbgnbd",
            Self::ParetoNbd(_) | Self::ParetoCovariates(_) => "paretonbd",
            Self::MbgCnbd(_) => "mbgcnbd",
        }
    }

    /// Its parameters by name, in the order of a fit's standard errors.
    pub fn parameters(&self) -> Vec<(String, f64)> {
        match self {
            Self::BgNbd(model) => named(model),
            Self::MbgNbd(model) => named(model),
            Self::ParetoNbd(model) => named(model),
            Self::ParetoCovariates(model) => model.parameters(),
            Self::MbgCnbd(model) => {
                let values = model.parameters();
                let pairs = MbgCnbd::NAMES.into_iter().zip(values);
                pairs
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()
            }
        }
    }

    /// The model of these parameters, in any order: the other way round of [`PurchaseModel::name`] and
    /// [`PurchaseModel::parameters`].
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name that no model or parameter has, [`Error::Missing`] for a parameter that
    /// is not given, [`Error::Figure`] for a value that it cannot have.
    pub fn from_parameters(name: &str, parameters: &[(String, f64)]) -> Result<Self, Error> {
        match name {
            "bgnbd" => of_named(parameters).map(Self::BgNbd),
            "mbgnbd" => of_named(parameters).map(Self::MbgNbd),
            "paretonbd" if parameters.iter().any(|(name, _)| name.contains('.')) => {
                with_covariates(parameters).map(Self::ParetoCovariates)
            }
            "paretonbd" => of_named(parameters).map(Self::ParetoNbd),
            "mbgcnbd" => values_of(&MbgCnbd::NAMES, parameters)
                .and_then(|values| {
                    MbgCnbd::of([values[0], values[1], values[2], values[3], values[4]])
                })
                .map(Self::MbgCnbd),
            _ => Err(unknown(name)),
        }
    }

    /// Fits the model of this name to customers by maximum likelihood.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name that no model has, and what [`GroupModel::fit`] refuses.
    pub fn fit(name: &str, groups: &Groups) -> Result<Fit<Self>, Error> {
        match name {
            "bgnbd" => BgNbd::fit(groups).map(|fit| fit.map(Self::BgNbd)),
            "mbgnbd" => MbgNbd::fit(groups).map(|fit| fit.map(Self::MbgNbd)),
            "paretonbd" => ParetoNbd::fit(groups).map(|fit| fit.map(Self::ParetoNbd)),
            "mbgcnbd" => MbgCnbd::fit(groups).map(|fit| fit.map(Self::MbgCnbd)),
            _ => Err(unknown(name)),
        }
    }

    /// Fits the model of this name to customers of whom more is known.
    ///
    /// # Errors
    /// [`Error::Unknown`] unless it is `paretonbd`, and what [`ParetoCovariates::fit`] refuses.
    pub fn fit_with(name: &str, groups: &CovariateGroups) -> Result<Fit<Self>, Error> {
        if name == "paretonbd" {
            return ParetoCovariates::fit(groups).map(|fit| fit.map(Self::ParetoCovariates));
        }
        Err(Error::Unknown {
            what: "model with covariates",
            name: name.to_owned(),
            known: "paretonbd".to_owned(),
        })
    }

    /// Into how many phases the time between two purchases falls: what is ahead of a living customer depends on x, T and
    /// her phase alone. 1 where the time since the last purchase does not matter to her.
    pub(crate) fn phases(&self) -> usize {
        match self {
            Self::MbgCnbd(model) => model.regularity() as usize,
            _ => 1,
        }
    }

    /// The chances of each phase, if she is still a customer.
    pub(crate) fn weigh_phases(&self, purchases: &Purchases, chances: &mut [f64]) {
        match self {
            Self::MbgCnbd(model) => model.weigh_phases(purchases, chances),
            _ => chances.fill(1.0),
        }
    }

    /// Asked with what is of someone in a phase, from 0; for what is ahead alone.
    pub(crate) fn ask_in_phase<R>(
        &self,
        phase: usize,
        ask: impl FnOnce(&dyn CountModel) -> R,
    ) -> R {
        match self {
            Self::MbgCnbd(model) => ask(&model.in_phase(phase as u32)),
            _ => ask(self.known()),
        }
    }

    fn known(&self) -> &dyn CountModel {
        match self {
            Self::BgNbd(model) => model,
            Self::MbgNbd(model) => model,
            Self::ParetoNbd(model) => model,
            Self::ParetoCovariates(model) => model.base(),
            Self::MbgCnbd(model) => model,
        }
    }
}

fn named<M: Model<N>, const N: usize>(model: &M) -> Vec<(String, f64)> {
    let pairs = M::NAMES.into_iter().zip(model.parameters());
    pairs
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn unknown(name: &str) -> Error {
    Error::Unknown {
        what: "model",
        name: name.to_owned(),
        known: PurchaseModel::NAMES.join(", "),
    }
}

fn of_named<M: Model<N>, const N: usize>(parameters: &[(String, f64)]) -> Result<M, Error> {
    let mut values = [0.0; N];
    values.copy_from_slice(&values_of(&M::NAMES, parameters)?);
    M::of(values)
}

/// The values of parameters, in the order of their names: all, and no others.
fn values_of(names: &[&str], parameters: &[(String, f64)]) -> Result<Vec<f64>, Error> {
    let extra = parameters
        .iter()
        .find(|(one, _)| !names.contains(&one.as_str()));
    if let Some((name, _)) = extra {
        return Err(Error::Unknown {
            what: "parameter",
            name: name.clone(),
            known: names.join(", "),
        });
    }
    let value = |name: &&str| {
        let found = parameters.iter().find(|(one, _)| one == name);
        found
            .map(|(_, value)| *value)
            .ok_or_else(|| Error::Missing {
                name: format!("the parameter {name}"),
            })
    };
    names.iter().map(value).collect()
}

/// The names of covariates are those after `life.`, in their order; each needs its `trans.` too.
fn with_covariates(parameters: &[(String, f64)]) -> Result<ParetoCovariates, Error> {
    let (slopes, base): (Vec<_>, Vec<_>) = parameters
        .iter()
        .cloned()
        .partition(|(name, _)| name.contains('.'));
    let of = |part: &str| -> Vec<(String, f64)> {
        let named = slopes.iter().filter_map(|(name, value)| {
            let rest = name.strip_prefix(part)?.strip_prefix('.')?;
            Some((rest.to_owned(), *value))
        });
        named.collect()
    };
    let (life, trans) = (of("life"), of("trans"));
    let mut ordered = Vec::with_capacity(life.len());
    for (name, _) in &life {
        let found = trans.iter().find(|(one, _)| one == name);
        let missing = || Error::Missing {
            name: format!("the parameter trans.{name}"),
        };
        ordered.push(found.ok_or_else(missing)?.1);
    }
    if slopes.len() != life.len() + trans.len() || trans.len() != life.len() {
        return Err(Error::Unknown {
            what: "parameter",
            name: slopes
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            known: "life. and trans. of each covariate, once".to_owned(),
        });
    }
    let (names, life) = life.into_iter().unzip();
    ParetoCovariates::new(of_named(&base)?, names, life, ordered)
}

impl CountModel for PurchaseModel {
    fn alive(&self, purchases: &Purchases) -> f64 {
        self.known().alive(purchases)
    }

    fn alive_of(&self, groups: &Groups) -> Vec<f64> {
        self.known().alive_of(groups)
    }

    fn expected_if_alive(&self, purchases: &Purchases, horizon: Horizon) -> f64 {
        self.known().expected_if_alive(purchases, horizon)
    }

    fn at_least_if_alive(&self, purchases: &Purchases, count: f64, horizon: Horizon) -> f64 {
        self.known().at_least_if_alive(purchases, count, horizon)
    }

    fn reaches_if_alive(&self, purchases: &Purchases, horizon: Horizon, least: f64) -> Vec<f64> {
        self.known().reaches_if_alive(purchases, horizon, least)
    }

    fn bend(&self, purchases: &Purchases) -> f64 {
        self.known().bend(purchases)
    }

    fn present_if_alive(
        &self,
        purchases: &Purchases,
        discount: Discount,
        horizon: Option<Horizon>,
    ) -> f64 {
        self.known().present_if_alive(purchases, discount, horizon)
    }

    fn expected_of_new(&self, horizon: Horizon) -> f64 {
        self.known().expected_of_new(horizon)
    }
}
