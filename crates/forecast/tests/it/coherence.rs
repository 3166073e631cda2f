//! What the models say in one way, against what they say in another.

use perennial_forecast::{
    BgNbd, Convergence, CountModel, Discount, Error, GammaGamma, GroupModel, Groups, Horizon,
    MbgCnbd, MbgNbd, Model, ParetoNbd, PurchaseModel, Purchases, Spend,
};

fn customers() -> Vec<Purchases> {
    [
        (0, 0.0, 38.857),
        (1, 30.0, 38.857),
        (26, 30.714, 31.0),
        (5, 2.0, 30.0),
    ]
    .map(|(x, t_x, age)| Purchases::new(x, t_x, age).expect("valid"))
    .to_vec()
}

fn span(span: f64) -> Horizon {
    Horizon::new(span).expect("valid")
}

/// A mean is the sum of the chances to reach each count.
fn sums_up(model: &impl CountModel) {
    for one in customers() {
        let horizon = span(39.0);
        let reaches = |count: u32| model.at_least_if_alive(&one, f64::from(count), horizon);
        let chances = (1..2_000).map(reaches).take_while(|chance| *chance > 1e-9);
        let (sum, mean) = (chances.sum::<f64>(), model.expected_if_alive(&one, horizon));
        assert!((sum / mean - 1.0).abs() < 1e-6, "{one:?}: {sum} {mean}");
    }
}

#[test]
fn chances_of_counts_sum_up_to_their_mean() {
    sums_up(&BgNbd::of([0.2426, 4.414, 0.793, 2.426]).expect("valid"));
    sums_up(&MbgNbd::of([0.5246, 6.183, 0.891, 1.614]).expect("valid"));
    sums_up(&ParetoNbd::of([0.553, 10.58, 0.606, 11.67]).expect("valid"));
    sums_up(&MbgCnbd::of([3.0, 1.33, 2.8, 0.42, 0.79]).expect("valid"));
}

/// With one event a purchase, regular buyers are those who buy at random.
#[test]
fn without_regularity_it_is_mbg_nbd() {
    let random = MbgNbd::of([0.5246, 6.183, 0.891, 1.614]).expect("valid");
    let regular = MbgCnbd::of([1.0, 0.5246, 6.183, 0.891, 1.614]).expect("valid");
    let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} {b}");
    for one in customers() {
        let horizon = span(39.0);
        near(regular.alive(&one), random.alive(&one));
        near(
            regular.expected(&one, horizon),
            random.expected(&one, horizon),
        );
        near(
            regular.at_least_if_alive(&one, 3.0, horizon),
            random.at_least_if_alive(&one, 3.0, horizon),
        );
        near(
            regular.expected_of_new(horizon),
            random.expected_of_new(horizon),
        );
    }
}

/// Files keep a model by its name and its parameters.
#[test]
fn a_model_is_its_name_and_parameters() {
    let values = [
        ("bgnbd", "r alpha a b"),
        ("mbgnbd", "b a alpha r"),
        ("paretonbd", "r alpha s beta"),
        ("paretonbd", "r alpha s beta life.plan trans.plan"),
        ("mbgcnbd", "k r alpha a b"),
    ];
    for (name, list) in values {
        let names = list.split(' ').zip([2.0, 1.5, 0.25, 7.0, 3.0, 4.0]);
        let parameters: Vec<(String, f64)> = names
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let model = PurchaseModel::from_parameters(name, &parameters).expect("a model");
        assert_eq!(model.name(), name);
        let again = PurchaseModel::from_parameters(name, &model.parameters());
        assert_eq!(again.expect("a model"), model);
        let less = PurchaseModel::from_parameters(name, &parameters[1..]);
        assert!(matches!(less, Err(Error::Missing { .. })), "{less:?}");
        let mut more = parameters.clone();
        more.push(("zeta".to_owned(), 1.0));
        let more = PurchaseModel::from_parameters(name, &more);
        assert!(matches!(more, Err(Error::Unknown { .. })), "{more:?}");
    }
    assert!(PurchaseModel::from_parameters("nbd", &[]).is_err());
}

