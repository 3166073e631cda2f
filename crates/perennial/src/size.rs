//! Sizes on the command line: `5MiB`, `32 KiB`, `1000`.

use crate::failure::Failure;

const UNITS: &[(&str, usize)] = &[
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// The bytes that a text means, at least one.
///
/// # Errors
/// A text that is no size.
pub fn bytes(option: &str, text: &str) -> Result<usize, Failure> {
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit));
    let (number, factor) = match unit {
        Some((unit, factor)) => (&text[..text.len() - unit.len()], *factor),
        None => (text, 1),
    };
    let number = number.trim().parse::<usize>().ok();
    let bytes = number.and_then(|number| number.checked_mul(factor));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(|| {
        Failure::usage(format!(
            "{option} {text}: no size; write 512KiB, 5MiB or a number of bytes"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_exactly() {
        for (text, wanted) in [
            ("1", 1),
            ("32KiB", 32_768),
            ("5 MiB", 5_242_880),
            ("2kB", 2_000),
        ] {
            assert_eq!(bytes("--x", text).unwrap(), wanted, "{text}");
        }
        for text in ["", "0", "-1", "1.5MiB", "1XB", "99999999999999GiB"] {
            assert!(bytes("--x", text).is_err(), "{text}");
        }
    }
}
