//! Several questions answered in as few readings as there can be: one for all that ask the same files alike.

use perennial_batch::BatchError;
use perennial_batch::trails::{Asked, Trails};

use super::Reply;
use super::prepared::{OfTrails, Prepared};
use crate::failure::Failure;
use crate::progress::Bar;

/// Standard input, which is there once.
const STDIN: &str = "-";

/// What failed, and the number of the question that it is about, where it is about one.
pub type Blamed = (Option<usize>, Failure);

/// A question that waits for its reading, with its number.
type Waiting<'a> = (usize, Box<OfTrails<'a>>);

/// The answers to questions, in their order.
///
/// # Errors
/// What reading and answering give.
pub fn answer_all(questions: Vec<Prepared<'_>>) -> Result<Vec<Reply>, Blamed> {
    let mut replies: Vec<Option<Reply>> = questions.iter().map(|_| None).collect();
    let mut readings: Vec<Vec<Waiting<'_>>> = Vec::new();
    for (number, question) in questions.into_iter().enumerate() {
        match question {
            Prepared::OfItself(answer) => {
                replies[number] = Some(answer().map_err(|failure| (Some(number), failure))?);
            }
            Prepared::OfTrails(own) => {
                let alike = readings.iter_mut().find(|reading| {
                    let first = reading.first();
                    first.is_some_and(|(_, first)| is_alike(asked(first), asked(&own)))
                });
                match alike {
                    Some(reading) => reading.push((number, own)),
                    None => readings.push(vec![(number, own)]),
                }
            }
        }
    }
    refuse_again(&readings)?;
    for reading in readings {
        let mut trails = read(&reading)?.into_iter();
        for (number, question) in reading {
            let own = trails.by_ref().take(question.asked().len()).collect();
            let reply = question.answer(own);
            replies[number] = Some(reply.map_err(|failure| (Some(number), failure))?);
        }
    }
    Ok(replies.into_iter().flatten().collect())
}

fn asked<'q>(question: &'q OfTrails<'_>) -> &'q Asked {
    &question.question().asked
}

/// Whether two questions can share a reading: whatever else they ask, rows are the same to both.
fn is_alike(one: &Asked, other: &Asked) -> bool {
    fn rows(asked: &Asked) -> impl PartialEq {
        let columns = (&asked.customer, &asked.date, &asked.minor, asked.decimals);
        let source = (&asked.files, asked.is_touches, asked.zone.name());
        (source, columns, asked.threads)
    }
    rows(one) == rows(other)
}

/// Refuses a second reading of standard input.
fn refuse_again(readings: &[Vec<Waiting<'_>>]) -> Result<(), Blamed> {
    let first = |reading: &Vec<Waiting<'_>>| {
        let (number, question) = reading.first()?;
        let is_stdin = |file: &String| file == STDIN;
        asked(question)
            .files
            .iter()
            .any(is_stdin)
            .then_some(*number)
    };
    match readings.iter().filter_map(first).nth(1) {
        None => Ok(()),
        Some(number) => Err((
            Some(number),
            Failure::usage(
                "standard input is read once, and this question would read it otherwise than those before: with another --timezone, --customer or --date",
            ),
        )),
    }
}

/// The question that asked what has a number among all that was asked.
fn whose<'r, 'q>(reading: &'r [Waiting<'q>], number: usize) -> Option<&'r Waiting<'q>> {
    let of = |own: &'r Waiting<'q>| own.1.asked().into_iter().map(move |_| own);
    reading.iter().flat_map(of).nth(number)
}

fn read(reading: &[Waiting<'_>]) -> Result<Vec<Trails>, Blamed> {
    let all: Vec<&Asked> = reading.iter().flat_map(|(_, own)| own.asked()).collect();
    let bar = Bar::new(false);
    let trails = Trails::read_all(&all, &bar);
    bar.clear();
    trails.map_err(|error| match (error, reading) {
        (BatchError::Question { number, error }, _) => match whose(reading, number) {
            Some((own, question)) => (Some(*own), question.question().explained(*error)),
            None => (None, Failure::from(*error)),
        },
        (error, [(own, question)]) => (Some(*own), question.question().explained(error)),
        (error, _) => (None, Failure::from(error)),
    })
}
