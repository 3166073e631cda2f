//! Scalars: the kinds of word, text and number that a setting may hold, and how they are read.

use perennial_model::{Duration, Number, NumberError, Time, Zone};

use super::limit::{NAME_CHARS, TEXT_CHARS};
use crate::project::currency;

/// The word for a time without end.
pub const FOREVER: &str = "forever";

/// A kind of scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Any text that is not empty.
    Text,
    /// The name of something that the project defines.
    Name,
    /// The name of a stage, or `none`.
    Stage,
    /// A rule.
    Rule,
    /// `true` or `false`.
    Bool,
    /// A whole number between two ends, both included.
    Whole(i64, i64),
    /// A decimal number.
    Number,
    /// A length of time.
    Duration,
    /// A length of time longer than nought.
    Positive,
    /// A length of time longer than nought, or `forever`.
    Kept,
    /// An IANA time zone.
    Zone,
    /// An ISO 4217 currency code.
    Currency,
    /// A year, a month or a day of the calendar.
    Date,
    /// The character between two cells.
    Delimiter,
    /// A pattern of times.
    TimeFormat,
    /// The name of a kind of event.
    Event,
    /// One of some words.
    OneOf(&'static [&'static str]),
}

/// Why a text is not of a kind: the code, what it is instead, and a way out if there is a particular one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The diagnostic's code.
    pub code: &'static str,
    /// What stands there.
    pub label: String,
    /// The way out.
    pub help: Option<String>,
}

impl Scalar {
    /// What is expected, as it reads after «must be».
    pub fn expected(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Name => "a name".to_owned(),
            Self::Stage => "the name of a stage or `none`".to_owned(),
            Self::Rule => "a rule".to_owned(),
            Self::Bool => "`true` or `false`".to_owned(),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Number => "a number".to_owned(),
            Self::Duration => "a length of time".to_owned(),
            Self::Positive => "a length of time longer than nought".to_owned(),
            Self::Kept => "a length of time longer than nought or `forever`".to_owned(),
            Self::Zone => "a time zone".to_owned(),
            Self::Currency => "a currency code".to_owned(),
            Self::Date => "a date".to_owned(),
            Self::Delimiter => "one character or `tab`".to_owned(),
            Self::TimeFormat => "a pattern of times".to_owned(),
            Self::Event => "the name of an event".to_owned(),
            Self::OneOf([word]) => format!("`{word}`"),
            Self::OneOf(words) => format!("one of {}", quoted(words)),
        }
    }

    /// Whether a text is of this kind.
    ///
    /// # Errors
    /// A [`Misfit`] where it is not.
    pub fn admit(self, text: &str, quoted: bool) -> Result<(), Misfit> {
        // Rules have limits and complaints of their own.
        if self == Self::Rule {
            return Ok(());
        }
        if text.chars().count() > TEXT_CHARS {
            return misfit(
                "E0111",
                format!("longer than {TEXT_CHARS} characters"),
                Some("make it shorter".to_owned()),
            );
        }
        if text.trim().is_empty() && self != Self::Delimiter {
            return misfit("E0111", "empty", None);
        }
        match self {
            Self::Text | Self::Rule => Ok(()),
            Self::Name => admit_name(text),
            Self::Stage if text == "none" => Ok(()),
            Self::Stage => admit_name(text),
            Self::Bool => admit_bool(text, quoted),
            Self::Whole(..) | Self::Number => self.admit_number(text, quoted),
            Self::Kept if text == FOREVER => Ok(()),
            Self::Duration | Self::Positive | Self::Kept => self.admit_duration(text),
            Self::Zone => admit_zone(text),
            Self::Currency => admit_currency(text),
            Self::Date if is_date(text) => Ok(()),
            Self::Date => {
                let help = "write a year, a month or a day: `2024`, `2024-06`, `2024-06-30`";
                misfit("E0111", "no such date", Some(help.to_owned()))
            }
            Self::Delimiter if delimiter(text).is_some() => Ok(()),
            Self::Delimiter => misfit("E0111", "not one ASCII character", None),
            Self::TimeFormat if text.contains('%') => Ok(()),
            Self::TimeFormat => {
                let help = "write it with `%Y`, `%m`, `%d`, `%H`, `%M`, `%S`: `\"%d.%m.%Y %H:%M\"`";
                misfit("E0111", "no `%` in it", Some(help.to_owned()))
            }
            Self::Event if !super::super::normalize_event_name(text).is_empty() => Ok(()),
            Self::Event => misfit("E0111", "nothing but punctuation", None),
            Self::OneOf(words) if words.contains(&text) => Ok(()),
            Self::OneOf(words) => {
                let meant = did_you_mean(text, words.iter().copied());
                misfit("E0104", "not one of these words", meant)
            }
        }
    }

    fn admit_number(self, text: &str, quoted: bool) -> Result<(), Misfit> {
        if quoted {
            return misfit(
                "E0105",
                "a text",
                Some("write the number without quotes".to_owned()),
            );
        }
        let fits = match self {
            Self::Whole(least, most) => whole(text, least, most).is_some(),
            _ => Number::parse(text).is_ok(),
        };
        if fits {
            return Ok(());
        }
        let label = match Number::parse(text) {
            Err(NumberError::NotANumber) => "not a number",
            _ => "out of range",
        };
        misfit("E0105", label, None)
    }

    fn admit_duration(self, text: &str) -> Result<(), Misfit> {
        match Duration::parse(text) {
            Ok(duration) if duration.ms() > 0 || self == Self::Duration => Ok(()),
            Ok(_) => misfit("E0106", "nought", None),
            Err(_) => {
                let help = "write a whole number with a unit: `30s`, `15m`, `12h`, `90d`, `4w`";
                misfit("E0106", "not a length of time", Some(help.to_owned()))
            }
        }
    }
}

