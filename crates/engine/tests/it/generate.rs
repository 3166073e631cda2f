//! Random projects and histories, small enough that the naive fold can ask everything every millisecond.

mod fit;
mod history;
mod rule;

use perennial_model::{Duration, Zone};
use perennial_rules::project::{
    Clause, CountsAs, Currency, From, IdentityRules, Intent, Lifecycle, Outputs, Policy, Project,
    Scoring, Segment, Stage, Touchpoint, WeekStart,
};
use perennial_rules::{Rule, Span};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::case::Case;
pub use history::happenings;
use rule::condition;

/// The touchpoints.
const POINTS: [&str; 4] = ["viewed", "ordered", "refunded", "reviewed"];

/// The properties of events.
const PROPERTIES: [&str; 4] = ["value", "amount", "topic", "score"];

/// The traits of customers.
const TRAITS: [&str; 3] = ["plan", "country", "points"];

/// The texts that properties, traits and rules hold.
const TEXTS: [&str; 6] = ["shoes", "hats", "2", "true", "", "sh_es"];

/// Most stages of a lifecycle.
const STAGES: u8 = 5;

/// Depth of rules.
const DEPTH: u32 = 3;

/// A project, a history, and when the fold ends.
pub fn case() -> impl Strategy<Value = Case> {
    let kinds_before = prop_oneof![4 => Just(0), 1 => Just(62), 1 => Just(100)];
    (
        project(),
        happenings(),
        history::cuts(),
        history::id(),
        0..90_i64,
        kinds_before,
    )
        .prop_map(|(project, happenings, cuts, id, rest_ms, kinds_before)| {
            let last = happenings.last().map_or(history::BEGIN, |last| last.at);
            let until = last.plus(rest_ms + 1);
            Case {
                project,
                cuts,
                id,
                happenings,
                until,
                kinds_before,
            }
        })
}

/// A project with one to three lifecycles and up to three segments that read each other in no circle.
pub fn project() -> impl Strategy<Value = Project> {
    (
        vec(touchpoint(), POINTS.len()),
        prop_oneof![vec(lifecycle(), 1), vec(lifecycle(), 2..=3)],
        prop_oneof![Just(Vec::new()), vec(condition(DEPTH), 1..=3)],
        vec(any::<(u8, bool)>(), 6),
        intent(),
    )
        .prop_map(|(mut touchpoints, lifecycles, segments, ranks, intent)| {
            for (point, name) in touchpoints.iter_mut().zip(POINTS) {
                point.name = name.to_owned();
            }
            let segments = segments.into_iter().map(segment).collect();
            let mut project = Project {
                touchpoints,
                lifecycles,
                segments,
                intent,
                ..blank()
            };
            fit::fit(&mut project, &ranks);
            project
        })
}

/// A project that knows nothing.
pub fn blank() -> Project {
    Project {
        name: "laws".into(),
        zone: Zone::utc(),
        currency: Currency {
            code: "EUR".into(),
            decimals: 2,
        },
        week_start: WeekStart::Monday,
        fiscal_month: 1,
        sources: Vec::new(),
        identity: IdentityRules {
            strong: Vec::new(),
            placeholders: Vec::new(),
            max_identifiers: 100,
        },
        touchpoints: Vec::new(),
        lifecycles: Vec::new(),
        segments: Vec::new(),
        yardsticks: Vec::new(),
        scoring: Scoring::default(),
        intent: Intent::default(),
        outputs: Outputs::default(),
        pii: Vec::new(),
        retention: perennial_rules::project::Retention::default(),
        forecast: None,
        version: String::new(),
    }
}

fn intent() -> impl Strategy<Value = Intent> {
    (1..20_i64, option::of((0..POINTS.len(), 0..4_i64))).prop_map(|(half_life, weight)| {
        let named =
            |(point, halves): (usize, i64)| (POINTS[point].to_owned(), rule::halves(halves));
        let half_life = Duration::from_ms(half_life);
        Intent {
            half_life,
            weights: weight.map(named).into_iter().collect(),
        }
    })
}

/// The name of a stage, in whatever lifecycle.
fn stage_name(number: usize) -> String {
    format!("stage {number}")
}

fn segment(when: Rule) -> Segment {
    Segment {
        name: String::new(),
        description: None,
        when,
        span: Span::default(),
    }
}

