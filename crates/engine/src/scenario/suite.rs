//! The scenarios and presets of the repository: every one comes out as it says.
//!
//! `BLESS=missing` fills in right-hand sides that are missing, `BLESS=all` replaces wrong ones too,
//! and either copies the presets' scenarios into their pages. Review what it wrote.

use std::fs;
use std::path::{Path, PathBuf};

use perennial_rules::Project;
use perennial_rules::project::{ProjectText, read};

use super::{Blessing, Report, Scenario, bless};

/// The repository's root.
pub(super) fn root() -> PathBuf {
    // Asked at run time: a test that was built in another clone of the same target folder reads this one's files.
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    Path::new(&folder).join("../..")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names, without their ending, of the files of a folder with that ending.
fn names(folder: &str, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut names: Vec<String> = paths
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort_unstable();
    names
}

/// The project of one file, about which there must be nothing to say.
pub(super) fn project(path: &Path) -> Project {
    let text = text(path);
    let reading = read(&[ProjectText {
        path: "perennial.yaml".to_owned(),
        text: text.clone(),
    }]);
    let complaints = reading.diagnostics.iter().map(|complaint| {
        let excerpt = text.get(complaint.span.bytes.clone()).unwrap_or_default();
        format!(
            "{} {} at `{excerpt}`: {}\n",
            complaint.code, complaint.message, complaint.label
        )
    });
    let complaints: String = complaints.collect();
    assert!(complaints.is_empty(), "{}\n{complaints}", path.display());
    reading.project.expect("no complaint, so a project")
}

fn blessing() -> Option<Blessing> {
    match std::env::var("BLESS").ok()?.as_str() {
        "missing" => Some(Blessing::Missing),
        "all" => Some(Blessing::All),
        _ => None,
    }
}

/// What comes out of a scenario, or what is wrong with its text.
fn report(text: &str, project: &Project) -> Result<Report, String> {
    let scenario = Scenario::parse(text, project).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("\n")
    })?;
    Ok(scenario.run(project))
}

/// Runs a scenario; answers what is wrong, and the text of all that happened.
fn run(path: &Path, project: &Project) -> (String, String) {
    let mut written = text(path);
    let mut result = report(&written, project);
    if let (Some(blessing), Ok(first)) = (blessing(), &result) {
        written = bless(&written, first, blessing);
        fs::write(path, &written).expect("written");
        result = report(&written, project);
    }
    let report = match result {
        Ok(report) => report,
        Err(errors) => return (format!("{}\n{errors}\n", path.display()), String::new()),
    };
    let mut wrong = String::new();
    if !report.is_ok() {
        wrong = format!("{}\n{report}", path.display());
    }
    for line in report.lines.iter().filter(|line| line.expected.is_none()) {
        wrong += &format!(
            "{}:{} says nothing of what follows\n",
            path.display(),
            line.line
        );
    }
    let got: Vec<&str> = report.lines.iter().map(|line| &line.got[..]).collect();
    (wrong, got.join(", "))
}

#[test]
fn scenarios_come_out_as_they_say() {
    let folder = root().join("scenarios");
    let mut wrong = String::new();
    let names = names("scenarios", "txt");
    assert!(names.len() >= 12, "{names:?}");
    for name in names {
        let project = project(&folder.join(format!("{name}.yaml")));
        wrong += &run(&folder.join(format!("{name}.txt")), &project).0;
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn presets_are_sound_and_walked_through() {
    let root = root();
    let readme = text(&root.join("presets/README.md"));
    let mut wrong = String::new();
    for name in names("presets", "yaml") {
        let project = project(&root.join(format!("presets/{name}.yaml")));
        let path = root.join(format!("scenarios/presets/{name}.txt"));
        let (complaints, got) = run(&path, &project);
        wrong += &complaints;
        let page_path = root.join(format!("docs/presets/{name}.md"));
        let page = text(&page_path);
        for lifecycle in &project.lifecycles {
            for stage in &lifecycle.stages {
                let place = format!("{}: {}", lifecycle.name, stage.name);
                if !got.contains(&place) {
                    wrong += &format!("{name}: nobody in the scenario gets to {place}\n");
                }
                if !page.contains(&format!("`{}`", stage.name)) || stage.description.is_none() {
                    wrong += &format!("{name}: {place} is not described\n");
                }
            }
        }
        if !readme.contains(&format!("({name}.yaml)")) {
            wrong += &format!("{name}: missing in presets/README.md\n");
        }
        wrong += &check_page(&page_path, &page, &text(&path));
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_example_of_the_readme_is_true() {
    let readme = text(&root().join("scenarios/README.md"));
    let example = readme
        .split("```")
        .nth(1)
        .and_then(|block| block.strip_prefix("text\n"));
    let project = project(&root().join("presets/retail.yaml"));
    let scenario = Scenario::parse(example.expect("an example"), &project).expect("sound");
    let report = scenario.run(&project);
    assert!(report.is_ok() && !report.lines.is_empty(), "{report}");
}

/// Whether a preset's page ends in its scenario, word for word.
fn check_page(path: &Path, page: &str, scenario: &str) -> String {
    let block = format!("```text\n{scenario}```\n");
    if page.ends_with(&block) {
        return String::new();
    }
    if let (Some(_), Some((head, _))) = (blessing(), page.rsplit_once("```text\n")) {
        fs::write(path, format!("{head}{block}")).expect("written");
        return String::new();
    }
    format!("{}: does not end in its scenario\n", path.display())
}
