//! A chance learned of a handful of figures: logistic regression with a little ridge, by Newton's method.

use super::matrix::Symmetric;

/// What pulls every weight of a standardized figure to nothing, in cases.
const RIDGE: f64 = 1.0;
/// Most steps; from a sound start it takes six to ten.
const MAX_STEPS: usize = 50;
/// Where no weight moves by more, it is done.
const DONE: f64 = 1e-9;
/// Most that the logit of a chance may be, either way: beyond, chances would be 0 or 1.
const MAX_LOGIT: f64 = 30.0;

/// A case to learn of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<const N: usize> {
    pub figures: [f64; N],
    /// Whether it came about.
    pub came: bool,
    /// How much it counts, from 0 to 1.
    pub weight: f64,
}

/// A learned chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logistic<const N: usize> {
    constant: f64,
    slopes: [f64; N],
}

impl<const N: usize> Logistic<N> {
    /// `None` if all that counts came about, or nothing did: there is nothing to learn.
    pub fn learn(cases: &[Case<N>]) -> Option<Self> {
        let all: f64 = cases.iter().map(|case| case.weight).sum();
        let came: f64 = cases
            .iter()
            .filter(|case| case.came)
            .map(|case| case.weight)
            .sum();
        if came <= 0.0 || came >= all {
            return None;
        }
        let (means, spreads) = spread(cases, all);
        let mut own = Self {
            constant: (came / (all - came)).ln(),
            slopes: [0.0; N],
        };
        let mut loss = own.loss(cases, &means, &spreads);
        for _ in 0..MAX_STEPS {
            let step = own.step(cases, &means, &spreads)?;
            let mut part = 1.0;
            // Far from the best a whole step may overshoot; half of it, or of that, never makes it worse.
            let (next, lower) = loop {
                let next = own.moved(&step, part);
                let lower = next.loss(cases, &means, &spreads);
                if lower <= loss || part < 1e-6 {
                    break (next, lower);
                }
                part /= 2.0;
            };
            let moved = step.iter().fold(0.0_f64, |most, one| most.max(one.abs())) * part;
            if !lower.is_finite() || lower > loss {
                break;
            }
            (own, loss) = (next, lower);
            if moved < DONE {
                break;
            }
        }
        Some(own.unscaled(&means, &spreads))
    }

    /// The chance, from 0 to 1.
    pub fn chance(&self, figures: &[f64; N]) -> f64 {
        1.0 / (1.0 + (-self.logit(figures)).exp())
    }

    fn logit(&self, figures: &[f64; N]) -> f64 {
        let sum: f64 = self.slopes.iter().zip(figures).map(|(a, b)| a * b).sum();
        (self.constant + sum).clamp(-MAX_LOGIT, MAX_LOGIT)
    }

    fn loss(&self, cases: &[Case<N>], means: &[f64; N], spreads: &[f64; N]) -> f64 {
        let one = |case: &Case<N>| {
            let logit = self.logit(&scaled(&case.figures, means, spreads));
            let toward = if case.came { -logit } else { logit };
            case.weight * (toward.max(0.0) + (-toward.abs()).exp().ln_1p())
        };
        let ridge: f64 = self.slopes.iter().map(|slope| slope * slope).sum();
        cases.iter().map(one).sum::<f64>() + RIDGE / 2.0 * ridge
    }

    /// Newton's step: the constant's, then each slope's.
    fn step(&self, cases: &[Case<N>], means: &[f64; N], spreads: &[f64; N]) -> Option<Vec<f64>> {
        let mut slope = vec![0.0; N + 1];
        let mut bend = Symmetric::zero(N + 1);
        for case in cases {
            let figures = scaled(&case.figures, means, spreads);
            let chance = self.chance(&figures);
            let off = case.weight * (if case.came { 1.0 } else { 0.0 } - chance);
            let much = case.weight * chance * (1.0 - chance);
            slope[0] += off;
            bend.add(0, 0, much);
            for (i, a) in figures.iter().enumerate() {
                slope[i + 1] += off * a;
                bend.add(i + 1, 0, much * a);
                for (j, b) in figures[..=i].iter().enumerate() {
                    bend.add(i + 1, j + 1, much * a * b);
                }
            }
        }
        for (at, own) in self.slopes.iter().enumerate() {
            slope[at + 1] -= RIDGE * own;
            bend.add(at + 1, at + 1, RIDGE);
        }
        bend.add(0, 0, 1e-9);
        let inverse = bend.inverse()?;
        let product = |i: usize| {
            slope
                .iter()
                .enumerate()
                .map(|(j, s)| inverse.get(i, j) * s)
                .sum()
        };
        Some((0..=N).map(product).collect())
    }

