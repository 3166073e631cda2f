//! Integrals of positive functions given by their logarithm, however high or narrow their peak.

/// Nodes of a panel, on one side of its middle (Gauss and Legendre, 16 points).
const NODES: [f64; 8] = [
    0.095_012_509_837_637_44,
    0.281_603_550_779_258_9,
    0.458_016_777_657_227_4,
    0.617_876_244_402_643_7,
    0.755_404_408_355_003,
    0.865_631_202_387_831_7,
    0.944_575_023_073_232_6,
    0.989_400_934_991_649_9,
];
/// Their weights.
const WEIGHTS: [f64; 8] = [
    0.189_450_610_455_068_5,
    0.182_603_415_044_923_6,
    0.169_156_519_395_002_54,
    0.149_595_988_816_576_73,
    0.124_628_971_255_533_87,
    0.095_158_511_682_492_78,
    0.062_253_523_938_647_9,
    0.027_152_459_411_754_1,
];
/// What lies further below the peak, in logarithms, is left out.
const DEPTH: f64 = 45.0;
/// Panels to begin with.
const PANELS: usize = 8;
/// Most panels halved.
const MAX_HALVED: u32 = 500;
/// Panels agree with their halves to this share of the whole.
const TOLERANCE: f64 = 1e-13;
/// Most doublings of the first step, and most steps of a search.
const MAX_STEPS: u32 = 100;
/// How far below the peak, in logarithms, a place may lie that stands for it.
const NEAR_PEAK: f64 = 0.5;
/// How exactly an end is found, as a share of its distance from the peak.
const NEAR_END: f64 = 0.02;

/// The logarithm of an integral, and means of what was asked for along with it.
pub(crate) type LnIntegral<const K: usize> = (f64, [f64; K]);

/// The 16 points of a panel and their weights.
pub(crate) fn points(low: f64, high: f64) -> impl Iterator<Item = (f64, f64)> {
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    let pairs = NODES.into_iter().zip(WEIGHTS);
    pairs.flat_map(move |(node, weight)| {
        let weight = weight * half;
        [
            (middle - half * node, weight),
            (middle + half * node, weight),
        ]
    })
}

/// ∫ exp(height(y)) dy from `low` to `high`, either of which may be infinite, and the means of other figures under
/// it: `look` gives the height at a place and the figures there.
///
/// The height is concave, or nearly: it has one peak, and falls away on both sides or ends. `start` lies
/// inside.
pub(crate) fn integrate<const K: usize>(
    look: impl Fn(f64) -> (f64, [f64; K]),
    (low, start, high): (f64, f64, f64),
) -> LnIntegral<K> {
    let height = |y: f64| look(y).0;
    let (peak_at, low, high) = bracket(&height, low, start, high);
    let peak = height(peak_at);
    let panel = |from: f64, to: f64| {
        let mut sum = Sum {
            mass: 0.0,
            along: [0.0; K],
        };
        for (y, weight) in points(from, to) {
            let (height, along) = look(y);
            let mass = weight * (height - peak).exp();
            sum.mass += mass;
            for (sum, value) in sum.along.iter_mut().zip(along) {
                *sum += mass * value;
            }
        }
        sum
    };
    let width = (high - low) / PANELS as f64;
    let mut open = Vec::with_capacity(2 * PANELS);
    for at in 0..PANELS {
        let from = low + width * at as f64;
        let to = if at + 1 == PANELS { high } else { from + width };
        open.push((from, to, panel(from, to)));
    }
    let crude: f64 = open.iter().map(|(.., sum)| sum.mass).sum();
    // Heights are rounded, so that where they are huge, halves cannot agree better than this.
    let tolerance = crude * (TOLERANCE + peak.abs() * f64::EPSILON);
    let mut halved = 0;
    let mut whole = Sum {
        mass: 0.0,
        along: [0.0; K],
    };
    while let Some((from, to, sum)) = open.pop() {
        let middle = 0.5 * (from + to);
        let (left, right) = (panel(from, middle), panel(middle, to));
        let gap = (left.mass + right.mass - sum.mass).abs();
        if gap <= tolerance || halved == MAX_HALVED {
            whole.add(&left);
            whole.add(&right);
        } else {
            halved += 1;
            open.push((from, middle, left));
            open.push((middle, to, right));
        }
    }
    (
        peak + whole.mass.ln(),
        whole.along.map(|sum| sum / whole.mass),
    )
}

