//! `opportunities`: where more customers could move on, what that is worth, and whether later ones bear it out.

use perennial_analytics::kpis::Target;
use perennial_analytics::opportunities::{
    Estimate, Opportunities as Asked, Opportunity, Segments, Versus,
};
use perennial_batch::trails::Trails;
use serde_json::{Value, json};

use super::instant;
use crate::args::Opportunities;
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, StageQuestion, length_ms};

/// The column of countries, by which customers are told apart unless something else is named.
const COUNTRY: &str = "country";
/// Millionths in one.
const ONE: f64 = 1e6;

const FIELDS: [(&str, bool); 23] = [
    ("from", true),
    ("to", true),
    ("segment", true),
    ("versus", true),
    ("people", true),
    ("rate", true),
    ("better_rate", true),
    ("value_each", true),
    ("money", true),
    ("low", false),
    ("high", false),
    ("p", false),
    ("later_people", false),
    ("later_rate", true),
    ("later_better_rate", false),
    ("later_money", true),
    ("later_low", false),
    ("later_high", false),
    ("later_p", false),
    ("q", true),
    ("holds", true),
    ("folded", false),
    ("assumption", false),
];

/// # Errors
/// Wrong usage, and a run or a project that cannot be read.
pub fn prepare(args: &Opportunities) -> Result<Prepared<'_>, Failure> {
    let (question, asking) = question(args)?;
    Ok(question.answered(move |question, trails| Ok(asking.answer(question, trails)?.0)))
}

/// What is replied, and the opportunities, those that hold first.
///
/// # Errors
/// Wrong usage, and what reading gives.
pub fn answered(args: &Opportunities) -> Result<(Reply, Vec<Opportunity>), Failure> {
    let (question, asking) = question(args)?;
    let trails = question.read()?;
    asking.answer(&question, trails)
}

/// What is asked, as far as it is known before anything is read.
struct Asking<'a> {
    args: &'a Opportunities,
    staged: StageQuestion,
    segments: Segments,
}

fn question(args: &Opportunities) -> Result<(Question, Asking<'_>), Failure> {
    let mut question = Question::new(&args.staged.ask, "opportunities/1")?;
    let staged = question.staged(&args.staged)?;
    let by = question.by();
    let has_countries = staged.columns.iter().any(|own| own == COUNTRY);
    let segments = match (&args.met, &args.staged.ask.by, by) {
        (Some(event), ..) => question.event("--met", event, None).map(Segments::Met),
        (None, Some(name), Some(by)) if name == COUNTRY => Some(Segments::Countries(by)),
        (None, _, Some(by)) => Some(Segments::Text(by)),
        (None, ..) if has_countries => Some(Segments::Countries(question.text(COUNTRY))),
        (None, ..) => None,
    };
    let segments = segments.ok_or_else(|| {
        Failure::usage("say how customers are told apart: by a column with --by, or by what they did with --met EVENT")
    })?;
    let asking = Asking {
        args,
        staged,
        segments,
    };
    Ok((question, asking))
}

impl Asking<'_> {
    fn answer(
        &self,
        question: &Question,
        mut trails: Trails,
    ) -> Result<(Reply, Vec<Opportunity>), Failure> {
        if let Segments::Text(column) = self.segments {
            question.limit(&mut trails, Some(column));
        }
        let asked = asked(self.args, question, &self.staged, self.segments, &trails)?;
        Ok(answer(self.args, question, &self.staged, &trails, &asked))
    }
}

