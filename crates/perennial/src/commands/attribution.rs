//! `attribution`: which channels are credited with conversions, of events or of a table of paths.

use std::path::Path;

use clap::ValueEnum;
use perennial_analytics::OUTSIDE;
use perennial_analytics::attribution::{
    Attribution as Asked, AttributionAnswer, CONVERSION, Crediting, Journeys, Model, Moving, NULL,
    POSITION_WEIGHTS, PathRule, START, StepCount, credit_table,
};
use perennial_batch::results::Results;
use perennial_batch::trails::{Of, Trails};
use serde_json::{Value, json};

use super::paths_table::read;
use crate::args::{Ask, Attribution, Credit, CreditRows, JourneyFrom};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, length_ms};
use crate::results::lifecycle;

/// Steps of chains; of other models the channels credited, which lead nowhere.
const STEP_FIELDS: [(&str, bool); 6] = [
    ("source", true),
    ("target", true),
    ("count", true),
    ("value", true),
    ("value_minor", false),
    ("probability", true),
];
/// Stands for outside of a lifecycle.
const NONE: &str = "none";
/// The name and version of the definition.
const DEFINITION: &str = "attribution/1";

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Attribution) -> Result<Prepared<'_>, Failure> {
    let names = &args.state_names;
    if names.len() != 3 {
        return Err(Failure::usage(
            "--state-names: three names, as in --state-names START,CONVERSION,NULL",
        ));
    }
    let rules = args.path_rule.iter().map(|text| rule(text));
    let rules: Vec<PathRule> = rules.collect::<Result<_, _>>()?;
    let crediting = |credit: &Credit| {
        Ok(Crediting {
            model: model(args, *credit)?,
            rules: rules.clone(),
            merge_repeats: !args.keep_repeats,
        })
    };
    let models: Vec<Crediting> = args
        .model
        .iter()
        .map(crediting)
        .collect::<Result<_, Failure>>()?;
    match &args.paths {
        Some(path) => Ok(Prepared::of_itself(move || of_table(args, &models, path))),
        None => of_events(args, models),
    }
}

/// An answer by one model, of one group.
struct Told<'a> {
    model: Credit,
    by: Option<String>,
    answer: AttributionAnswer,
    names: &'a [String],
}

/// The look-back of each model, in milliseconds; `None` for ever.
fn look_backs(args: &Attribution) -> Result<Vec<Option<i64>>, Failure> {
    let given = args.look_back.iter().map(|text| match text.as_str() {
        "ever" => Ok(None),
        text => length_ms("--look-back", text).map(Some),
    });
    let given: Vec<Option<i64>> = given.collect::<Result<_, _>>()?;
    match (&given[..], args.model.len()) {
        ([all], models) => Ok(vec![*all; models]),
        (each, models) if each.len() == models => Ok(given),
        (each, models) => Err(Failure::usage(format!(
            "--look-back: {} for {models} models; name one for all, or one for each",
            each.len()
        ))),
    }
}

fn of_events(args: &Attribution, models: Vec<Crediting>) -> Result<Prepared<'_>, Failure> {
    let mut question = Question::new(&args.ask, DEFINITION)?;
    let moving = args.stage_move.as_deref();
    let moving = moving.map(|text| stage_move(&args.ask, text)).transpose()?;
    let (conversion, moving) = match (moving, args.conversion.as_deref()) {
        (Some((results, moving)), _) => {
            question.asked.moves_of = Some(results);
            (0, Some(moving))
        }
        (None, name) => {
            question.within_range();
            let converts = question.event("--conversion", name.unwrap_or_default(), None);
            let wrong = || Failure::usage("--conversion any: name the event that converts");
            (converts.ok_or_else(wrong)?, None)
        }
    };
    let channel = question.text(args.channel.as_deref().unwrap_or_default());
    let by = question.by();
    question.asked.numbers.extend(args.value.clone());
    // Who has moved has her moves with her rows, whatever those are.
    question.asked.only_marked = moving.is_none();
    let mut asked = Vec::new();
    for (crediting, look_back_ms) in models.into_iter().zip(look_backs(args)?) {
        let usual = Asked::new(conversion, channel, crediting.model);
        asked.push(Asked {
            value: args.value.as_ref().map(|_| 0),
            look_back_ms,
            journeys: match args.journeys {
                Some(JourneyFrom::Overlapping) => Journeys::Overlapping,
                Some(JourneyFrom::SincePrevious) => Journeys::SincePrevious,
                None => usual.journeys,
            },
            moving,
            crediting,
            ..usual
        });
    }
    Ok(question.answered(move |question, trails| answer(args, question, &trails, &asked, by)))
}

