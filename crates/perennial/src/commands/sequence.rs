//! `sequence`: in whose history a pattern of conditions occurs.

use perennial_analytics::sequence::{Pattern, Sequence as Asked};
use perennial_batch::trails::{Of, Trails};
use perennial_model::Time;
use serde_json::json;

use crate::args::Sequence;
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply};

/// Most conditions of a pattern: each is a bit of a word.
const MAX_CONDITIONS: usize = 64;

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Sequence) -> Result<Prepared<'_>, Failure> {
    let mut question = Question::new(&args.ask, "sequence/1")?;
    question.within_range();
    question.asked.with_ids |= args.chains;
    let steps = question.steps(&args.steps)?;
    if steps.len() > MAX_CONDITIONS {
        return Err(Failure::usage(format!(
            "{} steps: a pattern has at most {MAX_CONDITIONS}",
            steps.len()
        )));
    }
    let pattern = Pattern::parse(&args.pattern, steps.len()).map_err(|error| {
        let pattern = &args.pattern;
        let pointer = " ".repeat(
            pattern
                .get(..error.at)
                .map_or(0, |before| before.chars().count()),
        );
        Failure::usage(format!(
            "--pattern: {}\n  {pattern}\n  {pointer}^",
            error.message
        ))
    })?;
    let by = question.by();
    let asked = Asked {
        pattern,
        conditions: steps.iter().map(|(_, number)| *number).collect(),
        chains: args.chains,
    };
    Ok(question.answered(move |question, trails| Ok(answer(question, &trails, &asked, by))))
}

fn answer(question: &Question, trails: &Trails, asked: &Asked, by: Option<usize>) -> Reply {
    let answers = question.answers(trails, asked, by, Of::First);
    let matches: u64 = answers.iter().map(|(_, answer)| answer.matches).sum();
    let customers: u64 = answers.iter().map(|(_, answer)| answer.customers).sum();
    let mut reply = if asked.chains {
        let fields = [
            ("user_id", true),
            ("matched", true),
            ("matches", true),
            ("at", true),
        ];
        Reply::new("chains", &fields).by(by)
    } else {
        Reply::new("groups", &[("matches", true), ("customers", true)]).by(by)
    };
    for (name, answer) in &answers {
        if !asked.chains {
            let row = vec![json!(answer.matches), json!(answer.customers)];
            reply.row(name.as_deref(), row);
        }
        for chain in &answer.chains {
            let at: Vec<String> = chain
                .at_ms
                .iter()
                .map(|&ms| question.instant(Time(ms)))
                .collect();
            let row = vec![
                json!(chain.customer),
                json!(chain.matched),
                json!(chain.matches),
                json!(at),
            ];
            reply.row(name.as_deref(), row);
        }
    }
    let used = question.used(trails);
    reply.more = vec![
        ("matches", json!(matches)),
        ("customers", json!(customers)),
        ("about", question.about(trails, used)),
    ];
    reply.notes = question.notes(trails);
    reply
}
