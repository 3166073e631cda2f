//! All that is known of customers at the end of a day: columns of their orders, of the caller and of models.

use super::features::{check_horizon, features};
use crate::error::{Error, within};
use crate::models::{CountModel, GammaGamma, PurchaseModel, Spend};
use crate::orders::{Orders, Unit};
use crate::purchases::{Groups, Horizon, Purchases};
use crate::trees::Table;

/// The columns that say how often a customer ordered in some time past, and the days of that time: trees forecast
/// nobody beyond the leaf of those who bought most, and these do.
pub(super) const RATES: [(&str, f64); 3] =
    [("orders_90", 90.0), ("orders_180", 180.0), ("rate", 1.0)];

/// What one purchase model says of each customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Expert {
    /// The model's name.
    pub name: String,
    /// The chance that she is still a customer.
    pub alive: Vec<f64>,
    /// Purchases within the horizon, a mean.
    pub expected: Vec<f64>,
    /// The chance of a purchase within the horizon.
    pub buys: Vec<f64>,
}

/// What is known of some customers at the end of a day, and of nothing after it.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The columns of [`features`], those of the caller and, of each model, `NAME_alive`, `NAME_expected` and
    /// `NAME_if_alive`; a row for each customer.
    pub table: Table,
    /// What the models say; at least one.
    pub experts: Vec<Expert>,
    /// What each would buy within the horizon if she went on as in some time past, by [`RATES`].
    pub rates: Vec<Vec<f64>>,
    /// What a purchase of each is worth on average, in units of money, if a model of spend was given.
    pub worth: Option<Vec<f64>>,
}

impl Evidence {
    /// Gathers what is known of customers who had an order by the end of `day`, for a horizon of so many days
    /// after it. `models` count in `unit`; one with covariates finds them by name in `more`, whose rows are
    /// the customers in the same order.
    ///
    /// # Errors
    /// [`Error::Figure`], with the row, for a customer without an order by then, for a horizon that is not from
    /// 1 day to 100 years, for other rows in `more`, or a covariate that is missing; [`Error::Missing`]
    /// without a model, or for a covariate that is no column.
    pub fn of(
        orders: &Orders,
        customers: &[u32],
        day: i32,
        horizon_days: i32,
        models: &[(PurchaseModel, Unit)],
        more: Option<&Table>,
    ) -> Result<Self, Error> {
        check_horizon(horizon_days)?;
        let mut table = features(orders, customers, day, horizon_days)?;
        if let Some(more) = more {
            for (name, column) in more.names().iter().zip(more.columns()) {
                table.push(name.as_str(), column.clone())?;
            }
        }
        if models.is_empty() {
            return Err(Error::Missing {
                name: "a purchase model".to_owned(),
            });
        }
        let mut experts = Vec::with_capacity(models.len());
        for (model, unit) in models {
            let horizon = Horizon::new(f64::from(horizon_days) / unit.days())?;
            let known = purchases(orders, customers, day, *unit)?;
            let said = said(model, &known, horizon, more)?;
            let name = if model.covariates().is_empty() {
                model.name().to_owned()
            } else {
                format!("{}_covariates", model.name())
            };
            let columns = [
                ("alive", said.iter().map(|one| one[0]).collect()),
                ("expected", said.iter().map(|one| one[0] * one[1]).collect()),
                ("if_alive", said.iter().map(|one| one[1]).collect()),
            ];
            for (what, column) in columns {
                table.push(format!("{name}_{what}"), column)?;
            }
            experts.push(Expert {
                name,
                alive: said.iter().map(|one| one[0]).collect(),
                expected: said.iter().map(|one| one[0] * one[1]).collect(),
                buys: said.iter().map(|one| one[2]).collect(),
            });
        }
        Ok(Self {
            rates: rates(&table, horizon_days),
            table,
            experts,
            worth: None,
        })
    }

