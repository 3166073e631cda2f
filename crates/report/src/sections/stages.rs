//! Who is in which stage: a table with bars for today, stacked areas for how it came so.

use super::{MAX_STAGES, behind, measure, paragraph, rest};
use crate::charts::{Area, area};
use crate::content::{Currency, Measure, Report, Stages, Unit};
use crate::dates::date_in_words;
use crate::figures::{count, whole};
use crate::html::{Cell, Page, Table, shortened, table};

pub(crate) fn stages(page: &mut Page, report: &Report) {
    let Some(stages) = &report.stages else {
        return;
    };
    let total: u64 = stages.today.iter().map(|stage| stage.customers).sum();
    let lede = format!(
        "{} customers are in a stage of the lifecycle. Each is in one stage only.",
        count(total)
    );
    paragraph(page, "lede", &lede);
    table(page, &today(stages, total, &report.about.currency));
    trend(page, stages);
}

fn today(stages: &Stages, total: u64, currency: &Currency) -> Table {
    let columns = [
        ("Stage", false),
        ("Customers", true),
        ("Share of all", false),
        ("Change in the period", true),
    ];
    let mut shown = Table::new(
        "Customers in each stage where history ends, and change in the period",
        &columns,
    );
    for (place, stage) in stages.today.iter().take(MAX_STAGES).enumerate() {
        let part = match total {
            0 => 0.0,
            total => stage.customers as f64 / total as f64,
        };
        let by = stage.customers as f64 - stage.before as f64;
        let change = match by {
            0.0 => "0".to_owned(),
            by if by > 0.0 => format!("+{}", whole(by)),
            by => whole(by),
        };
        shown.row(vec![
            Cell::Name(stage.stage.clone(), Some(place)),
            Cell::Number(count(stage.customers)),
            Cell::Bar(
                measure(&Measure::new(part, Unit::Share), currency),
                part,
                place,
            ),
            Cell::Number(change),
        ]);
    }
    let cut = stages.today.get(MAX_STAGES..).unwrap_or_default();
    let customers = cut.iter().map(|stage| stage.customers).sum();
    shown.rest = rest("stages", cut.len(), customers);
    shown
}

fn trend(page: &mut Page, stages: &Stages) {
    if stages.dates.len() < 2 || stages.trend.is_empty() {
        return;
    }
    page.element("h3", &[], "Customers in each stage over time");
    let cut = stages.trend.get(MAX_STAGES..).unwrap_or_default();
    let others: Vec<f64> = (0..stages.dates.len())
        .map(|date| {
            cut.iter()
                .filter_map(|series| series.values.get(date))
                .sum()
        })
        .collect();
    let others_name = format!("{} other stages", cut.len());
    let mut parts: Vec<(&str, &[f64], usize)> = stages
        .trend
        .iter()
        .take(MAX_STAGES)
        .enumerate()
        .map(|(place, series)| (series.name.as_str(), &series.values[..], place))
        .collect();
    if !cut.is_empty() {
        parts.push((&others_name, &others, MAX_STAGES));
    }
    let (first, last) = (0, stages.dates.len() - 1);
    let dates: Vec<String> = stages
        .dates
        .iter()
        .map(|date| date_in_words(date))
        .collect();
    let sum = |date: usize| -> f64 {
        let values = parts.iter().filter_map(|part| part.1.get(date));
        values.sum()
    };
    let description = format!(
        "Stacked areas from {} to {}. All stages together went from {} to {} customers. {}",
        dates[first],
        dates[last],
        whole(sum(first)),
        whole(sum(last)),
        parts
            .iter()
            .map(|(name, values, _)| {
                let at = |date: usize| whole(values.get(date).copied().unwrap_or(0.0));
                format!("{}: {} to {}.", shortened(name, 40), at(first), at(last))
            })
            .collect::<Vec<_>>()
            .join(" ")
    );
    let title = "Customers in each stage over time";
    let shown = Area {
        title,
        description: &description,
        dates: &dates,
        // Where nobody ever was there is nothing to draw.
        parts: parts
            .iter()
            .filter(|part| part.1.iter().any(|value| *value > 0.0))
            .copied()
            .collect(),
    };
    area(page, &shown);
    let mut columns = vec![("Date", false)];
    columns.extend(parts.iter().map(|part| (part.0, true)));
    let mut numbers = Table::new("Customers at the end of each date", &columns);
    for (date, name) in dates.iter().enumerate() {
        let mut row = vec![Cell::Name(name.clone(), None)];
        row.extend(
            parts
                .iter()
                .map(|part| Cell::Number(whole(part.1.get(date).copied().unwrap_or(0.0)))),
        );
        numbers.row(row);
    }
    behind(page, "Show the numbers of this chart as a table", &numbers);
}
