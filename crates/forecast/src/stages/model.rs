//! The model of a lifecycle at the end of a day: fitted to what was known then, and asked about the days after.

use super::arrivals::{Arrivals, WEEK};
use super::chain::{Chain, Slopes};
use super::choice::{StageClock, choose};
use super::doubt::doubt;
use super::fan::{Effect, Fan, FanPoint};
use super::groups::{Factors, factors};
use super::ledger::{End, StageLedger};
use super::rates::{StateRates, States, count};
use super::{
    MAX_AHEAD_DAYS, MIN_HISTORY_DAYS, MIN_STAGE_CUSTOMERS, MIN_STAGE_MOVES, OUTSIDE, StagesError,
};

/// Speeds are multiplied by at least and at most so much.
pub const FACTORS: std::ops::RangeInclusive<f64> = 0.0..=100.0;

/// A fitted model.
#[derive(Debug)]
pub struct StageModel<'a> {
    ledger: &'a StageLedger,
    until: i32,
    states: States,
    rates: Vec<StateRates>,
    arrivals: Arrivals,
    /// Factors of groups, where customers are told apart.
    factors: Option<Factors>,
}

/// A change to be tried: a move that becomes more or less frequent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The stage left, by its place from 0, or [`OUTSIDE`] for new customers.
    pub from: u8,
    /// The stage entered, or [`OUTSIDE`].
    pub to: u8,
    /// Its speed is so many times what it was; that of other moves is kept.
    pub factor: f64,
}

/// What is found of one set of shares.
struct Look {
    /// By stage, then day asked about.
    points: Vec<Vec<FanPoint>>,
    /// In the same order, one after the other: what arrivals of each week ahead come to, ...
    weeks: Vec<Vec<f64>>,
    /// ... and what changes of shares would do.
    slopes: Vec<Slopes>,
}

impl<'a> StageModel<'a> {
    /// Fits the model to what was known at the end of a day.
    ///
    /// # Errors
    /// Fewer than [`MIN_STAGE_CUSTOMERS`], [`MIN_STAGE_MOVES`] or [`MIN_HISTORY_DAYS`], and a day after the end.
    pub fn fit(ledger: &'a StageLedger, until: i32) -> Result<Self, StagesError> {
        check(ledger, until)?;
        Ok(Self::with_clocks(ledger, until, choose(ledger, until)))
    }

    /// The same where stages are told in a given way, one for each; what is missing is from entering.
    ///
    /// # Errors
    /// Those of [`Self::fit`].
    pub fn fit_with(
        ledger: &'a StageLedger,
        until: i32,
        mut clocks: Vec<StageClock>,
    ) -> Result<Self, StagesError> {
        check(ledger, until)?;
        clocks.resize(ledger.stages, StageClock::default());
        Ok(Self::with_clocks(ledger, until, clocks))
    }

    fn with_clocks(ledger: &'a StageLedger, until: i32, clocks: Vec<StageClock>) -> Self {
        let states = States::new(ledger, until, clocks);
        let counts = count(ledger, &states, until, None);
        let rates: Vec<StateRates> = counts.iter().map(StateRates::of).collect();
        let factors = (ledger.groups > 1).then(|| factors(ledger, &states, &rates, until));
        Self {
            arrivals: Arrivals::fit(ledger, &states, until, None),
            ledger,
            until,
            states,
            rates,
            factors,
        }
    }

    /// How each stage is told.
    pub fn clocks(&self) -> &[StageClock] {
        &self.states.clocks
    }

    /// How many new customers come.
    pub fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// The days on a stage's clock on which far more move than on those around, rising.
    pub fn spikes(&self, stage: u8) -> Vec<u32> {
        let own = self.rates.iter().zip(&self.states.stage);
        let own = own.filter(|(_, of)| **of == stage).flat_map(|(rates, _)| {
            let is_spike = |age: &usize| rates.bins.is_spike[rates.bin(*age)];
            (0..rates.ages()).filter(is_spike).map(|age| age as u32)
        });
        let mut spikes: Vec<u32> = own.collect();
        spikes.sort_unstable();
        spikes.dedup();
        spikes
    }

