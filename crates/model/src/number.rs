//! Fixed-point numbers: every amount and score, exact to a millionth, so that sums merge in integers.

use std::fmt;

/// Steps in one whole: numbers are counted in millionths.
const SCALE: i64 = 1_000_000;

/// Decimal digits behind the point.
const DIGITS: usize = 6;

/// An exact decimal number in millionths, between about -9.2e12 and 9.2e12.
///
/// Money is held in units of the workspace's currency (12.34 is twelve and 34 hundredths).
/// Sums saturate at the ends instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i64);

/// Why a text or a float is not a [`Number`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Not a decimal number at all (also NaN and the infinities).
    NotANumber,
    /// Beyond about 9.2e12 in size.
    OutOfRange,
}

impl Number {
    /// Nought.
    pub const ZERO: Self = Self(0);
    /// The largest number that can be held.
    pub const MAX: Self = Self(i64::MAX);
    /// The smallest number that can be held.
    pub const MIN: Self = Self(-i64::MAX);

    /// The number that is `millionths` / 1,000,000.
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// This number in millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// A whole number; `None` beyond the range.
    pub const fn from_int(whole: i64) -> Option<Self> {
        match whole.checked_mul(SCALE) {
            Some(millionths) => Some(Self(millionths)),
            None => None,
        }
    }

    /// `units` of 10^-`decimals` each, as money comes in cents; `None` beyond the range.
    /// Digits beyond the sixth are rounded half away from nought.
    pub fn from_minor(units: i64, decimals: u32) -> Option<Self> {
        if decimals as usize <= DIGITS {
            let factor = 10_i64.pow(DIGITS as u32 - decimals);
            units.checked_mul(factor).map(Self)
        } else {
            let divisor = 10_i128.checked_pow(decimals - DIGITS as u32)?;
            Some(Self(divide_rounded(i128::from(units), divisor)?))
        }
    }

    /// This number in units of 10^-`decimals`, rounded half away from nought.
    pub fn to_minor(self, decimals: u32) -> i64 {
        if decimals as usize >= DIGITS {
            return self
                .0
                .saturating_mul(10_i64.saturating_pow(decimals - DIGITS as u32));
        }
        let divisor = 10_i128.pow(DIGITS as u32 - decimals);
        divide_rounded(i128::from(self.0), divisor).unwrap_or(self.0)
    }

    /// The nearest number to a float.
    ///
    /// # Errors
    /// [`NumberError::NotANumber`] for NaN and infinities, [`NumberError::OutOfRange`] beyond the range.
    pub fn from_float(float: f64) -> Result<Self, NumberError> {
        if !float.is_finite() {
            return Err(NumberError::NotANumber);
        }
        let scaled = (float * SCALE as f64).round();
        if scaled.abs() >= 9.2e18 {
            return Err(NumberError::OutOfRange);
        }
        Ok(Self(scaled as i64))
    }

    /// The nearest float.
    pub fn to_float(self) -> f64 {
        self.0 as f64 / SCALE as f64
    }

    /// The sum, held at the ends of the range.
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The size without the sign.
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// The difference, held at the ends of the range.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The product, rounded to a millionth; `None` beyond the range.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        divide_rounded(i128::from(self.0) * i128::from(other.0), i128::from(SCALE)).map(Self)
    }

    /// The quotient, rounded to a millionth; `None` for division by nought or beyond the range.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        if other.0 == 0 {
            return None;
        }
        divide_rounded(i128::from(self.0) * i128::from(SCALE), i128::from(other.0)).map(Self)
    }

    /// Reads a decimal such as `-12.5`, `1e3` or `.25`.
    ///
    /// # Errors
    /// [`NumberError`] says whether it is no number or too large a one.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        match parse_plain(text.as_bytes()) {
            Some(number) => number.ok_or(NumberError::OutOfRange),
            None => {
                let looks_numeric = text
                    .bytes()
                    .next()
                    .is_some_and(|b| b.is_ascii_digit() || b"+-.".contains(&b));
                let float: f64 = if looks_numeric {
                    text.parse().map_err(|_| NumberError::NotANumber)?
                } else {
                    return Err(NumberError::NotANumber);
                };
                if float.is_infinite() {
                    Err(NumberError::OutOfRange)
                } else {
                    Self::from_float(float)
                }
            }
        }
    }
}

/// Reads plain digits with an optional sign and point. `None`: not of that form; `Some(None)`: too large.
fn parse_plain(bytes: &[u8]) -> Option<Option<Number>> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (mut total, mut behind, mut seen) = (0_i64, None::<usize>, false);
    for &byte in digits {
        match (byte, behind) {
            (b'.', None) => behind = Some(0),
            (b'0'..=b'9', _) => {
                seen = true;
                let Some(next) = total
                    .checked_mul(10)
                    .and_then(|t| t.checked_add(i64::from(byte - b'0')))
                else {
                    return if behind.is_some() { None } else { Some(None) };
                };
                total = next;
                behind = behind.map(|n| n + 1);
            }
            _ => return None,
        }
    }
    let behind = behind.unwrap_or(0);
    if !seen || behind > 18 {
        return None;
    }
    let signed = if negative { -total } else { total };
    Some(Number::from_minor(signed, behind as u32))
}

/// Divides and rounds half away from nought; `None` where the result leaves 64 bits.
fn divide_rounded(dividend: i128, divisor: i128) -> Option<i64> {
    let (dividend, divisor) = if divisor < 0 {
        (-dividend, -divisor)
    } else {
        (dividend, divisor)
    };
    let half = divisor / 2;
    let rounded = if dividend >= 0 {
        (dividend + half) / divisor
    } else {
        (dividend - half) / divisor
    };
    i64::try_from(rounded).ok()
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (size / SCALE as u64, size % SCALE as u64);
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let part = format!("{part:06}");
        write!(f, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_round_trip_and_refuse() {
        for text in ["0", "12.34", "-0.000001", "9200000000000"] {
            assert_eq!(
                Number::parse(text).map(|n| n.to_string()),
                Ok(text.to_owned())
            );
        }
        assert_eq!(
            Number::parse("1e3"),
            Ok(Number::from_millionths(1_000_000_000))
        );
        assert_eq!(Number::parse(".5"), Ok(Number::from_millionths(500_000)));
        assert_eq!(Number::parse("1e400"), Err(NumberError::OutOfRange));
        assert_eq!(
            Number::parse("99999999999999999999"),
            Err(NumberError::OutOfRange)
        );
        for text in ["", "-", ".", "12a", "nan", "inf", "1,5"] {
            assert_eq!(Number::parse(text), Err(NumberError::NotANumber), "{text}");
        }
    }

    #[test]
    fn minor_units_are_exact() {
        assert_eq!(
            Number::from_minor(1234, 2).map(|n| n.to_string()),
            Some("12.34".into())
        );
        assert_eq!(Number::parse("12.345").map(|n| n.to_minor(2)), Ok(1235));
        assert_eq!(Number::parse("-12.345").map(|n| n.to_minor(2)), Ok(-1235));
    }
}
