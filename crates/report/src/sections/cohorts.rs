//! Who came back: a table of cohorts, shaded by the share that is also written in every cell.

use super::{behind, paragraph};
use crate::content::{Cohort, Report};
use crate::dates::date_in_words;
use crate::figures::{count, short_share};
use crate::html::{Cell, Figure, Page, Table, table};

/// Most cohorts shown, the latest ones, and most periods of each.
const MAX_COHORTS: usize = 24;
const MAX_PERIODS: usize = 12;

pub(crate) fn cohorts(page: &mut Page, report: &Report) {
    let Some(cohorts) = &report.cohorts else {
        return;
    };
    let cut = cohorts.cohorts.len().saturating_sub(MAX_COHORTS);
    let shown_cohorts = &cohorts.cohorts[cut..];
    let wide = shown_cohorts.iter().map(|cohort| cohort.returned.len());
    let wide = wide.max().unwrap_or(0).min(MAX_PERIODS);
    let lede = format!(
        "A row is everybody who {} in a {}. The cells say which share of them {} so many {}s later. \
         An empty cell is not over yet.",
        cohorts.start, cohorts.period, cohorts.back, cohorts.period
    );
    paragraph(page, "lede", &lede);
    let later: Vec<String> = (1..=wide).map(|place| format!("+{place}")).collect();
    let began = format!("First {}", cohorts.period);
    let mut columns = vec![(began.as_str(), false), ("Customers", true)];
    columns.extend(later.iter().map(|name| (name.as_str(), false)));
    let caption = format!(
        "Share that {}, by {}s after the first",
        cohorts.back, cohorts.period
    );
    let mut shown = Table::new(caption.clone(), &columns);
    let mut numbers = Table::new(format!("{caption}: customers"), &columns);
    let part = |back: u64, size: u64| back as f64 / size.max(1) as f64;
    let rates = shown_cohorts.iter().flat_map(|cohort| {
        let returned = cohort.returned.iter().take(MAX_PERIODS).flatten();
        returned.map(|back| part(*back, cohort.size))
    });
    let most = rates.fold(0.01, f64::max);
    shown.row(together(&cohorts.cohorts, wide, most));
    for cohort in shown_cohorts {
        let mut row = vec![
            Cell::Name(date_in_words(&cohort.name), None),
            Cell::Number(count(cohort.size)),
        ];
        let mut plain = row.clone();
        for place in 0..wide {
            match cohort.returned.get(place).copied().flatten() {
                Some(back) if cohort.size > 0 => {
                    let rate = part(back, cohort.size);
                    row.push(shaded(rate, most));
                    plain.push(Cell::Number(count(back)));
                }
                _ => {
                    row.push(Cell::Empty);
                    plain.push(Cell::Empty);
                }
            }
        }
        shown.row(row);
        numbers.row(plain);
    }
    if cut > 0 {
        let earlier = cohorts.cohorts[..cut].iter().map(|cohort| cohort.size);
        shown.rest = super::rest("earlier cohorts", cut, earlier.sum());
    }
    table(page, &shown);
    paragraph(
        page,
        "note",
        "Darker or stronger shading is a higher share. Small cohorts swing by chance: look at the customers beside them.",
    );
    behind(page, "Show how many customers came back", &numbers);
}

fn shaded(rate: f64, most: f64) -> Cell {
    let figure = Figure {
        text: short_share(rate),
        exact: Some(format!("{rate}")),
        ..Figure::default()
    };
    Cell::Shaded(figure, rate / most)
}

/// The row of all cohorts: of each period after, those cohorts of which it is known.
fn together(cohorts: &[Cohort], wide: usize, most: f64) -> Vec<Cell> {
    let sizes = cohorts.iter().map(|cohort| cohort.size);
    let mut row = vec![
        Cell::Name("All together".to_owned(), None),
        Cell::Number(count(sizes.sum())),
    ];
    row.extend((0..wide).map(|place| {
        let known = |cohort: &Cohort| Some((cohort.returned.get(place).copied()??, cohort.size));
        let known = cohorts.iter().filter_map(known);
        let (back, size) = known.fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        match size {
            0 => Cell::Empty,
            size => shaded(back as f64 / size as f64, most),
        }
    }));
    row
}