fn touchpoint() -> impl Strategy<Value = Touchpoint> {
    let counts_as = prop_oneof![
        2 => Just(None),
        3 => Just(Some(CountsAs::Order)),
        1 => Just(Some(CountsAs::Refund)),
        3 => Just(Some(CountsAs::Interest)),
    ];
    let column =
        |name: &'static str| option::weighted(0.7, prop_oneof![3 => Just(name), 1 => property()]);
    (
        counts_as,
        column("amount"),
        column("score"),
        column("topic"),
    )
        .prop_map(|(counts_as, value, score, topic)| Touchpoint {
            name: String::new(),
            matches: Vec::new(),
            place: None,
            channel: None,
            value: value.map(str::to_owned),
            score: score.map(str::to_owned),
            topic: topic.map(str::to_owned),
            counts_as,
        })
}

fn property() -> impl Strategy<Value = &'static str> + Clone {
    select(&PROPERTIES[..])
}

fn lifecycle() -> impl Strategy<Value = Lifecycle> {
    let stages = prop_oneof![
        3 => vec(stage(false), 2..=usize::from(STAGES)).prop_map(|stages| (false, stages)),
        1 => vec(stage(true), 2..=usize::from(STAGES)).prop_map(|stages| (false, stages)),
        1 => vec(class(), 2..=usize::from(STAGES)).prop_map(|stages| (true, stages)),
    ];
    let applies_to = option::weighted(0.35, condition(DEPTH - 1));
    (stages, policy(), applies_to).prop_map(|((classification, stages), policy, applies_to)| {
        let (name, span) = (String::new(), Span::default());
        Lifecycle {
            name,
            applies_to,
            policy,
            stages,
            classification,
            span,
        }
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let dwell = prop_oneof![2 => Just(0), 1 => 1..40_i64];
    (weighted(0.25), weighted(0.25), dwell).prop_map(|(forward_only, in_order, dwell)| Policy {
        forward_only,
        in_order,
        dwell: Duration::from_ms(dwell),
        by_hand: None,
    })
}

fn weighted(probability: f64) -> impl Strategy<Value = bool> {
    prop::bool::weighted(probability)
}

/// A stage, whose clauses all wait for certain touches or do as they like.
fn stage(on_touches: bool) -> impl Strategy<Value = Stage> {
    with_clauses(vec(clause(on_touches), 0..=3).boxed())
}

/// A stage of a classification.
fn class() -> impl Strategy<Value = Stage> {
    let clause = condition(DEPTH).prop_map(|when| {
        vec![Clause {
            from: From::Anywhere,
            on: Vec::new(),
            when: Some(when),
            cause: None,
            by_hand: None,
            span: Span::default(),
        }]
    });
    with_clauses(clause.boxed())
}

fn with_clauses(enter: BoxedStrategy<Vec<Clause>>) -> impl Strategy<Value = Stage> {
    let dwell = option::weighted(0.2, (0..40_i64).prop_map(Duration::from_ms));
    (enter, weighted(0.4), dwell).prop_map(|(enter, optional, dwell)| {
        let (name, description) = (String::new(), None);
        Stage {
            name,
            description,
            optional,
            dwell,
            enter,
        }
    })
}

fn clause(on_touches: bool) -> impl Strategy<Value = Clause> {
    let from = prop_oneof![
        1 => Just(From::AnyStage),
        2 => Just(From::Named { outside: true, stages: Vec::new() }),
        3 => (any::<bool>(), vec(0..STAGES, 0..3)).prop_map(|(outside, stages)| From::Named { outside, stages }),
    ];
    let touches = vec(select(&POINTS[..]).prop_map(str::to_owned), 1..=2);
    let on = if on_touches {
        touches.boxed()
    } else {
        prop_oneof![Just(Vec::new()), touches].boxed()
    };
    let when = option::weighted(0.7, condition(DEPTH));
    let hold = option::weighted(0.1, (0..40_i64).prop_map(Duration::from_ms));
    (from, on, when, hold).prop_map(|(from, on, when, hold)| Clause {
        from,
        // A hand needs its touch.
        by_hand: hold.filter(|_| !on.is_empty()),
        on,
        when,
        cause: None,
        span: Span::default(),
    })
}
