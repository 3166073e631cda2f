//! The normal and Student's distribution: quantiles and the chances of what lies further out.

use crate::special::{beta_below, gamma_below};

/// Degrees of freedom from which Student's distribution is the normal one to seven digits.
const NORMAL_FROM: f64 = 1e7;
/// Steps of a search for a quantile: each gives a bit.
const HALVINGS: u32 = 80;

/// The chance that a normal distribution lies below so many standard deviations above its mean.
pub fn normal_below(z: f64) -> f64 {
    let half = 0.5 * gamma_below(0.5, 0.5 * z * z);
    if z >= 0.0 { 0.5 + half } else { 0.5 - half }
}

/// So many standard deviations above the mean lie this chance of a normal distribution below; chances nearer to
/// 0 or 1 than 1e-12 are taken for that.
pub fn normal_quantile(chance: f64) -> f64 {
    quantile(chance, normal_below)
}

/// The chance that Student's distribution with so many degrees of freedom lies further from 0 than `t`, to
/// either side: the p-value of a t-test.
pub fn beyond(t: f64, degrees: f64) -> f64 {
    if t.is_nan() || degrees.is_nan() || degrees <= 0.0 {
        return 1.0;
    }
    let t = t.abs();
    if degrees > NORMAL_FROM {
        return (2.0 * normal_below(-t)).clamp(0.0, 1.0);
    }
    let square = t * t;
    if square.is_infinite() {
        return 0.0;
    }
    let rest = square / (degrees + square);
    beta_below(0.5 * degrees, 0.5, degrees / (degrees + square), rest).clamp(0.0, 1.0)
}

/// How far from 0 Student's distribution lies with so much chance, to either side: 1.96 for 0.95 and many
/// degrees of freedom.
pub fn reach(level: f64, degrees: f64) -> f64 {
    let outside = (1.0 - level).clamp(1e-12, 1.0);
    let (mut low, mut high) = (0.0, 1.0);
    while beyond(high, degrees) > outside && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if beyond(middle, degrees) > outside {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

fn quantile(chance: f64, below: impl Fn(f64) -> f64) -> f64 {
    let chance = if chance.is_nan() { 0.5 } else { chance };
    let chance = chance.clamp(1e-12, 1.0 - 1e-12);
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if below(middle) < chance {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_distributions_are_met() {
        for (chance, z) in [
            (0.975, 1.959_963_984_540_054),
            (0.8, 0.841_621_233_572_914_3),
            (0.05, -1.644_853_626_951_472_2),
            (1e-6, -4.753_424_308_822_899),
        ] {
            assert!((normal_quantile(chance) - z).abs() < 1e-8, "{chance}");
        }
        // scipy.stats.t.ppf(.975, df)
        for (degrees, t) in [
            (1.0, 12.706_204_736_432_095),
            (4.5, 2.658_912_35),
            (30.0, 2.042_272_456_301_238),
            (1e9, 1.959_963_987),
        ] {
            assert!((reach(0.95, degrees) - t).abs() < 1e-6 * t, "{degrees}");
            assert!((beyond(t, degrees) - 0.05).abs() < 1e-7, "{degrees}");
        }
        assert_eq!(beyond(0.0, 5.0), 1.0);
        assert_eq!(beyond(f64::INFINITY, 5.0), 0.0);
    }
}
