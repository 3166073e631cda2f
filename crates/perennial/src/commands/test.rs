//! `test`: the project's scenarios, run with a fixed clock.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use perennial_engine::scenario::{Blessing, Scenario, bless};
use perennial_rules::Project;

use crate::args::Test;
use crate::failure::{Failure, exit};
use crate::folder;

pub fn test(args: &Test) -> Result<ExitCode, Failure> {
    let project = folder::load(&args.project)?;
    let files = if args.files.is_empty() {
        scenarios(&args.project)?
    } else {
        args.files.clone()
    };
    if files.is_empty() {
        return Err(Failure::usage(format!(
            "{} has no scenarios; they are text files in its folder scenarios",
            args.project.display()
        )));
    }
    let mut failed = 0;
    for file in &files {
        failed += usize::from(!run(file, &project, args.bless)?);
    }
    writeln!(
        std::io::stdout(),
        "{} scenarios, {failed} failed",
        files.len()
    )?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::FAILED)
    })
}

/// Runs one file; answers whether it came out as it must.
fn run(file: &Path, project: &Project, blesses: bool) -> Result<bool, Failure> {
    let mut out = std::io::stdout().lock();
    let text = fs::read_to_string(file)
        .map_err(|e| Failure::failed(format!("{}: {e}", file.display())))?;
    let scenario = match Scenario::parse(&text, project) {
        Ok(scenario) => scenario,
        Err(errors) => {
            for error in errors {
                writeln!(out, "{}: {error}", file.display())?;
            }
            return Ok(false);
        }
    };
    let report = scenario.run(project);
    if blesses {
        fs::write(file, bless(&text, &report, Blessing::Missing))
            .map_err(|e| Failure::failed(format!("{}: {e}", file.display())))?;
    }
    let checked = report
        .lines
        .iter()
        .filter(|line| line.expected.is_some())
        .count();
    let word = if report.is_ok() { "ok" } else { "FAILED" };
    writeln!(out, "{word}  {} ({checked} lines checked)", file.display())?;
    if !report.is_ok() {
        write!(out, "{report}")?;
    }
    Ok(report.is_ok())
}

fn scenarios(project: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = project.join("scenarios");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "txt") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
