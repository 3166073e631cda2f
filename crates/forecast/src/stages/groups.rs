//! Groups of customers that move faster or slower than all: so far as their own moves say so.
//!
//! A group's moves of one way are the whole's at its customers and ages, times a factor. Factors come from a gamma
//! distribution around 1 whose spread is that of the groups (empirical Bayes: Clayton and Kaldor 1987; moments as
//! Marshall 1991): a group with few moves is told by the whole.

use super::ledger::StageLedger;
use super::rates::{StateRates, States, count};

/// Where groups do not differ beyond chance, factors are as sure as after so many moves.
const MANY_MOVES: f64 = 1e9;

/// How fast a group moves, by way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Factor {
    /// Times the whole.
    pub times: f64,
    /// The variance of its logarithm.
    pub variance: f64,
}

/// By group, state and way.
pub(super) type Factors = Vec<Vec<Vec<Factor>>>;

/// The factors of every group.
pub(super) fn factors(
    ledger: &StageLedger,
    states: &States,
    rates: &[StateRates],
    until: i32,
) -> Factors {
    let groups: Vec<Vec<Vec<(f64, f64)>>> = (0..ledger.groups)
        .map(|group| found(ledger, states, rates, until, group as u16))
        .collect();
    let mut factors: Factors = groups
        .iter()
        .map(|own| {
            own.iter()
                .map(|ways| Vec::with_capacity(ways.len()))
                .collect()
        })
        .collect();
    for (state, own) in rates.iter().enumerate() {
        for slot in 0..own.to.len() {
            let pairs: Vec<(f64, f64)> = groups.iter().map(|group| group[state][slot]).collect();
            let weight = weight_of_whole(&pairs);
            for (group, (moves, expected)) in pairs.into_iter().enumerate() {
                factors[group][state].push(Factor {
                    times: (moves + weight) / (expected + weight),
                    variance: 1.0 / (moves + weight),
                });
            }
        }
    }
    factors
}

/// A group's moves and those expected of the whole's shares, by state and way, spikes left out.
fn found(
    ledger: &StageLedger,
    states: &States,
    rates: &[StateRates],
    until: i32,
    group: u16,
) -> Vec<Vec<(f64, f64)>> {
    let counts = count(ledger, states, until, Some(group));
    let of = |(own, counts): (&StateRates, &super::rates::StateCounts)| {
        let is_told = |age: usize| !own.bins.is_spike[own.bin(age)];
        let way = |(slot, to): (usize, &usize)| {
            let moves = counts.moves.get(to).into_iter().flatten().enumerate();
            let moves: f64 = moves
                .filter(|(age, _)| is_told(*age))
                .map(|(_, moves)| moves)
                .sum();
            let risk = counts
                .risk
                .iter()
                .enumerate()
                .filter(|(age, _)| is_told(*age));
            let expected = risk.map(|(age, risk)| risk * own.shares[own.bin(age)][slot]);
            (moves, expected.sum())
        };
        own.to.iter().enumerate().map(way).collect()
    };
    rates.iter().zip(&counts).map(of).collect()
}

/// How many moves the whole counts for beside a group's own: the fewer, the more groups differ.
fn weight_of_whole(pairs: &[(f64, f64)]) -> f64 {
    let expected: f64 = pairs.iter().map(|(_, expected)| expected).sum();
    let squares: f64 = pairs.iter().map(|(_, expected)| expected * expected).sum();
    if expected <= 0.0 {
        return MANY_MOVES;
    }
    let seen = pairs.iter().filter(|(_, expected)| *expected > 0.0);
    let scatter: f64 = seen
        .clone()
        .map(|(moves, expected)| expected * (moves / expected - 1.0).powi(2))
        .sum();
    let room = expected - squares / expected;
    let between = (scatter - (seen.count() as f64 - 1.0)) / room;
    if room > 0.0 && between > 1.0 / MANY_MOVES {
        1.0 / between
    } else {
        MANY_MOVES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_differ_by_chance_alone_are_told_by_the_whole() {
        assert_eq!(
            weight_of_whole(&[(101.0, 100.0), (99.0, 100.0)]),
            MANY_MOVES
        );
        assert_eq!(weight_of_whole(&[(0.0, 0.0)]), MANY_MOVES);
        let far = weight_of_whole(&[(200.0, 100.0), (50.0, 100.0), (100.0, 100.0)]);
        assert!(far < 20.0, "{far}");
    }
}
