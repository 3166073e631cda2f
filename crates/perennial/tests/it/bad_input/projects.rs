//! Broken projects: each complaint with its code, its file and line, the text itself and a way out.

use crate::shop::{HEADER, ROWS, Shop, assert_says, listed};
use serde_json::Value;

/// A project, and the complaints that it must bring, as `E0101 perennial.yaml:2`.
struct Case<'t> {
    title: &'t str,
    files: Vec<(&'t str, String)>,
    complaints: Vec<&'t str>,
}

/// A case begins with `== title`, a file with `-- path`, and a complaint stands in a line `?? code place`.
fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in text.lines().skip_while(|line| !line.starts_with("== ")) {
        if let Some(title) = line.strip_prefix("== ") {
            // The empty line before a title is no part of the file above it.
            let above = cases.last_mut().and_then(|case| case.files.last_mut());
            if let Some((_, text)) = above.filter(|(_, text)| text.ends_with("\n\n")) {
                text.pop();
            }
            cases.push(Case {
                title,
                files: Vec::new(),
                complaints: Vec::new(),
            });
            continue;
        }
        let case = cases.last_mut().expect("a case");
        if let Some(path) = line.strip_prefix("-- ") {
            case.files.push((path, String::new()));
        } else if let Some(complaint) = line.strip_prefix("?? ") {
            case.complaints.push(complaint);
        } else if let Some((_, text)) = case.files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    cases
}

fn shop(case: &Case<'_>) -> Shop {
    let shop = Shop::new("");
    for (path, text) in &case.files {
        shop.file(path, text.as_bytes());
    }
    shop
}

#[test]
fn broken_projects_are_shown_like_a_compiler_does() {
    let cases = cases(include_str!("projects.txt"));
    assert!(cases.len() >= 30, "{} cases", cases.len());
    for case in &cases {
        let shop = shop(case);
        let got = shop.command(&["validate"], b"");
        let is_error = |complaint: &&str| complaint.starts_with('E');
        let errors = case.complaints.iter().filter(|c| is_error(c)).count();
        assert_eq!(
            got.code,
            Some(if errors > 0 { 3 } else { 0 }),
            "{}: {}",
            case.title,
            got.stdout
        );
        let reports: Vec<&str> = got.stdout.split("\n\n").collect();
        for complaint in &case.complaints {
            let (code, place) = complaint.split_once(' ').expect("a code and a place");
            let (path, line) = place.split_once(':').expect("a file and a line");
            let kind = if is_error(complaint) {
                "error"
            } else {
                "warning"
            };
            let head = format!("{kind}[{code}]: ");
            let at = format!("--> {place}:");
            let report = reports
                .iter()
                .find(|report| report.contains(&head) && report.contains(&at));
            let report = report
                .unwrap_or_else(|| panic!("{}: no {complaint} in:\n{}", case.title, got.stdout));
            let text = case
                .files
                .iter()
                .find(|(own, _)| *own == path)
                .map(|(_, text)| text.as_str());
            let number: usize = line.parse().expect("a line");
            let excerpt = text
                .and_then(|text| text.lines().nth(number - 1))
                .unwrap_or_default();
            assert_says(case.title, report, &[excerpt.trim(), "help: "]);
        }
        let told = |start: &str| got.stdout.matches(start).count();
        assert_eq!(told("error["), errors, "{}: {}", case.title, got.stdout);
        assert_eq!(
            told("warning["),
            case.complaints.len() - errors,
            "{}: {}",
            case.title,
            got.stdout
        );
    }
}

#[test]
fn broken_projects_say_the_same_to_machines() {
    for case in cases(include_str!("projects.txt")) {
        let got = shop(&case).command(&["validate", "--output", "json"], b"");
        let answer: Value = serde_json::from_str(&got.stdout).expect("JSON");
        let list = answer["diagnostics"].as_array().expect("a list");
        let place = |one: &Value| {
            let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
            format!("{} {}:{}", text("code"), text("file"), one["line"])
        };
        let mut found: Vec<String> = list.iter().map(place).collect();
        let mut expected = case.complaints.clone();
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "{}", case.title);
    }
}

#[test]
fn a_broken_project_is_not_run() {
    for case in cases(include_str!("projects.txt")) {
        let shop = shop(&case);
        shop.file("events.csv", format!("{HEADER}{ROWS}").as_bytes());
        let got = shop.run(&["--input", "events.csv", "--quiet"]);
        let is_broken = case.complaints.iter().any(|one| one.starts_with('E'));
        assert_eq!(
            got.code,
            Some(if is_broken { 3 } else { 0 }),
            "{}: {}",
            case.title,
            got.stderr
        );
        assert_eq!(listed(&shop.out()).is_empty(), is_broken, "{}", case.title);
        for complaint in &case.complaints {
            let code = complaint.split(' ').next().unwrap_or_default();
            assert_says(case.title, &got.stderr, &[code]);
        }
    }
}
