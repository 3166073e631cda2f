//! Numbers as people read them: digits in groups, units beside them, intervals behind them.

use crate::content::{Currency, Measure, Unit};

/// From here on money is written without minor units.
const WHOLE_MONEY_FROM: f64 = 1_000.0;
/// From here on estimates of money are.
const WHOLE_ESTIMATES_FROM: f64 = 10.0;
/// From here on lengths of time are written without a fraction.
const WHOLE_DAYS_FROM: f64 = 10.0;
/// From here on shares in narrow cells are.
const WHOLE_SHARES_FROM: f64 = 0.1;
/// Least and most share that one decimal place tells apart from none and all.
const SHARE_ENDS: [f64; 2] = [0.000_5, 0.999_5];
const HOURS_A_DAY: f64 = 24.0;
const MINUTES_A_DAY: f64 = 1_440.0;
/// What stands for a number that cannot be known.
pub(crate) const UNKNOWN: &str = "–";
/// The code that stands for no currency in particular.
const NO_CURRENCY: &str = "XXX";
/// Signs that mean one currency on a page of one currency.
const SIGNS: [(&str, &str); 7] = [
    ("EUR", "€"),
    ("USD", "$"),
    ("GBP", "£"),
    ("JPY", "¥"),
    ("INR", "₹"),
    ("KRW", "₩"),
    ("BRL", "R$"),
];

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

/// A part of one in per cent; only none and all are written as such.
pub fn share(part: f64) -> String {
    let [least, most] = SHARE_ENDS;
    match part {
        part if !part.is_finite() => UNKNOWN.to_owned(),
        part if part > 0.0 && part < least => "<0.1%".to_owned(),
        part if part < 1.0 && part >= most => ">99.9%".to_owned(),
        part => format!("{}%", percents(part)),
    }
}

/// The same for narrow cells: without a fraction from 10 per cent on.
pub(crate) fn short_share(part: f64) -> String {
    match (WHOLE_SHARES_FROM..1.0 - WHOLE_SHARES_FROM).contains(&part) {
        true => format!("{:.0}%", part * 100.0),
        false => share(part),
    }
}

/// Per cent with one decimal place where there is one.
fn percents(part: f64) -> String {
    match part {
        0.0 | 1.0 => format!("{:.0}", part * 100.0),
        part => signed_fixed(part * 100.0, 1),
    }
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
pub(crate) fn plain(measure: &Measure, currency: &Currency) -> String {
    match (measure.value, measure.unit, measure.interval) {
        (None, ..) => UNKNOWN.to_owned(),
        // An estimate is not told to the cent.
        (Some(value), Unit::Money, Some(_)) => money(value, currency, WHOLE_ESTIMATES_FROM),
        (Some(value), unit, _) => amount(value, unit, currency),
    }
}

/// A number of a unit.
pub(crate) fn amount(value: f64, unit: Unit, currency: &Currency) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    match unit {
        Unit::Customers | Unit::Count | Unit::Index => whole(value),
        Unit::Share => share(value),
        Unit::Score => signed_fixed(value, 2),
        Unit::Days => {
            let (number, unit) = length(value);
            format!("{number} {unit}")
        }
        Unit::Money => money(value, currency, WHOLE_MONEY_FROM),
    }
}

/// Money with the sign of its currency before it, else the code; minor units below a limit.
fn money(value: f64, currency: &Currency, whole_from: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let decimals = match value.abs() >= whole_from || value == 0.0 {
        true => 0,
        false => currency.decimals as usize,
    };
    // What rounds up to the limit has as many digits as what is there.
    let number = match format!("{:.decimals$}", value.abs()).parse::<f64>() {
        Ok(rounded) if decimals > 0 && rounded < whole_from => signed_fixed(value.abs(), decimals),
        _ => whole(value.abs()),
    };
    let sign = SIGNS.iter().find(|(code, _)| *code == currency.code);
    let sign = match sign {
        Some((_, sign)) => (*sign).to_owned(),
        None if currency.code.is_empty() || currency.code == NO_CURRENCY => String::new(),
        None => format!("{}\u{a0}", currency.code),
    };
    let is_less = value < 0.0 && number.bytes().any(|digit| matches!(digit, b'1'..=b'9'));
    format!("{}{sign}{number}", if is_less { "−" } else { "" })
}

/// A number as machines read it, where people are shown less of it.
pub(crate) fn exactly(measure: &Measure) -> Option<String> {
    let value = measure.value.filter(|value| value.is_finite())?;
    Some(format!("{value}"))
}

/// A length of time in its most telling unit.
fn length(days: f64) -> (String, &'static str) {
    let unit = |number: &str, one: &'static str, many: &'static str| match number {
        "1" => one,
        _ => many,
    };
    let (hours, minutes) = (days * HOURS_A_DAY, days * MINUTES_A_DAY);
    let size = days.abs();
    if size > 0.0 && size * HOURS_A_DAY < 1.0 {
        let number = whole(minutes);
        let unit = unit(&number, "minute", "minutes");
        return (number, unit);
    }
    if size > 0.0 && size < 1.0 && whole(hours) != "24" {
        let number = whole(hours);
        let unit = unit(&number, "hour", "hours");
        return (number, unit);
    }
    let number = match size < WHOLE_DAYS_FROM && size.fract() != 0.0 {
        true => signed_fixed(days, 1).trim_end_matches(".0").to_owned(),
        false => whole(days),
    };
    let unit = unit(&number, "day", "days");
    (number, unit)
}

