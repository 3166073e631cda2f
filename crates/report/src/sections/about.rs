//! What the report is about: how fresh it is, what was read, and by which rules and definitions.

use crate::content::Report;
use crate::dates::{date_in_words, moment};
use crate::figures::count;
use crate::html::{Page, shortened};

/// Most notes and reasons that are told.
const MAX_NOTES: usize = 20;

/// The line beneath the page's name: how fresh it is, and what it is made of.
pub(crate) fn freshness(page: &mut Page, report: &Report) {
    let about = &report.about;
    let mut words = vec![
        format!("As of {}", moment(&about.as_of)),
        format!("{} customers", count(about.customers)),
    ];
    words.push(match &about.span {
        Some([first, _]) => {
            let first = first.get(..10).map_or(String::new(), date_in_words);
            format!("{} events since {first}", count(about.rows_used))
        }
        None => format!("{} events", count(about.rows_used)),
    });
    words.push(format!("lifecycle {}", shortened(&about.lifecycle, 80)));
    page.element("p", &[("class", "lede".into())], &words.join(" · "));
}

/// What the numbers come from.
pub(crate) fn about(page: &mut Page, report: &Report) {
    let about = &report.about;
    page.element(
        "p",
        &[("class", "lede".into())],
        "Every figure comes from the events counted here. Where a figure is an estimate, the range in which it lies \
         with 95% certainty stands beside it; ranges of forecasts hold 90 of 100 cases. Point at a number to see it exactly.",
    );
    page.markup("<dl class=\"facts\">\n");
    fact(page, "As of", &moment(&about.as_of));
    if let Some([first, last]) = &about.span {
        fact(page, "First event", &moment(first));
        fact(page, "Last event", &moment(last));
    }
    fact(
        page,
        "Rows read",
        &format!(
            "{}, of which {} are used",
            count(about.rows_read),
            count(about.rows_used)
        ),
    );
    if !about.rows_dropped.is_empty() {
        let dropped = about.rows_dropped.iter().take(MAX_NOTES);
        let dropped = dropped.map(|(why, rows)| format!("{} {}", count(*rows), shortened(why, 60)));
        fact(
            page,
            "Rows not used",
            &dropped.collect::<Vec<_>>().join(", "),
        );
    }
    fact(page, "Customers", &count(about.customers));
    fact(page, "Lifecycle", &shortened(&about.lifecycle, 80));
    fact(
        page,
        "Version of the rules",
        &shortened(&about.rule_version, 13),
    );
    fact(page, "Time zone", &about.time_zone);
    fact(page, "Currency", &about.currency.code);
    page.markup("</dl>\n");
    if !about.notes.is_empty() {
        page.markup("<ul class=\"plain\">\n");
        for note in about.notes.iter().take(MAX_NOTES) {
            page.element("li", &[], &format!("Note: {}", shortened(note, 300)));
        }
        page.markup("</ul>\n");
    }
}

fn fact(page: &mut Page, name: &'static str, value: &str) {
    page.markup("<div>").element("dt", &[], name);
    page.element("dd", &[], value).markup("</div>\n");
}

/// The bottom of the page.
pub(crate) fn foot(page: &mut Page, report: &Report) {
    let about = &report.about;
    let made = format!(
        "Made by Perennial {} from history up to {}. The page loads nothing and sends nothing.",
        about.program,
        moment(&about.as_of)
    );
    page.element("p", &[], &made);
    if !about.definitions.is_empty() {
        let definitions = format!("Definitions: {}.", about.definitions.join(", "));
        page.element("p", &[], &definitions);
    }
}
