//! A project folder on disk: its files read, checked, and what is wrong with them shown.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use perennial_rules::project::{ProjectText, read};
use perennial_rules::{Diagnostic, Project, Severity};

use crate::failure::Failure;

/// The file in which a server keeps a project.
pub const RULES_FILE: &str = "rules.json";
/// Most files of a project folder that are read.
const MAX_FILES: usize = 1_000;

/// A project's texts and what came of them.
pub struct Checked {
    /// The texts, in the order that spans number them.
    pub texts: Vec<ProjectText>,
    /// The project, if it has no errors.
    pub project: Option<Project>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a project folder. A folder without any project file is an empty project.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn check(folder: &Path) -> Result<Checked, Failure> {
    let mut texts = Vec::new();
    if is_kept(folder) {
        return kept(folder);
    }
    for path in project_files(folder)? {
        let text =
            fs::read(&path).map_err(|e| Failure::failed(format!("{}: {e}", path.display())))?;
        let name = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('\\', "/");
        texts.push(ProjectText {
            path: name,
            text: String::from_utf8_lossy(&text).into_owned(),
        });
    }
    let reading = read(&texts);
    Ok(Checked {
        texts,
        project: reading.project,
        diagnostics: reading.diagnostics,
    })
}

/// Whether it is a project as a server keeps it, which no other file is taken for.
fn is_kept(path: &Path) -> bool {
    path.is_file() && path.file_name().is_some_and(|name| name == RULES_FILE)
}

/// A project as a server keeps it: one file of JSON with the names and texts of its files.
fn kept(path: &Path) -> Result<Checked, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::failed(format!("{}: {error}", path.display()));
    let bytes = fs::read(path).map_err(|error| failed(&error))?;
    let files: Vec<(String, String)> =
        serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
    let text = |(path, text)| ProjectText { path, text };
    let texts: Vec<ProjectText> = files.into_iter().map(text).collect();
    let reading = read(&texts);
    Ok(Checked {
        texts,
        project: reading.project,
        diagnostics: reading.diagnostics,
    })
}

/// Reads a project folder and shows what is wrong with it.
///
/// # Errors
/// As [`check`]; errors in the project are shown and end in exit code 3.
pub fn load(folder: &Path) -> Result<Project, Failure> {
    checked(folder)?.project.ok_or_else(Failure::invalid)
}

/// The same with the texts, for those who hand them on. There is a project in it.
///
/// # Errors
/// As [`load`].
pub fn checked(folder: &Path) -> Result<Checked, Failure> {
    if !folder.is_dir() && !is_kept(folder) {
        return Err(Failure::usage(format!(
            "{}: there is no such folder; `perennial init` makes one",
            folder.display()
        )));
    }
    let checked = check(folder)?;
    show(&checked, &mut std::io::stderr())?;
    if checked.project.is_none() {
        return Err(Failure::invalid());
    }
    Ok(checked)
}

impl Checked {
    /// Names and texts of the files, as a server takes them.
    pub fn files(&self) -> Vec<(String, String)> {
        let file = |text: &ProjectText| (text.path.clone(), text.text.clone());
        self.texts.iter().map(file).collect()
    }
}

/// Shows what is wrong like a compiler: file, line, excerpt, cause, way out, code.
pub fn show(checked: &Checked, to: &mut dyn Write) -> Result<(), Failure> {
    show_all(&checked.diagnostics, &checked.texts, to)
}

/// The same for complaints about any texts.
pub fn show_all(
    diagnostics: &[Diagnostic],
    texts: &[ProjectText],
    to: &mut dyn Write,
) -> Result<(), Failure> {
    let plain = std::env::var_os("NO_COLOR").is_some()
        || !std::io::IsTerminal::is_terminal(&std::io::stderr());
    let renderer = if plain {
        Renderer::plain()
    } else {
        Renderer::styled()
    };
    for diagnostic in diagnostics {
        let report = render(diagnostic, texts, &renderer);
        writeln!(to, "{report}\n")?;
    }
    Ok(())
}

fn render(diagnostic: &Diagnostic, texts: &[ProjectText], renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let Some(file) = texts.get(diagnostic.span.file) else {
        return diagnostic.message.clone();
    };
    let bytes = clamp(&file.text, diagnostic.span.bytes.clone());
    let annotation = AnnotationKind::Primary
        .span(bytes)
        .label(diagnostic.label.as_str());
    let snippet = Snippet::source(file.text.as_str())
        .path(file.path.as_str())
        .line_start(1)
        .annotation(annotation);
    let group: Group<'_> = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .element(snippet);
    // Where nothing more can be said of this place, the manual says what is usual.
    let help = diagnostic.help.clone();
    let help = help.unwrap_or_else(|| format!("docs/errors.md says more of {}", diagnostic.code));
    renderer
        .render(&[group.element(Level::HELP.message(help.as_str()))])
        .to_string()
}

/// A range of bytes that lies in the text and cuts no character.
fn clamp(text: &str, bytes: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(bytes.start);
    start..floor(bytes.end).max(start)
}

/// The YAML files of a project, in a fixed order: those at its root, then those of `lifecycles/`.
fn project_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = yaml_files(folder)?;
    let lifecycles = folder.join("lifecycles");
    if lifecycles.is_dir() {
        files.extend(yaml_files(&lifecycles)?);
    }
    if files.len() > MAX_FILES {
        return Err(Failure::failed(format!(
            "{}: more than {MAX_FILES} project files",
            folder.display()
        )));
    }
    Ok(files)
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |e: std::io::Error| Failure::failed(format!("{}: {e}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let yaml = path
            .extension()
            .is_some_and(|ending| ["yaml", "yml"].iter().any(|known| ending == *known));
        if yaml && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
