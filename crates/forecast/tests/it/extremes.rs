//! Whatever comes in: an error with a way out, or figures that are figures.

use std::collections::BTreeMap;

use perennial_forecast::{
    BgBb, BgNbd, Convergence, CountModel, Discount, Donations, Error, GammaGamma, GroupModel,
    Groups, Horizon, MbgCnbd, MbgNbd, Model, ParetoNbd, Purchases, Renewals, ShiftedBetaGeometric,
    Spend, SpendGroups, Warning,
};
use proptest::prelude::*;

/// Numbers of all sizes that a parameter may have.
fn parameter() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => (-4.0..4.0_f64).prop_map(|power| 10_f64.powf(power)),
        1 => (-12.0..12.0_f64).prop_map(|power| 10_f64.powf(power)),
        1 => Just(1.0),
    ]
}

fn parameters() -> impl Strategy<Value = [f64; 4]> {
    [parameter(), parameter(), parameter(), parameter()]
}

/// Times of all sizes, and two of them close together.
fn purchases() -> impl Strategy<Value = Purchases> {
    let x = prop_oneof![0..20_u32, 0..20_000_u32, Just(u32::MAX)];
    let age = prop_oneof![
        Just(0.0),
        0.0..200.0_f64,
        (-9.0..9.0_f64).prop_map(|power| 10_f64.powf(power))
    ];
    let share = prop_oneof![
        Just(0.0),
        Just(1.0),
        0.0..1.0_f64,
        (-15.0..0.0_f64).prop_map(|power| 1.0 - 10_f64.powf(power))
    ];
    (x, age, share).prop_map(|(x, age, share)| {
        let t_x = if x == 0 { 0.0 } else { age * share };
        Purchases::new(x, t_x, age).expect("valid")
    })
}

fn horizon() -> impl Strategy<Value = Horizon> {
    let span = prop_oneof![
        Just(0.0),
        0.0..200.0_f64,
        (-9.0..9.0_f64).prop_map(|power| 10_f64.powf(power))
    ];
    span.prop_map(|span| Horizon::new(span).expect("valid"))
}

fn sound<M: GroupModel>(
    parameters: [f64; 4],
    one: Purchases,
    horizon: Horizon,
) -> Result<(), TestCaseError> {
    let model = M::of(parameters).expect("valid");
    let (ln, slopes) = model.likelihood(&Groups::counted([(one, 3)]));
    prop_assert!(ln.is_finite(), "ln L {ln}");
    prop_assert!(slopes.iter().all(|slope| slope.is_finite()), "{slopes:?}");
    answers(&model, one, horizon)
}

/// Figures that are figures, of any model.
fn answers(model: &impl CountModel, one: Purchases, horizon: Horizon) -> Result<(), TestCaseError> {
    let alive = model.alive(&one);
    prop_assert!((0.0..=1.0).contains(&alive), "alive {alive}");
    let expected = model.expected(&one, horizon);
    prop_assert!(
        expected >= 0.0 && expected.is_finite(),
        "expected {expected}"
    );
    let new = model.expected_of_new(horizon);
    prop_assert!(new >= 0.0 && new.is_finite(), "new {new}");
    Ok(())
}

fn bounded<M: GroupModel>(
    parameters: [f64; 4],
    one: Purchases,
    horizon: Horizon,
) -> Result<(), TestCaseError> {
    ends_in_order(&M::of(parameters).expect("valid"), one, horizon)
}

