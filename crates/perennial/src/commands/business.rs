//! `business`: what the business takes in by period, how that grows, and in which phase it is.

use perennial_analytics::business::{Business as Asked, Phase, PhaseRule};
use perennial_analytics::calendar::{Calendar, Range};
use perennial_analytics::kpis::MAX_KPI_PERIODS;
use perennial_batch::trails::Trails;
use serde_json::json;

use crate::args::Business;
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, StageQuestion, interval};

/// Millionths in one.
const ONE: f64 = 1e6;

const FIELDS: [(&str, bool); 16] = [
    ("period", true),
    ("incomplete", false),
    ("orders", true),
    ("revenue", false),
    ("refunded", false),
    ("net", true),
    ("customers", true),
    ("new_customers", true),
    ("customers_to_date", false),
    ("net_to_date", false),
    ("smoothed", true),
    ("growth", true),
    ("customer_growth", false),
    ("block_growth", true),
    ("phase", true),
    ("rule", false),
];

/// # Errors
/// Wrong usage, and a run or a project that cannot be read.
pub fn prepare(args: &Business) -> Result<Prepared<'_>, Failure> {
    let ask = &args.staged.ask;
    if ask.by.is_some() {
        return Err(Failure::usage(
            "--by: the business is one; leave some out with --where",
        ));
    }
    let mut question = Question::new(ask, "business/1")?;
    let staged = question.staged(&args.staged)?;
    Ok(question.answered(move |question, trails| answer(args, question, &staged, &trails)))
}

fn answer(
    args: &Business,
    question: &Question,
    staged: &StageQuestion,
    trails: &Trails,
) -> Result<Reply, Failure> {
    let length = interval(args.interval);
    let calendar = Calendar::new(question.zone.clone(), length, question.week_start);
    let range = question.range(&calendar, trails)?;
    let mut reply = Reply::new("periods", &FIELDS);
    if let Some(range) = range {
        if range.count > MAX_KPI_PERIODS {
            return Err(Failure::usage(format!(
                "the table would have {} periods, and {MAX_KPI_PERIODS} is the most: choose a longer --interval",
                range.count
            )));
        }
        let asked = asked(args.block, staged, calendar.clone(), range);
        for own in question.ask(trails, &asked) {
            let money = |money: i128| json!(money as f64 / ONE);
            let row = vec![
                json!(calendar.label(own.period)),
                json!(own.incomplete),
                json!(own.orders),
                money(own.revenue),
                money(own.refunded),
                money(own.net),
                json!(own.customers),
                json!(own.new_customers),
                json!(own.customers_to_date),
                money(own.net_to_date),
                own.smoothed.map_or(json!(null), money),
                json!(own.growth),
                json!(own.customer_growth),
                json!(own.block_growth),
                json!(own.phase.map(|(phase, _)| phase_name(phase))),
                json!(own.phase.map(|(_, rule)| rule_name(rule))),
            ];
            reply.row(None, row);
        }
    }
    let told = range.map(|range| question.told(&range));
    reply.more = vec![
        ("currency", json!(staged.project.currency.code)),
        ("about", question.about(trails, json!(told))),
    ];
    reply.notes = question.notes(trails);
    Ok(reply)
}

/// The question of the business over periods of a range; `block` periods make one that growth is measured by.
pub fn asked(block: usize, staged: &StageQuestion, calendar: Calendar, range: Range) -> Asked {
    let touches = &staged.touches;
    Asked {
        calendar,
        range,
        block,
        order: touches.order,
        order_value: touches.order_value,
        refund: touches.refund,
        refund_value: touches.refund_value,
    }
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Launch => "launch",
        Phase::Growth => "growth",
        Phase::ShakeOut => "shake_out",
        Phase::Maturity => "maturity",
        Phase::Decline => "decline",
    }
}

fn rule_name(rule: PhaseRule) -> &'static str {
    match rule {
        PhaseRule::NoBase => "no_base",
        PhaseRule::Shrinks => "shrinks",
        PhaseRule::GrowthFell => "growth_fell",
        PhaseRule::GrowsFast => "grows_fast",
        PhaseRule::Steady => "steady",
        PhaseRule::GrowsSlowly => "grows_slowly",
        PhaseRule::NotYet => "not_yet",
    }
}
