//! What in the data may mislead whoever reads a forecast, though a model can be fitted to them.

use crate::models::Spend;
use crate::orders::Unit;
use crate::purchases::{Horizon, Purchases};

/// A customer with this share of all repeat purchases, or of their value, sways a fit ...
const LARGE_SHARE: f64 = 0.1;
/// ... if it is so many times the even share.
const LARGE_TIMES: f64 = 3.0;
/// A history of fewer mean times between purchases hardly shows a pause.
const FEW_GAPS: f64 = 2.0;
/// The share of customers who may lie far behind all others; one always may.
const FEW: f64 = 0.01;
/// Days by which they lie behind at least ...
const FAR_DAYS: f64 = 366.0;
/// ... and as a multiple of the time that the others go back.
const FAR_TIMES: f64 = 2.0;
/// The chance to be a customer from which on it says that nobody leaves.
const SURE: f64 = 0.99;
/// The share of history in which somebody who has left does not buy.
const IDLE: f64 = 0.5;
/// Days of a year, on average.
const YEAR_DAYS: f64 = 365.25;
/// Fewer days than this are told with a part.
const WHOLE_DAYS: f64 = 10.0;
/// So many times as far as its history goes back a model is asked to look ahead, at most.
pub const MAX_HISTORIES: f64 = 10.0;

/// A reason to doubt what a model says, and what to do about it.
///
/// Customers are told by their place among those looked at, times are in the unit of their purchases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Caution {
    /// One customer made a large part of all repeat purchases, or of what they were worth.
    Sways {
        /// Who.
        place: usize,
        /// Her repeat purchases.
        purchases: f64,
        /// Those of everybody.
        of: f64,
        /// Her share of what they were worth, where that is known.
        value_share: Option<f64>,
    },
    /// Customers whose first purchase is far before that of all others.
    FarBack {
        /// One of them.
        place: usize,
        /// How many there are.
        customers: u64,
        /// How long ago she first bought.
        age: f64,
        /// How long ago the first of the others did.
        others: f64,
    },
    /// Too short a history for pauses to show.
    ShortHistory {
        /// How long ago the first purchase was.
        history: f64,
        /// The mean time between purchases.
        gap: f64,
    },
    /// A horizon that is longer than the history.
    Beyond {
        /// How long ago the first purchase was.
        history: f64,
        /// The time ahead.
        horizon: f64,
    },
    /// The model takes customers to be there who have not bought for more than half of the history.
    NobodyLeaves {
        /// How many they are.
        customers: u64,
    },
}

/// What there is to say of customers: what each bought, what it was worth where that is known (else nothing), and how
/// many customers each stands for (`None`: one).
pub fn cautions(
    purchases: &[Purchases],
    spend: &[Spend],
    weights: Option<&[u64]>,
    unit: Unit,
) -> Vec<Caution> {
    let weight = |place: usize| weights.map_or(1.0, |weights| weights[place] as f64);
    let mut found: Vec<Caution> = far_back(purchases, &weight, unit).into_iter().collect();
    found.extend(sways(purchases, spend, &weight));
    found.extend(short_history(purchases, &weight, unit));
    found
}

/// How long ago the first purchase of all was, but for those that are [far before all others](Caution::FarBack); in
/// the unit of the purchases.
pub fn history(purchases: &[Purchases], unit: Unit) -> f64 {
    match far_back(purchases, &|_| 1.0, unit) {
        Some(Caution::FarBack { others, .. }) => others,
        _ => purchases.iter().map(Purchases::age).fold(0.0, f64::max),
    }
}

fn far_back(
    purchases: &[Purchases],
    weight: &impl Fn(usize) -> f64,
    unit: Unit,
) -> Option<Caution> {
    let mut oldest: Vec<usize> = (0..purchases.len()).collect();
    let few = ((FEW * purchases.len() as f64) as usize).max(1);
    if few >= purchases.len() {
        return None;
    }
    let age = |place: usize| purchases[place].age();
    oldest.select_nth_unstable_by(few, |a, b| age(*b).total_cmp(&age(*a)));
    oldest.truncate(few + 1);
    oldest.sort_by(|a, b| age(*b).total_cmp(&age(*a)).then(a.cmp(b)));
    let gap = |at: &usize| age(oldest[at - 1]) - age(oldest[*at]);
    let at = (1..oldest.len()).max_by(|a, b| gap(a).total_cmp(&gap(b)))?;
    let others = age(oldest[at]);
    let far = (FAR_DAYS / unit.days()).max(FAR_TIMES * others);
    (gap(&at) > far).then(|| Caution::FarBack {
        place: oldest[0],
        customers: oldest[..at].iter().map(|place| weight(*place)).sum::<f64>() as u64,
        age: age(oldest[0]),
        others,
    })
}