    /// Customers in each stage so many days ahead, rising; of one group, or of all.
    ///
    /// # Errors
    /// No days, days that do not rise, and farther ahead than [`MAX_AHEAD_DAYS`] or than history reaches back.
    pub fn ahead(&self, days: &[u32], group: Option<u16>) -> Result<Vec<Fan>, StagesError> {
        self.check_days(days)?;
        let (rates, arrivals) = self.of_group(group);
        let look = self.look(days, group, &rates, &arrivals, &arrivals.into);
        Ok(self.fans(days, group, look, &rates))
    }

    /// The same if moves changed, and how much each stage would differ.
    ///
    /// # Errors
    /// Those of [`Self::ahead`], and a change of a stage that is not there or by a factor that cannot be.
    pub fn what_if(
        &self,
        days: &[u32],
        group: Option<u16>,
        changes: &[Change],
    ) -> Result<(Vec<Fan>, Vec<Effect>), StagesError> {
        self.check_days(days)?;
        self.check_changes(changes)?;
        let (rates, arrivals) = self.of_group(group);
        let changed: Vec<StateRates> = (0..rates.len())
            .map(|state| rates[state].faster(&self.speeds(state, &rates[state], changes), true))
            .collect();
        let mut into = arrivals.into.clone();
        for one in changes.iter().filter(|one| one.from == OUTSIDE) {
            for (part, stage) in into.iter_mut().zip(&self.states.stage) {
                *part *= if *stage == one.to { one.factor } else { 1.0 };
            }
        }
        let before = self.look(days, group, &rates, &arrivals, &arrivals.into);
        let after = self.look(days, group, &changed, &arrivals, &into);
        let (old, new) = (
            self.of_whole(&before.slopes, &rates),
            self.of_whole(&after.slopes, &changed),
        );
        let apart: Vec<Slopes> = new
            .iter()
            .zip(&old)
            .map(|(new, old)| minus(new, old))
            .collect();
        let doubts = doubt(self.ledger, &self.states, &self.rates, self.until, &apart);
        let own = group.and_then(|group| self.factors.as_ref()?.get(usize::from(group)));
        let mut effects = Vec::new();
        for stage in 0..self.ledger.stages {
            let (mut difference, mut error) = (Vec::new(), Vec::new());
            for place in 0..days.len() {
                let at = stage * days.len() + place;
                let weeks = before.weeks[at].iter().zip(&after.weeks[at]);
                let weeks: Vec<f64> = weeks.map(|(before, after)| after - before).collect();
                let mut variance = doubts[at] + arrivals.variance(&weeks);
                if let Some(own) = own {
                    let mut apart = of_factors(&after.slopes[at], &changed);
                    let old = of_factors(&before.slopes[at], &rates);
                    for (apart, old) in apart.iter_mut().flatten().zip(old.iter().flatten()) {
                        *apart -= old;
                    }
                    variance += doubt_of_factors(own, &apart);
                }
                difference.push(after.points[stage][place].mean - before.points[stage][place].mean);
                error.push(variance.sqrt());
            }
            effects.push(Effect {
                stage: stage as u8,
                difference,
                error,
            });
        }
        Ok((self.fans(days, group, after, &changed), effects))
    }

    /// The shares and arrivals of a group, or of all.
    fn of_group(&self, group: Option<u16>) -> (Vec<StateRates>, Arrivals) {
        let own = group.and_then(|group| self.factors.as_ref()?.get(usize::from(group)));
        let Some(own) = own else {
            let arrivals = match group {
                None => self.arrivals.clone(),
                some => Arrivals::fit(self.ledger, &self.states, self.until, some),
            };
            return (self.rates.clone(), arrivals);
        };
        let rates = self.rates.iter().zip(own).map(|(rates, own)| {
            let times: Vec<f64> = own.iter().map(|factor| factor.times).collect();
            rates.faster(&times, false)
        });
        let arrivals = Arrivals::fit(self.ledger, &self.states, self.until, group);
        (rates.collect(), arrivals)
    }

