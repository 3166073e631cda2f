//! `backup`: all workspaces copied, by the running server or out of a folder that none has open.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::args::{Backup, Output};
use crate::data::{self, LOGS};
use crate::failure::Failure;
use crate::http::{Client, admin_key};

pub fn backup(args: &Backup) -> Result<ExitCode, Failure> {
    let answer = match (&args.target.url, &args.target.data, &args.to) {
        (Some(url), ..) => {
            let key = admin_key(args.target.admin_key.as_deref())?;
            let answer = Client::new(url, Some(key))?.post("/v1/backup", &json!({}))?;
            let name = answer["backup"].as_str().unwrap_or_default();
            json!({"backup": name, "text": format!(
                "{name}, in the server's folder of backups (`serve --backups DIR`; else `backups` in \
                 its folder of data)"
            )})
        }
        (None, Some(folder), Some(to)) => offline(folder, to)?,
        _ => return Err(Failure::usage("--url URL, or --data DIR and --to DIR")),
    };
    let mut out = std::io::stdout().lock();
    if args.output == Output::Json {
        let mut answer = answer;
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("text");
        }
        writeln!(out, "{answer:#}")?;
    } else {
        writeln!(
            out,
            "backup {}",
            answer["text"].as_str().unwrap_or_default()
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn offline(folder: &Path, to: &Path) -> Result<serde_json::Value, Failure> {
    if to.exists() {
        return Err(Failure::failed(format!(
            "{}: it is there already; a backup goes into a new folder",
            to.display()
        )));
    }
    let house = data::open(folder)?;
    let taken = house.backup(to);
    house.stop();
    if let Err(error) = taken {
        // Half a backup must not be taken for one.
        let _ = fs::remove_dir_all(to);
        return Err(Failure::failed(error));
    }
    let (mut lines, names) = (0, data::workspaces(to, None)?);
    for name in &names {
        let log = data::folder(to, name).join(LOGS[0]);
        lines += super::log::verified(&log)?.lines;
    }
    let text = format!(
        "{}: {} workspaces, {lines} lines of events; keys are not in it",
        to.display(),
        names.len()
    );
    Ok(json!({"backup": to, "workspaces": names, "lines": lines, "text": text}))
}
