//! Scores of everybody against what models say of one, and with the error of the parameters.

use perennial_forecast::special::beta_below;
use perennial_forecast::{
    CountModel, CovariateGroups, Covariates, Discount, FittedModel, GammaGamma, Groups, Horizon,
    Interval, Model, PurchaseModel, Purchases, Question, Spend,
};
use proptest::prelude::*;

use crate::population::{Life, customers};

fn question(span: f64) -> Question {
    Question {
        horizon: Horizon::new(span).expect("a span"),
        discount: Some(Discount::new(0.002).expect("a rate")),
        lifetime: true,
    }
}

fn named(name: &str, values: &[f64]) -> PurchaseModel {
    let names: &[&str] = match name {
        "paretonbd" => &["r", "alpha", "s", "beta"],
        "mbgcnbd" => &["k", "r", "alpha", "a", "b"],
        _ => &["r", "alpha", "a", "b"],
    };
    let pairs = names.iter().zip(values);
    let parameters: Vec<(String, f64)> = pairs
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    PurchaseModel::from_parameters(name, &parameters).expect("a model")
}

fn models() -> [PurchaseModel; 4] {
    [
        named("bgnbd", &[0.2426, 4.414, 0.793, 2.426]),
        named("mbgnbd", &[0.5246, 6.183, 0.891, 1.614]),
        named("paretonbd", &[0.553, 10.58, 0.606, 11.67]),
        named("mbgcnbd", &[3.0, 1.33, 2.8, 0.42, 0.79]),
    ]
}

fn some() -> Vec<Purchases> {
    [
        (0, 0.0, 38.0),
        (2, 30.0, 38.0),
        (2, 37.0, 38.0),
        (26, 30.0, 31.0),
        (7, 36.0, 38.0),
    ]
    .map(|(x, t_x, age)| Purchases::new(x, t_x, age).expect("valid"))
    .to_vec()
}

#[test]
fn without_errors_of_parameters_scores_are_what_the_model_says() {
    for model in models() {
        let (groups, _) = Groups::of(&some());
        let asked = question(39.0);
        let scores = FittedModel::new(model.clone(), &[]).score(&groups, &asked, None);
        for (one, score) in groups.purchases().iter().zip(scores.each()) {
            let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} {b}");
            near(score.alive, model.alive(one));
            near(score.expected, model.expected(one, asked.horizon));
            assert_eq!(
                score.interval,
                model.interval(one, asked.horizon),
                "{one:?}"
            );
            let rate = asked.discount.expect("a rate");
            let ever = model.present_purchases(one, rate, None);
            // By phases or by their mixture: two trapezoidal rules, each to ten digits.
            let lifetime = score.lifetime.expect("asked for");
            assert!((lifetime / ever - 1.0).abs() < 2e-10, "{lifetime} {ever}");
            assert!(score.present < score.expected && score.present < ever);
        }
    }
}

/// The ends of worth, from straight lines between points, against the chance beyond them.
#[test]
fn worth_beyond_its_ends_is_as_likely_as_is_said() {
    let (p, q, gamma) = (6.25, 3.74, 15.44);
    let spend_model = GammaGamma::of([p, q, gamma]).expect("valid");
    for model in models() {
        let fitted = FittedModel::new(model, &[]);
        let (groups, _) = Groups::of(&some());
        let asked = Question {
            discount: None,
            ..question(39.0)
        };
        let scores = fitted.score(&groups, &asked, Some((&spend_model, &[])));
        for (at, one) in groups.purchases().iter().enumerate() {
            let (x, mean) = (f64::from(one.x()), 30.0);
            let spend = Spend::new(one.x(), mean).expect("valid");
            let worth = scores.worth(at, &spend).expect("finite");
            let reaches = fitted.reaches(one, asked.horizon);
            let more = |value: f64| -> f64 {
                let unit = value / (gamma + x * mean);
                let chance = |count: usize| {
                    let next = reaches.get(count).copied().unwrap_or(0.0);
                    let beyond = beta_below(
                        p * x + q,
                        p * count as f64,
                        1.0 / (1.0 + unit),
                        unit / (1.0 + unit),
                    );
                    (reaches[count - 1] - next) * beyond
                };
                (1..=reaches.len()).map(chance).sum()
            };
            let tail = if worth.interval.low > 0.0 { 0.05 } else { 0.1 };
            if worth.interval.high > 0.0 {
                let found = more(worth.interval.high);
                assert!((found - tail).abs() < 0.002, "{one:?}: {found}");
            } else {
                assert!(reaches[0] < 0.11, "{one:?}");
            }
            if worth.interval.low > 0.0 {
                let found = more(worth.interval.low);
                assert!((found - 0.95).abs() < 0.002, "{one:?}: {found}");
            }
        }
    }
}

