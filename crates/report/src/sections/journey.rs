//! The journey: what customers touch in each stage, and the places where it hurts, the worst first.

use super::{MAX_STAGES, measured, paragraph, rest};
use crate::content::Report;
use crate::figures::{count, plain, share};
use crate::html::{Cell, Page, Table, shortened, table};

/// Most touchpoints of a stage, and most pain points.
const MAX_TOUCHPOINTS: usize = 8;
const MAX_PAINS: usize = 20;

pub(crate) fn journey(page: &mut Page, report: &Report) {
    let Some(journey) = &report.journey else {
        return;
    };
    let currency = &report.about.currency;
    paragraph(page, "lede", &format!("Period: {}.", journey.period));
    page.element("h3", &[], "What customers touch in each stage");
    page.markup("<ol class=\"map\">\n");
    for stage in journey.stages.iter().take(MAX_STAGES) {
        page.markup("<li>");
        page.element("h4", &[], &shortened(&stage.stage, 60));
        page.element(
            "small",
            &[],
            &format!("{} customers", count(stage.customers)),
        );
        page.markup("<ul>\n");
        for touchpoint in stage.touchpoints.iter().take(MAX_TOUCHPOINTS) {
            page.markup("<li>");
            page.text(&shortened(&touchpoint.name, 60));
            let part = touchpoint.customers as f64 / stage.customers.max(1) as f64;
            let mut words = format!(
                "{} touches; {} of customers",
                count(touchpoint.touches),
                share(part)
            );
            if let Some(feeling) = &touchpoint.feeling {
                words = format!("{words}; rated {}", plain(feeling, currency));
            }
            page.element("small", &[], &words).close("li");
        }
        page.markup("</ul>\n");
        let cut = stage.touchpoints.len().saturating_sub(MAX_TOUCHPOINTS);
        if cut > 0 {
            page.element(
                "small",
                &[],
                &format!("and {} more touchpoints", count(cut as u64)),
            );
        }
        page.close("li");
    }
    page.markup("</ol>\n");
    let cut = journey.stages.get(MAX_STAGES..).unwrap_or_default();
    let customers = cut.iter().map(|stage| stage.customers).sum();
    if let Some(rest) = rest("stages", cut.len(), customers) {
        paragraph(page, "rest", &rest);
    }
    if journey.pains.is_empty() {
        return;
    }
    let columns = [
        ("What hurts", false),
        ("Stage", false),
        ("At", false),
        ("Customers", true),
        ("How bad", true),
        ("Value at risk", true),
        ("Read from", false),
    ];
    let mut shown = Table::new("Pain points, the worst first", &columns);
    for pain in journey.pains.iter().take(MAX_PAINS) {
        shown.row(vec![
            Cell::Name(pain.what.clone(), None),
            Cell::Words(shortened(&pain.stage, 80)),
            Cell::Words(shortened(&pain.touchpoint, 80)),
            Cell::Number(count(pain.customers)),
            measured(&pain.severity, currency),
            measured(&pain.value, currency),
            Cell::Words(pain.evidence.clone()),
        ]);
    }
    let cut = journey.pains.len().saturating_sub(MAX_PAINS);
    if cut > 0 {
        shown.rest = Some(format!(
            "Not shown here: {} more pain points.",
            count(cut as u64)
        ));
    }
    page.element("h3", &[], "Where it hurts");
    table(page, &shown);
}
