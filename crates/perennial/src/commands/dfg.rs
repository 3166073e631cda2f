//! `dfg`: what directly follows what over whole histories, and the variants of them.

use perennial_analytics::dfg::{Dfg as AskedDfg, DfgAnswer};
use perennial_batch::trails::{Of, Trails};
use serde_json::{Map, Value, json};

use super::paths::{items, tell_apart};
use crate::args::{Dfg, Output};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, seconds};

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Dfg) -> Result<Prepared<'_>, Failure> {
    let mut question = Question::new(&args.ask, "dfg/1")?;
    question.within_range();
    let items = items(&mut question, args.items.as_deref());
    let by = question.by();
    let asked = AskedDfg {
        items,
        merge_repeats: args.merge_repeats,
        // Nothing but JSON shows them, and there may be one a customer.
        top_variants: match args.ask.show.output {
            Output::Json => args.top_variants,
            _ => Some(0),
        },
        ..AskedDfg::default()
    };
    Ok(question.answered(move |question, trails| Ok(answer(question, &trails, &asked, by))))
}

fn answer(question: &Question, trails: &Trails, asked: &AskedDfg, by: Option<usize>) -> Reply {
    let fields = [
        ("source", true),
        ("target", true),
        ("count", true),
        ("customers", true),
        ("mean_seconds", true),
        ("median_seconds", true),
        ("min_seconds", false),
        ("max_seconds", false),
        ("p90_seconds", false),
    ];
    let mut reply = Reply::new("edges", &fields).by(by);
    let (mut variants, mut starts, mut ends) = (Vec::new(), Map::new(), Map::new());
    for (name, answer) in question.answers(trails, asked, by, Of::Rows) {
        for edge in &answer.edges {
            let row = vec![
                json!(edge.source),
                json!(edge.target),
                json!(edge.count),
                json!(edge.customers),
                seconds(Some(edge.took.mean_seconds)),
                seconds(Some(edge.took.median_seconds)),
                seconds(Some(edge.took.min_seconds)),
                seconds(Some(edge.took.max_seconds)),
                seconds(Some(edge.took.p90_seconds)),
            ];
            reply.row(name.as_deref(), row);
        }
        tell_variants(&answer, by, name.as_deref(), &mut variants);
        add(&mut starts, &answer.start);
        add(&mut ends, &answer.end);
    }
    let used = question.used(trails);
    reply.more = vec![
        ("variants", json!(variants)),
        ("start", Value::Object(starts)),
        ("end", Value::Object(ends)),
        ("about", question.about(trails, used)),
    ];
    reply.notes = question.notes(trails);
    reply
}

fn tell_variants(
    answer: &DfgAnswer,
    by: Option<usize>,
    name: Option<&str>,
    variants: &mut Vec<Value>,
) {
    for variant in &answer.variants {
        let mut one = json!({"path": variant.items, "count": variant.count});
        tell_apart(&mut one, by, name);
        variants.push(one);
    }
}

/// Adds counts by item.
fn add(sums: &mut Map<String, Value>, counts: &[(String, u64)]) {
    for (item, count) in counts {
        let known = sums.get(item).and_then(Value::as_u64).unwrap_or(0);
        sums.insert(item.clone(), json!(known + count));
    }
}
