//! MBG/CNBD-k: customers who buy regularly, and may leave after each purchase.

use super::beta_geometric::{self, BetaGeometric};
use super::count::{CountModel, Discount, discounted, listed};
use crate::error::{Error, within};
use crate::fit::{Coordinate, Fit, Sample, search};
use crate::purchases::{Groups, Horizon, Means, Purchases};
use crate::special::{AtLeast, beta_below, ln_gamma, ln_rising, regular_before_leaving};

/// The most regular that buyers can be taken for, in events a purchase; as BTYDplus does.
pub const MAX_REGULARITY: u32 = 12;

/// As [`MbgNbd`](super::MbgNbd), but only every `k`th event of a customer is a purchase, so that her purchases
/// come the more regularly the greater k is: Erlang-k times between them, with a spread of 1/√k of their mean.
///
/// Reutterer, Platzer & Schröder (2021), «Leveraging purchase regularity for predicting customer behavior the
/// easy way», International Journal of Research in Marketing 38:1; likelihood and P(alive) as in the R package
/// BTYDplus. What is ahead is exact here, where the package takes BG/NBD's formula and scales it to the base's
/// total: given that she is a customer, 0 to k - 1 events came since her last purchase, with chances and a rate
/// that are known, and how many come in a time is negative binomial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MbgCnbd(BetaGeometric);

