//! The figures to look at first, each with what it was before, and what changed most.

use super::measure;
use crate::charts::{Spark, spark};
use crate::content::Report;
use crate::figures::{change, plain};
use crate::html::{Page, figure, shortened};

/// Most sentences on what changed.
const MAX_CHANGES: usize = 10;

pub(crate) fn headlines(page: &mut Page, report: &Report) {
    let currency = &report.about.currency;
    page.markup("<ul class=\"cards\">\n");
    for headline in &report.headlines {
        page.markup("<li>");
        let name = shortened(&headline.name, 80);
        page.element("span", &[("class", "name".into())], &name);
        let shown = measure(&headline.measure, currency);
        page.open("span", &[("class", "figure".into())]);
        figure(page, &shown);
        page.close("span");
        if let Some(interval) = shown.notes.first() {
            page.element("small", &[], &format!("range: {interval}"));
        }
        if headline.before.value.is_some() {
            let was = plain(&headline.before, currency);
            let change = change(&headline.measure, &headline.before);
            let change = change.map_or(String::new(), |change| format!("{change}; "));
            let text = format!("{change}{was} {}", headline.before_name);
            page.element("small", &[], &text);
        }
        if let Some(trend) = Spark::of(&name, &headline.trend, headline.measure.unit, currency) {
            spark(page, &trend);
        }
        page.close("li");
    }
    page.markup("</ul>\n");
    if !report.changes.is_empty() {
        page.element("h3", &[], "What changed");
        page.markup("<ul class=\"plain\">\n");
        for change in report.changes.iter().take(MAX_CHANGES) {
            page.element("li", &[], change);
        }
        page.markup("</ul>\n");
    }
}
