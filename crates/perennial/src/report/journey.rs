//! What customers touch in each stage, where it hurts, and what is worth trying.

use perennial_analytics::journey::{
    JourneyAnswer, PainKind, PainPoint, Spot, StageMap, TouchpointMap,
};
use perennial_analytics::opportunities::{Opportunity as Found, Versus};
use perennial_report::{
    Journey, JourneyStage, Measure, Opportunities, Opportunity, Pain, Touchpoint, Unit,
    date_in_words,
};

use super::touches::Touches;
use crate::questions::StageQuestion;

/// Rates below are told as such.
const LEAST_RATE: f64 = 0.0001;
/// Millionths in one.
const ONE: f64 = 1e6;

/// The section of the journey.
pub fn journey(touches: &Touches) -> Journey {
    map(&touches.trails.ask(&touches.journey))
}

/// The section of opportunities that hold; `None` where touches say no region.
pub fn worth(touches: &Touches) -> Option<Opportunities> {
    let asked = touches.opportunities.as_ref()?;
    let found = touches.trails.ask(asked).into_iter();
    let holding = found.filter(|own| own.holds);
    Some(opportunities(holding, &touches.stages, asked.lifecycle))
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
        period: "all history. At stake is what those who are not hit spend within 90 days, times the customers that \
                 are hit beyond what is usual. That many of all customers stop after a touchpoint is left out, since \
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
    let month = month.map(|label| date_in_words(label.get(..7).unwrap_or(label)));
    let whom: Vec<String> = group.into_iter().chain(month.clone()).collect();
    let (what, remedy) = words(spot);
    let value = own.stake.as_ref().map(|stake| {
        let part = |money: i128| money as f64 / ONE;
        let interval = [part(stake.low), part(stake.high)];
        Measure::within(part(stake.value), Unit::Money, interval)
    });
    Pain {
        what: match whom.is_empty() {
            true => what,
            false => format!("{what} ({})", whom.join(", ")),
        },
        stage: spot.stage.clone(),
        touchpoint: spot.touchpoint.clone().unwrap_or_default(),
        customers: own.customers,
        severity: Measure::new(evidence.share, Unit::Share),
        usual: Measure::new(evidence.rest_share, Unit::Share),
        value: value.unwrap_or_else(|| Measure::new(None, Unit::Money)),
        evidence: match evidence.q < LEAST_RATE {
            true => "Of findings as sure as this one fewer than 1 in 10,000 are chance.".to_owned(),
            false => format!(
                "Of findings as sure as this one {:.2}% are chance.",
                evidence.q * 100.0
            ),
        },
        remedy: match month {
            // What is over cannot be mended, only understood.
            Some(month) => {
                format!("Begin with what was different in {month}, and whether it still is.")
            }
            None => remedy.to_owned(),
        },
    }
}

/// What a pain point is called, and what to begin with.
fn words(spot: &Spot) -> (String, &'static str) {
    let spoken = |name: &Option<String>| name.as_deref().unwrap_or("it").replace('_', " ");
    let at = spoken(&spot.touchpoint);
    match spot.kind {
        PainKind::Stall => (
            format!("They stay much longer in {}", spot.stage.replace('_', " ")),
            "Begin with those who are waiting: give them a reason to take the next step, and see who does.",
        ),
        PainKind::DropOff => (
            format!("They stop coming after {at}"),
            "Begin with what happens right after it: follow up with those who stopped, and ask why.",
        ),
        PainKind::MissedGoal => (
            format!("They do not get from {at} to an order"),
            "Begin with trying the way to the order yourself, as they do there: on their devices, in their country.",
        ),
        PainKind::Loop => (
            match &spot.other {
                Some(_) => format!("They go round between {at} and {}", spoken(&spot.other)),
                None => format!("They go round in circles at {at}"),
            },
            "Begin with watching what they look for there, and give them a straight way to it.",
        ),
        PainKind::BadFeedback => (
            format!("They rate it badly: {at}"),
            "Begin with those who rated it badly: ask what went wrong, mend it, and win them back.",
        ),
        PainKind::Tickets => (
            format!("They ask for help after {at}"),
            "Begin with what they ask there: answer it where the question comes up.",
        ),
        PainKind::RepeatTickets => (
            format!("They ask for help again and again after {at}"),
            "Begin with tickets that come back: see that the first answer settles it.",
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