/// The deviation of a total by the error of the parameters, against the delta method.
#[test]
fn errors_of_parameters_go_into_totals() {
    let base = customers(3, 3_000, Life::Time([0.8, 6.0, 0.6, 12.0]));
    let purchases: Vec<Purchases> = base.iter().map(|one| one.purchases).collect();
    let (groups, _) = Groups::of(&purchases);
    let fit = PurchaseModel::fit("paretonbd", &groups).expect("a fit");
    let horizon = Horizon::new(26.0).expect("a span");
    let total = FittedModel::of(&fit).total(&groups, horizon);
    let ahead = |model: &PurchaseModel| -> f64 {
        purchases
            .iter()
            .map(|one| model.expected(one, horizon))
            .sum()
    };
    assert!((total.expected / ahead(&fit.model) - 1.0).abs() < 1e-9);
    let slope = |at: usize| {
        let moved = |by: f64| {
            let mut parameters = fit.model.parameters();
            parameters[at].1 *= f64::exp(by);
            ahead(&PurchaseModel::from_parameters("paretonbd", &parameters).expect("a model"))
        };
        (moved(1e-4) - moved(-1e-4)) / 2e-4
    };
    let slopes: Vec<f64> = (0..4).map(slope).collect();
    let mut variance = 0.0;
    for (row, one) in fit.covariance.iter().zip(&slopes) {
        for (cell, other) in row.iter().zip(&slopes) {
            variance += one * cell * other;
        }
    }
    assert!(
        (total.by_parameters / variance.sqrt() - 1.0).abs() < 0.1,
        "{total:?} {}",
        variance.sqrt()
    );
    assert!(total.interval.low < total.expected && total.expected < total.interval.high);
    let sure = FittedModel::new(fit.model, &[]).total(&groups, horizon);
    assert!(sure.by_parameters == 0.0 && sure.interval.high < total.interval.high);
}

/// Two plans: those of the second buy e^0.5 times as often and leave e^-0.4 times as soon.
#[test]
fn covariates_are_found_and_used() {
    let plain = customers(11, 2_500, Life::Time([0.9, 6.0, 0.7, 12.0]));
    let (alpha, beta) = (6.0 * f64::exp(-0.5), 12.0 * f64::exp(0.4));
    let better = customers(12, 2_500, Life::Time([0.9, alpha, 0.7, beta]));
    let purchases: Vec<Purchases> = plain
        .iter()
        .chain(&better)
        .map(|one| one.purchases)
        .collect();
    // From far away, as a year of birth is: the scales then belong to a plan that nobody has.
    let plans = (0..5_000).map(|at| if at < 2_500 { 7.0 } else { 8.0 });
    let covariates = Covariates::new(vec!["plan".to_owned()], plans.collect()).expect("numbers");
    let (groups, _) = CovariateGroups::of(&purchases, &covariates).expect("as many");
    let fit = PurchaseModel::fit_with("paretonbd", &groups).expect("a fit");
    for ((name, value), error) in fit.model.parameters().iter().zip(&fit.standard_errors) {
        let error = error.expect("a maximum");
        let truth = match name.as_str() {
            "life.plan" => -0.4,
            "trans.plan" => 0.5,
            _ => continue,
        };
        assert!(
            (value - truth).abs() < 3.0 * error,
            "seeds 11 and 12, {name}: {value} ± {error}"
        );
        assert!(error < 0.3, "{name}: {error}");
    }
    let fitted = FittedModel::of(&fit);
    let horizon = Horizon::new(26.0).expect("a span");
    let total = fitted.total_with(&groups, horizon).expect("a total");
    let mut sum = 0.0;
    for (values, own) in groups.patterns() {
        let model = fitted.of_customer(values).expect("a model");
        sum += model.total(own, horizon).expected;
    }
    assert!((total.expected / sum - 1.0).abs() < 1e-9);
    let later: u32 = plain.iter().chain(&better).map(|one| one.later).sum();
    assert!(
        (total.interval.low..=total.interval.high).contains(&f64::from(later)),
        "seeds 11 and 12: {later} of {total:?}"
    );
    assert!(fitted.of_customer(&[1.0, 2.0]).is_err() && fitted.of_customer(&[f64::NAN]).is_err());
}

