//! How one conversion is divided among the touches that led to it.

use super::Model;
use super::shape::Touch;

/// One conversion in parts: as fine as the numbers that answers are given in.
pub(super) const WHOLE: u64 = 1 << 52;

/// Divides a conversion: parts of [`WHOLE`] by channel, a channel possibly more than once; their sum
/// is [`WHOLE`]. Nothing for a journey without touches, and for a chain, which divides no single one.
pub(super) fn shares(model: Model, path: &[Touch], parts: &mut Vec<(u32, u64)>) {
    parts.clear();
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return;
    };
    match model {
        Model::First => parts.push((first.0, WHOLE)),
        Model::Last => parts.push((last.0, WHOLE)),
        Model::Linear => alike(path, parts),
        Model::Shapley => {
            let mut channels: Vec<Touch> = path.to_vec();
            channels.sort_unstable_by_key(|touch| touch.0);
            channels.dedup_by_key(|touch| touch.0);
            alike(&channels, parts);
        }
        Model::Position([head, middle, tail]) => {
            let between = path.len().saturating_sub(2) as f64;
            let weight = |index: usize| match index {
                0 => head,
                index if index + 1 == path.len() => tail,
                _ => middle / between,
            };
            weighted(path, weight, parts);
        }
        Model::Decay { half_life_ms } => {
            // Measured from the last touch: the ratios are the same, and the largest weight is 1.
            let age = |index: usize| (path[index].1 - last.1) as f64 / half_life_ms.max(1) as f64;
            weighted(path, |index| (-age(index)).exp2(), parts);
        }
        Model::Markov { .. } => {}
    }
}

fn alike(path: &[Touch], parts: &mut Vec<(u32, u64)>) {
    let each = WHOLE / path.len() as u64;
    parts.extend(path.iter().map(|touch| (touch.0, each)));
    give_rest(parts);
}

fn weighted(path: &[Touch], weight: impl Fn(usize) -> f64, parts: &mut Vec<(u32, u64)>) {
    let sum: f64 = (0..path.len()).map(&weight).sum();
    if !(sum > 0.0 && sum.is_finite()) {
        return alike(path, parts);
    }
    let mut left = WHOLE;
    for (index, touch) in path.iter().enumerate() {
        let part = ((weight(index).max(0.0) / sum * WHOLE as f64) as u64).min(left);
        left -= part;
        parts.push((touch.0, part));
    }
    give_rest(parts);
}

/// What rounding left over goes to the last part.
fn give_rest(parts: &mut [(u32, u64)]) {
    let given: u64 = parts.iter().map(|part| part.1).sum();
    if let Some(last) = parts.last_mut() {
        last.1 += WHOLE - given;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(model: Model, path: &[Touch]) -> Vec<(u32, f64)> {
        let mut parts = Vec::new();
        shares(model, path, &mut parts);
        assert_eq!(parts.iter().map(|part| part.1).sum::<u64>(), WHOLE);
        let part = |part: &(u32, u64)| (part.0, part.1 as f64 / WHOLE as f64);
        parts.iter().map(part).collect()
    }

    #[test]
    fn weights_are_rescaled_where_there_is_no_middle() {
        let position = Model::Position([0.3, 0.1, 0.6]);
        assert_eq!(divided(position, &[(7, 0)]), [(7, 1.0)]);
        let two = divided(position, &[(1, 5), (2, 0)]);
        assert!((two[0].1 - 1.0 / 3.0).abs() < 1e-15);
        let four = divided(position, &[(1, 9), (2, 8), (3, 7), (4, 0)]);
        assert!((four[1].1 - 0.05).abs() < 1e-15 && (four[3].1 - 0.6).abs() < 1e-15);
        let middle_only = divided(Model::Position([0.0, 1.0, 0.0]), &[(1, 5), (2, 0)]);
        assert_eq!(middle_only, [(1, 0.5), (2, 0.5)]);
    }

    #[test]
    fn a_half_life_halves_and_old_touches_vanish() {
        let decay = Model::Decay { half_life_ms: 10 };
        let parts = divided(decay, &[(1, 15), (2, 5)]);
        assert!((parts[0].1 - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!(divided(decay, &[(1, i64::MAX / 2), (2, 0)])[0].1, 0.0);
    }
}