/// What panels come to.
struct Sum<const K: usize> {
    mass: f64,
    along: [f64; K],
}

impl<const K: usize> Sum<K> {
    fn add(&mut self, other: &Self) {
        self.mass += other.mass;
        for (sum, value) in self.along.iter_mut().zip(other.along) {
            *sum += value;
        }
    }
}

/// Where the peak is, and between which ends everything of weight lies.
fn bracket(height: &impl Fn(f64) -> f64, low: f64, start: f64, high: f64) -> (f64, f64, f64) {
    let mut best = height(start);
    let mut reach = |end: f64, sign: f64| {
        let (mut step, mut at) = (0.25, start);
        for _ in 0..MAX_STEPS {
            let next = start + sign * step;
            if (end - next) * sign <= 0.0 {
                return end;
            }
            at = next;
            let here = height(at);
            if here < best - DEPTH {
                break;
            }
            best = best.max(here);
            step *= 2.0;
        }
        at
    };
    let (left, right) = (reach(low, -1.0), reach(high, 1.0));
    let (mut from, mut to) = ((left, height(left)), (right, height(right)));
    for _ in 0..MAX_STEPS {
        let width = to.0 - from.0;
        let at = |place: f64| (place, height(place));
        let (third, other) = (at(from.0 + width / 3.0), at(to.0 - width / 3.0));
        // What is concave rises above the two in the middle by no more than it rises up to them.
        let heights = [from.1, third.1, other.1, to.1];
        let least = heights.into_iter().fold(f64::INFINITY, f64::min);
        if heights.into_iter().all(|one| one - least < NEAR_PEAK) {
            break;
        }
        if third.1 < other.1 {
            from = third;
        } else {
            to = other;
        }
    }
    let (from, to) = (from.0, to.0);
    let ends = [left, right, 0.5 * (from + to)].into_iter();
    let peak_at = ends.fold(
        left,
        |best, at| if height(at) > height(best) { at } else { best },
    );
    let floor = height(peak_at) - DEPTH;
    let trim = |end: f64| {
        if height(end) >= floor {
            return end;
        }
        let (mut inside, mut outside) = (peak_at, end);
        for _ in 0..MAX_STEPS {
            if (outside - inside).abs() < NEAR_END * (outside - peak_at).abs() {
                break;
            }
            let middle = 0.5 * (inside + outside);
            if height(middle) < floor {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        outside
    };
    (peak_at, trim(left), trim(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normal_density_far_away_and_narrow_is_found() {
        let (mean, width) = (300.0, 1e-3);
        let height = |y: f64| -0.5 * ((y - mean) / width).powi(2);
        let (ln, [found]) = integrate(
            |y| (height(y), [y]),
            (f64::NEG_INFINITY, 299.0, f64::INFINITY),
        );
        let exact = (width * (2.0 * std::f64::consts::PI).sqrt()).ln();
        assert!((ln - exact).abs() < 1e-12, "{ln} {exact}");
        assert!((found - mean).abs() < 1e-9, "{found}");
    }

    #[test]
    fn an_exponential_from_its_edge() {
        let (ln, [mean]) = integrate(|y| (-1e4 * y, [y]), (0.0, 0.0, f64::INFINITY));
        assert!((ln + 1e4_f64.ln()).abs() < 1e-12);
        assert!((mean - 1e-4).abs() < 1e-14);
    }
}
