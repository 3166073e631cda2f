//! `rfm --input`: recency, frequency and money straight from a file of orders.

use std::path::Path;

use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::summary::{ScoreThresholds, SegmentRange, Summary};
use perennial_batch::trails::Trails;
use perennial_model::Time;
use perennial_rules::project::Cuts as Method;
use serde_json::{Value, json};

use super::run::instant;
use crate::args::{Ask, Cuts, DayOrWeek, Rfm};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, read_records};

/// Characters of a date without a time of day.
const DATE_CHARS: usize = 10;

/// What is asked of orders, as far as it hangs on options alone.
#[derive(Clone)]
struct Wanted {
    order: Option<u16>,
    order_id: Option<usize>,
    as_of: Option<Time>,
    thresholds: Option<ScoreThresholds>,
    segments: Option<Vec<SegmentRange>>,
}

/// # Errors
/// Wrong usage, and files of thresholds or segments that cannot be read.
pub fn prepare(args: &Rfm) -> Result<Prepared<'_>, Failure> {
    let mut question = Question::new(&ask(args), "rfm/1")?;
    question.asked.with_ids = true;
    question.asked.date.clone_from(&args.date);
    if args.tiles == 0 {
        return Err(Failure::usage("--tiles 0: at least one is needed"));
    }
    let event = args.event.as_deref();
    let order = event.and_then(|event| question.event("--event", event, None));
    let order_id = args.order_id.as_deref().map(|column| question.text(column));
    question.asked.numbers.extend(args.amount.clone());
    let as_of = args.as_of.as_deref();
    let as_of = as_of.map(|text| until(text, &question)).transpose()?;
    let thresholds = args.thresholds.as_deref();
    let thresholds = thresholds.map(read_thresholds).transpose()?;
    let segments = args.segments.as_deref().map(read_segments).transpose()?;
    let wanted = Wanted {
        order,
        order_id,
        as_of,
        thresholds,
        segments,
    };
    Ok(question
        .answered(move |question, trails| Ok(answer(args, question, &trails, wanted.clone()))))
}

fn answer(args: &Rfm, question: &Question, trails: &Trails, wanted: Wanted) -> Reply {
    let last_day = trails.span.map(|(_, last)| {
        let zone = &question.zone;
        zone.day_start(zone.day_of(last) + 1)
    });
    let until = wanted.as_of.or(last_day).unwrap_or(Time(0));
    let interval = match args.period {
        DayOrWeek::Day => Interval::Day,
        DayOrWeek::Week => Interval::Week,
    };
    let asked = Summary {
        order: wanted.order,
        order_id: wanted.order_id,
        amount: args.amount.as_ref().map(|_| 0),
        until,
        calendar: Calendar::new(question.zone.clone(), interval, question.week_start),
        cuts: match args.cuts {
            Cuts::Quantile => Method::Quantile,
            Cuts::Ntile => Method::Ntile,
        },
        tiles: args.tiles,
        thresholds: wanted.thresholds,
        segments: wanted.segments,
    };
    let answer = question.ask(trails, &asked);
    let mut reply = Reply::new("customers", &FIELDS);
    for one in &answer.customers {
        let row = vec![
            json!(one.customer),
            json!(one.recency_days),
            json!(one.frequency),
            money(one.monetary),
            json!(one.r),
            json!(one.f),
            json!(one.m),
            json!(one.segment),
            json!(one.x),
            json!(one.t_x),
            json!(one.age),
            json!(one.zbar),
        ];
        reply.row(None, row);
    }
    let segments = answer.segments.iter().map(|one| {
        json!({"segment": one.segment, "customers": one.customers, "orders": one.orders, "monetary": money(one.monetary)})
    });
    let cuts = &answer.thresholds;
    let used = question.used(trails);
    reply.more = vec![
        (
            "thresholds",
            json!({"recency_days": cuts.recency_days, "frequency": cuts.frequency, "monetary": cuts.monetary}),
        ),
        ("segments", segments.collect()),
        ("as_of", json!(question.instant(until.plus(-1)))),
        ("about", question.about(trails, used)),
    ];
    reply.notes = question.notes(trails);
    reply
}

