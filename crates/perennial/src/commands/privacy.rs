//! `privacy`: what customers may ask of their data: to have it, to have it erased, to be left alone; and how
//! long what is kept.

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

/// A question about somebody.
type Ask = fn(Whose) -> Question;

/// What is asked for.
struct Asked {
    question: Question,
    /// What the audit log calls it; nothing where it is not noted.
    noted: Option<&'static str>,
    /// Its path at a server, and what is sent there; nothing where it is only looked at.
    path: &'static str,
    body: Option<Value>,
}

pub fn privacy(args: &Privacy) -> Result<ExitCode, Failure> {
    let asked = asked(args)?;
    let answer = match (&args.target.url, &args.target.data) {
        (Some(url), _) => {
            let key = admin_key(args.target.admin_key.as_deref())?;
            let client = Client::new(url, Some(key))?;
            match &asked.body {
                Some(body) => client.post(asked.path, body)?,
                None => client.get(asked.path)?,
            }
        }
        (None, Some(folder)) => offline(args, asked, folder)?,
        (None, None) => return Err(Failure::usage("--url URL, or --data DIR")),
    };
    show(args, &answer)?;
    Ok(ExitCode::SUCCESS)
}

fn asked(args: &Privacy) -> Result<Asked, Failure> {
    let Some((question, noted, path)) = of_one(args.deed) else {
        return retention(args);
    };
    if args.apply {
        return Err(Failure::usage("--apply goes with privacy retention"));
    }
    let Some(id) = args.id.clone() else {
        return Err(Failure::usage(
            "whose? Give her customer id, or any identifier of hers",
        ));
    };
    let kind = args.kind.map(|kind| match kind {
        IdKind::User => "user",
        IdKind::Anonymous => "anonymous",
        IdKind::Email => "email",
        IdKind::Phone => "phone",
    });
    let mut body = json!({"id": id});
    let who = match kind {
        None => Whose::Any(id),
        Some(kind) => {
            body["kind"] = json!(kind);
            let kind = kind.to_owned();
            Whose::Of { kind, id }
        }
    };
    Ok(Asked {
        question: question(who),
        noted: Some(noted),
        path,
        body: Some(body),
    })
}

/// What is asked of one customer, its name in the audit log and its path.
fn of_one(deed: PrivacyDeed) -> Option<(Ask, &'static str, &'static str)> {
    Some(match deed {
        PrivacyDeed::Export => (Question::Export, "customer_exported", "/v1/privacy/export"),
        PrivacyDeed::Erase => (Question::Erase, "customer_erased", "/v1/privacy/erase"),
        PrivacyDeed::Suppress => (
            Question::Suppress,
            "customer_suppressed",
            "/v1/privacy/suppress",
        ),
        PrivacyDeed::Unsuppress => (
            Question::Unsuppress,
            "customer_unsuppressed",
            "/v1/privacy/unsuppress",
        ),
        PrivacyDeed::Retention => return None,
    })
}

fn retention(args: &Privacy) -> Result<Asked, Failure> {
    if args.id.is_some() || args.kind.is_some() {
        return Err(Failure::usage(
            "privacy retention is of all events, not of one customer's",
        ));
    }
    Ok(Asked {
        question: Question::Retention { apply: args.apply },
        noted: args.apply.then_some("retention_applied"),
        path: "/v1/privacy/retention",
        body: args.apply.then(|| json!({})),
    })
}

fn offline(args: &Privacy, asked: Asked, folder: &Path) -> Result<Value, Failure> {
    let house = data::open(folder)?;
    let workspace = data::workspace(&house, &args.workspace)?;
    if let Some(what) = asked.noted {
        // Whose data it is stays out of the audit log, which outlives an erasure.
        let deed = Deed {
            who: "command line".to_owned(),
            what,
            workspace: args.workspace.clone(),
            ..Deed::default()
        };
        let noted = Audit::of(folder).append(&deed, SystemClock.now());
        noted.map_err(Failure::failed)?;
    }
    let answer = workspace.ask_and_wait(asked.question);
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
        PrivacyDeed::Retention if goes_on => {
            "the server is at it; it takes a while in a long log, and is done when none would go any more"
        }
        PrivacyDeed::Retention => return show_retention(args.apply, answer, &mut out),
        PrivacyDeed::Export => "",
    };
    writeln!(out, "{said}")?;
    Ok(())
}

fn show_retention(applied: bool, answer: &Value, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(out, "kept, by the project's `retention`:")?;
    for (event, kept) in answer["retention"].as_object().into_iter().flatten() {
        writeln!(out, "  {event}: {}", kept.as_str().unwrap_or_default())?;
    }
    let (events, failed) = (&answer["events"], &answer["failed"]);
    match applied {
        true => writeln!(
            out,
            "the content of {events} events is gone, and so are {failed} refused ones"
        )?,
        false => writeln!(
            out,
            "older: {events} events, whose content would go, and {failed} refused ones; --apply does it now"
        )?,
    }
    // An answer says when the logs were looked through before it.
    let last = answer["last_at"].as_str().unwrap_or("never");
    writeln!(out, "looked through before: {last}")?;
    Ok(())
}
