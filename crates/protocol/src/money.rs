//! Amounts of money as numbers of JSON in major units, exact.

use perennial_model::Number;

use crate::scan::Scan;
use crate::slot::Sort;

/// Currencies that Stripe counts in whole units. Two more have no smaller coin (ISK, UGX) but are
/// counted in hundredths all the same.
const WHOLE: [&str; 15] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
];
/// Currencies counted in thousandths.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// Minor units of a currency (in capitals) as a decimal of major units.
pub(crate) fn major(minor: i64, currency: &str) -> String {
    let places = if WHOLE.contains(&currency) {
        0
    } else if THOUSANDTHS.contains(&currency) {
        3
    } else {
        2
    };
    if places == 0 {
        return minor.to_string();
    }
    let unit = 10_u64.pow(places);
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, part) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    format!("{sign}{whole}.{part:0width$}", width = places as usize)
}

/// A text that is a number of JSON, as it is.
pub(crate) fn number(text: &str) -> Option<&str> {
    let text = text.trim();
    let mut scan = Scan::new(text);
    let is_number = scan.value().is_ok_and(|slot| slot.sort == Sort::Number);
    (is_number && scan.end().is_ok()).then_some(text)
}

/// The sum of decimals, none if one of them is no number.
pub(crate) fn sum(amounts: impl IntoIterator<Item = impl AsRef<str>>) -> Option<String> {
    let mut total = Number::ZERO;
    for amount in amounts {
        total = total.saturating_add(Number::parse(amount.as_ref()).ok()?);
    }
    Some(total.to_string())
}
