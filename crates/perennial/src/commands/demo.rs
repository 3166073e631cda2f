//! `demo`: makes a shop, runs it by the commands that everybody has, and says what is in it.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use perennial_analytics::journey::PainPoint;
use perennial_analytics::opportunities::Opportunity;

use super::{explain, journey, opportunities, run, segments, stages, transitions};
use crate::args::{
    AnyQuestion, Demo, Explain, From, Output, Run, Segments, Show, Stages, Transitions,
};
use crate::demo::{Findings, MAX_CUSTOMERS, Truth, grouped, write, write_truth};
use crate::failure::{Failure, note};
use crate::report::value_told;
use crate::results;

/// Longest line of running text.
const LINE_CHARS: usize = 100;
/// Said of a mistake in this program.
const NOT_UNDERSTOOD: &str = "the command's own words are not understood";

pub fn demo(args: &Demo) -> Result<ExitCode, Failure> {
    if !(1..=MAX_CUSTOMERS).contains(&args.customers) {
        let message = format!("--customers {}: from 1 to {MAX_CUSTOMERS}", args.customers);
        return Err(Failure::usage(message));
    }
    let begun = Instant::now();
    let folder = &args.folder;
    let shown = quoted(folder);
    let events = write(folder, args.seed, args.customers, !args.control)?;
    say(&format!(
        "A shop of {} customers over two years, {} lines of events, is in {shown}: the rules in perennial.yaml, \
         the events in data. These commands are run on it:",
        grouped(i64::from(args.customers)),
        grouped(events as i64)
    ))?;
    if let Some(path) = &args.truth {
        let all = Truth::of_all(args.seed, args.customers, !args.control);
        let rows = write_truth(path, all)?;
        note(&format!(
            "what is true of {} customers who ordered is in {}",
            grouped(rows as i64),
            path.display()
        ));
    }
    step(&format!("run --project {shown}"))?;
    run::run(&run_args(folder))?;
    step(&format!("stages --project {shown}"))?;
    stages::stages(&stages_args(folder))?;
    step(&format!("transitions --project {shown} --by country"))?;
    first_to_repeat(folder)?;
    step(&format!("segments --project {shown}"))?;
    segments::segments(&Segments {
        from: from(folder),
        at: None,
        show: show(),
    })?;
    let pains = hurts(folder, &shown)?;
    let worth = worth(folder, &shown)?;
    let (read, zone) = results::open(&from(folder))?;
    let mut found = Findings::read(&read, &zone, &pains, &worth)?;
    if let Some(customer) = &found.someone {
        step(&format!("explain {customer} --project {shown}"))?;
        let customer = customer.clone();
        explain::explain(&Explain {
            customer,
            from: from(folder),
            at: None,
            show: show(),
        })?;
    }
    // Where a shop is too small for a forecast nothing is said of it.
    let ahead = value_told(&read, folder).map_or(Vec::new(), |told| told.sentences());
    found.sentences.extend(ahead);
    conclude(&shown, &found)?;
    say(&format!(
        "\nAll of this took {:.1} seconds.",
        begun.elapsed().as_secs_f64()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// What was found, and what to try next.
fn conclude(folder: &str, found: &Findings) -> Result<(), Failure> {
    say("\nWhat the results say:")?;
    if found.sentences.is_empty() {
        say("  too few customers to say anything; leave out --customers")?;
    }
    for sentence in &found.sentences {
        say(&format!("- {sentence}"))?;
    }
    let customer = found.someone.as_deref().unwrap_or("CUSTOMER");
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nWhat to try next:")?;
    for (command, what) in [
        (
            format!("explain {customer} --project {folder} --at 2025-06-01"),
            "the same customer, half a year earlier",
        ),
        (
            format!("stages --project {folder} --at 2025-01-01"),
            "where everybody stood then",
        ),
        (
            format!("transitions --project {folder} --by region"),
            "all moves, by region",
        ),
        (
            format!("journey --out {folder}/out"),
            "what customers touch in each stage, and what comes next",
        ),
        (
            format!("plan --project {folder} --draft {folder}/draft"),
            "what 120 days instead of 90 would change",
        ),
        (
            format!("import --dry-run {folder}/data/shop-2025-12.csv"),
            "what columns mean; give it a file of your own",
        ),
    ] {
        writeln!(out, "  perennial {command}\n      {what}")?;
    }
    Ok(())
}

/// A question about the results, by the words that one would type.
fn typed(words: &[&str], folder: &Path) -> Result<AnyQuestion, Failure> {
    let out = folder.join("out").display().to_string();
    let words = words.iter().map(|word| (*word).to_owned());
    let words: Vec<String> = words.chain([out]).collect();
    AnyQuestion::parse(&words).map_err(|_| Failure::failed(NOT_UNDERSTOOD))
}

/// Where it hurts, by the command that says it.
fn hurts(folder: &Path, shown: &str) -> Result<Vec<PainPoint>, Failure> {
    step(&format!("journey --rows pains --top 6 --out {shown}/out"))?;
    let words = ["journey", "--rows", "pains", "--top", "6", "--out"];
    let AnyQuestion::Journey(args) = typed(&words, folder)? else {
        return Err(Failure::failed(NOT_UNDERSTOOD));
    };
    let (reply, answer) = journey::answered(&args)?;
    reply.show(&show())?;
    Ok(answer.pains)
}

/// What is worth trying, by the command that says it.
fn worth(folder: &Path, shown: &str) -> Result<Vec<Opportunity>, Failure> {
    step(&format!("opportunities --top 3 --out {shown}/out"))?;
    let words = ["opportunities", "--top", "3", "--out"];
    let AnyQuestion::Opportunities(args) = typed(&words, folder)? else {
        return Err(Failure::failed(NOT_UNDERSTOOD));
    };
    let (reply, answer) = opportunities::answered(&args)?;
    reply.show(&show())?;
    Ok(answer)
}

/// The command's own answer, cut to the moves from the first order to the second.
fn first_to_repeat(folder: &Path) -> Result<(), Failure> {
    let path = folder.join("transitions-by-country.txt");
    let show = Show {
        save: Some(path.clone()),
        ..show()
    };
    transitions::transitions(&Transitions {
        from: from(folder),
        lifecycle: None,
        start: None,
        end: None,
        without_entries: false,
        by: Some("country".to_owned()),
        show,
    })?;
    let text = std::fs::read_to_string(&path)?;
    std::fs::remove_file(&path)?;
    let mut out = std::io::stdout().lock();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if number == 0 || words.get(1..3) == Some(&["first", "repeat"]) {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(
        out,
        "(only the moves from the first order to the second are shown here)"
    )?;
    Ok(())
}

fn step(command: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "\n$ perennial {command}")?;
    Ok(())
}

/// Writes running text, broken into lines.
fn say(text: &str) -> Result<(), Failure> {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        if length > 0 && length + word.chars().count() >= LINE_CHARS {
            lines.push_str(if text.starts_with("- ") { "\n " } else { "\n" });
            length = 1;
        }
        if length > 0 && !lines.ends_with('\n') {
            lines.push(' ');
        }
        lines.push_str(word);
        length += word.chars().count() + 1;
    }
    writeln!(std::io::stdout(), "{lines}")?;
    Ok(())
}

/// A folder as one may paste it into a shell.
fn quoted(folder: &Path) -> String {
    let text = folder.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '~');
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn from(folder: &Path) -> From {
    From {
        out: None,
        project: folder.to_owned(),
    }
}

fn show() -> Show {
    Show {
        output: Output::Table,
        save: None,
        columns: Vec::new(),
    }
}

fn run_args(folder: &Path) -> Run {
    Run {
        project: folder.to_owned(),
        input: Vec::new(),
        out: None,
        until: None,
        threads: None,
        max_bad: None,
        scores: None,
        output: Output::Table,
        quiet: false,
    }
}

fn stages_args(folder: &Path) -> Stages {
    Stages {
        from: from(folder),
        lifecycle: None,
        at: None,
        start: None,
        end: None,
        by: None,
        show: show(),
    }
}
