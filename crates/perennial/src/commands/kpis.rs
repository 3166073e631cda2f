//! `kpis`: the figures of each stage, over a range or period by period.

use perennial_analytics::OUTSIDE;
use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::kpis::{Figure, Kpi, MAX_KPI_PERIODS, StageKpis};
use perennial_batch::trails::Trails;
use serde_json::{Value, json};

use super::targets::Targets;
use crate::args::{KpiRows, Kpis};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, StageQuestion, interval, month_number};

/// Milliseconds of a second and of a day.
const SECOND_MS: f64 = 1e3;
const DAY_MS: f64 = 86_400_000.0;
/// Millionths in one.
const ONE: i128 = 1_000_000;

/// Figures as they stand in rows, and whether people see them.
const FIGURES: [(Kpi, bool); 27] = [
    (Kpi::InStage, true),
    (Kpi::Share, false),
    (Kpi::Entered, true),
    (Kpi::Left, true),
    (Kpi::Lapsed, true),
    (Kpi::Active, true),
    (Kpi::RetentionRate, true),
    (Kpi::LapseRate, false),
    (Kpi::RecoveryRate, false),
    (Kpi::Orders, true),
    (Kpi::Revenue, true),
    (Kpi::Refunded, false),
    (Kpi::AverageOrder, true),
    (Kpi::BuyerRate, false),
    (Kpi::ValueToDate, false),
    (Kpi::ValuePerHead, true),
    (Kpi::CsatMean, true),
    (Kpi::CsatTop, false),
    (Kpi::Nps, true),
    (Kpi::CesMean, false),
    (Kpi::CesTop, false),
    (Kpi::ReviewMean, false),
    (Kpi::ReviewTop, false),
    (Kpi::TicketRate, false),
    (Kpi::AdvocacyRate, false),
    (Kpi::ReferralRate, false),
    (Kpi::StayMedianMs, false),
];

/// # Errors
/// Wrong usage, and a run or a project that cannot be read.
pub fn prepare(args: &Kpis) -> Result<Prepared<'_>, Failure> {
    let mut question = Question::new(&args.staged.ask, "kpis/1")?;
    let staged = question.staged(&args.staged)?;
    let by = question.by();
    let targets = Targets::prepare(&mut question, &staged)?;
    Ok(question.answered(move |question, mut trails| {
        question.limit(&mut trails, by);
        let mut reply = answer(args, question, &staged, &trails, by)?;
        let told = targets.reply(args, question, &staged, &trails, by)?;
        reply.notes.extend(targets.notes(&told));
        Ok(match args.rows {
            KpiRows::Stages => {
                reply.more.push(("targets", told.objects()));
                reply
            }
            KpiRows::Targets => {
                let stages = reply.objects();
                Reply {
                    more: reply.more.into_iter().chain([("stages", stages)]).collect(),
                    notes: reply.notes,
                    ..told
                }
            }
        })
    }))
}

fn answer(
    args: &Kpis,
    question: &Question,
    staged: &StageQuestion,
    trails: &Trails,
    by: Option<usize>,
) -> Result<Reply, Failure> {
    let by_period = args.interval.is_some();
    let length = args.interval.map_or(Interval::Month, interval);
    let asked = staged.kpis(question, trails, length, by)?;
    let mut reply = Reply::new("stages", &fields(by_period, staged.lifecycles.len() > 1)).by(by);
    let mut conversions = Vec::new();
    if let Some(asked) = &asked {
        if asked.range.count > MAX_KPI_PERIODS {
            return Err(Failure::usage(format!(
                "the table would have {} periods, and {MAX_KPI_PERIODS} is the most: choose a longer --interval",
                asked.range.count
            )));
        }
        let own = staged.lifecycles.iter().map(|(_, own)| own.stages.len());
        let periods = if by_period { asked.range.count } else { 1 };
        let rows = own.sum::<usize>().saturating_mul(periods);
        question.bound(trails, by, rows.saturating_mul(reply.fields.len()))?;
        for split in question.ask(trails, asked) {
            let rows = split.answer.iter();
            for own in rows.filter(|own| own.period.is_some() == by_period) {
                let row = row(own, question, staged, &asked.calendar);
                reply.row(split.by.as_deref(), row);
                tell_conversions(
                    own,
                    staged,
                    &asked.calendar,
                    split.by.as_deref(),
                    &mut conversions,
                );
            }
        }
    }
    let told = asked.as_ref().map(|asked| question.told(&asked.range));
    reply.more = vec![
        ("window_days", json!(staged.window_ms as f64 / DAY_MS)),
        ("currency", json!(staged.project.currency.code)),
        ("about", question.about(trails, json!(told))),
        ("conversions", json!(conversions)),
    ];
    reply.notes = question.notes(trails);
    Ok(reply)
}

