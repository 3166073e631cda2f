//! `explain`: where a customer stands and why, what is missing for her next stages, and when time alone
//! will move her.

use std::io::Write;
use std::process::ExitCode;

use perennial_batch::one::{Story, StoryTouch, story};
use perennial_batch::told::{around, cause, json as as_json, known_at, value_json};
use perennial_batch::why::Scores;
use perennial_engine::explain::{Finding, Place};
use perennial_model::{Symbols, Time, Zone};
use perennial_rules::project::SCORES;
use serde_json::{Value as Json, json};

use super::run::instant;
use crate::args::{Explain, Output};
use crate::failure::Failure;
use crate::{folder, plain, results};

pub fn explain(args: &Explain) -> Result<ExitCode, Failure> {
    let (results, zone) = results::open(&args.from)?;
    let project = folder::load(&args.from.project)?;
    let at = match &args.at {
        Some(text) => instant("--at", text, &zone)?,
        // Where history ends is exclusive, so its last instant is the one before.
        None => instant("until", &results.manifest.until, &zone)?.plus(-1),
    };
    let told = story(&project, &results, &args.customer, at)?;
    let mut out = std::io::stdout().lock();
    if args.show.output == Output::Json {
        let mut answer = as_json(&told, at);
        answer["rule_version"] = json!(project.version);
        answer["rules_changed_since_run"] = json!(project.version != results.manifest.rule_version);
        writeln!(out, "{answer:#}")?;
    } else {
        // Names in rules are somebody's too, and may lie on several lines.
        write!(out, "{}", plain::lines(&as_text(&told, at, &zone)))?;
        if project.version != results.manifest.rule_version {
            writeln!(
                out,
                "note: the rules have changed since the run; this is told by the new ones"
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_text(told: &Story, at: Time, zone: &Zone) -> String {
    let mut text = format!(
        "{}, at {}, {} touches\n",
        plain::cell(&told.customer),
        zone.text(at),
        told.touches.len()
    );
    for (kind, value, joined) in &told.identifiers {
        let by = joined
            .as_ref()
            .map(|by| format!(" (joined by {})", plain::cell(by)))
            .unwrap_or_default();
        let value = plain::cell(value);
        text.push_str(&format!("  {kind} {value}{by}\n"));
    }
    for place in &told.explanation.lifecycles {
        text.push_str(&place_text(told, place, zone));
    }
    for (number, since) in &told.explanation.segments {
        let name = &told.machine.segments[usize::from(*number)].name;
        text.push_str(&format!(
            "\nin segment {name} since {}\n",
            zone.text(*since)
        ));
    }
    if let Some(scores) = &told.scores {
        text.push_str(&scores_text(scores, zone));
    }
    text.push_str("\nher touches around then\n");
    for touch in around(told, at) {
        let mark = if touch.at > at { " (later)" } else { "" };
        let points = if touch.points.is_empty() {
            "no touchpoint".to_owned()
        } else {
            touch.points.join("+")
        };
        text.push_str(&format!(
            "  {}  {} [{}]{mark}{}\n",
            zone.text(touch.at),
            plain::cell(&touch.event),
            points,
            arrival(touch, zone)
        ));
    }
    text
}

/// What a forecast says of her, since when, by which model, and why.
fn scores_text(scores: &Scores, zone: &Zone) -> String {
    let values = SCORES.iter().zip(scores.values);
    let values = values.filter_map(|(name, value)| Some(format!("{name} {:.3}", value?)));
    let model = scores.model.as_deref().map(plain::cell);
    let model = model.unwrap_or("a model without a name".into());
    let mut text = format!(
        "\nforecast since {} by {model}: {}\n",
        zone.text(scores.since),
        values.collect::<Vec<_>>().join(", ")
    );
    if let Some(why) = scores.why() {
        text.push_str(&format!("  why: {why}\n"));
    }
    text
}

/// When a touch arrived, if that was later than it happened.
fn arrival(touch: &StoryTouch, zone: &Zone) -> String {
    let late = touch.received_at.filter(|received| *received > touch.at);
    late.map_or_else(String::new, |at| format!(" (arrived {})", zone.text(at)))
}

fn place_text(told: &Story, place: &Place, zone: &Zone) -> String {
    let lifecycle = &told.machine.lifecycles[usize::from(place.lifecycle)];
    let name = |stage: Option<u8>| {
        stage.map_or("no stage", |stage| {
            &lifecycle.stages[usize::from(stage)].name
        })
    };
    let Some(made) = place.last else {
        return format!("\n{}: has never been in it\n", lifecycle.name);
    };
    let mut text = format!(
        "\n{}: {} since {}\n",
        lifecycle.name,
        name(made.to),
        zone.text(made.at)
    );
    if let Some(known) = known_at(told, lifecycle, &made).filter(|known| *known > made.at) {
        text.push_str(&format!("  known only since {}\n", zone.text(known)));
    }
    let clause = made.clause.map_or("its `for` rule ceased to hold", |c| {
        &lifecycle.clauses[usize::from(c)].text
    });
    text.push_str(&format!(
        "  why: came from {} by {}; rule: {clause}\n",
        name(made.from),
        cause(told, lifecycle, &made)
    ));
    for finding in &place.reason {
        text.push_str(&format!("    {}\n", finding_text(finding, &told.symbols)));
    }
    if let Some(until) = place.held_until {
        text.push_str(&format!(
            "  set by hand: no rule moves her before {}\n",
            zone.text(until)
        ));
    }
    if let Some(made) = place.by_time {
        text.push_str(&format!(
            "  time alone moves her to {} at {}\n",
            name(made.to),
            zone.text(made.at)
        ));
    }
    for way in &place.next {
        let clause = &lifecycle.clauses[usize::from(way.clause)];
        text.push_str(&format!(
            "  to {}: {}\n",
            lifecycle.stages[usize::from(clause.to)].name,
            clause.text
        ));
        for finding in way
            .findings
            .iter()
            .filter(|finding| finding.holds != Some(true))
        {
            text.push_str(&format!(
                "    missing: {}\n",
                finding_text(finding, &told.symbols)
            ));
        }
    }
    text
}

/// A finding in words: the rule, whether it holds, and the figures in it.
fn finding_text(finding: &Finding, symbols: &Symbols) -> String {
    let holds = match finding.holds {
        Some(true) => "holds",
        Some(false) => "does not hold",
        None => "is not known",
    };
    let figures: Vec<String> = finding
        .figures
        .iter()
        .zip(&finding.elapsed)
        .map(|((text, value), elapsed)| {
            let value = match value_json(*value, *elapsed, symbols) {
                Json::Null => "nothing yet".to_owned(),
                Json::String(text) => plain::cell(&text).into_owned(),
                other => other.to_string(),
            };
            format!("{text} is {value}")
        })
        .collect();
    format!("{} {holds} ({})", finding.text, figures.join(", "))
}
