//! `ask`: several questions in one reading, and each one's answer by its name.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::prepare;
use crate::answer::{Answer, write};
use crate::args::{AnyQuestion, Output, Questions, Show};
use crate::failure::{Failure, note};
use crate::plain;
use crate::questions::{Line, Sheet, answer_all};

pub fn ask(args: &Questions) -> Result<ExitCode, Failure> {
    if matches!(args.output, Output::Csv | Output::Parquet) && args.save.is_none() {
        return Err(Failure::usage(
            "--output csv and parquet are a file a question: name their folder with --save DIR",
        ));
    }
    let Sheet { common, lines } = Sheet::of(args)?;
    let output = word(args.output);
    let questions = lines.iter().map(|line| line.question(&common, &output));
    let questions: Vec<AnyQuestion> = questions.collect::<Result<_, _>>()?;
    let prepared = lines.iter().zip(&questions).map(|(line, question)| {
        let prepared = prepare(question);
        prepared.map_err(|failure| line.blame(failure))
    });
    let replies = answer_all(prepared.collect::<Result<_, _>>()?);
    let replies = replies.map_err(|(number, failure)| {
        let line = number.and_then(|number| lines.get(number));
        match line {
            Some(line) => line.blame(failure),
            None => failure,
        }
    })?;
    let shows = questions.iter().map(AnyQuestion::show);
    let mut answers = Vec::new();
    for ((line, show), reply) in lines.iter().zip(shows).zip(replies) {
        let mut answer = reply.answer(args.output == Output::Json);
        let chosen = answer.choose(&show.columns);
        chosen.map_err(|failure| line.blame(failure))?;
        answers.push((line, answer));
    }
    match (args.output, args.save.as_deref()) {
        (Output::Csv | Output::Parquet, Some(folder)) => tables(answers, folder, args.output)?,
        (Output::Json, to) => write(&json(answers)?, to)?,
        (_, to) => write(&text(&answers), to)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A question and its answer.
type Answered<'a> = (&'a Line, Answer);

/// Values by name, in the order of the questions.
struct ByName<'a>(Vec<(&'a str, Value)>);

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// All answers in one object.
fn json(answers: Vec<Answered<'_>>) -> Result<String, Failure> {
    let values = answers.into_iter();
    let values = values.map(|(line, answer)| (&*line.name, answer.json.unwrap_or_default()));
    let whole = ByName(values.collect());
    let text = serde_json::to_string_pretty(&whole).map_err(Failure::failed)?;
    Ok(text + "\n")
}

/// One table after the other, each below its question.
fn text(answers: &[Answered<'_>]) -> String {
    let table = |(line, answer): &Answered<'_>| {
        let words = line.words.join(" ");
        format!(
            "{}: {}\n\n{}",
            line.name,
            plain::cell(&words),
            answer.table()
        )
    };
    let tables: Vec<String> = answers.iter().map(table).collect();
    tables.join("\n")
}

/// A file for each answer in a folder, which is made if it is not there.
fn tables(answers: Vec<Answered<'_>>, folder: &Path, output: Output) -> Result<(), Failure> {
    let failed = |error| Failure::failed(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    for (Line { name, .. }, answer) in answers {
        for text in &answer.notes {
            note(&format!("{name}: {text}"));
        }
        let file = format!("{name}.{}", word(output));
        answer.show(&Show {
            output,
            save: Some(folder.join(file)),
            // They have been chosen.
            columns: Vec::new(),
        })?;
    }
    Ok(())
}

/// The form of answers as it is typed.
fn word(output: Output) -> String {
    let value = output.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}
