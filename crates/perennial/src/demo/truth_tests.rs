//! What forecasts say of the shop's customers, against what is true of them and no file says.
//!
//! Numbers of purchases are whole, so an interval of them cannot hold exactly 90 of 100 cases. They are counted by
//! the chance of what came: an outcome that reaches across an end counts with the part of its chance inside, which
//! a right forecast has at 90 on average.

use perennial_forecast::judge::{Beyond, Trial, coverage_by_chance};
use perennial_forecast::{
    CountModel, FittedModel, GammaGamma, Groups, Horizon, Interval, Orders, PurchaseModel,
    Purchases, Question, Spend, SpendGroups, Unit,
};
use perennial_model::DAY_MS;

use super::shop::END;
use super::truth::Truth;

const CUSTOMERS: u32 = 6_000;
const SEEDS: std::ops::RangeInclusive<u64> = 1..=6;
const WEEKS: i64 = 13;

/// Everybody of several shops together, asked at the end of history.
#[derive(Default)]
struct Pooled {
    alive: Vec<f64>,
    is_alive: Vec<f64>,
    expected: Vec<f64>,
    came: Vec<f64>,
    beyond: Vec<Beyond>,
    /// What the purchases to come are worth: expected, its interval, and what came.
    worth: Vec<(f64, Interval, f64)>,
    /// Purchases of each shop: their interval in all, and what came.
    totals: Vec<(Interval, f64)>,
    /// Her own mean order: its interval, and the truth; of those who bought again.
    means: Vec<(Interval, f64)>,
}

fn pooled(planted: bool) -> Pooled {
    let mut pooled = Pooled::default();
    for seed in SEEDS {
        let all = Truth::of_all(seed, CUSTOMERS, planted);
        // Whoever gave all back is no customer of any model.
        let all: Vec<Truth> = all.filter(|one| !one.orders.is_empty()).collect();
        pooled.add(&all);
    }
    pooled
}

impl Pooled {
    fn add(&mut self, all: &[Truth]) {
        let rows = all.iter().enumerate().flat_map(|(at, one)| {
            let own = one.orders.iter();
            own.map(move |(day, cents)| (at as u32, *day, *cents as f64 / 100.0))
        });
        let orders = Orders::gather(all.len() as u32, rows.collect()).expect("orders");
        let day = (END / DAY_MS - 1) as i32;
        let known: Vec<Purchases> = orders
            .each()
            .map(|one| one.purchases(day, Unit::Week).expect("a customer"))
            .collect();
        let spend: Vec<Spend> = orders.each().map(|one| one.spend(day)).collect();
        let (groups, of) = Groups::of(&known);
        let fit = PurchaseModel::fit("mbgnbd", &groups).expect("a fit");
        let fitted = FittedModel::of(&fit);
        let model = fitted.model();
        let money = GammaGamma::fit(&SpendGroups::of(&spend)).expect("a fit");
        let horizon = Horizon::new(WEEKS as f64).expect("weeks");
        let question = Question {
            horizon,
            discount: None,
            lifetime: false,
        };
        let scores = fitted.score(&groups, &question, Some((&money.model, &money.covariance)));
        let total = all.iter().map(|one| one.within(WEEKS).0 as f64).sum();
        self.totals
            .push((fitted.total(&groups, horizon).interval, total));
        for (((truth, one), spend), group) in all.iter().zip(&known).zip(&spend).zip(of) {
            let (came, cents) = truth.within(WEEKS);
            let alive = model.alive(one);
            let more = |count: f64| match count < 1.0 {
                true => 1.0,
                false => alive * model.at_least_if_alive(one, count, horizon),
            };
            let expected = model.expected(one, horizon);
            self.alive.push(alive);
            self.is_alive.push(f64::from(u8::from(truth.alive)));
            self.expected.push(expected);
            self.came.push(came as f64);
            self.beyond.push(Beyond {
                at_least: more(came as f64),
                more: more(came as f64 + 1.0),
            });
            let worth = scores.worth(group as usize, spend).expect("finite");
            self.worth
                .push((worth.mean, worth.interval, cents as f64 / 100.0));
            if one.x() > 0 {
                self.means
                    .push((money.model.interval(spend), truth.mean_order / 100.0));
            }
        }
    }

    /// What of all outcomes of worth lies inside, of customers of whom anything is to be expected: who buys nothing
    /// in 9 of 10 cases has an interval of nothing, which says too little to be counted.
    fn worth_inside(&self) -> f64 {
        let told = self.worth.iter().filter(|one| one.1.high > 0.0);
        let inside: Vec<bool> = told
            .map(|(_, ends, came)| (ends.low..=ends.high).contains(came))
            .collect();
        assert!(inside.len() > 1_000, "{}", inside.len());
        inside.iter().filter(|inside| **inside).count() as f64 / inside.len() as f64
    }
}

#[test]
fn true_purchases_and_true_worth_lie_in_nine_of_ten_intervals() {
    for planted in [true, false] {
        let pooled = pooled(planted);
        let inside = coverage_by_chance(&pooled.beyond, 0.9, false).expect("chances");
        assert!((0.88..0.92).contains(&inside.inside), "{inside:?}");
        let worth = pooled.worth_inside();
        assert!((0.88..0.92).contains(&worth), "worth: {worth}");
        let inside = |(ends, came): &&(Interval, f64)| (ends.low..=ends.high).contains(came);
        let totals = pooled.totals.iter().filter(inside).count();
        assert!(totals + 1 >= pooled.totals.len(), "{:?}", pooled.totals);
        // Planted big spenders are no inverse gamma: intervals of the mean are a little narrow there.
        let mean = |(ends, truth): &(Interval, f64)| (ends.low..=ends.high).contains(truth);
        let means = pooled.means.iter().filter(|one| mean(one)).count();
        let means = means as f64 / pooled.means.len() as f64;
        let least = if planted { 0.85 } else { 0.88 };
        assert!((least..0.95).contains(&means), "mean orders: {means}");
    }
}

#[test]
fn of_customers_with_a_chance_to_be_there_such_a_part_is() {
    for planted in [true, false] {
        let pooled = pooled(planted);
        let trial = Trial::new(&pooled.alive, &pooled.is_alive, None).expect("chances");
        for decile in trial.deciles() {
            let off = (decile.forecast - decile.came).abs();
            assert!(off < 0.03, "planted {planted}: {decile:?}");
        }
        let figures = Trial::new(&pooled.expected, &pooled.came, None)
            .expect("purchases")
            .figures();
        let bias = figures.bias.expect("something came");
        assert!(bias.abs() < 0.08, "planted {planted}: {bias}");
        let sums = pooled.worth.iter();
        let (expected, came) = sums.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.2));
        // Worth is off as purchases are, no more: orders that were paid back are in neither. The planted big
        // spenders, who all are gone, make what an order is worth too high.
        let most = if planted { 1.12 } else { 1.02 };
        let mean = expected / came / (1.0 + bias);
        assert!(
            (0.98..most).contains(&mean),
            "planted {planted}: {expected} {came} {bias}"
        );
    }
}
