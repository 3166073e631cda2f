//! Checks of a folder of data: rights, room, logs, keys, rules.

use std::fs;
use std::path::Path;

use perennial_access::{Audit, KEYS_FILE, Keys, Scope};
use perennial_rules::project::{ProjectText, read};
use perennial_runtime::{Clock, SystemClock};
use serde_json::Value;

use super::{Check, forecast};
use crate::commands::verified;
use crate::data::{self, LOGS};
use crate::failure::Failure;

/// Less room than this is a problem: the log grows by files of this order.
const LITTLE_BYTES: u64 = 256 * 1024 * 1024;
/// Less room than this will not last.
const ENOUGH_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes of logs that are read as a whole; a larger log takes a while.
const READ_BYTES: u64 = 4 * 1024 * 1024 * 1024;
const MIB: u64 = 1024 * 1024;
/// A share of refused events that clients should hear of.
const MANY_REFUSED: f64 = 0.05;

/// All of them.
///
/// # Errors
/// A folder that holds no data.
pub fn checks(folder: &Path) -> Result<Vec<Check>, Failure> {
    let names = data::workspaces(folder, None)?;
    let mut checks = vec![
        rights(folder),
        room(folder),
        served(folder),
        keys(folder),
        audit(folder),
    ];
    for name in names {
        checks.extend(logs(folder, &name));
        checks.push(rules(folder, &name));
        checks.extend(forecasts(folder, &name));
    }
    Ok(checks)
}

fn rights(folder: &Path) -> Check {
    let what = "folder";
    let probe = folder.join(".doctor");
    let written = fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe));
    if let Err(error) = written {
        let way_out = "run this and the server as the one who owns the folder";
        return Check::problem(what, format!("it cannot be written: {error}"), way_out);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).map_or(0, |told| told.permissions().mode());
        if mode(&folder.join(KEYS_FILE)) & 0o077 != 0 {
            let way_out = "chmod 600 the file of keys";
            return Check::problem(what, "others can read or write the file of keys", way_out);
        }
        if mode(folder) & 0o007 != 0 {
            let way_out = "chmod 750 the folder: it holds personal data";
            return Check::warning(what, "everybody on this machine can look into it", way_out);
        }
    }
    Check::ok(what, "it can be written, and others keep out")
}

fn room(folder: &Path) -> Check {
    let what = "free space";
    let Ok(told) = rustix::fs::statvfs(folder) else {
        return Check::ok(what, "not known here");
    };
    let bytes = told.f_bavail.saturating_mul(told.f_frsize);
    let found = format!("{} MiB", bytes / MIB);
    let way_out = "make room, or move the folder to a larger disk: when it is full, events are refused \
                   with 503 until there is room";
    if bytes < LITTLE_BYTES {
        return Check::problem(what, found, way_out);
    }
    if bytes < ENOUGH_BYTES {
        return Check::warning(what, found, way_out);
    }
    Check::ok(what, found)
}

fn served(folder: &Path) -> Check {
    let found = if data::is_served(folder) {
        "a server has the folder open"
    } else {
        "no server has the folder open"
    };
    Check::ok("server", found)
}

fn keys(folder: &Path) -> Check {
    let what = "keys";
    let keys = match Keys::open(folder) {
        Ok(keys) => keys.list(),
        Err(error) => {
            let way_out = "restore the file, or remove it: the next start makes new keys";
            return Check::problem(what, error.to_string(), way_out);
        }
    };
    let now = SystemClock.now();
    let count = |scope| {
        keys.iter()
            .filter(|key| key.scope == scope && key.is_valid(now))
            .count()
    };
    let (write, admin) = (count(Scope::Write), count(Scope::Admin));
    let found = format!("{write} write keys, {admin} admin keys");
    let way_out = "perennial keys create --data DIR --scope write|admin --name NAME";
    if keys.is_empty() {
        return Check::ok(what, "none yet; the first start makes them");
    }
    if admin == 0 || write == 0 {
        return Check::problem(what, found, way_out);
    }
    Check::ok(what, found)
}

