//! The measures: figures over many customers, each a fold whose results merge.
//!
//! Pure: no files, clock, threads or randomness. A measure takes what the engine's fold left for each
//! customer, and two results of the same measure over different customers can be put together.
//! [`rfm`]: how customers rank by recency, frequency and money. [`population`]: how many are in each
//! stage. [`matrix`]: how they move between stages and how long they stay.
//!
//! Questions about what customers did read their touches in columns: [`Trail`] is what they see of a
//! customer, [`Analysis`] the fold that each of them is. [`calendar`] says which periods they count in;
//! [`lifecycle`] and [`stickiness`] ask when customers were active, [`sessions`] what belongs together,
//! [`retention`] who came back, [`funnel`] how far they came; [`paths`] and [`dfg`] what follows what,
//! [`sequence`] who did things in a pattern, [`attribution`] which channels are credited with conversions,
//! [`summary`] what each customer's orders come to.
//!
//! [`journey`]: what customers meet in each stage of a lifecycle, and where it hurts.
//! [`kpis`]: the figures of each stage by period, read from the moves between stages that trails carry too.
//! [`regions`] sets them side by side by country, [`opportunities`]
//! says where more customers could move on and what that is worth. [`business`] tells the phase of the
//! business itself. They rest on [`proportion`], which compares rates, and [`survival`], which knows that stays go on.

mod among;
pub mod attribution;
pub mod business;
pub mod calendar;
pub mod dfg;
mod edges;
pub mod funnel;
mod hash;
mod items;
pub mod journey;
pub mod kpis;
pub mod lifecycle;
pub mod matrix;
pub mod opportunities;
pub mod paths;
pub mod population;
pub mod proportion;
pub mod regions;
pub mod retention;
pub mod rfm;
pub mod sequence;
pub mod sessions;
mod split;
pub mod spread;
mod stats;
pub mod stickiness;
pub mod summary;
pub mod survival;
mod trail;

pub use among::Among;
pub use split::Split;
pub use trail::{
    Analysis, LifecycleWords, Marks, NO_NUMBER, NO_TEXT, OUTSIDE, StageMove, Trail, Words,
};
