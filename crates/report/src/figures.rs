//! Numbers as people read them: digits in groups, units beside them, intervals behind them.

use crate::content::{Measure, Unit};

/// From here on money is written without cents.
const WHOLE_MONEY_FROM: f64 = 1_000.0;
/// From here on lengths of time are written without a fraction.
const WHOLE_DAYS_FROM: f64 = 10.0;
/// What stands for a number that cannot be known.
const UNKNOWN: &str = "–";

/// A whole number in groups of three digits.
pub(crate) fn whole(number: f64) -> String {
    if !number.is_finite() {
        return UNKNOWN.to_owned();
    }
    let rounded = number.round();
    let digits = format!("{:.0}", rounded.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    match rounded < 0.0 {
        true => format!("−{text}"),
        false => text,
    }
}

/// A count in groups of three digits.
pub(crate) fn count(number: u64) -> String {
    whole(number as f64)
}

/// A part of one in per cent.
pub(crate) fn share(part: f64) -> String {
    if !part.is_finite() {
        return UNKNOWN.to_owned();
    }
    format!("{} %", signed_fixed(part * 100.0, 1))
}

fn signed_fixed(number: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", number.abs());
    let is_nought = text.chars().all(|c| c == '0' || c == '.');
    match number < 0.0 && !is_nought {
        true => format!("−{text}"),
        false => text,
    }
}

/// A number with its unit, its interval left out.
pub(crate) fn plain(measure: &Measure, currency: &str) -> String {
    match measure.value {
        Some(value) => amount(value, measure.unit, currency),
        None => UNKNOWN.to_owned(),
    }
}

/// A number of a unit.
pub(crate) fn amount(value: f64, unit: Unit, currency: &str) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    match unit {
        Unit::Customers | Unit::Count | Unit::Index => whole(value),
        Unit::Share => share(value),
        Unit::Score => signed_fixed(value, 2),
        Unit::Days => match value.abs() < WHOLE_DAYS_FROM {
            true => format!("{} days", signed_fixed(value, 1)),
            false => format!("{} days", whole(value)),
        },
        Unit::Money if value.abs() >= WHOLE_MONEY_FROM => format!("{currency} {}", whole(value)),
        Unit::Money => format!("{currency} {}", signed_fixed(value, 2)),
    }
}

/// An instant to the minute, such as `2025-12-31 23:09 UTC`; other texts stay as they are.
pub(crate) fn moment(text: &str) -> String {
    let parts = (text.get(..10), text.get(10..11), text.get(11..16));
    let (Some(date), Some("T"), Some(clock)) = parts else {
        return text.to_owned();
    };
    let zone = match text.rfind(['Z', '+', '-']).filter(|at| *at > 16) {
        Some(at) if &text[at..] == "Z" || &text[at..] == "+00:00" => " UTC".to_owned(),
        Some(at) => format!(" UTC{}", &text[at..]),
        None => String::new(),
    };
    format!("{date} {clock}{zone}")
}

/// The interval of a number, if it has one.
pub(crate) fn interval(measure: &Measure, currency: &str) -> Option<String> {
    let [low, high] = measure.interval?;
    if measure.unit == Unit::Share {
        let [low, high] = [low, high].map(|end| signed_fixed(end * 100.0, 1));
        return Some(format!("{low} to {high} %"));
    }
    let (low, high) = (
        amount(low, measure.unit, currency),
        amount(high, measure.unit, currency),
    );
    Some(format!("{low} to {high}"))
}

/// By how much a number has changed: per cent for amounts, points for shares. `None` where there is no before.
pub(crate) fn change(now: &Measure, before: &Measure) -> Option<String> {
    let (now_value, before_value) = (now.value?, before.value?);
    let (by, unit) = match now.unit {
        Unit::Share => ((now_value - before_value) * 100.0, "points"),
        _ if before_value == 0.0 => return None,
        _ => ((now_value / before_value - 1.0) * 100.0, "%"),
    };
    if !by.is_finite() {
        return None;
    }
    let text = format!("{:.1}", by.abs());
    Some(match text == "0.0" {
        true => "unchanged".to_owned(),
        false if by > 0.0 => format!("▲ up {text} {unit}"),
        false => format!("▼ down {text} {unit}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_carry_their_units() {
        assert_eq!(whole(1_234_567.4), "1,234,567");
        assert_eq!(whole(-1_000.0), "−1,000");
        assert_eq!(whole(0.0), "0");
        assert_eq!(whole(-0.2), "0");
        assert_eq!(share(0.1234), "12.3 %");
        assert_eq!(share(f64::NAN), "–");
        assert_eq!(amount(999.5, Unit::Money, "EUR"), "EUR 999.50");
        assert_eq!(amount(12_345.6, Unit::Money, "EUR"), "EUR 12,346");
        assert_eq!(amount(3.24, Unit::Days, "EUR"), "3.2 days");
        assert_eq!(plain(&Measure::new(None, Unit::Share), "EUR"), "–");
    }

    #[test]
    fn instants_are_told_to_the_minute() {
        for (text, wanted) in [
            ("2025-12-31T23:09:24.349Z", "2025-12-31 23:09 UTC"),
            (
                "2025-12-31T23:09:24.349+01:00",
                "2025-12-31 23:09 UTC+01:00",
            ),
            ("2025-12-31T23:09:24+00:00", "2025-12-31 23:09 UTC"),
            ("yesterday", "yesterday"),
            ("", ""),
        ] {
            assert_eq!(moment(text), wanted);
        }
    }

    #[test]
    fn changes_are_told_in_words() {
        let of = |value: f64, unit| Measure::new(value, unit);
        let change = |now, before, unit| super::change(&of(now, unit), &of(before, unit));
        assert_eq!(
            change(110.0, 100.0, Unit::Count).as_deref(),
            Some("▲ up 10.0 %")
        );
        assert_eq!(
            change(0.1, 0.15, Unit::Share).as_deref(),
            Some("▼ down 5.0 points")
        );
        assert_eq!(change(1.0, 1.0, Unit::Count).as_deref(), Some("unchanged"));
        assert_eq!(change(1.0, 0.0, Unit::Count), None);
    }
}
