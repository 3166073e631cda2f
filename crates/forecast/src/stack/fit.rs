//! The stack: heads for purchases, for the chance of one and for money, learned from a time that is over.

use super::calibration::Calibration;
use super::evidence::{Evidence, RATES};
use super::features::check_horizon;
use super::head::{BINS, Ground, Head, HeadParts, Recipe};
use crate::error::{Error, within};
use crate::judge::{all_within, same_length};
use crate::orders::Orders;
use crate::random::Random;
use crate::trees::{Bins, Loss};

/// Fewest customers to learn from: below, models with four parameters forecast better than trees do.
pub const MIN_CUSTOMERS: u64 = 300;
/// Fewest customers who bought within the horizon, and fewest who did not.
pub const MIN_OF_A_KIND: u64 = 50;

/// Most customers that a stack learns from; of more a sample is drawn, which tells as much and takes seconds.
pub const MAX_LEARNED: usize = 100_000;

/// Learns purchases: from the models' errors by single decisions and by small trees, and freely.
const PURCHASES: [Recipe; 4] = [
    recipe(Loss::Poisson, true, 2),
    recipe(Loss::Tweedie(1.3), true, 6),
    recipe(Loss::Tweedie(1.5), true, 6),
    recipe(Loss::Tweedie(1.3), false, 6),
];
const CHANCE: [Recipe; 3] = [
    recipe(Loss::Logistic, true, 2),
    recipe(Loss::Logistic, true, 6),
    recipe(Loss::Logistic, false, 6),
];
/// Money: mostly nothing, else of a long tail.
const MONEY: [Recipe; 3] = [
    recipe(Loss::Tweedie(1.5), true, 2),
    recipe(Loss::Tweedie(1.5), true, 6),
    recipe(Loss::Tweedie(1.5), false, 6),
];

const fn recipe(loss: Loss, from_models: bool, leaves: usize) -> Recipe {
    Recipe {
        loss,
        from_models,
        leaves,
    }
}

/// What customers did within a horizon after a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcomes {
    /// Days with an order.
    pub orders: Vec<f64>,
    /// What these were worth, in units of money; 0 where refunds outweigh them.
    pub money: Vec<f64>,
}

impl Outcomes {
    /// What these customers did in so many days after the end of a day.
    ///
    /// # Errors
    /// [`Error::Figure`] for a horizon that is not from 1 day to 100 years.
    pub fn of(
        orders: &Orders,
        customers: &[u32],
        day: i32,
        horizon_days: i32,
    ) -> Result<Self, Error> {
        check_horizon(horizon_days)?;
        let end = day.saturating_add(horizon_days);
        let came = |customer: &u32| orders.of(*customer as usize).after(day).until(end);
        let money = |customer| came(customer).values.iter().sum::<f64>().max(0.0);
        Ok(Self {
            orders: customers
                .iter()
                .map(|one| came(one).days.len() as f64)
                .collect(),
            money: customers.iter().map(money).collect(),
        })
    }

    /// Of these rows only, in this order; positions beyond the last are left out.
    pub fn take(&self, rows: &[u32]) -> Self {
        let of = |list: &[f64]| {
            let known = rows.iter().filter_map(|row| list.get(*row as usize));
            known.copied().collect()
        };
        Self {
            orders: of(&self.orders),
            money: of(&self.money),
        }
    }
}

/// What the stack says of customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecasts {
    /// Purchases within the horizon, means.
    pub expected: Vec<f64>,
    /// The chance of a purchase within the horizon; 1 less it is the risk that she buys nothing.
    pub buys: Vec<f64>,
    /// Money within the horizon, means in its units, if the stack knows of it.
    pub money: Option<Vec<f64>>,
}

impl Forecasts {
    /// Those of these customers, and after them those of others.
    fn and(mut self, others: Self) -> Self {
        self.expected.extend(others.expected);
        self.buys.extend(others.buys);
        self.money = self.money.zip(others.money).map(|(mut own, others)| {
            own.extend(others);
            own
        });
        self
    }

