//! What is worth trying: whom it concerns, what it may bring, and what is taken for granted.

use super::{Finding, findings, measure, paragraph};
use crate::content::{Opportunity, Report};
use crate::figures::count;

/// Most opportunities shown.
const MAX_OPPORTUNITIES: usize = 12;

pub(crate) fn opportunities(page: &mut crate::html::Page, report: &Report) {
    let Some(all) = &report.opportunities else {
        return;
    };
    paragraph(page, "lede", &all.meaning);
    if all.opportunities.is_empty() {
        paragraph(
            page,
            "note",
            "Nothing stands out beyond chance: no difference that was found has held up in later customers.",
        );
        return;
    }
    page.element(
        "h3",
        &[],
        "What others do more often, the most promising first",
    );
    let one = |own: &Opportunity| {
        let [now, better] = [&own.now, &own.better].map(|rate| {
            let shown = measure(rate, &report.about.currency);
            match shown.notes.first() {
                Some(range) => format!("{} (between {range})", shown.text),
                None => shown.text,
            }
        });
        Finding {
            what: own.what.clone(),
            words: format!(
                "With {}: {} customers. Now {now} do, where it goes better {better}.",
                own.of_whom,
                count(own.customers)
            ),
            small: own.assumption.clone(),
            worth: own.gain,
            worth_name: "may bring",
        }
    };
    let shown = all.opportunities.iter().take(MAX_OPPORTUNITIES);
    findings(page, shown.map(one), report);
    let cut = all.opportunities.len().saturating_sub(MAX_OPPORTUNITIES);
    if cut > 0 {
        let rest = format!("Not shown here: {} more opportunities.", count(cut as u64));
        paragraph(page, "rest", &rest);
    }
}