fn answer(
    args: &Attribution,
    question: &Question,
    trails: &Trails,
    asked: &[Asked],
    by: Option<usize>,
) -> Result<Reply, Failure> {
    let mut answers = Vec::new();
    for (asked, model) in asked.iter().zip(&args.model) {
        let asked = &within(asked, question);
        for (by, answer) in question.answers(trails, asked, by, Of::First) {
            answers.push(Told {
                model: *model,
                by,
                answer: answer.map_err(Failure::usage)?,
                names: &args.state_names,
            });
        }
    }
    let used = question.used(trails);
    let about = question.about(trails, used);
    let minor = |millionths| question.minor(Some(millionths));
    let mut reply = reply(args, &answers, by, about, &minor);
    reply.notes = question.notes(trails);
    Ok(reply)
}

/// The same within the range that is asked for, where moves convert: rows outside of it have been read.
fn within(asked: &Asked, question: &Question) -> Asked {
    let ends = &question.ends;
    let to = ends.last_ms.map_or(i64::MAX, |last| last.saturating_add(1));
    let span_ms = (ends.from_ms.unwrap_or(i64::MIN), to);
    Asked {
        moving: asked.moving.map(|moving| Moving { span_ms, ..moving }),
        ..asked.clone()
    }
}

/// The move that is meant by `[LIFECYCLE:][FROM..]TO`, and the run that knows it.
fn stage_move(ask: &Ask, text: &str) -> Result<(Results, Moving), Failure> {
    let Some(folder) = &ask.out else {
        return Err(Failure::usage(
            "--move: stages are known of runs only; name the folder of one with --out DIR",
        ));
    };
    let results = Results::open(folder)?;
    let (name, stages) = match text.split_once(':') {
        Some((name, stages)) => (Some(name), stages),
        None => (None, text),
    };
    let (name, known) = lifecycle(&results, name)?;
    let place = |stage: &str| {
        let place = known.iter().position(|own| own == stage);
        let place = place.map(|place| place as u8);
        let place = place.or((stage == NONE).then_some(OUTSIDE));
        place.ok_or_else(|| {
            Failure::usage(format!(
                "--move {text}: the lifecycle {name} has no stage `{stage}`; it has {}",
                known.join(", ")
            ))
        })
    };
    let (from, to) = match stages.split_once("..") {
        Some((from, to)) => (Some(place(from)?), place(to)?),
        None => (None, place(stages)?),
    };
    let mut number = results.manifest.lifecycles.iter();
    let number = number.position(|own| own.name == name).unwrap_or_default();
    let moving = Moving {
        lifecycle: number as u16,
        from,
        to,
        span_ms: (i64::MIN, i64::MAX),
    };
    Ok((results, moving))
}

fn of_table(args: &Attribution, models: &[Crediting], path: &Path) -> Result<Reply, Failure> {
    let table = read(path)?;
    let mut answers = Vec::new();
    for (crediting, model) in models.iter().zip(&args.model) {
        answers.push(Told {
            model: *model,
            by: None,
            answer: credit_table(crediting, &table).map_err(Failure::usage)?,
            names: &args.state_names,
        });
    }
    let about = json!({"definition": DEFINITION, "paths": table.len()});
    let none = |_| Value::Null;
    Ok(reply(args, &answers, None, about, &none))
}

