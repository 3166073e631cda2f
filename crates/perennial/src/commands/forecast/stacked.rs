//! The stack at a day of a back-test: learned from a horizon that was over then, asked about the next one.

use perennial_forecast::stack::{Evidence, Forecasts, Outcomes, Stack};
use perennial_forecast::{Groups, Orders, PurchaseModel, Unit};

use super::refused;
use crate::failure::Failure;

/// The seed of what the stack draws: the same data give the same forecasts.
const SEED: u64 = 1;

/// Everybody with an order by the end of a day, and the models fitted to them.
struct Known {
    customers: Vec<u32>,
    models: Vec<PurchaseModel>,
}

impl Known {
    fn of(orders: &Orders, day: i32, unit: Unit) -> Result<Self, Failure> {
        let (mut customers, mut purchases, mut ln_gaps) = (Vec::new(), Vec::new(), 0.0);
        for (number, one) in orders.each().enumerate() {
            if let Some(known) = one.purchases(day, unit) {
                customers.push(number as u32);
                ln_gaps += if known.x() > 0 {
                    one.ln_gaps(day, unit)
                } else {
                    0.0
                };
                purchases.push(known);
            }
        }
        let groups = Groups::of(&purchases)
            .0
            .with_gaps(ln_gaps)
            .map_err(refused)?;
        let fit = |name: &&str| PurchaseModel::fit(name, &groups).ok();
        let models = PurchaseModel::NAMES.iter().filter_map(fit);
        Ok(Self {
            models: models.map(|fit| fit.model).collect(),
            customers,
        })
    }

    fn evidence(
        &self,
        orders: &Orders,
        (day, days): (i32, i32),
        unit: Unit,
        names: &[&str],
    ) -> Result<Evidence, Failure> {
        let is_named = |model: &&PurchaseModel| names.contains(&model.name());
        let models = self.models.iter().filter(is_named);
        let models: Vec<(PurchaseModel, Unit)> =
            models.map(|model| (model.clone(), unit)).collect();
        Evidence::of(orders, &self.customers, day, days, &models, None).map_err(refused)
    }
}

/// What the stack says on a day of everybody with an order by then, in their order.
///
/// # Errors
/// Too little to learn from in the horizon before.
pub fn forecasts(orders: &Orders, day: i32, days: i32, unit: Unit) -> Result<Forecasts, Failure> {
    let before = Known::of(orders, day - days, unit)?;
    let came = Outcomes::of(orders, &before.customers, day - days, days).map_err(refused)?;
    Stack::enough(&came.orders).map_err(refused)?;
    let now = Known::of(orders, day, unit)?;
    // Only models that could be fitted on both days: the stack knows them by name.
    let known = |model: &PurchaseModel| now.models.iter().any(|own| own.name() == model.name());
    let both = before.models.iter().filter(|model| known(model));
    let names: Vec<&str> = both.map(PurchaseModel::name).collect();
    let learned = before.evidence(orders, (day - days, days), unit, &names)?;
    let (stack, _) = Stack::fit(&learned, &came, SEED).map_err(refused)?;
    let asked = now.evidence(orders, (day, days), unit, &names)?;
    stack.score(&asked).map_err(refused)
}