    fn moved(&self, step: &[f64], part: f64) -> Self {
        let mut own = *self;
        own.constant += part * step[0];
        for (slope, step) in own.slopes.iter_mut().zip(&step[1..]) {
            *slope += part * step;
        }
        own
    }

    /// The same for figures as they are.
    fn unscaled(&self, means: &[f64; N], spreads: &[f64; N]) -> Self {
        let mut own = *self;
        for ((slope, mean), spread) in own.slopes.iter_mut().zip(means).zip(spreads) {
            *slope /= spread;
            own.constant -= *slope * mean;
        }
        own
    }
}

/// The mean and the standard deviation of each figure; 1 where all are alike.
fn spread<const N: usize>(cases: &[Case<N>], all: f64) -> ([f64; N], [f64; N]) {
    let (mut means, mut spreads) = ([0.0; N], [0.0; N]);
    for case in cases {
        for (mean, figure) in means.iter_mut().zip(&case.figures) {
            *mean += case.weight * figure / all;
        }
    }
    for case in cases {
        for ((spread, mean), figure) in spreads.iter_mut().zip(&means).zip(&case.figures) {
            *spread += case.weight * (figure - mean) * (figure - mean) / all;
        }
    }
    let root = |spread: f64| if spread > 1e-18 { spread.sqrt() } else { 1.0 };
    (means, spreads.map(root))
}

fn scaled<const N: usize>(figures: &[f64; N], means: &[f64; N], spreads: &[f64; N]) -> [f64; N] {
    let mut scaled = *figures;
    for ((figure, mean), spread) in scaled.iter_mut().zip(means).zip(spreads) {
        *figure = (*figure - mean) / spread;
    }
    scaled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    #[test]
    fn what_made_the_cases_is_found() {
        let mut random = Random::new(3);
        let cases: Vec<Case<2>> = (0..20_000)
            .map(|_| {
                let figures = [10.0 * random.unit(), random.unit() - 0.5];
                let logit: f64 = -2.0 + 0.3 * figures[0] - 1.5 * figures[1];
                let came = random.unit() < 1.0 / (1.0 + (-logit).exp());
                Case {
                    figures,
                    came,
                    weight: 1.0,
                }
            })
            .collect();
        let own = Logistic::learn(&cases).expect("both came about");
        // About three standard errors of each.
        assert!((own.constant + 2.0).abs() < 0.12, "{own:?}");
        assert!(
            (own.slopes[0] - 0.3).abs() < 0.02 && (own.slopes[1] + 1.5).abs() < 0.17,
            "{own:?}"
        );
        let came = cases.iter().filter(|case| case.came).count() as f64;
        let sum: f64 = cases.iter().map(|case| own.chance(&case.figures)).sum();
        assert!(
            (sum - came).abs() < 1e-3,
            "the chances add up to what came: {sum}, {came}"
        );
    }

    #[test]
    fn what_tells_all_or_nothing_stays_finite() {
        let case = |at: f64, came| Case {
            figures: [at, 1.0],
            came,
            weight: 1.0,
        };
        let apart = Logistic::learn(&[case(0.0, false), case(1.0, true)]).expect("both came about");
        assert!(apart.chance(&[1.0, 1.0]) > 0.5 && apart.chance(&[1e9, 1.0]) < 1.0);
        assert!(Logistic::learn(&[case(0.0, false)]).is_none());
        assert!(Logistic::<2>::learn(&[]).is_none());
    }
}
