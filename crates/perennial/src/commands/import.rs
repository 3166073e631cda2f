//! `import`: files of events looked at, folded, or sent to a server.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use perennial_batch::BatchError;
use perennial_batch::read::Guess;
use perennial_model::Zone;
use serde_json::json;

use crate::args::{Import, Output, Run};
use crate::data;
use crate::failure::Failure;
use crate::folder;
use crate::http::{Client, write_key};
use crate::import::{Door, Sent, send};
use crate::progress::Bar;

/// How long a server that is busy or away is waited for: a restart, or a disk that is made room on.
const PATIENCE: Duration = Duration::from_secs(600);

pub fn import(args: &Import) -> Result<ExitCode, Failure> {
    if args.dry_run {
        let mut out = std::io::stdout().lock();
        let zone = Zone::utc();
        for file in &args.files {
            let guess = Guess::of(file, &zone).map_err(BatchError::from)?;
            write!(out, "{}", guess.to_yaml())?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(mut door) = door(args)? {
        let project = folder::load(&args.project)?;
        let bar = Bar::new(false);
        let sent = send(&project, &args.project, &args.files, &mut door, &bar);
        bar.clear();
        door.close();
        return tell(args, &sent?);
    }
    super::run::run(&Run {
        project: args.project.clone(),
        input: args.files.clone(),
        out: None,
        until: None,
        threads: None,
        max_bad: None,
        scores: None,
        output: args.output,
        quiet: false,
    })
}

/// The door that is asked for, if one is.
fn door(args: &Import) -> Result<Option<Door>, Failure> {
    if let Some(url) = &args.url {
        let key = write_key(args.write_key.as_deref())?;
        let client = Client::new(url, Some(key))?.with_patience(PATIENCE);
        return Ok(Some(Door::Server(client)));
    }
    let Some(folder) = &args.data else {
        return Ok(None);
    };
    let house = data::open(folder)?;
    let workspace = data::workspace(&house, &args.workspace)?;
    Ok(Some(Door::Folder(house, workspace)))
}

fn tell(args: &Import, sent: &Sent) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    if args.output == Output::Json {
        let answer = json!({"rows": sent.rows, "kept": sent.kept, "bad": sent.bad,
            "refused": sent.refused});
        writeln!(out, "{answer:#}")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "{} rows read, {} events kept; what had come before counts once",
        sent.rows, sent.kept
    )?;
    if sent.bad + sent.refused > 0 {
        writeln!(
            out,
            "{} bad rows and {} refused events are among the failed events (GET /v1/failed)",
            sent.bad, sent.refused
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
