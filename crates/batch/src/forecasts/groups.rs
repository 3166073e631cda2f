//! What is usual among customers with about as many orders.

use super::base::Seen;
use super::record::GroupRecord;

/// Days with an order: from, and to where there is an end.
const CLASSES: [(u64, Option<u64>); 6] = [
    (1, Some(1)),
    (2, Some(2)),
    (3, Some(4)),
    (5, Some(9)),
    (10, Some(19)),
    (20, None),
];

/// The groups of everybody who has ordered; `alive` is by group of the model, times are in units of so many
/// days.
pub(super) fn of(
    seen: &[Seen],
    group_of: &[u32],
    alive: &[f64],
    unit_days: f64,
) -> Vec<GroupRecord> {
    let class = |(orders_from, orders_to): (u64, Option<u64>)| {
        let (mut recency, mut gaps, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for (one, group) in seen.iter().zip(group_of) {
            let orders = u64::from(one.purchases.x()) + 1;
            if orders < orders_from || orders_to.is_some_and(|to| orders > to) {
                continue;
            }
            let last = one.purchases.t_x();
            recency.push((one.purchases.age() - last) * unit_days);
            if orders > 1 {
                gaps.push(last * unit_days / (orders - 1) as f64);
            }
            sum += alive.get(*group as usize).copied().unwrap_or(0.0);
        }
        let customers = recency.len();
        Some(GroupRecord {
            orders_from,
            orders_to,
            customers: customers as u64,
            recency_days: middle(recency)?,
            gap_days: middle(gaps),
            p_alive: sum / customers as f64,
        })
    };
    CLASSES.into_iter().filter_map(class).collect()
}

/// The middle value; of two the greater.
fn middle(mut values: Vec<f64>) -> Option<f64> {
    let place = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let (_, middle, _) = values.select_nth_unstable_by(place, f64::total_cmp);
    Some(*middle)
}
