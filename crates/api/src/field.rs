//! What a route takes: its fields, checked by the same table that documents them.

mod questions;

use std::borrow::Cow;
use std::collections::BTreeMap;

use perennial_model::{Time, Zone};
use serde_json::{Map, Value};

use crate::analyst::Ask;
use crate::problem::Problem;
use questions::{MAX_QUESTIONS, other, questions};

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
    /// Questions by name: objects of `question` and `options`.
    Questions,
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
    Questions(Vec<(String, Ask)>),
}

/// The fields that a request gave, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    given: BTreeMap<&'static str, Given>,
    /// Names of a query that are no fields, with their values, in the order given.
    others: Vec<(String, String)>,
}

impl Fields {
    /// Reads a query. The same name twice is refused, and unknown names are where `takes_others` is not said.
    pub fn of_query(query: &str, known: &[Field], takes_others: bool) -> Result<Self, Problem> {
        let (mut given, mut others) = (BTreeMap::new(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if takes_others && known.iter().all(|field| field.name != name) {
                others.push(other(&name, value.into_owned())?);
                continue;
            }
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
        Self { given, others }.whole(known)
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
        let others = Vec::new();
        Self { given, others }.whole(known)
    }

    fn whole(self, known: &[Field]) -> Result<Self, Problem> {
        let missing = known
            .iter()
            .find(|field| field.required && !self.given.contains_key(field.name));
        match missing {
            Some(field) => Err(Problem::bad(format!("`{}` is missing", field.name))),
            None => Ok(self),
        }
    }

    /// These and those.
    pub fn and(mut self, others: Self) -> Self {
        self.given.extend(others.given);
        self.others.extend(others.others);
        self
    }

    /// A text or word.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.given.get(name) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// An instant.
    pub fn time(&self, name: &str) -> Option<Time> {
        match self.given.get(name) {
            Some(Given::Time(time)) => Some(*time),
            _ => None,
        }
    }

    /// A whole number.
    pub fn count(&self, name: &str) -> Option<u64> {
        match self.given.get(name) {
            Some(Given::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// Whether a flag is given and true.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.given.get(name), Some(Given::Flag(true)))
    }

    /// Names and texts.
    pub fn texts(&self, name: &str) -> &[(String, String)] {
        match self.given.get(name) {
            Some(Given::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// Names of the query that are no fields, with their values.
    pub fn others(&self) -> &[(String, String)] {
        &self.others
    }

    /// Questions by name.
    pub fn questions(&self, name: &str) -> &[(String, Ask)] {
        match self.given.get(name) {
            Some(Given::Questions(questions)) => questions,
            _ => &[],
        }
    }

    /// A list of texts.
    pub fn list(&self, name: &str) -> &[String] {
        match self.given.get(name) {
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
        (Form::Questions, Value::Object(object)) => questions(object).map(Given::Questions),
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
            Self::Questions => format!(
                "an object of 1 to {MAX_QUESTIONS} objects with `question`, a text, and `options`, an object \
                 of texts, numbers, truths and lists of these"
            ),
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
        let fields =
            Fields::of_query("id=a%20b+c&limit=3&at=2026-01-02&plan=true", KNOWN, false).unwrap();
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
            let problem = Fields::of_query(bad, KNOWN, false).unwrap_err();
            assert_eq!(problem.status, 400, "{bad}");
        }
    }

    #[test]
    fn names_of_a_query_may_be_left_open_and_come_again() {
        let fields =
            Fields::of_query("id=a&step=x%3D1&step=y+z&list&by_limit=3", KNOWN, true).unwrap();
        let others: Vec<(&str, &str)> = fields
            .others()
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let wanted = [
            ("step", "x=1"),
            ("step", "y z"),
            ("list", ""),
            ("by_limit", "3"),
        ];
        assert_eq!(others, wanted);
        for bad in ["id=a&=x", "id=a&a%20b=1", "id=a&x=%00", "id=a&id=b&x=1"] {
            assert_eq!(
                Fields::of_query(bad, KNOWN, true).unwrap_err().status,
                400,
                "{bad}"
            );
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
