//! What the first values of a column look like.

use std::collections::HashSet;

use perennial_model::{Number, Zone};

use crate::read::names::{are_event_names, plain};
use crate::read::reject::shown;
use crate::read::sample::Sample;
use crate::read::time::Times;

/// Different values kept at most.
const MOST_DISTINCT: usize = 1_000;

/// Dates in other than ISO order.
const DATES: [&str; 20] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d %b %Y",
    "%b %d, %Y",
    "%b %d %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %B %Y",
    "%B %d, %Y",
    "%a, %d %b %Y",
    "%Y.%m.%d",
    "%Y-%m-%d",
];
/// Times of day behind them.
const TIMES: [&str; 9] = [
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %H:%M:%S",
    " %H:%M:%S %z",
    "T%H:%M:%S",
];

/// What the first values of a column look like; counts are of values that are not empty.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The column.
    pub name: String,
    /// The first value.
    pub example: Option<String>,
    /// Values.
    pub values: usize,
    /// Rows, of which `values` hold something.
    pub rows: usize,
    /// Different values, up to a thousand.
    pub distinct: usize,
    /// Values that are numbers.
    pub numbers: usize,
    /// Of them, whole numbers.
    pub whole: usize,
    /// Numbers that begin with a nought, as codes do.
    pub leading_noughts: usize,
    /// Values that are times in a form which is read by itself.
    pub times: usize,
    /// Formats that fit all values, where that is needed.
    pub time_formats: Vec<String>,
    /// Values that look like mail addresses.
    pub emails: usize,
    /// Values without space, of at most 64 characters.
    pub words: usize,
    /// Whether the values read like names of events.
    pub event_names: bool,
}

impl Profile {
    /// The profiles of all columns of a sample.
    pub(crate) fn of_all(sample: &Sample, zone: &Zone) -> Vec<Self> {
        let times = super::usual(zone);
        let columns = sample.names.iter().zip(&sample.values);
        columns
            .map(|(name, values)| Self::of(name, values, sample.rows, &times))
            .collect()
    }

    fn of(name: &str, values: &[String], rows: usize, times: &Times) -> Self {
        let count = |pass: &dyn Fn(&str) -> bool| values.iter().filter(|v| pass(v.trim())).count();
        let distinct: HashSet<&String> = values.iter().take(MOST_DISTINCT).collect();
        let is_bare = |value: &str| value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        // Bare numbers are times only if all of them lie in our days, and the name does not deny it.
        let read = |value: &str| match times.read(value) {
            Ok(ms) => !is_bare(value) || (631_152_000_000..4_102_444_800_000).contains(&ms),
            Err(_) => false,
        };
        let readable = count(&read);
        Self {
            name: name.to_owned(),
            example: values.first().cloned(),
            values: values.len(),
            rows,
            distinct: distinct.len(),
            numbers: count(&|value| Number::parse(value).is_ok()),
            whole: count(&|value| value.parse::<i64>().is_ok()),
            leading_noughts: count(&|value| {
                value.len() > 1
                    && value.starts_with('0')
                    && value.bytes().all(|b| b.is_ascii_digit())
            }),
            times: readable,
            time_formats: if readable < values.len() {
                time_formats(values)
            } else {
                Vec::new()
            },
            emails: count(&is_mail_address),
            words: count(&|value| value.len() <= 64 && !value.contains(char::is_whitespace)),
            event_names: are_event_names(values),
        }
    }

    /// Whether all values are times that are read without being told how.
    pub(crate) const fn is_usual_time(&self) -> bool {
        self.values > 0 && self.times * 20 >= self.values * 19
    }

    /// Whether the values are times of any form.
    pub(crate) const fn is_time(&self) -> bool {
        self.is_usual_time() || !self.time_formats.is_empty()
    }

    /// Whether the values are mail addresses.
    pub(crate) const fn is_email(&self) -> bool {
        self.values > 0 && self.emails * 10 >= self.values * 9
    }

    /// Whether the values are numbers.
    pub(crate) const fn is_number(&self) -> bool {
        self.values > 0 && self.numbers == self.values
    }

    /// Whether the values are whole numbers.
    pub(crate) const fn is_whole(&self) -> bool {
        self.values > 0 && self.whole == self.values
    }

    /// Whether the values are digits, some with a nought before them.
    pub(crate) const fn is_code(&self) -> bool {
        self.is_whole() && self.leading_noughts > 0
    }

    /// Whether the values are ids of customers: always there, words or whole numbers, and called so
    /// or words that come again.
    pub(crate) fn is_id(&self) -> bool {
        let name = plain(&self.name);
        let called = ["id", "no", "key", "code", "number"]
            .iter()
            .any(|end| name.ends_with(end));
        let is_word = self.words == self.values && (self.is_whole() || self.numbers == 0);
        let comes_again = self.distinct > 1 && self.distinct < self.values;
        let is_likely = called || (comes_again && self.numbers == 0);
        self.values * 2 > self.rows && is_word && !self.is_time() && is_likely
    }

    /// Whether the values are names of events: few, and made of the usual words.
    pub(crate) const fn is_event(&self) -> bool {
        self.event_names && self.distinct <= 200 && !self.is_email() && self.numbers == 0
    }

    /// What the values are, for people.
    pub(crate) fn describe(&self) -> String {
        let (values, distinct) = (self.values, self.distinct);
        if self.values == 0 {
            return "it is empty".to_owned();
        }
        let what = if self.is_email() {
            "mail addresses".to_owned()
        } else if self.is_number() && !self.is_usual_time() {
            "numbers".to_owned()
        } else if self.is_usual_time() {
            "times".to_owned()
        } else if let [format] = self.time_formats.as_slice() {
            format!("times as \"{format}\"")
        } else {
            "texts".to_owned()
        };
        format!("{values} {what}, {distinct} different")
    }

    /// The example as it is shown.
    pub(crate) fn shown_example(&self) -> String {
        self.example
            .as_deref()
            .map_or("(empty)".to_owned(), |text| {
                shown(text).trim_matches('`').to_owned()
            })
    }
}

/// Something, an at sign, something with a dot.
fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty()
        && !text.contains(char::is_whitespace)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

/// The one format that fits all values.
pub(crate) fn time_format(values: &[String]) -> Option<String> {
    match time_formats(values).as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// All formats that fit all values, with years of our days.
pub(crate) fn time_formats(values: &[String]) -> Vec<String> {
    let has_digits = |value: &String| value.bytes().any(|b| b.is_ascii_digit());
    if values.is_empty() || !values.iter().all(has_digits) {
        return Vec::new();
    }
    let formats = DATES
        .iter()
        .flat_map(|date| TIMES.iter().map(move |time| format!("{date}{time}")));
    let fits = |format: &String| {
        let times = Times::new(Some(format), &Zone::utc());
        let years = -2_208_988_800_000..4_102_444_800_000;
        values
            .iter()
            .all(|value| times.read(value).is_ok_and(|ms| years.contains(&ms)))
    };
    formats.filter(fits).collect()
}
