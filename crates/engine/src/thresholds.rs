//! Population-relative scores: dated cut points, and where one customer stands among them.

use perennial_model::{Cut, Cuts, Number, Time, Value};
use perennial_rules::expr::Score;

use crate::Purchases;

/// Cuts by date: from each date on, its cuts are in force until the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    dated: Vec<(Time, Cuts)>,
}

impl Thresholds {
    /// Thresholds from dated cuts, in any order; of two of the same date the later one stays.
    pub fn new(mut dated: Vec<(Time, Cuts)>) -> Self {
        dated.sort_by_key(|(at, _)| *at);
        Self { dated }
    }

    /// The dated cuts, by date.
    pub fn dated(&self) -> &[(Time, Cuts)] {
        &self.dated
    }

    /// The cuts in force.
    pub fn in_force(&self, now: Time) -> Option<&Cuts> {
        let after = self.dated.partition_point(|(at, _)| *at <= now);
        after.checked_sub(1).map(|index| &self.dated[index].1)
    }

    /// The next date after `now` on which cuts change; [`Time::NEVER`] if there is none.
    pub(crate) fn next_date(&self, now: Time) -> Time {
        let after = self.dated.partition_point(|(at, _)| *at <= now);
        self.dated.get(after).map_or(Time::NEVER, |(at, _)| *at)
    }

    /// A score by the cuts in force; null for those who never ordered and before the first date.
    pub fn score(&self, score: Score, id: &[u8], purchases: Purchases, now: Time) -> Value {
        let Some(cuts) = self.in_force(now) else {
            return Value::Null;
        };
        if purchases.orders == 0 || cuts.buyers == 0 {
            return Value::Null;
        }
        match score {
            Score::Recency => tile(&cuts.recency, purchases.last_at.ms(), id),
            Score::Frequency => tile(
                &cuts.frequency,
                i64::try_from(purchases.orders).unwrap_or(i64::MAX),
                id,
            ),
            Score::Monetary => tile(&cuts.monetary, purchases.value.millionths(), id),
            Score::ValueRank => value_rank(cuts, purchases.value),
        }
    }
}

/// The share of buyers with at most this value, in hundredths.
fn value_rank(cuts: &Cuts, value: Number) -> Value {
    let below = cuts
        .value_percentiles
        .partition_point(|&cut| cut <= value.millionths());
    Value::Number(Number::from_millionths(below as i64 * 10_000))
}

/// The tile, from 1, of a value among cuts.
fn tile(cuts: &[Cut], value: i64, id: &[u8]) -> Value {
    let below = cuts.partition_point(|cut| (cut.value, &*cut.id) <= (value, id));
    Value::Number(Number::from_int(below as i64 + 1).unwrap_or(Number::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_broken_by_id_only_where_the_cut_has_one() {
        let cut = |value, id: &str| Cut {
            value,
            id: id.as_bytes().into(),
        };
        let tiled = |cuts: &[Cut], value, id: &str| tile(cuts, value, id.as_bytes());
        let number = |n| Value::Number(Number::from_int(n).expect("small"));
        let cuts = [cut(2, "m"), cut(5, "")];
        assert_eq!(tiled(&cuts, 2, "a"), number(1));
        assert_eq!(tiled(&cuts, 2, "m"), number(2));
        assert_eq!(tiled(&cuts, 5, "a"), number(3));
    }
}
