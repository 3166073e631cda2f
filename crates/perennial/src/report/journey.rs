//! What customers touch in each stage, where it hurts, and what is worth trying.

use perennial_analytics::journey::{JourneyAnswer, PainKind, PainPoint, StageMap, TouchpointMap};
use perennial_analytics::opportunities::{Opportunity as Found, Segments, Versus};
use perennial_batch::results::Results;
use perennial_report::{
    Journey, JourneyStage, Measure, Opportunities, Opportunity, Pain, Touchpoint, Unit,
};

use super::touches::ask;
use crate::args;
use crate::commands::{journey_asked, opportunities_asked};
use crate::failure::Failure;
use crate::questions::{Question, StageQuestion};

/// Columns that may say the region of a touch, the best first.
const REGIONS: [&str; 2] = ["country", "region"];
/// Within how long of entering a stage customers are to have moved on.
const WINDOW: &str = "30d";
/// How long after entering a stage money counts.
const VALUE_WINDOW: &str = "90d";
/// How long without a touch a customer has stopped.
const SILENCE: &str = "30d";
/// Touchpoints that are done to customers, not by them.
const PASSIVE: [&str; 3] = ["sent_email", "delivered_email", "bounced_email"];
/// Fewest customers of a segment in either part of the time.
const MIN_PEOPLE: u64 = 50;
/// The share of false findings put up with.
const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// Rates below are told as such.
const LEAST_RATE: f64 = 0.0001;
/// Values of the column of regions with a place of their own.
const MOST_REGIONS: usize = 100;
/// Millionths in one.
const ONE: f64 = 1e6;

/// The sections of the journey and of opportunities; opportunities only where touches say a region.
///
/// # Errors
/// The run did not write its touches or moves, or its project cannot be read.
pub fn read(
    results: &Results,
    args: &args::Report,
    lifecycle: &str,
) -> Result<(Journey, Option<Opportunities>), Failure> {
    let columns = results.columns("touches");
    let by = match &args.by {
        Some(named) => Some(named.as_str()).filter(|own| columns.iter().any(|known| known == own)),
        None => REGIONS
            .into_iter()
            .find(|own| columns.iter().any(|known| known == own)),
    };
    let staged = staged(results, args, lifecycle, by);
    let mut question = Question::new(&staged.ask, "report/1")?;
    let stages = question.staged(&staged)?;
    let asked = args::Journey {
        rows: args::JourneyRows::Pains,
        passive: PASSIVE.map(str::to_owned).to_vec(),
        silence: SILENCE.to_owned(),
        top: 0,
        staged: staged.clone(),
    };
    let journey = journey_asked(&asked, &mut question, &stages)?;
    let by = question.by();
    let mut trails = question.read()?;
    question.limit(&mut trails, by);
    let told = trails.ask(&journey);
    let opportunities = match by {
        None => None,
        Some(column) => {
            let asked = args::Opportunities {
                met: None,
                split: None,
                value_window: VALUE_WINDOW.to_owned(),
                min_people: MIN_PEOPLE,
                false_discovery_rate: FALSE_DISCOVERY_RATE,
                top: 0,
                staged: staged.clone(),
            };
            let segments = Segments::Text(column);
            let asked = opportunities_asked(&asked, &question, &stages, segments, &trails)?;
            let holding = trails.ask(&asked).into_iter().filter(|own| own.holds);
            Some(opportunities(holding, &stages, asked.lifecycle))
        }
    };
    Ok((map(&told), opportunities))
}

fn staged(
    results: &Results,
    args: &args::Report,
    lifecycle: &str,
    by: Option<&str>,
) -> args::Staged {
    args::Staged {
        project: args
            .from
            .project
            .join("perennial.yaml")
            .is_file()
            .then(|| args.from.project.clone()),
        lifecycle: vec![lifecycle.to_owned()],
        lapsed: Vec::new(),
        means: Vec::new(),
        window: WINDOW.to_owned(),
        ask: args::Ask {
            by: by.map(str::to_owned),
            by_limit: MOST_REGIONS,
            ..ask(results)
        },
    }
}

