//! What the counting models know of a customer, and everybody grouped by it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::error::{Error, within};

/// Most units of time: beyond it, another unit is meant.
pub const MAX_TIME: f64 = 1e9;
/// Fewest customers that a model is fitted to.
pub const MIN_CUSTOMERS: u64 = 10;

/// One customer's purchases, in any unit of time that is the same for all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Purchases {
    x: u32,
    t_x: f64,
    age: f64,
}

impl Purchases {
    /// `x` repeat purchases, the last `t_x` after the first one, which was `age` (T in papers) before now.
    ///
    /// # Errors
    /// [`Error::Figure`] unless 0 <= `t_x` <= `age` <= [`MAX_TIME`], and `t_x` = 0 where `x` = 0.
    pub fn new(x: u32, t_x: f64, age: f64) -> Result<Self, Error> {
        let age = within("T", age, (0.0, MAX_TIME), "from 0 to a milliard")?;
        let t_x = within("t_x", t_x, (0.0, age), "from 0 to T")?;
        let last = if x == 0 { 0.0 } else { age };
        within("t_x", t_x, (0.0, last), "0 without a repeat purchase")?;
        // Minus zero is equal to zero but has other bits, by which groups are told apart.
        Ok(Self {
            x,
            t_x: t_x + 0.0,
            age: age + 0.0,
        })
    }

    /// Repeat purchases.
    pub fn x(&self) -> u32 {
        self.x
    }

    /// From the first purchase to the last.
    pub fn t_x(&self) -> f64 {
        self.t_x
    }

    /// From the first purchase until now.
    pub fn age(&self) -> f64 {
        self.age
    }

    fn key(&self) -> Key {
        (self.x, self.t_x.to_bits(), self.age.to_bits())
    }
}

/// For positive numbers, bits sort as the numbers do.
type Key = (u32, u64, u64);

/// A span of time to come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon(f64);

impl Horizon {
    /// So many units of time from now.
    ///
    /// # Errors
    /// [`Error::Figure`] unless it lies from 0 to [`MAX_TIME`].
    pub fn new(span: f64) -> Result<Self, Error> {
        within("the horizon", span, (0.0, MAX_TIME), "from 0 to a milliard").map(Self)
    }

    /// For spans that come of a horizon or a discount; beyond the greatest, that.
    pub(crate) fn of(span: f64) -> Self {
        Self(span.clamp(0.0, MAX_TIME))
    }

    /// In units of time.
    pub fn span(self) -> f64 {
        self.0
    }
}

/// Customers whose purchases are the same, once, and their number: all that a likelihood depends on.
///
/// The terms that depend on one or two of the three figures are worked out once for each of those: positions
/// in the lists of distinct values take the place of the values.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// What they share, sorted.
    pub(crate) purchases: Vec<Purchases>,
    pub(crate) parts: Vec<Parts>,
    /// The distinct repeat purchases, rising.
    pub(crate) xs: Vec<f64>,
    /// The distinct times of the last purchase, rising.
    pub(crate) t_xs: Vec<f64>,
    /// The distinct ages, rising.
    pub(crate) ages: Vec<f64>,
    /// The distinct pairs of x and t_x, by position.
    pub(crate) lasts: Vec<(u32, u32)>,
    /// The distinct pairs of x and age, by position.
    pub(crate) nows: Vec<(u32, u32)>,
    /// The sum of the logarithms of all times between purchases, if it is known.
    pub(crate) ln_gaps: Option<f64>,
    customers: u64,
}

/// Where a group's figures stand in the lists of distinct values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    pub x: u32,
    pub t_x: u32,
    pub age: u32,
    pub last: u32,
    pub now: u32,
    pub customers: f64,
}

impl Groups {
    /// Groups customers; also says which group each of them is in, from 0, so that a figure worked out for a
    /// group finds its customers. The groups are the same in any order of the customers.
    pub fn of(customers: &[Purchases]) -> (Self, Vec<u32>) {
        let mut found: HashMap<Key, u32, BuildHasherDefault<Mix>> = HashMap::default();
        let mut counts: Vec<(Purchases, u64)> = Vec::new();
        let place = |one: &Purchases| {
            let next = counts.len() as u32;
            let at = *found.entry(one.key()).or_insert(next);
            if at == next {
                counts.push((*one, 0));
            }
            counts[at as usize].1 += 1;
            at
        };
        let mut of: Vec<u32> = customers.iter().map(place).collect();
        let mut order: Vec<u32> = (0..counts.len() as u32).collect();
        order.sort_unstable_by_key(|at| counts[*at as usize].0.key());
        let mut places = vec![0; order.len()];
        for (place, at) in order.iter().enumerate() {
            places[*at as usize] = place as u32;
        }
        for at in &mut of {
            *at = places[*at as usize];
        }
        let sorted = order.iter().map(|at| counts[*at as usize]);
        (Self::sorted(sorted.collect()), of)
    }

    /// Groups customers who come counted already; the same purchases may come more than once.
    pub fn counted(customers: impl IntoIterator<Item = (Purchases, u64)>) -> Self {
        let mut counts: Vec<(Purchases, u64)> = customers.into_iter().collect();
        counts.retain(|(_, count)| *count > 0);
        counts.sort_unstable_by_key(|(one, _)| one.key());
        counts.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        Self::sorted(counts)
    }