/// Two lengths of time, their unit once where it is the same.
pub(crate) fn lengths([low, high]: [f64; 2]) -> String {
    let (low, high) = (length(low), length(high));
    match low.1.trim_end_matches('s') == high.1.trim_end_matches('s') {
        true if low.0 == high.0 => format!("{} {}", high.0, high.1),
        true => format!("{} to {} {}", low.0, high.0, high.1),
        false => format!("{} {} to {} {}", low.0, low.1, high.0, high.1),
    }
}

/// The interval of a number, if it has one.
pub(crate) fn interval(measure: &Measure, currency: &Currency) -> Option<String> {
    let [low, high] = measure.interval?;
    Some(match measure.unit {
        Unit::Share => format!("{} to {}", percents(low), share(high)),
        Unit::Days => lengths([low, high]),
        Unit::Money => {
            let [low, high] = [low, high].map(|end| money(end, currency, WHOLE_ESTIMATES_FROM));
            format!("{low} to {high}")
        }
        unit => {
            let [low, high] = [low, high].map(|end| amount(end, unit, currency));
            format!("{low} to {high}")
        }
    })
}

/// By how much a number has changed: per cent for amounts, points for shares. `None` where there is no before.
pub(crate) fn change(now: &Measure, before: &Measure) -> Option<String> {
    let (now_value, before_value) = (now.value?, before.value?);
    let (by, unit) = match now.unit {
        Unit::Share => ((now_value - before_value) * 100.0, " points"),
        _ if before_value <= 0.0 => return None,
        _ => ((now_value / before_value - 1.0) * 100.0, "%"),
    };
    if !by.is_finite() {
        return None;
    }
    let text = format!("{:.1}", by.abs());
    Some(match text == "0.0" {
        true => "unchanged".to_owned(),
        false if by > 0.0 => format!("▲ up {text}{unit}"),
        false => format!("▼ down {text}{unit}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str, decimals: u32) -> Currency {
        Currency {
            code: code.to_owned(),
            decimals,
        }
    }

    #[test]
    fn numbers_are_grouped_and_carry_their_units() {
        assert_eq!(whole(1_234_567.4), "1,234,567");
        assert_eq!(whole(-1_000.0), "−1,000");
        assert_eq!(whole(0.0), "0");
        assert_eq!(whole(-0.2), "0");
        for (part, wanted, short) in [
            (0.1234, "12.3%", "12%"),
            (0.0, "0%", "0%"),
            (1.0, "100%", "100%"),
            (0.000_1, "<0.1%", "<0.1%"),
            (0.999_9, ">99.9%", ">99.9%"),
            (0.041, "4.1%", "4.1%"),
            (-0.05, "−5.0%", "−5.0%"),
            (f64::NAN, "–", "–"),
        ] {
            assert_eq!((&*share(part), &*short_share(part)), (wanted, short));
        }
        let none = Measure::new(None, Unit::Share);
        assert_eq!(plain(&none, &Currency::default()), "–");
    }

    #[test]
    fn money_is_written_as_its_currency_is() {
        for (value, code, decimals, wanted) in [
            (999.5, "EUR", 2, "€999.50"),
            (999.999, "EUR", 2, "€1,000"),
            (12_345.6, "USD", 2, "$12,346"),
            (-12.0, "GBP", 2, "−£12.00"),
            (-0.001, "GBP", 2, "£0.00"),
            (0.0, "EUR", 2, "€0"),
            (814.0, "JPY", 0, "¥814"),
            (1.2345, "KWD", 3, "KWD\u{a0}1.234"),
            (7.5, "XXX", 2, "7.50"),
            (f64::INFINITY, "EUR", 2, "–"),
        ] {
            assert_eq!(
                amount(value, Unit::Money, &currency(code, decimals)),
                wanted
            );
        }
        let euro = currency("EUR", 2);
        let estimate = Measure::within(754.63, Unit::Money, [185.82, 1_375.2]);
        assert_eq!(plain(&estimate, &euro), "€755");
        assert_eq!(
            interval(&estimate, &euro).as_deref(),
            Some("€186 to €1,375")
        );
        assert_eq!(exactly(&estimate).as_deref(), Some("754.63"));
    }

    #[test]
    fn lengths_of_time_are_in_the_unit_that_tells_most() {
        for (days, wanted) in [
            (0.0, "0 days"),
            (0.02, "29 minutes"),
            (0.05, "1 hour"),
            (0.5, "12 hours"),
            (0.99, "1 day"),
            (1.0, "1 day"),
            (3.24, "3.2 days"),
            (9.98, "10 days"),
            (169.2, "169 days"),
        ] {
            assert_eq!(amount(days, Unit::Days, &Currency::default()), wanted);
        }
        assert_eq!(lengths([8.1, 70.0]), "8.1 to 70 days");
        assert_eq!(lengths([0.3, 70.0]), "7 hours to 70 days");
        assert_eq!(lengths([1.0, 2.0]), "1 to 2 days");
        assert_eq!(lengths([90.0, 90.0]), "90 days");
    }

    #[test]
    fn changes_are_told_in_words() {
        let of = |value: f64, unit| Measure::new(value, unit);
        let change = |now, before, unit| super::change(&of(now, unit), &of(before, unit));
        assert_eq!(
            change(110.0, 100.0, Unit::Count).as_deref(),
            Some("▲ up 10.0%")
        );
        assert_eq!(
            change(0.1, 0.15, Unit::Share).as_deref(),
            Some("▼ down 5.0 points")
        );
        assert_eq!(change(1.0, 1.0, Unit::Count).as_deref(), Some("unchanged"));
        assert_eq!(change(1.0, 0.0, Unit::Count), None);
    }
}
