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

/// A name and a number that fit into a space; the name is cut, never the number.
pub(super) fn fitted(name: &str, number: &str, space: f64) -> String {
    let width = |text: &str| text.chars().map(width_of).sum::<f64>();
    let left = space - width(number) - width_of(' ');
    if width(name) <= left {
        return format!("{name} {number}");
    }
    let mut kept = String::new();
    let mut used = width_of('…');
    for c in name.chars() {
        used += width_of(c);
        if used > left {
            break;
        }
        kept.push(c);
    }
    format!("{}… {number}", kept.trim_end())
}

/// About how wide a character is in a label, in units of the drawing; rather too much than too little.
fn width_of(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | ' ' | '.' | ',' | ':' | '\'' | '|' | '-' => 4.6,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 12.9,
        '<' | '>' | '&' | '+' | '=' | '~' | '#' | '^' => 11.0,
        c if c.is_ascii_uppercase() => 9.6,
        c if c.is_ascii() => 8.3,
        c if c < '\u{1100}' => 9.6,
        // Han, Kana, Hangul and pictures are as wide as they are high.
        _ => 13.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_the_space_and_numbers_are_not() {
        assert_eq!(fitted("lead", "1,000", 100.0), "lead 1,000");
        assert_eq!(fitted("visitor", "1", 20.0), "… 1");
        assert_eq!(fitted("客户客户客户", "10", 66.0), "客户… 10");
    }

    #[test]
    fn labels_keep_their_distance_and_stay_inside() {
        let places = apart(&[0.0, 1.0, 99.0, 100.0], 10.0, 100.0);
        assert!(places.windows(2).all(|two| two[1] - two[0] >= LINE));
        assert!(places[0] >= 10.0 && places[3] <= 100.0);
        assert_eq!(apart(&[20.0, 60.0], 0.0, 100.0), [20.0, 60.0]);
    }
}
