//! Exact tails for few: of Fisher's test, one-sided, and of the Poisson distribution.

/// How often chance alone puts at least `hits` of all hits among `n`, of `all` people with `all_hits` hits:
/// the upper tail of the hypergeometric distribution.
pub(crate) fn upper_tail(hits: u64, n: u64, all_hits: u64, all: u64) -> f64 {
    let most = n.min(all_hits);
    if hits > most {
        return 0.0;
    }
    let least = hits.max((n + all_hits).saturating_sub(all));
    let mut term =
        (chosen(all_hits, least) + chosen(all - all_hits, n - least) - chosen(all, n)).exp();
    let mut sum = term;
    for k in least..most {
        let up = (all_hits - k) as f64 * (n - k) as f64;
        // Left of the ones without a hit: all - all_hits - (n - k) + 1, which is at least 1 here.
        let down = (k + 1) as f64 * (all + k + 1 - all_hits - n) as f64;
        term *= up / down;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum.min(1.0)
}

/// How often chance alone brings at least `hits` where so many are expected: the upper tail of the Poisson
/// distribution.
pub(crate) fn poisson_tail(hits: u64, expected: f64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    let mut term = (hits as f64 * expected.ln() - expected - ln_factorial(hits)).exp();
    let mut sum = term;
    for k in hits + 1.. {
        term *= expected / k as f64;
        sum += term;
        if term <= sum * f64::EPSILON {
            break;
        }
    }
    sum.min(1.0)
}

/// The logarithm of the number of ways to choose `k` of `n`.
fn chosen(n: u64, k: u64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// The logarithm of a factorial: summed below 20, by Stirling's series above, good to 1e-12.
fn ln_factorial(n: u64) -> f64 {
    if n < 20 {
        return (2..=n).map(|k| (k as f64).ln()).sum();
    }
    let x = n as f64;
    let series = (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1_260.0 / (x * x)) / (x * x)) / x;
    x * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI * x).ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lady_tasting_tea() {
        // Fisher (1935): 3 or more right of 4, of 8 cups.
        assert!((upper_tail(3, 4, 4, 8) - 17.0 / 70.0).abs() < 1e-12);
        assert!((upper_tail(4, 4, 4, 8) - 1.0 / 70.0).abs() < 1e-12);
        assert!((upper_tail(0, 4, 4, 8) - 1.0).abs() < 1e-12);
        assert_eq!(upper_tail(5, 4, 4, 8), 0.0);
    }

    #[test]
    fn few_events_follow_poisson() {
        // 1 - exp(-2) (1 + 2) and 1 - exp(-0.5), and R's ppois(19, 5, lower.tail = FALSE).
        assert!((poisson_tail(2, 2.0) - (1.0 - 3.0 * (-2.0_f64).exp())).abs() < 1e-12);
        assert!((poisson_tail(1, 0.5) - (1.0 - (-0.5_f64).exp())).abs() < 1e-12);
        assert!((poisson_tail(20, 5.0) / 3.452_135_5e-7 - 1.0).abs() < 1e-3);
        assert_eq!(poisson_tail(0, 3.0), 1.0);
    }

    #[test]
    fn large_numbers_agree_with_a_sum_of_ratios() {
        // 10 hits among 30 of 1,000 with 100: R's phyper(9, 100, 900, 30, lower.tail = FALSE).
        let slow: f64 = (10..=30)
            .map(|k| (chosen(100, k) + chosen(900, 30 - k) - chosen(1_000, 30)).exp())
            .sum();
        assert!((upper_tail(10, 30, 100, 1_000) / slow - 1.0).abs() < 1e-9);
        assert!((ln_factorial(25) - 58.003_605_222_980_52).abs() < 1e-9);
    }
}
