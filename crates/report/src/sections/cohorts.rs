//! Who came back: a table of cohorts, shaded by the share that is also written in every cell.

use super::{behind, paragraph};
use crate::content::Report;
use crate::figures::{count, share};
use crate::html::{Cell, Page, Table, table};

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
    for cohort in shown_cohorts {
        let mut row = vec![
            Cell::Name(cohort.name.clone(), None),
            Cell::Number(count(cohort.size)),
        ];
        let mut plain = row.clone();
        for place in 0..wide {
            match cohort.returned.get(place).copied().flatten() {
                Some(back) if cohort.size > 0 => {
                    let rate = part(back, cohort.size);
                    row.push(Cell::Shaded(share(rate), rate / most));
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