const FIELDS: [(&str, bool); 12] = [
    ("customer", true),
    ("recency_days", true),
    ("frequency", true),
    ("monetary", true),
    ("r", true),
    ("f", true),
    ("m", true),
    ("segment", true),
    ("x", false),
    ("t_x", false),
    ("T", false),
    ("zbar", false),
];

/// The common options of questions, as far as this one has them.
fn ask(args: &Rfm) -> Ask {
    Ask {
        compare: None,
        segment: None,
        input: args.input.clone(),
        out: None,
        rule: args.rule.clone(),
        from: None,
        to: None,
        timezone: args.timezone.clone(),
        week_start: args.week_start,
        customer: args.customer.clone(),
        by: None,
        unknown: None,
        by_limit: 1,
        threads: args.threads,
        show: args.show.clone(),
    }
}

/// The end of what counts, exclusive: a date includes its day.
fn until(text: &str, question: &Question) -> Result<Time, Failure> {
    let at = instant("--as-of", text, &question.zone)?;
    Ok(match text.trim().len() <= DATE_CHARS {
        true => question.zone.day_start(question.zone.day_of(at) + 1),
        false => at.plus(1),
    })
}

/// Millionths of money as a number, whole where it is.
fn money(millionths: i128) -> Value {
    match (
        millionths % 1_000_000,
        i64::try_from(millionths / 1_000_000),
    ) {
        (0, Ok(whole)) => json!(whole),
        _ => json!(millionths as f64 / 1e6),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::failed(format!("{}: {error}", path.display()));
    std::fs::read_to_string(path).map_err(failed)
}

/// Cuts from an answer of another time, or from its `thresholds` alone.
fn read_thresholds(path: &Path) -> Result<ScoreThresholds, Failure> {
    let wrong = |what: String| Failure::usage(format!("--thresholds {}: {what}", path.display()));
    let found: Value =
        serde_json::from_str(&read(path)?).map_err(|error| wrong(error.to_string()))?;
    let found = found.get("thresholds").unwrap_or(&found);
    let cuts = |name: &str| {
        let list = found.get(name).and_then(Value::as_array);
        let list = list.map(|list| list.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>());
        let ascending = |cuts: &Vec<f64>| cuts.is_sorted();
        list.flatten().filter(ascending).ok_or_else(|| {
            wrong(format!(
                "`{name}` is no list of ascending numbers; write what `rfm --input` answers as `thresholds`"
            ))
        })
    };
    Ok(ScoreThresholds {
        recency_days: cuts("recency_days")?,
        frequency: cuts("frequency")?,
        monetary: cuts("monetary")?,
    })
}

/// Names for ranges of scores.
fn read_segments(path: &Path) -> Result<Vec<SegmentRange>, Failure> {
    const COLUMNS: [&str; 7] = [
        "segment", "r_min", "r_max", "f_min", "f_max", "m_min", "m_max",
    ];
    let wrong = |what: String| Failure::usage(format!("--segments {}: {what}", path.display()));
    let mut rows = read_records(path)?.into_iter();
    let header = rows.next().unwrap_or_default();
    let place = |name: &&str| header.iter().position(|own| own.trim() == *name);
    let places: Option<Vec<usize>> = COLUMNS.iter().map(place).collect();
    let places =
        places.ok_or_else(|| wrong(format!("its columns must be {}", COLUMNS.join(", "))))?;
    let mut ranges = Vec::new();
    for (number, row) in rows.enumerate() {
        let cell = |column: usize| row.get(places[column]).map_or("", |cell| cell.trim());
        let score = |column: usize| {
            cell(column).parse::<u8>().map_err(|_| {
                let (row, name, cell) = (number + 1, COLUMNS[column], cell(column));
                wrong(format!("row {row}: {name} `{cell}` is no score"))
            })
        };
        ranges.push(SegmentRange {
            segment: cell(0).to_owned(),
            r: (score(1)?, score(2)?),
            f: (score(3)?, score(4)?),
            m: (score(5)?, score(6)?),
        });
    }
    Ok(ranges)
}
