//! New markets: groups of customers that are worth as much as the best ones, and are few as yet.
//!
//! The mean value of a small group is mostly chance. Each one is drawn to the mean of all groups by as much as
//! its few customers leave open (empirical Bayes, the spread between groups by DerSimonian and Laird's
//! moments), and its interval says what is left open: one customer of great value widens it more than she lifts it.

use crate::error::Error;

/// Fewest customers of a group that is judged.
pub const MIN_MARKET_CUSTOMERS: u64 = 10;
/// Fewest groups that are held against each other.
pub const MIN_MARKETS: u64 = 3;
/// Fewest customers of all groups judged.
pub const MIN_MARKETS_CUSTOMERS: u64 = 100;
/// The share of customers who count as the best ones.
const BEST: f64 = 0.2;
/// By so many customers of all groups the spread of one group's values is made surer.
const SPREAD_OF: f64 = 5.0;
/// Half the width of a 90 % interval, in standard deviations.
const NINETY: f64 = 1.644_853_626_951_472_7;

/// What one group of customers is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Market {
    /// The group's number.
    pub group: u32,
    /// Its customers.
    pub customers: u64,
    /// Their share of all customers judged, from 0 to 1.
    pub share: f64,
    /// The mean value of a customer as it is, in units of money.
    pub value_each: f64,
    /// The same drawn to all groups' mean, in units of money.
    pub likely_each: f64,
    /// The lower end of its 90 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of its customers among the best fifth of all, drawn to all groups' mean.
    pub best_share: f64,
    /// Whether its customers look like the best ones: the interval lies above the mean of all customers.
    pub looks_best: bool,
    /// Whether it is small: fewer customers than an even share.
    pub is_few: bool,
}

/// What groups are worth, those whose customers look best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Markets {
    /// By the lower end of the interval, falling.
    pub markets: Vec<Market>,
    /// The mean value of all customers judged, in units of money.
    pub mean: f64,
    /// Groups with fewer than [`MIN_MARKET_CUSTOMERS`], and their customers: not judged.
    pub thin: (u64, u64),
}

impl Markets {
    /// Judges groups by their customers' values: the group and the value in units of money.
    ///
    /// # Errors
    /// [`Error::Figure`] for a value that is no number; [`Error::FewCustomers`] of
    /// groups that are not too thin; [`Error::NoSpread`] for fewer than [`MIN_MARKETS`] such groups, and where
    /// all values are alike.
    pub fn judge(customers: &[(u32, f64)]) -> Result<Self, Error> {
        for (at, (_, value)) in customers.iter().enumerate() {
            crate::error::within("the value", *value, (-1e15, 1e15), "from -1e15 to 1e15")
                .map_err(|error| error.in_row(at))?;
        }
        let mut groups: Vec<(u32, f64)> = customers.to_vec();
        groups.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (kept, thin): (Vec<_>, Vec<_>) = groups
            .chunk_by(|a, b| a.0 == b.0)
            .partition(|group| group.len() as u64 >= MIN_MARKET_CUSTOMERS);
        let all: u64 = kept.iter().map(|group| group.len() as u64).sum();
        if all < MIN_MARKETS_CUSTOMERS {
            let needed = MIN_MARKETS_CUSTOMERS;
            return Err(Error::FewCustomers {
                customers: all,
                needed,
            });
        }
        if (kept.len() as u64) < MIN_MARKETS {
            return Err(Error::NoSpread { name: "the market" });
        }
        let mut values: Vec<f64> = kept
            .iter()
            .flat_map(|group| group.iter().map(|one| one.1))
            .collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        let best = at(1.0 - BEST);
        if at(0.0) >= at(1.0) {
            return Err(Error::NoSpread { name: "the value" });
        }
        let likely = shrunk(&kept, |value| value);
        let best = shrunk(&kept, |value| if value > best { 1.0 } else { 0.0 });
        let mean = values.iter().sum::<f64>() / all as f64;
        let parts = kept.iter().zip(likely.iter().zip(&best));
        let whole = (mean, all, kept.len());
        let mut markets: Vec<Market> = parts
            .map(|(group, (likely, best))| market(group, likely, best, whole))
            .collect();
        markets.sort_by(|a, b| b.low.total_cmp(&a.low).then(a.group.cmp(&b.group)));
        let thin_customers = thin.iter().map(|group| group.len() as u64).sum();
        Ok(Self {
            markets,
            mean,
            thin: (thin.len() as u64, thin_customers),
        })
    }
}

/// One of so many groups with so many customers of such a mean in all.
fn market(
    group: &[(u32, f64)],
    likely: &Shrunk,
    best: &Shrunk,
    (mean, all, groups): (f64, u64, usize),
) -> Market {
    let count = group.len() as f64;
    let low = likely.mean - NINETY * likely.error;
    Market {
        group: group[0].0,
        customers: group.len() as u64,
        share: count / all as f64,
        value_each: group.iter().map(|one| one.1).sum::<f64>() / count,
        likely_each: likely.mean,
        low,
        high: likely.mean + NINETY * likely.error,
        best_share: best.mean.clamp(0.0, 1.0),
        looks_best: low > mean,
        is_few: count < all as f64 / groups as f64,
    }
}

/// A group's mean drawn to that of all, and its standard error.
struct Shrunk {
    mean: f64,
    error: f64,
}

/// A group as it is.
struct Raw {
    mean: f64,
    /// The variance of its mean.
    error: f64,
}