/// Whether a text is a year, a month or a day of the calendar.
fn is_date(text: &str) -> bool {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return false,
    };
    let digits = whole.bytes().enumerate();
    let mut digits = digits.filter(|(place, _)| ![4, 7].contains(place));
    digits.all(|(_, byte)| byte.is_ascii_digit()) && Time::parse(&whole, &Zone::utc()).is_ok()
}

/// A whole number between two ends.
pub fn whole(text: &str, least: i64, most: i64) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (least..=most).contains(&number).then_some(number)
}

/// The byte between two cells.
pub fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        b"tab" => Some(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => Some(*byte),
        _ => None,
    }
}

/// Words in back quotes with commas between them.
pub fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// The way out by the nearest known word.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = crate::suggest::did_you_mean(word, known)?;
    Some(format!("did you mean `{near}`?"))
}

fn misfit(
    code: &'static str,
    label: impl Into<String>,
    help: Option<String>,
) -> Result<(), Misfit> {
    Err(Misfit {
        code,
        label: label.into(),
        help,
    })
}

fn admit_name(text: &str) -> Result<(), Misfit> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let rule =
        "a name begins with a lower-case letter, and holds lower-case letters, digits, `_` and `-`";
    if text == "none" {
        let help = "`none` means outside the lifecycle: take another word";
        return misfit("E0109", "a reserved word", Some(help.to_owned()));
    }
    if text.chars().count() > NAME_CHARS {
        return misfit(
            "E0109",
            format!("longer than {NAME_CHARS} characters"),
            Some("make it shorter".to_owned()),
        );
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.chars().all(allowed) {
        let tidy: String = text
            .trim()
            .chars()
            .flat_map(char::to_lowercase)
            .map(|c| if allowed(c) { c } else { '_' })
            .collect();
        let tidy = tidy.trim_matches('_');
        let valid = tidy.starts_with(|c: char| c.is_ascii_lowercase());
        let help = if valid {
            format!("{rule}: `{tidy}`")
        } else {
            rule.to_owned()
        };
        return misfit("E0109", "not a name", Some(help));
    }
    Ok(())
}

fn admit_bool(text: &str, quoted: bool) -> Result<(), Misfit> {
    if !quoted && bool_of(text).is_some() {
        return Ok(());
    }
    let help = match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => "write `true`, without quotes",
        "false" | "no" | "off" | "0" => "write `false`, without quotes",
        _ => "write `true` or `false`",
    };
    misfit("E0110", "neither true nor false", Some(help.to_owned()))
}

/// `true` or `false`.
pub fn bool_of(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn admit_zone(text: &str) -> Result<(), Misfit> {
    if Zone::named(text).is_some() {
        return Ok(());
    }
    // Many write the city alone.
    let city = |zone: &&str| {
        let city = zone.rsplit('/').next().unwrap_or(zone);
        crate::suggest::did_you_mean(text, [city]).is_some()
    };
    let help = did_you_mean(text, ZONES.split_whitespace())
        .or_else(|| {
            Some(format!(
                "did you mean `{}`?",
                ZONES.split_whitespace().find(city)?
            ))
        })
        .unwrap_or_else(|| "write an IANA name such as `Europe/Berlin` or `UTC`".to_owned());
    misfit("E0107", "no such time zone", Some(help))
}

fn admit_currency(text: &str) -> Result<(), Misfit> {
    if currency::find(text).is_some() {
        return Ok(());
    }
    let help = did_you_mean(text, currency::codes())
        .unwrap_or_else(|| "write an ISO 4217 code such as `EUR`".to_owned());
    misfit("E0108", "no such currency", Some(help))
}

/// Time zones that are suggested for one that is not known; many more are accepted.
const ZONES: &str = "UTC Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Brussels Europe/Budapest \
    Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London \
    Europe/Madrid Europe/Moscow Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Stockholm \
    Europe/Vienna Europe/Warsaw Europe/Zurich America/New_York America/Chicago America/Denver \
    America/Los_Angeles America/Phoenix America/Toronto America/Vancouver America/Mexico_City \
    America/Bogota America/Lima America/Santiago America/Sao_Paulo America/Argentina/Buenos_Aires \
    Asia/Dubai Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Bangkok Asia/Jakarta Asia/Singapore \
    Asia/Hong_Kong Asia/Shanghai Asia/Taipei Asia/Manila Asia/Seoul Asia/Tokyo Asia/Jerusalem \
    Asia/Riyadh Australia/Perth Australia/Adelaide Australia/Brisbane Australia/Sydney \
    Australia/Melbourne Pacific/Auckland Pacific/Honolulu Africa/Cairo Africa/Casablanca \
    Africa/Johannesburg Africa/Lagos Africa/Nairobi";
