//! Everybody followed forward day by day, in expected numbers, and what a share's change would do to them.

use super::rates::{StateRates, States};

/// Most moves of one customer on the day she enters a stage; whoever moved on so often stays there.
const MAX_ROUNDS: usize = 256;
/// Parts of a customer that are not followed any more.
const NOTHING: f64 = 1e-15;

/// The model's states with the ages on their clocks, in a row.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    rates: &'a [StateRates],
    /// Where each state's ages begin, and where the last one's end.
    offsets: Vec<usize>,
    /// By state entered: how often each state is entered on that same day, herself included.
    visits: Vec<Vec<(usize, f64)>>,
    /// By state entered: what never comes to rest that day, and stays.
    restless: Vec<f64>,
}

/// Expected numbers, day by day.
#[derive(Debug)]
pub(super) struct Forward {
    /// For each day from the beginning: customers by place.
    pub mass: Vec<Vec<f64>>,
    /// For each day after the beginning: entries by state.
    pub entries: Vec<Vec<f64>>,
}

/// The chance of being in a target so many days later.
#[derive(Debug)]
pub(super) struct Backward {
    /// By days left: by place at the end of a day.
    pub at: Vec<Vec<f64>>,
    /// By days left: by state entered on the day, before anything else happens on it.
    pub entering: Vec<Vec<f64>>,
}

/// What a small change of each share would do to an expected number: by state, bin and way.
pub(super) type Slopes = Vec<Vec<Vec<f64>>>;

impl<'a> Chain<'a> {
    pub(super) fn new(rates: &'a [StateRates]) -> Self {
        let mut offsets = vec![0];
        for own in rates {
            offsets.push(offsets.last().copied().unwrap_or(0) + own.ages());
        }
        let mut chain = Self {
            rates,
            offsets,
            visits: Vec::new(),
            restless: Vec::new(),
        };
        for state in 0..rates.len() {
            chain.follow_day(state);
        }
        chain
    }

    /// Follows one who enters a state through the rest of that day.
    fn follow_day(&mut self, state: usize) {
        let states = self.rates.len();
        let (mut all, mut now) = (vec![0.0; states], vec![0.0; states]);
        now[state] = 1.0;
        for _ in 0..MAX_ROUNDS {
            let mut next = vec![0.0; states];
            for (own, part) in now.iter().enumerate().filter(|(_, part)| **part > NOTHING) {
                all[own] += part;
                for (to, share) in self.ways(own, 0).filter(|(to, _)| *to < states) {
                    next[to] += part * share;
                }
            }
            now = next;
        }
        self.restless.push(now.iter().sum());
        let visits = all.into_iter().enumerate().filter(|(_, part)| *part > 0.0);
        self.visits.push(visits.collect());
    }

    /// The ways out of a state at an age, with their shares.
    fn ways(&self, state: usize, age: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let own = &self.rates[state];
        let shares = own.shares[own.bin(age)].iter().copied();
        own.to.iter().copied().zip(shares)
    }

    /// The share that stays at an age.
    fn staying(&self, state: usize, age: usize) -> f64 {
        let left: f64 = self.ways(state, age).map(|(_, share)| share).sum();
        (1.0 - left).max(0.0)
    }

