//! The 1,525 customers of the R package BTYDplus' grocery data, who buy regularly, fitted until 2006-12-31.
//!
//! The data are not part of this repository: `benches/forecast/check.sh FOLDER` runs these tests.

use perennial_forecast::{Convergence, CountModel, Groups, Horizon, MbgCnbd, Purchases, Unit};

use crate::logs;

#[test]
#[ignore = "needs the grocery log: benches/forecast/check.sh"]
fn regular_buyers() {
    let (orders, names) = logs::orders("grocery_log.csv");
    assert_eq!(names.len(), 1_525);
    let until = logs::day("2006-12-31");
    let purchases = logs::purchases(&orders, until);
    let ln_gaps: f64 = orders
        .each()
        .map(|one| one.ln_gaps(until, Unit::Week))
        .sum();
    let groups = Groups::of(&purchases)
        .0
        .with_gaps(ln_gaps)
        .expect("a number");
    let fit = MbgCnbd::fit(&groups).expect("a fit");
    assert_eq!(fit.convergence, Convergence::Maximum);
    // What benches/forecast/regular.py finds with BTYDplus's formula: likelihoods of each k, the best k, and ahead.
    for (k, ln) in [
        (1, -15_781.939_4),
        (2, -14_978.210_7),
        (3, -14_996.850_4),
        (4, -15_326.922_6),
    ] {
        let one = MbgCnbd::fit_regularity(&groups, k).expect("a fit");
        assert!((one.log_likelihood - ln).abs() < 1e-3, "{k}: {one:?}");
    }
    let found = [2.0, 1.329_18, 2.812_55, 0.424_71, 0.790_03];
    for (value, exact) in fit.model.parameters().into_iter().zip(found) {
        assert!((value - exact).abs() < 1e-4, "{fit:?}");
    }
    let horizon = Horizon::new(52.0).expect("a span");
    let alive: f64 = purchases.iter().map(|one| fit.model.alive(one)).sum();
    assert!((alive - 501.694).abs() < 1e-2, "{alive}");
    let ahead: f64 = purchases
        .iter()
        .map(|one| fit.model.expected(one, horizon))
        .sum();
    assert!((ahead - 3_811.5).abs() < 0.1, "{ahead}");
    for (x, t_x, age, exact) in [
        (0, 0.0, 52.0, 0.854_364),
        (1, 50.285_714, 52.0, 1.300_906_4),
        (19, 48.571_428, 52.0, 16.454_550_6),
    ] {
        let one = Purchases::new(x, t_x, age).expect("valid");
        let found = fit.model.expected_if_alive(&one, horizon);
        assert!((found / exact - 1.0).abs() < 1e-6, "{x}: {found}");
    }
}