    /// Those at these places, in this order.
    fn at(&self, places: &[usize]) -> Self {
        let of = |list: &Vec<f64>| places.iter().map(|at| list[*at]).collect();
        Self {
            expected: of(&self.expected),
            buys: of(&self.buys),
            money: self.money.as_ref().map(of),
        }
    }
}

/// Purchase models and trees together, fitted to what customers did within a horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    pub(super) names: Vec<String>,
    pub(super) models: Vec<String>,
    pub(super) expected: Head,
    pub(super) buys: Head,
    pub(super) calibration: Calibration,
    pub(super) money: Option<Head>,
    /// The mean of the purchases it learned from.
    pub(super) usual: f64,
    /// Customers it learned from.
    pub(super) customers: u64,
}

/// All that a stack is, as plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct StackParts {
    /// The columns of the evidence, in order.
    pub names: Vec<String>,
    /// The purchase models, in order.
    pub models: Vec<String>,
    /// Purchases.
    pub expected: HeadParts,
    /// The chance of a purchase.
    pub buys: HeadParts,
    /// The points of its calibration.
    pub calibration: Vec<(f64, f64)>,
    /// Money.
    pub money: Option<HeadParts>,
    /// The mean of the purchases it learned from.
    pub usual: f64,
    /// Customers it learned from.
    pub customers: u64,
}

impl Stack {
    /// Whether there is enough to learn from: [`MIN_CUSTOMERS`] customers, and [`MIN_OF_A_KIND`] who bought
    /// within the horizon and who did not. Below, the purchase model forecasts alone.
    ///
    /// # Errors
    /// [`Error::FewCustomers`] and [`Error::FewOfAKind`], whose words are the reason.
    pub fn enough(came: &[f64]) -> Result<(), Error> {
        let customers = came.len() as u64;
        if customers < MIN_CUSTOMERS {
            return Err(Error::FewCustomers {
                customers,
                needed: MIN_CUSTOMERS,
            });
        }
        let bought = came.iter().filter(|one| **one > 0.0).count() as u64;
        let kinds = [
            ("bought within the horizon", bought),
            ("bought nothing within the horizon", customers - bought),
        ];
        for (what, customers) in kinds {
            if customers < MIN_OF_A_KIND {
                return Err(Error::FewOfAKind {
                    what,
                    customers,
                    needed: MIN_OF_A_KIND,
                });
            }
        }
        Ok(())
    }

    /// Learns from what was known of customers on a day and what they did within a horizon after it. Each part
    /// of a mixture is weighed, and the chances are calibrated, by what was said of customers whose outcome had
    /// no part in it (five folds, of few customers several times); what the mixture says of those is given too, to
    /// be judged. Of more than [`MAX_LEARNED`] customers a sample is learned from, see [`Stack::customers`].
    ///
    /// # Errors
    /// What [`Stack::enough`] refuses, and [`Error::Figure`] unless there is an outcome from 0 to 1e12 for each
    /// customer.
    pub fn fit(
        evidence: &Evidence,
        outcomes: &Outcomes,
        seed: u64,
    ) -> Result<(Self, Forecasts), Error> {
        let customers = evidence.customers();
        same_length("outcomes", outcomes.orders.len(), customers)?;
        same_length("outcomes in money", outcomes.money.len(), customers)?;
        let ends = (0.0, 1e12);
        all_within("the outcome", &outcomes.orders, ends, "from 0 to 1e12")?;
        all_within("the outcome", &outcomes.money, ends, "from 0 to 1e12")?;
        Self::enough(&outcomes.orders)?;
        Self::learn_some(evidence, outcomes, seed, MAX_LEARNED)
    }

    /// Learns from so many at most.
    fn learn_some(
        evidence: &Evidence,
        outcomes: &Outcomes,
        seed: u64,
        most: usize,
    ) -> Result<(Self, Forecasts), Error> {
        let customers = evidence.customers();
        if customers <= most {
            return Self::learn(evidence, outcomes, seed);
        }
        let mut rows: Vec<u32> = (0..customers as u32).collect();
        Random::new(seed).shuffle(&mut rows);
        let rest = rows.split_off(most);
        let known = (evidence.take(&rows), outcomes.take(&rows));
        Self::enough(&known.1.orders)?;
        let (stack, unseen) = Self::learn(&known.0, &known.1, seed)?;
        let others = stack.score(&evidence.take(&rest))?;
        rows.extend(rest);
        let mut places = vec![0; customers];
        for (at, row) in rows.iter().enumerate() {
            places[*row as usize] = at;
        }
        Ok((stack, unseen.and(others).at(&places)))
    }