    /// All places.
    pub(super) fn size(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// The place of those in a state at an age; ages beyond the last are like it.
    pub(super) fn place(&self, state: usize, age: usize) -> usize {
        self.offsets[state] + age.min(self.rates[state].ages() - 1)
    }

    /// Follows customers by place, with so many arriving in each state every day.
    pub(super) fn forward(&self, start: Vec<f64>, arriving: &[f64], days: usize) -> Forward {
        let mut forward = Forward {
            mass: vec![start],
            entries: Vec::new(),
        };
        for day in 0..days {
            let mut next = vec![0.0; self.size()];
            let mut moved = arriving.to_vec();
            for state in 0..self.rates.len() {
                self.age(state, &forward.mass[day], &mut next, &mut moved);
            }
            let mut entries = vec![0.0; self.rates.len()];
            for (state, part) in moved.iter().enumerate() {
                for (visited, times) in &self.visits[state] {
                    entries[*visited] += part * times;
                }
                next[self.place(state, 0)] += part * self.restless[state];
            }
            for (state, part) in entries.iter().enumerate() {
                next[self.place(state, 0)] += part * self.staying(state, 0);
            }
            forward.mass.push(next);
            forward.entries.push(entries);
        }
        forward
    }

    /// Lets a day pass for those in a state.
    fn age(&self, state: usize, mass: &[f64], next: &mut [f64], moved: &mut [f64]) {
        for age in 0..self.rates[state].ages() {
            let part = mass[self.place(state, age)];
            if part <= 0.0 {
                continue;
            }
            for (to, share) in self.ways(state, age + 1) {
                if to == state {
                    next[self.place(state, 0)] += part * share;
                } else if let Some(moved) = moved.get_mut(to) {
                    *moved += part * share;
                }
            }
            next[self.place(state, age + 1)] += part * self.staying(state, age + 1);
        }
    }

    /// The chance of being in a stage up to so many days later.
    pub(super) fn backward(&self, states: &States, stage: u8, days: usize) -> Backward {
        let mut now = vec![0.0; self.size()];
        for state in (0..states.count()).filter(|state| states.stage[*state] == stage) {
            now[self.offsets[state]..self.offsets[state + 1]].fill(1.0);
        }
        let mut backward = Backward {
            entering: vec![self.entering(&now)],
            at: vec![now],
        };
        for day in 0..days {
            let (at, entering) = (&backward.at[day], &backward.entering[day]);
            let mut before = vec![0.0; self.size()];
            for state in 0..self.rates.len() {
                for age in 0..self.rates[state].ages() {
                    let mut chance = self.staying(state, age + 1) * at[self.place(state, age + 1)];
                    for (to, share) in self.ways(state, age + 1) {
                        chance += share * self.reached(state, to, at, entering);
                    }
                    before[self.place(state, age)] = chance;
                }
            }
            backward.entering.push(self.entering(&before));
            backward.at.push(before);
        }
        backward
    }

    /// The chance of one who goes a way; outside of the lifecycle there is none.
    fn reached(&self, state: usize, to: usize, at: &[f64], entering: &[f64]) -> f64 {
        match to == state {
            true => at[self.place(state, 0)],
            false => entering.get(to).copied().unwrap_or(0.0),
        }
    }

    /// The chance of one who enters a state, of those at the end of that day.
    fn entering(&self, at: &[f64]) -> Vec<f64> {
        let first = |state: usize| at[self.place(state, 0)];
        let of = |(state, visits): (usize, &Vec<(usize, f64)>)| {
            let rest = visits
                .iter()
                .map(|(own, times)| times * self.staying(*own, 0) * first(*own));
            rest.sum::<f64>() + self.restless[state] * first(state)
        };
        self.visits.iter().enumerate().map(of).collect()
    }

    /// What a small change of each share would do to the expected number in a stage after so many days.
    pub(super) fn slopes(&self, forward: &Forward, backward: &Backward, days: usize) -> Slopes {
        let zero = |own: &StateRates| vec![vec![0.0; own.to.len()]; own.shares.len()];
        let mut slopes: Slopes = self.rates.iter().map(zero).collect();
        for day in 0..days {
            let left = days - day - 1;
            let (at, entering) = (&backward.at[left], &backward.entering[left]);
            for (state, own) in self.rates.iter().enumerate() {
                let reached: Vec<f64> = own
                    .to
                    .iter()
                    .map(|to| self.reached(state, *to, at, entering))
                    .collect();
                let mut add = |part: f64, age: usize| {
                    let stays = at[self.place(state, age)];
                    let slopes = &mut slopes[state][own.bin(age)];
                    for (slope, reached) in slopes.iter_mut().zip(&reached) {
                        *slope += part * (reached - stays);
                    }
                };
                add(forward.entries[day][state], 0);
                for age in 0..own.ages() {
                    let part = forward.mass[day][self.place(state, age)];
                    if part > 0.0 {
                        add(part, age + 1);
                    }
                }
            }
        }
        slopes
    }
}
