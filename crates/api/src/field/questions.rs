//! Options and questions whose names the table of routes does not know.

use serde_json::{Map, Value};

use super::{MAX_LIST, MAX_TEXT_BYTES, is_text};
use crate::analyst::Ask;
use crate::problem::Problem;

/// Most questions of an inquiry.
pub const MAX_QUESTIONS: usize = 20;

/// A name and a value of a query whose names are not all known.
pub fn other(name: &str, value: String) -> Result<(String, String), Problem> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(Problem::new(
            400,
            "unknown_field",
            "there is a name in the query that nothing has",
        ));
    }
    if value.len() > MAX_TEXT_BYTES || value.contains('\0') {
        let message =
            format!("a value of the query is more than {MAX_TEXT_BYTES} bytes, or holds NUL");
        return Err(Problem::bad(message));
    }
    Ok((name.to_owned(), value))
}

/// Questions by name, as a body gives them; nothing where they are none.
pub fn questions(object: Map<String, Value>) -> Option<Vec<(String, Ask)>> {
    if object.is_empty() || object.len() > MAX_QUESTIONS {
        return None;
    }
    let one = |(name, value): (String, Value)| {
        let Value::Object(mut own) = value else {
            return None;
        };
        let question = match own.remove("question")? {
            Value::String(text) if is_text(&text) => text,
            _ => return None,
        };
        let options = match own.remove("options").unwrap_or_default() {
            Value::Null => Vec::new(),
            Value::Object(options) => options_of(options)?,
            _ => return None,
        };
        (own.is_empty() && is_text(&name)).then_some((name, Ask { question, options }))
    };
    object.into_iter().map(one).collect()
}

/// Options as a body gives them: lists are options that come again, `true` is a flag, `false` and null none.
fn options_of(options: Map<String, Value>) -> Option<Vec<(String, String)>> {
    let mut read = Vec::new();
    for (name, value) in options {
        let values = match value {
            Value::Array(values) if values.len() <= MAX_LIST => values,
            Value::Array(_) => return None,
            value => vec![value],
        };
        for value in values {
            let text = match value {
                Value::Null | Value::Bool(false) => continue,
                Value::Bool(true) => String::new(),
                Value::Number(number) => number.to_string(),
                Value::String(text) => text,
                Value::Array(_) | Value::Object(_) => return None,
            };
            read.push(other(&name, text).ok()?);
        }
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use crate::field::{Field, Fields, Form, need};

    #[test]
    fn questions_are_read_and_what_is_wrong_is_refused() {
        const ASKED: &[Field] = &[need("questions", Form::Questions, "")];
        let body = br#"{"questions":{"a":{"question":"funnel","options":
            {"steps":["x","y"],"list":true,"wide":false,"by_limit":3,"by":null}},"b":{"question":"kpis"}}}"#;
        let fields = Fields::of_body(body, ASKED).unwrap();
        let questions = fields.questions("questions");
        let mut options = questions[0].1.options.clone();
        options.sort();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let wanted = [
            pair("by_limit", "3"),
            pair("list", ""),
            pair("steps", "x"),
            pair("steps", "y"),
        ];
        assert_eq!(options, wanted);
        assert_eq!((&*questions[1].0, &*questions[1].1.question), ("b", "kpis"));
        for bad in [
            r#"{"questions":{}}"#,
            r#"{"questions":[]}"#,
            r#"{"questions":{"a":1}}"#,
            r#"{"questions":{"a":{}}}"#,
            r#"{"questions":{"a":{"question":"x","more":1}}}"#,
            r#"{"questions":{"a":{"question":"x","options":[]}}}"#,
            r#"{"questions":{"a":{"question":"x","options":{"a":{}}}}}"#,
            r#"{"questions":{"a":{"question":"x","options":{"a":[[]]}}}}"#,
            r#"{"questions":{"a":{"question":"x","options":{"--a b":1}}}}"#,
        ] {
            assert_eq!(
                Fields::of_body(bad.as_bytes(), ASKED).unwrap_err().status,
                400,
                "{bad}"
            );
        }
    }
}
