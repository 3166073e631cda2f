//! `paths`: what customers did one after another.

use perennial_analytics::attribution::START;
use perennial_analytics::paths::{Edge, Items, Paths as AskedPaths, WholePath};
use perennial_analytics::spread::Spread;
use perennial_batch::trails::{Condition, Of, Trails};
use serde_json::{Value, json};

use crate::args::{PathRows, Paths};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, length_ms, seconds};

/// The last item of every path, where ends are shown.
const END: &str = "(end)";

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Paths) -> Result<Prepared<'_>, Failure> {
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
    Ok(question.answered(move |question, trails| Ok(answer(args, question, &trails, &asked, by))))
}

fn answer(
    args: &Paths,
    question: &Question,
    trails: &Trails,
    asked: &AskedPaths,
    by: Option<usize>,
) -> Reply {
    let mut reply = reply(args, by);
    let mut whole: Vec<Value> = Vec::new();
    let (mut others, mut customers, mut count) = ((0, 0), 0, 0);
    for (name, answer) in question.answers(trails, asked, by, Of::Rows) {
        let edges = (args.rows != PathRows::Paths).then_some(&answer.edges);
        for edge in edges.into_iter().flatten() {
            let kind = (args.rows == PathRows::All).then(|| json!("edge"));
            reply.row(name.as_deref(), edge_row(edge, kind));
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
    let used = question.used(trails);
    reply.more = vec![
        ("other_edges", json!({"edges": others.0, "count": others.1})),
        ("path_count", json!(count)),
        ("customers", json!(customers)),
        ("about", question.about(trails, used)),
    ];
    if args.top_paths > 0 && args.rows == PathRows::Edges {
        reply.more.push(("paths", json!(whole)));
    }
    reply.notes = question.notes(trails);
    if others.0 > 0 {
        reply.notes.push(format!(
            "{} more edges, taken {} times, are not shown",
            others.0, others.1
        ));
    }
    reply
}

/// A list with the fields that are asked for, and no rows yet.
fn reply(args: &Paths, by: Option<usize>) -> Reply {
    let has_edges = args.rows != PathRows::Paths;
    let mut fields = vec![
        ("source", true),
        ("target", has_edges),
        ("position", has_edges && !args.any_position),
        ("count", true),
        ("customers", true),
        ("median_seconds", has_edges),
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
    Reply::new(list, &fields).by(by)
}

fn edge_row(edge: &Edge, kind: Option<Value>) -> Vec<Value> {
    let took = |part: fn(&Spread) -> f64| seconds(edge.took.as_ref().map(part));
    let own = [
        json!(edge.source),
        json!(edge.target),
        json!(edge.position),
        json!(edge.count),
        json!(edge.customers),
        took(|took| took.median_seconds),
        took(|took| took.mean_seconds),
        took(|took| took.p90_seconds),
    ];
    kind.into_iter().chain(own).collect()
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
fn any_of(question: &mut Question, names: &[String]) -> Option<u16> {
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

/// Where items are read.
pub fn items(question: &mut Question, column: Option<&str>) -> Items {
    column.map_or(Items::Events, |column| Items::Text(question.text(column)))
}

/// Says of one of a list which group it is of, where answers are told apart.
pub fn tell_apart(one: &mut Value, by: Option<usize>, name: Option<&str>) {
    if let (Some(_), Value::Object(one)) = (by, one) {
        one.insert("by".to_owned(), json!(name));
    }
}
