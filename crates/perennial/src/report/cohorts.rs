//! Who came back: retention by the run's touches, of orders where there are any.

use perennial_analytics::calendar::Interval;
use perennial_analytics::retention::{Clock, Measure, Membership, Retention};
use perennial_report::{Cohort, Cohorts};

use super::span::Span;
use super::touches::Touches;
use crate::failure::Failure;

/// Fewest days of history for cohorts by months.
const MONTHS_FROM_DAYS: i32 = 120;
<<<<<<< HEAD
/// Most cohorts.
const MAX_COHORTS: usize = 120;
/// The events that begin and come back.
const ORDERS: &str = "ordered";
=======
>>>>>>> dcfd91d3c3e3d757c66064966a0ae2d0bdb76fa9

/// The section of cohorts; `None` where there is nothing to tell.
///
/// # Errors
<<<<<<< HEAD
/// The run did not write its touches.
pub fn read(results: &Results, span: &Span) -> Result<Option<Cohorts>, Failure> {
    let ask = ask(results);
    let mut question = Question::new(&ask, "retention/1")?;
    let orders = question.condition(Condition {
        event: None,
        any_of: vec![ORDERS.to_owned()],
        rule: None,
        from: "touchpoints",
    });
    let trails = question.read()?;
=======
/// What ranges give.
pub fn read(touches: &Touches, span: &Span) -> Result<Option<Cohorts>, Failure> {
>>>>>>> dcfd91d3c3e3d757c66064966a0ae2d0bdb76fa9
    let (interval, period) = match span.last_day - span.first_day >= MONTHS_FROM_DAYS {
        true => (Interval::Month, "month"),
        false => (Interval::Week, "week"),
    };
    let Some((calendar, range)) = touches.periods(interval)? else {
        return Ok(None);
    };
    let analysis = |condition: Option<u16>| Retention {
        calendar: calendar.clone(),
        range,
        known_until_ms: span.until.ms(),
        start: condition,
        back: condition,
        membership: Membership::First,
        measure: Measure::On,
        clock: Clock::Calendar,
        count_start: false,
        min_count: 1,
        by: None,
        value: None,
    };
    let told = |condition| {
        let splits = touches.trails.ask(&analysis(condition)).into_iter();
        let cohorts = splits.flat_map(|split| split.answer);
        let cohorts = cohorts
            .filter(|cohort| cohort.size > 0)
            .map(|cohort| Cohort {
                name: name(&calendar.label(cohort.period), interval),
                size: cohort.size,
                returned: known(cohort.returned),
            });
        cohorts.collect::<Vec<_>>()
    };
    let (mut start, mut back) = ("first ordered", "ordered again");
    let mut cohorts = told(Some(touches.orders));
    if cohorts.is_empty() {
        (start, back) = ("was first seen", "came back");
        cohorts = told(None);
    }
    Ok((!cohorts.is_empty()).then(|| Cohorts {
        start: start.to_owned(),
        back: back.to_owned(),
        period: period.to_owned(),
        cohorts,
    }))
}

/// A month without its day.
fn name(label: &str, interval: Interval) -> String {
    match interval {
        Interval::Month => label.get(..7).unwrap_or(label).to_owned(),
        _ => label.to_owned(),
    }
}

<<<<<<< HEAD
/// A question about all touches of a run.
fn ask(results: &Results) -> Ask {
    let week_start = match results.manifest.week_start.as_str() {
        "sunday" => Weekday::Sunday,
        _ => Weekday::Monday,
    };
    Ask {
        input: Vec::new(),
        out: Some(results.folder().to_owned()),
        rule: None,
        from: None,
        to: None,
        timezone: None,
        unknown: None,
        week_start,
        customer: None,
        by: None,
        by_limit: 1,
        threads: None,
        show: Show {
            output: Output::Json,
            save: None,
            columns: Vec::new(),
        },
    }
=======
/// The periods after the first, up to the last one that is over.
fn known(returned: Vec<Option<u64>>) -> Vec<Option<u64>> {
    let last = returned.iter().rposition(Option::is_some);
    returned
        .into_iter()
        .take(last.map_or(0, |last| last + 1))
        .skip(1)
        .collect()
>>>>>>> dcfd91d3c3e3d757c66064966a0ae2d0bdb76fa9
}
