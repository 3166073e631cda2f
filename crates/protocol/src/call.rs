//! A request as the rest of the crate sees it: borrowed, and inflated.

use std::borrow::Cow;

/// The headers of a request.
pub trait Headers {
    /// The value of a header, whatever the case of its name; the first of several.
    fn get(&self, name: &str) -> Option<&str>;
}

/// Pairs of name and value, in any case.
impl Headers for [(&str, &str)] {
    fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}

/// Pairs of name and value, in any case.
impl Headers for Vec<(String, String)> {
    fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// No headers but these.
impl<const N: usize> Headers for [(&str, &str); N] {
    fn get(&self, name: &str) -> Option<&str> {
        Headers::get(self.as_slice(), name)
    }
}

/// A request.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path as it came, not decoded, without the query.
    pub path: &'a str,
    /// The query without its question mark; empty where there is none.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a dyn Headers,
    /// The body, inflated (see [`crate::inflate`]).
    pub body: &'a [u8],
}

impl<'a> Call<'a> {
    /// The value of a name in the query, decoded; none where it is empty.
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        parameter(self.query, name)
    }

    /// The value of a header without space around it; none where it is empty.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let value = self.headers.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The segments of the path that are not empty, not decoded.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &'a str> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }
}

/// The value of a name in `a=1&b=2`, decoded; none where it is empty.
pub(crate) fn parameter<'a>(form: &'a str, name: &str) -> Option<Cow<'a, str>> {
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(known, value)| *known == name && !value.is_empty())
        .and_then(|(_, value)| decode(value, true))
}

/// A text without `%41`, and without `+` for space where `form` says so; none if it is then no UTF-8.
pub(crate) fn decode(text: &str, form: bool) -> Option<Cow<'_, str>> {
    let plus = form && text.contains('+');
    if !text.contains('%') && !plus {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digit = |place: usize| char::from(*bytes.get(place)?).to_digit(16);
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
                continue;
            }
            (b'+', ..) if form => out.push(b' '),
            _ => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}
