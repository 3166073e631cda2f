//! The proposal as YAML, with a comment for each choice and a value of each column.

use std::fmt::Write;

use perennial_rules::project::{Format, PropertyType, Shape};

use super::{Choice, Guess};
use crate::read::columns;
use crate::read::mapping::role_column;

/// A line: what stands there, and why.
struct Line {
    text: String,
    comment: String,
}

/// The whole text.
pub(super) fn text(guess: &Guess) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "# Guessed from {} rows of {}. Correct what is wrong and keep it in perennial.yaml.",
        guess.rows, guess.file
    );
    for warning in &guess.warnings {
        let _ = writeln!(out, "# Please decide: {warning}.");
    }
    out.push_str("sources:\n");
    let lines = lines(guess);
    let width = lines.iter().map(|line| line.text.chars().count()).max();
    let width = width.unwrap_or_default().min(60);
    for Line { text, comment } in lines {
        let _ = match comment.as_str() {
            "" => writeln!(out, "{text}"),
            comment => writeln!(out, "{text:<width$}  # {comment}"),
        };
    }
    out
}

fn lines(guess: &Guess) -> Vec<Line> {
    let source = &guess.source;
    let mut lines = Vec::new();
    let mut line = |text: String, comment: String| lines.push(Line { text, comment });
    let files: Vec<String> = source.files.iter().map(|file| scalar(file)).collect();
    line(format!("  - files: {}", files.join(", ")), String::new());
    if let Some(format) = source.format {
        line(
            format!("    format: {}", format_word(format)),
            String::new(),
        );
    }
    if let Some(delimiter) = source
        .delimiter
        .filter(|_| source.format == Some(Format::Csv))
    {
        let word = match delimiter.0 {
            b'\t' => "tab".to_owned(),
            byte => format!("\"{}\"", char::from(byte)),
        };
        line(format!("    delimiter: {word}"), String::new());
    }
    if let Some(shape) = source.shape {
        let word = match shape {
            Shape::Flat => "flat",
            Shape::Segment => "segment",
        };
        line(format!("    shape: {word}"), reason(guess, "shape"));
    }
    if let Some(event) = &source.event {
        line(
            format!("    event: {}", scalar(event)),
            reason(guess, "event"),
        );
    }
    let roles = columns::CANONICAL
        .iter()
        .filter_map(|role| role_column(&source.roles, role).map(|column| (role, column)));
    for (place, (role, column)) in roles.enumerate() {
        if place == 0 {
            line("    columns:".to_owned(), String::new());
        }
        let comment = with_example(guess, column, &reason(guess, &format!("columns.{role}")));
        line(format!("      {role}: {}", scalar(column)), comment);
    }
    if let Some(format) = &source.time_format {
        line(
            format!("    time_format: {}", quoted(format)),
            reason(guess, "time_format"),
        );
    }
    if !source.traits.is_empty() {
        line("    traits:".to_owned(), String::new());
    }
    for column in &source.traits {
        let comment = with_example(guess, column, &reason(guess, "traits"));
        line(format!("      - {}", scalar(column)), comment);
    }
    if !source.properties.is_empty() {
        line("    properties:".to_owned(), String::new());
    }
    for property in &source.properties {
        let (name, column) = (scalar(&property.name), scalar(&property.column));
        let kind = property.kind.map_or("text", type_word);
        let why = reason(guess, &format!("properties.{}", property.name));
        let comment = with_example(guess, &property.column, &why);
        line(
            format!("      {name}: {{ column: {column}, type: {kind} }}"),
            comment,
        );
    }
    lines.extend(others(guess));
    lines
}

/// The columns that nothing was said about, as comments.
fn others(guess: &Guess) -> Vec<Line> {
    let chosen = |name: &str| {
        let is = |choice: &Choice| choice.column.as_deref() == Some(name);
        guess.choices.iter().any(is)
    };
    let mut lines: Vec<Line> = Vec::new();
    for profile in guess
        .profiles
        .iter()
        .filter(|profile| !chosen(&profile.name))
    {
        if lines.is_empty() {
            lines.push(Line {
                text: "    # Other columns keep their names and stay as they are:".to_owned(),
                comment: String::new(),
            });
        }
        let (name, what) = (scalar(&profile.name), profile.describe());
        let example = profile.shown_example();
        lines.push(Line {
            text: format!("    #   {name}: {example} ({what})"),
            comment: String::new(),
        });
    }
    lines
}

/// Why a key is as it is.
fn reason(guess: &Guess, key: &str) -> String {
    let choice = guess.choices.iter().find(|choice| choice.key == key);
    choice
        .map(|choice| choice.reason.clone())
        .unwrap_or_default()
}

/// A reason with a value of the column.
fn with_example(guess: &Guess, column: &str, reason: &str) -> String {
    match guess.profile(column) {
        Some(profile) => format!("{reason}; such as {}", profile.shown_example()),
        None => reason.to_owned(),
    }
}

const fn format_word(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Ndjson => "ndjson",
        Format::Parquet => "parquet",
    }
}

const fn type_word(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::Number => "number",
        PropertyType::Minor => "minor",
        PropertyType::Money => "money",
        PropertyType::Text => "text",
        PropertyType::Bool => "bool",
    }
}

/// A text as a YAML scalar: bare where nothing can be mistaken.
fn scalar(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '/'));
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .contains(&text.to_ascii_lowercase().as_str());
    if begins && !is_word && text.chars().all(bare) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A text in double quotes: JSON's form is YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
