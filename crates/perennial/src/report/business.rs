//! Where the business itself stands: its phase by month, told from what it took in.

use perennial_analytics::business::{
    BusinessPeriod as Counted, GROWTH_FROM, Phase, PhaseRule, STEADY_TO,
};
use perennial_analytics::calendar::Interval;
use perennial_report::{Business, BusinessPeriod, Headline, Measure, Unit, date_in_words};

use super::glance::revenue;
use super::span::label;
use super::touches::Touches;
use crate::commands::business_asked;
use crate::failure::Failure;

/// Months of a block: growth is that of a block against the block before.
const BLOCK_MONTHS: usize = 3;
/// Fewest months that are worth a section.
const FEWEST_MONTHS: usize = 3;
/// Millionths in one.
const ONE: f64 = 1_000_000.0;

/// The figure of revenue with a sentence on it, and the section.
pub type Told = (Option<(Headline, String)>, Option<Business>);

/// What the business takes in: nothing without orders that bring money; no section in a short history.
///
/// # Errors
/// What ranges give.
pub fn read(touches: &Touches) -> Result<Told, Failure> {
    let means = &touches.stages.touches;
    let Some((calendar, range)) = touches
        .periods(Interval::Month)?
        .filter(|_| means.order.is_some() && means.order_value.is_some())
    else {
        return Ok((None, None));
    };
    let asked = business_asked(BLOCK_MONTHS, &touches.stages, calendar.clone(), range);
    let periods = touches.trails.ask(&asked);
    let month = |period: &Counted| label(&calendar.label(period.period), Interval::Month);
    if periods.iter().all(|period| period.revenue == 0) {
        return Ok((None, None));
    }
    let over = periods.iter().filter(|period| !period.incomplete);
    let over: Vec<(String, f64)> = over
        .map(|period| (month(period), period.net as f64 / ONE))
        .collect();
    let revenue = revenue(&over, periods.iter().any(|period| period.refunded != 0));
    let told = periods
        .iter()
        .rev()
        .find_map(|period| period.phase.map(|phase| (period, phase)));
    let Some((last, (phase, rule))) = told.filter(|_| periods.len() >= FEWEST_MONTHS) else {
        return Ok((revenue, None));
    };
    let mut reasons = vec![reason(rule)];
    if let Some(growth) = last.block_growth {
        reasons.push(format!(
            "Up to {} the last {BLOCK_MONTHS} months took in {:.1}% {} than the {BLOCK_MONTHS} before.",
            date_in_words(&month(last)),
            growth.abs() * 100.0,
            if growth < 0.0 { "less" } else { "more" },
        ));
    }
    reasons.push(
        "Orders and what they bring are as the project's touchpoints say; a month that is not over has no phase."
            .to_owned(),
    );
    let business = Business {
        phase: format!(
            "Phase as of {}: {}.",
            date_in_words(&month(last)),
            name(phase)
        ),
        reasons,
        period: "Month".to_owned(),
        names: [
            "Revenue less refunds",
            "Buyers",
            "New buyers",
            "Growth of 3 months",
        ]
        .map(str::to_owned)
        .to_vec(),
        periods: periods
            .iter()
            .map(|period| told_period(period, month(period)))
            .collect(),
    };
    Ok((revenue, Some(business)))
}

fn told_period(period: &Counted, month: String) -> BusinessPeriod {
    let phase = match (period.incomplete, period.phase) {
        (true, _) => "not over yet".to_owned(),
        (false, Some((phase, _))) => name(phase).to_owned(),
        (false, None) => String::new(),
    };
    BusinessPeriod {
        name: month,
        phase,
        measures: vec![
            Measure::new(period.net as f64 / ONE, Unit::Money),
            Measure::new(period.customers as f64, Unit::Customers),
            Measure::new(period.new_customers as f64, Unit::Customers),
            Measure::new(
                period.block_growth.filter(|_| !period.incomplete),
                Unit::Share,
            ),
        ],
    }
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Launch => "launch",
        Phase::Growth => "growth",
        Phase::ShakeOut => "shake-out",
        Phase::Maturity => "maturity",
        Phase::Decline => "decline",
    }
}

/// The rule that decided, in words.
fn reason(rule: PhaseRule) -> String {
    let (fast, steady) = (GROWTH_FROM * 100.0, STEADY_TO * 100.0);
    match rule {
        PhaseRule::NoBase => "There is too little history to compare with.".to_owned(),
        PhaseRule::Shrinks => format!("It takes in over {steady:.0}% less than before."),
        PhaseRule::GrowthFell => {
            format!("It still grows by more than {fast:.0}%, but at most half as fast as before.")
        }
        PhaseRule::GrowsFast => format!("It grows by more than {fast:.0}%."),
        PhaseRule::Steady => {
            format!("It has grown fast before, and now moves by at most {steady:.0}%.")
        }
        PhaseRule::GrowsSlowly => format!(
            "It has grown fast before, and now grows by between {steady:.0} and {fast:.0}%."
        ),
        PhaseRule::NotYet => format!("It has not yet grown by more than {fast:.0}%."),
    }
}