impl MbgCnbd {
    /// The names of its parameters, as in the papers.
    pub const NAMES: [&'static str; 5] = ["k", "r", "alpha", "a", "b"];

    /// The model of these parameters.
    ///
    /// # Errors
    /// [`Error::Figure`] unless k is whole and from 1 to 12, and the others are from 1e-12 to 1e12.
    pub fn of([k, r, alpha, a, b]: [f64; 5]) -> Result<Self, Error> {
        let must = "whole and from 1 to 12";
        within("k", k, (1.0, f64::from(MAX_REGULARITY)), must)?;
        within("k", k.fract(), (0.0, 0.0), must)?;
        BetaGeometric::of([r, alpha, a, b], 1.0, k as u32).map(Self)
    }

    /// Its parameters, in the order of the names.
    pub fn parameters(&self) -> [f64; 5] {
        let [r, alpha, a, b] = self.0.parameters();
        [f64::from(self.0.k), r, alpha, a, b]
    }

    /// Fits the model by maximum likelihood, for k from 1 up to 12 until the likelihood falls twice, and gives the
    /// most likely. The errors are those of the other parameters given k; k has none.
    ///
    /// # Errors
    /// [`Error::FewCustomers`], [`Error::NoRepeats`], and [`Error::Missing`] without
    /// [the times between purchases](Groups::with_gaps).
    pub fn fit(groups: &Groups) -> Result<Fit<Self>, Error> {
        groups.check()?;
        if groups.ln_gaps.is_none() {
            return Err(Error::Missing {
                name: "the sum of the logarithms of the times between purchases".to_owned(),
            });
        }
        let mut best = Self::fit_regularity(groups, 1)?;
        let (mut before, mut falls) = (best.log_likelihood, 0);
        for k in 2..=MAX_REGULARITY {
            let next = Self::fit_regularity(groups, k)?;
            falls = if next.log_likelihood < before {
                falls + 1
            } else {
                0
            };
            before = next.log_likelihood;
            if before > best.log_likelihood {
                best = next;
            }
            if falls == 2 {
                break;
            }
        }
        Ok(best)
    }

    /// Fits the model with one k. Without the times between purchases, its likelihood can be compared with those
    /// of the same k alone.
    ///
    /// # Errors
    /// [`Error::FewCustomers`] and [`Error::NoRepeats`], and [`Error::Figure`] unless k is from 1 to 12.
    pub fn fit_regularity(groups: &Groups, k: u32) -> Result<Fit<Self>, Error> {
        let must = "whole and from 1 to 12";
        within("k", k.into(), (1.0, f64::from(MAX_REGULARITY)), must)?;
        let Means { x, age, repeaters } = groups.check()?;
        let sample = Sample {
            customers: groups.customers(),
            repeaters,
            scale: age,
        };
        let names = beta_geometric::NAMES.into_iter().zip(beta_geometric::TIMES);
        let coordinates = names.map(|(name, time)| Coordinate {
            name: name.to_owned(),
            scale: Some(if time { age } else { 1.0 }),
        });
        let starts = BetaGeometric::starts(x * f64::from(k));
        let starts: Vec<Vec<f64>> = starts.iter().map(|start| start.to_vec()).collect();
        // Of the times between purchases: what Erlang's density has beside the rate.
        let events = f64::from(k);
        let all = x * groups.customers() as f64;
        let gaps = groups.ln_gaps.unwrap_or(0.0) * (events - 1.0) - all * ln_gamma(events);
        let model = |values: &[f64]| {
            BetaGeometric::of([values[0], values[1], values[2], values[3]], 1.0, k).map(Self)
        };
        let coordinates: Vec<Coordinate> = coordinates.collect();
        let mut fit = search(&sample, &coordinates, &starts, model, |model: &Self| {
            let (value, slopes) = model.0.likelihood(groups);
            (value + gaps, slopes.to_vec())
        })?;
        // k comes first among the parameters, and is not found by slopes.
        fit.standard_errors.insert(0, None);
        for row in &mut fit.covariance {
            row.insert(0, 0.0);
        }
        fit.covariance.insert(0, vec![0.0; 5]);
        Ok(fit)
    }

    /// The chances that 0, 1, ... k - 1 events came since her last purchase, if she is still a customer.
    pub(super) fn weigh_phases(&self, purchases: &Purchases, chances: &mut [f64]) {
        let shape = self.0.shape(f64::from(purchases.x()));
        let idle = purchases.age() - purchases.t_x();
        let phases = self
            .0
            .phases(shape, idle / (self.0.alpha + purchases.age()));
        let mut sum = 0.0;
        for (chance, phase) in chances.iter_mut().zip(phases) {
            *chance = phase;
            sum += phase;
        }
        // Of someone with a milliard of purchases the greatest is huge, though not too great.
        chances.iter_mut().for_each(|chance| *chance /= sum);
    }

    /// Of someone, by the chances of her phases.
    fn of_one(&self, purchases: &Purchases) -> InPhase {
        let mut phases = vec![0.0; self.0.k as usize];
        self.weigh_phases(purchases, &mut phases);
        InPhase {
            model: *self,
            phases,
        }
    }

    /// Of someone since whose last purchase so many events came; when that was does not matter any more.
    pub(super) fn in_phase(&self, phase: u32) -> InPhase {
        let mut phases = vec![0.0; self.0.k as usize];
        phases[phase.min(self.0.k - 1) as usize] = 1.0;
        InPhase {
            model: *self,
            phases,
        }
    }

    /// Events k in a purchase: as many phases there are between two of them.
    pub(super) fn regularity(&self) -> u32 {
        self.0.k
    }

    /// The chance to leave after a purchase, of someone who made so many and is there: a and b of its beta.
    fn leaves(&self, x: f64) -> (f64, f64) {
        (self.0.a, self.0.b + x + 1.0)
    }
}

/// As [`MbgCnbd`], of those whose phase between two purchases is known, or its chances are, whatever their idle time.
pub(super) struct InPhase {
    model: MbgCnbd,
    phases: Vec<f64>,
}

impl InPhase {
    fn shape(&self, purchases: &Purchases) -> f64 {
        self.model.0.shape(f64::from(purchases.x()))
    }

    fn phases(&self) -> impl Iterator<Item = (u32, f64)> {
        let chances = (0..).zip(self.phases.iter().copied());
        chances.filter(|(_, chance)| *chance > 0.0)
    }
}

impl CountModel for InPhase {
    fn alive(&self, purchases: &Purchases) -> f64 {
        self.model.alive(purchases)
    }

    fn expected_if_alive(&self, purchases: &Purchases, horizon: Horizon) -> f64 {
        let leaves = self.model.leaves(f64::from(purchases.x()));
        let (shape, age) = (self.shape(purchases), self.bend(purchases));
        regular_before_leaving(leaves, shape, &self.phases, age, horizon.span())
    }

    /// The `count`th purchase is the event that lacks k `count` less those under way, and she stays after all but
    /// the last.
    fn at_least_if_alive(&self, purchases: &Purchases, count: f64, horizon: Horizon) -> f64 {
        let shape = self.shape(purchases);
        let (a, b) = self.model.leaves(f64::from(purchases.x()));
        let (age, span) = (self.bend(purchases), horizon.span());
        let events = f64::from(self.model.0.k) * count;
        let come = |(phase, weight): (u32, f64)| {
            let phase = f64::from(phase);
            let (y, rest) = (span / (age + span), age / (age + span));
            weight * beta_below(events - phase, shape + phase, y, rest)
        };
        let come: f64 = self.phases().map(come).sum();
        let stays = ln_rising(b, count - 1.0) - ln_rising(a + b, count - 1.0);
        (come * stays.min(0.0).exp()).clamp(0.0, 1.0)
    }

