//! What the models cannot work with: what it is, where, and the way out.

use std::fmt;

/// Figures from here on are shown by their power of ten.
const MANY: f64 = 1e15;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// A figure that cannot be.
    Figure {
        /// The row it is in, from 0, if it is in one.
        row: Option<usize>,
        /// Its name.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be instead.
        must: &'static str,
    },
    /// Fewer customers than a model can be fitted to.
    FewCustomers {
        /// So many there are.
        customers: u64,
        /// So many there must be.
        needed: u64,
    },
    /// Fewer customers who bought, or who did not, than can be learned from.
    FewOfAKind {
        /// What they did.
        what: &'static str,
        /// So many did.
        customers: u64,
        /// So many there must be.
        needed: u64,
    },
    /// Nobody of so many has bought again: how often customers buy cannot be told.
    NoRepeats {
        /// So many there are.
        customers: u64,
    },
    /// The figures are all alike, or alike in the one way that leaves a parameter without any hold.
    NoSpread {
        /// What is alike.
        name: &'static str,
    },
    /// A covariate that no model can be fitted with.
    Covariate {
        /// Its name.
        name: String,
        /// What is wrong with it, after its name.
        why: &'static str,
    },
    /// A name that nothing has.
    Unknown {
        /// Of what it should be the name.
        what: &'static str,
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// What a model needs and is not given.
    Missing {
        /// Its name.
        name: String,
    },
}

impl Error {
    /// The same, in the row at this position of what it was read from.
    pub fn in_row(self, at: usize) -> Self {
        match self {
            Self::Figure {
                name, value, must, ..
            } => Self::Figure {
                row: Some(at),
                name,
                value,
                must,
            },
            other => other,
        }
    }

    /// What to do about it.
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Figure { .. } => "leave the row out, or correct it, and count what was left out",
            Self::FewCustomers { .. } => {
                "wait for more customers, or take those of a longer time or of more segments together"
            }
            Self::FewOfAKind { .. } => {
                "take the purchase model, or a longer horizon, or more customers"
            }
            Self::NoRepeats { .. } => {
                "follow the customers for longer, or check that every order was counted, not only the first"
            }
            Self::NoSpread { .. } => "fit to more customers, or use the mean itself",
            Self::Covariate { .. } => "leave it out",
            Self::Unknown { .. } => "use a name that is known",
            Self::Missing { .. } => "give it, or fit another model",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure {
                row,
                name,
                value,
                must,
            } => {
                if let Some(row) = row {
                    write!(f, "row {row}: ")?;
                }
                write!(f, "{name} is {}, but must be {must}", shown(*value))?;
            }
            Self::FewCustomers { customers, needed } => {
                write!(f, "{customers} customers, but a model needs {needed}")?;
            }
            Self::FewOfAKind {
                what,
                customers,
                needed,
            } => {
                write!(
                    f,
                    "{customers} customers {what}, but learning needs {needed}"
                )?;
            }
            Self::NoRepeats { customers } => {
                write!(f, "none of {customers} customers has bought again")?;
            }
            Self::NoSpread { name } => write!(f, "{name} is the same for everybody")?,
            Self::Covariate { name, why } => write!(f, "covariate {name} {why}")?,
            Self::Unknown { what, name, known } => {
                write!(f, "there is no {what} named {name}; known are {known}")?;
            }
            Self::Missing { name } => write!(f, "{name} is missing")?,
        }
        write!(f, "; {}", self.way_out())
    }
}

impl std::error::Error for Error {}

/// A figure for people: far beyond what anybody counts in the form 1e300, not as 300 digits.
pub fn shown(value: f64) -> String {
    match value != 0.0 && !(1e-9..MANY).contains(&value.abs()) {
        true => format!("{value:e}"),
        false => value.to_string(),
    }
}

/// A figure, if it lies between two ends.
pub(crate) fn within(
    name: &'static str,
    value: f64,
    (low, high): (f64, f64),
    must: &'static str,
) -> Result<f64, Error> {
    if value >= low && value <= high {
        return Ok(value);
    }
    Err(Error::Figure {
        row: None,
        name,
        value,
        must,
    })
}
