//! The figures of each stage, with a small chart of how many were in it.

use super::{MAX_STAGES, measured, paragraph, rest};
use crate::charts::Spark;
use crate::content::Report;
use crate::html::{Cell, Page, Table, shortened, table};

/// Most figures of a stage.
const MAX_FIGURES: usize = 16;

pub(crate) fn kpis(page: &mut Page, report: &Report) {
    let Some(kpis) = &report.kpis else {
        return;
    };
    paragraph(page, "lede", &format!("Period: {}.", kpis.period));
    let mut columns = vec![("Stage", false), (kpis.trend.as_str(), false)];
    let names = kpis.names.iter().take(MAX_FIGURES);
    columns.extend(names.map(|name| (name.as_str(), true)));
    let mut shown = Table::new(format!("Figures of each stage, {}", kpis.period), &columns);
    for (place, stage) in kpis.stages.iter().take(MAX_STAGES).enumerate() {
        let mut row = vec![
            Cell::Name(stage.stage.clone(), Some(place)),
            Cell::Spark(Spark {
                name: format!("{}, {}", kpis.trend, shortened(&stage.stage, 80)),
                values: stage.trend.clone(),
            }),
        ];
        let own = stage.measures.iter().take(MAX_FIGURES);
        row.extend(own.map(|measure| measured(measure, &report.about.currency)));
        shown.row(row);
    }
    let cut = kpis.stages.get(MAX_STAGES..).unwrap_or_default();
    let standing = cut.iter().filter_map(|stage| stage.trend.last());
    shown.rest = rest("stages", cut.len(), standing.sum::<f64>() as u64);
    table(page, &shown);
    if !kpis.meanings.is_empty() {
        page.open("details", &[]);
        page.element("summary", &[], "What these figures mean");
        page.markup("<dl>\n");
        for (name, meaning) in kpis.names.iter().zip(&kpis.meanings).take(MAX_FIGURES) {
            page.element("dt", &[], name).element("dd", &[], meaning);
        }
        page.markup("</dl>\n").close("details");
    }
}
