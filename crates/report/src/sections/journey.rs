//! The journey: the places where it hurts, the worst first, and what customers touch in each stage.

use super::{Finding, MAX_STAGES, findings, paragraph, rest, spoken};
use crate::content::{Journey, JourneyStage, Pain, Report, Touchpoint};
use crate::figures::{count, plain, share};
use crate::html::{Page, shortened};

/// Most touchpoints of a stage, most pain points, and most of them at one place of the map.
const MAX_TOUCHPOINTS: usize = 8;
const MAX_PAINS: usize = 12;
const MAX_MARKS: usize = 3;

pub(crate) fn journey(page: &mut Page, report: &Report) {
    let Some(journey) = &report.journey else {
        return;
    };
    paragraph(page, "lede", &format!("Period: {}.", journey.period));
    pains(page, journey, report);
    page.element("h3", &[], "What customers touch in each stage");
    page.markup("<ol class=\"map\">\n");
    for stage in journey.stages.iter().take(MAX_STAGES) {
        one_stage(page, journey, stage, report);
    }
    page.markup("</ol>\n");
    let cut = journey.stages.get(MAX_STAGES..).unwrap_or_default();
    let customers = cut.iter().map(|stage| stage.customers).sum();
    if let Some(rest) = rest("stages", cut.len(), customers) {
        paragraph(page, "rest", &rest);
    }
}

fn pains(page: &mut Page, journey: &Journey, report: &Report) {
    page.element("h3", &[], "Where it hurts");
    if journey.pains.is_empty() {
        paragraph(
            page,
            "note",
            "Nowhere beyond chance, as far as these events can tell.",
        );
        return;
    }
    let currency = &report.about.currency;
    let one = |own: &Pain| Finding {
        what: own.what.clone(),
        words: format!(
            "{} customers in stage {}. {} are hit, elsewhere {}.",
            count(own.customers),
            shortened(&own.stage, 80),
            plain(&own.severity, currency),
            plain(&own.usual, currency),
        ),
        small: own.evidence.clone(),
        worth: own.value,
        worth_name: "at stake",
    };
    findings(page, journey.pains.iter().take(MAX_PAINS).map(one), report);
    let cut = journey.pains.len().saturating_sub(MAX_PAINS);
    if cut > 0 {
        let rest = format!("Not shown here: {} more pain points.", count(cut as u64));
        paragraph(page, "rest", &rest);
    }
}

fn one_stage(page: &mut Page, journey: &Journey, stage: &JourneyStage, report: &Report) {
    page.markup("<li>");
    page.element("h4", &[], &shortened(&spoken(&stage.stage), 60));
    let customers = format!("{} customers", count(stage.customers));
    page.element("small", &[], &customers);
    marks(page, journey, stage, "");
    page.markup("<ul>\n");
    let hurts = |touchpoint: &&Touchpoint| {
        let own = journey.pains.iter().take(MAX_PAINS);
        own.clone()
            .any(|pain| pain.stage == stage.stage && pain.touchpoint == touchpoint.name)
    };
    // Where it hurts is shown however few customers come there.
    let hurting = stage.touchpoints.iter().filter(hurts).count();
    let mut others = MAX_TOUCHPOINTS.saturating_sub(hurting);
    let shown = stage.touchpoints.iter().filter(|touchpoint| {
        let is_shown = hurts(touchpoint) || others > 0;
        others -= usize::from(is_shown && !hurts(touchpoint));
        is_shown
    });
    let shown: Vec<&Touchpoint> = shown.take(MAX_TOUCHPOINTS).collect();
    for touchpoint in &shown {
        page.markup("<li>");
        page.text(&shortened(&spoken(&touchpoint.name), 60));
        let part = touchpoint.customers as f64 / stage.customers.max(1) as f64;
        let mut words = format!(
            "{} of customers, {} touches",
            share(part),
            count(touchpoint.touches)
        );
        if let Some(feeling) = &touchpoint.feeling {
            let feeling = plain(feeling, &report.about.currency);
            words = format!("{words}, rated {feeling}");
        }
        page.element("small", &[], &words);
        marks(page, journey, stage, &touchpoint.name);
        page.close("li");
    }
    page.markup("</ul>\n");
    let cut = stage.touchpoints.len() - shown.len();
    if cut > 0 {
        let words = format!("and {} more touchpoints", count(cut as u64));
        page.element("small", &[], &words);
    }
    page.close("li");
}

/// What hurts at a place of the map.
fn marks(page: &mut Page, journey: &Journey, stage: &JourneyStage, touchpoint: &str) {
    let own = journey.pains.iter().take(MAX_PAINS);
    let own = own.filter(|pain| pain.stage == stage.stage && pain.touchpoint == touchpoint);
    for pain in own.take(MAX_MARKS) {
        let words = format!("Hurts: {}", shortened(&pain.what, 80));
        page.element("strong", &[("class", "hurts".into())], &words);
    }
}
