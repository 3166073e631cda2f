//! Figures of each stage by period, of the same question that `kpis` asks.

use perennial_analytics::kpis::{Figure, Kpi, StageKpis};
use perennial_report::{KpiFigure, Kpis, Measure, StageFigure, Unit, date_in_words};

use super::span::{Span, label};
use super::touches::Touches;
use crate::commands::kpi_field;
use crate::failure::Failure;

/// Millionths in one.
const ONE: f64 = 1e6;
/// Milliseconds of a day.
const DAY_MS: f64 = perennial_model::DAY_MS as f64;
/// Most periods of a trend, the latest ones.
const MAX_TREND: usize = 36;

/// A figure, what it counts, its name for people, and what it means.
pub struct Shown {
    pub kpi: Kpi,
    pub unit: Unit,
    pub name: &'static str,
    meaning: &'static str,
}

const fn shown(kpi: Kpi, unit: Unit, name: &'static str, meaning: &'static str) -> Shown {
    Shown {
        kpi,
        unit,
        name,
        meaning,
    }
}

/// The figures of the page, in their order.
pub const FIGURES: [Shown; 17] = [
    shown(
        Kpi::InStage,
        Unit::Customers,
        "Customers",
        "In the stage where the period ends.",
    ),
    shown(
        Kpi::Entered,
        Unit::Count,
        "Came in",
        "Moves into the stage in the period.",
    ),
    shown(
        Kpi::Left,
        Unit::Count,
        "Left",
        "Moves out of the stage in the period.",
    ),
    shown(
        Kpi::RetentionRate,
        Unit::Share,
        "Did not lapse",
        "Of those in the stage where the period begins and those who came in, how many did not lapse.",
    ),
    shown(
        Kpi::RecoveryRate,
        Unit::Share,
        "Won back",
        "Of those in a stage of lapsed customers, how many went on to one that is not.",
    ),
    shown(
        Kpi::Active,
        Unit::Customers,
        "Active",
        "Customers with an event while in the stage.",
    ),
    shown(
        Kpi::BuyerRate,
        Unit::Share,
        "Buyers among the active",
        "Active customers with an order while in the stage.",
    ),
    shown(
        Kpi::Orders,
        Unit::Count,
        "Orders",
        "Orders of those in the stage.",
    ),
    shown(
        Kpi::Revenue,
        Unit::Money,
        "Revenue",
        "What these orders brought, refunds not taken off.",
    ),
    shown(
        Kpi::AverageOrder,
        Unit::Money,
        "Average order",
        "Revenue by orders.",
    ),
    shown(
        Kpi::ValuePerHead,
        Unit::Money,
        "Value per customer",
        "What those in the stage where the period ends have brought so far, refunds taken off, for each of them.",
    ),
    shown(
        Kpi::CsatMean,
        Unit::Score,
        "Satisfaction",
        "The mean answer, from 1 to 5.",
    ),
    shown(
        Kpi::Nps,
        Unit::Count,
        "Net promoter score",
        "Promoters less detractors of a hundred who answered, from −100 to 100.",
    ),
    shown(
        Kpi::CesMean,
        Unit::Score,
        "Ease",
        "The mean answer on effort, from 1 to 7, where 7 is no effort at all.",
    ),
    shown(
        Kpi::ReviewMean,
        Unit::Score,
        "Reviews",
        "The mean of reviews, from 1 to 5.",
    ),
    shown(
        Kpi::TicketRate,
        Unit::Share,
        "Asked for help",
        "Active customers who called for support.",
    ),
    shown(
        Kpi::ReferralRate,
        Unit::Share,
        "Referred others",
        "Active customers who referred others.",
    ),
];

/// The section; `None` before the first period is over.
///
/// # Errors
/// What ranges give.
pub fn read(touches: &Touches, span: &Span) -> Result<Option<Kpis>, Failure> {
    let (interval, word) = span.interval();
    let asked = touches
        .stages
        .kpis(&touches.question, &touches.trails, interval, None)?;
    let Some(asked) = asked else {
        return Ok(None);
    };
    let answer = touches.trails.ask(&asked);
    let rows: Vec<&StageKpis> = answer.iter().flat_map(|split| &split.answer).collect();
    let is_over = |row: &&&StageKpis| row.period.is_some() && !row.incomplete;
    let Some(last) = rows
        .iter()
        .filter(is_over)
        .filter_map(|row| row.period)
        .max()
    else {
        return Ok(None);
    };
    let first = asked.range.first.max(last + 1 - MAX_TREND as i64);
    let stages = rows.iter().filter(|row| row.period == Some(last));
    let stages: Vec<(u16, u8)> = stages.map(|row| (row.lifecycle, row.stage)).collect();
    let figure = |own: &Shown| figure(own, &rows, &stages, [first, last]);
    let name = |period: i64| {
        let name = label(&asked.calendar.label(period), interval);
        match word {
            "month" => name,
            word => format!("The {word} from {}", date_in_words(&name)),
        }
    };
    let named = |(lifecycle, stage): &(u16, u8)| touches.stages.stage(*lifecycle, *stage);
    Ok(Some(Kpis {
        period: name(last),
        before: name(last - 1),
        trend: match last - first + 1 {
            1 => format!("1 {word}"),
            count => format!("{count} {word}s"),
        },
        stages: stages
            .iter()
            .map(|own| named(own).unwrap_or_default().to_owned())
            .collect(),
        figures: FIGURES.iter().filter_map(figure).collect(),
    }))
}

/// One figure of all stages over some periods, the last of which is told; `None` where it never was anything.
fn figure(
    own: &Shown,
    rows: &[&StageKpis],
    stages: &[(u16, u8)],
    [first, last]: [i64; 2],
) -> Option<KpiFigure> {
    let one = |(lifecycle, stage): &(u16, u8)| {
        let of = |period: i64| {
            let row = rows.iter().find(|row| {
                (row.lifecycle, row.stage) == (*lifecycle, *stage) && row.period == Some(period)
            });
            measure(row.and_then(|row| own.kpi.of(row)), own.unit)
        };
        StageFigure {
            measure: of(last),
            before: of(last - 1),
            trend: (first..=last).map(|period| of(period).value).collect(),
        }
    };
    let stages: Vec<StageFigure> = stages.iter().map(one).collect();
    // Such as tickets where nobody sends them.
    let ever = |own: &StageFigure| own.trend.iter().flatten().any(|value| *value != 0.0);
    stages.iter().any(ever).then(|| KpiFigure {
        name: own.name.to_owned(),
        field: kpi_field(own.kpi).to_owned(),
        meaning: own.meaning.to_owned(),
        stages,
    })
}

/// A figure as the page has it: money in units of the currency, time in days.
pub fn measure(figure: Option<Figure>, unit: Unit) -> Measure {
    let value = match figure {
        None => None,
        Some(Figure::Rate(rate)) => {
            return match rate.value().zip(rate.wilson()) {
                Some((value, ends)) => Measure::within(value, unit, [ends.low, ends.high]),
                None => Measure::new(None, unit),
            };
        }
        Some(Figure::Count(count)) => Some(count as f64),
        Some(Figure::Money(money)) => Some(money as f64 / ONE),
        Some(Figure::Ms(ms)) => Some(ms as f64 / DAY_MS),
        Some(Figure::Share(value) | Figure::Score(value)) => Some(value),
    };
    Measure::new(value, unit)
}
