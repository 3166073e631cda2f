//! `keys`: the keys of a server, shown, made, rotated and revoked, also while it runs.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use perennial_access::{Audit, Deed, Key, Keys as Chain, Scope, Secret};
use perennial_model::{HOUR_MS, Zone};
use perennial_runtime::{Clock, SystemClock};
use serde_json::{Value, json};

use super::run::instant;
use crate::answer::{Answer, Cell, shown};
use crate::args::{KeyDeed, KeyScope, Keys, Output};
use crate::data;
use crate::failure::Failure;

/// Who did it, as the audit log says.
const WHO: &str = "command line";
const COLUMNS: [&str; 8] = [
    "id",
    "workspace",
    "scope",
    "name",
    "created",
    "last_used",
    "expires",
    "revoked",
];

pub fn keys(args: &Keys) -> Result<ExitCode, Failure> {
    let now = SystemClock.now();
    match &args.deed {
        KeyDeed::List { data, show } => list(&open(data)?).show(show)?,
        KeyDeed::Create {
            data,
            scope,
            name,
            workspace,
            expires,
            output,
        } => {
            let chain = open(data)?;
            data::workspaces(data, Some(workspace))?;
            let scope = match scope {
                KeyScope::Write => Scope::Write,
                KeyScope::Read => Scope::Read,
                KeyScope::Admin => Scope::Admin,
            };
            let expires = expires.as_deref();
            let expires = expires.map(|text| instant("--expires", text, &Zone::utc()));
            let made = chain.create(workspace, scope, name, expires.transpose()?, now);
            let (key, secret) = made.map_err(Failure::failed)?;
            note(data, "key_created", &key)?;
            tell(&key, Some(&secret), *output, "made")?;
        }
        KeyDeed::Rotate {
            id,
            data,
            grace_hours,
            output,
        } => {
            let grace_ms = i64::from(*grace_hours) * HOUR_MS;
            let made = open(data)?.rotate(id, grace_ms, now);
            let (key, secret) = made.map_err(Failure::failed)?;
            note(data, "key_rotated", &key)?;
            let what = format!("made; {id} stays valid for {grace_hours} h");
            tell(&key, Some(&secret), *output, &what)?;
        }
        KeyDeed::Revoke { id, data, output } => {
            let key = open(data)?.revoke(id, now).map_err(Failure::failed)?;
            note(data, "key_revoked", &key)?;
            tell(&key, None, *output, "revoked; it opens nothing any more")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The keys of a folder that is one of data.
fn open(folder: &Path) -> Result<Chain, Failure> {
    data::workspaces(folder, None)?;
    Chain::open(folder).map_err(Failure::failed)
}

fn list(chain: &Chain) -> Answer {
    let keys: Vec<Value> = chain.list().iter().map(Key::shown).collect();
    let row = |key: &Value| COLUMNS.map(|name| Cell::maybe(key[name].as_str())).to_vec();
    Answer {
        head: Vec::new(),
        list: "keys",
        columns: COLUMNS.map(shown).to_vec(),
        rows: keys.iter().map(row).collect(),
        notes: Vec::new(),
        json: None,
    }
}

fn note(folder: &Path, what: &'static str, key: &Key) -> Result<(), Failure> {
    let deed = Deed {
        who: WHO.to_owned(),
        what,
        workspace: key.workspace.clone(),
        on: key.id.clone(),
        ..Deed::default()
    };
    let noted = Audit::of(folder).append(&deed, SystemClock.now());
    noted.map_err(Failure::failed)
}

fn tell(key: &Key, secret: Option<&Secret>, output: Output, what: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if output == Output::Json {
        let mut answer = json!({"key": key.shown()});
        if let Some(secret) = secret {
            answer["secret"] = json!(secret.reveal());
        }
        writeln!(out, "{answer:#}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{} ({}, {}): {what}",
        key.id,
        key.scope.word(),
        key.name
    )?;
    if let Some(secret) = secret {
        writeln!(
            out,
            "{}\nThe key is shown this once; keep it now.",
            secret.reveal()
        )?;
    }
    Ok(())
}