fn audit(folder: &Path) -> Check {
    match Audit::of(folder).verify() {
        Ok(verified) => Check::ok("audit log", format!("{} lines, unbroken", verified.lines)),
        Err(error) => Check::problem(
            "audit log",
            error.to_string(),
            "somebody changed the file, or the disk did: compare it with a backup",
        ),
    }
}

fn logs(folder: &Path, workspace: &str) -> Vec<Check> {
    let what = "log";
    let mut checks = Vec::new();
    let mut lines = [0, 0];
    for (log, lines) in LOGS.into_iter().zip(&mut lines) {
        let own = data::folder(folder, workspace).join(log);
        if bytes_in(&own) > READ_BYTES {
            let found = format!("{log} of `{workspace}` is large; it was not read");
            let way_out = "perennial log verify --data DIR reads all of it";
            checks.push(Check::warning(what, found, way_out));
            continue;
        }
        match verified(&own) {
            Ok(verified) if verified.damage.is_empty() => {
                *lines = verified.lines;
                let mut found = format!(
                    "{log} of `{workspace}`: {} lines, all sound",
                    verified.lines
                );
                if verified.torn.is_some() {
                    found.push_str("; a crash tore the last write, or one is under way");
                }
                checks.push(Check::ok(what, found));
            }
            Ok(verified) => checks.push(Check::problem(
                what,
                format!(
                    "{log} of `{workspace}` is damaged at {} places",
                    verified.damage.len()
                ),
                "perennial log verify --data DIR names them; docs/serve.md says what to do",
            )),
            Err(failure) => checks.push(Check::problem(
                what,
                failure.message,
                "see that the files can be read, and that this program is not older than they are",
            )),
        }
    }
    let [good, refused] = lines.map(|lines| lines as f64);
    if refused > MANY_REFUSED * (good + refused) {
        let share = 100.0 * refused / (good + refused);
        let found = format!("{share:.0} % of all events of `{workspace}` were refused");
        let way_out = "GET /v1/failed says why; mend the client, then POST /v1/failed/retry";
        checks.push(Check::warning("failed events", found, way_out));
    }
    checks
}

fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}

/// What a server has last done about forecasts, where it made any.
fn forecasts(folder: &Path, workspace: &str) -> Option<Check> {
    let path = data::folder(folder, workspace).join("forecast.json");
    let known: Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    Some(forecast::check(&known, workspace))
}

/// The rules that a start would use.
fn rules(folder: &Path, workspace: &str) -> Check {
    let what = "rules";
    let own = data::folder(folder, workspace);
    let json =
        |path: &Path| -> Option<Value> { serde_json::from_slice(&fs::read(path).ok()?).ok() };
    let number = json(&own.join("current.json")).and_then(|current| current["rules"].as_u64());
    let files =
        number.and_then(|number| json(&own.join(format!("rules-{number}")).join("files.json")));
    let files: Option<Vec<(String, String)>> = files.and_then(|v| serde_json::from_value(v).ok());
    let Some(files) = files else {
        let found = format!("those of `{workspace}` cannot be read");
        return Check::problem(
            what,
            found,
            "restore a backup; the log alone does not say them",
        );
    };
    let text = |(path, text)| ProjectText { path, text };
    let texts: Vec<ProjectText> = files.into_iter().map(text).collect();
    match read(&texts).project {
        None => Check::problem(
            what,
            format!("those of `{workspace}` are not valid for this version"),
            "perennial validate your project, then perennial apply it with the version that wrote them",
        ),
        Some(project) if project.lifecycles.is_empty() => Check::warning(
            what,
            format!("`{workspace}` has no lifecycle"),
            "perennial apply --project DIR publishes one",
        ),
        Some(project) => Check::ok(what, format!("`{workspace}`: {}", project.version)),
    }
}
