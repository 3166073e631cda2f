//! Uplift held against simulated experiments whose truth is known, and against experiments that cannot be.

use perennial_forecast::uplift::{
    Asking, Experiment, Feature, Learner, Refusal, Request, Study, Values, Withheld,
    average_effect, study,
};

/// A generator of its own, so that the tests share nothing with what they test (xorshift64*, Vigna 2016).
struct Lot(u64);

impl Lot {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit().max(1e-12), self.unit());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }
}

/// An experiment, and each customer's true uplift: `effect` of the first feature and the word.
fn simulated(
    seed: u64,
    customers: usize,
    share: f64,
    effect: impl Fn(f64, u32) -> f64,
) -> (Experiment, Vec<f64>) {
    let mut lot = Lot::new(seed);
    let mut experiment = Experiment::default();
    let (mut first, mut second, mut codes, mut truth) = (vec![], vec![], vec![], vec![]);
    for _ in 0..customers {
        let (x, z) = (lot.normal(), lot.normal());
        let word = (lot.unit() * 3.0) as u32;
        let treated = lot.unit() < share;
        let uplift = effect(x, word);
        let rate = 0.25 + 0.08 * z.tanh() + if treated { uplift } else { 0.0 };
        experiment.treated.push(treated);
        experiment
            .outcome
            .push(f64::from(u8::from(lot.unit() < rate)));
        first.push(x);
        second.push(if lot.unit() < 0.05 { f64::NAN } else { z });
        codes.push(word);
        truth.push(uplift);
    }
    let words = ["north", "south", "west"].map(str::to_owned).to_vec();
    experiment.features = vec![
        feature("visits", Values::Numbers(first)),
        feature("spend", Values::Numbers(second)),
        feature("region", Values::Words { codes, words }),
    ];
    (experiment, truth)
}

fn feature(name: &str, values: Values) -> Feature {
    Feature {
        name: name.to_owned(),
        values,
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (x, y) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| f(a - x, b - y)).sum()
    };
    sum(&|a, b| a * b) / (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt()
}

fn studied(experiment: &Experiment, learner: Option<Learner>, seed: u64) -> Study {
    let request = Request {
        learner,
        seed,
        ..Request::default()
    };
    study(experiment, &request).expect("an experiment")
}

#[test]
fn learners_find_whom_treatment_helps_more() {
    for learner in [Some(Learner::T), Some(Learner::R), None] {
        let seed = 11;
        let told = |x: f64, word: u32| 0.1 + 0.12 * x.tanh() + if word == 1 { 0.1 } else { 0.0 };
        let (experiment, truth) = simulated(seed, 6_000, 0.5, told);
        let study = studied(&experiment, learner, seed);
        assert!(study.balance.is_random, "seed {seed}");
        let targeting = study.targeting.expect("told");
        let close = correlation(&targeting.rank, &truth);
        assert!(close > 0.75, "{learner:?}, seed {seed}: {close}");
        let close = correlation(&targeting.uplift, &truth);
        assert!(close > 0.75, "{learner:?}, seed {seed}: {close}");
        for one in [
            targeting.gain,
            targeting.qini.expect("0 and 1"),
            targeting.auuc.expect("too"),
        ] {
            assert!(one.low > 0.0, "{learner:?}, seed {seed}: {one:?}");
        }
        assert!(targeting.signal.p_value < 0.001, "{:?}", targeting.signal);
        assert_eq!(targeting.drivers[0].feature, "visits");
        assert!(targeting.drivers[0].p_value < 0.01);
        let spend = targeting.drivers.iter().find(|one| one.feature == "spend");
        assert!(spend.expect("listed").share < 0.1);
        let (first, last) = (&targeting.deciles[0], &targeting.deciles[9]);
        let effect = |decile: &perennial_forecast::uplift::Decile| {
            decile.effect.as_ref().expect("customers enough").effect
        };
        assert!(effect(first) > effect(last) + 0.1);
        assert!(first.foretold > last.foretold + 0.1);
        assert!(targeting.uplift.iter().all(|one| one.is_finite()));
    }
}

