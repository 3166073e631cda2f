//! What there is to say of regions side by side.

use serde::Serialize;

use super::Measure;

/// Regions side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Regions {
    /// What numbers mean here, in a sentence.
    pub meaning: String,
    /// The names of figures, in the order of each region's.
    pub names: Vec<String>,
    /// All customers together.
    pub whole: Region,
    /// Parts of the world, the widest first, such as continents and countries.
    pub levels: Vec<RegionLevel>,
    /// Where regions differ from all others beyond chance, the surest first.
    pub differences: Vec<Difference>,
}

/// Regions of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RegionLevel {
    /// What they are, such as «Country».
    pub name: String,
    /// The regions, the largest first.
    pub regions: Vec<Region>,
}

/// One region.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Its customers in the lifecycle.
    pub customers: u64,
    /// Whether these are so few that little is certain.
    pub small: bool,
    /// Its figures.
    pub figures: Vec<RegionFigure>,
}

/// A figure of a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RegionFigure {
    /// The figure.
    pub measure: Measure,
    /// The same where all customers together are 100; `None` where that says nothing.
    pub index: Option<f64>,
    /// Whether it differs from the others beyond chance.
    pub differs: bool,
}

/// Where a region differs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// The region.
    pub region: String,
    /// The stage.
    pub stage: String,
    /// The figure.
    pub figure: String,
    /// There.
    pub here: Measure,
    /// Of all customers together.
    pub whole: Measure,
    /// The first where the second is 100.
    pub index: Option<f64>,
    /// How many customers, stays, answers or orders it comes from.
    pub sample: u64,
}
