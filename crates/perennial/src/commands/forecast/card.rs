//! `forecast card`: what to know of a model, as JSON, for people, and as a page.

use perennial_report::{CardPart, ModelCard, card_page};
use serde_json::{Value, json};

use super::base::{Asked, read};
use super::choose::{Candidate, Choice};
use super::drift::Drift;
use super::fitted::{Fitted, title};
use super::kept_stack::KeptStack;
use super::model_file::ModelFile;
use super::score::asked;
use super::scores::fitted_model;
use crate::answer::{Answer, Cell, shown};
use crate::args::{ForecastCard, OrdersFrom};
use crate::failure::Failure;

/// # Errors
/// A model or orders that cannot be read, and orders that do not go on after the model.
pub fn card(args: &ForecastCard) -> Result<(), Failure> {
    let file = ModelFile::load(&args.model_file)?;
    let drift = match has_orders(&args.from) {
        true => Some(drift(args, &file)?),
        false => None,
    };
    if let Some(path) = &args.page {
        crate::answer::write(&card_page(&page(&file, drift.as_ref())), Some(path))?;
    }
    answer(&file, drift.as_ref()).show(&args.show)
}

fn has_orders(from: &OrdersFrom) -> bool {
    !from.input.is_empty() || from.summary.is_some() || from.out.is_some() || from.project.is_some()
}

fn drift(args: &ForecastCard, file: &ModelFile) -> Result<Drift, Failure> {
    let base = read(
        &args.from,
        Asked {
            keep_orders: true,
            ..asked(&args.from, file, true)?
        },
    )?;
    let model = fitted_model(file)?;
    match model.model().covariates() {
        [] => Drift::of(file, &model, &base),
        _ => Err(Failure::failed(
            "a model with covariates has no card of what came since; leave --input out",
        )),
    }
}

/// What is known of a hold-out, or of a choice.
fn hold_out(choice: &Choice) -> CardPart {
    let percent = |value: Option<f64>| {
        value.map_or(String::new(), |value| format!("{:+.1} %", 100.0 * value))
    };
    let number = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.4}"));
    let row = |one: &Candidate| {
        vec![
            title(&one.model).to_owned(),
            percent(one.bias),
            number(one.wmape),
            number(one.rmse),
            number(one.gini),
            number(one.auc),
            number(one.deviance),
        ]
    };
    let names = [
        "Model",
        "Bias in all",
        "WMAPE",
        "RMSE",
        "Gini",
        "AUC",
        "Deviance",
    ];
    CardPart {
        heading: "How good it was".into(),
        words: vec![
            choice.told.clone(),
            "The models saw only what was known before the part held out.".into(),
        ],
        caption: "Forecasts of the part held out, against what came".into(),
        columns: names
            .iter()
            .enumerate()
            .map(|(place, name)| ((*name).to_owned(), place > 0))
            .collect(),
        rows: choice
            .models
            .iter()
            .filter(|one| one.deviance.is_some())
            .map(row)
            .collect(),
    }
}

fn parameters(fitted: &Fitted) -> CardPart {
    let names = ["Parameter", "Value", "Standard error"];
    let rows = fitted.parameters.iter().map(|one| {
        let error = one
            .standard_error
            .map_or("–".to_owned(), |error| format!("{error:.4}"));
        vec![one.name.clone(), format!("{:.4}", one.value), error]
    });
    let words = match fitted.mean() {
        Some(_) => format!(
            "Every known purchase of {} customers was worth the same.",
            fitted.customers
        ),
        None => format!(
            "Fitted to {} customers by maximum likelihood, ln L {:.3}; the search {} at a maximum.",
            fitted.customers,
            fitted.log_likelihood,
            if fitted.converged {
                "ended"
            } else {
                "did not end"
            }
        ),
    };
    CardPart {
        heading: format!("{}: parameters", title(&fitted.model)),
        words: vec![words],
        caption: "As in the papers, times in the model's unit".into(),
        columns: names
            .iter()
            .enumerate()
            .map(|(place, name)| ((*name).to_owned(), place > 0))
            .collect(),
        rows: rows.collect(),
    }
}

fn data(file: &ModelFile) -> CardPart {
    let data = &file.data;
    let mut words = Vec::new();
    match (&data.period, &data.until) {
        (Some((first, last)), Some(until)) => words.push(format!(
            "Orders from {first} to {last}, counted until {until}; days begin in {}.",
            data.time_zone
        )),
        _ => words.push("A table of figures, which does not say of which time.".to_owned()),
    }
    words.push(format!(
        "{} rows were read. The unit of time is a {}.",
        data.rows, data.unit
    ));
    if !data.dropped.is_empty() {
        let told: Vec<String> = data
            .dropped
            .iter()
            .map(|(why, count)| format!("{count} {why}"))
            .collect();
        words.push(format!("Left out: {}.", told.join(", ")));
    }
    if let Some(fingerprint) = &data.fingerprint {
        words.push(format!("Fingerprint of the files: {fingerprint}."));
    }
    CardPart {
        heading: "What it was fitted to".into(),
        words,
        caption: "Files".into(),
        columns: vec![
            ("File".into(), false),
            ("Rows".into(), true),
            ("Rejected".into(), true),
        ],
        rows: data
            .inputs
            .iter()
            .map(|one| {
                vec![
                    one.path.clone(),
                    one.rows.to_string(),
                    one.rejected.to_string(),
                ]
            })
            .collect(),
    }
}

