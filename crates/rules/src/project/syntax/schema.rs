//! JSON Schemas (draft 2020-12) of the project's files, for editors, printed from the table.
//!
//! A schema accepts what [`check`](super::check) accepts, with two differences: a
//! section of the project file with nothing behind it counts as not written here, and editors
//! underline it; and editors know neither time
//! zones nor the grammar of rules.

use super::limit::{NAME_CHARS, TEXT_CHARS};
use super::scalar::Scalar;
use super::table::{KPIS, LIFECYCLE, PROJECT, SEGMENT_MAP, TOUCHPOINT_MAP};
use super::{Section, Setting, Type};
use crate::project::currency;

/// The schemas, by file name.
pub fn schemas() -> Vec<(&'static str, String)> {
    let files = [
        (
            "perennial.schema.json",
            "perennial.yaml",
            PROJECT.doc,
            &Type::Section(&PROJECT),
        ),
        (
            "touchpoints.schema.json",
            "touchpoints.yaml",
            "The kinds of event that matter, by name.",
            &TOUCHPOINT_MAP,
        ),
        (
            "lifecycle.schema.json",
            "lifecycles/*.yaml",
            LIFECYCLE.doc,
            &Type::Section(&LIFECYCLE),
        ),
        (
            "segments.schema.json",
            "segments.yaml",
            "Named rules that customers enter and leave.",
            &SEGMENT_MAP,
        ),
        (
            "kpis.schema.json",
            "kpis.yaml",
            KPIS.doc,
            &Type::Section(&KPIS),
        ),
    ];
    let print = |(file, title, doc, root)| (file, document(title, doc, root));
    files.into_iter().map(print).collect()
}