#[test]
fn no_other_end_leaves_out_nearer_to_five_of_a_hundred() {
    let model = ParetoNbd::of([0.553, 10.58, 0.606, 11.67]).expect("valid");
    for one in customers() {
        let horizon = span(39.0);
        let interval = model.interval(&one, horizon);
        let reaches = |count: f64| match count {
            0.0 => 1.0,
            count => model.alive(&one) * model.at_least_if_alive(&one, count, horizon),
        };
        let nearest = |left_out: &dyn Fn(f64) -> f64, end: f64, tail: f64| {
            let off = |end: f64| (left_out(end) - tail).abs();
            let others = [end - 1.0, end + 1.0].into_iter().filter(|end| *end >= 0.0);
            for other in others {
                assert!(off(end) <= off(other), "{one:?}: {interval:?}");
            }
        };
        let tail = if interval.low == 0.0 { 0.1 } else { 0.05 };
        nearest(&|high| reaches(high + 1.0), interval.high, tail);
        if interval.low > 0.0 {
            nearest(&|low| 1.0 - reaches(low), interval.low, tail);
        }
    }
}

/// A present value against what comes step by step, until the horizon and for long.
fn comes_discounted(model: &impl CountModel) {
    let rate = 0.02;
    let discount = Discount::new(rate).expect("valid");
    for one in customers() {
        let step = 0.5;
        let ahead = |at: u32| model.expected(&one, span(f64::from(at) * step));
        let worth = |at: u32| (-rate * (f64::from(at) + 0.5) * step).exp();
        let sum = |steps: u32| -> f64 {
            (0..steps)
                .map(|at| (ahead(at + 1) - ahead(at)) * worth(at))
                .sum()
        };
        for (horizon, steps) in [(Some(span(39.0)), 78), (None, 2_000)] {
            let (found, sum) = (model.present_purchases(&one, discount, horizon), sum(steps));
            assert!((found / sum - 1.0).abs() < 1e-4, "{one:?}: {found} {sum}");
        }
    }
}

#[test]
fn a_present_value_is_what_comes_discounted() {
    comes_discounted(&BgNbd::of([0.2426, 4.414, 0.793, 2.426]).expect("valid"));
    comes_discounted(&MbgNbd::of([0.5246, 6.183, 0.891, 1.614]).expect("valid"));
    comes_discounted(&ParetoNbd::of([0.553, 10.58, 0.606, 11.67]).expect("valid"));
    comes_discounted(&MbgCnbd::of([3.0, 1.33, 2.8, 0.42, 0.79]).expect("valid"));
}

/// Another unit of time changes the parameters that are times, and no forecast.
#[test]
fn units_of_time_do_not_matter() {
    let base = [
        (0, 0.0, 200.0, 600),
        (1, 15.0, 200.0, 60),
        (1, 60.0, 210.0, 50),
        (1, 150.0, 220.0, 40),
        (2, 40.0, 200.0, 30),
        (2, 120.0, 210.0, 30),
        (2, 190.0, 220.0, 20),
        (4, 100.0, 200.0, 15),
        (4, 190.0, 210.0, 20),
        (8, 80.0, 200.0, 4),
        (8, 195.0, 210.0, 12),
        (15, 190.0, 200.0, 5),
        (25, 198.0, 200.0, 2),
    ];
    let in_unit = |unit: f64| {
        let one = |&(x, t_x, age, count): &(u32, f64, f64, u64)| {
            let one = Purchases::new(x, t_x / unit, age / unit);
            (one.expect("valid"), count)
        };
        let groups = Groups::counted(base.iter().map(one));
        let fit = ParetoNbd::fit(&groups).expect("a fit");
        assert_eq!(fit.convergence, Convergence::Maximum, "{fit:?}");
        fit.model.parameters()
    };
    let (days, years) = (in_unit(1.0), in_unit(365.25));
    for (at, unit) in [1.0, 365.25, 1.0, 365.25].into_iter().enumerate() {
        assert!(
            (days[at] / (years[at] * unit) - 1.0).abs() < 1e-5,
            "{days:?} {years:?}"
        );
    }
}

/// With much seen of her, the mean is her own; with nothing, the population's p gamma / (q - 1).
#[test]
fn spend_leans_on_the_population_less_and_less() {
    let model = GammaGamma::of([6.25, 3.74, 15.44]).expect("valid");
    let of = |x, mean| Spend::new(x, mean).expect("valid");
    let nobody = model.expected(&of(0, 0.0)).expect("finite");
    assert!((nobody - 6.25 * 15.44 / 2.74).abs() < 1e-12, "{nobody}");
    let known = model.expected(&of(5_000, 90.0)).expect("finite");
    assert!((known - 90.0).abs() < 0.01, "{known}");
    let interval = model.interval(&of(3, 90.0));
    let mean = model.expected(&of(3, 90.0)).expect("finite");
    assert!(interval.low < mean && mean < interval.high, "{interval:?}");
    let infinite = GammaGamma::of([6.25, 0.9, 15.44]).expect("valid");
    assert_eq!(infinite.expected(&of(0, 0.0)), None);
}
