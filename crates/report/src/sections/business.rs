//! Where the business itself stands in its own life cycle, and by which signs.

use super::{behind, measure, measured};
use crate::content::{Business, BusinessPeriod, Report};
use crate::dates::date_in_words;
use crate::html::{Cell, Page, Table, table};

/// Periods shown at once, the latest ones, and most of those folded away.
const SHOWN_PERIODS: usize = 13;
const MAX_PERIODS: usize = 120;

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
    let cut = business.periods.len().saturating_sub(SHOWN_PERIODS);
    let (earlier, latest) = business.periods.split_at(cut);
    table(
        page,
        &periods("The business by period", business, latest, report),
    );
    if cut > 0 {
        let earlier = &earlier[cut.saturating_sub(MAX_PERIODS)..];
        let shown = periods("The business before", business, earlier, report);
        behind(
            page,
            &format!("Show {} earlier periods", earlier.len()),
            &shown,
        );
    }
}

fn periods(caption: &str, business: &Business, own: &[BusinessPeriod], report: &Report) -> Table {
    let mut columns = vec![(business.period.as_str(), false)];
    let names = business.names.iter().enumerate();
    // The first figure is a bar with its number to the right of it.
    columns.extend(names.map(|(place, name)| (name.as_str(), place > 0)));
    columns.push(("Phase", false));
    let mut shown = Table::new(caption, &columns);
    let first = |period: &BusinessPeriod| period.measures.first().and_then(|own| own.value);
    let all = business.periods.iter().filter_map(first);
    let most = all.filter(|value| value.is_finite()).fold(0.0, f64::max);
    for period in own {
        let mut row = vec![Cell::Name(date_in_words(&period.name), None)];
        for (place, one) in period.measures.iter().enumerate() {
            row.push(match (place, one.value.filter(|_| most > 0.0)) {
                (0, Some(value)) => {
                    Cell::Bar(measure(one, &report.about.currency), value / most, 0)
                }
                _ => measured(one, &report.about.currency),
            });
        }
        row.push(Cell::Words(period.phase.clone()));
        shown.row(row);
    }
    shown
}
