//! Why a trial has no answer, and the way out.

use std::fmt;

use crate::error::shown;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// A column has another number of rows than the treatment.
    Length {
        /// The column.
        name: String,
        /// Its rows.
        rows: usize,
        /// Those of the treatment.
        needed: usize,
    },
    /// A figure that cannot be.
    Figure {
        /// The row it is in, from 0.
        row: usize,
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be instead.
        must: &'static str,
    },
    /// An arm has too few customers for any statement about chance.
    FewCustomers {
        /// The arm: `treated` or `control`.
        arm: &'static str,
        /// Its customers.
        customers: usize,
        /// So many there must be.
        needed: usize,
    },
    /// Everybody has the same outcome.
    ConstantOutcome {
        /// What it is, in units of the outcome.
        value: f64,
    },
    /// Options that contradict themselves.
    Option {
        /// The option's name.
        name: &'static str,
        /// What it must be.
        must: &'static str,
    },
}

impl Refusal {
    /// What to do about it.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Length { .. } => "give every row a value, if an empty one",
            Self::Figure { .. } => "correct the row, or leave it out and count what was left out",
            Self::FewCustomers { customers: 0, .. } => {
                "an effect is a difference: leave some customers untreated by lot, and name them as the control"
            }
            Self::FewCustomers { .. } => {
                "wait for more customers; `uplift power` says how many a trial needs"
            }
            Self::ConstantOutcome { .. } => {
                "wait until something has happened, or choose an outcome that comes more often"
            }
            Self::Option { .. } => "choose another value",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { name, rows, needed } => {
                write!(f, "{name} has {rows} rows, the treatment {needed}")?;
            }
            Self::Figure {
                row,
                name,
                value,
                must,
            } => write!(
                f,
                "row {row}: {name} is {}, but must be {must}",
                shown(*value)
            )?,
            Self::FewCustomers {
                arm, customers: 0, ..
            } => write!(f, "nobody is {arm}")?,
            Self::FewCustomers {
                arm,
                customers,
                needed,
            } => write!(
                f,
                "{customers} customers are {arm}, but an effect needs {needed} of either"
            )?,
            Self::ConstantOutcome { value } => write!(f, "the outcome of everybody is {value}")?,
            Self::Option { name, must } => write!(f, "{name} must be {must}")?,
        }
        write!(f, "; {}", self.way_out())
    }
}

impl std::error::Error for Refusal {}
