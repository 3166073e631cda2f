//! Whether intervals hold as many outcomes as they say.

use super::trial::{all_within, same_length};
use crate::error::Error;
use crate::models::Interval;

/// How many customers' outcomes lie in their intervals and to either side, as shares of all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Below the interval.
    pub below: f64,
    /// Inside.
    pub inside: f64,
    /// Above it.
    pub above: f64,
}

/// What a forecast said of the very number that came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beyond {
    /// The chance of this number or more.
    pub at_least: f64,
    /// The chance of more than it.
    pub more: f64,
}

/// Closed intervals: an outcome at an end is inside. For numbers of purchases such an interval holds more
/// than the share it is made for, since its ends are whole numbers: 95 of 100 and more where most customers
/// buy nothing; see [`coverage_by_chance`].
///
/// # Errors
/// [`Error::Figure`] unless there is an outcome that is a number from 0 to 1e12 for every interval.
pub fn coverage(intervals: &[Interval], came: &[f64]) -> Result<Coverage, Error> {
    same_length("outcomes", came.len(), intervals.len())?;
    all_within("the outcome", came, (0.0, 1e12), "from 0 to 1e12")?;
    let (mut below, mut above) = (0.0, 0.0);
    for (interval, a) in intervals.iter().zip(came) {
        below += f64::from(u8::from(*a < interval.low));
        above += f64::from(u8::from(*a > interval.high));
    }
    Ok(Coverage::of(below, above, came.len()))
}

/// The same where outcomes are whole numbers, by what the forecast said of the number that came: an outcome
/// whose chance reaches across an end of the interval counts to either side by the parts of its chance (the
/// non-randomized probability integral transform, Czado, Gneiting & Held 2009). A right forecast has exactly
/// the `share` inside on average, however few numbers there are.
///
/// `half` counts each outcome wholly, by the middle of its chance (mid-p, Lancaster 1961): the usual figure,
/// but not exact where one number holds most of the chance.
///
/// # Errors
/// [`Error::Figure`] unless chances and `share` are numbers from 0 to 1.
pub fn coverage_by_chance(beyond: &[Beyond], share: f64, half: bool) -> Result<Coverage, Error> {
    let tail = 0.5 * (1.0 - share);
    all_within("the share", &[share], (0.0, 1.0), "from 0 to 1")?;
    let (mut below, mut above) = (0.0, 0.0);
    for (row, one) in beyond.iter().enumerate() {
        let chances = [one.at_least, one.more];
        all_within("the chance", &chances, (0.0, 1.0), "from 0 to 1")
            .map_err(|error| error.in_row(row))?;
        // From the chance of less to the chance of no more.
        let (low, high) = (1.0 - one.at_least, 1.0 - one.more.min(one.at_least));
        let middle = 0.5 * (low + high);
        if half || high - low < 1e-12 {
            below += f64::from(u8::from(middle < tail));
            above += f64::from(u8::from(middle > 1.0 - tail));
        } else {
            below += (tail.min(high) - low).max(0.0) / (high - low);
            above += (high - (1.0 - tail).max(low)).max(0.0) / (high - low);
        }
    }
    Ok(Coverage::of(below, above, beyond.len()))
}

impl Coverage {
    fn of(below: f64, above: f64, customers: usize) -> Self {
        let all = customers.max(1) as f64;
        Self {
            below: below / all,
            inside: (customers as f64 - below - above) / all,
            above: above / all,
        }
    }
}