    /// With what a purchase of each customer is worth on average by a model of spend, as one more column,
    /// `worth`: what forecasts of money need. `customers` and `day` are those it was gathered for.
    ///
    /// # Errors
    /// [`Error::Figure`] for another number of customers.
    pub fn with_spend(
        mut self,
        model: &GammaGamma,
        orders: &Orders,
        customers: &[u32],
        day: i32,
    ) -> Result<Self, Error> {
        let own = |customer: &u32| {
            let spend = orders.of(*customer as usize).spend(day);
            let usual = || model.expected(&Spend::unknown());
            model.expected(&spend).or_else(usual)
        };
        let worth: Option<Vec<f64>> = customers.iter().map(own).collect();
        if let Some(worth) = worth {
            self.table.push("worth", worth.clone())?;
            self.worth = Some(worth);
        }
        Ok(self)
    }

    /// Customers.
    pub fn customers(&self) -> usize {
        self.table.rows()
    }

    /// Of these rows only, in this order; positions beyond the last are left out.
    pub fn take(&self, rows: &[u32]) -> Self {
        let all = self.customers();
        let rows: Vec<u32> = rows
            .iter()
            .copied()
            .filter(|row| (*row as usize) < all)
            .collect();
        let of = |list: &[f64]| rows.iter().map(|row| list[*row as usize]).collect();
        let expert = |one: &Expert| Expert {
            name: one.name.clone(),
            alive: of(&one.alive),
            expected: of(&one.expected),
            buys: of(&one.buys),
        };
        Self {
            table: self.table.take(&rows),
            experts: self.experts.iter().map(expert).collect(),
            rates: self.rates.iter().map(|one| of(one)).collect(),
            worth: self.worth.as_deref().map(of),
        }
    }
}

fn rates(table: &Table, horizon_days: i32) -> Vec<Vec<f64>> {
    let of = |(name, days): &(&str, f64)| {
        let at = table.names().iter().position(|own| own == name);
        let column = at.and_then(|at| table.columns().get(at));
        let times = f64::from(horizon_days) / days;
        // A missing value is no rate.
        let rate = |value: &f64| (value * times).max(0.0);
        column.map_or_else(
            || vec![0.0; table.rows()],
            |column| column.iter().map(rate).collect(),
        )
    };
    RATES.iter().map(of).collect()
}

/// What purchase models know of these customers.
fn purchases(
    orders: &Orders,
    customers: &[u32],
    day: i32,
    unit: Unit,
) -> Result<Vec<Purchases>, Error> {
    let one = |(row, customer): (usize, &u32)| {
        let known = orders.of(*customer as usize).purchases(day, unit);
        known.ok_or(Error::Figure {
            row: Some(row),
            name: "the number of orders by the day",
            value: 0.0,
            must: "1 or more; leave out who has none yet",
        })
    };
    customers.iter().enumerate().map(one).collect()
}

/// Of each customer: the chance that she is alive, what she buys if she is, and the chance that she buys.
fn said(
    model: &PurchaseModel,
    known: &[Purchases],
    horizon: Horizon,
    more: Option<&Table>,
) -> Result<Vec<[f64; 3]>, Error> {
    let ask = |model: &PurchaseModel, one: &Purchases| {
        let alive = model.alive(one).clamp(0.0, 1.0);
        let buys = alive * model.at_least_if_alive(one, 1.0, horizon);
        [
            alive,
            model.expected_if_alive(one, horizon),
            buys.clamp(0.0, 1.0),
        ]
    };
    let names = model.covariates();
    if names.is_empty() {
        let (groups, of) = Groups::of(known);
        let all = groups.purchases().iter().map(|one| ask(model, one));
        let all: Vec<[f64; 3]> = all.collect();
        return Ok(of.iter().map(|group| all[*group as usize]).collect());
    }
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let place = more.and_then(|more| more.names().iter().position(|one| one == name));
        let column = place.and_then(|at| more?.columns().get(at));
        columns.push(column.ok_or_else(|| Error::Missing { name: name.clone() })?);
    }
    let mut all = Vec::with_capacity(known.len());
    for (row, one) in known.iter().enumerate() {
        let values: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        for value in &values {
            within("the covariate", *value, (-1e6, 1e6), "known of everybody")
                .map_err(|error| error.in_row(row))?;
        }
        all.push(ask(&model.of_customer(&values)?, one));
    }
    Ok(all)
}
