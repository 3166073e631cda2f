//! One pass over the customers: what they bought, by stage and by region.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use perennial_batch::results::Results;
use perennial_rules::project::currency;

use super::ledger::{column, missing};
use super::span::Span;
use crate::answer::Cell;
use crate::failure::Failure;
use crate::results;

/// Columns that say the region, the best first.
const REGION_COLUMNS: [&str; 2] = ["country", "region"];
/// Where the region of a customer is not known.
const UNKNOWN: &str = "(not known)";

/// Figures of some customers.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    /// How many.
    pub customers: u64,
    /// With an order.
    pub buyers: u64,
    /// With more than one.
    pub repeaters: u64,
    /// What they have brought, refunds taken off, in minor units of the currency.
    pub minor: i64,
    /// With a touch in the period.
    pub active: u64,
    /// How many are in each stage.
    pub in_stage: Vec<u64>,
}

/// All customers, and parts of them.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Everybody.
    pub all: Crowd,
    /// By stage.
    pub stages: Vec<Crowd>,
    /// By region; empty where the table has no such column.
    pub regions: BTreeMap<String, Crowd>,
    /// The column that says the region.
    pub level: String,
    /// Minor units in one of money.
    pub minor_units: f64,
}

impl People {
    /// Reads the table of customers.
    ///
    /// # Errors
    /// The table or the column named is not there.
    pub fn read(
        results: &Results,
        lifecycle: &str,
        stages: &[String],
        by: Option<&str>,
        span: &Span,
    ) -> Result<Self, Failure> {
        let region = region_column(&results.columns("customers"), by)?;
        let stage_column = format!("{lifecycle}_stage");
        let mut columns = vec!["orders", "value_minor", "last_at", &stage_column];
        columns.extend(region.as_deref());
        let decimals = currency(&results.manifest.currency).map_or(2, |own| own.decimals);
        let crowd = Crowd {
            in_stage: vec![0; stages.len()],
            ..Crowd::default()
        };
        let mut people = Self {
            all: crowd.clone(),
            stages: vec![crowd.clone(); stages.len()],
            level: region.clone().unwrap_or_default(),
            minor_units: 10_f64.powi(decimals as i32),
            ..Self::default()
        };
        results.read("customers", &columns, &mut |batch| {
            let stage = results::word_numbers(column(batch, &stage_column)?, stages);
            let orders = column(batch, "orders")?.as_primitive_opt::<Int64Type>();
            let orders = orders.ok_or_else(|| missing("orders"))?;
            let minor = column(batch, "value_minor")?.as_primitive_opt::<Int64Type>();
            let minor = minor.ok_or_else(|| missing("value_minor"))?;
            let last_at = column(batch, "last_at")?;
            let regions = region
                .as_deref()
                .map(|own| column(batch, own))
                .transpose()?;
            for row in 0..batch.num_rows() {
                let one = One {
                    orders: if orders.is_valid(row) {
                        orders.value(row)
                    } else {
                        0
                    },
                    minor: if minor.is_valid(row) {
                        minor.value(row)
                    } else {
                        0
                    },
                    is_active: results::instant(last_at, row) >= Some(span.from),
                    stage: stage[row].map(|stage| stage as usize),
                };
                people.all.add(&one);
                if let Some(stage) = one.stage {
                    people.stages[stage].add(&one);
                }
                if let Some(regions) = regions {
                    let name = match results::text(regions, row) {
                        Cell::Text(name) if !name.trim().is_empty() => name,
                        _ => UNKNOWN.to_owned(),
                    };
                    let own = people.regions.entry(name);
                    own.or_insert_with(|| crowd.clone()).add(&one);
                }
            }
            Ok(())
        })?;
        Ok(people)
    }
}

/// One customer.
struct One {
    orders: i64,
    minor: i64,
    is_active: bool,
    stage: Option<usize>,
}

impl Crowd {
    fn add(&mut self, one: &One) {
        self.customers += 1;
        self.buyers += u64::from(one.orders > 0);
        self.repeaters += u64::from(one.orders > 1);
        self.minor = self.minor.saturating_add(one.minor);
        self.active += u64::from(one.is_active);
        if let Some(stage) = one.stage {
            self.in_stage[stage] += 1;
        }
    }
}

/// The column of the region: the one named, or the best there is.
fn region_column(known: &[String], by: Option<&str>) -> Result<Option<String>, Failure> {
    let find = |name: &str| {
        let own = [name.to_owned(), format!("trait_{name}")];
        own.into_iter().find(|own| known.contains(own))
    };
    match by {
        None => Ok(REGION_COLUMNS.into_iter().find_map(find)),
        Some(name) => find(name).map(Some).ok_or_else(|| {
            Failure::usage(format!(
                "--by {name}: the table of customers has no such column; it has {}",
                known.join(", ")
            ))
        }),
    }
}
