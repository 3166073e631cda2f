//! The report: what a run's results say, as one page of HTML that needs nothing but itself.
//!
//! [`Report`] is the content: figures with their units, intervals and definitions, a part for each section,
//! and every part may be absent. [`page`] writes it: charts are SVG made here, beside each is the table behind
//! it, and no script is needed or allowed to run.
//!
//! Pure: values in, text out. What is absent: reading results, and deciding what is worth saying.
//!
//! Way of reading: `content` (what there is to say), `html` (the only place where text becomes markup),
//! `charts` (shapes), `sections` (a file for each part of the page), `page` (all of it in order).

mod card;
mod charts;
mod content;
mod dates;
mod figures;
mod html;
mod page;
mod sections;
mod style;

pub use card::{CardPart, ModelCard, card_page};
pub use content::{
    About, Ahead, AtRisk, Business, BusinessPeriod, ChurnBand, Cohort, Cohorts, Currency,
    Difference, Expected, Flow, Glance, Headline, Journey, JourneyStage, KpiFigure, Kpis, Measure,
    Move, Opportunities, Opportunity, Pain, Place, Region, RegionFigure, RegionLevel, Regions,
    Report, Series, StageAhead, StageFigure, StageToday, StageTrial, Stages, Stream, Touchpoint,
    Unit, Value, ValueTenth, ValueTotal, ValueTrial,
};
pub use dates::date_in_words;
pub use figures::share as share_in_words;
pub use page::page;
pub use style::POLICY;
