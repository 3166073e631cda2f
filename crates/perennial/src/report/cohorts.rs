//! Who came back: retention by the run's touches, of orders where there are any.

use perennial_analytics::retention::{Clock, Measure, Membership, Retention};
use perennial_report::{Cohort, Cohorts};

use super::span::{Span, label};
use super::touches::Touches;
use crate::failure::Failure;

/// The section of cohorts; `None` where there is nothing to tell.
///
/// # Errors
/// What ranges give.
pub fn read(touches: &Touches, span: &Span) -> Result<Option<Cohorts>, Failure> {
    let (interval, period) = span.interval();
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
                name: label(&calendar.label(cohort.period), interval),
                size: cohort.size,
                returned: known(cohort.returned),
            });
        cohorts.collect::<Vec<_>>()
    };
    let (mut start, mut back) = ("first ordered", "ordered again");
    let orders = touches.stages.touches.order;
    let mut cohorts = orders.map_or_else(Vec::new, |orders| told(Some(orders)));
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

/// The periods after the first, up to the last one that is over.
fn known(returned: Vec<Option<u64>>) -> Vec<Option<u64>> {
    let last = returned.iter().rposition(Option::is_some);
    returned
        .into_iter()
        .take(last.map_or(0, |last| last + 1))
        .skip(1)
        .collect()
}
