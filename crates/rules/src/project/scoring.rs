//! Scoring: how customers are cut into tiles against each other, and how interest decays.

use perennial_model::Duration;

/// How RFM tiles and value ranks are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scoring {
    /// When thresholds are taken from the population.
    pub dates: ScoringDates,
    /// How many tiles.
    pub tiles: u8,
    /// How the cuts are made.
    pub cuts: Cuts,
    /// The value rank (0 to 100 per cent) from which a customer is of high value.
    pub high_value_percent: u8,
}

/// When thresholds are taken. At each date the population's thresholds become a dated fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoringDates {
    /// Only at the end of the run, for the customers table.
    End,
    /// At the start of each day of the project's calendar.
    Daily,
    /// At the start of each week.
    Weekly,
    /// At the start of each month.
    Monthly,
}

/// How the population is cut into tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// Tiles of equal size, ties broken by customer id: the first tiles get one more.
    Ntile,
    /// Cuts at the type 7 quantiles plus one, closed below: ties stay together.
    Quantile,
}

/// How interest in topics is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Time after which interest has halved.
    pub half_life: Duration,
    /// What one touch of a touchpoint adds, by touchpoint name, in millionths; those with a topic that
    /// count as interest add 1 where not named.
    pub weights: Vec<(String, perennial_model::Number)>,
}

impl Default for Scoring {
    fn default() -> Self {
        Self {
            dates: ScoringDates::End,
            tiles: 5,
            cuts: Cuts::Ntile,
            high_value_percent: 80,
        }
    }
}

impl Default for Intent {
    fn default() -> Self {
        Self {
            half_life: Duration::from_ms(14 * perennial_model::DAY_MS),
            weights: Vec::new(),
        }
    }
}