    fn reaches_if_alive(&self, purchases: &Purchases, horizon: Horizon, least: f64) -> Vec<f64> {
        let (shape, k) = (self.shape(purchases), self.model.0.k);
        let (a, b) = self.model.leaves(f64::from(purchases.x()));
        let per = horizon.span() / self.bend(purchases);
        let mut count = 0.0;
        let come = self.phases().map(|(phase, weight)| {
            let mut chances = AtLeast::new(shape + f64::from(phase), per)?;
            // Those under way are events that need not come any more.
            (0..k - 1 - phase).for_each(|_| {
                chances.step();
            });
            Some((chances, weight))
        });
        let Some(mut come) = come.collect::<Option<Vec<_>>>() else {
            return listed(least, || {
                count += 1.0;
                self.at_least_if_alive(purchases, count, horizon)
            });
        };
        let mut stays = 1.0;
        listed(least, || {
            let each = come.iter_mut().map(|(chances, weight)| {
                let chance = *weight * chances.step();
                (1..k).for_each(|_| {
                    chances.step();
                });
                chance
            });
            let chance = stays * each.sum::<f64>();
            stays *= (b + count) / (a + b + count);
            count += 1.0;
            chance.min(1.0)
        })
    }

    fn present_if_alive(
        &self,
        purchases: &Purchases,
        discount: Discount,
        horizon: Option<Horizon>,
    ) -> f64 {
        let ever = || {
            // Over the chance that the rate gives each number of events: it rises with (shape + j) / (j + 1).
            let (shape, mut over) = (self.shape(purchases), 1.0);
            let chances = self.phases.iter().zip(0..).map(|(chance, phase)| {
                let here = chance / over;
                over *= shape + f64::from(phase);
                here
            });
            let under_way: Vec<f64> = chances.collect();
            let top = under_way.iter().fold(0.0_f64, |top, one| top.max(*one));
            let under_way: Vec<f64> = under_way.iter().map(|one| one / top).collect();
            self.model.0.ever_if_alive(purchases, &under_way, discount)
        };
        let known = if horizon.is_none() { ever() } else { None };
        known.unwrap_or_else(|| {
            let expected = |span| self.expected_if_alive(purchases, Horizon::of(span));
            discounted(expected, discount, horizon, self.bend(purchases))
        })
    }

    fn bend(&self, purchases: &Purchases) -> f64 {
        self.model.0.alpha + purchases.age()
    }

    fn expected_of_new(&self, horizon: Horizon) -> f64 {
        self.model.expected_of_new(horizon)
    }
}

impl CountModel for MbgCnbd {
    fn alive(&self, purchases: &Purchases) -> f64 {
        self.0.alive(purchases)
    }

    fn expected_if_alive(&self, purchases: &Purchases, horizon: Horizon) -> f64 {
        self.of_one(purchases).expected_if_alive(purchases, horizon)
    }

    fn at_least_if_alive(&self, purchases: &Purchases, count: f64, horizon: Horizon) -> f64 {
        let ahead = self.of_one(purchases);
        ahead.at_least_if_alive(purchases, count, horizon)
    }

    fn reaches_if_alive(&self, purchases: &Purchases, horizon: Horizon, least: f64) -> Vec<f64> {
        let ahead = self.of_one(purchases);
        ahead.reaches_if_alive(purchases, horizon, least)
    }

    fn present_if_alive(
        &self,
        purchases: &Purchases,
        discount: Discount,
        horizon: Option<Horizon>,
    ) -> f64 {
        let ahead = self.of_one(purchases);
        ahead.present_if_alive(purchases, discount, horizon)
    }

    fn bend(&self, purchases: &Purchases) -> f64 {
        self.0.alpha + purchases.age()
    }

    fn expected_of_new(&self, horizon: Horizon) -> f64 {
        let mut phases = vec![0.0; self.0.k as usize];
        phases[0] = 1.0;
        let stays = self.0.b / (self.0.a + self.0.b);
        let span = horizon.span();
        stays * regular_before_leaving(self.leaves(0.0), self.0.r, &phases, self.0.alpha, span)
    }
}