fn ends_in_order(
    model: &impl CountModel,
    one: Purchases,
    horizon: Horizon,
) -> Result<(), TestCaseError> {
    let interval = model.interval(&one, horizon);
    prop_assert!(
        interval.low >= 0.0 && interval.low <= interval.high && interval.high.is_finite(),
        "{interval:?}"
    );
    let mut before = 1.0;
    for count in [1.0, 2.0, 5.0, 50.0] {
        let chance = model.at_least_if_alive(&one, count, horizon);
        prop_assert!((0.0..=1.0).contains(&chance), "{count}: {chance}");
        prop_assert!(chance <= before + 1e-9, "{count}: {chance} after {before}");
        before = chance;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn count_models_are_sound(parameters in parameters(), one in purchases(), horizon in horizon()) {
        sound::<BgNbd>(parameters, one, horizon)?;
        sound::<MbgNbd>(parameters, one, horizon)?;
        sound::<ParetoNbd>(parameters, one, horizon)?;
    }

    #[test]
    fn regular_buyers_are_sound(k in 1..=12_u32, [r, alpha, a, b] in parameters(), one in purchases(), horizon in horizon()) {
        let model = MbgCnbd::of([k.into(), r, alpha, a, b]).expect("valid");
        answers(&model, one, horizon)?;
    }

    #[test]
    fn spend_is_sound(p in parameter(), q in parameter(), gamma in parameter(), x in 0..20_000_u32, power in -9.0..12.0_f64) {
        let model = GammaGamma::of([p, q, gamma]).expect("valid");
        let spend = Spend::new(x, 10_f64.powf(power)).expect("valid");
        if let Some(mean) = model.expected(&spend) {
            prop_assert!(mean > 0.0 && mean.is_finite(), "{mean}");
        }
        let interval = model.interval(&spend);
        prop_assert!(interval.low >= 0.0 && interval.low <= interval.high && interval.high.is_finite(), "{interval:?}");
        let (ln, slopes) = model.likelihood(&SpendGroups::of(&[spend]));
        prop_assert!(ln.is_finite() && slopes.iter().all(|slope| slope.is_finite()), "{ln} {slopes:?}");
    }

    #[test]
    fn donations_are_sound(parameters in parameters(), n in 0..60_u32, last in 0..60_u32, x in 0..60_u32) {
        let model = BgBb::of(parameters).expect("valid");
        let last = last.min(n);
        let one = Donations::new(if last == 0 { 0 } else { x.clamp(1, last) }, last, n).expect("valid");
        let (ln, slopes) = model.likelihood(&BTreeMap::from([(one, 2)]));
        prop_assert!(ln.is_finite() && slopes.iter().all(|slope| slope.is_finite()), "{ln} {slopes:?}");
        let alive = model.alive(&one);
        prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
        let expected = model.expected(&one, 20);
        prop_assert!((0.0..=20.0).contains(&expected), "{expected}");
        let present = model.present_purchases(&one, 0.1).expect("a rate");
        prop_assert!((0.0..=11.0 + 1e-9).contains(&present), "{present}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn present_values_are_sound(parameters in parameters(), one in purchases(), power in -9.0..3.0_f64) {
        let discount = Discount::new(10_f64.powf(power)).expect("valid");
        let [r, alpha, a, b] = parameters;
        let bg = BgNbd::of(parameters).expect("valid");
        let pareto = ParetoNbd::of(parameters).expect("valid");
        let regular = MbgCnbd::of([4.0, r, alpha, a, b]).expect("valid");
        let models: [&dyn CountModel; 3] = [&bg, &pareto, &regular];
        for model in models {
            let found = model.present_purchases(&one, discount, None);
            prop_assert!(found >= 0.0 && found.is_finite(), "{found}");
        }
    }

    #[test]
    fn intervals_are_intervals(parameters in parameters(), one in purchases(), horizon in horizon()) {
        bounded::<BgNbd>(parameters, one, horizon)?;
        bounded::<MbgNbd>(parameters, one, horizon)?;
        bounded::<ParetoNbd>(parameters, one, horizon)?;
        let [r, alpha, a, b] = parameters;
        ends_in_order(&MbgCnbd::of([5.0, r, alpha, a, b]).expect("valid"), one, horizon)?;
    }

    /// A fit of anything ends, and says so if it is none.
    #[test]
    fn fits_end(customers in prop::collection::vec(purchases(), 1..20)) {
        let (groups, _) = Groups::of(&customers);
        ends::<BgNbd>(&groups)?;
        ends::<MbgNbd>(&groups)?;
        ends::<ParetoNbd>(&groups)?;
        if let Ok(fit) = MbgCnbd::fit_regularity(&groups, 3) {
            prop_assert!(fit.log_likelihood.is_finite());
        }
    }
}

fn ends<M: GroupModel>(groups: &Groups) -> Result<(), TestCaseError> {
    match M::fit(groups) {
        Ok(fit) => {
            prop_assert!(fit.log_likelihood.is_finite());
            prop_assert!(
                fit.warnings
                    .contains(&Warning::FewCustomers(groups.customers()))
            );
            let settled = fit.convergence == Convergence::Maximum;
            prop_assert!(
                !settled
                    || fit
                        .standard_errors
                        .iter()
                        .all(|error| error.is_some_and(f64::is_finite))
            );
        }
        Err(error) => prop_assert!(!error.way_out().is_empty()),
    }
    Ok(())
}

fn weeks(x: u32, t_x: f64, age: f64) -> Purchases {
    Purchases::new(x, t_x, age).expect("valid")
}

#[test]
fn three_customers_are_too_few() {
    let (groups, _) = Groups::of(&[weeks(1, 2.0, 9.0), weeks(0, 0.0, 8.0), weeks(4, 7.0, 9.0)]);
    let few = Error::FewCustomers {
        customers: 3,
        needed: 10,
    };
    assert_eq!(ParetoNbd::fit(&groups).expect_err("refused"), few);
    assert!(few.to_string().contains("wait for more customers"), "{few}");
    assert_eq!(
        BgNbd::fit(&Groups::default())
            .expect_err("refused")
            .to_string()
            .split(' ')
            .next(),
        Some("0")
    );
}

#[test]
fn nobody_who_came_again_is_refused() {
    let groups = Groups::counted([(weeks(0, 0.0, 9.0), 4_000), (weeks(0, 0.0, 3.0), 5_000)]);
    let none = Error::NoRepeats { customers: 9_000 };
    assert_eq!(BgNbd::fit(&groups).expect_err("refused"), none);
    assert_eq!(MbgNbd::fit(&groups).expect_err("refused"), none);
    assert_eq!(ParetoNbd::fit(&groups).expect_err("refused"), none);
}

/// All the same: the likelihood rises as customers grow alike, and no parameter has a standard error.
#[test]
fn customers_who_are_all_alike_are_at_a_boundary() {
    let groups = Groups::counted([(weeks(4, 30.0, 39.0), 1_000)]);
    let fit = BgNbd::fit(&groups).expect("a fit");
    assert!(
        matches!(fit.convergence, Convergence::Boundary(_)),
        "{fit:?}"
    );
    assert!(fit.warnings.contains(&Warning::Boundary));
    let ahead = fit
        .model
        .expected(&weeks(4, 30.0, 39.0), Horizon::new(39.0).expect("a span"));
    assert!((2.0..=4.5).contains(&ahead), "{ahead}");
}

#[test]
fn spend_that_is_none_is_refused() {
    for mean in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        let refused = Spend::new(2, mean).expect_err("refused").in_row(17);
        assert!(
            refused.to_string().starts_with("row 17: the mean value"),
            "{refused}"
        );
    }
    let once = vec![Spend::new(0, 12.0).expect("known to be unknown"); 50];
    let groups = SpendGroups::of(&once);
    assert_eq!((groups.customers(), groups.without()), (0, 50));
    let few = Error::FewCustomers {
        customers: 0,
        needed: 10,
    };
    assert_eq!(GammaGamma::fit(&groups).expect_err("refused"), few);
    let same = vec![Spend::new(2, 12.0).expect("valid"); 50];
    let refused = GammaGamma::fit(&SpendGroups::of(&same)).expect_err("refused");
    assert!(matches!(refused, Error::NoSpread { .. }), "{refused}");
}

#[test]
fn spend_that_goes_with_frequency_is_warned_of() {
    let spends: Vec<Spend> = (1..400_u32)
        .map(|at| {
            let x = 1 + at % 7;
            Spend::new(x, f64::from(10 * x) + f64::from(at % 11)).expect("valid")
        })
        .collect();
    let fit = GammaGamma::fit(&SpendGroups::of(&spends)).expect("a fit");
    let correlated = |warning: &Warning| matches!(warning, Warning::Correlated(by) if *by > 0.9);
    assert!(fit.warnings.iter().any(correlated), "{fit:?}");
}

#[test]
fn contracts_and_donations_that_tell_nothing_are_refused() {
    let kept = Renewals {
        ended: vec![0, 0],
        kept: 100,
    };
    let refused = ShiftedBetaGeometric::fit(&[kept]).expect_err("refused");
    assert!(matches!(refused, Error::NoSpread { .. }), "{refused}");
    assert!(Renewals::of_survivors(&[10, 12]).is_err());
    let never = BTreeMap::from([(Donations::new(0, 0, 6).expect("valid"), 100)]);
    assert_eq!(
        BgBb::fit(&never).expect_err("refused"),
        Error::NoRepeats { customers: 100 }
    );
    assert!(Donations::new(3, 2, 6).is_err() && Donations::new(0, 2, 6).is_err());
}
