//! The stack: what it knows, what it learns and when it refuses.

use perennial_forecast::judge::Trial;
use perennial_forecast::stack::{
    Calibration, Evidence, FEATURES, MIN_CUSTOMERS, Outcomes, PURCHASE_MODELS, Stack, features,
};
use perennial_forecast::trees::Table;
use perennial_forecast::{Error, GammaGamma, Model, Orders, PurchaseModel, Random, Unit};

/// The last day of what is known, and days after it.
const DAY: i32 = 10_365;
const HORIZON: i32 = 182;

/// Customers of a year who leave at random; those of a `club` buy three times as often after the day, which no
/// purchase model can know.
fn base(customers: u32, seed: u64) -> (Orders, Vec<f64>) {
    let mut random = Random::new(seed);
    let (mut rows, mut club) = (Vec::new(), Vec::new());
    for customer in 0..customers {
        let first = DAY - 365 + random.below(180) as i32;
        let rate = -random.unit().ln() / 40.0;
        let member = random.unit() < 0.3;
        club.push(f64::from(u8::from(member)));
        let worth = 10.0 + 40.0 * random.unit();
        let mut at = f64::from(first);
        loop {
            rows.push((customer, at as i32, worth * (0.5 + random.unit())));
            let faster = if member && at > f64::from(DAY) {
                3.0
            } else {
                1.0
            };
            at += -random.unit().ln() / (rate * faster);
            if at > f64::from(DAY + HORIZON) || random.unit() < 0.1 {
                break;
            }
        }
    }
    (Orders::gather(customers, rows).expect("orders"), club)
}

fn evidence(orders: &Orders, club: &[f64], day: i32) -> (Evidence, Vec<u32>) {
    let known = |customer: &u32| !orders.of(*customer as usize).until(day).days.is_empty();
    let customers: Vec<u32> = (0..orders.customers() as u32).filter(known).collect();
    let models = [
        ("bgnbd", ["r", "alpha", "a", "b"], [1.0, 5.7, 1.0, 9.0]),
        (
            "paretonbd",
            ["r", "alpha", "s", "beta"],
            [1.0, 5.7, 1.0, 57.0],
        ),
    ];
    let models = models.map(|(name, names, values)| {
        let named = names.into_iter().map(str::to_owned).zip(values);
        let named: Vec<(String, f64)> = named.collect();
        let model = PurchaseModel::from_parameters(name, &named).expect("a model");
        (model, Unit::Week)
    });
    let spend = GammaGamma::of([6.25, 3.74, 15.44]).expect("a model");
    let mut more = Table::new(customers.len());
    let column = customers.iter().map(|one| club[*one as usize]);
    more.push("club", column.collect()).expect("a column");
    let found = Evidence::of(orders, &customers, day, HORIZON, &models, Some(&more));
    let found = found.expect("evidence");
    let found = found.with_spend(&spend, orders, &customers, day);
    (found.expect("spend"), customers)
}

#[test]
fn what_comes_later_has_no_say() {
    let (orders, _) = base(50, 1);
    let mut rows = Vec::new();
    for (customer, of) in orders.each().enumerate() {
        let seen = of.until(DAY);
        for (day, value) in seen.days.iter().zip(seen.values) {
            rows.push((customer as u32, *day, *value));
        }
    }
    let seen = Orders::gather(51, rows).expect("orders");
    let customers: Vec<u32> = (0..51).collect();
    let one = features(&orders, &customers, DAY, HORIZON).expect("columns");
    let other = features(&seen, &customers, DAY, HORIZON).expect("columns");
    assert_eq!(one.names().len(), FEATURES.len());
    for row in 0..51 {
        for column in 0..FEATURES.len() {
            assert_eq!(one.value(row, column), other.value(row, column));
            assert!(row < 50 || one.value(row, column).is_none());
        }
    }
    features(&orders, &customers, DAY, 0).expect_err("no horizon");
}

#[test]
fn columns_are_what_they_say() {
    // Days 2, 3 and 380 from 1970-01-01 are a Saturday, a Sunday and a Saturday.
    let days = [2, 3, 12, 32, 190, 380];
    let rows = days.iter().map(|day| (0, *day, f64::from(*day))).collect();
    let orders = Orders::gather(1, rows).expect("orders");
    let table = features(&orders, &[0], 400, 40).expect("columns");
    let value = |name: &str| {
        let at = table.names().iter().position(|one| one == name);
        table.value(0, at.expect("a column")).expect("a value")
    };
    for (name, exact) in [
        ("orders", 6.0),
        ("age_days", 398.0),
        ("idle_days", 20.0),
        ("gap_mean_days", 378.0 / 5.0),
        ("gap_last_days", 190.0),
        ("gap_most_days", 190.0),
        ("gap_recent_days", (20.0 + 158.0 + 190.0) / 3.0),
        ("idle_per_gap", 100.0 / 378.0),
        ("orders_30", 1.0),
        ("orders_365", 2.0),
        ("trend_180", 0.0),
        ("late_share", 1.0 / 6.0),
        ("same_season", 0.0),
        ("money", 619.0),
        ("money_first", 2.0),
        ("money_last", 380.0),
        ("weekend_share", 0.5),
        ("first_orders_30", 3.0),
    ] {
        assert!(
            (value(name) - exact).abs() < 1e-12,
            "{name}: {}",
            value(name)
        );
    }
}