fn answer(
    args: &Opportunities,
    question: &Question,
    staged: &StageQuestion,
    trails: &Trails,
    asked: &Asked,
) -> (Reply, Vec<Opportunity>) {
    let answer = question.ask(trails, asked);
    let mut reply = Reply::new("opportunities", &FIELDS);
    for own in answer.iter().take(args.top) {
        reply.row(None, row(own, staged, asked.lifecycle));
    }
    let text = |ms| question.instant(perennial_model::Time(ms));
    reply.more = vec![
        ("count", json!(answer.len())),
        (
            "holding",
            json!(answer.iter().filter(|own| own.holds).count()),
        ),
        ("split", json!(text(asked.split_ms))),
        ("about", {
            let range = json!({"from": text(asked.from_ms), "to": text(asked.to_ms)});
            question.about(trails, range)
        }),
    ];
    reply.notes = question.notes(trails);
    let holding = answer.iter().find(|own| own.holds);
    reply.notes.push(match holding {
        Some(best) => best.assumption.to_string(),
        None => "none of them holds: later customers bear out no such difference".to_owned(),
    });
    if answer.len() > args.top {
        let more = answer.len() - args.top;
        reply
            .notes
            .push(format!("{more} more are not shown: --top {}", answer.len()));
    }
    (reply, answer)
}

fn row(own: &Opportunity, staged: &StageQuestion, lifecycle: u16) -> Vec<Value> {
    let versus = match &own.versus {
        Versus::Segment(segment) => json!(segment),
        Versus::Target { source, .. } => json!(source),
    };
    let mut row = vec![
        json!(staged.stage(lifecycle, own.from)),
        json!(staged.stage(lifecycle, own.to)),
        json!(own.segment),
        versus,
        json!(own.found.people),
        json!(own.found.rate),
        json!(own.found.better_rate),
        json!(own.value_each as f64 / ONE),
        json!(own.found.money as f64 / ONE),
        json!(own.found.interval.low),
        json!(own.found.interval.high),
        json!(own.found.p),
    ];
    row.extend(later(own.confirmed.as_ref()));
    row.extend([
        json!(own.q),
        json!(own.holds),
        json!(own.folded.len()),
        json!(own.assumption.to_string()),
    ]);
    row
}

/// The question of opportunities between segments, of the first lifecycle named.
///
/// # Errors
/// No lifecycle, an instant or a duration that is none.
pub fn asked(
    args: &Opportunities,
    question: &Question,
    staged: &StageQuestion,
    segments: Segments,
    trails: &Trails,
) -> Result<Asked, Failure> {
    let split = args.split.as_deref();
    let split = split
        .map(|text| instant("--split", text, &question.zone))
        .transpose()?;
    let first = trails.span.map_or(0, |span| span.0.ms());
    let from_ms = question.ends.from_ms.unwrap_or(first);
    let to_ms = question
        .ends
        .last_ms
        .map_or(staged.until_ms, |last| last + 1);
    let touches = &staged.touches;
    let Some((lifecycle, _)) = staged.lifecycles.first() else {
        return Err(Failure::failed("these results have no lifecycle"));
    };
    Ok(Asked {
        lifecycle: *lifecycle,
        segments,
        from_ms,
        split_ms: split.map_or(from_ms / 2 + to_ms / 2, |at| at.ms()),
        to_ms,
        known_until_ms: staged.until_ms - 1,
        window_ms: staged.window_ms,
        value_ms: length_ms("--value-window", &args.value_window)?,
        order: touches.order,
        order_value: touches.order_value,
        refund: touches.refund,
        refund_value: touches.refund_value,
        targets: targets(question, staged)?,
        min_people: args.min_people.max(1),
        false_discovery_rate: args.false_discovery_rate,
    })
}

/// The project's targets and benchmarks for everybody's moves within the window that is asked for.
fn targets(question: &Question, staged: &StageQuestion) -> Result<Vec<Target>, Failure> {
    let (held, _) = question.clone().held(staged)?;
    let own = held.into_iter();
    let own = own.filter(|own| own.is_of_range(staged.window_ms) && own.is_for(None));
    Ok(own.map(|own| own.target).collect())
}

/// What the second part of the time says.
fn later(estimate: Option<&Estimate>) -> [Value; 7] {
    let Some(own) = estimate else {
        return [const { Value::Null }; 7];
    };
    [
        json!(own.people),
        json!(own.rate),
        json!(own.better_rate),
        json!(own.money as f64 / ONE),
        json!(own.interval.low),
        json!(own.interval.high),
        json!(own.p),
    ]
}
