//! `plan`: what draft rules would change over all history; nothing is changed.

use std::process::ExitCode;

use perennial_batch::plan::{Comparison, compare};
use perennial_batch::run::{MEMORY_BYTES, Options, ScoresFrom};
use serde_json::json;

use super::run::{instant, threads};
use crate::answer::{Answer, Cell, shown};
use crate::args::Plan;
use crate::failure::{Failure, exit};
use crate::folder;
use crate::progress::Bar;

pub fn plan(args: &Plan) -> Result<ExitCode, Failure> {
    let present = folder::load(&args.project)?;
    let draft = folder::load(&args.draft)?;
    let options = Options {
        inputs: args.input.clone(),
        base: args.project.clone(),
        out: args.project.join("out"),
        until: args
            .until
            .as_deref()
            .map(|text| instant("--until", text, &present.zone))
            .transpose()?,
        threads: threads(args.threads)?,
        memory: MEMORY_BYTES,
        max_bad: None,
        scores: ScoresFrom::default(),
    };
    let bar = Bar::new(false);
    let comparison = compare(&present, &draft, &options, &bar);
    bar.clear();
    let comparison = comparison?;
    let changes = !comparison.moves.is_empty() || !comparison.segments.is_empty();
    let moved: u64 = comparison.moves.iter().map(|change| change.customers).sum();
    let notes = vec![if changes {
        format!(
            "{moved} places of {} customers would change; nothing has been changed",
            comparison.customers
        )
    } else {
        format!(
            "nobody of {} customers would stand elsewhere",
            comparison.customers
        )
    }];
    let answer = Answer {
        head: vec![
            ("customers", json!(comparison.customers)),
            ("present_version", json!(present.version)),
            ("draft_version", json!(draft.version)),
        ],
        list: "changes",
        columns: ["what", "from", "to", "count", "examples"]
            .map(shown)
            .to_vec(),
        rows: rows(&comparison),
        notes,
        json: None,
    };
    answer.show(&args.show)?;
    Ok(if changes && args.detailed_exitcode {
        ExitCode::from(exit::PENDING)
    } else {
        ExitCode::SUCCESS
    })
}

fn rows(comparison: &Comparison) -> Vec<Vec<Cell>> {
    let moves = comparison.moves.iter().map(|change| {
        vec![
            Cell::Text(change.lifecycle.clone()),
            Cell::maybe(change.from.as_deref()),
            Cell::maybe(change.to.as_deref()),
            Cell::Whole(change.customers as i64),
            Cell::Text(change.examples.join(" ")),
        ]
    });
    let segments = comparison.segments.iter().map(|change| {
        let (from, to) = if change.enters {
            ("outside", "inside")
        } else {
            ("inside", "outside")
        };
        vec![
            Cell::Text(format!("segment {}", change.segment)),
            Cell::Text(from.to_owned()),
            Cell::Text(to.to_owned()),
            Cell::Whole(change.customers as i64),
            Cell::Text(change.examples.join(" ")),
        ]
    });
    moves.chain(segments).collect()
}