#[test]
fn totals_of_the_base_are_sums_of_its_customers() {
    let (groups, of) = Groups::of(&some());
    let spends: Vec<Spend> = some()
        .iter()
        .map(|one| Spend::new(one.x(), 20.0 + one.age()).expect("valid"))
        .collect();
    let money = GammaGamma::of([6.25, 3.74, 15.44]).expect("valid");
    let asked = Question {
        lifetime: false,
        discount: None,
        ..question(39.0)
    };
    for model in models() {
        let fitted = FittedModel::new(model.clone(), &[]);
        let scores = fitted.score(&groups, &asked, Some((&money, &[])));
        let (mut alive, mut alive_variance, mut mean, mut variance) = (0.0, 0.0, 0.0, 0.0);
        for ((one, group), spend) in some().iter().zip(&of).zip(&spends) {
            let score = scores.each()[*group as usize];
            alive += score.alive;
            alive_variance += score.alive * (1.0 - score.alive);
            mean += scores.worth(*group as usize, spend).expect("finite").mean;
            // So many purchases are worth a beta prime of p n and p x + q, in units of gamma + x mean.
            let shape = 6.25 * spend.x() + 3.74;
            let unit = 15.44 + spend.x() * spend.mean();
            let reaches = model.reaches_if_alive(one, asked.horizon, 1e-12);
            let (mut first, mut second) = (0.0, 0.0);
            for (place, reach) in reaches.iter().enumerate() {
                let next = reaches.get(place + 1).copied().unwrap_or(0.0);
                let (chance, own) = (score.alive * (reach - next), 6.25 * (place + 1) as f64);
                first += chance * own * unit / (shape - 1.0);
                second +=
                    chance * own * (own + 1.0) * unit * unit / ((shape - 1.0) * (shape - 2.0));
            }
            variance += second - first * first;
        }
        let near =
            |own: f64, wanted: f64| assert!((own / wanted - 1.0).abs() < 1e-6, "{own} {wanted}");
        let total = fitted.total_alive(&groups);
        near(total.expected, alive);
        near(total.by_chance, alive_variance.sqrt());
        assert!(total.interval.high <= 5.0 && total.by_parameters == 0.0);
        let money_alone = (&money, &[][..]);
        let total = fitted.total_worth(&groups, (&of, &spends), money_alone, asked.horizon);
        let total = total.expect("finite");
        near(total.expected, mean);
        near(total.by_chance, variance.sqrt());
        assert!(total.interval.low < mean && mean < total.interval.high);
        // The errors of either model's parameters make it less sure.
        let errors: Vec<Vec<f64>> = (0..3)
            .map(|row| {
                (0..3)
                    .map(|at| if row == at { 0.01 } else { 0.0 })
                    .collect()
            })
            .collect();
        let unsure = fitted.total_worth(&groups, (&of, &spends), (&money, &errors), asked.horizon);
        assert!(unsure.expect("finite").by_parameters > 1e-4 * mean);
        // Without a second moment there is no end, without a first one no total.
        let [endless, none] = [1.5, 0.5].map(|q| {
            let money = GammaGamma::of([6.25, q, 15.44]).expect("valid");
            fitted.total_worth(&groups, (&of, &spends), (&money, &[]), asked.horizon)
        });
        assert_eq!(endless.expect("a mean").interval.high, f64::MAX);
        assert!(none.is_none());
    }
}

