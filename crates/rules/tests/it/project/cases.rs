//! The tables of broken and good projects.

use std::collections::BTreeSet;
use std::ops::Range;

use perennial_rules::project::{ProjectText, read};
use perennial_rules::{Diagnostic, Severity};

/// A complaint as a case expects it: file, code, bytes.
type Expected = (String, String, Range<usize>);

struct Case {
    title: String,
    files: Vec<ProjectText>,
    expected: BTreeSet<(String, String, usize, usize)>,
}

#[test]
fn broken_projects_are_refused_at_the_right_place() {
    let cases = cases(include_str!("broken.txt"));
    assert!(cases.len() >= 30, "{} cases", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        let reading = read(&case.files);
        let found: BTreeSet<_> = reading
            .diagnostics
            .iter()
            .map(|d| {
                let path = case.files[d.span.file].path.clone();
                (
                    path,
                    d.code.to_owned(),
                    d.span.bytes.start,
                    d.span.bytes.end,
                )
            })
            .collect();
        if found != case.expected {
            let missing: Vec<_> = case.expected.difference(&found).collect();
            let extra: Vec<_> = found.difference(&case.expected).collect();
            wrong += &format!(
                "== {}\n   not found: {missing:?}\n   not expected: {extra:?}\n",
                case.title
            );
            wrong += &show(&case.files, &reading.diagnostics);
        }
        let errors = reading
            .diagnostics
            .iter()
            .any(|d| d.severity == Severity::Error);
        assert_eq!(reading.project.is_none(), errors, "{}", case.title);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_complaint_says_what_and_the_way_out() {
    for case in cases(include_str!("broken.txt")) {
        for complaint in read(&case.files).diagnostics {
            let text = show(&case.files, std::slice::from_ref(&complaint));
            assert!(
                !complaint.message.is_empty() && !complaint.label.is_empty(),
                "{text}"
            );
            assert!(!complaint.message.ends_with('.'), "{text}");
            let ours = matches!(&complaint.code[..3], "E00" | "E01" | "W01");
            assert!(complaint.help.is_some() || !ours, "{text}");
        }
    }
}

#[test]
fn every_code_is_in_the_manual_and_in_a_case() {
    let manual = include_str!("../../../../../docs/errors.md");
    let found: BTreeSet<&str> = cases(include_str!("broken.txt"))
        .iter()
        .flat_map(|case| read(&case.files).diagnostics)
        .map(|complaint| complaint.code)
        .collect();
    for code in &found {
        assert!(
            manual.contains(&format!("### {code}")),
            "{code} is not in docs/errors.md"
        );
    }
    let of_rules = include_str!("../../../src/expr/error.rs").split('"');
    for code in of_rules.filter(|text| text.len() == 5 && text[1..].starts_with("02")) {
        assert!(
            manual.contains(&format!("### {code}")),
            "{code} is not in docs/errors.md"
        );
    }
    // The limits are tested by their own tests.
    let limits = ["E0001", "E0003", "E0141"];
    for line in manual.lines() {
        let Some(code) = line.strip_prefix("### ").and_then(|line| line.get(..5)) else {
            continue;
        };
        let of_rules = code.starts_with("E02") || code.starts_with("W02");
        assert!(
            found.contains(code) || limits.contains(&code) || of_rules,
            "{code} has no case"
        );
    }
}

#[test]
fn good_projects_are_accepted() {
    for case in cases(include_str!("good.txt")) {
        let reading = read(&case.files);
        let text = show(&case.files, &reading.diagnostics);
        assert!(
            reading.diagnostics.is_empty() && reading.project.is_some(),
            "{}\n{text}",
            case.title
        );
    }
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(title) = line.strip_prefix("== ") {
            let title = title.trim().to_owned();
            cases.push(Case {
                title,
                files: Vec::new(),
                expected: BTreeSet::new(),
            });
            continue;
        }
        let Some(case) = cases.last_mut() else {
            continue;
        };
        if let Some(path) = line.strip_prefix("-- ") {
            let path = path.trim().to_owned();
            case.files.push(ProjectText {
                path,
                text: String::new(),
            });
        } else if let Some(file) = case.files.last_mut() {
            file.text += line;
        }
    }
    for case in &mut cases {
        for file in &mut case.files {
            // The empty line before the next case is no part of a file.
            let (text, marks) = unmark(
                file.text.strip_suffix("\n\n").unwrap_or(&file.text),
                &file.path,
            );
            file.text = text + "\n";
            case.expected.extend(
                marks
                    .into_iter()
                    .map(|(path, code, at)| (path, code, at.start, at.end)),
            );
        }
    }
    cases
}

/// Takes the marks out of a text.
fn unmark(text: &str, path: &str) -> (String, Vec<Expected>) {
    let (mut plain, mut marks) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('«') {
        plain += before;
        let (mark, behind) = after.split_once('»').expect("a mark that ends");
        let (code, marked) = mark.split_once(':').expect("a code and a colon");
        let start = plain.len();
        plain += marked;
        marks.push((path.to_owned(), code.to_owned(), start..plain.len()));
        rest = behind;
    }
    plain += rest;
    (plain, marks)
}

/// Complaints as text.
pub fn show(files: &[ProjectText], complaints: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let file = &files[d.span.file];
        let excerpt = file
            .text
            .get(d.span.bytes.clone())
            .unwrap_or("(not at a character)");
        let help = d.help.as_deref().unwrap_or("-");
        format!(
            "   {} {}: {} [{excerpt}] {} (help: {help})\n",
            d.code, file.path, d.message, d.label
        )
    };
    complaints.iter().map(line).collect()
}

/// The words of every complaint about project files, for readers; those about rules are tested elsewhere.
/// With `PERENNIAL_BLESS=1` in the environment the file is written anew.
#[test]
fn messages_read_as_agreed() {
    let mut messages = String::new();
    for case in cases(include_str!("broken.txt")) {
        let mut complaints = read(&case.files).diagnostics;
        complaints.retain(|complaint| !complaint.code[1..].starts_with("02"));
        messages += &format!("== {}\n{}\n", case.title, show(&case.files, &complaints));
    }
    if std::env::var_os("PERENNIAL_BLESS").is_some() {
        let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
        let path = format!("{folder}/tests/it/project/messages.txt");
        std::fs::write(path, &messages).expect("a file that can be written");
        return;
    }
    assert!(messages == include_str!("messages.txt"), "{messages}");
}
