//! What a stage's clock runs from, and whether it matters where customers came from: what foretells better.

use super::ledger::StageLedger;
use super::rates::{StateRates, States, count};

/// The last part of history that choices are tried on, ...
const TRIED_PART: i32 = 4;
/// ... but so many days at least.
const MIN_TRIED_DAYS: i32 = 28;
/// How much better what asks for more must foretell, as the logarithm of a chance.
const MIN_GAIN: f64 = 3.0;
/// What was never seen has this chance a day.
const UNSEEN: f64 = 1e-5;

/// What the clock of a stage runs from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// From entering the stage.
    #[default]
    Entry,
    /// From entering it, or her last touch since of the kind that sets it back.
    LastTouch,
}

/// How moves out of a stage are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageClock {
    /// What its clock runs from.
    pub clock: Clock,
    /// Whether those who came from one stage move otherwise than those from another.
    pub by_origin: bool,
}

/// All that can be chosen, the simplest first.
const ALL: [StageClock; 4] = [
    StageClock {
        clock: Clock::Entry,
        by_origin: false,
    },
    StageClock {
        clock: Clock::LastTouch,
        by_origin: false,
    },
    StageClock {
        clock: Clock::Entry,
        by_origin: true,
    },
    StageClock {
        clock: Clock::LastTouch,
        by_origin: true,
    },
];

/// Chooses for each stage: what gave the moves of the last part of history until a day the highest chance, when
/// it knew only what came before.
pub(super) fn choose(ledger: &StageLedger, until: i32) -> Vec<StageClock> {
    let days = until - ledger.first_day;
    let middle = until - (days / TRIED_PART).max(MIN_TRIED_DAYS);
    let tried = ALL.map(|clock| (clock, foretold(ledger, (middle, until), clock)));
    let best = |stage: usize| {
        let mut best = (tried[0].0, tried[0].1[stage]);
        for (clock, chances) in &tried[1..] {
            if chances[stage] > best.1 + MIN_GAIN {
                best = (*clock, chances[stage]);
            }
        }
        best.0
    };
    (0..ledger.stages).map(best).collect()
}

/// By stage: the logarithm of the chance of all that happened between two days, if all stages are told so.
fn foretold(ledger: &StageLedger, (middle, until): (i32, i32), clock: StageClock) -> Vec<f64> {
    let states = States::new(ledger, middle, vec![clock; ledger.stages]);
    let counts = count(ledger, &states, middle, None);
    let rates: Vec<StateRates> = counts.iter().map(StateRates::of).collect();
    let leaving = |state: usize, age: usize| {
        let own = &rates[state];
        let ways = own.to.iter().zip(&own.shares[own.bin(age)]);
        let share: f64 = ways
            .filter(|(to, _)| **to != state)
            .map(|(_, share)| share)
            .sum();
        share.clamp(UNSEEN, 1.0 - UNSEEN)
    };
    // For each state: the sums of the logarithms of staying, up to each age.
    let staying: Vec<Vec<f64>> = (0..states.count())
        .map(|state| {
            let mut sum = 0.0;
            let ages = (0..rates[state].ages()).map(|age| {
                sum += (1.0 - leaving(state, age)).ln();
                sum
            });
            ages.collect()
        })
        .collect();
    let stayed = |state: usize, age: i32| {
        if age < 0 {
            return 0.0;
        }
        let sums = &staying[state];
        let (age, last) = (age as usize, sums.len() - 1);
        let beyond = age.saturating_sub(last) as f64 * (1.0 - leaving(state, last)).ln();
        sums[age.min(last)] + beyond
    };
    let mut chances = vec![0.0; ledger.stages];
    for spell in states.spells(ledger, until) {
        let (first, last) = (spell.first_age(middle), spell.last_age());
        if first > last {
            continue;
        }
        let state = states.of_spell(&spell);
        let mut chance = stayed(state, last) - stayed(state, first - 1);
        if let Some(to) = states.end_of(&spell).filter(|to| *to != state) {
            let (own, age) = (&rates[state], last as usize);
            let slot = own.to.iter().position(|own| *own == to);
            let share = slot.map_or(0.0, |slot| own.shares[own.bin(age)][slot]);
            chance += share.max(UNSEEN).ln() - (1.0 - leaving(state, age)).ln();
        }
        chances[usize::from(spell.stay.stage)] += chance;
    }
    chances
}
