//! `apply`: a project's rules published on a server, or who would move by them.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Cell, shown};
use crate::args::{Apply, Output};
use crate::failure::{Failure, exit};
use crate::folder;
use crate::http::{Client, admin_key};

/// How often it is asked how far the change has come.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub fn apply(args: &Apply) -> Result<ExitCode, Failure> {
    let checked = folder::checked(&args.project)?;
    let version = checked.project.as_ref().map(|draft| draft.version.clone());
    let version = version.ok_or_else(Failure::invalid)?;
    let files: Map<String, Value> = checked
        .files()
        .into_iter()
        .map(|(name, text)| (name, Value::String(text)))
        .collect();
    let client = Client::new(&args.url, Some(admin_key(args.admin_key.as_deref())?))?;
    if args.plan {
        return plan(args, &client, &json!({"files": files}));
    }
    let in_force = client.get("/v1/rules")?;
    let before = in_force["version"].as_str().unwrap_or_default().to_owned();
    // Not all that files say is part of the version: what is shown to whom is not.
    let changed = in_force["files"].as_object() != Some(&files);
    if changed {
        client.post("/v1/rules", &json!({"files": files}))?;
        wait(&client, &version)?;
    }
    let mut out = std::io::stdout().lock();
    if args.show.output == Output::Json {
        let answer = json!({"version": version, "before": before, "changed": changed});
        writeln!(out, "{answer:#}")?;
    } else if !changed {
        writeln!(
            out,
            "rules {version} are in force already; nothing was changed"
        )?;
    } else if before == version {
        writeln!(
            out,
            "rules {version} are in force as before; what has changed of the project moves nobody"
        )?;
    } else {
        writeln!(
            out,
            "rules {version} are in force, in the place of {before}"
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until rules are in force, with a bar where somebody looks.
fn wait(client: &Client, version: &str) -> Result<(), Failure> {
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(0)
    } else {
        ProgressBar::hidden()
    };
    let style =
        ProgressStyle::with_template("folding again {wide_bar} {pos}/{len} lines, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    loop {
        let rules = client.get("/v1/rules")?;
        let applying = &rules["applying"];
        if rules["version"] == version && applying.is_null() {
            bar.finish_and_clear();
            return Ok(());
        }
        if applying.is_null() || applying["version"] != version {
            bar.finish_and_clear();
            return Err(Failure::failed(
                "the rules did not come into force: the change ended or others took its place; the \
                 server's log says why",
            ));
        }
        bar.set_length(applying["of_lines"].as_u64().unwrap_or(0));
        bar.set_position(applying["lines"].as_u64().unwrap_or(0));
        sleep(LOOK_EVERY);
    }
}

fn plan(args: &Apply, client: &Client, body: &Value) -> Result<ExitCode, Failure> {
    let planned = client.post("/v1/rules?plan=true", body)?;
    let text = |value: &Value| Cell::maybe(value.as_str());
    let moves = planned["moves"].as_array().cloned().unwrap_or_default();
    let row = |change: &Value| {
        let customers = change["customers"].as_i64().unwrap_or(0);
        let (from, to) = (text(&change["from"]), text(&change["to"]));
        vec![text(&change["lifecycle"]), from, to, Cell::Whole(customers)]
    };
    let changes = planned["version"] != planned["before"];
    let customers = planned["customers"].as_u64().unwrap_or(0);
    let note = match (changes, customers) {
        (false, _) => "the rules are those in force; nothing would change".to_owned(),
        (true, 0) => "the rules are others, and nobody would stand elsewhere".to_owned(),
        (true, some) => format!("{some} customers would stand elsewhere; nothing has been changed"),
    };
    let answer = Answer {
        head: ["version", "before", "customers", "as_of"]
            .map(|name| (name, planned[name].clone()))
            .to_vec(),
        list: "changes",
        columns: ["lifecycle", "from", "to", "customers"].map(shown).to_vec(),
        rows: moves.iter().map(row).collect(),
        notes: vec![note],
        json: None,
    };
    answer.show(&args.show)?;
    Ok(if changes && args.detailed_exitcode {
        ExitCode::from(exit::PENDING)
    } else {
        ExitCode::SUCCESS
    })
}
