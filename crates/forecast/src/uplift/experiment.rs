//! An experiment: who was treated, what came of it, and what was known of each customer before.

use super::refusal::Refusal;

/// Fewest customers of either arm that an effect is stated for.
pub const MIN_ARM: usize = 10;
/// The greatest outcome, either way, in its own units.
const MAX_OUTCOME: f64 = 1e12;
/// The chances of treatment that can be worked with; nearer to 0 or 1, single customers would stand for hundreds.
const CHANCES: (f64, f64) = (0.005, 0.995);

/// Customers of two arms, a row each; all columns have the same length.
#[derive(Clone, Debug, Default)]
pub struct Experiment {
    /// Who was treated; the others are the control.
    pub treated: Vec<bool>,
    /// What came of it: 0 and 1, or a number such as money.
    pub outcome: Vec<f64>,
    /// The chance that each customer had of being treated, where it is known; else it is the same for all.
    pub propensity: Option<Vec<f64>>,
    /// What was known of the customers before they were treated or not.
    pub features: Vec<Feature>,
}

/// Something known of each customer before.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// A value a customer.
    pub values: Values,
}

/// The values of a feature.
#[derive(Clone, Debug)]
pub enum Values {
    /// Numbers; NaN where it is not known.
    Numbers(Vec<f64>),
    /// Words.
    Words {
        /// Each customer's word by its place in `words`; beyond the last where it is not known.
        codes: Vec<u32>,
        /// The words.
        words: Vec<String>,
    },
}

impl Experiment {
    /// Customers of both arms.
    pub fn customers(&self) -> usize {
        self.treated.len()
    }

    /// Whether outcomes are 0 and 1 only.
    pub fn is_binary(&self) -> bool {
        self.outcome.iter().all(|one| *one == 0.0 || *one == 1.0)
    }

    /// Checks it.
    ///
    /// # Errors
    /// Columns of different lengths, outcomes that are no numbers or beyond 1e12, propensities outside of 0.005
    /// to 0.995, fewer than [`MIN_ARM`] customers of an arm, and an outcome that is everybody's.
    pub fn check(&self) -> Result<(), Refusal> {
        let needed = self.customers();
        let mut lengths = vec![("the outcome", self.outcome.len())];
        lengths.extend(
            self.propensity
                .iter()
                .map(|own| ("the propensity", own.len())),
        );
        let features = self
            .features
            .iter()
            .map(|own| (own.name.as_str(), own.values.len()));
        for (name, rows) in lengths.into_iter().chain(features) {
            if rows != needed {
                let name = name.to_owned();
                return Err(Refusal::Length { name, rows, needed });
            }
        }
        let must = "a number from -1e12 to 1e12";
        figures(
            "the outcome",
            &self.outcome,
            (-MAX_OUTCOME, MAX_OUTCOME),
            must,
        )?;
        if let Some(chances) = &self.propensity {
            figures("the propensity", chances, CHANCES, "from 0.005 to 0.995")?;
        }
        let treated = self.treated.iter().filter(|one| **one).count();
        for (arm, customers) in [("treated", treated), ("control", needed - treated)] {
            if customers < MIN_ARM {
                let needed = MIN_ARM;
                return Err(Refusal::FewCustomers {
                    arm,
                    customers,
                    needed,
                });
            }
        }
        let value = self.outcome[0];
        if self.outcome.iter().all(|one| *one == value) {
            return Err(Refusal::ConstantOutcome { value });
        }
        Ok(())
    }

    /// What each customer counts for, so that either arm stands for all customers: 1 where everybody had the same
    /// chance, else the inverse of the chance that she had of her arm. The weights of an arm add up to its customers.
    pub fn weights(&self) -> Vec<f64> {
        let Some(chances) = &self.propensity else {
            return vec![1.0; self.customers()];
        };
        let inverse = |(treated, chance): (&bool, &f64)| match treated {
            true => 1.0 / chance,
            false => 1.0 / (1.0 - chance),
        };
        let mut weights: Vec<f64> = self.treated.iter().zip(chances).map(inverse).collect();
        for arm in [false, true] {
            let (mut sum, mut count) = (0.0, 0.0);
            for (weight, treated) in weights.iter().zip(&self.treated) {
                if *treated == arm {
                    sum += weight;
                    count += 1.0;
                }
            }
            for (weight, treated) in weights.iter_mut().zip(&self.treated) {
                if *treated == arm && sum > 0.0 {
                    *weight *= count / sum;
                }
            }
        }
        weights
    }

    /// Each customer's chance of being treated: as known, or the share of those who were.
    pub fn chances(&self) -> Vec<f64> {
        self.propensity.clone().unwrap_or_else(|| {
            let treated = self.treated.iter().filter(|one| **one).count();
            vec![treated as f64 / self.customers().max(1) as f64; self.customers()]
        })
    }

    /// Some of its customers.
    pub fn of(&self, rows: &[usize]) -> Self {
        let take = |values: &[f64]| rows.iter().map(|row| values[*row]).collect::<Vec<f64>>();
        let feature = |own: &Feature| Feature {
            name: own.name.clone(),
            values: match &own.values {
                Values::Numbers(numbers) => Values::Numbers(take(numbers)),
                Values::Words { codes, words } => Values::Words {
                    codes: rows.iter().map(|row| codes[*row]).collect(),
                    words: words.clone(),
                },
            },
        };
        Self {
            treated: rows.iter().map(|row| self.treated[*row]).collect(),
            outcome: take(&self.outcome),
            propensity: self.propensity.as_deref().map(take),
            features: self.features.iter().map(feature).collect(),
        }
    }
}

impl Values {
    /// Customers.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Words { codes, .. } => codes.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn figures(
    name: &'static str,
    values: &[f64],
    (low, high): (f64, f64),
    must: &'static str,
) -> Result<(), Refusal> {
    let wrong = |value: &f64| !(low..=high).contains(value);
    match values.iter().position(wrong) {
        None => Ok(()),
        Some(row) => Err(Refusal::Figure {
            row,
            name,
            value: values[row],
            must,
        }),
    }
}