    /// Learns from everybody given.
    fn learn(
        evidence: &Evidence,
        outcomes: &Outcomes,
        seed: u64,
    ) -> Result<(Self, Forecasts), Error> {
        let customers = evidence.customers();
        let bins = Bins::of(&evidence.table, BINS);
        let learn = |models: &[Vec<f64>], came: &[f64], recipes: &[Recipe]| {
            Ground {
                table: &evidence.table,
                bins: &bins,
                models,
                experts: evidence.experts.len(),
                came,
                recipes,
                seed,
            }
            .fit()
        };
        let said = Said::of(evidence);
        let (expected, unseen) = learn(&said.expected, &outcomes.orders, &PURCHASES)?;
        let bought = |came: &f64| f64::from(u8::from(*came > 0.0));
        let bought: Vec<f64> = outcomes.orders.iter().map(bought).collect();
        let (buys, chances) = learn(&said.buys, &bought, &CHANCE)?;
        let calibration = Calibration::of(&chances, &bought);
        let spent = outcomes.money.iter().any(|one| *one > 0.0);
        let money = match &said.money {
            Some(models) if spent => Some(learn(models, &outcomes.money, &MONEY)?),
            _ => None,
        };
        let (money, unseen_money) = money.unzip();
        let stack = Self {
            names: evidence.table.names().to_vec(),
            models: said.names,
            expected,
            buys,
            usual: outcomes.orders.iter().sum::<f64>() / customers as f64,
            calibration,
            money,
            customers: customers as u64,
        };
        let forecasts = Forecasts {
            expected: unseen,
            buys: chances
                .iter()
                .map(|one| stack.calibration.chance(*one))
                .collect(),
            money: unseen_money,
        };
        Ok((stack, forecasts))
    }

    /// What it says of customers of whom the same is known, maybe on another day.
    ///
    /// # Errors
    /// [`Error::Figure`] unless the evidence has the columns and models that it was fitted with.
    pub fn score(&self, evidence: &Evidence) -> Result<Forecasts, Error> {
        let said = Said::of(evidence);
        let same = said.names == self.models && evidence.table.names() == self.names;
        within(
            "the evidence",
            f64::from(u8::from(same)),
            (1.0, 1.0),
            "of the columns and models that the stack was fitted with, in their order",
        )?;
        let chances = self.buys.forecast(&evidence.table, &said.buys)?;
        let money = match (&self.money, &said.money) {
            (Some(head), Some(models)) => Some(head.forecast(&evidence.table, models)?),
            _ => None,
        };
        Ok(Forecasts {
            expected: self.expected.forecast(&evidence.table, &said.expected)?,
            buys: chances
                .iter()
                .map(|one| self.calibration.chance(*one))
                .collect(),
            money,
        })
    }

    /// Customers it learned from: at most [`MAX_LEARNED`].
    pub fn customers(&self) -> u64 {
        self.customers
    }

    /// The columns of the evidence that it needs, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The purchase models that it needs, in order.
    pub fn models(&self) -> &[String] {
        &self.models
    }

    /// How much each purchase model, each rate of the past and each part of trees counts in the forecast of purchases.
    pub fn weights(&self) -> &[f64] {
        &self.expected.weights
    }

    /// All that it is.
    pub fn to_parts(&self) -> StackParts {
        StackParts {
            names: self.names.clone(),
            models: self.models.clone(),
            expected: self.expected.to_parts(),
            buys: self.buys.to_parts(),
            calibration: self.calibration.points().to_vec(),
            money: self.money.as_ref().map(Head::to_parts),
            usual: self.usual,
            customers: self.customers,
        }
    }

