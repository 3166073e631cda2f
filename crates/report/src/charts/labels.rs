//! Labels beside a chart: moved apart so that none covers another.

/// Least distance between the middles of two labels, in units of the drawing.
pub(super) const LINE: f64 = 17.0;

/// Where labels go that would best stand at `wanted` (ascending), between `top` and `bottom`.
pub(super) fn apart(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut places = wanted.to_vec();
    let mut least = top;
    for place in &mut places {
        *place = place.max(least);
        least = *place + LINE;
    }
    let mut most = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - LINE;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_their_distance_and_stay_inside() {
        let places = apart(&[0.0, 1.0, 99.0, 100.0], 10.0, 100.0);
        assert!(places.windows(2).all(|two| two[1] - two[0] >= LINE));
        assert!(places[0] >= 10.0 && places[3] <= 100.0);
        assert_eq!(apart(&[20.0, 60.0], 0.0, 100.0), [20.0, 60.0]);
    }
}
