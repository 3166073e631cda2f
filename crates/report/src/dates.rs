//! Dates and instants as people read them.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A date such as `2025-12-31` as «31 Dec 2025», a month such as `2025-12` as «Dec 2025»; other texts stay. A month and its year stay
/// in one line.
pub fn date_in_words(text: &str) -> String {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize| match part.len() == digits {
        true if part.bytes().all(|b| b.is_ascii_digit()) => part.parse::<usize>().ok(),
        _ => None,
    };
    let found = match parts[..] {
        [year, month] => number(year, 4)
            .zip(number(month, 2))
            .map(|(_, month)| (None, month)),
        [year, month, day] => number(year, 4)
            .and(number(day, 2))
            .zip(number(month, 2))
            .map(|(day, month)| (Some(day), month)),
        _ => None,
    };
    let named = found.and_then(|(day, month)| Some((day, MONTHS.get(month.checked_sub(1)?)?)));
    match named {
        Some((Some(day), month)) => format!("{day} {month}\u{a0}{}", parts[0]),
        Some((None, month)) => format!("{month}\u{a0}{}", parts[0]),
        None => text.to_owned(),
    }
}

/// An instant to the minute, such as «31 Dec 2025, 23:09 UTC»; other texts stay as they are.
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
    format!("{}, {clock}{zone}", date_in_words(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_in_words_and_instants_to_the_minute() {
        for (text, wanted) in [
            ("2025-12-31", "31 Dec\u{a0}2025"),
            ("2025-01", "Jan\u{a0}2025"),
            ("2025-13", "2025-13"),
            ("2025-00-01", "2025-00-01"),
            ("a-b-c", "a-b-c"),
            ("Q1", "Q1"),
        ] {
            assert_eq!(date_in_words(text), wanted);
        }
        for (text, wanted) in [
            ("2025-12-31T23:09:24.349Z", "31 Dec\u{a0}2025, 23:09 UTC"),
            (
                "2025-12-31T23:09:24.349+01:00",
                "31 Dec\u{a0}2025, 23:09 UTC+01:00",
            ),
            ("2025-12-31T23:09:24+00:00", "31 Dec\u{a0}2025, 23:09 UTC"),
            ("yesterday", "yesterday"),
            ("", ""),
        ] {
            assert_eq!(moment(text), wanted);
        }
    }
}
