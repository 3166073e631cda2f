//! `privacy`: what customers may ask of their data: to have it, to have it erased, to be left alone.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use perennial_access::{Audit, Deed};
use perennial_runtime::{Clock, Question, SystemClock, Whose};
use serde_json::{Value, json};

use crate::args::{IdKind, Output, Privacy, PrivacyDeed};
use crate::data;
use crate::failure::Failure;
use crate::http::{Client, admin_key};

pub fn privacy(args: &Privacy) -> Result<ExitCode, Failure> {
    let kind = args.kind.map(|kind| match kind {
        IdKind::User => "user",
        IdKind::Anonymous => "anonymous",
        IdKind::Email => "email",
        IdKind::Phone => "phone",
    });
    let answer = match (&args.target.url, &args.target.data) {
        (Some(url), _) => {
            let key = admin_key(args.target.admin_key.as_deref())?;
            let mut body = json!({"id": args.id});
            if let Some(kind) = kind {
                body["kind"] = json!(kind);
            }
            let path = format!("/v1/privacy/{}", word(args.deed));
            Client::new(url, Some(key))?.post(&path, &body)?
        }
        (None, Some(folder)) => offline(args, kind, folder)?,
        (None, None) => return Err(Failure::usage("--url URL, or --data DIR")),
    };
    show(args, &answer)?;
    Ok(ExitCode::SUCCESS)
}

const fn word(deed: PrivacyDeed) -> &'static str {
    match deed {
        PrivacyDeed::Export => "export",
        PrivacyDeed::Erase => "erase",
        PrivacyDeed::Suppress => "suppress",
        PrivacyDeed::Unsuppress => "unsuppress",
    }
}

fn offline(args: &Privacy, kind: Option<&str>, folder: &Path) -> Result<Value, Failure> {
    let house = data::open(folder)?;
    let workspace = data::workspace(&house, &args.workspace)?;
    let id = args.id.clone();
    let who = match kind {
        None => Whose::Any(id),
        Some(kind) => Whose::Of {
            kind: kind.to_owned(),
            id,
        },
    };
    let (what, question) = match args.deed {
        PrivacyDeed::Export => ("customer_exported", Question::Export(who)),
        PrivacyDeed::Erase => ("customer_erased", Question::Erase(who)),
        PrivacyDeed::Suppress => ("customer_suppressed", Question::Suppress(who)),
        PrivacyDeed::Unsuppress => ("customer_unsuppressed", Question::Unsuppress(who)),
    };
    // Whose data it is stays out of the audit log, which outlives an erasure.
    let deed = Deed {
        who: "command line".to_owned(),
        what,
        workspace: args.workspace.clone(),
        ..Deed::default()
    };
    let noted = Audit::of(folder).append(&deed, SystemClock.now());
    noted.map_err(Failure::failed)?;
    let answer = workspace.ask_and_wait(question);
    house.stop();
    answer.map_err(Failure::failed)
}

fn show(args: &Privacy, answer: &Value) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if args.output == Output::Json || args.deed == PrivacyDeed::Export {
        writeln!(out, "{answer:#}")?;
        return Ok(());
    }
    let goes_on = answer["status"] == "going_on";
    let said = match args.deed {
        PrivacyDeed::Erase if goes_on => {
            "the server is erasing her; it takes a while in a long log, and is done when she is unknown"
        }
        PrivacyDeed::Erase => {
            "erased: her lines have left the log, and all that came of them. Backups that were taken \
             before still hold her"
        }
        PrivacyDeed::Suppress => "suppressed: events of her are taken no more",
        PrivacyDeed::Unsuppress => "events of her are taken again",
        PrivacyDeed::Export => "",
    };
    writeln!(out, "{said}")?;
    Ok(())
}
