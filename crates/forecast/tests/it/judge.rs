//! The judge's figures against scikit-learn's and numpy's, and what holds for any forecast.

use std::collections::BTreeMap;

use perennial_forecast::judge::{
    Beyond, Measure, Trial, coverage, coverage_by_chance, past_rate, two_gaps,
};
use perennial_forecast::{Horizon, Interval, Purchases, Random};
use proptest::prelude::*;

use crate::table::{near, number, rows};

/// The columns of the made-up customers.
fn columns() -> [Vec<f64>; 5] {
    let rows = rows(include_str!("tables/judge.csv"));
    [0, 1, 2, 3, 4].map(|at| rows.iter().map(|row| number(row[at])).collect())
}

fn expected() -> BTreeMap<&'static str, f64> {
    let lines = include_str!("tables/judge_figures.csv").lines().skip(1);
    lines
        .map(|line| line.split_once(',').expect("two cells"))
        .map(|(name, value)| (name, number(value)))
        .collect()
}

#[test]
fn figures_are_those_of_scikit_learn() {
    let ([forecast, came, chances, ..], expected) = (columns(), expected());
    let trial = Trial::new(&forecast, &came, Some(&chances)).expect("a trial");
    let figures = trial.figures();
    for measure in Measure::ALL {
        let (found, exact) = (figures.get(measure), expected[measure.name()]);
        assert!(
            near(found.expect("a figure"), exact, 1e-12),
            "{measure:?}: {found:?}, not {exact}"
        );
    }
    let plain = Trial::new(&forecast, &came, None)
        .expect("a trial")
        .figures();
    assert!(near(
        plain.auc.expect("both kinds"),
        expected["auc_by_forecast"],
        1e-12
    ));
    assert_eq!(plain.log_loss, None);
    for (part, decile) in trial.deciles().iter().enumerate() {
        assert_eq!(decile.customers, 30);
        let exact = |what: &str| expected[format!("decile_{part}_{what}").as_str()];
        assert!(near(decile.forecast, exact("forecast"), 1e-12));
        assert!(near(decile.came, exact("came"), 1e-12));
    }
}

#[test]
fn coverage_is_that_of_many_draws() {
    let ([_, came, _, at_least, more], expected) = (columns(), expected());
    let pairs = at_least.iter().zip(&more);
    let beyond: Vec<Beyond> = pairs
        .map(|(at_least, more)| Beyond {
            at_least: *at_least,
            more: *more,
        })
        .collect();
    let even = coverage_by_chance(&beyond, 0.9, false).expect("chances");
    assert!(
        (even.inside - expected["by_chance"]).abs() < 1e-3,
        "{even:?}"
    );
    let half = coverage_by_chance(&beyond, 0.9, true).expect("chances");
    assert!(near(half.inside, expected["half"], 1e-12), "{half:?}");
    assert!(near(even.below + even.inside + even.above, 1.0, 1e-12));
    let intervals = vec![
        Interval {
            low: 1.0,
            high: 3.0
        };
        came.len()
    ];
    let closed = coverage(&intervals, &came).expect("outcomes");
    let share = |test: &dyn Fn(f64) -> bool| {
        came.iter().filter(|one| test(**one)).count() as f64 / came.len() as f64
    };
    assert!(near(closed.below, share(&|a| a < 1.0), 1e-12));
    assert!(near(
        closed.inside,
        share(&|a| (1.0..=3.0).contains(&a)),
        1e-12
    ));
    assert!(near(closed.above, share(&|a| a > 3.0), 1e-12));
}

#[test]
fn the_bootstrap_is_numpys() {
    let ([forecast, came, ..], expected) = (columns(), expected());
    let less: Vec<f64> = forecast.iter().map(|one| 0.8 * one).collect();
    let one = Trial::new(&forecast, &came, None).expect("a trial");
    let other = Trial::new(&less, &came, None).expect("a trial");
    let draw = |seed| {
        one.less(&other, 4_000, &mut Random::new(seed))
            .expect("draws")
    };
    assert_eq!(draw(5), draw(5));
    let all = draw(5);
    let mae = all
        .iter()
        .find(|one| one.measure == Measure::Mae)
        .expect("the error");
    assert!(near(mae.value, expected["difference"], 1e-12), "{mae:?}");
    assert!(
        (mae.low - expected["difference_low"]).abs() < 0.005,
        "{mae:?}"
    );
    assert!(
        (mae.high - expected["difference_high"]).abs() < 0.005,
        "{mae:?}"
    );
    assert!(all.iter().all(|one| one.measure != Measure::LogLoss));
    let itself = one.less(&one, 10, &mut Random::new(1)).expect("draws");
    assert!(
        itself
            .iter()
            .all(|one| (one.value, one.low, one.high) == (0.0, 0.0, 0.0))
    );
}