fn shrunk(groups: &[&[(u32, f64)]], value: impl Fn(f64) -> f64) -> Vec<Shrunk> {
    let raw = raw(groups, value);
    let count = raw.len() as f64;
    let sum = |one: &dyn Fn(&Raw) -> f64| raw.iter().map(one).sum::<f64>();
    let weights = sum(&|own| 1.0 / own.error);
    let middle = sum(&|own| own.mean / own.error) / weights;
    let off = sum(&|own| (own.mean - middle).powi(2) / own.error);
    let squares = sum(&|own| own.error.powi(-2));
    let between = ((off - (count - 1.0)) / (weights - squares / weights)).max(0.0);
    let precision = sum(&|own| 1.0 / (between + own.error));
    let center = sum(&|own| own.mean / (between + own.error)) / precision;
    // That the spread between groups is itself an estimate, of few groups a poor one, is in both terms (Morris
    // 1983): less is drawn, and the further a group lies off the wider its interval.
    let spare = (count - 3.0).max(1.0);
    let one = |own: &Raw| {
        let drawn = spare / (count - 1.0) * own.error / (between + own.error);
        let unsure = 2.0 / spare * (drawn * (own.mean - center)).powi(2);
        let error = (1.0 - drawn) * own.error + drawn * drawn / precision + unsure;
        Shrunk {
            mean: center + (1.0 - drawn) * (own.mean - center),
            error: error.sqrt(),
        }
    };
    raw.iter().map(one).collect()
}

/// Means and their variances, each of the group's own spread and of all groups' as if of [`SPREAD_OF`] customers.
fn raw(groups: &[&[(u32, f64)]], value: impl Fn(f64) -> f64) -> Vec<Raw> {
    let sums = |group: &&[(u32, f64)]| {
        let count = group.len() as f64;
        let mean = group.iter().map(|one| value(one.1)).sum::<f64>() / count;
        let off = group
            .iter()
            .map(|one| (value(one.1) - mean).powi(2))
            .sum::<f64>();
        (mean, off, count)
    };
    let sums: Vec<(f64, f64, f64)> = groups.iter().map(sums).collect();
    let all: f64 = sums.iter().map(|(_, _, count)| count - 1.0).sum();
    let within = sums.iter().map(|(_, off, _)| off).sum::<f64>() / all;
    let one = |(mean, off, count): &(f64, f64, f64)| {
        let own = (off + SPREAD_OF * within) / (count - 1.0 + SPREAD_OF);
        Raw {
            mean: *mean,
            error: (own / count).max(f64::MIN_POSITIVE),
        }
    };
    sums.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    /// Groups of these sizes and means, values spread over 0 to twice the mean.
    fn groups(sizes: &[(usize, f64)], seed: u64) -> Vec<(u32, f64)> {
        let mut random = Random::new(seed);
        let mut all = Vec::new();
        for (group, (size, mean)) in sizes.iter().enumerate() {
            all.extend((0..*size).map(|_| (group as u32, 2.0 * mean * random.unit())));
        }
        all
    }

    #[test]
    fn a_small_group_of_good_customers_is_found_and_a_lucky_one_is_not() {
        let sizes = [
            (400, 50.0),
            (300, 40.0),
            (200, 60.0),
            (60, 120.0),
            (11, 50.0),
            (5, 500.0),
        ];
        let found = Markets::judge(&groups(&sizes, 7)).expect("enough");
        assert_eq!(found.thin, (1, 5));
        let first = found.markets[0];
        assert_eq!(
            (first.group, first.looks_best, first.is_few),
            (3, true, true)
        );
        assert!(
            first.low < first.value_each && first.value_each < first.high,
            "{first:?}"
        );
        let small = found
            .markets
            .iter()
            .find(|one| one.group == 4)
            .expect("judged");
        assert!(
            !small.looks_best,
            "eleven customers at the mean prove nothing: {small:?}"
        );
    }

    #[test]
    fn groups_that_are_alike_are_drawn_together() {
        let mut best = 0;
        for seed in 0..40 {
            let found = Markets::judge(&groups(&[(50, 50.0); 12], seed)).expect("enough");
            best += found.markets.iter().filter(|one| one.looks_best).count();
        }
        // Of 480 groups without any difference, 5 of 100 would stand out if each were judged by itself.
        assert!(best <= 10, "{best} of 480 stand out by chance");
    }

    #[test]
    fn intervals_hold_what_is_true() {
        let (mut inside, mut all) = (0, 0);
        for seed in 0..200 {
            let mut random = Random::new(1_000 + seed);
            let sizes: Vec<(usize, f64)> = (0..15)
                .map(|_| {
                    (
                        10 + random.below(90),
                        40.0 + 10.0 * (0..12).map(|_| random.unit()).sum::<f64>(),
                    )
                })
                .collect();
            for one in Markets::judge(&groups(&sizes, seed))
                .expect("enough")
                .markets
            {
                let truth = sizes[one.group as usize].1;
                inside += usize::from(one.low <= truth && truth <= one.high);
                all += 1;
            }
        }
        let share = f64::from(inside as u32) / f64::from(all);
        assert!(
            (0.86..0.94).contains(&share),
            "90 % intervals hold {share} of true means"
        );
    }

    #[test]
    fn thin_data_are_refused() {
        let refused =
            |customers: &[(u32, f64)]| Markets::judge(customers).expect_err("refused").to_string();
        assert!(refused(&[]).starts_with("0 customers"));
        assert!(refused(&groups(&[(99, 5.0)], 1)).starts_with("99 customers"));
        assert!(refused(&groups(&[(99, 5.0), (99, 6.0)], 1)).starts_with("the market is the same"));
        assert!(refused(&[(0, 1.0), (1, f64::NAN)]).starts_with("row 1: the value is NaN"));
        let alike: Vec<(u32, f64)> = (0..300).map(|one| (one % 3, 7.0)).collect();
        assert!(refused(&alike).starts_with("the value is the same"));
    }
}
