//! Why the stack says what it says: the columns that moved a forecast most, in words.

use super::evidence::Evidence;
use super::features::FEATURES;
use super::fit::{Said, Stack};
use crate::models::PurchaseModel;

/// Customers that the drivers of all are worked out from; of more, every so many.
const MAX_SAMPLE: usize = 2_000;
/// The name of what purchase models say, as a driver.
pub const PURCHASE_MODELS: &str = "purchase_models";

/// What moved a forecast of purchases, and how far.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// The column, or [`PURCHASE_MODELS`].
    pub name: String,
    /// What it is, in words.
    pub words: String,
    /// Her value; `None` where it is missing, and for the purchase models and all customers together.
    pub value: Option<f64>,
    /// The natural logarithm of the factor by which it moved the forecast from that of the usual customer. Of all
    /// customers together, the mean without sign.
    pub moved: f64,
}

impl Stack {
    /// The `count` columns that moved the forecast of a customer's purchases most, by her row; nothing for a row
    /// that is not there. The parts of what trees say are Shapley values, weighed as the trees are; what the
    /// purchase models say counts as one.
    pub fn drivers(&self, evidence: &Evidence, row: usize, count: usize) -> Vec<Driver> {
        if row >= evidence.customers() || evidence.table.names() != self.names {
            return Vec::new();
        }
        let moved = self.moved(evidence, &Said::of(evidence), row);
        self.most(&moved, count, |at| evidence.table.value(row, at))
    }

    /// The `count` columns that move the forecasts of all these customers most.
    pub fn overall(&self, evidence: &Evidence, count: usize) -> Vec<Driver> {
        if evidence.table.names() != self.names {
            return Vec::new();
        }
        let said = Said::of(evidence);
        let every = evidence.customers().div_ceil(MAX_SAMPLE).max(1);
        let (mut sums, mut seen) = (vec![0.0; self.names.len() + 1], 0.0);
        for row in (0..evidence.customers()).step_by(every) {
            let moved = self.moved(evidence, &said, row);
            for (sum, one) in sums.iter_mut().zip(moved) {
                *sum += f64::abs(one);
            }
            seen += 1.0;
        }
        for sum in &mut sums {
            *sum /= f64::max(seen, 1.0);
        }
        self.most(&sums, count, |_| None)
    }

    fn moved(&self, evidence: &Evidence, said: &Said, row: usize) -> Vec<f64> {
        let mut values = Vec::new();
        evidence.table.row(row, &mut values);
        let models: Vec<f64> = said.expected.iter().map(|one| one[row]).collect();
        self.expected.moved(&values, &models, self.usual)
    }

    fn most(
        &self,
        moved: &[f64],
        count: usize,
        value: impl Fn(usize) -> Option<f64>,
    ) -> Vec<Driver> {
        let mut order: Vec<usize> = (0..moved.len()).filter(|at| moved[*at] != 0.0).collect();
        order.sort_by(|a, b| moved[*b].abs().total_cmp(&moved[*a].abs()));
        order.truncate(count);
        let driver = |at: usize| {
            let name = self.names.get(at).map_or(PURCHASE_MODELS, String::as_str);
            Driver {
                name: name.to_owned(),
                words: words(name),
                value: value(at),
                moved: moved[at],
            }
        };
        order.into_iter().map(driver).collect()
    }
}

/// A column in words.
fn words(name: &str) -> String {
    if let Some(feature) = FEATURES.iter().find(|feature| feature.name == name) {
        return feature.words.to_owned();
    }
    let ends = [
        ("_alive", "the chance that she is still a customer"),
        ("_expected", "what is expected of her"),
        ("_if_alive", "what is expected if she is still a customer"),
    ];
    let said = ends
        .iter()
        .rev()
        .find_map(|(end, words)| Some((name.strip_suffix(end)?, words)));
    if let Some((model, words)) = said {
        // Models say this each in its own way.
        let model = model.strip_suffix("_covariates").unwrap_or(model);
        return match PurchaseModel::title(model) {
            Some(title) => format!("{words} (by {title})"),
            None => (*words).to_owned(),
        };
    }
    match name {
        PURCHASE_MODELS => "how often and how lately she bought".to_owned(),
        "worth" => "what a purchase of hers is worth".to_owned(),
        _ => name.replace('_', " "),
    }
}
