//! `serve`: takes events over HTTP, keeps them, and answers where every customer stands.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use perennial_access::{Keys, Proxies, Rate, Scope};
use perennial_api::{ApiError, Bound, Patience, RequestLog, ServeOptions, bind};
use perennial_api::{Stopper, WebhookSecret, warning_if_exposed};
use perennial_runtime::{AskError, Clock, DEFAULT, House, HouseOptions, Question, SystemClock};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::args::{Output, Requests, Serve};
use crate::data;
use crate::failure::{Failure, exit};
use crate::folder::{self, Checked};
use crate::pictures::Pictures;
use crate::size;

/// The first write key, where the operator gives it.
const WRITE_KEY: &str = "PERENNIAL_WRITE_KEY";
/// The first admin key, where the operator gives it.
const ADMIN_KEY: &str = "PERENNIAL_ADMIN_KEY";
/// Secrets by which webhooks of the first workspace are signed, by source.
const WEBHOOK_SECRETS: &[(&str, &str)] = &[
    ("shopify", "PERENNIAL_SHOPIFY_SECRET"),
    ("stripe", "PERENNIAL_STRIPE_SECRET"),
];
/// How often it is asked whether the logs can keep their promises.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// For requests in flight when the server stops, and again for threads that hang. With
/// [`STOP_HOUSE`] it stays below ten seconds.
const STOP_REQUESTS: Duration = Duration::from_secs(3);
/// For workspaces to put on the shelf what they folded. What is not there is folded again from the log.
const STOP_HOUSE: Duration = Duration::from_millis(3500);
/// For answers on their way when a log can keep no promise any more.
const STOP_DEAD: Duration = Duration::from_secs(1);

pub fn serve(args: &Serve) -> Result<ExitCode, Failure> {
    let pictures = Pictures::default();
    let options = ServeOptions {
        analyst: Some(Arc::new(pictures.clone())),
        ..options(args)?
    };
    // Heard from here on, so that a server which is asked to end while it starts ends in order, too.
    let ends = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&ends))?;
    }
    let project = args.project.as_deref().map(folder::checked).transpose()?;
    let house = open(args, project.as_ref(), pictures.clone())?;
    pictures.forecast_for(&house)?;
    let keys = first_keys(&house)?;
    let bound = bind(Arc::clone(&house), options).map_err(refused)?;
    let address = bound.address().map_err(refused)?;
    announce(args, address)?;
    if let Some(keys) = keys {
        show_keys(&keys, address);
    }
    compare_rules(args, &house, project.as_ref());
    run(bound, &house, &ends)
}

fn open(
    args: &Serve,
    project: Option<&Checked>,
    pictures: Pictures,
) -> Result<Arc<House>, Failure> {
    let files = project.map(Checked::files).unwrap_or_default();
    data::make_private(&args.data)?;
    let opened = House::open(
        &args.data,
        HouseOptions {
            project: files,
            at_hand: args.at_hand.unwrap_or(0),
            forgets: Some(Arc::new(move |name: &str, folder: &Path| {
                pictures.forget(name, folder)
            })),
            ..HouseOptions::default()
        },
    );
    opened.map(Arc::new).map_err(Failure::failed)
}

fn options(args: &Serve) -> Result<ServeOptions, Failure> {
    let mut options = ServeOptions {
        listen: args.listen,
        proxies: Proxies::read(args.trusted_proxy.iter().map(String::as_str))
            .map_err(|error| Failure::usage(format!("--trusted-proxy: {error}")))?,
        backups: args.backups.clone(),
        log: match args.request_log {
            Requests::Off => RequestLog::Off,
            Requests::Failures => RequestLog::Failures,
            Requests::All => RequestLog::All,
        },
        patience: Patience {
            stop: STOP_REQUESTS,
            ..Patience::default()
        },
        ..ServeOptions::default()
    };
    if let Some(text) = &args.max_body {
        options.limits.sent_bytes = size::bytes("--max-body", text)?;
        let inflated = &mut options.limits.body_bytes;
        *inflated = (*inflated).max(options.limits.sent_bytes);
    }
    if let Some(text) = &args.max_event {
        options.limits.event_bytes = size::bytes("--max-event", text)?;
    }
    if let Some(text) = &args.max_in_flight {
        options.in_flight_bytes = size::bytes("--max-in-flight", text)?;
    }
    if options.limits.body_bytes > options.in_flight_bytes {
        return Err(Failure::usage(
            "--max-in-flight must hold at least one request of --max-body",
        ));
    }
    if let Some(connections) = args.max_connections {
        options.connections = connections.max(1);
    }
    if let Some(per_second) = args.max_rate {
        let burst = per_second.saturating_mul(2);
        options.key_rate = Rate { per_second, burst };
        options.address_rate = Rate { per_second, burst };
    }
    if let Some(threads) = args.threads {
        options.threads = threads.clamp(1, 256);
    }
    for (source, variable) in WEBHOOK_SECRETS {
        if let Some(secret) = given(variable)? {
            options.webhooks.push(WebhookSecret {
                workspace: DEFAULT.to_owned(),
                source: (*source).to_owned(),
                secret,
            });
        }
    }
    Ok(options)
}

