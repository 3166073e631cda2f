//! What is known of customers beside their purchases, and everybody grouped by both.

use std::collections::BTreeMap;

use crate::error::{Error, within};
use crate::purchases::{Groups, Purchases};

/// Most covariates of a model.
pub const MAX_COVARIATES: usize = 16;
/// Most combinations of their values: beyond it, put a number in classes.
pub const MAX_PATTERNS: usize = 100_000;
/// The greatest value of a covariate, with either sign.
const MAX_VALUE: f64 = 1e6;
/// A covariate of which no more than this share is its own, beside those before it, follows from them.
const OWN: f64 = 1e-8;

/// What is known of each of many customers: numbers by name, as a class that is 0 or 1. They do not change.
#[derive(Clone, Debug, PartialEq)]
pub struct Covariates {
    names: Vec<String>,
    values: Vec<f64>,
}

impl Covariates {
    /// The values of one customer after the other, those of each in the order of the names.
    ///
    /// # Errors
    /// [`Error::Covariate`] unless there are 1 to 16 names, all different, and [`Error::Figure`], with the
    /// row, for a value that is no number or beyond a million either way, or a last row that is cut off.
    pub fn new(names: Vec<String>, values: Vec<f64>) -> Result<Self, Error> {
        let size = names.len();
        if size == 0 || size > MAX_COVARIATES {
            return Err(Error::Covariate {
                name: format!("number {}", MAX_COVARIATES.min(size) + 1),
                why: "is not possible: there are 1 to 16 of them",
            });
        }
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(Error::Covariate {
                    name: name.clone(),
                    why: "is there twice",
                });
            }
        }
        for (at, value) in values.iter().enumerate() {
            checked(*value).map_err(|error| error.in_row(at / size))?;
        }
        if !values.len().is_multiple_of(size) {
            return Err(Error::Figure {
                row: Some(values.len() / size),
                name: "the number of values",
                value: (values.len() % size) as f64,
                must: "one a covariate",
            });
        }
        // Minus zero is equal to zero but has other bits, by which patterns are told apart.
        let values = values.into_iter().map(|value| value + 0.0).collect();
        Ok(Self { names, values })
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Customers.
    pub fn customers(&self) -> usize {
        self.values.len() / self.names.len()
    }

    /// The values of each customer in turn.
    pub fn each(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.names.len())
    }
}

/// A value, if a covariate can have it.
pub(crate) fn checked(value: f64) -> Result<f64, Error> {
    let must = "a number from -1000000 to 1000000";
    within("the covariate", value, (-MAX_VALUE, MAX_VALUE), must)
}

/// Customers whose covariates and purchases are the same, once, and their number.
#[derive(Clone, Debug)]
pub struct CovariateGroups {
    pub(crate) names: Vec<String>,
    /// The combinations of values there are, rising, and who has them.
    pub(crate) patterns: Vec<(Vec<f64>, Groups)>,
}

/// Where a customer is among groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Her combination of covariates, by its position in [`CovariateGroups::patterns`].
    pub pattern: u32,
    /// Her group within it.
    pub group: u32,
}

impl CovariateGroups {
    /// Groups customers, and says where each of them is. The groups are the same in any order.
    ///
    /// # Errors
    /// [`Error::Figure`] unless there are as many purchases as covariates, and at most 100,000 patterns.
    pub fn of(
        customers: &[Purchases],
        covariates: &Covariates,
    ) -> Result<(Self, Vec<Place>), Error> {
        let count = covariates.customers() as f64;
        let all = customers.len() as f64;
        within("the customers with covariates", count, (all, all), "all")?;
        let mut patterns: BTreeMap<Vec<u64>, Vec<u32>> = BTreeMap::new();
        for (at, values) in covariates.each().enumerate() {
            let key = values.iter().map(|value| rising(*value)).collect();
            patterns.entry(key).or_default().push(at as u32);
        }
        let most = MAX_PATTERNS as f64;
        let must = "at most 100000; put numbers in classes";
        within(
            "the number of patterns",
            patterns.len() as f64,
            (0.0, most),
            must,
        )?;
        let mut places = vec![
            Place {
                pattern: 0,
                group: 0
            };
            customers.len()
        ];
        let size = covariates.names.len();
        let mut grouped = Vec::with_capacity(patterns.len());
        for (pattern, members) in patterns.into_values().enumerate() {
            let purchases = members.iter().map(|at| customers[*at as usize]);
            let (groups, of) = Groups::of(&purchases.collect::<Vec<_>>());
            for (at, group) in members.iter().zip(of) {
                places[*at as usize] = Place {
                    pattern: pattern as u32,
                    group,
                };
            }
            let row = members.first().map_or(0, |at| *at as usize) * size;
            grouped.push((covariates.values[row..row + size].to_vec(), groups));
        }
        let groups = Self {
            names: covariates.names.clone(),
            patterns: grouped,
        };
        Ok((groups, places))
    }

    /// The combinations of values, and the customers who have them.
    pub fn patterns(&self) -> &[(Vec<f64>, Groups)] {
        &self.patterns
    }

