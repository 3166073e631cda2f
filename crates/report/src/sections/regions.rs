//! Regions side by side: figures, an index against all, and small samples marked as such.

use super::{measured, paragraph, rest};
use crate::content::Report;
use crate::figures::count;
use crate::html::{Cell, Page, Table, table};

/// Most regions shown.
const MAX_REGIONS: usize = 40;

pub(crate) fn regions(page: &mut Page, report: &Report) {
    let Some(regions) = &report.regions else {
        return;
    };
    paragraph(page, "lede", &regions.meaning);
    let currency = &report.about.currency;
    let mut columns = vec![(regions.level.as_str(), false), ("Customers", true)];
    columns.extend(regions.names.iter().map(|name| (name.as_str(), true)));
    columns.push(("Sample", false));
    let caption = format!(
        "Figures by {}, the largest first",
        regions.level.to_lowercase()
    );
    let mut shown = Table::new(caption, &columns);
    if !regions.whole.is_empty() {
        let customers = regions.regions.iter().map(|region| region.customers).sum();
        let mut row = vec![
            Cell::Name("All together".to_owned(), None),
            Cell::Number(count(customers)),
        ];
        row.extend(regions.whole.iter().map(|one| measured(one, currency)));
        row.push(Cell::Empty);
        shown.row(row);
    }
    for region in regions.regions.iter().take(MAX_REGIONS) {
        let is_small = region.customers < regions.small;
        let mut row = vec![
            Cell::Name(region.name.clone(), None),
            Cell::Number(count(region.customers)),
        ];
        for (place, measure) in region.measures.iter().enumerate() {
            row.push(
                match (measured(measure, currency), region.differs.get(place)) {
                    (Cell::Number(number), Some(true)) => Cell::Number(format!("{number} *")),
                    (Cell::Noted(number, note), Some(true)) => {
                        Cell::Noted(format!("{number} *"), note)
                    }
                    (cell, _) => cell,
                },
            );
        }
        let words = if is_small {
            "small: little is certain"
        } else {
            "enough"
        };
        row.push(Cell::Words(words.to_owned()));
        shown.rows.push((row, is_small));
    }
    let cut = regions.regions.get(MAX_REGIONS..).unwrap_or_default();
    let customers = cut.iter().map(|region| region.customers).sum();
    shown.rest = rest("regions", cut.len(), customers);
    table(page, &shown);
    let differs = regions.regions.iter().flat_map(|region| &region.differs);
    let is_starred = differs.into_iter().any(|differs| *differs);
    let note = format!(
        "Regions with fewer than {} customers are hatched and said to be small.{}",
        regions.small,
        match is_starred {
            true => " A star marks what differs from the others by more than chance explains.",
            false => "",
        }
    );
    paragraph(page, "note", &note);
}