/// A JSON value, as far as schemas need it.
enum Json {
    Bool(bool),
    Whole(i64),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn texts(texts: impl IntoIterator<Item = &'static str>) -> Json {
    Json::List(texts.into_iter().map(text).collect())
}

fn whole(number: usize) -> Json {
    Json::Whole(i64::try_from(number).unwrap_or(i64::MAX))
}

fn map<const N: usize>(entries: [(&str, Json); N]) -> Vec<(String, Json)> {
    entries
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect()
}

fn document(title: &str, doc: &str, root: &Type) -> String {
    let mut used = Vec::new();
    collect(root, &mut used);
    let mut schema = map([
        (
            "$schema",
            text("https://json-schema.org/draft/2020-12/schema"),
        ),
        ("title", text(title)),
        ("description", text(doc)),
    ]);
    schema.extend(of_type(root));
    let definitions = used
        .iter()
        .map(|section| (section.name.to_owned(), Json::Map(of_section(section))));
    schema.push(("$defs".to_owned(), Json::Map(definitions.collect())));
    let mut out = String::new();
    print(&Json::Map(schema), 0, &mut out);
    out.push('\n');
    out
}

/// The sections that a type reaches, each once.
fn collect(kind: &Type, used: &mut Vec<&'static Section>) {
    match kind {
        Type::Scalar(_) => {}
        Type::List(one, _) | Type::OneOrMany(one, _) => collect(one, used),
        Type::Map { values, .. } => collect(values, used),
        Type::Either(forms) => forms.iter().for_each(|form| collect(form, used)),
        Type::Section(section) => {
            if !used.iter().any(|known| known.name == section.name) {
                used.push(section);
                section
                    .settings
                    .iter()
                    .for_each(|setting| collect(&setting.value, used));
            }
        }
    }
}

fn of_section(section: &Section) -> Vec<(String, Json)> {
    let property = |setting: &Setting| {
        let mut schema = of_type(&setting.value);
        let doc = format!("{} Example: {}", setting.doc, setting.example);
        schema.push(("description".to_owned(), Json::Text(doc)));
        (setting.name.to_owned(), Json::Map(schema))
    };
    let mut schema = map([
        ("type", text("object")),
        ("description", text(section.doc)),
        (
            "properties",
            Json::Map(section.settings.iter().map(property).collect()),
        ),
        ("additionalProperties", Json::Bool(false)),
    ]);
    let required: Vec<_> = section
        .settings
        .iter()
        .filter(|setting| setting.required)
        .collect();
    if !required.is_empty() {
        let names = required.iter().map(|setting| setting.name);
        schema.push(("required".to_owned(), texts(names)));
    }
    schema
}

fn of_type(kind: &Type) -> Vec<(String, Json)> {
    let any_of = |forms: Vec<Vec<(String, Json)>>| {
        map([(
            "anyOf",
            Json::List(forms.into_iter().map(Json::Map).collect()),
        )])
    };
    match kind {
        Type::Scalar(scalar) => of_scalar(*scalar),
        Type::List(one, most) => list(one, *most),
        Type::OneOrMany(one, most) => {
            let mut several = list(one, *most);
            several.push(("minItems".to_owned(), Json::Whole(1)));
            any_of(vec![of_type(one), several])
        }
        Type::Map { keys, values, most } => map([
            ("type", text("object")),
            ("propertyNames", Json::Map(of_key(*keys))),
            ("additionalProperties", Json::Map(of_type(values))),
            ("maxProperties", whole(*most)),
        ]),
        Type::Section(section) => map([("$ref", Json::Text(format!("#/$defs/{}", section.name)))]),
        Type::Either(forms) => any_of(forms.iter().map(of_type).collect()),
    }
}

fn list(one: &Type, most: usize) -> Vec<(String, Json)> {
    map([
        ("type", text("array")),
        ("items", Json::Map(of_type(one))),
        ("maxItems", whole(most)),
    ])
}

/// Keys are texts to JSON, whatever they look like.
fn of_key(scalar: Scalar) -> Vec<(String, Json)> {
    let mut schema = of_scalar(scalar);
    schema.retain(|(key, _)| key != "type");
    schema
}

fn of_scalar(scalar: Scalar) -> Vec<(String, Json)> {
    // A text that looks like a number or a truth needs no quotes in these places.
    let any_text = || {
        map([
            ("type", texts(["string", "number", "boolean"])),
            ("pattern", text("\\S")),
            ("maxLength", whole(TEXT_CHARS)),
        ])
    };
    let pattern = |pattern: &str| map([("type", text("string")), ("pattern", text(pattern))]);
    let name = format!("^[a-z][a-z0-9_-]{{0,{}}}$", NAME_CHARS - 1);
    match scalar {
        Scalar::Text | Scalar::Event => any_text(),
        Scalar::Rule => map([("type", texts(["string", "number", "boolean"]))]),
        Scalar::Name => {
            let mut schema = pattern(&name);
            schema.extend(map([("not", Json::Map(map([("const", text("none"))])))]));
            schema
        }
        Scalar::Stage => pattern(&name),
        Scalar::Bool => map([("type", text("boolean"))]),
        Scalar::Whole(least, most) => map([
            ("type", text("integer")),
            ("minimum", Json::Whole(least)),
            ("maximum", Json::Whole(most)),
        ]),
        Scalar::Number => map([("type", text("number"))]),
        Scalar::Duration => pattern("^\\s*([0-9]+\\s*(w|d|h|m|s|ms)\\s*)+$"),
        Scalar::Positive => pattern("^(?=.*[1-9])\\s*([0-9]+\\s*(w|d|h|m|s|ms)\\s*)+$"),
        Scalar::Kept => pattern("^(forever|(?=.*[1-9])\\s*([0-9]+\\s*(w|d|h|m|s|ms)\\s*)+)$"),
        Scalar::Zone => map([("type", text("string"))]),
        Scalar::Currency => map([("enum", texts(currency::codes()))]),
        // A year alone is a number to YAML.
        Scalar::Date => map([
            ("type", texts(["string", "integer"])),
            ("pattern", text("^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")),
        ]),
        Scalar::Delimiter => pattern("^(tab|[\\x01-\\x7F])$"),
        Scalar::TimeFormat => pattern("%"),
        Scalar::OneOf(words) => map([("enum", texts(words.iter().copied()))]),
    }
}

/// Prints with an indentation of two spaces; lists of scalars stand on one line.
fn print(json: &Json, depth: usize, out: &mut String) {
    match json {
        Json::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Json::Whole(number) => out.push_str(&number.to_string()),
        Json::Text(text) => print_text(text, out),
        Json::List(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { ", " });
                print(item, depth, out);
            }
            out.push(']');
        }
        Json::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Json::Map(entries) => {
            out.push('{');
            for (number, (key, value)) in entries.iter().enumerate() {
                out.push_str(if number == 0 { "\n" } else { ",\n" });
                out.push_str(&"  ".repeat(depth + 1));
                print_text(key, out);
                out.push_str(": ");
                print(value, depth + 1, out);
            }
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
            out.push('}');
        }
    }
}

fn print_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}