    /// How much faster each way out of a state becomes.
    fn speeds(&self, state: usize, rates: &StateRates, changes: &[Change]) -> Vec<f64> {
        let own = changes
            .iter()
            .filter(|one| one.from == self.states.stage[state]);
        let speed = |to: &usize| {
            let stage = self.states.stage.get(*to).copied().unwrap_or(OUTSIDE);
            let hit = own.clone().filter(|one| *to != state && one.to == stage);
            hit.map(|one| one.factor).product()
        };
        rates.to.iter().map(speed).collect()
    }

    /// Follows everybody.
    fn look(
        &self,
        days: &[u32],
        group: Option<u16>,
        rates: &[StateRates],
        arrivals: &Arrivals,
        into: &[f64],
    ) -> Look {
        let chain = Chain::new(rates);
        let last = days.last().map_or(0, |day| *day as usize);
        let mut start = vec![0.0; chain.size()];
        for spell in self.states.spells(self.ledger, self.until) {
            if spell.end == End::Open && group.is_none_or(|group| group == spell.stay.group) {
                let age = (self.until - spell.start) as usize;
                start[chain.place(self.states.of_spell(&spell), age)] += 1.0;
            }
        }
        let daily = arrivals.weekly / WEEK as f64;
        let arriving: Vec<f64> = into.iter().map(|part| part * daily).collect();
        let forward = chain.forward(start, &arriving, last);
        let mut look = Look {
            points: Vec::new(),
            weeks: Vec::new(),
            slopes: Vec::new(),
        };
        for stage in 0..self.ledger.stages as u8 {
            let backward = chain.backward(&self.states, stage, last);
            let mut points = Vec::new();
            for days in days.iter().map(|day| *day as usize) {
                let mut mean = 0.0;
                let mut chance = 0.0;
                for (count, reach) in forward.mass[0].iter().zip(&backward.at[days]) {
                    mean += count * reach;
                    chance += count * reach * (1.0 - reach);
                }
                let mut weeks = vec![0.0; days.div_ceil(WEEK)];
                for day in 0..days {
                    let reach = into.iter().zip(&backward.entering[days - day - 1]);
                    let reach: f64 = reach.map(|(part, reach)| part * reach).sum();
                    mean += daily * reach;
                    chance += daily * reach * (1.0 - reach).max(0.0);
                    weeks[day / WEEK] += reach / WEEK as f64;
                }
                points.push(FanPoint {
                    days: days as u32,
                    mean,
                    chance: chance.max(0.0),
                    arrivals: arrivals.variance(&weeks),
                    estimate: 0.0,
                });
                look.weeks.push(weeks);
                look.slopes.push(chain.slopes(&forward, &backward, days));
            }
            look.points.push(points);
        }
        look
    }

    /// What a change of the whole's shares would do, where these are made from them.
    fn of_whole(&self, slopes: &[Slopes], rates: &[StateRates]) -> Vec<Slopes> {
        let mut slopes = slopes.to_vec();
        for own in &mut slopes {
            for (state, bins) in own.iter_mut().enumerate() {
                for (bin, ways) in bins.iter_mut().enumerate() {
                    for (slot, slope) in ways.iter_mut().enumerate() {
                        let whole = self.rates[state].shares[bin][slot];
                        let ratio = rates[state].shares[bin][slot] / whole;
                        *slope *= if whole > 0.0 { ratio } else { 1.0 };
                    }
                }
            }
        }
        slopes
    }

    fn fans(&self, days: &[u32], group: Option<u16>, look: Look, rates: &[StateRates]) -> Vec<Fan> {
        let whole = self.of_whole(&look.slopes, rates);
        let mut doubts = doubt(self.ledger, &self.states, &self.rates, self.until, &whole);
        let own = group.and_then(|group| self.factors.as_ref()?.get(usize::from(group)));
        if let Some(own) = own {
            for (doubt, slopes) in doubts.iter_mut().zip(&look.slopes) {
                *doubt += doubt_of_factors(own, &of_factors(slopes, rates));
            }
        }
        let now = self.ledger.standing(&[self.until], group);
        let mut doubts = doubts.into_iter();
        let fan = |(stage, mut points): (usize, Vec<FanPoint>)| {
            for (point, doubt) in points.iter_mut().zip(doubts.by_ref().take(days.len())) {
                point.estimate = doubt;
            }
            Fan {
                stage: stage as u8,
                now: now[0][stage],
                points,
            }
        };
        look.points.into_iter().enumerate().map(fan).collect()
    }

