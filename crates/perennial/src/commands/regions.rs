//! `regions`: the figures of stages side by side by country, sub-region and region.

use perennial_analytics::calendar::Interval;
use perennial_analytics::kpis::Kpi;
use perennial_analytics::regions::{Level, RegionStage, Regions as Asked};
use perennial_batch::trails::Trails;
use serde_json::{Value, json};

use super::kpis::{field_name, figure};
use crate::args::{RegionLevel, Regions};
use crate::failure::Failure;
use crate::questions::{COUNTRY, Held, Prepared, Question, Reply, StageQuestion, kind_name};

/// Stands for every figure.
const ALL: &str = "all";

const FIELDS: [(&str, bool); 19] = [
    ("level", true),
    ("region", true),
    ("code", false),
    ("lifecycle", false),
    ("stage", true),
    ("figure", true),
    ("to", false),
    ("value", true),
    ("index", true),
    ("low", true),
    ("high", true),
    ("sample", true),
    ("small", false),
    ("p", false),
    ("q", true),
    ("differs", true),
    ("target", false),
    ("target_kind", false),
    ("target_gap", false),
];

/// # Errors
/// Wrong usage, and a run or a project that cannot be read.
pub fn prepare(args: &Regions) -> Result<Prepared<'_>, Failure> {
    let ask = &args.staged.ask;
    let mut question = Question::new(ask, "regions/1")?;
    let staged = question.staged(&args.staged)?;
    let by = question.text(ask.by.as_deref().unwrap_or(COUNTRY));
    let (mut held, _) = question.held(&staged)?;
    held.retain(|own| own.is_of_range(staged.window_ms));
    Ok(question
        .answered(move |question, trails| answer(args, question, &staged, &held, &trails, by)))
}

fn answer(
    args: &Regions,
    question: &Question,
    staged: &StageQuestion,
    held: &[Held],
    trails: &Trails,
    by: usize,
) -> Result<Reply, Failure> {
    let kpis = staged.kpis(question, trails, Interval::Month, Some(by))?;
    let mut reply = Reply::new("regions", &FIELDS);
    let told = kpis.as_ref().map(|kpis| question.told(&kpis.range));
    if let Some(kpis) = kpis {
        let asked = Asked {
            kpis,
            small_below: args.small_below,
            false_discovery_rate: args.false_discovery_rate,
        };
        for stage in question.ask(trails, &asked) {
            rows(&stage, args, staged, held, &mut reply);
        }
    }
    reply.more = vec![("about", question.about(trails, json!(told)))];
    reply.notes = question.notes(trails);
    Ok(reply)
}

fn rows(
    stage: &RegionStage,
    args: &Regions,
    staged: &StageQuestion,
    held: &[Held],
    reply: &mut Reply,
) {
    let (level, of_level) = match stage.region.level {
        Level::World => ("world", RegionLevel::World),
        Level::Region => ("region", RegionLevel::Region),
        Level::Subregion => ("subregion", RegionLevel::Subregion),
        Level::Country => ("country", RegionLevel::Country),
    };
    if !args.level.is_empty() && !args.level.contains(&of_level) {
        return;
    }
    let row = &stage.row;
    for own in &stage.figures {
        let name = field_name(own.kpi);
        let asked = |wanted: &String| wanted == name || wanted == ALL;
        if own.figure.is_none() || !args.figure.iter().any(asked) {
            continue;
        }
        let to = match own.kpi {
            Kpi::ConvertedWithin(to) | Kpi::ConvertedEver(to) => staged.stage(row.lifecycle, to),
            _ => None,
        };
        let ends = own.interval;
        let aim = target(stage, own.kpi, held);
        let gap = aim.and_then(|aim| aim.target.gaps(std::slice::from_ref(row)).pop());
        let cells: Vec<Value> = vec![
            json!(level),
            json!(stage.region.name),
            json!(stage.region.code),
            json!(staged.names(row.lifecycle).map(|names| &names.name)),
            json!(staged.stage(row.lifecycle, row.stage)),
            json!(name),
            json!(to),
            figure(own.figure),
            json!(own.index),
            json!(ends.map(|ends| ends.low)),
            json!(ends.map(|ends| ends.high)),
            json!(own.sample),
            json!(own.small),
            json!(own.p),
            json!(own.q),
            json!(own.differs),
            json!(aim.map(|aim| aim.target.value)),
            json!(aim.map(|aim| kind_name(aim.yardstick.kind))),
            json!(gap.map(|gap| gap.gap)),
        ];
        reply.row(None, cells);
    }
}

/// What a figure of a stage in a region is held against: what is said of that country, else of everybody;
/// a target before a benchmark.
fn target<'h>(stage: &RegionStage, kpi: Kpi, held: &'h [Held]) -> Option<&'h Held> {
    let row = &stage.row;
    let place = (row.lifecycle, row.stage, kpi);
    let of_country = match stage.region.level {
        Level::Country => stage.region.code.as_deref(),
        _ => None,
    };
    let own = held.iter().filter(|own| {
        let target = &own.target;
        (target.lifecycle, target.stage, target.kpi) == place
    });
    let found = |code: Option<&str>| own.clone().find(|own| own.is_for(code));
    of_country
        .and_then(|code| found(Some(code)))
        .or_else(|| found(None))
}
