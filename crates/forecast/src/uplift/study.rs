//! An experiment studied: what treatment changed, whether the arms are alike, whom it helps more, and how sure that is.

use std::fmt;

use super::balance::{Balance, balance};
use super::choice::{Candidate, Signal, choose, ranks};
use super::drivers::{Driver, drivers, group};
use super::effect::{Asking, Effect, average_effect};
use super::experiment::Experiment;
use super::learner::{BASES, Ground, Learner, Method, OVERLAP};
use super::qini::{Areas, Curve, Order, Tally, points, uplift_at};
use super::refusal::Refusal;
use super::resample::{Estimate, errors};

/// Fewest customers of either arm that learners are let loose on.
pub const MIN_LEARN: usize = 100;
/// Fewest customers who did, and who did not, where outcomes are 0 and 1.
const MIN_EVENTS: usize = 20;
/// The shares of customers at the top that uplift is told of.
pub const TOPS: [f64; 5] = [0.1, 0.2, 0.3, 0.5, 0.7];
/// Parts of equal size that the order is cut into.
const DECILES: usize = 10;
/// Points of the curve that is told.
const POINTS: usize = 50;
/// Figures that are drawn again for their errors: gain, Qini and AUUC, then the tops.
const DRAWN: usize = 3 + TOPS.len();

/// What a study is asked with.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// How the average effect is asked.
    pub asking: Asking<'a>,
    /// The learner; `None`: the one whose scores are worth most.
    pub learner: Option<Learner>,
    /// What an outcome of 1 is worth, in units of money.
    pub value: f64,
    /// What treating a customer costs, in units of money.
    pub cost: f64,
    /// Whether treatment is taken to have been drawn by lot whatever the features say.
    pub trusts_lot: bool,
    /// Whether the average effect and the balance are all that is wanted.
    pub average_only: bool,
    /// The seed of parts and draws.
    pub seed: u64,
}

