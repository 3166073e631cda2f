//! Cut points between tiles of a population.

/// A cut between two tiles: a customer is above it if `(value, her id)` is at or after it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The value: milliseconds of the last order, count of orders, or millionths of money.
    pub value: i64,
    /// The id that breaks ties; empty where ties stay together.
    pub id: Box<[u8]>,
}

/// The cuts taken from the population at one date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Between recency tiles, ascending, one less than there are tiles.
    pub recency: Vec<Cut>,
    /// Between frequency tiles.
    pub frequency: Vec<Cut>,
    /// Between monetary tiles.
    pub monetary: Vec<Cut>,
    /// The 100 percentiles of value in millionths: cut k is the least value that k+1 percent of buyers have at most.
    pub value_percentiles: Vec<i64>,
    /// How many buyers there were.
    pub buyers: u64,
}
