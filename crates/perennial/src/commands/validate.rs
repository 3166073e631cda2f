//! `validate`: everything that is wrong with a project, at once.

use std::io::Write;
use std::process::ExitCode;

use perennial_rules::{Diagnostic, Severity};
use serde_json::{Value, json};

use crate::args::{Output, Validate};
use crate::failure::{Failure, exit};
use crate::folder::{self, Checked};

pub fn validate(args: &Validate) -> Result<ExitCode, Failure> {
    if !args.project.is_dir() {
        return Err(Failure::usage(format!(
            "{}: there is no such folder",
            args.project.display()
        )));
    }
    let checked = folder::check(&args.project)?;
    let count = |severity| {
        checked
            .diagnostics
            .iter()
            .filter(|one| one.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let mut out = std::io::stdout().lock();
    if args.output == Output::Json {
        let list: Vec<Value> = checked
            .diagnostics
            .iter()
            .map(|one| as_json(one, &checked))
            .collect();
        let version = checked
            .project
            .as_ref()
            .map(|project| project.version.clone());
        let answer = json!({"errors": errors, "warnings": warnings, "rule_version": version, "diagnostics": list});
        writeln!(out, "{answer:#}")?;
    } else {
        folder::show(&checked, &mut out)?;
        match &checked.project {
            Some(project) => writeln!(
                out,
                "{}, {}, {}; {}; rules {}",
                counted(project.lifecycles.len(), "lifecycle"),
                counted(project.segments.len(), "segment"),
                counted(project.touchpoints.len(), "touchpoint"),
                counted(warnings, "warning"),
                project.version,
            )?,
            None => writeln!(
                out,
                "{}, {}",
                counted(errors, "error"),
                counted(warnings, "warning")
            )?,
        }
    }
    Ok(if checked.project.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::INVALID)
    })
}

fn as_json(diagnostic: &Diagnostic, checked: &Checked) -> Value {
    let file = checked.texts.get(diagnostic.span.file);
    let before = file
        .and_then(|file| file.text.get(..diagnostic.span.bytes.start))
        .unwrap_or("");
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    json!({
        "code": diagnostic.code,
        "severity": if diagnostic.severity == Severity::Error { "error" } else { "warning" },
        "message": diagnostic.message,
        "file": file.map(|file| file.path.clone()),
        "line": before.matches('\n').count() + 1,
        "column": column,
        "label": diagnostic.label,
        "help": diagnostic.help,
    })
}

/// So many of something: `1 segment`, `2 segments`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
