//! Recency, frequency, money: cutting buyers into tiles, and what the tiles are called.

use perennial_model::{Cut, Cuts};
use perennial_rules::project::Cuts as Method;

/// A customer who has ordered.
#[derive(Clone, Copy, Debug)]
pub struct Buyer<'a> {
    /// Her id.
    pub id: &'a [u8],
    /// Her last order, in milliseconds since 1970.
    pub last_order_ms: i64,
    /// How many orders.
    pub orders: i64,
    /// Orders less refunds, in millionths.
    pub value: i64,
}

/// Takes the cuts of a population of buyers.
pub fn cuts(buyers: &[Buyer<'_>], tiles: u8, method: Method) -> Cuts {
    let by = |value: fn(&Buyer<'_>) -> i64| tile_cuts(buyers, value, usize::from(tiles), method);
    let mut values: Vec<i64> = buyers.iter().map(|buyer| buyer.value).collect();
    values.sort_unstable();
    let percentile = |percent: usize| values[(percent * values.len()).div_ceil(100) - 1];
    Cuts {
        recency: by(|buyer| buyer.last_order_ms),
        frequency: by(|buyer| buyer.orders),
        monetary: by(|buyer| buyer.value),
        value_percentiles: if values.is_empty() {
            Vec::new()
        } else {
            (1..=100).map(percentile).collect()
        },
        buyers: buyers.len() as u64,
    }
}

fn tile_cuts(
    buyers: &[Buyer<'_>],
    value: fn(&Buyer<'_>) -> i64,
    tiles: usize,
    method: Method,
) -> Vec<Cut> {
    match method {
        Method::Ntile => ntile_cuts(buyers, value, tiles),
        Method::Quantile => quantile_cuts(buyers, value, tiles),
    }
}

/// Tiles of equal size over buyers by value and then id; the first `n mod tiles` get one more.
fn ntile_cuts(buyers: &[Buyer<'_>], value: fn(&Buyer<'_>) -> i64, tiles: usize) -> Vec<Cut> {
    let mut order: Vec<(i64, &[u8])> = buyers
        .iter()
        .map(|buyer| (value(buyer), buyer.id))
        .collect();
    order.sort_unstable();
    let (size, larger) = (order.len() / tiles, order.len() % tiles);
    let starts = (1..tiles).map(|tile| tile * size + tile.min(larger));
    starts
        .filter_map(|start| order.get(start))
        .map(|(value, id)| Cut {
            value: *value,
            id: (*id).into(),
        })
        .collect()
}

/// Cuts one above the quantiles of type 7 (Hyndman and Fan 1996, R's default), rounded down to a whole step.
///
/// The step is that of the value: a millisecond for recency, which here is an instant, since no date of asking
/// is known. R's step of a day needs one: [`crate::summary`].
fn quantile_cuts(buyers: &[Buyer<'_>], value: fn(&Buyer<'_>) -> i64, tiles: usize) -> Vec<Cut> {
    let mut order: Vec<i64> = buyers.iter().map(value).collect();
    order.sort_unstable();
    let Some(last) = order.len().checked_sub(1) else {
        return Vec::new();
    };
    let quantile = |tile: usize| {
        let (below, part) = (tile * last / tiles, (tile * last % tiles) as i128);
        let (low, high) = (
            i128::from(order[below]),
            i128::from(order[(below + 1).min(last)]),
        );
        low + (high - low) * part / tiles as i128
    };
    (1..tiles)
        .map(|tile| Cut {
            value: quantile(tile) as i64 + 1,
            id: Box::default(),
        })
        .collect()
}

/// The usual name of a customer's place among five tiles each, `f` and `m` taken together.
///
/// The first rule that holds decides; `fm` is half of the frequency and monetary tiles' sum, rounded down.
pub fn segment(r: i64, f: i64, m: i64) -> &'static str {
    match (r, (f + m) / 2) {
        (5, 4..) => "Champions",
        (3.., 4..) => "Loyal Customers",
        (1, 4..) => "Cannot Lose Them",
        (..=2, 3..) => "At Risk",
        (5, 1) => "New Customers",
        (4, 1) => "Promising",
        (4.., _) => "Potential Loyalists",
        (3, 3) => "Need Attention",
        (3, _) => "About To Sleep",
        (2, _) => "Hibernating",
        _ => "Lost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tiles_get_one_more() {
        let ids: Vec<String> = (0..12).map(|n| format!("c{n:02}")).collect();
        let buyers: Vec<Buyer<'_>> = ids
            .iter()
            .enumerate()
            .map(|(n, id)| Buyer {
                id: id.as_bytes(),
                last_order_ms: n as i64,
                orders: 1,
                value: 10,
            })
            .collect();
        let cuts = cuts(&buyers, 5, Method::Ntile);
        let starts: Vec<i64> = cuts.recency.iter().map(|cut| cut.value).collect();
        assert_eq!(starts, [3, 6, 8, 10]);
        assert_eq!(&*cuts.frequency[0].id, b"c03");
        assert_eq!(cuts.value_percentiles, vec![10; 100]);
    }

    #[test]
    fn names_follow_the_first_rule_that_holds() {
        assert_eq!(segment(5, 5, 3), "Champions");
        assert_eq!(segment(2, 4, 4), "At Risk");
        assert_eq!(segment(1, 4, 4), "Cannot Lose Them");
        assert_eq!(segment(3, 2, 3), "About To Sleep");
        assert_eq!(segment(1, 1, 1), "Lost");
    }
}
