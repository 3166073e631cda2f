//! How many customers a trial needs, or what it can find: asked before it begins.
//!
//! Rates: Fleiss, Levin & Paik (2003), section 4.2, without correction for continuity, as R's `power.prop.test`
//! has it for equal arms. Means: the normal formula, Deng et al. (2013) for what a figure from before saves.

use super::bell::{normal_below, normal_quantile};
use super::refusal::Refusal;

/// Steps of a search: each gives a bit.
const HALVINGS: u32 = 200;
/// Most customers that a plan tells of.
pub const MAX_CUSTOMERS: f64 = 1e12;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Whether something happens: the control's rate, above 0 and below 1.
    Rate(f64),
    /// A number: its standard deviation among the control, in its own units.
    Number(f64),
}

/// A trial that is planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// What is measured.
    pub outcome: Outcome,
    /// The share of customers that are treated.
    pub share: f64,
    /// How often an effect of the size is to be found.
    pub power: f64,
    /// How often one is to be found where there is none, either way.
    pub alpha: f64,
    /// How closely a figure from before goes with the outcome, -1 to 1; 0 where none is used.
    pub correlation: f64,
}

impl Design {
    /// A plan with half of the customers treated, power 0.8 and alpha 0.05.
    pub fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            share: 0.5,
            power: 0.8,
            alpha: 0.05,
            correlation: 0.0,
        }
    }

    /// # Errors
    /// Shares and chances that are none.
    pub fn check(&self) -> Result<(), Refusal> {
        let inside = |value: f64, low: f64, high: f64| value > low && value < high;
        let wrong = |name, must| Err(Refusal::Option { name, must });
        match self.outcome {
            Outcome::Rate(rate) if !inside(rate, 0.0, 1.0) => {
                return wrong("the control's rate", "above 0 and below 1");
            }
            Outcome::Number(deviation) if !inside(deviation, 0.0, MAX_CUSTOMERS) => {
                return wrong("the deviation", "above 0 and below 1e12");
            }
            _ => {}
        }
        if !inside(self.share, 0.0, 1.0) {
            return wrong("the share treated", "above 0 and below 1");
        }
        if !inside(self.alpha, 0.0, 0.5) {
            return wrong("alpha", "above 0 and below 0.5");
        }
        if !(self.power >= 0.5 && self.power < 1.0) {
            return wrong("the power", "from 0.5 to less than 1");
        }
        if !inside(self.correlation, -1.0, 1.0) {
            return wrong("the correlation", "above -1 and below 1");
        }
        Ok(())
    }

    /// The chance to find an effect of this size with so many customers in all; of the far side's luck nothing counts.
    ///
    /// # Errors
    /// As [`Self::check`], and a rate that the effect would carry beyond 0 or 1.
    pub fn power_of(&self, effect: f64, customers: f64) -> Result<f64, Refusal> {
        self.check()?;
        if !effect.is_finite() {
            let (name, must) = ("the effect", "a number");
            return Err(Refusal::Option { name, must });
        }
        let (null, real) = self.spreads(effect)?;
        let far = normal_quantile(1.0 - 0.5 * self.alpha);
        let z = (effect.abs() * customers.max(0.0).sqrt() - far * null) / real;
        Ok(normal_below(z))
    }

    /// How many customers, of both arms together, an effect of this size needs.
    ///
    /// # Errors
    /// As [`Self::power_of`], and an effect of 0.
    pub fn customers(&self, effect: f64) -> Result<f64, Refusal> {
        self.check()?;
        if !(effect.abs() > 0.0 && effect.is_finite()) {
            let (name, must) = ("the effect", "a number other than 0");
            return Err(Refusal::Option { name, must });
        }
        let (null, real) = self.spreads(effect)?;
        let far = normal_quantile(1.0 - 0.5 * self.alpha);
        let root = (far * null + normal_quantile(self.power) * real) / effect;
        let customers = root * root;
        if customers > MAX_CUSTOMERS {
            let (name, must) = ("the effect", "large enough for a trial of 1e12 customers");
            return Err(Refusal::Option { name, must });
        }
        Ok(customers)
    }

    /// The smallest effect above 0 that so many customers of both arms find; `None` where not even the largest
    /// possible one would be found.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn detectable(&self, customers: f64) -> Result<Option<f64>, Refusal> {
        self.check()?;
        let most = match self.outcome {
            Outcome::Rate(rate) => 1.0 - rate,
            Outcome::Number(deviation) => deviation * MAX_CUSTOMERS,
        };
        let finds = |effect: f64| Ok(self.power_of(effect, customers)? >= self.power);
        if !finds(most)? {
            return Ok(None);
        }
        let (mut low, mut high) = (0.0, most);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            match finds(middle)? {
                true => high = middle,
                false => low = middle,
            }
        }
        Ok(Some(high))
    }

    /// The standard deviation of the difference of means times the root of all customers: without an effect,
    /// and with it.
    fn spreads(&self, effect: f64) -> Result<(f64, f64), Refusal> {
        let (treated, control) = (self.share, 1.0 - self.share);
        let left = (1.0 - self.correlation * self.correlation).sqrt();
        match self.outcome {
            Outcome::Number(deviation) => {
                let spread = left * deviation * (1.0 / treated + 1.0 / control).sqrt();
                Ok((spread, spread))
            }
            Outcome::Rate(rate) => {
                let with = rate + effect;
                if !(0.0..=1.0).contains(&with) {
                    let must = "such that the control's rate and it together lie from 0 to 1";
                    let name = "the effect";
                    return Err(Refusal::Option { name, must });
                }
                let both = treated * with + control * rate;
                let null = (both * (1.0 - both) * (1.0 / treated + 1.0 / control)).sqrt();
                let real = (with * (1.0 - with) / treated + rate * (1.0 - rate) / control).sqrt();
                Ok((left * null, left * real))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_of_r_is_met() {
        // power.prop.test(n = 50, p1 = .50, p2 = .75) and (p1 = .50, p2 = .75, power = .90)
        let design = Design::new(Outcome::Rate(0.5));
        assert!((design.power_of(0.25, 100.0).expect("valid") - 0.740_165_9).abs() < 1e-6);
        let design = Design {
            power: 0.9,
            ..design
        };
        let customers = design.customers(0.25).expect("valid");
        assert!((customers - 2.0 * 76.706_928).abs() < 0.01, "{customers}");
        // Normal approximation of power.t.test(delta = 1, sd = 2): 2 * 4 * (1.96 + .8416)^2 an arm.
        let design = Design::new(Outcome::Number(2.0));
        let customers = design.customers(1.0).expect("valid");
        assert!((customers - 2.0 * 62.791_04).abs() < 0.001, "{customers}");
        let with = Design {
            correlation: 0.6,
            ..design
        };
        assert!((with.customers(1.0).expect("valid") / customers - 0.64).abs() < 1e-12);
    }

    #[test]
    fn what_is_detectable_is_found_with_the_power() {
        for outcome in [Outcome::Rate(0.03), Outcome::Number(40.0)] {
            let design = Design {
                share: 0.9,
                ..Design::new(outcome)
            };
            let effect = design.detectable(20_000.0).expect("valid").expect("some");
            let customers = design.customers(effect).expect("valid");
            assert!((customers / 20_000.0 - 1.0).abs() < 1e-6, "{customers}");
        }
        let few = Design::new(Outcome::Rate(0.5)).detectable(3.0);
        assert_eq!(few, Ok(None));
    }

    #[test]
    fn plans_that_cannot_be_are_refused() {
        let design = Design::new(Outcome::Rate(0.1));
        for effect in [0.0, f64::NAN, f64::INFINITY, 0.95, -0.2] {
            assert!(design.customers(effect).is_err(), "{effect}");
        }
        assert!(design.customers(1e-9).is_err());
        for rate in [0.0, 1.0, -1.0, f64::NAN] {
            assert!(Design::new(Outcome::Rate(rate)).customers(0.01).is_err());
            assert!(
                Design {
                    share: rate,
                    ..design
                }
                .customers(0.01)
                .is_err()
            );
            assert!(
                Design {
                    alpha: rate,
                    ..design
                }
                .customers(0.01)
                .is_err()
            );
            assert!(
                Design {
                    power: rate,
                    ..design
                }
                .customers(0.01)
                .is_err()
            );
        }
        assert!(Design::new(Outcome::Number(0.0)).customers(1.0).is_err());
    }
}
