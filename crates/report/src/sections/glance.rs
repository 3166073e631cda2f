//! What somebody should know who reads nothing else: an answer each, with what it is about in money.

use super::measure;
use crate::content::{Glance, Place, Report};
use crate::html::{Page, figure, shortened};

/// Most answers, and most characters of one.
const MAX_ANSWERS: usize = 6;
const MAX_ANSWER_CHARS: usize = 400;

pub(crate) fn glance(page: &mut Page, report: &Report) {
    page.markup("<ol class=\"glance\">\n");
    for own in report.glance.iter().take(MAX_ANSWERS) {
        one(page, own, report);
    }
    page.markup("</ol>\n");
}

fn one(page: &mut Page, own: &Glance, report: &Report) {
    page.markup("<li>");
    page.element("h3", &[], &shortened(&own.name, 80));
    if own.worth.value.is_some() {
        let worth = measure(&own.worth, &report.about.currency);
        page.open("p", &[("class", "worth".into())]);
        figure(page, &worth);
        let name = shortened(&own.worth_name, 80);
        let words = match worth.notes.first() {
            Some(range) => format!("{name}; {range} with 95% certainty"),
            None => name,
        };
        if !words.is_empty() {
            page.markup(" ").element("small", &[], &words);
        }
        page.close("p");
    }
    page.element("p", &[], &shortened(&own.text, MAX_ANSWER_CHARS));
    let (target, words, is_there) = match own.more {
        Place::Headlines => ("#headlines", "More figures", !report.headlines.is_empty()),
        Place::Business => (
            "#business",
            "Where the business stands",
            report.business.is_some(),
        ),
        Place::Stages => ("#stages", "Who is in which stage", report.stages.is_some()),
        Place::Journey => ("#journey", "All of the journey", report.journey.is_some()),
        Place::Opportunities => (
            "#opportunities",
            "What else is worth trying",
            report.opportunities.is_some(),
        ),
        Place::Value => ("#value", "Value and churn", report.value.is_some()),
        Place::Regions => ("#regions", "Regions side by side", report.regions.is_some()),
    };
    if is_there {
        page.element("a", &[("href", target.into())], words);
    }
    page.close("li");
}