/// The customer with the most repeat purchases, and the one with the most value, if these are large parts.
fn sways(purchases: &[Purchases], spend: &[Spend], weight: &impl Fn(usize) -> f64) -> Vec<Caution> {
    let count = |place: usize| f64::from(purchases[place].x());
    let value = |place: usize| spend.get(place).map_or(0.0, |one| one.x() * one.mean());
    let all = |of: &dyn Fn(usize) -> f64| -> f64 {
        (0..purchases.len())
            .map(|place| weight(place) * of(place))
            .sum()
    };
    let customers = all(&|_| 1.0);
    let (bought, worth) = (all(&count), all(&value));
    let large = LARGE_SHARE.max(LARGE_TIMES / customers);
    let most = |of: &dyn Fn(usize) -> f64, all: f64| {
        let more = |a: &usize, b: &usize| of(*a).total_cmp(&of(*b)).then(b.cmp(a));
        let place = (0..purchases.len())
            .filter(|place| weight(*place) > 0.0)
            .max_by(more);
        place.filter(|place| all > 0.0 && of(*place) / all >= large)
    };
    let mut places: Vec<usize> = most(&count, bought).into_iter().collect();
    places.extend(most(&value, worth));
    places.dedup();
    let told = |place: usize| Caution::Sways {
        place,
        purchases: count(place),
        of: bought,
        value_share: (worth > 0.0).then(|| value(place) / worth),
    };
    places.into_iter().map(told).collect()
}

fn short_history(
    purchases: &[Purchases],
    weight: &impl Fn(usize) -> f64,
    unit: Unit,
) -> Option<Caution> {
    let (mut time, mut gaps) = (0.0, 0.0);
    for (place, one) in purchases.iter().enumerate() {
        time += weight(place) * one.t_x();
        gaps += weight(place) * f64::from(one.x());
    }
    let (history, gap) = (history(purchases, unit), time / gaps);
    (gaps > 0.0 && history < FEW_GAPS * gap).then_some(Caution::ShortHistory { history, gap })
}

/// Whether a horizon is longer than the history.
pub fn beyond(history: f64, horizon: Horizon) -> Option<Caution> {
    let horizon = horizon.span();
    (horizon > history).then_some(Caution::Beyond { history, horizon })
}

/// A time in days, for people.
pub fn days_told(time: f64, unit: Unit) -> String {
    let days = time * unit.days();
    let (days, places) = match days < WHOLE_DAYS {
        true => (
            (10.0 * days).round() / 10.0,
            usize::from(days.fract() >= 0.05),
        ),
        false => (days.round(), 0),
    };
    let plural = if days == 1.0 { "" } else { "s" };
    format!("{days:.places$} day{plural}")
}

/// Whether a model takes everybody to be a customer still, whoever has not bought for more than half of the history among them;
/// `alive` tells the chance of the customer at a place.
pub fn nobody_leaves(
    purchases: &[Purchases],
    weights: Option<&[u64]>,
    unit: Unit,
    alive: impl Fn(usize) -> f64,
) -> Option<Caution> {
    let idle = IDLE * history(purchases, unit);
    let mut customers = 0;
    for (place, one) in purchases.iter().enumerate() {
        if idle > 0.0 && one.age() - one.t_x() > idle {
            if alive(place) < SURE {
                return None;
            }
            customers += weights.map_or(1, |weights| weights[place]);
        }
    }
    (customers > 0).then_some(Caution::NobodyLeaves { customers })
}

impl Caution {
    /// The customer it is about, if it is about one.
    pub fn place(&self) -> Option<usize> {
        match self {
            Self::Sways { place, .. } | Self::FarBack { place, .. } => Some(*place),
            Self::ShortHistory { .. } | Self::Beyond { .. } | Self::NobodyLeaves { .. } => None,
        }
    }