/// The less is known of the model of spend, the wider the ends of worth; most of all where it is all that is known.
#[test]
fn errors_of_the_model_of_spend_widen_worth() {
    let money = GammaGamma::of([6.25, 3.74, 15.44]).expect("valid");
    let fitted = FittedModel::new(models()[2].clone(), &[]);
    let (groups, _) = Groups::of(&some());
    let ends = |variance: f64, at: usize, spend: &Spend| {
        let square = |row: usize| (0..3).map(move |at| if row == at { variance } else { 0.0 });
        let errors: Vec<Vec<f64>> = (0..3).map(|row| square(row).collect()).collect();
        let asked = question(39.0);
        let scores = fitted.score(&groups, &asked, Some((&money, &errors)));
        scores.worth(at, spend).expect("finite")
    };
    for (at, one) in groups.purchases().iter().enumerate() {
        let spend = Spend::new(one.x(), 30.0).expect("valid");
        let [sure, unsure, lost] = [1e-6, 0.01, 0.25].map(|error| ends(error, at, &spend));
        let Interval { low, high } = sure.interval;
        assert_eq!(sure, ends(0.0, at, &spend));
        assert!(unsure.mean == sure.mean && lost.mean == sure.mean);
        // Of whoever hardly comes, the end is less than what most others bring: it does not move out.
        if fitted.reaches(one, question(39.0).horizon)[0] > 0.5 {
            assert!(
                unsure.interval.high > high && lost.interval.high > unsure.interval.high,
                "{one:?}"
            );
        }
        if low > 0.0 {
            assert!(
                unsure.interval.low < low && lost.interval.low < unsure.interval.low,
                "{one:?}"
            );
        }
    }
}

fn parameter() -> impl Strategy<Value = f64> {
    (-3.0..3.0_f64).prop_map(|power| 10_f64.powf(power))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the errors and the customers: ends in order, and nothing that is no number.
    #[test]
    fn scores_are_sound(
        parameters in [parameter(), parameter(), parameter(), parameter()],
        errors in prop::collection::vec(-2.0..2.0_f64, 16),
        x in 0..3_000_u32,
        (age, share) in (0.0..400.0_f64, 0.0..=1.0_f64),
        span in 0.0..300.0_f64,
    ) {
        let mut covariance = vec![vec![0.0; 4]; 4];
        for i in 0..4 {
            for j in 0..4 {
                covariance[i][j] = (0..4).map(|k| errors[4 * i + k] * errors[4 * j + k]).sum();
            }
        }
        let one = Purchases::new(x, if x == 0 { 0.0 } else { age * share }, age).expect("valid");
        let groups = Groups::counted([(one, 4)]);
        let spend_model = GammaGamma::of([6.25, 3.74, 15.44]).expect("valid");
        for name in ["bgnbd", "mbgnbd", "paretonbd"] {
            let fitted = FittedModel::new(named(name, &parameters), &covariance);
            let asked = Question { lifetime: false, ..question(span) };
            let of_spend: Vec<Vec<f64>> = covariance.iter().take(3).map(|row| row[..3].to_vec()).collect();
            let scores = fitted.score(&groups, &asked, Some((&spend_model, &of_spend)));
            let score = scores.each()[0];
            prop_assert!((0.0..=1.0).contains(&score.alive) && score.expected.is_finite());
            prop_assert!(score.interval.low <= score.interval.high && score.interval.high.is_finite());
            prop_assert!(score.present.is_finite() && score.present >= 0.0);
            let worth = scores.worth(0, &Spend::new(x, 12.0).expect("valid")).expect("finite");
            prop_assert!(worth.mean.is_finite() && worth.interval.high.is_finite());
            prop_assert!(worth.interval.low >= 0.0 && worth.interval.low <= worth.interval.high, "{worth:?}");
            let total = fitted.total(&groups, asked.horizon);
            prop_assert!(total.interval.low <= total.interval.high && total.interval.high.is_finite(), "{total:?}");
        }
    }
}
