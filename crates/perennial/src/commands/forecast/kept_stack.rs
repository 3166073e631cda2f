//! A stack as a model file keeps it: plain numbers, checked again when they are read.

use perennial_forecast::stack::{Driver, HeadParts, Stack, StackParts};
use perennial_forecast::trees::{Fork, Loss, Node, Parts};
use perennial_forecast::{Error, PurchaseModel};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::refused;
use crate::failure::Failure;

/// Drivers that one sentence names.
const TOLD_DRIVERS: usize = 3;

/// A stack, what it asks and what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptStack {
    /// How far ahead it looks, in units of time; it knows no other horizon.
    pub horizon: f64,
    /// The same in days.
    pub horizon_days: i32,
    /// The last day of what was known of the customers it learned from.
    pub learned_at: String,
    /// Customers it learned from.
    pub customers: u64,
    /// Customers there were to learn from.
    pub of_customers: u64,
    /// What moves the forecasts of all customers most.
    pub drivers: Vec<KeptDriver>,
    /// The purchase models it asks, as they were fitted last.
    pub models: Vec<KeptModel>,
    /// The columns it asks.
    columns: Vec<String>,
    /// The mean of the purchases it learned from.
    usual: f64,
    purchases: KeptHead,
    chance: KeptHead,
    /// From chances said to chances that came true.
    calibration: Vec<(f64, f64)>,
}

/// A purchase model that a stack asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptModel {
    /// Its name.
    pub model: String,
    /// Its parameters.
    pub parameters: Vec<(String, f64)>,
    /// How much it counts in the forecast of purchases.
    pub weight: f64,
}

/// What moves forecasts, and how far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptDriver {
    /// The column.
    pub name: String,
    /// What it is.
    pub words: String,
    /// The mean natural logarithm of the factor, without its sign.
    pub moved: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptHead {
    parts: Vec<KeptTrees>,
    starts: Vec<f64>,
    weights: Vec<f64>,
    least: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptTrees {
    from_models: bool,
    loss: String,
    power: Option<f64>,
    base: f64,
    trees: Vec<Vec<KeptNode>>,
}

/// A leaf is its value and the rows it had; a fork its column, threshold, whether missing values go left, the next
/// nodes and the rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum KeptNode {
    Leaf(f64, f64),
    Fork(u32, f64, bool, u32, u32, f64),
}

/// What is known of a stack beside itself.
pub struct AboutStack<'a> {
    pub horizon: f64,
    pub horizon_days: i32,
    pub learned_at: String,
    pub of_customers: u64,
    pub models: &'a [PurchaseModel],
    pub drivers: Vec<Driver>,
}

impl KeptStack {
    pub fn of(stack: &Stack, about: AboutStack<'_>) -> Self {
        let parts = stack.to_parts();
        let weight = stack
            .weights()
            .iter()
            .copied()
            .chain(std::iter::repeat(0.0));
        let model = |(model, weight): (&PurchaseModel, f64)| KeptModel {
            model: model.name().to_owned(),
            parameters: model.parameters(),
            weight,
        };
        let driver = |one: Driver| KeptDriver {
            name: one.name,
            words: one.words,
            moved: one.moved,
        };
        Self {
            horizon: about.horizon,
            horizon_days: about.horizon_days,
            learned_at: about.learned_at,
            customers: parts.customers,
            of_customers: about.of_customers,
            drivers: about.drivers.into_iter().map(driver).collect(),
            models: about.models.iter().zip(weight).map(model).collect(),
            columns: parts.names,
            usual: parts.usual,
            purchases: KeptHead::of(&parts.expected),
            chance: KeptHead::of(&parts.buys),
            calibration: parts.calibration,
        }
    }

    /// The stack, ready to be asked.
    ///
    /// # Errors
    /// Numbers that cannot be.
    pub fn stack(&self) -> Result<Stack, Failure> {
        let parts = StackParts {
            names: self.columns.clone(),
            models: self.models.iter().map(|one| one.model.clone()).collect(),
            expected: self.purchases.parts(&self.columns).map_err(damaged)?,
            buys: self.chance.parts(&self.columns).map_err(damaged)?,
            calibration: self.calibration.clone(),
            money: None,
            usual: self.usual,
            customers: self.customers,
        };
        Stack::from_parts(parts).map_err(damaged)
    }

