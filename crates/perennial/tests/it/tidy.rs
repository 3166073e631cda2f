//! The rules of the house, held by tests: small files, first lines, honest maps, nothing left lying about.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::tree::{File, files, none_of, quoted, read, root, sources, table};

/// Most lines of a source file.
const MAX_LINES: usize = 500;
/// Source files that may be longer: tables only, which read as one.
const LONG_FILES: &[&str] = &[];
/// Most bytes of any file.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// The prefix that packages have and the words of the map have not.
const PREFIX: &str = "perennial-";

#[test]
fn the_crate_table_is_what_cargo_says() {
    let page = read("ARCHITECTURE.md");
    let told = table(&page, "| Crate |").into_iter().map(|cells| {
        let name = quoted(&cells[0]).next().unwrap_or_default().to_owned();
        let may: BTreeSet<String> = quoted(&cells[2]).map(str::to_owned).collect();
        (name, may)
    });
    let told: BTreeMap<_, _> = told.collect();
    assert_eq!(
        told,
        dependencies(),
        "ARCHITECTURE.md (left) and cargo metadata (right)"
    );
}

/// What each crate of the workspace depends on within it, but for tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let output = command.current_dir(root()).output().expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let short = |name: &Value| {
        name.as_str()
            .map(|name| name.trim_start_matches(PREFIX).to_owned())
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let of = |package: &Value| {
        let own = list(&package["dependencies"]).into_iter();
        let own = own.filter(|one| one["kind"].is_null() && one["path"].is_string());
        Some((
            short(&package["name"])?,
            own.filter_map(|one| short(&one["name"])).collect(),
        ))
    };
    list(&metadata["packages"]).iter().filter_map(of).collect()
}

#[test]
fn every_word_of_the_glossary_is_a_type() {
    let rows = table(&read("GLOSSARY.md"), "| Word |");
    assert!(rows.len() > 30, "the table of words cannot be read");
    let missing = rows.iter().filter_map(|cells| {
        let kind = quoted(&cells[2]).next()?;
        let path = quoted(&cells[3]).next()?;
        let text = read(path);
        let defines = |keyword: &str| {
            let mut lines = text
                .lines()
                .filter_map(|line| line.trim_start().split_once(keyword));
            lines.any(|(before, after)| {
                let name = after.split(|c: char| !c.is_alphanumeric()).next();
                before
                    .chars()
                    .all(|c| c.is_alphabetic() || " ()".contains(c))
                    && name == Some(kind)
            })
        };
        let known = ["struct ", "enum ", "type ", "trait "]
            .into_iter()
            .any(defines);
        (!known).then(|| format!("{}: `{kind}` is not in {path}", cells[0]))
    });
    none_of(
        missing.collect(),
        "GLOSSARY.md names types that are not there",
    );
}

#[test]
fn every_source_file_says_its_job_and_is_small() {
    let mut found = Vec::new();
    for file in sources() {
        if !file.text.starts_with("//! ") {
            found.push(format!(
                "{}: the first line does not say its job (`//! ...`)",
                file.path
            ));
        }
        let lines = file.text.lines().count();
        if lines > MAX_LINES && !LONG_FILES.contains(&&file.path[..]) {
            found.push(format!("{}: {lines} lines, at most {MAX_LINES}", file.path));
        }
    }
    none_of(found, "source files");
}

#[test]
fn nothing_unwraps_outside_of_tests() {
    let sources: Vec<File> = sources().collect();
    let for_tests: BTreeSet<String> = sources.iter().flat_map(test_modules).collect();
    let unwrap = concat!(".unwrap", "()");
    let mut found = Vec::new();
    for file in &sources {
        if file.path.contains("/tests/") || for_tests.contains(&file.path) {
            continue;
        }
        let shipped = file
            .text
            .lines()
            .take_while(|line| line.trim() != "#[cfg(test)]");
        for (number, line) in shipped.enumerate() {
            if line.contains(unwrap) && !line.trim_start().starts_with("//") {
                found.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    none_of(found, "say what is wrong instead of unwrapping");
}

/// The files of the modules that a file has for tests only.
fn test_modules(file: &File) -> Vec<String> {
    let folder = match file.path.rsplit_once('/') {
        Some((folder, "lib.rs" | "mod.rs" | "main.rs")) => folder,
        _ => file.path.trim_end_matches(".rs"),
    };
    let mut after = file.text.split("#[cfg(test)]\n");
    after.next();
    let name = |text: &str| {
        let line = text.lines().next()?;
        line.strip_prefix("mod ")?
            .strip_suffix(';')
            .map(str::to_owned)
    };
    after
        .filter_map(name)
        .map(|name| format!("{folder}/{name}.rs"))
        .collect()
}

#[test]
fn every_documented_code_is_in_the_code() {
    let sources: Vec<File> = sources()
        .filter(|file| file.path.contains("/src/"))
        .collect();
    let page = read("docs/errors.md");
    let codes = page
        .lines()
        .filter_map(|line| line.strip_prefix("### ")?.get(..5));
    let unknown = codes.filter(|code| {
        let quoted = format!("\"{code}\"");
        !sources.iter().any(|file| file.text.contains(&quoted))
    });
    none_of(
        unknown.map(str::to_owned).collect(),
        "docs/errors.md explains codes that nothing says",
    );
}

#[test]
fn files_are_small_and_speak_of_the_product_only() {
    let phrases = [
        concat!("hel", "per"),
        concat!("issue", " #"),
        concat!("this ses", "sion"),
        concat!("last ses", "sion"),
        concat!("next ses", "sion"),
    ];
    let folders = [
        concat!("/ro", "ot"),
        concat!("/wo", "rk"),
        concat!("/t", "mp"),
        concat!("/ho", "me"),
    ];
    let mut found = Vec::new();
    for file in files() {
        if file.bytes > MAX_FILE_BYTES {
            found.push(format!(
                "{}: {} bytes, at most {MAX_FILE_BYTES}",
                file.path, file.bytes
            ));
        }
        if file.path.ends_with("Cargo.lock") {
            continue;
        }
        for (number, line) in file.text.lines().enumerate() {
            let lower = line.to_lowercase();
            let phrase = phrases.iter().find(|phrase| lower.contains(**phrase));
            let folder = folders.iter().find(|folder| names_folder(line, folder));
            if let Some(word) = phrase.or(folder) {
                found.push(format!("{}:{}: `{word}`", file.path, number + 1));
            }
        }
    }
    none_of(
        found,
        "files that do not belong into the repository as they are",
    );
}

/// Whether a line names a folder of some machine, rather than a part of a longer path.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + folder.len()..].chars().next();
        let alone = before.is_none_or(|c| c.is_whitespace() || "\"'`=(:".contains(c));
        alone && after.is_none_or(|c| !c.is_alphanumeric() && !"_-".contains(c))
    })
}
