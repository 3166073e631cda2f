//! How full each stage will be, for the report: the same model, trial and bands as `forecast stages` has.

use perennial_batch::results::Results;
use perennial_forecast::stages::Fan;
use perennial_model::Zone;
use perennial_report::{Ahead as Section, Expected, StageAhead, StageTrial};

use super::span::Span;
use crate::ahead::{Ahead, Asked, Known, Periods, Step};
use crate::args;
use crate::failure::Failure;

/// Weeks ahead, at most.
const MAX_WEEKS: i32 = 12;
/// Of so many weeks of history one is looked ahead.
const HISTORY_PART: i32 = 4;
/// Days of a week.
const WEEK_DAYS: i32 = 7;

/// Reads it; where data are too thin it says so.
pub fn read(
    results: &Results,
    zone: &Zone,
    args: &args::Report,
    lifecycle: &str,
    span: &Span,
) -> Section {
    let history = span.last_day - span.first_day + 1;
    let weeks = (history / WEEK_DAYS / HISTORY_PART).clamp(1, MAX_WEEKS);
    let meaning = format!(
        "Customers expected in each stage over the next {weeks} weeks, from how long they stay in a stage, where they go and how many come. Each range comes from chance in who moves and who comes, and from how little is known; no season is told apart."
    );
    match told(results, zone, args, lifecycle, weeks) {
        Ok(section) => Section { meaning, ..section },
        Err(failure) => Section {
            meaning,
            refusal: Some(failure.message),
            ..Section::default()
        },
    }
}

fn told(
    results: &Results,
    zone: &Zone,
    args: &args::Report,
    lifecycle: &str,
    weeks: i32,
) -> Result<Section, Failure> {
    let asked = Asked {
        lifecycle: Some(lifecycle),
        project: args.from.out.is_none().then_some(&args.from.project),
        until: None,
        by: None,
    };
    let known = Known::read(results, zone, &asked)?;
    let periods = Periods::after(known.last_day, zone, Step::Week, weeks as u32)?;
    let ahead = Ahead::fit(&known, &periods.days)?;
    let whole = ahead.fans(&periods.days, &[])?;
    let fans: &[Fan] = whole.first().map_or(&[], |own| &own.fans);
    let past: Vec<i32> = (0..=weeks)
        .rev()
        .map(|week| known.last_day - WEEK_DAYS * week)
        .collect();
    let standing = known.ledger.standing(&past, None);
    let days = past.iter().chain(&periods.last_days);
    let test = &ahead.back_test;
    let stage = |fan: &Fan| {
        let point = |point: &perennial_forecast::stages::FanPoint| {
            let band = point.band(test.widened);
            Expected {
                median: band.median,
                half: band.half,
                most: band.most,
            }
        };
        let place = usize::from(fan.stage);
        StageAhead {
            stage: known.stages.get(place).cloned().unwrap_or_default(),
            past: standing.iter().map(|stages| stages[place] as f64).collect(),
            ahead: fan.points.iter().map(point).collect(),
        }
    };
    let trials = known
        .stages
        .iter()
        .zip(&test.stages)
        .map(|(name, own)| StageTrial {
            stage: name.clone(),
            error: own.error,
            error_as_now: own.error_as_now,
            error_of_trend: own.error_of_trend,
            bias: own.bias,
        });
    Ok(Section {
        dates: days
            .map(|day| zone.date_text(zone.day_start(*day)))
            .collect(),
        stages: fans.iter().map(stage).collect(),
        trial: ahead.tested(),
        trials: trials.collect(),
        warnings: ahead.cautions(&periods.days),
        ..Section::default()
    })
}
