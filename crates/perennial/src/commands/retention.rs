//! `retention`: of those who began in a period, how many came back in later ones.

use perennial_analytics::calendar::{Calendar, Range};
use perennial_analytics::retention as asked;
use perennial_batch::trails::Trails;
use serde_json::{Value, json};

use crate::args::{Clock, Measure, Membership, Retention};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, interval, month_number};

const COHORT_FIELDS: [(&str, bool); 3] = [("cohort", true), ("size", true), ("returned", true)];
const CELL_FIELDS: [(&str, bool); 8] = [
    ("cohort", true),
    ("cohort_month", false),
    ("size", true),
    ("later", true),
    ("returned", true),
    ("share", true),
    ("value", true),
    ("value_minor", false),
];

/// Most periods of a table: every cohort has a cell for each.
const MAX_TABLE: usize = 2_000;

/// What rows are asked for.
#[derive(Clone, Copy)]
struct Rows {
    start: Option<u16>,
    /// Starts by name alone, whatever else they must be.
    named: Option<u16>,
    back: Option<u16>,
    by: Option<usize>,
}

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Retention) -> Result<Prepared<'_>, Failure> {
    let mut question = Question::new(&args.ask, "retention/1")?;
    let start = question.event("--start", &args.start, args.start_where.as_deref());
    let named = question.event("--start", &args.start, None);
    let back = question.event("--return", &args.back, args.return_where.as_deref());
    let by = question.by();
    if let Some(value) = &args.value {
        question.asked.numbers.push(value.clone());
    }
    // Any touch at all may be the first of an «any», so all are needed for one.
    question.asked.only_marked =
        start.is_some() && named.is_some() && back.is_some() && by.is_none();
    if let Some(count) = args.periods.filter(|_| question.ends.from_ms.is_some()) {
        return Err(Failure::usage(format!(
            "--periods {count} and --from: the table ends with --to and has that many periods, so name one of the two"
        )));
    }
    let rows = Rows {
        start,
        named,
        back,
        by,
    };
    Ok(question.answered(move |question, mut trails| {
        question.limit(&mut trails, by);
        answer(args, question, &trails, rows)
    }))
}

fn answer(
    args: &Retention,
    question: &Question,
    trails: &Trails,
    rows: Rows,
) -> Result<Reply, Failure> {
    let by = rows.by;
    let calendar = Calendar::new(
        question.zone.clone(),
        interval(args.period),
        question.week_start,
    );
    let range = match args.periods {
        Some(count) => question.ending(&calendar, trails, count)?,
        None => question.range(&calendar, trails)?,
    };
    if let Some(range) = range.filter(|range| range.count > MAX_TABLE) {
        return Err(Failure::usage(format!(
            "the table would have {} periods, and {MAX_TABLE} is the most: name fewer with --periods, or longer ones with --period",
            range.count
        )));
    }
    let mut reply = match args.cells {
        true => Reply::new("cells", &CELL_FIELDS).by(by),
        false => Reply::new("cohorts", &COHORT_FIELDS).by(by),
    };
    if args.value.is_some() && !args.cells {
        reply.fields.push(("values", true));
    }
    if let Some(range) = range {
        let tables = 1 + usize::from(args.value.is_some());
        question.bound(trails, by, tables * range.count * range.count)?;
        let known_until_ms = known_until_ms(args, question, trails, &calendar, &range);
        let analysis = analysis(args, rows, calendar.clone(), range, known_until_ms);
        for split in question.ask(trails, &analysis) {
            for cohort in &split.answer {
                if args.cells {
                    cells(cohort, question, &calendar, split.by.as_deref(), &mut reply);
                    continue;
                }
                let label = json!(calendar.label(cohort.period));
                let mut row = vec![label, json!(cohort.size), json!(cohort.returned)];
                if args.value.is_some() {
                    row.push(cohort.values.iter().map(money).collect());
                }
                reply.row(split.by.as_deref(), row);
            }
        }
    }
    let told = range.map(|range| question.told(&range));
    reply.more = vec![("about", question.about(trails, json!(told)))];
    reply.notes = question.notes(trails);
    Ok(reply)
}

fn analysis(
    args: &Retention,
    rows: Rows,
    calendar: Calendar,
    range: Range,
    known_until_ms: i64,
) -> asked::Retention {
    asked::Retention {
        calendar,
        range,
        known_until_ms,
        start: rows.start,
        back: rows.back,
        membership: match args.membership {
            Membership::Recurring => asked::Membership::Recurring,
            Membership::First => asked::Membership::First,
            Membership::FirstEver => asked::Membership::FirstEver { named: rows.named },
        },
        measure: match args.measure {
            Measure::On => asked::Measure::On,
            Measure::OnOrAfter => asked::Measure::OnOrAfter,
        },
        clock: match args.clock {
            Clock::Calendar => asked::Clock::Calendar,
            Clock::Rolling => asked::Clock::Rolling,
        },
        count_start: args.count_start,
        min_count: args.min_count,
        by: rows.by,
        value: args.value.as_ref().map(|_| 0),
    }
}

/// A row for each period in which anybody of a cohort came back.
fn cells(
    cohort: &asked::Cohort,
    question: &Question,
    calendar: &Calendar,
    by: Option<&str>,
    reply: &mut Reply,
) {
    let came = cohort.returned.iter().enumerate();
    for (later, returned) in
        came.filter_map(|(later, count)| Some((later, count.filter(|count| *count > 0)?)))
    {
        let value = cohort.values.get(later).copied().flatten();
        let row = vec![
            json!(calendar.label(cohort.period)),
            json!(month_number(calendar, cohort.period)),
            json!(cohort.size),
            json!(later),
            json!(returned),
            json!(returned as f64 / cohort.size as f64),
            money(&value),
            question.minor(value),
        ];
        reply.row(by, row);
    }
}

/// Until when everything is taken to be known: later cells are null, whatever `--to` says. By the calendar the
/// period that is under way when the data end is counted as far as it goes, as its peers do, and the range is
/// told to be incomplete.
fn known_until_ms(
    args: &Retention,
    question: &Question,
    trails: &Trails,
    calendar: &Calendar,
    range: &Range,
) -> i64 {
    let Some(last_ms) = question.known_until(trails) else {
        return range.to_ms;
    };
    let known_ms = match args.clock {
        Clock::Calendar => calendar.start_ms(calendar.period_of(last_ms) + 1),
        Clock::Rolling => last_ms.saturating_add(1),
    };
    known_ms.min(range.to_ms)
}

/// Millionths as a number.
fn money(value: &Option<i128>) -> Value {
    json!(value.map(|millionths| millionths as f64 / 1e6))
}
