//! The files of the repository, as the other modules look at them.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are looked through; of the root itself only the files are.
const FOLDERS: [&str; 8] = [
    "crates",
    "docs",
    "presets",
    "scenarios",
    "examples",
    "benches",
    "fuzz",
    ".ci",
];
/// Folders that come of running things and are not kept.
const SKIPPED: [&str; 8] = [
    "target",
    "out",
    "data",
    "__pycache__",
    "node_modules",
    "artifacts",
    "coverage",
    "found",
];

/// A file of the repository.
pub struct File {
    /// Its path from the root, with `/` between its parts.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// What stands in it; empty where it is no text.
    pub text: String,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    // Asked at run time: a test that was built in another clone of the same target folder reads this one's files.
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    Path::new(&folder).join("../..")
}

/// The text of a file of the repository.
pub fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files, by path.
pub fn files() -> Vec<File> {
    let root = root();
    let mut paths = Vec::new();
    walk(&root, false, &mut paths);
    for folder in FOLDERS {
        walk(&root.join(folder), true, &mut paths);
    }
    paths.sort();
    let file = |path: &PathBuf| {
        let name = path.strip_prefix(&root).ok()?.to_string_lossy();
        let bytes = fs::read(path).ok()?;
        Some(File {
            path: name.replace('\\', "/"),
            bytes: bytes.len() as u64,
            text: String::from_utf8(bytes).unwrap_or_default(),
        })
    };
    paths.iter().filter_map(file).collect()
}

/// The Rust files.
pub fn sources() -> impl Iterator<Item = File> {
    files()
        .into_iter()
        .filter(|file| file.path.ends_with(".rs"))
}

fn walk(folder: &Path, deep: bool, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if !path.is_dir() {
            found.push(path);
        } else if deep && !SKIPPED.iter().any(|skipped| name == *skipped) {
            walk(&path, true, found);
        }
    }
}

/// The rows of the Markdown table whose header begins so, cell by cell.
pub fn table(page: &str, header: &str) -> Vec<Vec<String>> {
    let lines = page.lines().skip_while(|line| !line.starts_with(header));
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let cells = line.trim().trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    rows.map(cells).collect()
}

/// The words of a text that stand in backticks.
pub fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Fails with all that was found, a line each.
pub fn none_of(found: Vec<String>, what: &str) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}
