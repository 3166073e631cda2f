//! What is worth trying: whom it concerns, what it may bring, and what is taken for granted.

use super::{measured, paragraph};
use crate::content::Report;
use crate::figures::count;
use crate::html::{Cell, Page, Table, table};

/// Most opportunities shown.
const MAX_OPPORTUNITIES: usize = 20;

pub(crate) fn opportunities(page: &mut Page, report: &Report) {
    let Some(all) = &report.opportunities else {
        return;
    };
    let currency = &report.about.currency;
    paragraph(page, "lede", &all.meaning);
    if all.opportunities.is_empty() {
        paragraph(page, "note", "Nothing stands out beyond chance.");
        return;
    }
    let columns = [
        ("What to try", false),
        ("With whom", false),
        ("Customers", true),
        ("Now", true),
        ("Where it goes better", true),
        ("May bring", true),
        ("Taken for granted", false),
    ];
    let mut shown = Table::new("Opportunities, the most promising first", &columns);
    for one in all.opportunities.iter().take(MAX_OPPORTUNITIES) {
        shown.row(vec![
            Cell::Name(one.what.clone(), None),
            Cell::Words(one.of_whom.clone()),
            Cell::Number(count(one.customers)),
            measured(&one.now, currency),
            measured(&one.better, currency),
            measured(&one.gain, currency),
            Cell::Words(one.assumption.clone()),
        ]);
    }
    let cut = all.opportunities.len().saturating_sub(MAX_OPPORTUNITIES);
    if cut > 0 {
        shown.rest = Some(format!(
            "Not shown here: {} more opportunities.",
            count(cut as u64)
        ));
    }
    table(page, &shown);
}
