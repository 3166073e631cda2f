//! `paths` and `dfg`: what customers did one after another, and what directly follows what.

use std::process::ExitCode;

use perennial_analytics::attribution::START;
use perennial_analytics::dfg::{Dfg as AskedDfg, DfgAnswer};
use perennial_analytics::paths::{Items, Paths as AskedPaths, WholePath};
use perennial_analytics::spread::Spread;
use perennial_batch::trails::{Condition, Of};
use serde_json::{Map, Value, json};

use crate::args::{Dfg, Output, PathRows, Paths};
use crate::failure::Failure;
use crate::questions::{Question, Reply, length_ms, seconds};

/// The last item of every path, where ends are shown.
const END: &str = "(end)";

pub fn paths(args: &Paths) -> Result<ExitCode, Failure> {
    let mut question = Question::new(&args.ask, "paths/1")?;
    question.within_range();
    let items = items(&mut question, args.items.as_deref());
    let by = question.by();
    let gap = args.gap.as_deref();
    let only = any_of(&mut question, &args.only);
    let until = match &args.before {
        Some(name) => question.event("--before", name, None),
        None => None,
    };
    let ends = args.ends.as_deref().map(ends).transpose()?;
    let top_paths = match (args.top_paths, args.rows) {
        (0, PathRows::Paths | PathRows::All) => usize::MAX,
        (most, _) => most,
    };
    if args.max_steps == Some(0) {
        return Err(Failure::usage("--max-steps 0: at least one is needed"));
    }
    question.asked.only_marked = only.is_some() && by.is_none();
    let asked = AskedPaths {
        items,
        only,
        until,
        gap_ms: gap.map(|gap| length_ms("--gap", gap)).transpose()?,
        merge_repeats: !args.keep_repeats,
        start: args.start.clone(),
        end: args.end.clone(),
        trim_slash: args.trim_slash,
        max_steps: args.max_steps,
        positions: !args.any_position,
        times: true,
        ends,
        top_edges: args.top,
        top_paths,
        ..AskedPaths::default()
    };
    let trails = question.read()?;
    let mut fields = vec![
        ("source", true),
        ("target", args.rows != PathRows::Paths),
        (
            "position",
            args.rows != PathRows::Paths && !args.any_position,
        ),
        ("count", true),
        ("customers", true),
        ("median_seconds", args.rows != PathRows::Paths),
        ("mean_seconds", false),
        ("p90_seconds", false),
    ];
    if args.rows == PathRows::All {
        fields.insert(0, ("kind", true));
    }
    let list = match args.rows {
        PathRows::Edges => "edges",
        PathRows::Paths => "paths",
        PathRows::All => "rows",
    };
    let mut reply = Reply::new(list, &fields).by(by);
    let mut whole: Vec<Value> = Vec::new();
    let (mut others, mut customers, mut count) = ((0, 0), 0, 0);
    for (name, answer) in question.answers(&trails, &asked, by, Of::Rows) {
        let edges = (args.rows != PathRows::Paths).then_some(&answer.edges);
        for edge in edges.into_iter().flatten() {
            let took = |part: fn(&Spread) -> f64| seconds(edge.took.as_ref().map(part));
            let mut row = vec![
                json!(edge.source),
                json!(edge.target),
                json!(edge.position),
                json!(edge.count),
                json!(edge.customers),
                took(|took| took.median_seconds),
                took(|took| took.mean_seconds),
                took(|took| took.p90_seconds),
            ];
            if args.rows == PathRows::All {
                row.insert(0, json!("edge"));
            }
            reply.row(name.as_deref(), row);
        }
        for path in &answer.paths {
            if args.rows != PathRows::Edges {
                let kind = (args.rows == PathRows::All).then(|| json!("path"));
                reply.row(name.as_deref(), path_row(path, kind));
                continue;
            }
            let mut one =
                json!({"path": path.items, "count": path.count, "customers": path.customers});
            tell_apart(&mut one, by, name.as_deref());
            whole.push(one);
        }
        others.0 += answer.other_edges.rows;
        others.1 += answer.other_edges.count;
        customers += answer.customers;
        count += answer.path_count;
    }
    let used = question.used(&trails);
    reply.more = vec![
        ("other_edges", json!({"edges": others.0, "count": others.1})),
        ("path_count", json!(count)),
        ("customers", json!(customers)),
        ("about", question.about(&trails, used)),
    ];
    if args.top_paths > 0 && args.rows == PathRows::Edges {
        reply.more.push(("paths", json!(whole)));
    }
    reply.notes = question.notes(&trails);
    if others.0 > 0 {
        reply.notes.push(format!(
            "{} more edges, taken {} times, are not shown",
            others.0, others.1
        ));
    }
    reply.tell(&args.ask)?;
    Ok(ExitCode::SUCCESS)
}

/// A whole path as a row; it has neither a target nor a place nor times.
fn path_row(path: &WholePath, kind: Option<Value>) -> Vec<Value> {
    let text = path.items.join(">");
    let own = [
        json!(text),
        json!(""),
        json!(0),
        json!(path.count),
        json!(path.customers),
    ];
    let times = [Value::Null, Value::Null, Value::Null];
    kind.into_iter().chain(own).chain(times).collect()
}

/// The condition of events, any of them; `None` for all.
fn any_of(question: &mut Question<'_>, names: &[String]) -> Option<u16> {
    for name in names {
        question.note_event("--only", name);
    }
    (!names.is_empty()).then(|| {
        question.condition(Condition {
            any_of: names.to_vec(),
            from: "--only",
            ..Condition::default()
        })
    })
}

/// The names of where paths begin and end.
fn ends(text: &str) -> Result<(String, String), Failure> {
    match text.split_once(',') {
        Some((first, last)) if !last.contains(',') => Ok((first.to_owned(), last.to_owned())),
        _ => Err(Failure::usage(format!(
            "--ends {text}: name both, as in --ends {START},{END}"
        ))),
    }
}

pub fn dfg(args: &Dfg) -> Result<ExitCode, Failure> {
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
    let trails = question.read()?;
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
    for (name, answer) in question.answers(&trails, &asked, by, Of::Rows) {
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
    let used = question.used(&trails);
    reply.more = vec![
        ("variants", json!(variants)),
        ("start", Value::Object(starts)),
        ("end", Value::Object(ends)),
        ("about", question.about(&trails, used)),
    ];
    reply.notes = question.notes(&trails);
    reply.tell(&args.ask)?;
    Ok(ExitCode::SUCCESS)
}

/// Where items are read.
fn items(question: &mut Question<'_>, column: Option<&str>) -> Items {
    column.map_or(Items::Events, |column| Items::Text(question.text(column)))
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

fn tell_apart(one: &mut Value, by: Option<usize>, name: Option<&str>) {
    if let (Some(_), Value::Object(one)) = (by, one) {
        one.insert("by".to_owned(), json!(name));
    }
}

/// Adds counts by item.
fn add(sums: &mut Map<String, Value>, counts: &[(String, u64)]) {
    for (item, count) in counts {
        let known = sums.get(item).and_then(Value::as_u64).unwrap_or(0);
        sums.insert(item.clone(), json!(known + count));
    }
}
