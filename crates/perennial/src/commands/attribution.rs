//! `attribution`: which channels are credited with conversions, of events or of a table of paths.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;

use perennial_analytics::attribution::{
    Attribution as Asked, AttributionAnswer, Crediting, Model, POSITION_WEIGHTS, PathRule,
    TablePath, credit_table, touches_of,
};
use perennial_batch::trails::Of;
use perennial_model::Number;
use serde_json::{Value, json};

use crate::args::{Attribution, Credit};
use crate::failure::Failure;
use crate::questions::{Question, Reply, length_ms};

/// The name and version of the definition.
const DEFINITION: &str = "attribution/1";

pub fn attribution(args: &Attribution) -> Result<ExitCode, Failure> {
    let crediting = Crediting {
        model: model(args)?,
        rules: args
            .path_rule
            .iter()
            .map(|text| rule(text))
            .collect::<Result<_, _>>()?,
        merge_repeats: !args.keep_repeats,
    };
    match &args.paths {
        Some(path) => of_table(args, &crediting, path),
        None => of_events(args, crediting),
    }
}

fn of_events(args: &Attribution, crediting: Crediting) -> Result<ExitCode, Failure> {
    let mut question = Question::new(&args.ask, DEFINITION)?;
    question.within_range();
    let name = args.conversion.as_deref().unwrap_or_default();
    let conversion = question
        .event("--conversion", name, None)
        .ok_or_else(|| Failure::usage("--conversion any: name the event that converts"))?;
    let channel = question.text(args.channel.as_deref().unwrap_or_default());
    let by = question.by();
    question.asked.numbers.extend(args.value.clone());
    let asked = Asked {
        value: args.value.as_ref().map(|_| 0),
        look_back_ms: match args.look_back.as_str() {
            "ever" => None,
            text => Some(length_ms("--look-back", text)?),
        },
        crediting: crediting.clone(),
        ..Asked::new(conversion, channel, crediting.model)
    };
    let trails = question.read()?;
    let mut answers = Vec::new();
    for (name, answer) in question.answers(&trails, &asked, by, Of::First) {
        answers.push((name, answer.map_err(Failure::usage)?));
    }
    let used = question.used(&trails);
    let about = question.about(&trails, used);
    let reply = reply(&answers, by, about, question.notes(&trails));
    reply.show(&args.ask.show)?;
    Ok(ExitCode::SUCCESS)
}

fn of_table(args: &Attribution, crediting: &Crediting, path: &Path) -> Result<ExitCode, Failure> {
    let table = read_table(path)?;
    let answer = credit_table(crediting, &table).map_err(Failure::usage)?;
    let about = json!({"definition": DEFINITION, "paths": table.len()});
    let reply = reply(&[(None, answer)], None, about, Vec::new());
    reply.show(&args.ask.show)?;
    Ok(ExitCode::SUCCESS)
}

fn reply(
    answers: &[(Option<String>, AttributionAnswer)],
    by: Option<usize>,
    about: Value,
    notes: Vec<String>,
) -> Reply {
    let is_chain = answers.iter().any(|(_, answer)| answer.markov.is_some());
    let fields = [
        ("channel", true),
        ("conversions", true),
        ("value", true),
        ("removal_effect", is_chain),
    ];
    let mut reply = Reply::new("channels", &fields).by(by);
    let mut chains = Vec::new();
    for (name, answer) in answers {
        for credit in &answer.channels {
            let row = vec![
                json!(credit.channel),
                json!(credit.conversions),
                json!(credit.value),
                json!(credit.removal_effect),
            ];
            reply.row(name.as_deref(), row);
        }
        if let Some(chain) = &answer.markov {
            chains.push((name, chain));
        }
    }
    let conversions: u64 = answers.iter().map(|(_, answer)| answer.conversions).sum();
    reply.more = vec![("conversions", json!(conversions)), ("about", about)];
    let mut transitions = Vec::new();
    for (name, chain) in &chains {
        for step in &chain.steps {
            let mut one = json!({
                "source": step.source, "target": step.target,
                "probability": step.probability, "count": step.count,
            });
            if let (Some(_), Value::Object(one)) = (by, &mut one) {
                one.insert("by".to_owned(), json!(name));
            }
            transitions.push(one);
        }
    }
    let probability = match &chains[..] {
        [(_, chain)] => json!(chain.conversion_probability),
        _ => Value::Null,
    };
    reply.more.push(("conversion_probability", probability));
    reply.more.push(("transitions", json!(transitions)));
    reply.notes = notes;
    reply
}

