//! What there is to say: the sections of a report, each with its figures, units and definitions.

mod about;
mod ahead;
mod business;
mod cohorts;
mod flow;
mod glance;
mod journey;
mod kpis;
mod measure;
mod opportunities;
mod regions;
mod stages;
mod value;

use serde::Serialize;

pub use about::{About, Currency};
pub use ahead::{Ahead, Expected, StageAhead, StageTrial};
pub use business::{Business, BusinessPeriod};
pub use cohorts::{Cohort, Cohorts};
pub use flow::{Flow, Move, Stream};
pub use glance::{Glance, Headline, Place};
pub use journey::{Journey, JourneyStage, Pain, Touchpoint};
pub use kpis::{KpiFigure, Kpis, StageFigure};
pub use measure::{Measure, Series, Unit};
pub use opportunities::{Opportunities, Opportunity};
pub use regions::{Difference, Region, RegionFigure, RegionLevel, Regions};
pub use stages::{StageToday, Stages};
pub use value::{AtRisk, ChurnBand, Value, ValueTenth, ValueTotal, ValueTrial};

/// A report. What is absent or empty has no section in the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What it is about, and how fresh it is.
    pub about: About,
    /// What somebody should know who reads nothing else, the most important first.
    pub glance: Vec<Glance>,
    /// The figures to look at first.
    pub headlines: Vec<Headline>,
    /// Sentences on what changed most, the most important first.
    pub changes: Vec<String>,
    /// Who is in which stage, now and over time.
    pub stages: Option<Stages>,
    /// Who moved from where to where.
    pub flow: Option<Flow>,
    /// The figures of each stage.
    pub kpis: Option<Kpis>,
    /// What customers of each stage touch, and where it hurts.
    pub journey: Option<Journey>,
    /// Who came back.
    pub cohorts: Option<Cohorts>,
    /// Regions side by side.
    pub regions: Option<Regions>,
    /// What is worth trying, and what it may bring.
    pub opportunities: Option<Opportunities>,
    /// Where the business itself stands.
    pub business: Option<Business>,
    /// How full each stage will be.
    pub ahead: Option<Ahead>,
    /// Who is still a customer, and what customers are worth.
    pub value: Option<Value>,
}