impl Default for Request<'_> {
    fn default() -> Self {
        Self {
            asking: Asking::default(),
            learner: None,
            value: 1.0,
            cost: 0.0,
            trusts_lot: false,
            average_only: false,
            seed: 1,
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Study {
    /// The average effect.
    pub effect: Effect,
    /// Whether the arms are alike.
    pub balance: Balance,
    /// Whom it helps more; else why that is not told.
    pub targeting: Result<Targeting, Withheld>,
}

/// Why it is not told whom treatment helps more.
#[derive(Clone, Debug, PartialEq)]
pub enum Withheld {
    /// It was not asked.
    NotAsked,
    /// Features tell who was treated, so that the arms differ by more than treatment.
    NotRandom,
    /// There are no features to tell customers apart by.
    NoFeatures,
    /// An arm has too few customers.
    SmallArm {
        /// The customers of the smaller arm.
        customers: usize,
    },
    /// Too few customers did, or did not.
    RareOutcome {
        /// So many.
        customers: usize,
    },
}

/// Whom treatment helps more.
#[derive(Clone, Debug)]
pub struct Targeting {
    /// The learner that the scores are mostly of.
    pub method: Method,
    /// What its scores are worth.
    pub signal: Signal,
    /// Each customer's uplift in units of the outcome, told by learners that have not seen her.
    pub uplift: Vec<f64>,
    /// Her place in the order, 0 (last) to 1 (first), within the part of customers she was scored with.
    pub rank: Vec<f64>,
    /// What the order brings beyond one by chance, a treated customer, in units of the outcome: the area between
    /// the Qini curve and its chord, over customers and treated ones.
    pub gain: Estimate,
    /// The Qini coefficient; `None` where outcomes are not 0 and 1.
    pub qini: Option<Estimate>,
    /// The normalized area under the uplift curve, as the coefficient.
    pub auuc: Option<Estimate>,
    /// Uplift among the first, for each of [`TOPS`].
    pub tops: Vec<Top>,
    /// The order in ten parts, first ones first.
    pub deciles: Vec<Decile>,
    /// The Qini curve: share of customers treated, extra outcome a customer of all.
    pub curve: Vec<(f64, f64)>,
    /// Whom treating pays for.
    pub pays: Pays,
    /// What uplift goes with.
    pub drivers: Vec<Driver>,
}

/// The first customers of the order.
#[derive(Clone, Debug, PartialEq)]
pub struct Top {
    /// Their share of all.
    pub share: f64,
    /// The difference of means among them; `None` where an arm is not among them.
    pub uplift: Option<Estimate>,
}

/// A tenth of the order.
#[derive(Clone, Debug, PartialEq)]
pub struct Decile {
    /// The mean of what was foretold.
    pub foretold: f64,
    /// Its customers.
    pub customers: usize,
    /// The effect measured; `None` where an arm has too few customers.
    pub effect: Option<Effect>,
}

/// Those whose foretold uplift is worth more than treating them costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Pays {
    /// Their share of all.
    pub share: f64,
    /// The effect measured among them.
    pub effect: Option<Effect>,
    /// The effect measured among the others.
    pub others: Option<Effect>,
    /// What treating them brings, in units of money and a customer of all, costs taken off.
    pub net: Option<Estimate>,
    /// The same of treating everybody.
    pub net_of_all: Estimate,
}

/// Studies an experiment.
///
/// # Errors
/// What [`average_effect`] gives.
pub fn study(experiment: &Experiment, request: &Request<'_>) -> Result<Study, Refusal> {
    for (name, value) in [("the value", request.value), ("the cost", request.cost)] {
        if !(value.is_finite() && value.abs() <= 1e12) {
            let must = "a number from -1e12 to 1e12";
            return Err(Refusal::Option { name, must });
        }
    }
    let effect = average_effect(experiment, &request.asking)?;
    let weights = experiment.weights();
    let ground = Ground::new(experiment, request.seed);
    let balance = balance(&ground, &weights);
    let withheld = withheld(experiment, &effect, &balance, request);
    let targeting = match withheld {
        Some(withheld) => Err(withheld),
        None => targeting(&ground, &weights, &effect, request).ok_or(Withheld::NoFeatures),
    };
    Ok(Study {
        effect,
        balance,
        targeting,
    })
}

fn withheld(
    experiment: &Experiment,
    effect: &Effect,
    balance: &Balance,
    request: &Request<'_>,
) -> Option<Withheld> {
    if request.average_only {
        return Some(Withheld::NotAsked);
    }
    if experiment.features.is_empty() {
        return Some(Withheld::NoFeatures);
    }
    if !balance.is_random && !request.trusts_lot {
        return Some(Withheld::NotRandom);
    }
    let customers = effect.treated.customers.min(effect.control.customers);
    if customers < MIN_LEARN {
        return Some(Withheld::SmallArm { customers });
    }
    let did = experiment.outcome.iter().filter(|one| **one != 0.0).count();
    let customers = match experiment.is_binary() {
        true => did.min(experiment.customers() - did),
        false => did,
    };
    (customers < MIN_EVENTS).then_some(Withheld::RareOutcome { customers })
}

fn targeting(
    ground: &Ground<'_>,
    weights: &[f64],
    average: &Effect,
    request: &Request<'_>,
) -> Option<Targeting> {
    let experiment = ground.experiment;
    let expected = ground.out_of_fold(|row| experiment.outcome[row]);
    let mut candidates = Vec::new();
    for learner in [Learner::T, Learner::R] {
        if request.learner.is_none_or(|asked| asked == learner) {
            for base in BASES {
                candidates.push(Candidate::new(ground, Method { learner, base }, &expected));
            }
        }
    }
    let choice = choose(ground, &candidates, &expected)?;
    let rank = ranks(&choice.order, &ground.fold);
    let order = Order::new(&rank);
    let level = request.asking.level;
    let figures = |weights: &[f64]| figures(experiment, &order, weights);
    let errors = errors(experiment, weights, request.seed, figures);
    let found = figures(weights);
    let estimate = |place: usize| {
        let pair = found[place].zip(errors[place]);
        pair.map(|(value, error)| Estimate::new(value, OVERLAP * error, level))
    };
    let nothing = Estimate::new(0.0, 0.0, level);
    let tallies = order.tallies(&experiment.treated, &experiment.outcome, weights);
    let tops = TOPS.iter().enumerate().map(|(place, share)| Top {
        share: *share,
        uplift: estimate(3 + place),
    });
    Some(Targeting {
        method: choice.method,
        signal: choice.signal,
        gain: estimate(0).unwrap_or(nothing),
        qini: estimate(1),
        auuc: estimate(2),
        tops: tops.collect(),
        deciles: deciles(experiment, &order, weights, &choice.uplift, level),
        curve: curve(&tallies),
        pays: pays(experiment, weights, &choice.uplift, average, request),
        drivers: drivers(experiment, weights, &choice.order, level),
        uplift: choice.uplift,
        rank,
    })
}

/// Gain, Qini and AUUC, then uplift among the tops.
fn figures(experiment: &Experiment, order: &Order, weights: &[f64]) -> [Option<f64>; DRAWN] {
    let (treated, outcome) = (&experiment.treated, &experiment.outcome);
    let tallies = order.tallies(treated, outcome, weights);
    let areas = Areas::of(&tallies);
    let mut figures = [None; DRAWN];
    figures[0] = Some(areas.gain()).filter(|gain| gain.is_finite());
    if experiment.is_binary() {
        figures[1] = areas.qini_coefficient(&tallies);
        figures[2] = areas.auuc(&tallies);
    }
    for (place, share) in TOPS.iter().enumerate() {
        let count = (share * experiment.customers() as f64) as usize;
        figures[3 + place] = uplift_at(order, count, treated, outcome, weights);
    }
    figures
}

fn deciles(
    experiment: &Experiment,
    order: &Order,
    weights: &[f64],
    uplift: &[f64],
    level: f64,
) -> Vec<Decile> {
    let customers = order.rows.len();
    let part = |number: usize| {
        let rows = &order.rows[customers * number / DECILES..customers * (number + 1) / DECILES];
        Decile {
            foretold: rows.iter().map(|row| uplift[*row]).sum::<f64>() / rows.len().max(1) as f64,
            customers: rows.len(),
            effect: group(experiment, weights, rows, level),
        }
    };
    (0..DECILES).map(part).collect()
}

/// The Qini curve at some of its points: the share of customers, and the extra outcome a customer of all.
fn curve(tallies: &[Tally]) -> Vec<(f64, f64)> {
    let all = points(tallies, Curve::Qini);
    let Some((customers, _)) = all.last().copied() else {
        return Vec::new();
    };
    let treated: f64 = tallies.iter().map(|tally| tally.treated).sum();
    let told = |number: usize| {
        let wanted = customers * number as f64 / POINTS as f64;
        let place = all.partition_point(|(x, _)| *x < wanted).min(all.len() - 1);
        // What so many treated brought, if all customers of that share were treated.
        (all[place].0 / customers, all[place].1 / treated)
    };
    (0..=POINTS).map(told).collect()
}

fn pays(
    experiment: &Experiment,
    weights: &[f64],
    uplift: &[f64],
    average: &Effect,
    request: &Request<'_>,
) -> Pays {
    let is_worth = |row: &usize| uplift[*row] * request.value > request.cost;
    let (rows, others): (Vec<usize>, Vec<usize>) = (0..experiment.customers()).partition(is_worth);
    let share = rows.len() as f64 / experiment.customers().max(1) as f64;
    let level = request.asking.level;
    let effect = group(experiment, weights, &rows, level);
    let net = |effect: &Effect, share: f64| {
        let value = share * (effect.effect * request.value - request.cost);
        let error = share * effect.error * request.value.abs();
        Estimate::new(value, error, level)
    };
    Pays {
        share,
        net: effect.as_ref().map(|effect| net(effect, share)),
        net_of_all: net(average, 1.0),
        others: group(experiment, weights, &others, level),
        effect,
    }
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAsked => write!(f, "it was not asked"),
            Self::NotRandom => write!(
                f,
                "features tell who was treated, so the arms differ by more than treatment: the difference of means is no effect, and whom treatment helps cannot be told from it; treat by lot and leave a holdout, or name each customer's known chance of treatment"
            ),
            Self::NoFeatures => write!(
                f,
                "there is nothing to tell customers apart by; name columns that were known before treatment"
            ),
            Self::SmallArm { customers } => write!(
                f,
                "{customers} customers in the smaller arm are too few to learn whom treatment helps more, which needs {MIN_LEARN}; the average effect is all that they can tell"
            ),
            Self::RareOutcome { customers } => write!(
                f,
                "only {customers} customers did what the others did not, too few to learn from, which needs {MIN_EVENTS}; wait longer, or choose an outcome that comes more often"
            ),
        }
    }
}