/// The value of a variable of the environment, which may be absent.
fn given(variable: &str) -> Result<Option<String>, Failure> {
    match std::env::var(variable) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(Failure::usage(format!("{variable}: {error}"))),
    }
}

/// The first keys of a folder of data: secrets that were made now, or none where the operator has
/// given one.
struct FirstKeys {
    write: Option<String>,
    admin: Option<String>,
}

/// Makes or takes the first keys, where there are none yet.
fn first_keys(house: &House) -> Result<Option<FirstKeys>, Failure> {
    let keys = Keys::open(house.folder()).map_err(Failure::failed)?;
    if !keys.is_empty() {
        return Ok(None);
    }
    let now = SystemClock.now();
    let (write, admin) = (given(WRITE_KEY)?, given(ADMIN_KEY)?);
    let mut seeds = Vec::new();
    seeds.extend(write.as_deref().map(|key| (Scope::Write, key)));
    seeds.extend(admin.as_deref().map(|key| (Scope::Admin, key)));
    keys.seed(DEFAULT, &seeds, now).map_err(Failure::failed)?;
    let make = |scope: Scope| {
        let name = format!("first {} key", scope.word());
        let (_, secret) = keys
            .create(DEFAULT, scope, &name, None, now)
            .map_err(Failure::failed)?;
        Ok::<_, Failure>(Some(secret.reveal().to_owned()))
    };
    let made = FirstKeys {
        write: if write.is_none() {
            make(Scope::Write)?
        } else {
            None
        },
        admin: if admin.is_none() {
            make(Scope::Admin)?
        } else {
            None
        },
    };
    Ok(Some(made))
}

fn announce(args: &Serve, address: SocketAddr) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if args.output == Output::Json {
        let line =
            json!({"url": format!("http://{address}"), "data": args.data, "workspace": DEFAULT});
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "perennial serves at http://{address}")?;
    }
    out.flush()?;
    if let Some(warning) = warning_if_exposed(address) {
        say(&format!("warning: {warning}"));
    }
    Ok(())
}

/// Shows what the operator needs for the first event; the keys are shown this once.
fn show_keys(keys: &FirstKeys, address: SocketAddr) {
    let shown = |key: &Option<String>, variable: &str| match key {
        Some(key) => key.clone(),
        None => format!("as {variable} says"),
    };
    let write = keys.write.as_deref().unwrap_or("$PERENNIAL_WRITE_KEY");
    let admin = keys.admin.as_deref().unwrap_or("$PERENNIAL_ADMIN_KEY");
    say(&format!(
        "
Keys of the workspace `{DEFAULT}`. They are shown this once; keep them now.
  write key  {}   sends events, reads nothing: it may stand in a web page
  admin key  {}   reads and changes everything: keep it secret

Send an event, then ask for the customer:
  curl http://{address}/v1/batch -u \"{write}:\" -H 'content-type: application/json' \\
    -d '{{\"batch\":[{{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"ada\",\"properties\":{{\"total\":40}}}}]}}'
  curl http://{address}/v1/customers/ada -H \"authorization: Bearer {admin}\"

docs/ingest.md says where to point Segment, RudderStack, PostHog and other clients; docs/serve.md the rest.
",
        shown(&keys.write, WRITE_KEY),
        shown(&keys.admin, ADMIN_KEY),
    ));
}

