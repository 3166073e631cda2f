//! How often uplift's intervals hold 0 where treatment helps everybody alike, and leave it out where it does not.
//!
//! `uplift_null EXPERIMENTS CUSTOMERS [SLOPE]`: of so many experiments of so many customers each, with an effect of
//! 0.1 plus SLOPE times the hyperbolic tangent of a feature.

use perennial_forecast::Random;
use perennial_forecast::uplift::{Estimate, Experiment, Feature, Learner, Request, Values, study};

#[expect(clippy::print_stdout, reason = "an example tells what it measured")]
fn main() {
    let given: Vec<f64> = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok())
        .collect();
    let figure = |place: usize, usual: f64| given.get(place).copied().unwrap_or(usual);
    let (experiments, customers, slope) = (figure(0, 200.0), figure(1, 800.0), figure(2, 0.0));
    for learner in [Some(Learner::T), Some(Learner::R), None] {
        let mut z: [Vec<f64>; 4] = Default::default();
        let mut missing = 0;
        for seed in 0..experiments as u64 {
            let experiment = simulated(seed, customers as usize, slope);
            let request = Request {
                learner,
                seed,
                trusts_lot: true,
                ..Request::default()
            };
            let found = study(&experiment, &request).map(|study| study.targeting);
            let Ok(Ok(found)) = found else {
                missing += 1;
                continue;
            };
            z[0].push(standardized(&found.gain));
            z[1].extend(found.qini.as_ref().map(standardized));
            z[2].extend(found.auuc.as_ref().map(standardized));
            if found.signal.error > 0.0 {
                z[3].push(found.signal.slope / found.signal.error);
            }
        }
        println!("{learner:?}: {missing} without an answer");
        for (name, z) in ["gain", "qini", "auuc", "slope"].iter().zip(z) {
            let count = z.len() as f64;
            let mean = z.iter().sum::<f64>() / count;
            let deviation = (z.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / count).sqrt();
            let held = z.iter().filter(|z| z.abs() < 1.96).count() as f64 / count;
            let above = z.iter().filter(|z| **z >= 1.96).count() as f64 / count;
            println!(
                "  {name}: mean {mean:.2}, deviation {deviation:.2}, holds 0 {held:.3}, above {above:.3}"
            );
        }
    }
}

/// How many standard errors a figure lies above 0.
fn standardized(one: &Estimate) -> f64 {
    1.96 * one.value / (one.high - one.value).max(1e-300)
}

fn simulated(seed: u64, customers: usize, slope: f64) -> Experiment {
    let mut random = Random::new(seed);
    let mut experiment = Experiment::default();
    let mut columns: [Vec<f64>; 4] = Default::default();
    for _ in 0..customers {
        for column in &mut columns {
            column.push(4.0 * random.unit() - 2.0);
        }
        let [x, z] = [0, 1].map(|place| columns[place].last().copied().unwrap_or(0.0));
        let treated = random.bits().is_multiple_of(2);
        let uplift = if treated { 0.1 + slope * x.tanh() } else { 0.0 };
        let did = random.unit() < 0.3 + 0.1 * z.tanh() + uplift;
        experiment.treated.push(treated);
        experiment.outcome.push(f64::from(u8::from(did)));
    }
    let feature = |(place, column)| Feature {
        name: format!("feature {place}"),
        values: Values::Numbers(column),
    };
    experiment.features = columns.into_iter().enumerate().map(feature).collect();
    experiment
}
