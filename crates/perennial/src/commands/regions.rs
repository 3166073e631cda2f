//! `regions`: the figures of stages side by side by country, sub-region and region.

use perennial_analytics::calendar::Interval;
use perennial_analytics::kpis::Kpi;
use perennial_analytics::regions::{Level, RegionStage, Regions as Asked};
use perennial_batch::trails::Trails;
use serde_json::{Value, json};

use super::kpis::{field_name, figure};
use crate::args::{RegionLevel, Regions};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, StageQuestion};

/// The column of countries unless another is named.
const COUNTRY: &str = "country";
/// Stands for every figure.
const ALL: &str = "all";

const FIELDS: [(&str, bool); 16] = [
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
];

/// # Errors
/// Wrong usage, and a run or a project that cannot be read.
pub fn prepare(args: &Regions) -> Result<Prepared<'_>, Failure> {
    let ask = &args.staged.ask;
    let mut question = Question::new(ask, "regions/1")?;
    let staged = question.staged(&args.staged)?;
    let by = question.text(ask.by.as_deref().unwrap_or(COUNTRY));
    Ok(question.answered(move |question, trails| answer(args, question, &staged, &trails, by)))
}

fn answer(
    args: &Regions,
    question: &Question,
    staged: &StageQuestion,
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
        for stage in trails.ask(&asked) {
            rows(&stage, args, staged, &mut reply);
        }
    }
    reply.more = vec![("about", question.about(trails, json!(told)))];
    reply.notes = question.notes(trails);
    Ok(reply)
}

fn rows(stage: &RegionStage, args: &Regions, staged: &StageQuestion, reply: &mut Reply) {
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
        ];
        reply.row(None, cells);
    }
}
