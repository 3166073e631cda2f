//! What a route takes: its fields, checked by the same table that documents them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use perennial_model::{Time, Zone};
use serde_json::{Map, Value};

use crate::problem::Problem;

/// Most bytes of a text field.
const MAX_TEXT_BYTES: usize = 4096;
/// Most texts of a list.
const MAX_LIST: usize = 10_000;

/// A field of a query or of a body.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub form: Form,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub says: &'static str,
}

/// What a field may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text that is not empty.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An instant: RFC 3339, or a date.
    Time,
    /// A whole number up to the given one.
    Count(u64),
    /// `true` or `false`.
    Flag,
    /// An object whose values are texts.
    Texts,
    /// A list of texts that are not empty.
    List,
}

/// A field that must be there.
pub const fn need(name: &'static str, form: Form, says: &'static str) -> Field {
    Field {
        name,
        form,
        required: true,
        says,
    }
}

/// A field that may be left out.
pub const fn may(name: &'static str, form: Form, says: &'static str) -> Field {
    Field {
        name,
        form,
        required: false,
        says,
    }
}

/// The value of a field, read.
#[derive(Clone, Debug, PartialEq)]
enum Given {
    Text(String),
    Time(Time),
    Count(u64),
    Flag(bool),
    Texts(Vec<(String, String)>),
    List(Vec<String>),
}

/// The fields that a request gave, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(BTreeMap<&'static str, Given>);

