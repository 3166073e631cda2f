//! A chain of channels: how journeys step from one to the next, and what is lost without each.

use std::collections::BTreeMap;

use super::AttributionError;
use super::equations::Solver;
use super::shape::Touch;
use crate::hash::NumberMap;

/// The state in which journeys begin.
pub const START: &str = "(start)";
/// The state in which journeys that lead to a conversion end.
pub const CONVERSION: &str = "(conversion)";
/// The state in which all other journeys end.
pub const NULL: &str = "(null)";

/// Most channels for which a chain is solved: memory grows with their square, time with their cube where
/// many lead to many.
pub const MARKOV_CHANNELS_MAX: usize = 2_000;

const START_STATE: u32 = u32::MAX - 1;
const CONVERSION_STATE: u32 = u32::MAX - 2;
const NULL_STATE: u32 = u32::MAX - 3;

/// The chain behind credits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markov {
    /// The probability that a journey leads to a conversion.
    pub conversion_probability: f64,
    /// Steps by source and target: [`START`] first, then by name; to [`CONVERSION`] and [`NULL`] last.
    pub steps: Vec<StepCount>,
}

/// One kind of step of journeys.
#[derive(Clone, Debug, PartialEq)]
pub struct StepCount {
    /// [`START`] or a channel.
    pub source: String,
    /// A channel, [`CONVERSION`] or [`NULL`].
    pub target: String,
    /// How often.
    pub count: u64,
    /// What conversions reached by it are worth, in millionths.
    pub value: i128,
    /// Its share of all steps from its source.
    pub probability: f64,
}

/// What is lost without a channel.
pub(super) struct Effect {
    pub(super) channel: String,
    pub(super) removal_effect: f64,
    /// Its share of all effects.
    pub(super) share: f64,
    /// Its share of all effects on value.
    pub(super) value_share: f64,
}

pub(super) struct Solved {
    pub(super) markov: Markov,
    pub(super) effects: Vec<Effect>,
}

/// Steps counted so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps(NumberMap<(u32, u32), (u64, i128)>);

impl Steps {
    pub(super) fn convert(&mut self, path: &[Touch], conversions: u64, value: i128) {
        if conversions > 0 {
            self.walk(path, conversions, CONVERSION_STATE, value);
        }
    }

    pub(super) fn end(&mut self, path: &[Touch], journeys: u64) {
        if journeys > 0 && !path.is_empty() {
            self.walk(path, journeys, NULL_STATE, 0);
        }
    }

    fn walk(&mut self, path: &[Touch], times: u64, end: u32, value: i128) {
        let mut at = START_STATE;
        for touch in path {
            self.0.entry((at, touch.0)).or_default().0 += times;
            at = touch.0;
        }
        let last = self.0.entry((at, end)).or_default();
        last.0 += times;
        last.1 += value;
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (step, more) in other.0 {
            let counted = self.0.entry(step).or_default();
            counted.0 += more.0;
            counted.1 += more.1;
        }
    }

