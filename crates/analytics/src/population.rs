//! How many customers are in each stage, from who entered and who left.

/// Customers in each stage at the end of each day, and who entered and left on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageDay {
    /// The day, counted since 1970.
    pub day: i32,
    /// The stage's number.
    pub stage: usize,
    /// In the stage at the day's end.
    pub customers: i64,
    /// Entered on the day.
    pub entered: u32,
    /// Left on the day.
    pub left: u32,
}

/// The days of one lifecycle, zeros included, by day and stage. `flows` holds `(entered, left)` for each
/// day times `stages` plus stage; the first day is `first`.
pub fn stage_days(first: i32, stages: usize, flows: &[(u32, u32)]) -> Vec<StageDay> {
    let mut standing = vec![0_i64; stages];
    let mut days = Vec::with_capacity(flows.len());
    for (index, &(entered, left)) in flows.iter().enumerate() {
        let stage = index % stages;
        standing[stage] += i64::from(entered) - i64::from(left);
        let day = first + (index / stages) as i32;
        days.push(StageDay {
            day,
            stage,
            customers: standing[stage],
            entered,
            left,
        });
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standing_is_what_entered_less_what_left() {
        let days = stage_days(100, 2, &[(3, 0), (0, 0), (0, 2), (2, 1)]);
        let standing: Vec<(i32, usize, i64)> =
            days.iter().map(|d| (d.day, d.stage, d.customers)).collect();
        assert_eq!(
            standing,
            [(100, 0, 3), (100, 1, 0), (101, 0, 1), (101, 1, 1)]
        );
    }
}