fn model(args: &Attribution) -> Result<Model, Failure> {
    Ok(match args.model {
        Credit::First => Model::First,
        Credit::Last => Model::Last,
        Credit::Linear => Model::Linear,
        Credit::Position => Model::Position(weights(&args.position_weights)?),
        Credit::Decay => match length_ms("--half-life", &args.half_life)? {
            half_life_ms @ 1.. => Model::Decay { half_life_ms },
            _ => return Err(Failure::usage("--half-life 0: more than no time is needed")),
        },
        Credit::Markov => Model::Markov {
            non_conversions: !args.only_conversions,
        },
        Credit::Shapley => Model::Shapley,
    })
}

fn weights(given: &[f64]) -> Result<[f64; 3], Failure> {
    match *given {
        [] => Ok(POSITION_WEIGHTS),
        [first, between, last]
            if given
                .iter()
                .all(|weight| weight.is_finite() && *weight >= 0.0) =>
        {
            Ok([first, between, last])
        }
        _ => Err(Failure::usage(
            "--position-weights: three numbers, none below 0, such as 0.4,0.2,0.4",
        )),
    }
}

fn rule(text: &str) -> Result<PathRule, Failure> {
    let wrong = || {
        Failure::usage(format!(
            "--path-rule {text}: no such rule; there are unique, without:CHANNEL, without-trailing:CHANNEL and last:N"
        ))
    };
    Ok(match text.split_once(':') {
        None if text == "unique" => PathRule::Unique,
        Some(("without", channel)) => PathRule::Without(channel.to_owned()),
        Some(("without-trailing", channel)) => PathRule::WithoutTrailing(channel.to_owned()),
        Some(("last", count)) => match count.parse() {
            Ok(count @ 1..) => PathRule::Last(count),
            _ => return Err(wrong()),
        },
        _ => return Err(wrong()),
    })
}

/// Reads a table of paths.
fn read_table(path: &Path) -> Result<Vec<TablePath>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::failed(format!("{name}: {error}")))?;
    let mut records = crate::questions::records(&text).into_iter();
    let header = records.next().unwrap_or_default();
    let places: HashMap<&str, usize> = header
        .iter()
        .enumerate()
        .map(|(place, name)| (name.trim(), place))
        .collect();
    for needed in ["path", "conversions"] {
        if !places.contains_key(needed) {
            return Err(Failure::usage(format!(
                "{name}: there is no column `{needed}`; a table of paths has path, conversions, and if you like value and non_conversions"
            )));
        }
    }
    let mut table = Vec::new();
    for (line, record) in records.enumerate() {
        let cell = |column: &str| {
            let place = places.get(column);
            place
                .and_then(|&place| record.get(place))
                .map_or("", |cell| cell.trim())
        };
        let wrong = |column: &str| {
            let (row, cell) = (line + 1, cell(column));
            Failure::failed(format!(
                "{name}: row {row}: {column} `{cell}` is no number that can be counted"
            ))
        };
        let count = |column: &str| match cell(column) {
            "" => Ok(0),
            text => whole(text).ok_or_else(|| wrong(column)),
        };
        table.push(TablePath {
            touches: touches_of(cell("path")),
            conversions: count("conversions")?,
            value: match cell("value") {
                "" => 0,
                text => Number::parse(text)
                    .map_err(|_| wrong("value"))?
                    .millionths(),
            },
            non_conversions: count("non_conversions")?,
        });
    }
    Ok(table)
}

/// A whole number that is not negative, also where it is written `2.0`.
fn whole(text: &str) -> Option<u64> {
    let millionths = Number::parse(text).ok()?.millionths();
    (millionths % 1_000_000 == 0).then(|| u64::try_from(millionths / 1_000_000).ok())?
}