    /// One sentence on what it learned, and from whom.
    pub fn told(&self) -> String {
        let driver = |one: &KeptDriver| one.words.clone();
        let drivers: Vec<String> = self.drivers.iter().take(TOLD_DRIVERS).map(driver).collect();
        format!(
            "the stack: learned from what {} customers did in the {} days after {}; what moves its forecasts most: {}",
            self.customers,
            self.horizon_days,
            self.learned_at,
            drivers.join(", ")
        )
    }

    /// What `fit` and `card` answer of it: all but its trees.
    pub fn json(&self) -> Value {
        let weights = self
            .models
            .iter()
            .map(|one| (one.model.clone(), json!(one.weight)));
        let weights: Map<String, Value> = weights.collect();
        // Rates of the past stand between the models and the trees.
        let all = &self.purchases.weights;
        let of_trees = all.len().saturating_sub(self.purchases.parts.len());
        let sum = |list: &[f64]| -> f64 { list.iter().sum() };
        let rates = all.get(self.models.len()..of_trees).map_or(0.0, sum);
        json!({
            "horizon": self.horizon,
            "horizon_days": self.horizon_days,
            "learned_at": self.learned_at,
            "customers": self.customers,
            "of_customers": self.of_customers,
            "weights": weights,
            "weight_of_rates": rates,
            "weight_of_trees": sum(&all[of_trees..]),
            "drivers": self.drivers,
        })
    }

    /// The purchase models it asks.
    ///
    /// # Errors
    /// Parameters that cannot be.
    pub fn purchase_models(&self) -> Result<Vec<PurchaseModel>, Failure> {
        let model = |one: &KeptModel| PurchaseModel::from_parameters(&one.model, &one.parameters);
        let all: Result<Vec<PurchaseModel>, Error> = self.models.iter().map(model).collect();
        all.map_err(refused)
    }
}

fn damaged(error: Error) -> Failure {
    Failure::failed(format!(
        "the stack in the model file is damaged ({error}); fit it again with `perennial forecast fit --model stack --save FILE`"
    ))
}

impl KeptHead {
    fn of(parts: &HeadParts) -> Self {
        let trees = |(from_models, parts): &(bool, Parts)| {
            let (loss, power) = parts.loss.name();
            let nodes = |tree: &Vec<Node>| tree.iter().map(KeptNode::of).collect();
            KeptTrees {
                from_models: *from_models,
                loss: loss.to_owned(),
                power,
                base: parts.base,
                trees: parts.trees.iter().map(nodes).collect(),
            }
        };
        Self {
            parts: parts.trees.iter().map(trees).collect(),
            starts: parts.starts.clone(),
            weights: parts.weights.clone(),
            least: parts.least,
        }
    }

    fn parts(&self, names: &[String]) -> Result<HeadParts, Error> {
        let trees = |one: &KeptTrees| {
            let loss = Loss::named(&one.loss, one.power).ok_or_else(|| Error::Unknown {
                what: "loss",
                name: one.loss.clone(),
                known: "squared, poisson, tweedie, logistic".to_owned(),
            })?;
            let nodes = |tree: &Vec<KeptNode>| tree.iter().map(|node| node.node()).collect();
            let parts = Parts {
                loss,
                names: names.to_vec(),
                base: one.base,
                trees: one.trees.iter().map(nodes).collect(),
            };
            Ok((one.from_models, parts))
        };
        Ok(HeadParts {
            trees: self.parts.iter().map(trees).collect::<Result<_, Error>>()?,
            starts: self.starts.clone(),
            weights: self.weights.clone(),
            least: self.least,
        })
    }
}

impl KeptNode {
    fn of(node: &Node) -> Self {
        match node.fork {
            None => Self::Leaf(node.value, node.cover),
            Some(fork) => Self::Fork(
                fork.column,
                fork.threshold,
                fork.missing_left,
                fork.left,
                fork.right,
                node.cover,
            ),
        }
    }

    fn node(self) -> Node {
        match self {
            Self::Leaf(value, cover) => Node {
                value,
                cover,
                fork: None,
            },
            Self::Fork(column, threshold, missing_left, left, right, cover) => Node {
                value: 0.0,
                cover,
                fork: Some(Fork {
                    column,
                    threshold,
                    missing_left,
                    left,
                    right,
                }),
            },
        }
    }
}
