//! Regions side by side, of the same question that `regions` asks.

use perennial_analytics::calendar::Interval;
use perennial_analytics::kpis::{Figure, Kpi};
use perennial_analytics::regions::{Level, Region as Part, RegionStage, Regions as Asked};
use perennial_report::{Difference, Measure, Region, RegionFigure, RegionLevel, Regions, Unit};

use super::kpis::{FIGURES, measure};
use super::touches::{FALSE_DISCOVERY_RATE, Touches};
use crate::failure::Failure;
use crate::questions::StageQuestion;

/// A figure of fewer customers, answers or orders is not tested.
const SMALL_BELOW: u64 = 30;
/// The largest stages that regions are compared by.
const STAGES: usize = 6;
/// Millionths in one.
const ONE: f64 = 1e6;
/// An index of all customers together.
const INDEX_OF_WHOLE: f64 = 100.0;
/// Where the region of a customer is not known.
const UNKNOWN: &str = "(not known)";
const MEANING: &str = "Where customers stand at the end of history, and what they have brought so far, refunds taken \
                       off. What differs is found over all history.";

/// A region with its stages.
type Place<'a> = (&'a Part, &'a [RegionStage]);

/// The section; `None` where nothing says the region, or all are of one.
///
/// # Errors
/// What ranges give.
pub fn read(touches: &Touches) -> Result<Option<Regions>, Failure> {
    let Some((column, name)) = &touches.region else {
        return Ok(None);
    };
    let stages = &touches.stages;
    let kpis = stages.kpis(
        &touches.question,
        &touches.trails,
        Interval::Month,
        Some(*column),
    )?;
    let Some(kpis) = kpis else {
        return Ok(None);
    };
    let found = touches.trails.ask(&Asked {
        kpis,
        small_below: SMALL_BELOW,
        false_discovery_rate: FALSE_DISCOVERY_RATE,
    });
    let places: Vec<Place<'_>> = found
        .chunk_by(|one, other| one.region == other.region)
        .filter_map(|own| Some((&own.first()?.region, own)))
        .collect();
    let Some(world) = places.iter().find(|own| own.0.level == Level::World) else {
        return Ok(None);
    };
    let mut largest: Vec<usize> = (0..world.1.len()).collect();
    largest.sort_by_key(|stage| std::cmp::Reverse(world.1[*stage].row.counts.at_end));
    largest.truncate(STAGES);
    largest.sort_unstable();
    let levels: Vec<RegionLevel> = [Level::Region, Level::Country]
        .into_iter()
        .filter_map(|level| one_level(level, &places, world, &largest, name))
        .collect();
    if levels.is_empty() {
        return Ok(None);
    }
    let mut names = Vec::new();
    names.extend(value(world).map(|_| "Value per customer".to_owned()));
    names.extend(largest.iter().map(|stage| {
        let own = &world.1[*stage].row;
        let stage = stages.stage(own.lifecycle, own.stage).unwrap_or_default();
        format!("In {stage}")
    }));
    Ok(Some(Regions {
        meaning: MEANING.to_owned(),
        names,
        whole: region(world, world, &largest),
        levels,
        differences: differences(&places, world, stages),
    }))
}

