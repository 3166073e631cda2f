//! What the results of a run say, found by computation; nothing here knows what was planted.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use perennial_analytics::journey::PainPoint;
use perennial_analytics::opportunities::Opportunity;
use perennial_batch::results::Results;
use perennial_model::{Time, Zone};

use super::figures::{FEWEST, column, grouped, wholes};
use super::pains;
use super::reactions::Reactions;
use crate::answer::Cell;
use crate::failure::Failure;
use crate::results;

/// Most pain points that are put into words.
const MOST_PAINS: usize = 5;
/// The segment looked at.
const SEGMENT: &str = "lapsed_big_spenders";

/// What was found.
pub struct Findings {
    /// In plain words, each with its numbers.
    pub sentences: Vec<String>,
    /// The customer whose story is worth a look: the one of most value in the segment, or of all.
    pub someone: Option<String>,
}

impl Findings {
    /// Reads the results; where it hurts and what is worth trying is known already.
    ///
    /// # Errors
    /// Results without the tables and columns that the demo's project writes.
    pub fn read(
        results: &Results,
        zone: &Zone,
        pains: &[PainPoint],
        opportunities: &[Opportunity],
    ) -> Result<Self, Failure> {
        let until = Time::parse(&results.manifest.until, zone)
            .map_err(|_| Failure::failed("run.json: `until` is no time"))?;
        let spenders = Spenders::read(results)?;
        let reactions = Reactions::read(results, until)?;
        let worth = opportunities.iter().find(|one| one.holds);
        let hurts = pains.iter().take(MOST_PAINS).map(pains::sentence);
        let told = [
            worth.map(|one| format!("Worth trying first: {}.", one.assumption)),
            spenders.sentence(zone),
            reactions.best_campaign(),
            reactions.worst_device(),
        ];
        Ok(Self {
            sentences: hurts.chain(told.into_iter().flatten()).collect(),
            someone: spenders.best,
        })
    }
}

/// The segment's members against all other buyers.
#[derive(Default)]
struct Spenders {
    customers: i64,
    orders: i64,
    minor: i64,
    last_orders: Vec<i64>,
    other_orders: i64,
    other_minor: i64,
    /// The customer of most value in the segment, or of all where nobody is in it.
    best: Option<String>,
}

impl Spenders {
    fn read(results: &Results) -> Result<Self, Failure> {
        let mut all = Self::default();
        let mut most = (false, i64::MIN);
        let columns = [
            "customer_id",
            "orders",
            "value_minor",
            "last_order_at",
            "segments",
        ];
        results.read("customers", &columns, &mut |batch| {
            let ids = column(batch, "customer_id")?;
            let orders = wholes(batch, "orders")?;
            let minor = wholes(batch, "value_minor")?;
            let last = column(batch, "last_order_at")?;
            let segments = column(batch, "segments")?;
            for row in 0..batch.num_rows() {
                let inside = holds(segments, row, SEGMENT);
                if inside {
                    all.customers += 1;
                    all.orders += orders[row];
                    all.minor += minor[row];
                    all.last_orders
                        .extend(results::instant(last, row).map(Time::ms));
                } else {
                    all.other_orders += orders[row];
                    all.other_minor += minor[row];
                }
                if (inside, minor[row]) > most {
                    most = (inside, minor[row]);
                    all.best = Some(ids.as_string::<i32>().value(row).to_owned());
                }
            }
            Ok(())
        })?;
        Ok(all)
    }

    fn sentence(&self, zone: &Zone) -> Option<String> {
        if (self.customers as usize) < FEWEST || self.other_orders == 0 || self.orders == 0 {
            return None;
        }
        let per_order = self.minor as f64 / self.orders as f64;
        let others = self.other_minor as f64 / self.other_orders as f64;
        Some(format!(
            "{} big spenders have lapsed. They have spent {} EUR, {:.0} % of all turnover, and {:.0} EUR an order where \
             others spend {:.0}. Half of them ordered for the last time before {}.",
            grouped(self.customers),
            grouped(self.minor / 100),
            100.0 * self.minor as f64 / (self.minor + self.other_minor).max(1) as f64,
            per_order / 100.0,
            others / 100.0,
            zone.date_text(Time(median(self.last_orders.clone()))),
        ))
    }
}

/// Whether a list of words holds one.
fn holds(lists: &ArrayRef, row: usize, word: &str) -> bool {
    let Some(lists) = lists
        .as_list_opt::<i32>()
        .filter(|lists| lists.is_valid(row))
    else {
        return false;
    };
    let words = lists.value(row);
    (0..words.len()).any(|place| results::text(&words, place) == Cell::Text(word.to_owned()))
}

/// The middle value, the lower one of two; nought of none.
fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    values
        .get(values.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(0)
}