    /// What is lost without each channel.
    ///
    /// A journey that would convert is lost without a channel if it comes by it: the probability of ever
    /// reaching the channel times that of converting from there.
    pub(super) fn solve(&self, names: &[String]) -> Result<Solved, AttributionError> {
        let mut channels: Vec<u32> = self.0.keys().flat_map(|step| [step.0, step.1]).collect();
        channels.retain(|state| *state < NULL_STATE);
        channels.sort_unstable();
        channels.dedup();
        if channels.len() > MARKOV_CHANNELS_MAX {
            return Err(AttributionError::TooManyChannels {
                channels: channels.len(),
                most: MARKOV_CHANNELS_MAX,
            });
        }
        channels.sort_by_key(|channel| &names[*channel as usize]);
        let equations = self.equations(&channels);
        let solver = Solver::new(&equations.rows, equations.exits);
        let reached = solver.solve_transposed(equations.start.clone());
        let from = |rest: f64, by_channel: &[f64]| {
            let through = equations.start.iter().zip(by_channel);
            (rest + through.map(|(a, b)| a * b).sum::<f64>()) / equations.journeys.max(1.0)
        };
        let converting = solver.solve(equations.conversions);
        let worth = solver.solve(equations.value);
        let probability = from(equations.direct, &converting);
        let lost: Vec<(f64, f64)> = (0..channels.len())
            .map(|at| {
                let reach = reached[at] / solver.own(at) / equations.journeys.max(1.0);
                (reach * converting[at], reach * worth[at])
            })
            .collect();
        let sum: f64 = lost.iter().map(|lost| lost.0).sum();
        let value_sum: f64 = lost.iter().map(|lost| lost.1).sum();
        // Effects on value divide value only if they all pull one way.
        let one_way = value_sum > 0.0 && lost.iter().all(|lost| lost.1 >= 0.0);
        let share = |part: f64, sum: f64| if sum > 0.0 { part / sum } else { 0.0 };
        let effects = channels.iter().zip(&lost).map(|(channel, lost)| Effect {
            channel: names[*channel as usize].clone(),
            removal_effect: share(lost.0, probability),
            share: share(lost.0, sum),
            value_share: if one_way {
                share(lost.1, value_sum)
            } else {
                share(lost.0, sum)
            },
        });
        Ok(Solved {
            effects: effects.collect(),
            markov: Markov {
                conversion_probability: probability,
                steps: self.steps(&channels, names),
            },
        })
    }

    fn equations(&self, channels: &[u32]) -> Equations {
        let states = channels.len();
        let places: NumberMap<u32, usize> = channels
            .iter()
            .enumerate()
            .map(|(place, channel)| (*channel, place))
            .collect();
        let mut equations = Equations {
            rows: vec![BTreeMap::new(); states],
            exits: vec![0.0; states],
            start: vec![0.0; states],
            conversions: vec![0.0; states],
            value: vec![0.0; states],
            direct: 0.0,
            journeys: 0.0,
        };
        for ((from, to), (count, value)) in &self.0 {
            let count = *count as f64;
            if *from == START_STATE {
                equations.journeys += count;
                match places.get(to) {
                    Some(to) => equations.start[*to] += count,
                    None => equations.direct += count,
                }
                continue;
            }
            let from = places[from];
            if let Some(to) = places.get(to) {
                equations.rows[from].insert(*to, count);
                continue;
            }
            equations.exits[from] += count;
            if *to == CONVERSION_STATE {
                equations.conversions[from] += count;
                equations.value[from] += *value as f64;
            }
        }
        equations
    }

    fn steps(&self, channels: &[u32], names: &[String]) -> Vec<StepCount> {
        let rank = |state: u32| match state {
            START_STATE => 0,
            CONVERSION_STATE => channels.len() + 1,
            NULL_STATE => channels.len() + 2,
            channel => {
                let name = &names[channel as usize];
                1 + channels.partition_point(|other| names[*other as usize] < *name)
            }
        };
        let name = |state: u32| match state {
            START_STATE => START,
            CONVERSION_STATE => CONVERSION,
            NULL_STATE => NULL,
            channel => &names[channel as usize],
        };
        let mut totals = NumberMap::<u32, u64>::default();
        for ((from, _), (count, _)) in &self.0 {
            *totals.entry(*from).or_default() += count;
        }
        let mut steps: Vec<_> = self.0.iter().collect();
        steps.sort_by_cached_key(|((from, to), _)| (rank(*from), rank(*to)));
        let step = |((from, to), (count, value)): (&(u32, u32), &(u64, i128))| StepCount {
            source: name(*from).to_owned(),
            target: name(*to).to_owned(),
            count: *count,
            value: *value,
            probability: *count as f64 / totals[from] as f64,
        };
        steps.into_iter().map(step).collect()
    }
}

/// A chain in the form in which it is solved, by channels in order; weights are counts.
struct Equations {
    rows: Vec<BTreeMap<usize, f64>>,
    exits: Vec<f64>,
    start: Vec<f64>,
    conversions: Vec<f64>,
    value: Vec<f64>,
    /// Journeys that lead to a conversion without a touch.
    direct: f64,
    journeys: f64,
}
