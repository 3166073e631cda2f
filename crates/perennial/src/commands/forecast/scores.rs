//! What a model says of each customer: worked out once for all alike, then looked up for each.

use std::collections::HashMap;

use perennial_forecast::{
    CountModel, Counts, Discount, GammaGamma, Groups, Horizon, Interval, PurchaseModel, Purchases,
    Spend,
};

/// What is asked.
pub struct Question<'a> {
    /// The model, for each pattern of covariates; one where there are none.
    pub models: &'a [PurchaseModel],
    /// The model of spend, where amounts are known.
    pub spend: Option<&'a GammaGamma>,
    /// How far ahead.
    pub horizon: Horizon,
    /// What comes later is worth less by this.
    pub discount: Option<Discount>,
}

/// What is said of the customers in a group.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// The chance that she is still a customer.
    pub p_alive: f64,
    /// The mean of purchases to come within the horizon.
    pub expected: f64,
    /// Where they lie in 90 of 100 cases.
    pub interval: Interval,
    /// The present value of all purchases to come, one unit each, ever; of no meaning without a discount.
    pub present: f64,
    /// What a purchase within the horizon is worth beside one of today.
    factor: f64,
}

/// What purchases to come are worth, in money. NaN stands for what is not known.
#[derive(Clone, Copy, Debug)]
pub struct Worth {
    pub clv: f64,
    pub low: f64,
    pub high: f64,
}

/// Everybody's scores.
pub struct Scores {
    /// What is said of each group.
    pub groups: Vec<Score>,
    /// Each customer's group.
    pub of: Vec<u32>,
    /// What each customer's purchases are worth; empty where no amounts are known.
    pub worth: Vec<Worth>,
}

impl Scores {
    /// Asks a model about customers; `patterns` are the patterns of their covariates, if there are any.
    pub fn of(
        question: &Question<'_>,
        purchases: &[Purchases],
        patterns: Option<&[u32]>,
        spend: &[Spend],
    ) -> Self {
        let mut scores = Self {
            groups: Vec::new(),
            of: Vec::new(),
            worth: Vec::new(),
        };
        let mut known: Vec<(usize, Purchases)> = Vec::new();
        match patterns {
            None => {
                let (groups, of) = Groups::of(purchases);
                known.extend(groups.purchases().iter().map(|one| (0, *one)));
                scores.of = of;
            }
            Some(patterns) => {
                scores.of = vec![0; purchases.len()];
                for pattern in 0..question.models.len() {
                    let is_it = |place: &usize| patterns[*place] as usize == pattern;
                    let places: Vec<usize> = (0..purchases.len()).filter(is_it).collect();
                    let own: Vec<Purchases> = places.iter().map(|at| purchases[*at]).collect();
                    let (groups, of) = Groups::of(&own);
                    let before = known.len() as u32;
                    known.extend(groups.purchases().iter().map(|one| (pattern, *one)));
                    for (place, group) in places.into_iter().zip(of) {
                        scores.of[place] = before + group;
                    }
                }
            }
        }
        let score = |(pattern, one): &(usize, Purchases)| question.score(*pattern, one);
        scores.groups = known.iter().map(score).collect();
        if let Some(money) = question.spend.filter(|_| !spend.is_empty()) {
            scores.worth = question.worth(money, &known, &scores, spend);
        }
        scores
    }
}

impl Question<'_> {
    fn score(&self, pattern: usize, purchases: &Purchases) -> Score {
        let model = &self.models[pattern];
        let expected = model.expected(purchases, self.horizon);
        let (present, factor) = match self.discount {
            None => (0.0, 1.0),
            Some(discount) => {
                let within = model.present_purchases(purchases, discount, Some(self.horizon));
                let factor = if expected > 0.0 {
                    within / expected
                } else {
                    1.0
                };
                (model.present_purchases(purchases, discount, None), factor)
            }
        };
        Score {
            p_alive: model.alive(purchases),
            expected,
            interval: model.interval(purchases, self.horizon),
            present,
            factor,
        }
    }

    /// The intervals are the same, but for the unit of money, for all in a group with as many purchases whose
    /// worth was seen.
    fn worth(
        &self,
        money: &GammaGamma,
        known: &[(usize, Purchases)],
        scores: &Scores,
        spend: &[Spend],
    ) -> Vec<Worth> {
        let mut counts: Vec<Option<Counts>> = vec![None; known.len()];
        let mut ends: HashMap<(u32, u32), Interval> = HashMap::new();
        let one = |(group, spend): (&u32, &Spend)| {
            let score = &scores.groups[*group as usize];
            let interval = ends.entry((*group, spend.x() as u32)).or_insert_with(|| {
                let (pattern, purchases) = known[*group as usize];
                let counts = counts[*group as usize].get_or_insert_with(|| {
                    Counts::of(&self.models[pattern], &purchases, self.horizon)
                });
                money.worth(counts, spend)
            });
            let unit = money.unit_of(spend) * score.factor;
            let clv = money
                .expected(spend)
                .map(|mean| mean * score.expected * score.factor);
            Worth {
                clv: clv.unwrap_or(f64::NAN),
                low: interval.low * unit,
                high: interval.high * unit,
            }
        };
        scores.of.iter().zip(spend).map(one).collect()
    }
}
