//! Scores: cutting what was measured into tiles, and names for ranges of them.

use perennial_rules::project::Cuts;

use crate::rfm::segment;

/// The segment of those whom no range holds.
pub const OTHERS: &str = "Others";
/// How many tiles the usual names are for.
const USUAL_TILES: u8 = 5;
/// Millionths in a unit of money.
const MONEY: i128 = 1_000_000;

/// Cuts between tiles, ascending, one less than there are tiles; a cut belongs to what is above it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreThresholds {
    /// In days; who is at or above a cut is a tile lower.
    pub recency_days: Vec<f64>,
    /// In orders.
    pub frequency: Vec<f64>,
    /// In units of money.
    pub monetary: Vec<f64>,
}

/// A name for ranges of scores, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRange {
    /// The name.
    pub segment: String,
    /// Lowest and highest recency score.
    pub r: (u8, u8),
    /// Lowest and highest frequency score.
    pub f: (u8, u8),
    /// Lowest and highest monetary score.
    pub m: (u8, u8),
}

/// What was measured of a customer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) last_ms: i64,
    pub(super) recency_days: i64,
    pub(super) frequency: u64,
    /// In millionths.
    pub(super) monetary: i128,
}

/// A customer's tiles, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scores {
    pub(super) r: u8,
    pub(super) f: u8,
    pub(super) m: u8,
    /// Whether the tiles are five each.
    usual: bool,
}

/// Scores customers, who stand in the order of their ids, and says by which cuts.
pub(super) fn scores(
    measured: &[Measured],
    method: Cuts,
    tiles: u8,
    given: Option<&ScoreThresholds>,
) -> (ScoreThresholds, Vec<Scores>) {
    let tiles = usize::from(tiles.max(1));
    match (given, method) {
        (Some(given), _) => (given.clone(), by_cuts(measured, given)),
        (None, Cuts::Quantile) => {
            let cuts = quantiles(measured, tiles);
            let scores = by_cuts(measured, &cuts);
            (cuts, scores)
        }
        (None, Cuts::Ntile) => equal_tiles(measured, tiles),
    }
}

/// The name of scores.
pub(super) fn segment_of(ranges: Option<&[SegmentRange]>, scores: Scores) -> &str {
    let Some(ranges) = ranges else {
        return if scores.usual {
            segment(scores.r.into(), scores.f.into(), scores.m.into())
        } else {
            OTHERS
        };
    };
    let within = |score: u8, range: (u8, u8)| (range.0..=range.1).contains(&score);
    let fits = |range: &&SegmentRange| {
        within(scores.r, range.r) && within(scores.f, range.f) && within(scores.m, range.m)
    };
    ranges
        .iter()
        .find(fits)
        .map_or(OTHERS, |range| &range.segment)
}

fn by_cuts(measured: &[Measured], cuts: &ScoreThresholds) -> Vec<Scores> {
    let reached = |cuts: &[f64], value: f64| cuts.iter().filter(|cut| **cut <= value).count();
    let tile = |tile: usize| tile.min(usize::from(u8::MAX)) as u8;
    let lengths = [&cuts.recency_days, &cuts.frequency, &cuts.monetary].map(Vec::len);
    let usual = lengths == [usize::from(USUAL_TILES) - 1; 3];
    let score = |one: &Measured| {
        let late = reached(&cuts.recency_days, one.recency_days as f64);
        Scores {
            r: tile(cuts.recency_days.len() - late + 1),
            f: tile(reached(&cuts.frequency, one.frequency as f64) + 1),
            m: tile(reached(&cuts.monetary, in_money(one.monetary)) + 1),
            usual,
        }
    };
    measured.iter().map(score).collect()
}

fn in_money(millionths: i128) -> f64 {
    millionths as f64 / MONEY as f64
}

/// Cuts one day, one order, one unit of money above the quantiles.
fn quantiles(measured: &[Measured], tiles: usize) -> ScoreThresholds {
    let cuts = |value: fn(&Measured) -> i128, unit: i128| {
        let mut values: Vec<i128> = measured.iter().map(value).collect();
        values.sort_unstable();
        let last = values.len().checked_sub(1);
        let cut = |last: usize, tile: usize| cut_above(&values, last, tile, tiles, unit);
        last.map_or(Vec::new(), |last| {
            (1..tiles).map(|tile| cut(last, tile)).collect()
        })
    };
    ScoreThresholds {
        recency_days: cuts(|one| i128::from(one.recency_days), 1),
        frequency: cuts(|one| i128::from(one.frequency), 1),
        monetary: cuts(|one| one.monetary, MONEY),
    }
}

/// One unit above the quantile of type 7 (Hyndman and Fan 1996, R's default), in units.
///
/// Whole until the last division, so that a value equal to a cut is found equal.
fn cut_above(ascending: &[i128], last: usize, tile: usize, tiles: usize, unit: i128) -> f64 {
    let (below, part) = (tile * last / tiles, (tile * last % tiles) as i128);
    let (low, high) = (ascending[below], ascending[(below + 1).min(last)]);
    let parts = tiles as i128;
    let cut = (low + unit) * parts + (high - low) * part;
    if cut % parts == 0 {
        return (cut / parts) as f64 / unit as f64;
    }
    cut as f64 / (parts * unit) as f64
}

/// Tiles of equal size by value and then id; the first `n mod tiles` get one more.
fn equal_tiles(measured: &[Measured], tiles: usize) -> (ScoreThresholds, Vec<Scores>) {
    let (late, recency) = tiled(measured, tiles, |one| i128::from(one.last_ms));
    let (frequency, f) = tiled(measured, tiles, |one| i128::from(one.frequency));
    let (monetary, m) = tiled(measured, tiles, |one| one.monetary);
    let value = |places: &[(usize, usize)], value: &dyn Fn(&Measured) -> f64| {
        let first = places.iter().map(|(_, first)| value(&measured[*first]));
        first.collect::<Vec<f64>>()
    };
    // Recency falls as instants rise: a cut is the last of the tile below.
    let days = late.iter().rev();
    let thresholds = ScoreThresholds {
        recency_days: days
            .map(|(before, _)| measured[*before].recency_days as f64)
            .collect(),
        frequency: value(&frequency, &|one| one.frequency as f64),
        monetary: value(&monetary, &|one| in_money(one.monetary)),
    };
    let usual = tiles == usize::from(USUAL_TILES);
    let each = recency.into_iter().zip(f).zip(m);
    let scores = each.map(|((r, f), m)| Scores { r, f, m, usual });
    (thresholds, scores.collect())
}

/// At each border the last customer below and the first above; and everybody's tile.
fn tiled(
    measured: &[Measured],
    tiles: usize,
    value: fn(&Measured) -> i128,
) -> (Vec<(usize, usize)>, Vec<u8>) {
    let mut order: Vec<usize> = (0..measured.len()).collect();
    // Stable: customers stand in the order of their ids.
    order.sort_by_key(|at| value(&measured[*at]));
    let (size, larger) = (order.len() / tiles, order.len() % tiles);
    let (mut borders, mut scores) = (Vec::new(), vec![0; measured.len()]);
    let mut at = 0;
    for tile in 0..tiles {
        if tile > 0 && at > 0 && at < order.len() {
            borders.push((order[at - 1], order[at]));
        }
        for _ in 0..size + usize::from(tile < larger) {
            scores[order[at]] = tile as u8 + 1;
            at += 1;
        }
    }
    (borders, scores)
}
