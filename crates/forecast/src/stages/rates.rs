//! The share that moves on a day, by state, days on the clock and where to: counted, pooled, changed.

use std::collections::BTreeMap;

use super::OUTSIDE;
use super::bins::Bins;
use super::choice::{Clock, StageClock};
use super::ledger::{End, Spell, StageLedger};

/// Fewest stays of those who came from one stage to be told apart.
const MIN_SPLIT_STAYS: u64 = 100;
/// Shares this near to one are certain: they have no speed to change.
const CERTAIN: f64 = 1.0 - 1e-12;

/// What counts as one state of the model: a stage, or a stage for those who came from one other.
#[derive(Clone, Debug)]
pub(super) struct States {
    pub clocks: Vec<StageClock>,
    /// The stage of each state.
    pub stage: Vec<u8>,
    /// By stage and stage before (outside last): the state.
    index: Vec<Vec<usize>>,
}

impl States {
    /// The states that clocks ask for, where enough stays are known until a day.
    pub(super) fn new(ledger: &StageLedger, until: i32, clocks: Vec<StageClock>) -> Self {
        let outside = ledger.stages;
        let place = |stage: u8| usize::from(stage).min(outside);
        let mut stays = vec![vec![0_u64; outside + 1]; outside];
        for stay in ledger.stays.iter().filter(|stay| stay.start <= until) {
            stays[usize::from(stay.stage)][place(stay.from)] += 1;
        }
        let (mut stage, mut index) = (Vec::new(), Vec::new());
        for (own, stays) in stays.iter().enumerate() {
            let shared = stage.len();
            stage.push(own as u8);
            let mut states = vec![shared; outside + 1];
            let told_apart =
                |from: &usize| clocks[own].by_origin && stays[*from] >= MIN_SPLIT_STAYS;
            for from in (0..=outside).filter(told_apart) {
                states[from] = stage.len();
                stage.push(own as u8);
            }
            index.push(states);
        }
        Self {
            clocks,
            stage,
            index,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.stage.len()
    }

    /// The state of those in a stage who came from another; outside of the lifecycle is the last number.
    pub(super) fn of(&self, stage: u8, from: u8) -> usize {
        let Some(states) = self.index.get(usize::from(stage)) else {
            return self.count();
        };
        states[usize::from(from).min(states.len() - 1)]
    }

    /// The state that a run of the clock is in.
    pub(super) fn of_spell(&self, spell: &Spell) -> usize {
        self.of(spell.stay.stage, spell.stay.from)
    }

    /// The state that a run of the clock ended in; a clock that was set back leads to its own.
    pub(super) fn end_of(&self, spell: &Spell) -> Option<usize> {
        match spell.end {
            End::Open => None,
            End::Restart => Some(self.of_spell(spell)),
            End::Move(OUTSIDE) => Some(self.count()),
            End::Move(to) => Some(self.of(to, spell.stay.stage)),
        }
    }

    /// The runs of clocks, as these states have them.
    pub(super) fn spells<'a>(
        &'a self,
        ledger: &'a StageLedger,
        until: i32,
    ) -> impl Iterator<Item = Spell> + 'a {
        ledger.spells(until, &self.clocks)
    }
}

/// What is counted of a state, by days on its clock.
#[derive(Clone, Debug, Default)]
pub(super) struct StateCounts {
    /// Customers to whom something could have happened at that age.
    pub risk: Vec<f64>,
    /// Moves at that age, by state entered.
    pub moves: BTreeMap<usize, Vec<f64>>,
}

impl StateCounts {
    /// All moves at an age.
    pub(super) fn moved(&self, age: usize) -> f64 {
        let at = |moves: &Vec<f64>| moves.get(age).copied().unwrap_or(0.0);
        self.moves.values().map(at).sum()
    }
}

