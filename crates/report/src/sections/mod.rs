//! A file for each part of the page, and what they share.

mod about;
mod ahead;
mod business;
mod cohorts;
mod flow;
mod glance;
mod headlines;
mod journey;
mod kpis;
mod opportunities;
mod regions;
mod stages;
mod value;

pub(crate) use about::{about, foot, freshness};
pub(crate) use ahead::ahead;
pub(crate) use business::business;
pub(crate) use cohorts::cohorts;
pub(crate) use flow::flow;
pub(crate) use glance::glance;
pub(crate) use headlines::headlines;
pub(crate) use journey::journey;
pub(crate) use kpis::kpis;
pub(crate) use opportunities::opportunities;
pub(crate) use regions::regions;
pub(crate) use stages::stages;
pub(crate) use value::value;

use crate::content::{Currency, Measure, Report};
use crate::figures;
use crate::html::{Cell, Figure, Page, Table, figure, shortened, table};

/// Most stages that a chart or a table names; the others are put together or counted.
pub(crate) const MAX_STAGES: usize = 16;
/// Most characters of what was found.
const MAX_FINDING_CHARS: usize = 200;
/// What customers outside of the lifecycle are called.
pub(crate) const OUTSIDE: &str = "outside";

/// A name as it is spoken: `added_to_cart` is «added to cart».
pub(crate) fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

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

/// A number with its interval beneath it.
pub(crate) fn measure(measure: &Measure, currency: &Currency) -> Figure {
    Figure {
        text: figures::plain(measure, currency),
        exact: figures::exactly(measure),
        notes: figures::interval(measure, currency).into_iter().collect(),
        trend: None,
    }
}

/// The same in a cell.
pub(crate) fn measured(own: &Measure, currency: &Currency) -> Cell {
    Cell::Figure(measure(own, currency))
}

/// Something found, with what it is worth.
pub(crate) struct Finding {
    /// What, in plain words.
    pub what: String,
    /// Where, whom it concerns and how much.
    pub words: String,
    /// What is to be known besides.
    pub small: String,
    /// What it is worth.
    pub worth: Measure,
    /// What that number is.
    pub worth_name: &'static str,
}

/// A list of findings, the most important first.
pub(crate) fn findings(page: &mut Page, own: impl Iterator<Item = Finding>, report: &Report) {
    page.markup("<ol class=\"findings\">\n");
    for one in own {
        page.markup("<li><div>");
        page.element("h4", &[], &shortened(&one.what, MAX_FINDING_CHARS));
        page.element("p", &[], &one.words);
        page.element("small", &[], &one.small);
        page.close("div");
        if one.worth.value.is_some() {
            let worth = measure(&one.worth, &report.about.currency);
            page.open("p", &[("class", "worth".into())]);
            figure(page, &worth);
            let name = one.worth_name;
            let words = match worth.notes.first() {
                Some(range) => format!("{name}, {range}"),
                None => name.to_owned(),
            };
            page.markup(" ").element("small", &[], &words).close("p");
        }
        page.close("li");
    }
    page.markup("</ol>\n");
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