    /// For people: with the name of that customer where it may be told, times being of this unit.
    pub fn told(&self, name: Option<&str>, unit: Unit) -> String {
        let name = name.map_or(String::new(), |name| format!(" ({name})"));
        let years = |time: f64| time * unit.days() / YEAR_DAYS;
        match *self {
            Self::Sways {
                purchases,
                of,
                value_share,
                ..
            } => {
                let value = value_share.map_or(String::new(), |share| {
                    format!(" and {:.0} % of what they were worth", 100.0 * share)
                });
                format!(
                    "one customer{name} made {:.0} % of all repeat purchases ({purchases:.0} of {of:.0}){value}: figures of the whole base hang on her; look at the fit without her",
                    100.0 * purchases / of
                )
            }
            Self::FarBack {
                customers,
                age,
                others,
                ..
            } => {
                let who = match customers {
                    1 => format!("one customer{name}"),
                    customers => format!("{customers} customers, the first of them{name},"),
                };
                format!(
                    "{who} first bought {:.1} years before the end of the data, and everybody else at most {:.1} years: if the date is wrong, correct it or leave the row out, since it counts as time in which nothing was bought",
                    years(age),
                    years(others)
                )
            }
            Self::ShortHistory { history, gap } => format!(
                "the orders go back {}, and the mean time between two purchases is {}: who has left shows by longer pauses than that, which hardly anybody could make yet, so p_alive and all ranges are far too sure; wait for more orders",
                days_told(history, unit),
                days_told(gap, unit)
            ),
            Self::Beyond { history, horizon } => format!(
                "the orders go back {}, and the forecast is for the next {}: what customers do after so long nobody has seen, so take it for a guess, its ranges too, or look less far ahead",
                days_told(history, unit),
                days_told(horizon, unit)
            ),
            Self::NobodyLeaves { customers } => format!(
                "p_alive says nothing here: the data show nobody leave, so it is above {SURE} even for {customers} customers who have bought nothing for more than half of the time that the orders go back; look at how long each is away instead"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bought(rows: &[(u32, f64, f64)]) -> Vec<Purchases> {
        let one = |(x, t_x, age): &(u32, f64, f64)| Purchases::new(*x, *t_x, *age).expect("valid");
        rows.iter().map(one).collect()
    }

    /// Customers of whom nothing is odd.
    fn usual() -> Vec<(u32, f64, f64)> {
        (0..200)
            .map(|at| (at % 5, f64::from(at % 5 * 8), f64::from(40 + at % 20)))
            .collect()
    }

    fn found(rows: &[(u32, f64, f64)]) -> Vec<Caution> {
        cautions(&bought(rows), &[], None, Unit::Week)
    }

    #[test]
    fn each_is_found_where_it_is_and_nowhere_else() {
        assert_eq!(found(&usual()), []);
        assert_eq!(found(&[]), []);
        let mut rows = usual();
        rows[7].2 = 3000.0;
        let old = &found(&rows)[0];
        assert!(
            matches!(old, Caution::FarBack { place: 7, customers: 1, age, others } if *age == 3000.0 && *others == 59.0)
        );
        let told = old.told(Some("c7"), Unit::Week);
        assert!(
            told.starts_with("one customer (c7) first bought 57.5 years"),
            "{told}"
        );
        // A shop that began slowly: no empty time, however long ago.
        rows = usual();
        rows.extend((0..10).map(|at| (0, 0.0, f64::from(100 * at))));
        assert_eq!(found(&rows), []);
        rows = usual();
        rows[9] = (60, 50.0, 55.0);
        assert!(
            matches!(found(&rows)[..], [Caution::Sways { place: 9, purchases, value_share: None, .. }] if purchases == 60.0)
        );
        let short: Vec<_> = (0..50).map(|_| (1, 6.0, 6.0)).collect();
        assert_eq!(
            found(&short),
            [Caution::ShortHistory {
                history: 6.0,
                gap: 6.0
            }]
        );
    }

    #[test]
    fn rows_that_stand_for_many_count_as_many() {
        let rows = bought(&[(5, 30.0, 50.0), (0, 0.0, 40.0)]);
        // A group is not one customer, however much it bought.
        assert_eq!(cautions(&rows, &[], Some(&[100, 200]), Unit::Day), []);
        let few = cautions(&rows, &[], Some(&[1, 200]), Unit::Day);
        assert!(
            matches!(few[..], [Caution::Sways { place: 0, .. }]),
            "{few:?}"
        );
        assert_eq!(
            nobody_leaves(&rows, Some(&[1, 200]), Unit::Day, |_| 0.999),
            Some(Caution::NobodyLeaves { customers: 200 })
        );
        assert_eq!(
            nobody_leaves(&rows, Some(&[1, 200]), Unit::Day, |_| 0.9),
            None
        );
    }

    #[test]
    fn value_alone_may_sway() {
        let rows = bought(&usual());
        let mut spend: Vec<Spend> = rows
            .iter()
            .map(|one| Spend::new(one.x(), 10.0).expect("valid"))
            .collect();
        assert_eq!(cautions(&rows, &spend, None, Unit::Week), []);
        spend[1] = Spend::new(1, 1e9).expect("valid");
        let told = cautions(&rows, &spend, None, Unit::Week);
        let [one] = &told[..] else {
            panic!("{told:?}");
        };
        assert_eq!(one.place(), Some(1));
        let told = one.told(None, Unit::Week);
        assert!(
            told.contains("0 % of all repeat purchases (1 of 400) and 100 % of what"),
            "{told}"
        );
    }

    #[test]
    fn horizons_are_told_in_days() {
        let horizon = |span| Horizon::new(span).expect("valid");
        assert_eq!(beyond(8.0, horizon(8.0)), None);
        let told = beyond(0.2, horizon(13.0))
            .expect("beyond")
            .told(None, Unit::Week);
        assert!(
            told.contains("go back 1.4 days") && told.contains("next 91 days"),
            "{told}"
        );
        assert_eq!(days_told(1.0 / 7.0, Unit::Week), "1 day");
    }
}
