//! `restore`: a folder of data out of a backup, checked, and there as a whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use crate::args::{Output, Restore};
use crate::data::{self, LOGS};
use crate::failure::Failure;

/// What to do where erasures were not applied.
const REPEAT: &str = "Customers who were erased after the backup was taken are in it again, and none of \
                      that time is suppressed: repeat each erasure, or restore with --erased-from the \
                      folder of data of then.";

/// By workspace, the lines that went; nothing where there was no list to go by.
type ErasedAgain = Vec<(String, Option<u64>)>;

pub fn restore(args: &Restore) -> Result<ExitCode, Failure> {
    let names = data::workspaces(&args.from, None)?;
    if names.is_empty() {
        return Err(Failure::failed(format!(
            "{}: there is no workspace in it",
            args.from.display()
        )));
    }
    let occupied = fs::read_dir(&args.data).is_ok_and(|mut entries| entries.next().is_some());
    if occupied || args.data.is_file() {
        return Err(Failure::failed(format!(
            "{}: it is not empty; a backup goes into a folder of its own",
            args.data.display()
        )));
    }
    let halfway = halfway(&args.data)?;
    data::make_private(&halfway)?;
    let made = copy(&args.from, &halfway, true)
        .and_then(|()| check(&halfway, &names))
        .and_then(|counts| Ok((counts, erase_again(&halfway, args.erased_from.as_deref())?)))
        .and_then(|made| put(&halfway, &args.data).map(|()| made));
    let ((lines, refused), erased) = made.inspect_err(|_| {
        // The failure is told; what is left of the copy is in the way only.
        let _ = fs::remove_dir_all(&halfway);
    })?;
    let mut out = std::io::stdout().lock();
    let has_keys = args.data.join(perennial_access::KEYS_FILE).exists();
    if args.output == Output::Json {
        let erased: Option<serde_json::Map<_, _>> = erased.map(|erased| {
            let erased = erased.into_iter();
            erased.map(|(name, lines)| (name, json!(lines))).collect()
        });
        let answer = json!({"data": args.data, "workspaces": names, "lines": lines,
            "failed": refused, "keys": has_keys, "erased_again": erased});
        writeln!(out, "{answer:#}")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "{}: {} workspaces, {lines} lines of events and {refused} of refused ones, all sound",
        args.data.display(),
        names.len()
    )?;
    let keys = if has_keys {
        "its keys are as they were"
    } else {
        "the first start makes new keys"
    };
    writeln!(
        out,
        "next: perennial serve --data {} ({keys}).",
        args.data.display()
    )?;
    for (name, lines) in erased.iter().flatten() {
        match lines {
            Some(lines) => writeln!(
                out,
                "{name}: {lines} lines of customers erased since are gone"
            )?,
            None => writeln!(out, "{name}: no list of who was erased is there. {REPEAT}")?,
        }
    }
    if erased.is_none() {
        writeln!(out, "{REPEAT}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Erases again whoever was erased since the backup was taken; nothing where there is no list to go by.
fn erase_again(halfway: &Path, from: Option<&Path>) -> Result<Option<ErasedAgain>, Failure> {
    let Some(from) = from else {
        return Ok(None);
    };
    let erased = perennial_runtime::erase_again(halfway, from).map_err(Failure::failed)?;
    if erased.iter().all(|(_, lines)| lines.is_none()) {
        return Err(Failure::failed(format!(
            "{}: there is no workspaces/NAME/privacy.json of any workspace of the backup in it",
            from.display()
        )));
    }
    Ok(Some(erased))
}

/// Where the copy grows: beside the folder, so that one step puts it in its place.
fn halfway(to: &Path) -> Result<PathBuf, Failure> {
    let to = std::path::absolute(to)?;
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let halfway = to.with_file_name(format!(".{name}.restoring"));
    if halfway.exists() {
        return Err(Failure::failed(format!(
            "{}: another restore works there, or died there; remove it to go on",
            halfway.display()
        )));
    }
    Ok(halfway)
}

/// Copies a folder, without what is derived and what says that a server has it open. All is durable
/// when it returns.
fn copy(from: &Path, to: &Path, is_root: bool) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| Failure::failed(format!("{path}: {error}"))
    };
    fs::create_dir_all(to).map_err(failed(to))?;
    for entry in fs::read_dir(from).map_err(failed(from))? {
        let (path, name) = {
            let entry = entry.map_err(failed(from))?;
            (entry.path(), entry.file_name())
        };
        let text = name.to_string_lossy();
        let is_derived = text.starts_with("state-") || text.ends_with("lock");
        if is_derived || (is_root && text == "backups") {
            continue;
        }
        let target = to.join(&name);
        if path.is_dir() {
            copy(&path, &target, false)?;
        } else if path.is_file() {
            fs::copy(&path, &target).map_err(failed(&target))?;
            let file = File::open(&target).map_err(failed(&target))?;
            file.sync_all().map_err(failed(&target))?;
        }
    }
    let folder = File::open(to).map_err(failed(to))?;
    folder.sync_all().map_err(failed(to))
}

/// Reads all logs of a copy: good and refused events in it.
fn check(folder: &Path, names: &[String]) -> Result<(u64, u64), Failure> {
    let mut counts = [0, 0];
    for name in names {
        for (log, count) in LOGS.iter().zip(&mut counts) {
            let verified = super::log::verified(&data::folder(folder, name).join(log))?;
            if let Some(damage) = verified.damage.first() {
                return Err(Failure::failed(format!(
                    "the backup is damaged: {log} of `{name}`, file {}, byte {}: {}",
                    damage.path.file_name().unwrap_or_default().display(),
                    damage.offset,
                    damage.flaw
                )));
            }
            *count += verified.lines;
        }
    }
    Ok((counts[0], counts[1]))
}

/// Puts the copy in its place.
fn put(halfway: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", to.display()));
    let to_whole = std::path::absolute(to)?;
    if to_whole.is_dir() {
        fs::remove_dir(&to_whole).map_err(failed)?;
    }
    fs::rename(halfway, &to_whole).map_err(failed)?;
    match to_whole.parent() {
        Some(parent) => File::open(parent)
            .and_then(|folder| folder.sync_all())
            .map_err(failed),
        None => Ok(()),
    }
}