#[test]
fn forecasts_that_need_no_model() {
    let of = |x, t_x, age| Purchases::new(x, t_x, age).expect("purchases");
    let horizon = Horizon::new(10.0).expect("a span");
    let both = |one: &Purchases| (past_rate(one, horizon), two_gaps(one, horizon));
    assert_eq!(both(&of(4, 20.0, 29.0)), (40.0 / 29.0, 40.0 / 29.0));
    assert_eq!(both(&of(4, 20.0, 30.0)), (40.0 / 30.0, 0.0));
    assert_eq!(both(&of(0, 0.0, 30.0)), (0.0, 0.0));
    assert_eq!(both(&of(0, 0.0, 0.0)), (0.0, 0.0));
}

#[test]
fn what_cannot_be_judged_is_refused_or_has_no_figure() {
    let refused = Trial::new(&[1.0, f64::NAN], &[1.0, 2.0], None).expect_err("no number");
    assert!(
        refused.to_string().starts_with("row 1: the forecast"),
        "{refused}"
    );
    for (forecast, came, chances) in [
        (&[1.0][..], &[1.0, 2.0][..], None),
        (&[-1.0], &[1.0], None),
        (&[1.0], &[f64::INFINITY], None),
        (&[1.0], &[1.0], Some(&[1.5][..])),
        (&[1.0], &[1.0], Some(&[][..])),
    ] {
        Trial::new(forecast, came, chances).expect_err("refused");
    }
    let none = Trial::new(&[], &[], Some(&[])).expect("no customers");
    let figures = none.figures();
    assert_eq!(
        (figures.customers, figures.mae, figures.gini),
        (0.0, 0.0, None)
    );
    assert!(none.deciles().is_empty());
    let nothing = Trial::new(&[1.0; 3], &[0.0; 3], None)
        .expect("customers")
        .figures();
    assert_eq!((nothing.bias, nothing.wmape), (None, None));
    assert_eq!((nothing.gini, nothing.auc), (None, None));
    let other = Trial::new(&[1.0; 3], &[1.0; 3], None).expect("customers");
    let here = Trial::new(&[1.0; 3], &[0.0; 3], None).expect("customers");
    here.less(&other, 10, &mut Random::new(1))
        .expect_err("other outcomes");
    here.less(&here, 0, &mut Random::new(1))
        .expect_err("no rounds");
}

proptest! {
    #[test]
    fn the_order_of_rows_has_no_say(
        rows in prop::collection::vec((0_u8..9, 0_u8..6, 0.0..=1.0_f64), 1..60),
        turn in 0_usize..60,
    ) {
        let trial = |rows: &[(u8, u8, f64)]| {
            let forecast: Vec<f64> = rows.iter().map(|one| f64::from(one.0)).collect();
            let came: Vec<f64> = rows.iter().map(|one| f64::from(one.1)).collect();
            let chances: Vec<f64> = rows.iter().map(|one| one.2).collect();
            Trial::new(&forecast, &came, Some(&chances)).expect("a trial")
        };
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        let (one, other) = (trial(&rows), trial(&turned));
        for measure in Measure::ALL {
            let (a, b) = (one.figures().get(measure), other.figures().get(measure));
            prop_assert_eq!(a.is_some(), b.is_some());
            let (a, b) = (a.unwrap_or(0.0), b.unwrap_or(0.0));
            prop_assert!(near(a, b, 1e-9) && a.is_finite(), "{:?}: {} {}", measure, a, b);
        }
        for (a, b) in one.deciles().iter().zip(other.deciles()) {
            prop_assert!(near(a.came, b.came, 1e-9) && near(a.forecast, b.forecast, 1e-9));
        }
        let gini = one.figures().gini.unwrap_or(0.0);
        prop_assert!((-1.0 - 1e-9..=1.0 + 1e-9).contains(&gini));
    }
}