/// Counts what happened until the end of a day, for all customers or one group.
pub(super) fn count(
    ledger: &StageLedger,
    states: &States,
    until: i32,
    group: Option<u16>,
) -> Vec<StateCounts> {
    let mut counts = vec![StateCounts::default(); states.count()];
    for spell in states.spells(ledger, until) {
        if group.is_some_and(|group| group != spell.stay.group) {
            continue;
        }
        let (first, last) = (spell.first_age(i32::MIN), spell.last_age());
        if first > last {
            continue;
        }
        let own = states.of_spell(&spell);
        let own_counts = &mut counts[own];
        // At first as differences between ages.
        let (first, last) = (first as usize, last as usize);
        if own_counts.risk.len() < last + 2 {
            own_counts.risk.resize(last + 2, 0.0);
        }
        own_counts.risk[first] += 1.0;
        own_counts.risk[last + 1] -= 1.0;
        if let Some(to) = states.end_of(&spell) {
            let moves = own_counts.moves.entry(to).or_default();
            if moves.len() <= last {
                moves.resize(last + 1, 0.0);
            }
            moves[last] += 1.0;
        }
    }
    for own in &mut counts {
        let mut sum = 0.0;
        for risk in &mut own.risk {
            sum += *risk;
            *risk = sum;
        }
        own.risk.pop();
    }
    counts
}

/// The shares that move, of one state.
#[derive(Clone, Debug)]
pub(super) struct StateRates {
    /// Where moves lead; the state itself where its clock is set back.
    pub to: Vec<usize>,
    pub bins: Bins,
    /// For each bin, for each of `to`: the share of those still there that moves on such a day.
    pub shares: Vec<Vec<f64>>,
    /// For each bin: the days of customers that it was counted on.
    pub risk: Vec<f64>,
}

impl StateRates {
    /// The shares of moves counted.
    pub(super) fn of(counts: &StateCounts) -> Self {
        let mut bins = Bins::pool(counts);
        let to: Vec<usize> = counts.moves.keys().copied().collect();
        let bin_of = |age: usize| bins.of.get(age).or(bins.of.last()).copied().unwrap_or(0);
        let mut risk = vec![0.0; bins.is_spike.len()];
        for (age, own) in counts.risk.iter().enumerate() {
            risk[bin_of(age)] += own;
        }
        let mut shares = vec![vec![0.0; to.len()]; risk.len()];
        for (slot, moves) in counts.moves.values().enumerate() {
            for (age, own) in moves.iter().enumerate() {
                shares[bin_of(age)][slot] += own;
            }
        }
        for (shares, risk) in shares.iter_mut().zip(&risk) {
            let each = |share: &mut f64| *share = if *risk > 0.0 { *share / risk } else { 0.0 };
            shares.iter_mut().for_each(each);
        }
        bins.shorten();
        Self {
            to,
            bins,
            shares,
            risk,
        }
    }

    /// The bin of an age; ages beyond the last are like it.
    pub(super) fn bin(&self, age: usize) -> usize {
        let of = &self.bins.of;
        of.get(age).or(of.last()).copied().unwrap_or(0)
    }

    /// Ages told apart.
    pub(super) fn ages(&self) -> usize {
        self.bins.of.len()
    }

    /// The same with the speed of moves times a factor for each of `to`, the speed of the others kept.
    ///
    /// Shares of a day compete, so speeds are what is multiplied: with the share `s` that leaves at all, the speed
    /// of leaving is `-ln(1 - s)`, and each way has its part of it.
    pub(super) fn faster(&self, factors: &[f64], with_spikes: bool) -> Self {
        let mut changed = self.clone();
        if factors.iter().all(|factor| *factor == 1.0) {
            return changed;
        }
        for (bin, shares) in changed.shares.iter_mut().enumerate() {
            let all: f64 = shares.iter().sum();
            if all <= 0.0 || (self.bins.is_spike[bin] && !with_spikes) {
                continue;
            }
            let speed = -(1.0 - all.min(CERTAIN)).ln();
            let weights: Vec<f64> = shares
                .iter()
                .zip(factors)
                .map(|(s, f)| s / all * f)
                .collect();
            let sum: f64 = weights.iter().sum();
            let is_certain = all >= CERTAIN && sum > 0.0;
            let left = if is_certain {
                all
            } else {
                -(-speed * sum).exp_m1()
            };
            for (share, weight) in shares.iter_mut().zip(&weights) {
                *share = if sum > 0.0 { left * weight / sum } else { 0.0 };
            }
        }
        changed
    }
}

impl StageClock {
    /// Whether touches set the clock back.
    pub(super) fn is_by_touch(&self) -> bool {
        self.clock == Clock::LastTouch
    }
}
