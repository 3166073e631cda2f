//! Special functions, likelihoods and forecasts against 60 digits.

use perennial_forecast::special::{digamma, exponential_integral, ln_beta, ln_gamma, ln_rising};
use perennial_forecast::{
    BgNbd, CountModel, Discount, GroupModel, Groups, Horizon, Model, ParetoNbd, Purchases,
};

use crate::table::{near, number, rows};

#[test]
fn special_functions_are_exact_to_twelve_digits() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("tables/special.csv")) {
        let (a, b, exact) = (number(row[1]), number(row[2]), number(row[3]));
        let good = match row[0] {
            "ln_gamma" => near(ln_gamma(a), exact, 1e-12),
            "digamma" => near(digamma(a), exact, 1e-12),
            "ln_beta" => near(ln_beta(a, b), exact, 1e-12),
            "ln_rising" => near(ln_rising(a, b), exact, 1e-12),
            "exponential_integral" => near(exponential_integral(a, b) / exact, 1.0, 1e-12),
            other => panic!("no function {other}"),
        };
        if !good {
            wrong.push(format!("{row:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pareto_likelihoods_are_exact_to_nine_digits() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("tables/pareto_nbd.csv")) {
        let parameters = [0, 1, 2, 3].map(|at| number(row[at]));
        let model = ParetoNbd::of(parameters).expect("parameters");
        let x = row[4].parse().expect("a count");
        let one = Purchases::new(x, number(row[5]), number(row[6])).expect("purchases");
        let (ln, _) = model.likelihood(&Groups::counted([(one, 1)]));
        let alive = model.alive(&one);
        let (ln_exact, alive_exact) = (number(row[7]), number(row[8]).exp());
        if !near(ln, ln_exact, 1e-9) || !near(alive, alive_exact, 1e-9) {
            wrong.push(format!("{row:?}: {ln} {}", alive.ln()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Through the model: an age of 0 and the parameters of the posterior are those of a new customer.
#[test]
fn purchases_before_leaving_are_exact_to_nine_digits() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("tables/beta_geometric.csv")) {
        let [a, b, rate, age, horizon, exact] = [0, 1, 2, 3, 4, 5].map(|at| number(row[at]));
        let model = BgNbd::of([rate, age, a, b]).expect("parameters");
        let found = model.expected_of_new(Horizon::new(horizon).expect("a span"));
        if !near(found / exact, 1.0, 1e-9) {
            wrong.push(format!("{row:?}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The value to come of a living customer, until a horizon and for ever.
#[test]
fn present_values_are_exact_to_nine_digits() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("tables/present.csv")) {
        let parameters = [1, 2, 3, 4].map(|at| number(row[at]));
        let x = row[5].parse().expect("a count");
        let age = number(row[6]);
        let one = Purchases::new(x, if x == 0 { 0.0 } else { age }, age).expect("purchases");
        let discount = Discount::new(number(row[7])).expect("a rate");
        let ever = number(row[8]) == 0.0;
        let horizon = (!ever).then(|| Horizon::new(number(row[8])).expect("a span"));
        let found = if row[0] == "bg" {
            let model = BgNbd::of(parameters).expect("parameters");
            model.present_if_alive(&one, discount, horizon)
        } else {
            let model = ParetoNbd::of(parameters).expect("parameters");
            model.present_if_alive(&one, discount, horizon)
        };
        if !near(found / number(row[9]), 1.0, 1e-9) {
            wrong.push(format!("{row:?}: {}", found / number(row[9]) - 1.0));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