fn map(told: &JourneyAnswer) -> Journey {
    let stage = |own: &StageMap| {
        let mut touchpoints: Vec<Touchpoint> = own.touchpoints.iter().map(touchpoint).collect();
        touchpoints.sort_by_key(|own| std::cmp::Reverse(own.customers));
        JourneyStage {
            stage: own.stage.clone(),
            customers: own.customers,
            touchpoints,
        }
    };
    Journey {
        period:
            "all history; that many of all customers stop after a touchpoint is left out, since \
                 visits end somewhere"
                .to_owned(),
        stages: told.stages.iter().map(stage).collect(),
        pains: told
            .pains
            .iter()
            .filter(|own| says_more(own))
            .map(pain)
            .collect(),
    }
}

fn touchpoint(own: &TouchpointMap) -> Touchpoint {
    Touchpoint {
        name: own.name.clone(),
        touches: own.touches,
        customers: own.customers,
        feeling: own
            .rated
            .as_ref()
            .map(|rated| Measure::new(rated.mean, Unit::Score)),
    }
}

/// Whether a point says more than where customers usually stop.
fn says_more(own: &PainPoint) -> bool {
    own.spot.kind != PainKind::DropOff || own.spot.group.is_some() || own.spot.month.is_some()
}

fn pain(own: &PainPoint) -> Pain {
    let (spot, evidence) = (&own.spot, &own.evidence);
    let group = spot.group.as_ref();
    let group = group.map(|(name, value)| format!("{name} {value}"));
    let month = spot.month.as_ref();
    let month = month.map(|label| label.get(..7).unwrap_or(label).to_owned());
    let whom: Vec<String> = group.into_iter().chain(month).collect();
    let what = match spot.kind {
        PainKind::Stall => "They stay much longer",
        PainKind::DropOff => "They stop coming after it",
        PainKind::Loop => "They go round in circles",
        PainKind::BadFeedback => "They rate it badly",
        PainKind::Tickets => "They ask for help after it",
        PainKind::RepeatTickets => "They ask for help again and again",
    };
    let value = own.stake.as_ref().map(|stake| {
        let part = |money: i128| money as f64 / ONE;
        let interval = [part(stake.low), part(stake.high)];
        Measure::within(part(stake.value), Unit::Money, interval)
    });
    Pain {
        what: match whom.is_empty() {
            true => what.to_owned(),
            false => format!("{what}: {}", whom.join(", ")),
        },
        stage: spot.stage.clone(),
        touchpoint: spot.touchpoint.clone().unwrap_or_default(),
        customers: own.customers,
        severity: Measure::new(evidence.share, Unit::Share),
        value: value.unwrap_or_else(|| Measure::new(None, Unit::Money)),
        evidence: format!(
            "{:.1} % against {:.1} % of the rest; false discovery rate {}",
            evidence.share * 100.0,
            evidence.rest_share * 100.0,
            match evidence.q < LEAST_RATE {
                true => format!("below {LEAST_RATE}"),
                false => format!("{:.4}", evidence.q),
            },
        ),
    }
}

fn opportunities(
    holding: impl Iterator<Item = Found>,
    stages: &StageQuestion,
    lifecycle: u16,
) -> Opportunities {
    let named = |segment: &Option<String>| segment.clone().unwrap_or_else(|| "unknown".to_owned());
    let rate = |value: f64| Measure::new(value, Unit::Share);
    let one = |own: Found| {
        let better = match &own.versus {
            Versus::Segment(segment) => named(segment),
            Versus::Target { source, .. } => source.clone(),
        };
        let stage = |number| stages.stage(lifecycle, number).unwrap_or("outside");
        let (from, to) = (stage(own.from), stage(own.to));
        let gain = own.found.money as f64 / ONE;
        let (low, high) = (own.found.interval.low, own.found.interval.high);
        Opportunity {
            what: format!("From {from} to {to} as often as {better}"),
            of_whom: named(&own.segment),
            customers: own.found.people,
            now: rate(own.found.rate),
            better: rate(own.found.better_rate),
            gain: Measure::within(gain, Unit::Money, [low, high]),
            assumption: own.assumption.to_string(),
        }
    };
    Opportunities {
        meaning: "Customers of the first half of history find these, those of the second half bear them out; \
                  the gain is customers × gap × what moving on brings in 90 days. It is read from history, \
                  so it says what goes together, not what causes what."
            .to_owned(),
        opportunities: holding.map(one).collect(),
    }
}