fn since(drift: &Drift) -> CardPart {
    let rows = drift
        .stability
        .iter()
        .map(|(name, index)| vec![(*name).to_owned(), format!("{index:.3}")]);
    CardPart {
        heading: "Since it was fitted".into(),
        words: drift.told(),
        caption: "Stability index of what the model is fed, over a time as long: below 0.1 steady, from 0.25 on another base".into(),
        columns: vec![("Figure".into(), false), ("Index".into(), true)],
        rows: rows.collect(),
    }
}

/// What a stack learned and what moves it.
fn stack(kept: &KeptStack, beside: &str) -> CardPart {
    let rows = kept.drivers.iter().map(|one| {
        let factor = format!("{:.3}", one.moved.exp());
        vec![one.words.clone(), factor]
    });
    CardPart {
        heading: "The stack: what moves its forecasts".into(),
        words: vec![
            kept.told(),
            format!(
                "It looks {} days ahead and no other time. {beside}, below, is the purchase model beside it: the chance to be still a customer, intervals and what is worth money are that model's.",
                kept.horizon_days
            ),
        ],
        caption: "The factor, up or down, that each moves a customer's forecast by on average"
            .into(),
        columns: vec![("Driver".into(), false), ("Factor".into(), true)],
        rows: rows.collect(),
    }
}

fn page(file: &ModelFile, drift: Option<&Drift>) -> ModelCard {
    let fitted = &file.fitted;
    let mut parts: Vec<CardPart> = file.choice.iter().map(hold_out).collect();
    let beside = title(&fitted.model);
    parts.extend(file.stack.iter().map(|kept| stack(kept, beside)));
    parts.extend(drift.map(since));
    parts.push(parameters(fitted));
    parts.extend(file.spend.iter().map(parameters));
    parts.push(data(file));
    let until = file
        .data
        .until
        .as_ref()
        .map_or(String::new(), |until| format!(" · until {until}"));
    ModelCard {
        title: format!("Model card: {}", title(file.name())),
        lede: format!(
            "{} customers{until} · unit {}",
            fitted.customers, file.data.unit
        ),
        warnings: fitted.warnings.clone(),
        parts,
        foot: format!(
            "Made by Perennial {}. The page loads nothing and sends nothing.",
            file.perennial
        ),
    }
}

fn answer(file: &ModelFile, drift: Option<&Drift>) -> Answer {
    let page = page(file, drift);
    let text = |one: &str| Cell::Text(one.to_owned());
    let rows = page.parts.iter().flat_map(|part| {
        let words = part
            .words
            .iter()
            .map(|words| vec![text(&part.heading), text(words), Cell::Null]);
        let rows = part.rows.iter().map(|row| {
            let pairs = part.columns.iter().zip(row).skip(1);
            let rest: Vec<String> = pairs
                .map(|((name, _), cell)| format!("{name} {cell}"))
                .collect();
            let first = row.first().map_or("", String::as_str);
            vec![
                text(&part.heading),
                text(first),
                Cell::Text(rest.join(", ")),
            ]
        });
        words.chain(rows).collect::<Vec<_>>()
    });
    let fitted = &file.fitted;
    let mut object = fitted.json();
    if let Some(kept) = &file.stack {
        object.insert("model".into(), json!(file.name()));
        object.insert("purchase_model".into(), json!(fitted.model));
        object.insert("stack".into(), kept.json());
    }
    object.insert("data".into(), json!(file.data));
    object.insert(
        "value".into(),
        file.spend
            .as_ref()
            .map_or(Value::Null, |spend| Value::Object(spend.json())),
    );
    object.insert("hold_out".into(), json!(file.choice));
    object.insert("since".into(), drift.map_or(Value::Null, Drift::json));
    object.insert(
        "told".into(),
        json!(drift.map(Drift::told).unwrap_or_default()),
    );
    Answer {
        head: Vec::new(),
        list: "card",
        columns: ["part", "what", "figures"].map(shown).to_vec(),
        rows: rows.collect(),
        notes: page
            .warnings
            .iter()
            .map(|text| format!("warning: {text}"))
            .collect(),
        json: Some(Value::Object(object)),
    }
}