/// The regions of a level; `None` where there is but one.
fn one_level(
    level: Level,
    places: &[Place<'_>],
    world: &Place<'_>,
    largest: &[usize],
    column: &str,
) -> Option<RegionLevel> {
    let own = places.iter().filter(|own| own.0.level == level);
    let mut regions: Vec<Region> = own.clone().map(|own| region(own, world, largest)).collect();
    regions.sort_by_key(|region| std::cmp::Reverse(region.customers));
    let is_recognized = own.clone().any(|own| own.0.code.is_some());
    let name = match (level, is_recognized) {
        (Level::Region, _) => "Part of the world".to_owned(),
        (_, true) => "Country".to_owned(),
        (_, false) => column.trim_start_matches("trait_").replace('_', " "),
    };
    (regions.len() > 1).then_some(RegionLevel { name, regions })
}

fn region(own: &Place<'_>, world: &Place<'_>, largest: &[usize]) -> Region {
    let is_world = own.0.level == Level::World;
    let value_of_all = value(world);
    let mut figures = Vec::new();
    figures.extend(value(own).map(|money| {
        RegionFigure {
            measure: Measure::new(money, Unit::Money),
            index: value_of_all
                .filter(|all| !is_world && *all != 0.0)
                .map(|all| INDEX_OF_WHOLE * money / all),
            differs: false,
        }
    }));
    let mut small = false;
    for stage in largest {
        let share = own.1.get(*stage).and_then(|stage| {
            let figures = stage.figures.iter();
            figures.into_iter().find(|figure| figure.kpi == Kpi::Share)
        });
        small |= share.is_some_and(|share| share.small);
        figures.push(RegionFigure {
            measure: measure(share.and_then(|share| share.figure), Unit::Share),
            index: share.and_then(|share| share.index).filter(|_| !is_world),
            differs: share.is_some_and(|share| share.differs),
        });
    }
    Region {
        name: named(own.0),
        customers: own.1.first().map_or(0, |stage| stage.row.in_lifecycle),
        small,
        figures,
    }
}

/// What customers in the lifecycle have brought so far, for each of them; `None` where nothing says so.
fn value(own: &Place<'_>) -> Option<f64> {
    let money = |stage: &RegionStage| match Kpi::ValueToDate.of(&stage.row) {
        Some(Figure::Money(money)) => Some(money),
        _ => None,
    };
    let money: Vec<i128> = own.1.iter().filter_map(money).collect();
    let customers = own.1.first()?.row.in_lifecycle;
    (!money.is_empty() && customers > 0)
        .then(|| money.iter().sum::<i128>() as f64 / ONE / customers as f64)
}

/// Where regions and countries differ, the surest first. The lapse rate is left out, as it is what retention
/// leaves.
fn differences(places: &[Place<'_>], world: &Place<'_>, stages: &StageQuestion) -> Vec<Difference> {
    let mut found: Vec<(f64, Difference)> = Vec::new();
    // A part of the world with one country in it says the same as that country.
    let is_country = |own: &&Place<'_>| own.0.level == Level::Country;
    let alone = |own: &Place<'_>| {
        let is_same = |country: &Place<'_>| {
            let mut stages = country.1.iter().zip(own.1);
            stages.all(|(one, other)| one.row.counts == other.row.counts)
        };
        own.0.level == Level::Region && places.iter().filter(is_country).any(is_same)
    };
    let wanted = [Level::Region, Level::Country];
    let compared = places.iter().filter(|own| wanted.contains(&own.0.level));
    for own in compared.filter(|own| !alone(own)) {
        for (stage, of_all) in own.1.iter().zip(world.1) {
            for figure in stage.figures.iter().filter(|figure| figure.differs) {
                let Some(name) = figure_name(figure.kpi, stages, stage.row.lifecycle) else {
                    continue;
                };
                let row = &stage.row;
                let whole = figure.kpi.of(&of_all.row);
                let difference = Difference {
                    region: named(own.0),
                    stage: stages
                        .stage(row.lifecycle, row.stage)
                        .unwrap_or_default()
                        .to_owned(),
                    figure: name,
                    here: measure(figure.figure, Unit::Share),
                    whole: measure(whole, Unit::Share),
                    index: figure.index,
                    sample: figure.sample,
                };
                found.push((figure.p.unwrap_or(1.0), difference));
            }
        }
    }
    found.sort_by(|one, other| one.0.total_cmp(&other.0));
    found.into_iter().map(|(_, own)| own).collect()
}

/// What a figure is called; `None` for those that say the same as another.
fn figure_name(kpi: Kpi, stages: &StageQuestion, lifecycle: u16) -> Option<String> {
    match kpi {
        Kpi::LapseRate => None,
        Kpi::Share => Some("In the stage".to_owned()),
        Kpi::ConvertedWithin(to) => {
            let days = stages.window_ms / perennial_model::DAY_MS;
            let to = stages.stage(lifecycle, to)?;
            Some(format!("Went on to {to} within {days} days"))
        }
        kpi => {
            let known = FIGURES.iter().find(|own| own.kpi == kpi);
            Some(known.map_or_else(|| kpi.name().replace('_', " "), |own| own.name.to_owned()))
        }
    }
}

fn named(part: &Part) -> String {
    let name = part.name.as_deref().filter(|name| !name.trim().is_empty());
    name.unwrap_or(UNKNOWN).to_owned()
}