    fn sorted(counts: Vec<(Purchases, u64)>) -> Self {
        let xs = distinct(counts.iter().map(|(one, _)| u64::from(one.x)));
        let t_xs = distinct(counts.iter().map(|(one, _)| one.t_x.to_bits()));
        let ages = distinct(counts.iter().map(|(one, _)| one.age.to_bits()));
        let position = |list: &[u64], key: u64| list.partition_point(|one| *one < key) as u32;
        let mut parts: Vec<Parts> = Vec::with_capacity(counts.len());
        for (one, count) in &counts {
            parts.push(Parts {
                x: position(&xs, u64::from(one.x)),
                t_x: position(&t_xs, one.t_x.to_bits()),
                age: position(&ages, one.age.to_bits()),
                last: 0,
                now: 0,
                customers: *count as f64,
            });
        }
        let pair = |a: u32, b: u32| (u64::from(a) << 32) | u64::from(b);
        let lasts = distinct(parts.iter().map(|one| pair(one.x, one.t_x)));
        let nows = distinct(parts.iter().map(|one| pair(one.x, one.age)));
        for one in &mut parts {
            one.last = position(&lasts, pair(one.x, one.t_x));
            one.now = position(&nows, pair(one.x, one.age));
        }
        let split = |key: u64| ((key >> 32) as u32, key as u32);
        Self {
            customers: all_of(counts.iter().map(|(_, count)| *count)),
            purchases: counts.into_iter().map(|(one, _)| one).collect(),
            parts,
            xs: xs.into_iter().map(|x| x as f64).collect(),
            t_xs: t_xs.into_iter().map(f64::from_bits).collect(),
            ages: ages.into_iter().map(f64::from_bits).collect(),
            lasts: lasts.into_iter().map(split).collect(),
            nows: nows.into_iter().map(split).collect(),
            ln_gaps: None,
        }
    }

    /// With the sum of the logarithms of all times between purchases of all customers, by which models of
    /// regular buyers tell how regular they are; see [`OrdersOf::ln_gaps`](crate::OrdersOf::ln_gaps).
    ///
    /// # Errors
    /// [`Error::Figure`] unless it is a number.
    pub fn with_gaps(self, ln_gaps: f64) -> Result<Self, Error> {
        let most = f64::MAX;
        within("the sum of ln gaps", ln_gaps, (-most, most), "a number")?;
        let ln_gaps = Some(ln_gaps);
        Ok(Self { ln_gaps, ..self })
    }

    /// All customers.
    pub fn customers(&self) -> u64 {
        self.customers
    }

    /// What the customers of each group share, by x, t_x and age.
    pub fn purchases(&self) -> &[Purchases] {
        &self.purchases
    }

    /// The distinct pairs of x and T.
    pub fn pairs(&self) -> usize {
        self.nows.len()
    }

    /// The customers of a group, by its position in [`Groups::purchases`]; 0 beyond the last.
    pub fn customers_in(&self, group: usize) -> u64 {
        self.parts.get(group).map_or(0, |one| one.customers as u64)
    }

    /// Whether a model of repeat purchases can be fitted to them.
    pub(crate) fn check(&self) -> Result<Means, Error> {
        if self.customers < MIN_CUSTOMERS {
            return Err(Error::FewCustomers {
                customers: self.customers,
                needed: MIN_CUSTOMERS,
            });
        }
        let (mut x, mut age, mut repeaters) = (0.0, 0.0, 0.0);
        for (one, parts) in self.purchases.iter().zip(&self.parts) {
            x += parts.customers * f64::from(one.x);
            age += parts.customers * one.age;
            repeaters += if one.x > 0 { parts.customers } else { 0.0 };
        }
        if repeaters == 0.0 || age == 0.0 {
            return Err(Error::NoRepeats {
                customers: self.customers,
            });
        }
        let all = self.customers as f64;
        Ok(Means {
            x: x / all,
            age: age / all,
            repeaters: repeaters as u64,
        })
    }
}

/// The sum of counts; more than a count holds is the most that it holds.
pub(crate) fn all_of(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

/// What starts of a fit are taken from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Means {
    pub x: f64,
    pub age: f64,
    pub repeaters: u64,
}

fn distinct(keys: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut keys: Vec<u64> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Mixes the words of a key by multiplication; keys are figures that nobody chose to collide.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xda94_2042_e4dd_58b5;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_do_not_depend_on_the_order() {
        let one = |x, t_x, age| Purchases::new(x, t_x, age).expect("valid");
        let customers = [
            one(2, 3.0, 9.0),
            one(0, 0.0, 9.0),
            one(2, 3.0, 9.0),
            one(0, -0.0, 9.0),
        ];
        let (groups, of) = Groups::of(&customers);
        assert_eq!(of, [1, 0, 1, 0]);
        assert_eq!(groups.customers(), 4);
        assert_eq!(groups.purchases(), [customers[1], customers[0]]);
        assert_eq!(groups.customers_in(1), 2);
        let counted = Groups::counted([(customers[0], 1), (customers[1], 2), (customers[0], 1)]);
        assert_eq!(counted.purchases(), groups.purchases());
        assert_eq!(counted.customers_in(1), 2);
    }

    #[test]
    fn counts_beyond_a_number_are_the_most_there_is() {
        let one = |x| Purchases::new(x, 3.0, 9.0).expect("valid");
        let groups = Groups::counted([(one(1), u64::MAX), (one(2), 5), (one(2), u64::MAX)]);
        assert_eq!(groups.customers(), u64::MAX);
    }

    #[test]
    fn figures_that_cannot_be_are_refused() {
        for (x, t_x, age) in [
            (1, 5.0, 4.0),
            (0, 1.0, 4.0),
            (1, -1.0, 4.0),
            (1, f64::NAN, 4.0),
            (1, 1.0, f64::NAN),
            (1, 1.0, f64::INFINITY),
        ] {
            let refused = Purchases::new(x, t_x, age).expect_err("refused");
            assert!(refused.to_string().contains("must be"), "{refused}");
        }
        assert!(Horizon::new(-1.0).is_err() && Horizon::new(f64::NAN).is_err());
    }
}