#[test]
fn where_nobody_is_helped_more_intervals_hold_0() {
    let seeds = 40;
    let (mut gain, mut qini, mut signal, mut lean) = (0, 0, 0, 0.0);
    for seed in 0..seeds {
        // An effect, but the same for all.
        let (experiment, _) = simulated(1_000 + seed, 500, 0.5, |_, _| 0.1);
        let targeting = studied(&experiment, None, seed).targeting.expect("told");
        gain += u32::from(!targeting.gain.is_sure());
        qini += u32::from(!targeting.qini.expect("0 and 1").is_sure());
        signal += u32::from(targeting.signal.p_value > 0.05);
        lean += targeting.gain.value;
    }
    // 95 % of 40 are 38, with a standard deviation of 1.4.
    for held in [gain, qini, signal] {
        assert!(
            held >= 34,
            "seeds 1000 to {}: gain {gain}, Qini {qini}, slope {signal} of {seeds}, sum {lean}",
            999 + seeds
        );
    }
}

#[test]
fn the_average_effects_interval_covers_at_its_rate() {
    let (mut plain, mut rare, mut money, mut saved) = (0, 0, 0, 0.0);
    let seeds = 400;
    for seed in 0..seeds {
        let (experiment, _) = simulated(seed, 300, 0.7, |_, _| 0.1);
        let found = average_effect(&experiment, &Asking::default()).expect("an experiment");
        plain += u32::from(found.low <= 0.1 && found.high >= 0.1);
        // A rate of 2 % and 5 %: 2 and 5 of 100.
        let mut lot = Lot::new(5_000 + seed);
        let mut few = Experiment::default();
        let mut before = Vec::new();
        let mut spend = Experiment::default();
        for row in 0..200 {
            let treated = row % 2 == 0;
            few.treated.push(treated);
            let rate = if treated { 0.05 } else { 0.02 };
            few.outcome.push(f64::from(u8::from(lot.unit() < rate)));
            let level = 20.0 * (0.8 * lot.normal()).exp();
            before.push(if row == 7 { f64::NAN } else { level });
            spend.treated.push(treated);
            let luck = 10.0 * lot.normal();
            spend
                .outcome
                .push(level + luck + if treated { 3.0 } else { 0.0 });
        }
        let found = average_effect(&few, &Asking::default());
        rare += u32::from(found.is_ok_and(|own| own.low <= 0.03 && own.high >= 0.03));
        let asking = Asking {
            before: Some(&before),
            ..Asking::default()
        };
        let found = average_effect(&spend, &asking).expect("an experiment");
        money += u32::from(found.low <= 3.0 && found.high >= 3.0);
        saved += found.explained.expect("asked for");
    }
    // 95 % of 400 are 380, with a standard deviation of 4.4; the interval of rare rates may cover more.
    for covered in [plain, rare, money] {
        assert!(
            covered >= 366,
            "{covered} of seeds 0 to {seeds}: {plain} {rare} {money}"
        );
    }
    for covered in [plain, money] {
        assert!(covered <= 394, "{covered} of {seeds}");
    }
    assert!(saved / f64::from(seeds as u32) > 0.6);
}

#[test]
fn treatment_that_was_not_drawn_by_lot_is_noticed() {
    let (mut experiment, _) = simulated(3, 3_000, 0.5, |_, _| 0.0);
    let Values::Numbers(visits) = &experiment.features[0].values else {
        panic!("numbers");
    };
    let mut lot = Lot::new(9);
    // Those who visit more were rather treated, and buy more anyhow.
    let chances: Vec<f64> = visits.iter().map(|x| 0.5 + 0.3 * x.tanh()).collect();
    let visits = visits.clone();
    for row in 0..3_000 {
        experiment.treated[row] = lot.unit() < chances[row];
        let rate = 0.3 + 0.2 * visits[row].tanh();
        experiment.outcome[row] = f64::from(u8::from(lot.unit() < rate));
    }
    let found = studied(&experiment, None, 1);
    assert!(!found.balance.is_random);
    assert!(found.balance.auc.expect("told") > 0.6);
    assert_eq!(found.balance.features[0].feature, "visits");
    assert!(matches!(found.targeting, Err(Withheld::NotRandom)));
    assert!(found.effect.is_sure(), "what looks like an effect is none");
    // With the chances known the arms are alike again, and the effect is gone.
    experiment.propensity = Some(chances);
    let found = studied(&experiment, None, 1);
    assert!(found.balance.is_random, "{:?}", found.balance.features[0]);
    assert!(!found.effect.is_sure(), "{:?}", found.effect);
    assert!(found.targeting.is_ok());
}

#[test]
fn rows_of_one_customer_are_not_more_customers() {
    let (experiment, _) = simulated(21, 500, 0.5, |_, _| 0.0);
    let thrice: Vec<usize> = (0..1_500).map(|row| row % 500).collect();
    let clusters: Vec<u32> = thrice.iter().map(|row| *row as u32).collect();
    let asking = Asking {
        clusters: Some(&clusters),
        ..Asking::default()
    };
    let once = average_effect(&experiment, &Asking::default()).expect("an experiment");
    let often = average_effect(&experiment.of(&thrice), &asking).expect("an experiment");
    assert!((once.error / often.error - 1.0).abs() < 1e-9);
    assert!((once.effect - often.effect).abs() < 1e-12);
}

