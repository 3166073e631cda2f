//! Where the business itself stands in its own life cycle, and by which signs.

use super::measured;
use crate::content::Report;
use crate::html::{Cell, Page, Table, table};

/// Most periods shown, the latest ones.
const MAX_PERIODS: usize = 40;

pub(crate) fn business(page: &mut Page, report: &Report) {
    let Some(business) = &report.business else {
        return;
    };
    page.open("p", &[]).markup("<strong>");
    page.text(&business.phase).markup("</strong></p>\n");
    if !business.reasons.is_empty() {
        page.markup("<ul class=\"plain\">\n");
        for reason in &business.reasons {
            page.element("li", &[], reason);
        }
        page.markup("</ul>\n");
    }
    if business.periods.is_empty() {
        return;
    }
    let mut columns = vec![(business.period.as_str(), false), ("Phase", false)];
    columns.extend(business.names.iter().map(|name| (name.as_str(), true)));
    let mut shown = Table::new("The business by period", &columns);
    let cut = business.periods.len().saturating_sub(MAX_PERIODS);
    for period in &business.periods[cut..] {
        let mut row = vec![
            Cell::Name(period.name.clone(), None),
            Cell::Words(period.phase.clone()),
        ];
        let own = period.measures.iter();
        row.extend(own.map(|measure| measured(measure, &report.about.currency)));
        shown.row(row);
    }
    if cut > 0 {
        shown.rest = Some(format!("Not shown here: {cut} earlier periods."));
    }
    table(page, &shown);
}
