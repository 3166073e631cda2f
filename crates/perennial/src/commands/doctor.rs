//! `doctor`: what is wrong with a server or its data, with a way out for each.

use std::process::ExitCode;

use serde_json::json;

use crate::answer::{Answer, Cell, shown};
use crate::args::Doctor;
use crate::checks::{Check, Status, folder, machine, server};
use crate::failure::{Failure, exit};
use crate::http::admin_key;

pub fn doctor(args: &Doctor) -> Result<ExitCode, Failure> {
    let mut checks = Vec::new();
    if let Some(data) = &args.data {
        checks.extend(machine::checks());
        checks.extend(folder::checks(data)?);
    }
    if let Some(url) = &args.url {
        let key = admin_key(args.admin_key.as_deref()).ok();
        checks.extend(server::checks(url, key)?);
    }
    let count = |status| checks.iter().filter(|check| check.status == status).count();
    let (problems, warnings) = (count(Status::Problem), count(Status::Warning));
    let row = |check: &Check| {
        vec![
            Cell::Text(check.status.word().to_owned()),
            Cell::Text(check.what.to_owned()),
            Cell::Text(check.found.clone()),
            Cell::maybe(check.way_out.as_deref()),
        ]
    };
    let answer = Answer {
        head: vec![("problems", json!(problems)), ("warnings", json!(warnings))],
        list: "checks",
        columns: ["status", "check", "found", "way_out"].map(shown).to_vec(),
        rows: checks.iter().map(row).collect(),
        notes: vec![format!("{problems} problems, {warnings} warnings")],
        json: None,
    };
    answer.show(&args.show)?;
    Ok(if problems == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::FAILED)
    })
}