#[test]
fn what_no_model_knows_is_learned_and_told() {
    let (orders, club) = base(600, 3);
    let (evidence, customers) = evidence(&orders, &club, DAY);
    let outcomes = Outcomes::of(&orders, &customers, DAY, HORIZON).expect("outcomes");
    let (stack, unseen) = Stack::fit(&evidence, &outcomes, 5).expect("a stack");
    let judged = |forecast: &[f64], buys: &[f64]| {
        let trial = Trial::new(forecast, &outcomes.orders, Some(buys)).expect("a trial");
        trial.figures()
    };
    let found = judged(&unseen.expected, &unseen.buys);
    assert!(found.bias.expect("some came").abs() < 0.02, "{found:?}");
    for expert in &evidence.experts {
        let other = judged(&expert.expected, &expert.buys);
        assert!(
            found.deviance < 0.97 * other.deviance,
            "{found:?} {other:?}"
        );
        assert!(
            found.rmse < other.rmse && found.gini > other.gini,
            "{found:?} {other:?}"
        );
        assert!(found.log_loss < other.log_loss, "{found:?} {other:?}");
    }
    let bought: Vec<f64> = outcomes.orders.iter().map(|one| one.min(1.0)).collect();
    let trial = Trial::new(&unseen.buys, &bought, None).expect("a trial");
    for decile in trial.deciles() {
        assert!((decile.forecast - decile.came).abs() < 0.15, "{decile:?}");
    }
    let money = Trial::new(unseen.money.as_ref().expect("money"), &outcomes.money, None);
    let money = money.expect("a trial").figures();
    assert!(money.bias.expect("some came").abs() < 0.03, "{money:?}");
    assert!(money.gini.expect("not all alike") > 0.6, "{money:?}");
    let overall = stack.overall(&evidence, 4);
    assert!(overall.iter().any(|one| one.name == "club"), "{overall:?}");
    assert!(
        overall.iter().any(|one| one.name == PURCHASE_MODELS),
        "{overall:?}"
    );
    let member = club.iter().position(|one| *one > 0.0).expect("a member");
    let own = stack.drivers(&evidence, member, 100);
    let of_club = own
        .iter()
        .find(|one| one.name == "club")
        .expect("of the club");
    assert!(
        of_club.moved > 0.2 && of_club.value == Some(1.0),
        "{of_club:?}"
    );
    assert!(stack.drivers(&evidence, 600, 3).is_empty());
}

#[test]
fn the_same_seed_gives_the_same_stack_and_it_can_be_written_down() {
    let (orders, club) = base(320, 9);
    let (evidence, customers) = evidence(&orders, &club, DAY);
    let outcomes = Outcomes::of(&orders, &customers, DAY, HORIZON).expect("outcomes");
    let (one, _) = Stack::fit(&evidence, &outcomes, 5).expect("a stack");
    let (other, _) = Stack::fit(&evidence, &outcomes, 5).expect("a stack");
    assert_eq!(one, other);
    let again = Stack::from_parts(one.to_parts()).expect("its own parts");
    assert_eq!(again.score(&evidence), one.score(&evidence));
    let mut wrong = one.to_parts();
    wrong.expected.weights.pop();
    wrong.buys.least = f64::NAN;
    Stack::from_parts(wrong).expect_err("refused");
    let mut fewer = evidence.clone();
    fewer.experts.pop();
    one.score(&fewer).expect_err("a model is missing");
    let said = one.score(&evidence).expect("forecasts");
    let all = said
        .expected
        .iter()
        .chain(said.money.as_ref().expect("money"));
    assert!(
        all.chain(&said.buys)
            .all(|one| one.is_finite() && *one >= 0.0)
    );
    assert!(said.buys.iter().all(|one| *one <= 1.0));
}

#[test]
fn too_few_are_refused_with_the_reason() {
    let few = Stack::enough(&[1.0; 10]).expect_err("few");
    assert!(few.to_string().starts_with("10 customers"), "{few}");
    let mut came = vec![0.0; MIN_CUSTOMERS as usize];
    let none = Stack::enough(&came).expect_err("nobody bought");
    assert!(
        matches!(none, Error::FewOfAKind { customers: 0, .. }),
        "{none}"
    );
    came.fill(1.0);
    let all = Stack::enough(&came)
        .expect_err("everybody bought")
        .to_string();
    assert!(all.contains("bought nothing within the horizon"), "{all}");
    came[..100].fill(0.0);
    Stack::enough(&came).expect("enough");
    let (orders, club) = base(320, 9);
    let (evidence, _) = evidence(&orders, &club, DAY);
    let outcomes = Outcomes {
        orders: vec![f64::NAN; 320],
        money: vec![0.0; 320],
    };
    Stack::fit(&evidence, &outcomes, 1).expect_err("no numbers");
    let early = Evidence::of(&orders, &[0], 0, HORIZON, &[], None);
    early.expect_err("no model, no order");
    Calibration::from_points(vec![(0.2, 1.5)]).expect_err("no chance");
}
