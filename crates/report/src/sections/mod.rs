//! A file for each part of the page, and what they share.

mod about;
mod business;
mod cohorts;
mod flow;
mod headlines;
mod journey;
mod kpis;
mod opportunities;
mod regions;
mod stages;

pub(crate) use about::{about, foot};
pub(crate) use business::business;
pub(crate) use cohorts::cohorts;
pub(crate) use flow::flow;
pub(crate) use headlines::headlines;
pub(crate) use journey::journey;
pub(crate) use kpis::kpis;
pub(crate) use opportunities::opportunities;
pub(crate) use regions::regions;
pub(crate) use stages::stages;

use crate::content::Measure;
use crate::figures;
use crate::html::{Cell, Page, Table, table};

/// Most stages that a chart or a table names; the others are put together or counted.
pub(crate) const MAX_STAGES: usize = 16;
/// What customers outside of the lifecycle are called.
pub(crate) const OUTSIDE: &str = "outside";

/// A paragraph.
pub(crate) fn paragraph(page: &mut Page, class: &'static str, text: &str) {
    page.element("p", &[("class", class.into())], text);
}

/// The table behind a chart, folded away.
pub(crate) fn behind(page: &mut Page, what: &str, shown: &Table) {
    page.open("details", &[]).element("summary", &[], what);
    table(page, shown);
    page.close("details");
}

/// A cell of a number with its interval.
pub(crate) fn measured(measure: &Measure, currency: &str) -> Cell {
    let number = figures::plain(measure, currency);
    match figures::interval(measure, currency) {
        Some(interval) => Cell::Noted(number, interval),
        None => Cell::Number(number),
    }
}

/// The size of what was cut: «and 984 more stages with 12,345 customers».
pub(crate) fn rest(what: &str, count: usize, customers: u64) -> Option<String> {
    (count > 0).then(|| {
        format!(
            "Not shown here: {} more {what} with {} customers together.",
            figures::count(count as u64),
            figures::count(customers)
        )
    })
}
