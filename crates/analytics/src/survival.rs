//! How long people stay and where they go, counting those who are still inside for what is known of them.

use std::collections::BTreeMap;

/// Shares of those staying are products of fractions; a quantile is reached within this of its share.
const ROUNDING: f64 = 1e-9;

/// One stay in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stay {
    /// How long it lasted, or has lasted so far, in milliseconds.
    pub ms: i64,
    /// Where it ended, as a stage's place or [`crate::OUTSIDE`]; `None` if it had not when the data ended.
    pub to: Option<u8>,
}

/// An instant after entering at which somebody left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How long after entering, in milliseconds.
    pub at_ms: i64,
    /// How many were inside and in sight until then.
    pub at_risk: u64,
    /// How many left then.
    pub left: u64,
    /// The share that stays longer, by Kaplan and Meier (1958): the product of `1 - left / at_risk`.
    pub staying: f64,
    /// Its standard error, by Greenwood (1926).
    pub error: f64,
}

/// How long people stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survival {
    /// By time.
    pub points: Vec<Point>,
    /// By where they go: what share goes there in the end as far as is in sight, by Aalen and Johansen
    /// (1978), for whom those who went elsewhere cannot come any more.
    pub incidence: BTreeMap<u8, f64>,
}

impl Survival {
    /// Of stays in whatever order, which are put in order. One that is still open at an instant at which
    /// others end was in sight until after them.
    pub fn of(stays: &mut [Stay]) -> Self {
        stays.sort_unstable_by_key(|stay| (stay.ms, stay.to.is_none(), stay.to));
        let mut survival = Self::default();
        let (mut staying, mut variance) = (1.0_f64, 0.0_f64);
        let mut from = 0;
        while from < stays.len() {
            let at_risk = (stays.len() - from) as u64;
            let same = stays[from..].partition_point(|stay| stay.ms <= stays[from].ms);
            let ended = stays[from..from + same].iter().filter_map(|stay| stay.to);
            let (mut left, before) = (0, staying);
            for to in ended {
                left += 1;
                *survival.incidence.entry(to).or_default() += before / at_risk as f64;
            }
            if left > 0 {
                staying *= (at_risk - left) as f64 / at_risk as f64;
                variance += left as f64 / (at_risk as f64 * (at_risk - left) as f64);
                survival.points.push(Point {
                    at_ms: stays[from].ms,
                    at_risk,
                    left,
                    staying,
                    error: if staying > 0.0 {
                        staying * variance.sqrt()
                    } else {
                        0.0
                    },
                });
            }
            from += same;
        }
        survival
    }

    /// When at least this share has left, in milliseconds after entering; `None` where it is not in sight.
    pub fn quantile_ms(&self, share: f64) -> Option<i64> {
        let reached = |point: &&Point| point.staying <= 1.0 - share + ROUNDING;
        self.points.iter().find(reached).map(|point| point.at_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(ms: i64, to: Option<u8>) -> Stay {
        Stay { ms, to }
    }

    #[test]
    fn the_table_of_the_textbooks_comes_out() {
        // Freireich and others (1963), patients with 6-MP, weeks in remission: Collett, Klein and
        // Moeschberger, and Cox and Oakes all print this table.
        let ended = [6, 6, 6, 7, 10, 13, 16, 22, 23];
        let open = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        let mut stays: Vec<Stay> = ended.map(|week| stay(week, Some(0))).to_vec();
        stays.extend(open.map(|week| stay(week, None)));
        let survival = Survival::of(&mut stays);
        let printed = [
            (6, 21, 3, 0.857, 0.0764),
            (7, 17, 1, 0.807, 0.0869),
            (10, 15, 1, 0.753, 0.0963),
            (13, 12, 1, 0.690, 0.1068),
            (16, 11, 1, 0.627, 0.1141),
            (22, 7, 1, 0.538, 0.1282),
            (23, 6, 1, 0.448, 0.1346),
        ];
        assert_eq!(survival.points.len(), printed.len());
        for (point, (at_ms, at_risk, left, staying, error)) in survival.points.iter().zip(printed) {
            assert_eq!(
                (point.at_ms, point.at_risk, point.left),
                (at_ms, at_risk, left)
            );
            assert!((point.staying - staying).abs() < 6e-4, "{point:?}");
            assert!((point.error - error).abs() < 6e-5, "{point:?}");
        }
        assert_eq!(survival.quantile_ms(0.1), Some(6));
        assert_eq!(survival.quantile_ms(0.5), Some(23));
        assert_eq!(survival.quantile_ms(0.9), None);
    }

    #[test]
    fn where_people_go_and_who_stays_make_one() {
        let mut stays = vec![
            stay(1, Some(1)),
            stay(2, None),
            stay(3, Some(2)),
            stay(3, Some(1)),
            stay(5, None),
        ];
        let survival = Survival::of(&mut stays);
        // By hand: 1/5 at 1; then 4/5 of whom 3 in sight at 3, one to each of 1 and 2.
        assert!((survival.incidence[&1] - (0.2 + 0.8 / 3.0)).abs() < 1e-12);
        assert!((survival.incidence[&2] - 0.8 / 3.0).abs() < 1e-12);
        let staying = survival.points.last().unwrap().staying;
        let sum: f64 = survival.incidence.values().sum();
        assert!((sum + staying - 1.0).abs() < 1e-12);
    }

    #[test]
    fn with_nobody_open_quantiles_are_those_of_the_lengths() {
        let mut stays: Vec<Stay> = (1..=10).map(|ms| stay(ms, Some(0))).collect();
        let survival = Survival::of(&mut stays);
        let quantiles = [0.1, 0.5, 0.9].map(|share| survival.quantile_ms(share));
        assert_eq!(quantiles, [Some(1), Some(5), Some(9)]);
        assert_eq!(Survival::of(&mut []).quantile_ms(0.5), None);
    }
}
