//! Simulates a base by Pareto/NBD or BG/NBD, fits it and times the steps: `million CUSTOMERS SEED [CSV]`.
//!
//! With a third argument it writes the customers (`frequency,recency,T`) for `benches/forecast/compare.py`.
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::fmt::Write as _;
use std::time::Instant;

use perennial_forecast::{BgNbd, Fit, GroupModel, Groups, Horizon, MbgNbd, ParetoNbd, Purchases};

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
    println!("{customers} customers, seed {seed}");
    let mut random = Random(seed);
    let base: Vec<Purchases> = (0..customers).map(|_| simulate(&mut random)).collect();
    if let Some(path) = arguments.next() {
        let mut text = "frequency,recency,T\n".to_owned();
        for one in &base {
            let _ = writeln!(text, "{},{},{}", one.x(), one.t_x(), one.age());
        }
        if let Err(error) = std::fs::write(&path, text) {
            println!("{path}: {error}");
        }
    }
    let start = Instant::now();
    let (groups, of) = Groups::of(&base);
    println!(
        "{} groups in {:.3} s",
        groups.purchases().len(),
        start.elapsed().as_secs_f64()
    );
    run::<BgNbd>("BG/NBD", &groups, &of);
    run::<MbgNbd>("MBG/NBD", &groups, &of);
    run::<ParetoNbd>("Pareto/NBD", &groups, &of);
}

fn run<M: GroupModel>(name: &str, groups: &Groups, of: &[u32]) {
    let start = Instant::now();
    let fit: Fit<M> = match M::fit(groups) {
        Ok(fit) => fit,
        Err(error) => {
            println!("{name}: {error}");
            return;
        }
    };
    let (took, start) = (start.elapsed().as_secs_f64(), Instant::now());
    println!(
        "{name}: fit {took:.3} s, {} evaluations, {:?}, ln L {:.3}, {:?} {:?}",
        fit.evaluations,
        fit.convergence,
        fit.log_likelihood,
        M::NAMES,
        fit.model.parameters()
    );
    let Ok(horizon) = Horizon::new(39.0) else {
        return;
    };
    let each = |of_one: &dyn Fn(&Purchases) -> f64| -> f64 {
        let values: Vec<f64> = groups.purchases().iter().map(of_one).collect();
        of.iter().map(|group| values[*group as usize]).sum()
    };
    let alive = each(&|one| fit.model.alive(one));
    let (took, start) = (start.elapsed().as_secs_f64(), Instant::now());
    let ahead = each(&|one| fit.model.expected(one, horizon));
    println!(
        "{name}: {alive:.0} alive in {took:.3} s, {ahead:.0} purchases ahead in {:.3} s",
        start.elapsed().as_secs_f64()
    );
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
