//! How full each stage will be: a fan for each stage, a table of it, and how such forecasts have done before.

use super::{MAX_STAGES, behind, paragraph, rest};
use crate::charts::{Fan, fan};
use crate::content::{Ahead, Expected, Report, StageAhead};
use crate::dates::date_in_words;
use crate::figures::{share, whole};
use crate::html::{Cell, Figure, Page, Table, shortened, table};

/// Most warnings, and most characters of one.
const MAX_WARNINGS: usize = 8;
const MAX_WARNING_CHARS: usize = 400;
/// Dates ahead that the table names.
const NAMED_DATES: usize = 3;

pub(crate) fn ahead(page: &mut Page, report: &Report) {
    let Some(ahead) = &report.ahead else {
        return;
    };
    if !ahead.meaning.is_empty() {
        paragraph(page, "lede", &ahead.meaning);
    }
    if let Some(refusal) = &ahead.refusal {
        page.open("p", &[]).markup("<strong>No forecast: </strong>");
        page.text(refusal).close("p");
        return;
    }
    if !ahead.warnings.is_empty() {
        page.markup("<ul class=\"plain\">\n");
        for warning in ahead.warnings.iter().take(MAX_WARNINGS) {
            let text = format!("Note: {}", shortened(warning, MAX_WARNING_CHARS));
            page.element("li", &[], &text);
        }
        page.markup("</ul>\n");
    }
    let dates: Vec<String> = ahead.dates.iter().map(|date| date_in_words(date)).collect();
    charts(page, ahead, &dates);
    table(page, &expected(ahead, &dates));
    behind(
        page,
        "Show the numbers of these charts as a table",
        &numbers(ahead, &dates),
    );
    trials(page, ahead);
}

fn charts(page: &mut Page, ahead: &Ahead, dates: &[String]) {
    page.element(
        "h3",
        &[],
        "Customers in each stage, as they were and as expected",
    );
    let key = "The line is what was, the dashed line the middle of what is expected; the darker band holds half of all cases, the lighter one 90 of 100. Each chart has a scale of its own, which need not begin at nought.";
    paragraph(page, "note", key);
    page.markup("<ul class=\"fans\">\n");
    for (place, stage) in ahead.stages.iter().take(MAX_STAGES).enumerate() {
        page.markup("<li>");
        page.element("h4", &[], &shortened(&stage.stage, 60));
        let title = format!("Customers in {} ahead", shortened(&stage.stage, 60));
        fan(
            page,
            &Fan {
                title: &title,
                description: &description(stage, dates),
                dates,
                past: &stage.past,
                ahead: &stage.ahead,
                color: place,
            },
        );
        page.close("li");
    }
    page.markup("</ul>\n");
}

/// What a fan shows, in words.
fn description(stage: &StageAhead, dates: &[String]) -> String {
    let date = |place: usize| dates.get(place).map_or("", String::as_str);
    let (Some(first), Some(now), Some(last)) =
        (stage.past.first(), stage.past.last(), stage.ahead.last())
    else {
        return String::new();
    };
    let today = stage.past.len() - 1;
    format!(
        "{} on {}, {} on {}; expected on {}: {}, in 90 of 100 cases {} to {}.",
        whole(*first),
        date(0),
        whole(*now),
        date(today),
        date(today + stage.ahead.len()),
        whole(last.median),
        whole(last.most[0].floor()),
        whole(last.most[1].ceil()),
    )
}

/// A number that is expected, with its range beneath it.
fn figure(own: &Expected) -> Cell {
    let range = own.most;
    Cell::Figure(Figure {
        text: whole(own.median),
        exact: Some(format!("{:.0}", own.median)),
        notes: vec![format!(
            "{} to {}",
            whole(range[0].floor()),
            whole(range[1].ceil())
        )],
        trend: None,
    })
}

/// The table of a few dates.
fn expected(ahead: &Ahead, dates: &[String]) -> Table {
    let known = ahead.stages.first().map_or(0, |stage| stage.past.len());
    let count = dates.len().saturating_sub(known);
    let mut places: Vec<usize> = (1..=NAMED_DATES)
        .map(|part| (count * part / NAMED_DATES).saturating_sub(1))
        .collect();
    places.dedup();
    let date = |place: usize| dates.get(place).cloned().unwrap_or_default();
    let mut names = vec!["Stage".to_owned(), date(known.saturating_sub(1))];
    names.extend(places.iter().map(|place| date(known + place)));
    let columns: Vec<(&str, bool)> = names
        .iter()
        .enumerate()
        .map(|(place, name)| (name.as_str(), place > 0))
        .collect();
    let mut shown = Table::new(
        "Customers expected in each stage, and the range that holds 90 of 100 cases",
        &columns,
    );
    for (color, stage) in ahead.stages.iter().take(MAX_STAGES).enumerate() {
        let now = stage.past.last().copied().unwrap_or(0.0);
        let mut row = vec![
            Cell::Name(stage.stage.clone(), Some(color)),
            Cell::Number(whole(now)),
        ];
        let at = |place: &usize| stage.ahead.get(*place).map_or(Cell::Empty, figure);
        row.extend(places.iter().map(at));
        shown.row(row);
    }
    let cut = ahead.stages.get(MAX_STAGES..).unwrap_or_default();
    let customers = cut
        .iter()
        .filter_map(|stage| stage.past.last())
        .sum::<f64>();
    shown.rest = rest("stages", cut.len(), customers.max(0.0) as u64);
    shown
}

/// All numbers of the charts.
fn numbers(ahead: &Ahead, dates: &[String]) -> Table {
    let mut columns = vec![("Date", false)];
    let stages = || ahead.stages.iter().take(MAX_STAGES);
    columns.extend(stages().map(|stage| (stage.stage.as_str(), true)));
    let caption = "Customers at the end of each date; of dates ahead the middle of what is expected, and 90 of 100 cases";
    let mut shown = Table::new(caption, &columns);
    for (place, date) in dates.iter().enumerate() {
        let mut row = vec![Cell::Name(date.clone(), None)];
        row.extend(stages().map(|stage| match stage.past.get(place) {
            Some(number) => Cell::Number(whole(*number)),
            None => {
                let later = place.saturating_sub(stage.past.len());
                stage.ahead.get(later).map_or(Cell::Empty, figure)
            }
        }));
        shown.row(row);
    }
    shown
}

fn trials(page: &mut Page, ahead: &Ahead) {
    if ahead.trials.is_empty() {
        return;
    }
    page.element("h3", &[], "How such forecasts would have done before");
    paragraph(page, "", &ahead.trial);
    let columns = [
        ("Stage", false),
        ("Off by", true),
        ("Stays as it is: off by", true),
        ("Goes on as lately: off by", true),
        ("Too many (−: too few)", true),
    ];
    let caption =
        "How far forecasts from earlier days were off, as a share of the customers there were";
    let mut shown = Table::new(caption, &columns);
    for (color, own) in ahead.trials.iter().take(MAX_STAGES).enumerate() {
        let bias = match own.bias < 0.0 {
            true => format!("−{}", share(-own.bias)),
            false => share(own.bias),
        };
        let mut row = vec![Cell::Name(own.stage.clone(), Some(color))];
        let errors = [own.error, own.error_as_now, own.error_of_trend];
        row.extend(errors.map(|part| Cell::Number(share(part))));
        row.push(Cell::Number(bias));
        shown.row(row);
    }
    table(page, &shown);
}
