//! Answering questions of a picture: a line of JSON each, or which is refused and why.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use perennial_batch::results::Results;
use perennial_rules::project::normalize_event_name;
use serde_json::{Value, json};

use super::{OUT_FOLDER, REFUSED, SENSELESS};
use crate::args::AnyQuestion;
use crate::commands::prepare;
use crate::failure::Failure;
use crate::questions::{Reply, answer_all};

/// What stands in the place of a personal value.
const MASKED: &str = "***";
/// The members of answers that are ids of customers.
const IDS: [&str; 3] = ["customer", "customer_id", "user_id"];
/// Said of an answer besides, by who gives it.
const AS_OF: &str = "as_of";

/// What is wrong, and with which question.
type Blamed = (Option<usize>, Failure);

/// Answers the questions of an order, of the picture that is the folder it works in.
pub fn answer(order: &Value) -> Result<ExitCode, Failure> {
    let hidden = texts(&order["hidden"]);
    let mut out = std::io::stdout().lock();
    match answers(order, &hidden) {
        Ok(answers) => {
            for answer in answers {
                writeln!(out, "{answer}")?;
            }
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Err((question, failure)) => {
            let told =
                json!({"question": question, "code": failure.code, "message": failure.message});
            writeln!(out, "{told}")?;
            out.flush()?;
            Ok(ExitCode::from(REFUSED as u8))
        }
    }
}

fn answers(order: &Value, hidden: &[String]) -> Result<Vec<Value>, Blamed> {
    let asked = order["questions"].as_array().map_or(&[][..], Vec::as_slice);
    let mut questions = Vec::new();
    for (number, words) in asked.iter().enumerate() {
        let question = AnyQuestion::parse(&texts(words))
            .map_err(|said| (Some(number), Failure::usage(said)))?;
        make_sense(&question).map_err(|failure| (Some(number), failure))?;
        questions.push(question);
    }
    let mut prepared = Vec::new();
    for (number, question) in questions.iter().enumerate() {
        let mut own = prepare(question).map_err(|failure| (Some(number), failure))?;
        own.hide(hidden)
            .map_err(|failure| (Some(number), failure))?;
        prepared.push(own);
    }
    let replies = answer_all(prepared)?;
    let hidden: Vec<String> = hidden
        .iter()
        .map(|name| normalize_event_name(name))
        .collect();
    let json = |reply: Reply| {
        let mut answer = reply.json();
        if let Value::Object(members) = &mut answer {
            members.remove(AS_OF);
        }
        mask_ids(&mut answer, &hidden);
        answer
    };
    Ok(replies.into_iter().map(json).collect())
}

/// Refuses questions about stages where there are none.
fn make_sense(question: &AnyQuestion) -> Result<(), Failure> {
    if !question.is_staged() {
        return Ok(());
    }
    let results = Results::open(Path::new(OUT_FOLDER))?;
    match results.manifest.lifecycles.is_empty() {
        false => Ok(()),
        true => Err(Failure {
            code: SENSELESS,
            message: "the rules have no lifecycle, so there are no stages to ask about".to_owned(),
        }),
    }
}

/// Masks ids of customers that are what they are written to by, where that is personal.
fn mask_ids(answer: &mut Value, hidden: &[String]) {
    match answer {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                let id = value.as_str().filter(|_| IDS.contains(&name.as_str()));
                match id {
                    Some(id) if is_address(id, hidden) => *value = json!(MASKED),
                    _ => mask_ids(value, hidden),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| mask_ids(value, hidden)),
        _ => {}
    }
}

fn is_address(id: &str, hidden: &[String]) -> bool {
    let hides = |name: &str| hidden.iter().any(|own| own == name);
    let digits = id.strip_prefix('+').unwrap_or_default();
    let is_phone = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    id.contains('@') && hides("email") || is_phone && hides("phone")
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_addresses_are_masked_where_those_are_personal() {
        let hidden = ["email".to_owned(), "phone".to_owned()];
        let whole = json!({"reached": [{"user_id": "a@x.org", "step": 1}, {"user_id": "u1"}], "customer": "+33612",
            "customers": 3, "name": "a@x.org"});
        let mut masked = whole.clone();
        mask_ids(&mut masked, &hidden);
        let wanted = json!({"reached": [{"user_id": "***", "step": 1}, {"user_id": "u1"}], "customer": "***",
            "customers": 3, "name": "a@x.org"});
        assert_eq!(masked, wanted);
        let mut open = whole.clone();
        mask_ids(&mut open, &[]);
        assert_eq!(open, whole);
    }
}
