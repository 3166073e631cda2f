//! Who is still a customer and what customers are worth: totals, bands of chances, whom to look at, the back-test.

use super::{behind, measure, measured, paragraph};
use crate::content::{AtRisk, Currency, Measure, Report, Unit, Value, ValueTrial};
use crate::dates::date_in_words;
use crate::figures::{self, count};
use crate::html::{Cell, Figure, Page, Table, figure, shortened, table};

/// Most customers, trials, totals, bands and notes shown.
const MAX_CUSTOMERS: usize = 10;
const MAX_TRIALS: usize = 6;
const MAX_TOTALS: usize = 6;
const MAX_BANDS: usize = 8;
const MAX_TENTHS: usize = 10;
const MAX_WARNINGS: usize = 8;
const MAX_WARNING_CHARS: usize = 400;

pub(crate) fn value(page: &mut Page, report: &Report) {
    let Some(value) = &report.value else {
        return;
    };
    let currency = &report.about.currency;
    if !value.meaning.is_empty() {
        paragraph(page, "lede", &value.meaning);
    }
    if let Some(refusal) = &value.refusal {
        page.open("p", &[]).markup("<strong>No forecast: </strong>");
        page.text(refusal).close("p");
        return;
    }
    totals(page, value, currency);
    if !value.warnings.is_empty() {
        page.markup("<ul class=\"plain\">\n");
        for warning in value.warnings.iter().take(MAX_WARNINGS) {
            let text = format!("Note: {}", shortened(warning, MAX_WARNING_CHARS));
            page.element("li", &[], &text);
        }
        page.markup("</ul>\n");
    }
    if !value.bands.is_empty() {
        table(page, &bands(value, currency));
    }
    if !value.first.is_empty() {
        first(page, value, currency);
    }
    if !value.tenths.is_empty() {
        table(page, &tenths(value, currency));
    }
    if !value.trials.is_empty() {
        trials(page, value, currency);
    }
}

fn totals(page: &mut Page, value: &Value, currency: &Currency) {
    page.markup("<ul class=\"cards\">\n");
    for one in value.totals.iter().take(MAX_TOTALS) {
        let shown = measure(&one.measure, currency);
        page.markup("<li><span class=\"name\">");
        page.text(&one.name)
            .markup("</span><span class=\"figure\">");
        figure(page, &shown);
        page.markup("</span>");
        for note in &shown.notes {
            page.element("small", &[], &format!("{note} in 90 of 100 cases"));
        }
        page.element("small", &[], &one.note);
        page.close("li");
    }
    page.markup("</ul>\n");
}

/// An estimate, which is not told to the cent whether its range is known or not.
fn estimate(own: &Measure, currency: &Currency) -> Figure {
    let ends = own.interval.or(own.value.map(|value| [value, value]));
    let told = Measure {
        interval: ends,
        ..*own
    };
    Figure {
        text: figures::plain(&told, currency),
        ..measure(own, currency)
    }
}

fn estimated(own: &Measure, currency: &Currency) -> Cell {
    Cell::Figure(estimate(own, currency))
}

fn bands(value: &Value, currency: &Currency) -> Table {
    let columns = [
        ("Customers are", false),
        ("Chance that she is still there", false),
        ("Customers", false),
        ("Expected to bring", true),
        ("At risk", true),
    ];
    let mut shown = Table::new(
        "Customers by the chance that they are still there",
        &columns,
    );
    let all: u64 = value.bands.iter().map(|band| band.customers).sum();
    for (place, band) in value.bands.iter().take(MAX_BANDS).enumerate() {
        let part = band.customers as f64 / all.max(1) as f64;
        let bar = Figure {
            text: format!("{} ({})", count(band.customers), figures::short_share(part)),
            exact: Some(band.customers.to_string()),
            ..Figure::default()
        };
        shown.row(vec![
            Cell::Name(band.name.clone(), Some(place)),
            Cell::Words(band.chances.clone()),
            Cell::Bar(bar, part, place),
            estimated(&band.expected, currency),
            estimated(&band.at_risk, currency),
        ]);
    }
    shown
}

