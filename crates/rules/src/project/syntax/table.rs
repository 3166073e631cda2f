//! The list of all sections; each stands beside the code that reads it, in `read/`.
//!
//! To add a key: a line in its section, a field in the type that it fills, and a line in the reader
//! below the section. The test `every_key_has_an_effect` fails until all three are there.

pub use crate::project::read::forecast::FORECAST;
pub use crate::project::read::identity::IDENTITY;
pub use crate::project::read::lifecycle::{CLAUSE, LIFECYCLE, POLICY, STAGE};
pub use crate::project::read::scoring::{INTENT, SCORING};
pub use crate::project::read::segment::{SEGMENT, SEGMENT_MAP};
pub use crate::project::read::source::{COLUMNS, PROPERTY, SOURCE};
pub use crate::project::read::touchpoint::{MATCH, TOUCHPOINT, TOUCHPOINT_MAP};
pub use crate::project::read::workspace::PROJECT;
pub use crate::project::read::yardstick::{BENCHMARK, KPIS, TARGET};

use super::Section;

/// Every section, outermost first.
pub static SECTIONS: [&Section; 18] = [
    &PROJECT,
    &SOURCE,
    &COLUMNS,
    &PROPERTY,
    &IDENTITY,
    &TOUCHPOINT,
    &MATCH,
    &LIFECYCLE,
    &POLICY,
    &STAGE,
    &CLAUSE,
    &SEGMENT,
    &SCORING,
    &FORECAST,
    &INTENT,
    &KPIS,
    &TARGET,
    &BENCHMARK,
];
