//! Simulates a base by Pareto/NBD, fits models to it, scores it and times the steps: `million CUSTOMERS SEED`.
#![expect(clippy::print_stdout, reason = "an example talks")]

use perennial_forecast::{
    Discount, Fit, FittedModel, GammaGamma, Groups, Horizon, MbgCnbd, PurchaseModel, Purchases,
    Question, Spend, SpendGroups,
};

/// Days of calibration at least and at most, as for CDNOW: first purchases spread over a quarter.
const AGES: (u64, u64) = (189, 273);
const WEEK: f64 = 7.0;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| {
        let given = arguments.next().and_then(|text| text.parse().ok());
        given.unwrap_or(default)
    };
    let (customers, seed) = (number(100_000), number(7));
    println!("{customers} customers, seed {seed}; CPU seconds");
    let mut random = Random(seed);
    let base: Vec<Purchases> = (0..customers).map(|_| simulate(&mut random)).collect();
    let spend = |one: &Purchases| {
        let (own, x) = (random.gamma(0.9) + 0.1, one.x());
        let mean = 10.0 * (0.5 + random.unit()) / own;
        // To the cent, as shops know it.
        Spend::new(x, (100.0 * mean).round() / 100.0).unwrap_or_else(|_| Spend::unknown())
    };
    let spends: Vec<Spend> = base.iter().map(spend).collect();
    let start = cpu();
    let (groups, of) = Groups::of(&base);
    println!(
        "{} groups of {} x and T in {:.2}",
        groups.purchases().len(),
        groups.pairs(),
        cpu() - start
    );
    let start = cpu();
    let spend_groups = SpendGroups::of(&spends);
    let grouped = cpu() - start;
    let worth = match GammaGamma::fit(&spend_groups) {
        Ok(fit) => fit,
        Err(error) => return println!("Gamma-Gamma: {error}"),
    };
    println!(
        "Gamma-Gamma: group {grouped:.2}, fit {:.2}, {} evaluations, {:?}, ln L {:.3}",
        cpu() - start - grouped,
        worth.evaluations,
        worth.convergence,
        worth.log_likelihood
    );
    for name in ["bgnbd", "mbgnbd", "paretonbd", "mbgcnbd"] {
        run(name, &groups, &of, &worth, &spends);
    }
}

fn run(name: &str, groups: &Groups, of: &[u32], worth: &Fit<GammaGamma>, spends: &[Spend]) {
    let start = cpu();
    // Of regular buyers with two events a purchase: the times between are not kept here.
    let found = match name {
        "mbgcnbd" => MbgCnbd::fit_regularity(groups, 2).map(|fit| fit.map(PurchaseModel::MbgCnbd)),
        _ => PurchaseModel::fit(name, groups),
    };
    let fit = match found {
        Ok(fit) => fit,
        Err(error) => return println!("{name}: {error}"),
    };
    println!(
        "{name}: fit {:.2}, {} evaluations, {:?}, ln L {:.3}, {:?}",
        cpu() - start,
        fit.evaluations,
        fit.convergence,
        fit.log_likelihood,
        fit.model.parameters()
    );
    let (Ok(horizon), Ok(discount)) = (Horizon::new(39.0), Discount::new(0.0018)) else {
        return;
    };
    let question = Question {
        horizon,
        discount: Some(discount),
        lifetime: false,
    };
    let model = FittedModel::of(&fit);
    for (what, spend) in [
        ("", None),
        (" and value", Some((&worth.model, &worth.covariance[..]))),
    ] {
        let start = cpu();
        let scores = model.score(groups, &question, spend);
        let grouped = cpu() - start;
        let mut sums = [0.0; 5];
        for (group, spend) in of.iter().zip(spends) {
            let score = &scores.each()[*group as usize];
            sums[0] += score.alive;
            sums[1] += score.expected;
            sums[2] += score.interval.high;
            if let Some(value) = scores.worth(*group as usize, spend) {
                sums[3] += value.mean;
                sums[4] += value.interval.high;
            }
        }
        println!(
            "{name}: score{what} {grouped:.2} groups, {:.2} customers; alive, ahead, high, value, high {sums:.0?}",
            cpu() - start - grouped
        );
    }
    let start = cpu();
    let total = model.total(groups, horizon);
    println!("{name}: total {:.2}: {total:?}", cpu() - start);
}

/// CPU seconds of this process until now; 0 where the system does not tell.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|one| one.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// The life of a customer, by CDNOW's Pareto/NBD in weeks, seen day by day.
fn simulate(random: &mut Random) -> Purchases {
    let days = AGES.0 + (random.unit() * (AGES.1 - AGES.0 + 1) as f64) as u64;
    let rate = random.gamma(0.553) / 10.58 / WEEK;
    let leaving = random.gamma(0.606) / 11.67 / WEEK;
    let end = (random.exponential() / leaving).min(days as f64);
    let (mut at, mut x, mut last) = (0.0, 0, 0);
    loop {
        at += random.exponential() / rate;
        if at >= end {
            break;
        }
        let day = at as u64 + 1;
        if day > last && day <= days {
            (x, last) = (x + 1, day);
        }
    }
    match Purchases::new(x, last as f64 / WEEK, days as f64 / WEEK) {
        Ok(one) => one,
        Err(error) => panic!("the simulation made what cannot be: {error}"),
    }
}

/// SplitMix64: any seed will do.
struct Random(u64);

impl Random {
    /// From 0, exclusive, to 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + 0.5 / (1_u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    /// Of shapes below 1 (Ahrens & Dieter 1974).
    fn gamma(&mut self, shape: f64) -> f64 {
        let edge = 1.0 + shape / std::f64::consts::E;
        loop {
            let (u, e) = (self.unit() * edge, self.exponential());
            if u <= 1.0 {
                let y = u.powf(1.0 / shape);
                if y <= e {
                    return y.max(1e-12);
                }
            } else {
                let y = -((edge - u) / shape).ln();
                if (1.0 - shape) * y.ln() <= e {
                    return y;
                }
            }
        }
    }
}
