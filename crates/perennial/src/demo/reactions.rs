//! How customers react: to campaigns by ordering again, to devices by rating what they got.

use std::collections::HashMap;

use perennial_analytics::proportion::{Rate, above};
use perennial_batch::results::Results;
use perennial_model::{DAY_MS, Time};

use super::figures::{FEWEST, by_word, column, grouped};
use crate::answer::Cell;
use crate::failure::Failure;
use crate::results;

/// Days within which an order counts as an answer to a mail.
const ANSWER_DAYS: i64 = 30;

/// What the touches say.
#[derive(Default)]
pub struct Reactions {
    /// By campaign: clicks of customers who had ordered, and those followed by an order.
    clicks: HashMap<String, (i64, i64)>,
    /// By device: ratings, their sum, and that of their squares.
    ratings: HashMap<String, (i64, f64, f64)>,
    /// The customer being read.
    customer: String,
    has_ordered: bool,
    /// Her clicks that no order has answered yet.
    open: Vec<(String, Time)>,
}

impl Reactions {
    /// Reads the touches, which stand by customer and time. Clicks too late to be answered are left out.
    pub fn read(results: &Results, until: Time) -> Result<Self, Failure> {
        let mut all = Self::default();
        let columns = [
            "customer_id",
            "at",
            "touchpoints",
            "campaign",
            "device",
            "score",
        ];
        let points = ["ordered", "clicked_email", "rated"].map(str::to_owned);
        results.read("touches", &columns, &mut |batch| {
            let point = results::word_numbers(column(batch, "touchpoints")?, &points);
            let (ids, at) = (column(batch, "customer_id")?, column(batch, "at")?);
            let campaign = column(batch, "campaign")?;
            let (device, score) = (column(batch, "device")?, column(batch, "score")?);
            for row in 0..batch.num_rows() {
                let (Some(point), Some(at)) = (point[row], results::instant(at, row)) else {
                    continue;
                };
                all.turn_to(results::text(ids, row));
                match (
                    point,
                    results::text(campaign, row),
                    results::text(device, row),
                ) {
                    (0, _, _) => all.ordered(at),
                    (1, Cell::Text(campaign), _) if at.plus(ANSWER_DAYS * DAY_MS) <= until => {
                        all.clicked(campaign, at);
                    }
                    (2, _, Cell::Text(device)) => all.rated(device, &results::text(score, row)),
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok(all)
    }

    fn turn_to(&mut self, customer: Cell) {
        if let Cell::Text(customer) = customer
            && customer != self.customer
        {
            self.customer = customer;
            self.has_ordered = false;
            self.open.clear();
        }
    }

    fn ordered(&mut self, at: Time) {
        self.has_ordered = true;
        for (campaign, clicked) in self.open.drain(..) {
            if at <= clicked.plus(ANSWER_DAYS * DAY_MS) {
                self.clicks.entry(campaign).or_default().1 += 1;
            }
        }
    }

    fn clicked(&mut self, campaign: String, at: Time) {
        if self.has_ordered {
            self.clicks.entry(campaign.clone()).or_default().0 += 1;
            self.open.push((campaign, at));
        }
    }

    fn rated(&mut self, device: String, score: &Cell) {
        if let Cell::Text(score) = score
            && let Ok(score) = score.parse::<f64>()
        {
            let ratings = self.ratings.entry(device).or_default();
            ratings.0 += 1;
            ratings.1 += score;
            ratings.2 += score * score;
        }
    }

    /// The campaign whose clicks are followed by an order most often, unless that may be chance.
    pub fn best_campaign(&self) -> Option<String> {
        let campaigns = by_word(self.clicks.clone());
        let share = |&(clicks, answered): &(i64, i64)| answered as f64 / clicks as f64;
        let enough = campaigns
            .iter()
            .filter(|(_, counts)| counts.0 as usize >= FEWEST);
        let (best, counts) = enough.max_by(|a, b| share(&a.1).total_cmp(&share(&b.1)))?;
        let rest = campaigns.iter().filter(|(name, _)| name != best);
        let rest = rest.fold((0, 0), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
        let rate = |counts: (i64, i64)| Rate::new(counts.1 as u64, counts.0 as u64);
        let z = rate(*counts).compare(rate(rest)).map_or(0.0, |both| both.z);
        (rest.0 as usize >= FEWEST && is_clear(z, campaigns.len())).then(|| {
            format!(
                "The campaign {best} brings customers back: {:.0} % of its {} clicks were followed by an order within \
                 {ANSWER_DAYS} days. Of the {} clicks on all others it is {:.0} %.",
                100.0 * share(counts),
                grouped(counts.0),
                grouped(rest.0),
                100.0 * share(&rest),
            )
        })
    }

    /// The device with the worst ratings, unless that may be chance.
    pub fn worst_device(&self) -> Option<String> {
        let devices = by_word(self.ratings.clone());
        let mean = |&(count, sum, _): &(i64, f64, f64)| sum / count as f64;
        let error =
            |own: &(i64, f64, f64)| (own.2 / own.0 as f64 - mean(own).powi(2)) / own.0 as f64;
        let enough = devices
            .iter()
            .filter(|(_, ratings)| ratings.0 as usize >= FEWEST);
        let (worst, ratings) = enough.min_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1)))?;
        let rest = devices.iter().filter(|(name, _)| name != worst);
        let rest = rest.fold((0, 0.0, 0.0), |sum, (_, one)| {
            (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2)
        });
        let both = (error(ratings) + error(&rest)).sqrt();
        let z = (mean(&rest) - mean(ratings)) / both.max(f64::MIN_POSITIVE);
        (rest.0 as usize >= FEWEST && is_clear(z, devices.len())).then(|| {
            format!(
                "Orders made on a {worst} are rated worst: {:.1} of 5 on average ({} ratings), against {:.1} on all \
                 other devices ({}).",
                mean(ratings),
                grouped(ratings.0),
                mean(&rest),
                grouped(rest.0),
            )
        })
    }
}

/// Whether the best of so many is so by more than chance: at 5 %, corrected for choosing it (Bonferroni).
fn is_clear(z: f64, of: usize) -> bool {
    above(z) * of as f64 <= 0.05
}
