//! One pass over the customers: who bought, how often, and who was active.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use perennial_batch::results::Results;
use perennial_rules::project::currency;

use super::ledger::{column, missing};
use super::span::Span;
use crate::failure::Failure;
use crate::results;

/// Figures of all customers.
#[derive(Clone, Debug, Default)]
pub struct People {
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
    /// Minor units in one of money.
    pub minor_units: f64,
}

impl People {
    /// Reads the table of customers.
    ///
    /// # Errors
    /// The table is not there.
    pub fn read(results: &Results, span: &Span) -> Result<Self, Failure> {
        let decimals = currency(&results.manifest.currency).map_or(2, |own| own.decimals);
        let mut people = Self {
            minor_units: 10_f64.powi(decimals as i32),
            ..Self::default()
        };
        let columns = ["orders", "value_minor", "last_at"];
        results.read("customers", &columns, &mut |batch| {
            let [orders, minor] = ["orders", "value_minor"].map(|name| {
                let own = column(batch, name)?.as_primitive_opt::<Int64Type>();
                own.ok_or_else(|| missing(name))
            });
            let (orders, minor) = (orders?, minor?);
            let last_at = column(batch, "last_at")?;
            for row in 0..batch.num_rows() {
                let [ordered, brought] = [orders, minor].map(|own| match own.is_valid(row) {
                    true => own.value(row),
                    false => 0,
                });
                people.customers += 1;
                people.buyers += u64::from(ordered > 0);
                people.repeaters += u64::from(ordered > 1);
                people.minor = people.minor.saturating_add(brought);
                let is_active = results::instant(last_at, row) >= Some(span.from);
                people.active += u64::from(is_active);
            }
            Ok(())
        })?;
        Ok(people)
    }
}
