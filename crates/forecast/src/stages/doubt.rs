//! How unsure expected numbers are because shares were estimated: what they would be without each customer.
//!
//! The infinitesimal jackknife over customers (Jaeckel 1972; Efron 1982): to first order what a bootstrap that
//! draws customers tends to, so that the many stays of one customer count as hers and not as so many customers.

use super::chain::Slopes;
use super::ledger::{End, StageLedger};
use super::rates::{StateRates, States};

/// The variances of expected numbers with such slopes, where the shares come from what was known until a day.
pub(super) fn doubt(
    ledger: &StageLedger,
    states: &States,
    rates: &[StateRates],
    until: i32,
    slopes: &[Slopes],
) -> Vec<f64> {
    let weights: Vec<Weights> = (0..rates.len())
        .map(|state| Weights::new(&rates[state], state, slopes))
        .collect();
    let mut variances = vec![0.0; slopes.len()];
    let mut own = vec![0.0; slopes.len()];
    let mut customer = None;
    for spell in states.spells(ledger, until) {
        if customer != Some(spell.stay.customer) {
            close(&mut own, &mut variances);
            customer = Some(spell.stay.customer);
        }
        let (first, last) = (spell.first_age(i32::MIN), spell.last_age());
        if first > last {
            continue;
        }
        let state = states.of_spell(&spell);
        let weights = &weights[state];
        weights.add_expected(last as usize, -1.0, &mut own);
        if first > 0 {
            weights.add_expected(first as usize - 1, 1.0, &mut own);
        }
        let to = states.end_of(&spell).filter(|_| spell.end != End::Open);
        let slot = to.and_then(|to| rates[state].to.iter().position(|own| *own == to));
        if let Some(slot) = slot {
            let bin = rates[state].bin(last as usize);
            for (own, weight) in own.iter_mut().zip(&weights.moved[bin][slot]) {
                *own += weight;
            }
        }
    }
    close(&mut own, &mut variances);
    variances
}

/// Counts what a customer did to each number.
fn close(own: &mut [f64], variances: &mut [f64]) {
    for (own, variance) in own.iter_mut().zip(variances) {
        *variance += *own * *own;
        *own = 0.0;
    }
}

/// What customers in one state weigh in each number.
struct Weights {
    /// A move: by bin and way.
    moved: Vec<Vec<Vec<f64>>>,
    /// Moves that were expected up to an age, together.
    expected: Vec<Vec<f64>>,
    /// The same of one day at the last age or beyond.
    last: Vec<f64>,
}

impl Weights {
    fn new(rates: &StateRates, state: usize, slopes: &[Slopes]) -> Self {
        let mut moved = Vec::new();
        let mut a_day = Vec::new();
        for (bin, risk) in rates.risk.iter().enumerate() {
            let weight = if *risk > 0.0 { 1.0 / risk } else { 0.0 };
            let ways = 0..rates.to.len();
            let of = |slot: usize| -> Vec<f64> {
                slopes
                    .iter()
                    .map(|own| own[state][bin][slot] * weight)
                    .collect()
            };
            let ways: Vec<Vec<f64>> = ways.map(of).collect();
            let mut day = vec![0.0; slopes.len()];
            for (weights, share) in ways.iter().zip(&rates.shares[bin]) {
                for (day, weight) in day.iter_mut().zip(weights) {
                    *day += share * weight;
                }
            }
            moved.push(ways);
            a_day.push(day);
        }
        let mut sum = vec![0.0; slopes.len()];
        let expected = (0..rates.ages()).map(|age| {
            for (sum, day) in sum.iter_mut().zip(&a_day[rates.bin(age)]) {
                *sum += day;
            }
            sum.clone()
        });
        let expected = expected.collect();
        let last = a_day[rates.bin(usize::MAX)].clone();
        Self {
            moved,
            expected,
            last,
        }
    }

    /// Adds what was expected up to an age.
    fn add_expected(&self, age: usize, sign: f64, own: &mut [f64]) {
        let oldest = self.expected.len() - 1;
        let beyond = age.saturating_sub(oldest) as f64;
        let sums = self.expected[age.min(oldest)].iter().zip(&self.last);
        for (own, (sum, last)) in own.iter_mut().zip(sums) {
            *own += sign * (sum + beyond * last);
        }
    }
}