    fn check_days(&self, days: &[u32]) -> Result<(), StagesError> {
        let rises = days.windows(2).all(|two| two[0] < two[1]);
        let (Some(last), true) = (days.last(), rises && days.first() != Some(&0)) else {
            return Err(StagesError::Figure(
                "days ahead must be there, and rise from 1",
            ));
        };
        let most = MAX_AHEAD_DAYS.min(self.until - self.ledger.first_day + 1);
        let days = i32::try_from(*last).unwrap_or(i32::MAX);
        if days > most {
            return Err(StagesError::FarAhead { days, most });
        }
        Ok(())
    }

    fn check_changes(&self, changes: &[Change]) -> Result<(), StagesError> {
        let is_known = |stage: u8| stage == OUTSIDE || usize::from(stage) < self.ledger.stages;
        let is_fine = |one: &Change| {
            is_known(one.from)
                && is_known(one.to)
                && one.from != one.to
                && FACTORS.contains(&one.factor)
        };
        match changes.iter().all(is_fine) {
            true => Ok(()),
            false => Err(StagesError::Figure(
                "a change is of a move between two stages that are there, by a factor from 0 to 100",
            )),
        }
    }
}

/// Refuses what is too thin.
fn check(ledger: &StageLedger, until: i32) -> Result<(), StagesError> {
    if until > ledger.last_day {
        return Err(StagesError::Figure(
            "history ends before the day that is looked ahead from",
        ));
    }
    let mut customers = ledger.stays.iter().filter(|stay| stay.start <= until);
    let mut last = None;
    let mut count = 0;
    customers.by_ref().for_each(|stay| {
        count += usize::from(last != Some(stay.customer));
        last = Some(stay.customer);
    });
    if count < MIN_STAGE_CUSTOMERS {
        let needed = MIN_STAGE_CUSTOMERS;
        return Err(StagesError::FewCustomers {
            customers: count,
            needed,
        });
    }
    let moves = ledger.stays.iter().filter(|stay| stay.end <= until).count();
    if moves < MIN_STAGE_MOVES {
        let needed = MIN_STAGE_MOVES;
        return Err(StagesError::FewMoves { moves, needed });
    }
    let days = until - ledger.first_day + 1;
    if days < MIN_HISTORY_DAYS {
        let needed = MIN_HISTORY_DAYS;
        return Err(StagesError::ShortHistory { days, needed });
    }
    Ok(())
}

/// What the doubt about a group's factors adds to the variance of a number, by what factors do to it.
fn doubt_of_factors(own: &[Vec<super::groups::Factor>], slopes: &[Vec<f64>]) -> f64 {
    let pairs = own.iter().flatten().zip(slopes.iter().flatten());
    pairs
        .map(|(factor, slope)| slope * slope * factor.variance)
        .sum()
}

/// What a factor of each way would do to a number, by state and way; spikes have none.
fn of_factors(slopes: &Slopes, rates: &[StateRates]) -> Vec<Vec<f64>> {
    let of = |(own, slopes): (&StateRates, &Vec<Vec<f64>>)| {
        let mut sums = vec![0.0; own.to.len()];
        let bins = slopes.iter().zip(&own.shares).zip(&own.bins.is_spike);
        for ((slopes, shares), _) in bins.filter(|(_, is_spike)| !**is_spike) {
            for (sum, (slope, share)) in sums.iter_mut().zip(slopes.iter().zip(shares)) {
                *sum += slope * share;
            }
        }
        sums
    };
    rates.iter().zip(slopes).map(of).collect()
}

/// The difference of slopes.
fn minus(new: &Slopes, old: &Slopes) -> Slopes {
    let mut apart = new.clone();
    for (apart, old) in apart.iter_mut().flatten().zip(old.iter().flatten()) {
        for (apart, old) in apart.iter_mut().zip(old) {
            *apart -= old;
        }
    }
    apart
}