fn reply(
    args: &Attribution,
    answers: &[Told<'_>],
    by: Option<usize>,
    about: Value,
    minor: &dyn Fn(i128) -> Value,
) -> Reply {
    let is_chain = answers.iter().any(|told| told.answer.markov.is_some());
    let with_steps = args.rows == CreditRows::Steps;
    let mut reply = match with_steps {
        true => Reply::new("steps", &STEP_FIELDS),
        false => Reply::new(
            "channels",
            &[
                ("channel", true),
                ("conversions", true),
                ("value", true),
                ("value_minor", false),
                ("removal_effect", is_chain),
            ],
        ),
    };
    let several = args.model.len() > 1;
    if several {
        reply.fields.insert(0, ("model", true));
    }
    reply = reply.by(by);
    for told in answers {
        let rows = match (&told.answer.markov, with_steps) {
            (Some(chain), true) => chain.steps.iter().map(|step| told.step_row(step)).collect(),
            (_, with_steps) => told.credit_rows(with_steps, minor),
        };
        for mut row in rows {
            if several {
                row.insert(0, json!(told.model_name()));
            }
            reply.row(told.by.as_deref(), row);
        }
    }
    let first = args.model.first();
    let of_first = answers.iter().filter(|told| Some(&told.model) == first);
    let conversions: u64 = of_first.map(|told| told.answer.conversions).sum();
    reply.more = vec![("conversions", json!(conversions)), ("about", about)];
    let chains = answers
        .iter()
        .filter_map(|told| Some((told, told.answer.markov.as_ref()?)));
    let mut transitions = Vec::new();
    for (told, chain) in chains.clone() {
        for step in &chain.steps {
            let (source, target) = told.ends(step);
            let mut one = json!({
                "source": source, "target": target,
                "probability": step.probability, "count": step.count,
            });
            if let (Some(_), Value::Object(one)) = (by, &mut one) {
                one.insert("by".to_owned(), json!(told.by));
            }
            transitions.push(one);
        }
    }
    let probabilities: Vec<f64> = chains
        .map(|(_, chain)| chain.conversion_probability)
        .collect();
    let probability = match probabilities[..] {
        [one] => json!(one),
        _ => Value::Null,
    };
    reply.more.push(("conversion_probability", probability));
    reply.more.push(("transitions", json!(transitions)));
    reply
}

impl Told<'_> {
    fn model_name(&self) -> String {
        let value = self.model.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What is credited: counts stay whole where the model divides none.
    fn credit_rows(&self, as_steps: bool, minor: &dyn Fn(i128) -> Value) -> Vec<Vec<Value>> {
        let row = |credit: &perennial_analytics::attribution::Credit| {
            let conversions = match credit.whole {
                Some((whole, _)) if as_steps => json!(whole),
                _ => json!(credit.conversions),
            };
            let value_minor = credit.whole.map_or(Value::Null, |(_, value)| minor(value));
            let (channel, value) = (json!(credit.channel), json!(credit.value));
            match as_steps {
                true => vec![
                    channel,
                    json!(""),
                    conversions,
                    value,
                    value_minor,
                    Value::Null,
                ],
                false => vec![
                    channel,
                    conversions,
                    value,
                    value_minor,
                    json!(credit.removal_effect),
                ],
            }
        };
        self.answer.channels.iter().map(row).collect()
    }

    /// A step of a chain, which is credited with nothing.
    fn step_row(&self, step: &StepCount) -> Vec<Value> {
        let (source, target) = self.ends(step);
        vec![
            json!(source),
            json!(target),
            json!(step.count),
            json!(0),
            json!(0),
            json!(step.probability),
        ]
    }

    /// Where a step leads from and to, states by the names asked for.
    fn ends<'s>(&'s self, step: &'s StepCount) -> (&'s str, &'s str) {
        let named = |state: &'s str| {
            let place = [START, CONVERSION, NULL]
                .iter()
                .position(|own| *own == state);
            place.map_or(state, |place| self.names[place].as_str())
        };
        (named(&step.source), named(&step.target))
    }
}

fn model(args: &Attribution, credit: Credit) -> Result<Model, Failure> {
    Ok(match credit {
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