    /// Everybody, whatever the covariates.
    pub fn together(&self) -> Groups {
        let groups = self.patterns.iter().map(|(_, groups)| groups);
        Groups::counted(groups.flat_map(|groups| {
            let counts = (0..).map(|group| groups.customers_in(group));
            groups.purchases().iter().copied().zip(counts)
        }))
    }

    /// Mean and standard deviation of each covariate.
    pub(crate) fn scales(&self) -> Result<Vec<(f64, f64)>, Error> {
        let size = self.names.len();
        let all: f64 = self
            .patterns
            .iter()
            .map(|(_, groups)| groups.customers() as f64)
            .sum();
        let mean = |of: &dyn Fn(&[f64]) -> f64| {
            let weigh =
                |(values, groups): &(Vec<f64>, Groups)| groups.customers() as f64 * of(values);
            self.patterns.iter().map(weigh).sum::<f64>() / all.max(1.0)
        };
        let means: Vec<f64> = (0..size).map(|at| mean(&|values| values[at])).collect();
        let mut scales = Vec::with_capacity(size);
        for (at, center) in means.into_iter().enumerate() {
            let width = mean(&|values| (values[at] - center).powi(2)).sqrt();
            if width <= OWN * center.abs().max(1e-6) {
                return Err(Error::Covariate {
                    name: self.names[at].clone(),
                    why: "is the same for everybody",
                });
            }
            scales.push((center, width));
        }
        let standard = |values: &[f64], at: usize| (values[at] - scales[at].0) / scales[at].1;
        // What of each is its own: the pivots of Cholesky's factor of the correlations.
        let mut lower = vec![vec![0.0; size]; size];
        for i in 0..size {
            for j in 0..=i {
                let both = mean(&|values| standard(values, i) * standard(values, j));
                let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
                let rest: f64 = both - known;
                if i != j {
                    lower[i][j] = rest / lower[j][j];
                } else if rest > OWN {
                    lower[i][i] = rest.sqrt();
                } else {
                    return Err(Error::Covariate {
                        name: self.names[i].clone(),
                        why: "follows from those named before it",
                    });
                }
            }
        }
        Ok(scales)
    }
}

/// Bits that sort as the numbers do.
fn rising(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str], values: &[f64]) -> Result<Covariates, Error> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Covariates::new(names, values.to_vec())
    }

    fn groups(names: &[&str], values: &[f64]) -> CovariateGroups {
        let covariates = named(names, values).expect("valid");
        let one = Purchases::new(1, 2.0, 9.0).expect("valid");
        let customers = vec![one; covariates.customers()];
        CovariateGroups::of(&customers, &covariates)
            .expect("as many")
            .0
    }

    #[test]
    fn customers_are_grouped_by_both() {
        let covariates = named(&["plan"], &[1.0, 0.0, 1.0, -0.0, -2.0]).expect("valid");
        let one = |x| Purchases::new(x, 2.0, 9.0).expect("valid");
        let customers = [one(1), one(1), one(2), one(1), one(1)];
        let (groups, places) = CovariateGroups::of(&customers, &covariates).expect("as many");
        let values: Vec<f64> = groups
            .patterns()
            .iter()
            .map(|(values, _)| values[0])
            .collect();
        assert_eq!(values, [-2.0, 0.0, 1.0]);
        assert_eq!(groups.patterns()[1].1.customers_in(0), 2);
        assert_eq!(
            places[2],
            Place {
                pattern: 2,
                group: 1
            }
        );
        assert_eq!(groups.together().customers_in(0), 4);
    }

    #[test]
    fn covariates_that_tell_nothing_are_refused_by_name() {
        let same = groups(&["a", "b"], &[1.0, 5.0, 0.0, 5.0, 1.0, 5.0]).scales();
        assert_eq!(
            same.expect_err("refused").to_string().split(';').next(),
            Some("covariate b is the same for everybody")
        );
        let double = [1.0, 2.0, 5.0, 0.0, 0.0, 5.5, 3.0, 6.0, 1.0];
        let follows = groups(&["a", "b", "c"], &double)
            .scales()
            .expect_err("refused");
        assert!(
            follows.to_string().starts_with("covariate b follows"),
            "{follows}"
        );
        assert!(
            groups(&["a", "c"], &[1.0, 2.0, 5.0, 0.0, 3.0, 6.0])
                .scales()
                .is_ok()
        );
    }

    #[test]
    fn rows_that_cannot_be_are_refused() {
        assert!(named(&[], &[]).is_err());
        assert!(named(&["a", "a"], &[0.0, 1.0]).is_err());
        assert!(named(&["a", "b"], &[0.0, 1.0, 2.0]).is_err());
        let error = named(&["a", "b"], &[0.0, 1.0, f64::NAN, 2.0]).expect_err("refused");
        assert!(
            matches!(error, Error::Figure { row: Some(1), .. }),
            "{error}"
        );
        let many: Vec<String> = (0..17).map(|at| at.to_string()).collect();
        assert!(Covariates::new(many, Vec::new()).is_err());
    }
}
