//! Regions side by side: figures, an index against all, small samples marked as such, and what differs.

use super::{measured, paragraph, rest};
use crate::content::{Region, RegionLevel, Regions, Report};
use crate::figures::{count, whole};
use crate::html::{Cell, Page, Table, shortened, table};

/// Most regions of a kind, and most differences shown.
const MAX_REGIONS: usize = 40;
const MAX_DIFFERENCES: usize = 12;

pub(crate) fn regions(page: &mut Page, report: &Report) {
    let Some(regions) = &report.regions else {
        return;
    };
    paragraph(page, "lede", &regions.meaning);
    differences(page, regions, report);
    for level in &regions.levels {
        one_level(page, regions, level, report);
    }
    let all = regions.levels.iter().flat_map(|level| &level.regions);
    let is_small = all.clone().any(|region| region.small);
    let is_starred = all
        .flat_map(|region| &region.figures)
        .any(|figure| figure.differs);
    let mut notes = vec![
        "Beneath a share stands the range in which it lies with 95% certainty, and its index: 100 is that of all customers.",
    ];
    if is_starred {
        notes.push("A star marks what differs from the others by more than chance explains.");
    }
    if is_small {
        notes.push(
            "Rows that are hatched have so few customers that little is certain, and are not compared.",
        );
    }
    paragraph(page, "note", &notes.join(" "));
}

fn differences(page: &mut Page, regions: &Regions, report: &Report) {
    let currency = &report.about.currency;
    page.element("h3", &[], "What differs beyond chance");
    if regions.differences.is_empty() {
        paragraph(
            page,
            "note",
            "Nothing: what differs between regions is no more than chance explains.",
        );
        return;
    }
    let columns = [
        ("Region", false),
        ("Stage", false),
        ("Figure", false),
        ("There", true),
        ("All customers", true),
        ("Index", true),
        ("Read from", true),
    ];
    let mut shown = Table::new(
        "Where regions differ from the others beyond chance, the surest first",
        &columns,
    );
    for own in regions.differences.iter().take(MAX_DIFFERENCES) {
        shown.row(vec![
            Cell::Name(own.region.clone(), None),
            Cell::Words(shortened(&own.stage, 80)),
            Cell::Words(own.figure.clone()),
            measured(&own.here, currency),
            measured(&own.whole, currency),
            Cell::Number(own.index.map_or(String::new(), whole)),
            Cell::Number(count(own.sample)),
        ]);
    }
    let cut = regions.differences.len().saturating_sub(MAX_DIFFERENCES);
    if cut > 0 {
        shown.rest = Some(format!("Not shown here: {cut} more differences."));
    }
    table(page, &shown);
}

fn one_level(page: &mut Page, regions: &Regions, level: &RegionLevel, report: &Report) {
    let mut columns = vec![(&*level.name, false), ("Customers", true)];
    columns.extend(regions.names.iter().map(|name| (name.as_str(), true)));
    let caption = format!("By {}, the largest first", level.name.to_lowercase());
    let mut shown = Table::new(caption, &columns);
    shown.row(row("All together", &regions.whole, report));
    for region in level.regions.iter().take(MAX_REGIONS) {
        let cells = row(&region.name, region, report);
        shown.rows.push((cells, region.small));
    }
    let cut = level.regions.get(MAX_REGIONS..).unwrap_or_default();
    let customers = cut.iter().map(|region| region.customers).sum();
    shown.rest = rest("regions", cut.len(), customers);
    table(page, &shown);
}

fn row(name: &str, region: &Region, report: &Report) -> Vec<Cell> {
    let mut row = vec![
        Cell::Name(name.to_owned(), None),
        Cell::Number(count(region.customers)),
    ];
    for own in &region.figures {
        row.push(match measured(&own.measure, &report.about.currency) {
            Cell::Figure(mut figure) => {
                if own.differs {
                    figure.text.push_str(" *");
                }
                let index = own.index.map(|index| format!("index {}", whole(index)));
                figure.notes.extend(index);
                Cell::Figure(figure)
            }
            other => other,
        });
    }
    row
}
