//! The figures of each stage side by side: the last full period, the one before, and how each came there.

use super::{MAX_STAGES, measured, paragraph};
use crate::charts::Spark;
use crate::content::{KpiFigure, Kpis, Report, StageFigure};
use crate::dates::date_in_words;
use crate::figures::{UNKNOWN, plain};
use crate::html::{Cell, Page, Table, shortened, table};

/// Most figures.
const MAX_FIGURES: usize = 24;

pub(crate) fn kpis(page: &mut Page, report: &Report) {
    let Some(kpis) = &report.kpis else {
        return;
    };
    let period = date_in_words(&kpis.period);
    let lede = format!(
        "{period} is the last period that is over. Beneath each number stands how it went ({}), and the range in which \
         it lies with 95% certainty or else what it was before.",
        kpis.trend
    );
    paragraph(page, "lede", &lede);
    let mut columns = vec![("Figure", false)];
    let stages: Vec<String> = kpis.stages.iter().map(|name| shortened(name, 40)).collect();
    columns.extend(stages.iter().take(MAX_STAGES).map(|name| (&**name, true)));
    let mut shown = Table::new(format!("Figures of each stage, {period}"), &columns);
    for figure in kpis.figures.iter().take(MAX_FIGURES) {
        let mut row = vec![Cell::Name(figure.name.clone(), None)];
        let own = figure.stages.iter().zip(&kpis.stages).take(MAX_STAGES);
        row.extend(own.map(|(own, stage)| cell(own, (kpis, figure, stage), report)));
        shown.row(row);
    }
    let cut = kpis.stages.len().saturating_sub(MAX_STAGES);
    if cut > 0 {
        shown.rest = Some(format!("Not shown here: {cut} more stages."));
    }
    table(page, &shown);
    page.open("details", &[]);
    page.element("summary", &[], "What these figures mean");
    page.markup("<dl>\n");
    for figure in kpis.figures.iter().take(MAX_FIGURES) {
        page.element("dt", &[], &figure.name);
        page.element("dd", &[], &figure.meaning);
    }
    page.markup("</dl>\n").close("details");
}

fn cell(
    own: &StageFigure,
    (kpis, figure, stage): (&Kpis, &KpiFigure, &String),
    report: &Report,
) -> Cell {
    let currency = &report.about.currency;
    let Cell::Figure(mut shown) = measured(&own.measure, currency) else {
        return Cell::Empty;
    };
    if shown.text == UNKNOWN && own.before.value.is_none() {
        return Cell::Number(UNKNOWN.to_owned());
    }
    let name = format!("{}, {}", shortened(stage, 40), shortened(&figure.name, 40));
    shown.trend = Spark::of(&name, &own.trend, own.measure.unit, currency);
    if shown.notes.is_empty() && own.before.value.is_some() {
        let before = plain(&own.before, currency);
        shown.notes = vec![format!("{}: {before}", date_in_words(&kpis.before))];
    }
    Cell::Figure(shown)
}
