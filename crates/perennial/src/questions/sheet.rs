//! Questions that are asked together: those of a file and those of the command line.

use std::collections::HashSet;

use perennial_rules::suggest::did_you_mean;

use super::line::{Common, Line};
use super::sheet_file as file;
use super::words::words;
use crate::args::Questions;
use crate::failure::Failure;

/// Most questions at once.
const MAX_QUESTIONS: usize = 100;
/// Longest name of a question, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Questions, and what holds for all of them.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What holds for all.
    pub common: Common,
    /// The questions, in the order written.
    pub lines: Vec<Line>,
}

impl Sheet {
    /// The questions that are asked.
    ///
    /// # Errors
    /// A file that cannot be read, and whatever is wrong with it.
    pub fn of(args: &Questions) -> Result<Self, Failure> {
        let mut sheet = match &args.file {
            Some(path) => file::read(path)?,
            None => Self::default(),
        };
        sheet.common = sheet.common.with(common(args));
        for text in &args.question {
            let place = "--question".to_owned();
            let Some((name, text)) = text.split_once('=') else {
                let message = format!("--question {text}: write NAME=\"QUESTION\"");
                return Err(Failure::usage(message));
            };
            let name = name.trim().to_owned();
            let words = words(text).map_err(|said| wrong(&place, &format!("`{name}`: {said}")))?;
            sheet.lines.push(Line { name, place, words });
        }
        sheet.check()?;
        sheet.keep(&args.only)?;
        Ok(sheet)
    }

    /// Refuses names that are none, or not each its own, and too many questions.
    fn check(&self) -> Result<(), Failure> {
        if self.lines.len() > MAX_QUESTIONS {
            let count = self.lines.len();
            return Err(Failure::usage(format!(
                "{count} questions: at most {MAX_QUESTIONS} are asked at once"
            )));
        }
        let mut names = HashSet::new();
        for Line { name, place, .. } in &self.lines {
            let is_fit = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
            if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || !name.chars().all(is_fit)
            {
                return Err(wrong(
                    place,
                    &format!(
                        "`{name}` is no name of a question: letters, digits, _ and - make one, at most {MAX_NAME_CHARS}"
                    ),
                ));
            }
            // Names are names of files, which need not tell letters of either case apart.
            if !names.insert(name.to_lowercase()) {
                return Err(wrong(
                    place,
                    &format!("there is a question `{name}` already"),
                ));
            }
        }
        Ok(())
    }

    /// Leaves out all questions but these, where any are named.
    fn keep(&mut self, only: &[String]) -> Result<(), Failure> {
        let names = || self.lines.iter().map(|line| line.name.as_str());
        for name in only {
            if !names().any(|own| own == name) {
                let meant = did_you_mean(name, names());
                let meant =
                    meant.map_or_else(String::new, |own| format!("; did you mean `{own}`?"));
                let message = format!("--only {name}: there is no such question{meant}");
                return Err(Failure::usage(message));
            }
        }
        self.lines
            .retain(|line| only.is_empty() || only.contains(&line.name));
        Ok(())
    }
}

/// What the command line says for all questions.
fn common(args: &Questions) -> Common {
    let threads = args.threads.map(|threads| threads.to_string());
    let single = [
        ("--out", &args.out),
        ("--from", &args.from),
        ("--to", &args.to),
        ("--timezone", &args.timezone),
        ("--week-start", &args.week_start),
        ("--customer", &args.customer),
        ("--threads", &threads),
    ];
    let inputs = args.input.iter().map(|input| ("--input", input.clone()));
    let single = single
        .into_iter()
        .filter_map(|(option, value)| Some((option, value.clone()?)));
    Common {
        options: inputs.chain(single).collect(),
        rules: args.rule.iter().cloned().collect(),
    }
}

/// Wrong usage at a place.
pub fn wrong(place: &str, what: &str) -> Failure {
    Failure::usage(format!("{place}: {what}"))
}