/// Says where the project's rules are others than those in force, or publishes them. Neither is waited
/// for: a long log is read first.
fn compare_rules(args: &Serve, house: &House, project: Option<&Checked>) {
    let Some(workspace) = house.workspace(DEFAULT) else {
        return;
    };
    let Some((checked, folder)) = project.zip(args.project.as_ref()) else {
        return;
    };
    let Some(version) = checked.project.as_ref().map(|draft| draft.version.clone()) else {
        return;
    };
    let (files, folder) = (checked.files(), folder.display().to_string());
    let (publish, own) = (args.apply, workspace.clone());
    let compare = move |answer: Result<serde_json::Value, AskError>| {
        let own_files = files
            .iter()
            .map(|(name, text)| (name.clone(), text.as_str().into()));
        let own_files: serde_json::Map<_, _> = own_files.collect();
        let in_force = answer.map(|rules| {
            let is_same = rules["files"].as_object() == Some(&own_files);
            let version = rules["version"].as_str().unwrap_or("").to_owned();
            (version, is_same)
        });
        let in_force = match in_force {
            Ok((_, true)) => return,
            in_force => in_force.map(|(version, _)| version),
        };
        match in_force {
            Ok(in_force) if publish => {
                say(&format!(
                    "publishing the rules in {folder} ({version}); those in force ({in_force}) answer \
                     until all customers are folded again"
                ));
                let told = |answer: Result<_, _>| match answer {
                    Ok(_) => say("the new rules are in force"),
                    Err(error) => say(&format!("warning: the rules were not published: {error}")),
                };
                own.ask(Question::Apply { files, plan: false }, Box::new(told));
            }
            Ok(in_force) => say(&format!(
                "note: the rules in {folder} ({version}) are others than those in force ({in_force}), \
                 which stay. `perennial apply --project {folder}` publishes them."
            )),
            Err(error) => say(&format!(
                "warning: the rules in force are not known: {error}"
            )),
        }
    };
    workspace.ask(Question::Rules, Box::new(compare));
}

/// Serves until it is stopped by SIGTERM or SIGINT, or until a log can keep no promise any more.
///
/// The server runs on a thread of its own, so that the process can end whatever hangs in it.
fn run(bound: Bound, house: &Arc<House>, ends: &AtomicBool) -> Result<ExitCode, Failure> {
    let stopper = bound.stopper();
    let (sender, ended) = channel();
    let serving = std::thread::Builder::new().name("serve".to_owned());
    serving.spawn(move || sender.send(bound.run()).ok())?;
    loop {
        match ended.recv_timeout(LOOK_EVERY) {
            Ok(outcome) => {
                outcome.map_err(refused)?;
                stop(house);
                return Ok(ExitCode::SUCCESS);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::failed("the server ended without saying why"));
            }
        }
        if ends.load(Ordering::Relaxed) {
            stopper.stop();
        }
        if let Some(cause) = house.dead() {
            return Err(give_up(&stopper, &cause, || {
                ended.recv_timeout(STOP_DEAD).ok();
            }));
        }
    }
}

/// Ends at once: no answer may follow that promises to keep anything.
fn give_up(stopper: &Stopper, cause: &str, wait: impl FnOnce()) -> Failure {
    let failure = Failure {
        code: exit::FAILED,
        message: format!(
            "the log can keep no promise any more, so the server ends: {cause}\n\
             Nothing that was acknowledged is lost. Look after the disk, then start again: the log is \
             checked and what is derived from it is built anew."
        ),
    };
    stopper.stop();
    wait();
    failure
}

/// Puts what was folded on the shelf, and gives up on that in time.
fn stop(house: &Arc<House>) {
    let (sender, stopped) = channel();
    let own = Arc::clone(house);
    std::thread::spawn(move || {
        own.stop();
        sender.send(()).ok();
    });
    if stopped.recv_timeout(STOP_HOUSE).is_err() {
        say("note: stopped before all that was folded was kept; the next start folds it again");
    } else if std::io::stderr().is_terminal() {
        say("stopped; all that was acknowledged is kept");
    }
}

fn refused(error: ApiError) -> Failure {
    match error {
        ApiError::Listen { .. } => Failure::failed(format!(
            "{error}; `--listen ADDRESS` chooses another, port 0 any free one"
        )),
        error => Failure::failed(error),
    }
}

/// Says something to the operator. Where standard error is closed there is nobody to tell.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