    /// The stack of these parts.
    ///
    /// # Errors
    /// [`Error::Figure`] for a number that cannot be, and for parts that do not fit together.
    pub fn from_parts(parts: StackParts) -> Result<Self, Error> {
        let heads = [
            Some((&parts.expected, RATES.len())),
            Some((&parts.buys, 0)),
            parts.money.as_ref().map(|money| (money, 0)),
        ];
        for (head, rates) in heads.into_iter().flatten() {
            let count = parts.models.len() as f64;
            let of_models = head.starts.len() as f64;
            let all = (parts.models.len() + rates + head.trees.len()) as f64;
            within(
                "the number of weights",
                head.weights.len() as f64,
                (all, all),
                "one for each model, rate and each of the trees",
            )?;
            within(
                "the number of models",
                of_models,
                (count, count),
                "the same throughout",
            )?;
            for (_, trees) in &head.trees {
                let same = f64::from(u8::from(trees.names == parts.names));
                within(
                    "the columns of trees",
                    same,
                    (1.0, 1.0),
                    "those of the stack",
                )?;
            }
        }
        within(
            "the usual forecast",
            parts.usual,
            (0.0, 1e12),
            "from 0 to 1e12",
        )?;
        Ok(Self {
            names: parts.names,
            models: parts.models,
            expected: Head::from_parts(parts.expected)?,
            buys: Head::from_parts(parts.buys)?,
            calibration: Calibration::from_points(parts.calibration)?,
            money: parts.money.map(Head::from_parts).transpose()?,
            usual: parts.usual,
            customers: parts.customers,
        })
    }
}

/// What the models say, by head.
pub(super) struct Said {
    pub(super) names: Vec<String>,
    /// The models, and after them rates of the past.
    pub(super) expected: Vec<Vec<f64>>,
    buys: Vec<Vec<f64>>,
    money: Option<Vec<Vec<f64>>>,
}

impl Said {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let experts = &evidence.experts;
        let expected: Vec<Vec<f64>> = experts.iter().map(|one| one.expected.clone()).collect();
        let worth = |worth: &Vec<f64>| {
            let times = |list: &Vec<f64>| {
                let pairs = list.iter().zip(worth);
                pairs.map(|(count, worth)| count * worth).collect()
            };
            expected.iter().map(times).collect()
        };
        Self {
            names: experts.iter().map(|one| one.name.clone()).collect(),
            buys: experts.iter().map(|one| one.buys.clone()).collect(),
            money: evidence.worth.as_ref().map(worth),
            expected: [&expected[..], &evidence.rates].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::PurchaseModel;
    use crate::orders::Unit;

    #[test]
    fn of_too_many_a_sample_is_learned_from_and_all_are_forecast_in_their_places() {
        let mut random = Random::new(4);
        let mut rows = Vec::new();
        for customer in 0..700 {
            rows.push((customer, 0, 5.0));
            // Every other one buys on.
            for _ in 0..customer % 2 * 6 {
                rows.push((customer, random.below(400) as i32, 5.0));
            }
        }
        let orders = Orders::gather(700, rows).expect("orders");
        let customers: Vec<u32> = (0..700).collect();
        let names = ["r", "alpha", "a", "b"].map(str::to_owned);
        let values: Vec<(String, f64)> = names.into_iter().zip([1.0, 9.0, 1.0, 5.0]).collect();
        let model = PurchaseModel::from_parameters("bgnbd", &values).expect("a model");
        let models = [(model, Unit::Week)];
        let known = Evidence::of(&orders, &customers, 300, 100, &models, None).expect("known");
        let came = Outcomes::of(&orders, &customers, 300, 100).expect("outcomes");
        let (stack, unseen) = Stack::learn_some(&known, &came, 1, 400).expect("a stack");
        assert_eq!(stack.customers(), 400);
        assert_eq!(unseen.expected.len(), 700);
        let sum = |odd: usize| -> f64 { unseen.expected.iter().skip(odd).step_by(2).sum() };
        assert!(sum(0) < 0.1 * sum(1), "{} {}", sum(0), sum(1));
        let again = Stack::learn_some(&known, &came, 1, 400).expect("a stack");
        assert_eq!(again, (stack, unseen));
        let (all, _) = Stack::learn_some(&known, &came, 1, 700).expect("a stack");
        assert_eq!(all.customers(), 700);
    }
}