fn fields(by_period: bool, with_lifecycle: bool) -> Vec<(&'static str, bool)> {
    let mut fields = vec![
        ("period", by_period),
        ("month", false),
        ("lifecycle", with_lifecycle),
        ("stage", true),
        ("stage_number", false),
        ("incomplete", false),
    ];
    fields.extend(FIGURES.map(|(kpi, shown)| (field_name(kpi), shown)));
    fields.extend(
        [
            "lapses",
            "revenue_minor",
            "refunded_minor",
            "value_to_date_minor",
            "csat_sum",
            "csat_answers",
            "nps_promoters",
            "nps_detractors",
            "nps_answers",
        ]
        .map(|name| (name, false)),
    );
    fields
}

/// Lengths of time are told in seconds, as everywhere.
pub fn field_name(kpi: Kpi) -> &'static str {
    match kpi {
        Kpi::StayMedianMs => "stay_median_seconds",
        other => other.name(),
    }
}

fn row(
    own: &StageKpis,
    question: &Question,
    staged: &StageQuestion,
    calendar: &Calendar,
) -> Vec<Value> {
    let counts = &own.counts;
    let period = own.period.map(|period| calendar.label(period));
    let month = own.period.and_then(|period| month_number(calendar, period));
    let mut row = vec![
        json!(period),
        json!(month),
        json!(staged.names(own.lifecycle).map(|names| &names.name)),
        json!(staged.stage(own.lifecycle, own.stage)),
        json!(u32::from(own.stage) + 1),
        json!(own.incomplete),
    ];
    row.extend(FIGURES.map(|(kpi, _)| figure(kpi.of(own))));
    row.extend([
        json!(counts.lapsed),
        question.minor(Some(counts.revenue)),
        question.minor(Some(counts.refunded)),
        question.minor(Some(counts.value_to_date)),
        number(counts.csat.sum),
        json!(counts.csat.answers),
        json!(counts.promoters),
        json!(counts.detractors),
        json!(counts.nps_answers),
    ]);
    row
}

/// A figure as answers write it: money in units, time in seconds.
pub fn figure(figure: Option<Figure>) -> Value {
    match figure {
        None => Value::Null,
        Some(Figure::Count(count)) => json!(count),
        Some(Figure::Money(money)) => number(money),
        Some(Figure::Ms(ms)) => json!(ms as f64 / SECOND_MS),
        Some(Figure::Rate(rate)) => json!(rate.value()),
        Some(Figure::Share(share)) => json!(share),
        Some(Figure::Score(score)) => json!(score),
    }
}

/// Millionths as a number, whole where it is.
pub fn number(millionths: i128) -> Value {
    match (millionths % ONE, i64::try_from(millionths / ONE)) {
        (0, Ok(whole)) => json!(whole),
        _ => json!(millionths as f64 / ONE as f64),
    }
}

/// Where those go next who entered a stage.
fn tell_conversions(
    own: &StageKpis,
    staged: &StageQuestion,
    calendar: &Calendar,
    by: Option<&str>,
    conversions: &mut Vec<Value>,
) {
    for to in &own.conversions {
        let target = match to.to {
            OUTSIDE => None,
            stage => staged.stage(own.lifecycle, stage),
        };
        let mut one = json!({
            "lifecycle": staged.names(own.lifecycle).map(|names| &names.name),
            "from": staged.stage(own.lifecycle, own.stage),
            "to": target,
            "period": own.period.map(|period| calendar.label(period)),
            "in_window": to.within.hits,
            "watched": to.within.people,
            "rate": to.within.value(),
            "so_far": to.so_far,
            "ever": to.ever,
        });
        if let (Some(by), Value::Object(one)) = (by, &mut one) {
            one.insert("by".to_owned(), json!(by));
        }
        conversions.push(one);
    }
}