#[test]
fn experiments_that_cannot_be_are_refused() {
    let (good, _) = simulated(2, 60, 0.5, |_, _| 0.1);
    let refused = |change: &dyn Fn(&mut Experiment)| {
        let mut bad = good.clone();
        change(&mut bad);
        study(&bad, &Request::default()).expect_err("refused")
    };
    let nobody = refused(&|bad| bad.treated.fill(false));
    assert!(nobody.to_string().contains("nobody is treated"), "{nobody}");
    let nobody = refused(&|bad| bad.treated.fill(true));
    assert!(nobody.to_string().contains("nobody is control"), "{nobody}");
    let few = refused(&|bad| *bad = bad.of(&[0, 1, 2]));
    assert!(matches!(few, Refusal::FewCustomers { .. }), "{few}");
    assert!(matches!(
        refused(&|bad| *bad = Experiment::default()),
        Refusal::FewCustomers { .. }
    ));
    let constant = refused(&|bad| bad.outcome.fill(0.0));
    assert_eq!(constant, Refusal::ConstantOutcome { value: 0.0 });
    for wrong in [f64::NAN, f64::INFINITY, 1e13] {
        let figure = refused(&|bad| bad.outcome[5] = wrong);
        assert!(matches!(figure, Refusal::Figure { row: 5, .. }), "{figure}");
    }
    for wrong in [f64::NAN, 0.0, 1.0, -0.1] {
        let figure = refused(&|bad| {
            bad.propensity = Some(vec![0.5; 60]);
            bad.propensity.as_mut().expect("set")[9] = wrong;
        });
        assert!(matches!(figure, Refusal::Figure { row: 9, .. }), "{figure}");
    }
    let short = refused(&|bad| {
        bad.outcome.pop();
    });
    assert!(matches!(short, Refusal::Length { .. }), "{short}");
    for level in [0.0, 1.0, f64::NAN] {
        let asking = Asking {
            level,
            ..Asking::default()
        };
        assert!(average_effect(&good, &asking).is_err());
    }
}

#[test]
fn odd_experiments_give_numbers_or_words() {
    let (good, _) = simulated(4, 400, 0.5, |_, _| 0.1);
    let odd = |change: &dyn Fn(&mut Experiment)| {
        let mut odd = good.clone();
        change(&mut odd);
        studied(&odd, None, 1)
    };
    // Everybody treated did, nobody else: no spread at all.
    let sure = odd(&|odd| {
        for row in 0..400 {
            odd.outcome[row] = f64::from(u8::from(odd.treated[row]));
        }
    });
    assert!(sure.effect.low > 0.9 && sure.effect.error > 0.0);
    // Features that do not vary, are not known, or are enormous.
    let flat = odd(&|odd| {
        odd.features = vec![
            feature("flat", Values::Numbers(vec![3.0; 400])),
            feature("unknown", Values::Numbers(vec![f64::NAN; 400])),
            feature(
                "huge",
                Values::Numbers((0..400).map(|at| f64::from(at % 7) * 1e300).collect()),
            ),
            feature(
                "wordless",
                Values::Words {
                    codes: vec![9; 400],
                    words: Vec::new(),
                },
            ),
        ];
    });
    let targeting = flat.targeting.expect("told");
    assert!(
        targeting
            .uplift
            .iter()
            .chain(&targeting.rank)
            .all(|one| one.is_finite())
    );
    // One customer spends as much as all others.
    let whale = odd(&|odd| {
        odd.outcome[17] = 1e9;
    });
    assert!(whale.effect.effect.is_finite() && whale.effect.low <= 0.0);
    assert!(matches!(
        odd(&|odd| odd.features.clear()).targeting,
        Err(Withheld::NoFeatures)
    ));
    let few = studied(&good.of(&(0..100).collect::<Vec<usize>>()), None, 1);
    assert!(matches!(few.targeting, Err(Withheld::SmallArm { .. })));
    let rare = odd(&|odd| {
        for (row, outcome) in odd.outcome.iter_mut().enumerate() {
            *outcome = f64::from(u8::from(row < 5));
        }
    });
    assert!(matches!(
        rare.targeting,
        Err(Withheld::RareOutcome { customers: 5 })
    ));
}