impl Fields {
    /// Reads a query. Unknown names, and the same name twice, are refused.
    pub fn of_query(query: &str, known: &[Field]) -> Result<Self, Problem> {
        let mut given = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            let field = field(known, &name)?;
            let value = match field.form {
                Form::Count(_) => value.parse::<u64>().map(Value::from).unwrap_or_default(),
                Form::Flag => value.parse().map(Value::Bool).unwrap_or_default(),
                _ => Value::String(value.into_owned()),
            };
            if given.insert(field.name, read(field, value)?).is_some() {
                let message = format!("`{}` is given twice", field.name);
                return Err(Problem::bad(message));
            }
        }
        Self(given).whole(known)
    }

    /// Reads a body: an object with these fields and no others. Nulls count as left out.
    pub fn of_body(body: &[u8], known: &[Field]) -> Result<Self, Problem> {
        let object: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| Problem::new(400, "bad_json", "the body must be a JSON object"))?;
        let mut given = BTreeMap::new();
        for (name, value) in object {
            let field = field(known, &name)?;
            if !value.is_null() {
                given.insert(field.name, read(field, value)?);
            }
        }
        Self(given).whole(known)
    }

    fn whole(self, known: &[Field]) -> Result<Self, Problem> {
        let missing = known
            .iter()
            .find(|field| field.required && !self.0.contains_key(field.name));
        match missing {
            Some(field) => Err(Problem::bad(format!("`{}` is missing", field.name))),
            None => Ok(self),
        }
    }

    /// These and those.
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// A text or word.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// An instant.
    pub fn time(&self, name: &str) -> Option<Time> {
        match self.0.get(name) {
            Some(Given::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// A whole number.
    pub fn count(&self, name: &str) -> Option<u64> {
        match self.0.get(name) {
            Some(Given::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// Whether a flag is given and true.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Given::Flag(true)))
    }

    /// Names and texts.
    pub fn texts(&self, name: &str) -> &[(String, String)] {
        match self.0.get(name) {
            Some(Given::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// A list of texts.
    pub fn list(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(Given::List(list)) => list,
            _ => &[],
        }
    }
}

fn field<'a>(known: &'a [Field], name: &str) -> Result<&'a Field, Problem> {
    let field = known.iter().find(|field| field.name == name);
    // The name itself is not told: it may be anything.
    field.ok_or_else(|| {
        let known: Vec<&str> = known.iter().map(|field| field.name).collect();
        let message = match known.as_slice() {
            [] => "there is a field that is not known: none is taken here".to_owned(),
            known => format!(
                "there is a field that is not known; known are: {}",
                known.join(", ")
            ),
        };
        Problem::new(400, "unknown_field", message)
    })
}

fn read(field: &Field, value: Value) -> Result<Given, Problem> {
    let given = match (field.form, value) {
        (Form::Text, Value::String(text)) if is_text(&text) => Some(Given::Text(text)),
        (Form::Word(words), Value::String(text)) if words.contains(&&*text) => {
            Some(Given::Text(text))
        }
        (Form::Time, Value::String(text)) => Time::parse(&text, &Zone::utc()).ok().map(Given::Time),
        (Form::Count(most), value) => value
            .as_u64()
            .filter(|count| *count <= most)
            .map(Given::Count),
        (Form::Flag, Value::Bool(flag)) => Some(Given::Flag(flag)),
        (Form::Texts, Value::Object(object)) => {
            let pair = |(name, value)| match value {
                Value::String(text) => Some((name, text)),
                _ => None,
            };
            object
                .into_iter()
                .map(pair)
                .collect::<Option<_>>()
                .map(Given::Texts)
        }
        (Form::List, Value::Array(list)) if list.len() <= MAX_LIST => {
            let text = |value| match value {
                Value::String(text) if is_text(&text) => Some(text),
                _ => None,
            };
            list.into_iter()
                .map(text)
                .collect::<Option<_>>()
                .map(Given::List)
        }
        _ => None,
    };
    given.ok_or_else(|| {
        let message = format!("`{}` must be {}", field.name, field.form.words());
        Problem::bad(message)
    })
}

/// Whether a text is one: not empty, not endless, and without NUL.
fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_TEXT_BYTES && !text.contains('\0')
}

fn decoded(text: &str) -> Result<Cow<'_, str>, Problem> {
    let spaced = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(&spaced).collect();
    let text = String::from_utf8(bytes);
    text.map(Cow::Owned)
        .map_err(|_| Problem::bad("the query is no UTF-8"))
}

impl Form {
    /// What it may be, in words.
    pub fn words(self) -> String {
        match self {
            Self::Text => format!("a text of 1 to {MAX_TEXT_BYTES} bytes"),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Time => "a time (RFC 3339) or a date".to_owned(),
            Self::Count(most) => format!("a whole number from 0 to {most}"),
            Self::Flag => "true or false".to_owned(),
            Self::Texts => "an object whose values are texts".to_owned(),
            Self::List => format!("a list of at most {MAX_LIST} texts"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Field] = &[
        need("id", Form::Text, ""),
        may("limit", Form::Count(10), ""),
        may("at", Form::Time, ""),
        may("kind", Form::Word(&["email"]), ""),
        may("plan", Form::Flag, ""),
        may("files", Form::Texts, ""),
        may("ids", Form::List, ""),
    ];

    #[test]
    fn a_query_is_read_and_what_is_wrong_is_refused() {
        let fields = Fields::of_query("id=a%20b+c&limit=3&at=2026-01-02&plan=true", KNOWN).unwrap();
        assert_eq!(fields.text("id"), Some("a b c"));
        assert_eq!(fields.count("limit"), Some(3));
        assert!(fields.time("at").is_some() && fields.flag("plan"));
        for bad in [
            "",
            "id=",
            "id=%00",
            "id=%ff",
            "id=a&id=b",
            "id=a&x=1",
            "id=a&limit=11",
            "id=a&limit=-1",
            "id=a&limit=1e0",
            "id=a&at=soon",
            "id=a&kind=fax",
            "id=a&plan=1",
        ] {
            let problem = Fields::of_query(bad, KNOWN).unwrap_err();
            assert_eq!(problem.status, 400, "{bad}");
        }
    }

    #[test]
    fn a_body_is_read_and_what_is_wrong_is_refused() {
        let body = br#"{"id":"a","files":{"a.yaml":"x"},"ids":["1"],"kind":null}"#;
        let fields = Fields::of_body(body, KNOWN).unwrap();
        assert_eq!(
            fields.texts("files"),
            [("a.yaml".to_owned(), "x".to_owned())]
        );
        assert_eq!(
            (fields.list("ids"), fields.text("kind")),
            (&["1".to_owned()][..], None)
        );
        for bad in [
            "",
            "[]",
            "1",
            "{",
            "{}",
            r#"{"id":1}"#,
            r#"{"id":" "}"#,
            r#"{"id":"a","role":"admin"}"#,
            r#"{"id":"a","files":{"a":1}}"#,
            r#"{"id":"a","ids":[1]}"#,
            r#"{"id":"a","plan":"true"}"#,
        ] {
            let problem = Fields::of_body(bad.as_bytes(), KNOWN).unwrap_err();
            assert_eq!(problem.status, 400, "{bad}");
            assert!(
                !problem.message.contains("role"),
                "what was sent is not told"
            );
        }
    }
}
