//! Pain points in words.

use perennial_analytics::journey::{PainKind, PainPoint};

use super::figures::grouped;

/// Seconds in a day.
const DAY_SECONDS: f64 = 86_400.0;
/// Millionths in one.
const ONE: i128 = 1_000_000;

/// A pain point with its figures.
pub fn sentence(pain: &PainPoint) -> String {
    let (spot, evidence) = (&pain.spot, &pain.evidence);
    let (stage, touchpoint) = (&spot.stage, spot.touchpoint.as_deref());
    let whom = match (&spot.group, &spot.month) {
        (None, None) => "customers".to_owned(),
        (None, Some(month)) => format!("customers in {}", year_month(month)),
        (Some((name, group)), None) => format!("customers of {name} {group}"),
        (Some((name, group)), Some(month)) => {
            format!("customers of {name} {group} in {}", year_month(month))
        }
    };
    let at = touchpoint.map_or_else(String::new, |point| format!(" after `{point}`"));
    let what = match spot.kind {
        PainKind::Stall => format!("{whom} in stage `{stage}` take long to go on{at}"),
        PainKind::DropOff => format!("{whom} in stage `{stage}` stop coming{at}"),
        PainKind::MissedGoal => format!("{whom} in stage `{stage}` do not get to an order{at}"),
        PainKind::Loop => format!("{whom} in stage `{stage}` go round in circles{at}"),
        PainKind::BadFeedback => format!("{whom} in stage `{stage}` rate badly{at}"),
        PainKind::Tickets => format!("{whom} in stage `{stage}` ask for help{at}"),
        PainKind::RepeatTickets => format!("{whom} in stage `{stage}` ask for help again{at}"),
    };
    let figures = match &evidence.times {
        Some(times) => format!(
            "half of those who do took more than {:.0} days, others {:.0}",
            times.median_seconds / DAY_SECONDS,
            times.rest_median_seconds / DAY_SECONDS,
        ),
        None => format!(
            "{:.0} % of them, where {:.0} % is usual",
            100.0 * evidence.share,
            100.0 * evidence.rest_share,
        ),
    };
    let stake = pain.stake.as_ref().map(|stake| {
        let low = i64::try_from(stake.low / ONE).unwrap_or(i64::MAX);
        format!("; at least {} EUR are at stake", grouped(low))
    });
    format!(
        "It hurts: {} {what}: {figures}{}.",
        grouped(i64::try_from(pain.customers).unwrap_or(i64::MAX)),
        stake.unwrap_or_default(),
    )
}

/// The month of a day.
fn year_month(day: &str) -> &str {
    day.get(.."2024-01".len()).unwrap_or(day)
}
