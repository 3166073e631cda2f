//! Why no stages ahead are told, with the way out.

use std::fmt;

/// Why there is no forecast of stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StagesError {
    /// A figure that cannot be: which, in words.
    Figure(&'static str),
    /// Fewer customers than a forecast is made from.
    FewCustomers {
        /// So many there are.
        customers: usize,
        /// So many there must be.
        needed: usize,
    },
    /// Fewer moves between stages than a forecast is made from.
    FewMoves {
        /// So many there are.
        moves: usize,
        /// So many there must be.
        needed: usize,
    },
    /// Less history than a forecast is made from.
    ShortHistory {
        /// So many days there are.
        days: i32,
        /// So many there must be.
        needed: i32,
    },
    /// Farther ahead than history reaches back.
    FarAhead {
        /// So many days were asked for.
        days: i32,
        /// So many can be told at most.
        most: i32,
    },
}

impl fmt::Display for StagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure(what) => write!(f, "{what}"),
            Self::FewCustomers { customers, needed } => write!(
                f,
                "{customers} customers have been in the lifecycle, but a forecast of stages needs {needed}; wait for more"
            ),
            Self::FewMoves { moves, needed } => write!(
                f,
                "{moves} moves between stages are known, but a forecast of stages needs {needed}; wait for more, or take a longer history"
            ),
            Self::ShortHistory { days, needed } => write!(
                f,
                "{days} days of history, but a forecast of stages needs {needed}; take a longer history"
            ),
            Self::FarAhead { days, most } => write!(
                f,
                "{days} days ahead were asked for, but this history tells at most {most}; ask for a shorter horizon"
            ),
        }
    }
}

impl std::error::Error for StagesError {}
