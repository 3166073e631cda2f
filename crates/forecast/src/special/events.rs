//! How many events come in a time, from customers whose rates are gamma: the negative binomial, count by count.

/// Below e to this power the first chance is too small to go on from.
const LEAST: f64 = -600.0;

/// The chances of 1, 2, ... events or more, one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtLeast {
    shape: f64,
    share: f64,
    come: f64,
    exactly: f64,
    left: f64,
}

impl AtLeast {
    /// Of events whose rate is gamma(`shape`, 1), in a time `per`; `None` where the chance of none is too small.
    pub fn new(shape: f64, per: f64) -> Option<Self> {
        let ln = -shape * per.ln_1p();
        (ln > LEAST).then(|| Self {
            shape,
            share: per / (1.0 + per),
            come: 0.0,
            exactly: ln.exp(),
            left: -ln.exp_m1(),
        })
    }

    /// The next chance.
    pub fn step(&mut self) -> f64 {
        let here = self.left;
        self.exactly *= (self.shape + self.come) / (self.come + 1.0) * self.share;
        self.come += 1.0;
        self.left = (self.left - self.exactly).max(0.0);
        here
    }
}

#[cfg(test)]
mod tests {
    use super::super::incomplete::beta_below;
    use super::*;

    #[test]
    fn it_is_the_incomplete_beta_function() {
        for (shape, per) in [(0.3, 0.9), (7.5, 3.0), (400.0, 0.1)] {
            let mut chances = AtLeast::new(shape, per).expect("large enough");
            for count in 1..60 {
                let found = chances.step();
                let exact = beta_below(count.into(), shape, per / (1.0 + per), 1.0 / (1.0 + per));
                assert!(
                    (found - exact).abs() < 1e-12,
                    "{shape} {count}: {found} {exact}"
                );
            }
        }
        assert!(AtLeast::new(1e4, 1.0).is_none());
    }
}
