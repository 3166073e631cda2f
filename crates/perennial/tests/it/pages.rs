//! The pages say what the code does: references are made from its tables, links and commands exist.
//!
//! `PERENNIAL_BLESS=1 cargo test -p perennial --test it pages` writes the parts that are made from code.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use perennial_batch::tables::{Kind, TABLES};
use perennial_rules::project::syntax::table::SECTIONS;

use crate::tree::{files, none_of, quoted, read, root};

/// What stands between the part of a page that people write and the part that is made.
const MARK: &str = "<!-- From here on made from the code: PERENNIAL_BLESS=1 cargo test -p perennial --test it pages -->\n";

#[test]
fn the_tables_are_as_documented() {
    let mut page = String::new();
    for table in TABLES {
        let _ = write!(page, "\n## {}\n\nA row is {}.\n\n", table.name, table.row);
        page.push_str("| Column | Type | Meaning | Written |\n|---|---|---|---|\n");
        for column in table.columns {
            let written = if column.shown { "yes" } else { "if chosen" };
            let (name, kind, meaning) = (column.name, kind(column.kind), column.meaning);
            let _ = writeln!(page, "| `{name}` | {kind} | {meaning} | {written} |");
        }
    }
    made("docs/tables.md", &page);
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Word => "text, few different",
        Kind::Instant => "instant, UTC",
        Kind::PlainInstant => "instant, no zone",
        Kind::Day => "date",
        Kind::Whole => "whole, 64 bits",
        Kind::Small => "whole, 8 bits",
        Kind::Fraction => "float, 64 bits",
        Kind::Truth => "truth",
        Kind::Words => "list of texts",
    }
}

#[test]
fn the_keys_of_a_project_are_as_documented() {
    let mut page = String::new();
    for section in SECTIONS {
        let noun = section
            .noun
            .trim_start_matches("a ")
            .trim_start_matches("an ");
        let _ = write!(page, "\n## {noun}\n\n{}\n\n", section.doc);
        page.push_str("| Key | Value | Meaning | Example |\n|---|---|---|---|\n");
        for setting in section.settings {
            let must = if setting.required { " (required)" } else { "" };
            let (name, doc, example) = (setting.name, setting.doc, setting.example);
            let value = setting.value.expected();
            let _ = writeln!(page, "| `{name}`{must} | {value} | {doc} | `{example}` |");
        }
    }
    made("docs/project.md", &page);
}

/// Compares what follows the mark of a page, or writes it where that is asked for.
fn made(path: &str, part: &str) {
    let page = read(path);
    let (written, found) = page.split_once(MARK).unwrap_or((&page, ""));
    if std::env::var_os("PERENNIAL_BLESS").is_some() {
        fs::write(root().join(path), format!("{written}{MARK}{part}"))
            .expect("the page can be written");
        return;
    }
    let differs = part
        .lines()
        .zip(found.lines().chain(std::iter::repeat("")))
        .find(|(a, b)| a != b);
    let differs = differs.map(|(made, found)| format!("\n  page: {found}\n  code: {made}"));
    assert!(
        part == found,
        "{path} is not what the code says; see the first lines of pages.rs{}",
        differs.unwrap_or_default()
    );
}

#[test]
fn every_command_and_option_is_documented() {
    let page = read("docs/commands.md");
    let mut found = Vec::new();
    let commands = words(&help(&[]), "Commands:");
    assert!(commands.len() > 5, "the list of commands cannot be read");
    for command in commands.iter().filter(|command| *command != "help") {
        if page.contains(&format!("\n## {command}\n")) {
            left_out(&page, &[command], &mut found);
            continue;
        }
        // A group may have a heading for each of its commands instead of one of its own.
        let group = words(&help(&[command]), "Commands:");
        if group.is_empty() {
            found.push(format!("{command}: no heading"));
        }
        for of_group in group.iter().filter(|command| *command != "help") {
            left_out(&page, &[command, of_group], &mut found);
        }
    }
    none_of(found, "docs/commands.md leaves out");
}

/// What a page does not say of a command's options, below its heading or before the first one.
fn left_out(page: &str, command: &[&str], found: &mut Vec<String>) {
    let name = command.join(" ");
    let Some((_, section)) = page.split_once(&format!("\n## {name}\n")) else {
        found.push(format!("{name}: no heading"));
        return;
    };
    let section = section.split("\n## ").next().unwrap_or_default();
    let common = page.split("\n## ").next().unwrap_or_default();
    let text = help(command);
    let options = text
        .split_whitespace()
        .filter(|word| word.starts_with("--"));
    for option in options.map(|option| option.trim_matches([',', '.', ';', ']', '`'])) {
        let known =
            |text: &str| quoted(text).any(|code| code.split([' ', '=']).any(|word| word == option));
        if !known(section) && !known(common) {
            found.push(format!("{name}: `{option}`"));
        }
    }
}

/// What a command says of itself.
fn help(command: &[&str]) -> String {
    let mut perennial = Command::new(env!("CARGO_BIN_EXE_perennial"));
    let output = perennial
        .args(command)
        .arg("--help")
        .output()
        .expect("the binary runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The first words of the lines below a heading, up to an empty line.
fn words(text: &str, heading: &str) -> Vec<String> {
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    let lines = lines.take_while(|line| !line.is_empty());
    // What is said of one may go on below, further in.
    let is_first = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    lines
        .filter(is_first)
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut found = Vec::new();
    for file in files().iter().filter(|file| file.path.ends_with(".md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in file
            .text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = link.split('#').next().unwrap_or_default();
            let elsewhere = path.is_empty() || path.contains("://") || path.starts_with("mailto:");
            if !elsewhere && !root().join(folder).join(path).exists() {
                found.push(format!("{}: {link}", file.path));
            }
        }
    }
    none_of(found, "links that lead nowhere");
}

#[test]
fn the_readme_has_the_two_commands() {
    let readme = read("README.md");
    for command in ["cargo run --release -- demo", "cargo test --workspace"] {
        assert!(
            readme.contains(&format!("\n{command}")),
            "README.md does not say `{command}`"
        );
    }
}
