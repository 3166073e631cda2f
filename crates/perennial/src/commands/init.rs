//! `init`: a project folder from a preset, ready to validate, test and run.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use perennial_rules::suggest::did_you_mean;

use crate::args::Init;
use crate::failure::Failure;
use crate::presets::{PRESETS, Preset};

/// What every new project begins with; the preset follows.
const HEAD: &str = "\
# yaml-language-server: $schema=perennial.schema.json
name: My workspace
time_zone: UTC          # an IANA name, such as Europe/Berlin: days begin there
currency: EUR

# Where events come from. `perennial import --dry-run FILE` proposes this part for your files.
# sources:
#   - files: data/*.csv
#     columns: { user_id: customer, at: date, event: type }

";

pub fn init(args: &Init) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    if args.list {
        for preset in PRESETS {
            writeln!(out, "{:<16} {}", preset.name, preset.title())?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let preset = find(&args.preset)?;
    let project = args.folder.join("perennial.yaml");
    if project.exists() {
        return Err(Failure::failed(format!(
            "{} is there already; nothing was changed",
            project.display()
        )));
    }
    write(&project, &format!("{HEAD}{}", preset.project))?;
    let scenario = args
        .folder
        .join("scenarios")
        .join(format!("{}.txt", preset.name));
    write(&scenario, preset.scenario)?;
    for (name, schema) in perennial_rules::project::schemas() {
        write(&args.folder.join(name), &schema)?;
    }
    let folder = args.folder.display();
    writeln!(
        out,
        "made {folder} with the lifecycle preset {}\n",
        preset.name
    )?;
    writeln!(out, "next:\n  perennial test --project {folder}")?;
    writeln!(out, "  perennial import --dry-run YOUR_EVENTS.csv")?;
    writeln!(
        out,
        "  perennial run --project {folder} --input YOUR_EVENTS.csv"
    )?;
    writeln!(out, "  perennial stages --project {folder}")?;
    Ok(ExitCode::SUCCESS)
}

fn find(name: &str) -> Result<&'static Preset, Failure> {
    PRESETS
        .iter()
        .find(|preset| preset.name == name)
        .ok_or_else(|| {
            let nearest = did_you_mean(name, PRESETS.iter().map(|preset| preset.name));
            let hint = nearest
                .map(|nearest| format!("; did you mean `{nearest}`?"))
                .unwrap_or_default();
            Failure::usage(format!(
                "there is no preset `{name}`{hint} `perennial init --list` lists them"
            ))
        })
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::failed(format!("{}: {e}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}