fn first(page: &mut Page, value: &Value, currency: &Currency) {
    let columns = [
        ("Customer", false),
        ("Why", false),
        ("Still there", true),
        ("Expected to bring", true),
        ("At risk", true),
    ];
    let caption = "Whom to look at first: most to lose, and not yet likely gone";
    let mut shown = Table::new(caption, &columns);
    let one = |own: &AtRisk| {
        vec![
            Cell::Name(own.customer.clone(), None),
            Cell::Words(own.reason.clone()),
            measured(&own.alive, currency),
            estimated(&own.expected, currency),
            estimated(&own.at_risk, currency),
        ]
    };
    for own in value.first.iter().take(MAX_CUSTOMERS) {
        shown.row(one(own));
    }
    table(page, &shown);
    paragraph(
        page,
        "note",
        "At risk is what she would bring if she is still there, times the chance that she is gone; of those who are \
         likely gone it is mostly lost.",
    );
}

fn tenths(value: &Value, currency: &Currency) -> Table {
    let columns = [
        ("Customers", false),
        ("How many", true),
        ("Each is expected to bring", true),
        ("Together", true),
        ("Share of all", false),
    ];
    let mut shown = Table::new("What customers are expected to bring, by tenths", &columns);
    for own in value.tenths.iter().take(MAX_TENTHS) {
        let [least, most] = own.each.map(|one| estimate(&one, currency).text);
        let share = Measure::new(own.share, Unit::Share);
        shown.row(vec![
            Cell::Name(own.name.clone(), None),
            Cell::Number(count(own.customers)),
            Cell::Number(match least == most {
                true => most,
                false => format!("{least} to {most}"),
            }),
            estimated(&own.together, currency),
            Cell::Bar(measure(&share, currency), own.share, 0),
        ]);
    }
    shown
}

fn trials(page: &mut Page, value: &Value, currency: &Currency) {
    page.element("h3", &[], "How such forecasts have done before");
    paragraph(
        page,
        "lede",
        "Each forecast was made of what was known on an earlier day only, and is held against what then came. The \
         naive rule says that everybody goes on as before.",
    );
    let shown: Vec<&ValueTrial> = value.trials.iter().take(MAX_TRIALS).collect();
    let numbers = |own: &&ValueTrial| [own.forecast, own.came, own.naive];
    let all = shown.iter().flat_map(numbers).filter_map(|one| one.value);
    let most = all.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let columns = [("Made of", false), ("What", false), ("In all", false)];
    let mut bars = Table::new("Forecast and what came, in all", &columns);
    for own in &shown {
        let range = figures::interval(&own.forecast, currency);
        let forecast = match range {
            Some(range) => format!("forecast, {range} in 90 of 100 cases"),
            None => "forecast".to_owned(),
        };
        let came = format!("what came until {}", date_in_words(&own.to));
        let rows = [
            (forecast, own.forecast),
            (came, own.came),
            ("naive rule".to_owned(), own.naive),
        ];
        for (place, (name, one)) in rows.into_iter().enumerate() {
            let part = one
                .value
                .map_or(0.0, |value| value / most.max(f64::MIN_POSITIVE));
            bars.row(vec![
                Cell::Name(date_in_words(&own.from), None),
                Cell::Words(name),
                Cell::Bar(measure(&one, currency), part, place),
            ]);
        }
    }
    table(page, &bars);
    let is_inside = |own: &&&ValueTrial| match (own.came.value, own.forecast.interval) {
        (Some(came), Some([low, high])) => (low..=high).contains(&came),
        _ => false,
    };
    let inside = shown.iter().filter(is_inside).count();
    let words = format!(
        "What came in all lay in the range of {inside} of {} forecasts. A range holds chance and what the model does \
         not know of itself; a business that changes, by season or by what it does, is beyond it.",
        shown.len()
    );
    paragraph(page, "note", &words);
    behind(
        page,
        "Show how good they were",
        &figures_of(&shown, currency),
    );
}

fn figures_of(shown: &[&ValueTrial], currency: &Currency) -> Table {
    let columns = [
        ("Made of", false),
        ("Customers", true),
        ("Too much (+) or too little (−)", true),
        ("Errors in all (WMAPE)", true),
        ("Ranking (Gini)", true),
        ("Customers in their range", true),
    ];
    let mut quality = Table::new(
        "How good the forecasts were: errors of customers as a share of what came, ranking from 0 (chance) to 1; the naive rule beneath",
        &columns,
    );
    let beside = |[own, naive]: &[Measure; 2]| {
        let mut cell = measure(own, currency);
        let naive = figures::plain(naive, currency);
        cell.notes = vec![format!("naive rule {naive}")];
        Cell::Figure(cell)
    };
    for own in shown {
        quality.row(vec![
            Cell::Name(date_in_words(&own.from), None),
            Cell::Number(count(own.customers)),
            measured(&own.bias, currency),
            beside(&own.error),
            beside(&own.ranking),
            measured(&own.inside, currency),
        ]);
    }
    quality
}
