//! `forecast summary`: the figures that models are fitted to, a row a customer.

use perennial_forecast::{Purchases, Unit};
use serde_json::json;

use super::base::{Asked, read, unit_name, unit_of};
use super::score_table::{Figures, Table};
use crate::args::ForecastSummary;
use crate::failure::Failure;

/// # Errors
/// Wrong usage, and orders that cannot be read.
pub fn summary(args: &ForecastSummary) -> Result<(), Failure> {
    let asked = Asked {
        unit: args.from.unit.map_or(Unit::Week, unit_of),
        keep_orders: false,
        until: None,
    };
    if args.from.summary.is_some() {
        return Err(Failure::usage(
            "--summary is such a table already: name orders with --input FILE, or --out DIR of a run",
        ));
    }
    let base = read(&args.from, asked)?;
    let of =
        |value: fn(&Purchases) -> f64| Figures::Rows(base.purchases.iter().map(value).collect());
    let mut columns = vec![
        ("x", of(|one| f64::from(one.x()))),
        ("t_x", of(Purchases::t_x)),
        ("T", of(Purchases::age)),
    ];
    if !base.spend.is_empty() {
        let means = base.spend.iter().map(perennial_forecast::Spend::mean);
        columns.push(("zbar", Figures::Rows(means.collect())));
    }
    let table = Table {
        title: format!("Figures of orders by {}", unit_name(base.about.unit)),
        head: vec![
            ("unit", json!(unit_name(base.about.unit))),
            (
                "until",
                json!(base.about.until.map(|day| base.about.date(day))),
            ),
        ],
        rows: base.purchases.len(),
        names: base.names,
        columns,
        notes: base.about.warnings,
    };
    table.show(&args.show)
}
