//! Random histories of a few hundred milliseconds, and thresholds within them.

use perennial_model::{Cut, Cuts, Time};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::rule::halves;
use super::{POINTS, PROPERTIES, TEXTS, TRAITS};
use crate::case::{Happening, Plain};

/// About when histories begin.
pub const BEGIN: Time = Time(-40);

/// The longest history, in milliseconds.
const LENGTH_MS: i64 = 300;

/// Most events of a history.
const EVENTS: usize = 25;

/// An event before it has its time: the gap to the one before, and the event.
pub type Telling = (i64, Happening);

/// A history in order of time, several events at one instant among them; at times of bare events mostly.
pub fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    prop_oneof![
        2 => vec(telling(0.5), 0..=EVENTS),
        1 => vec(telling(0.02), 0..=EVENTS),
    ]
    .prop_map(told)
}

/// Gives events their times.
fn told(tellings: Vec<Telling>) -> Vec<Happening> {
    let mut at = BEGIN;
    let mut happenings = Vec::new();
    for (gap_ms, mut happening) in tellings {
        at = at.plus(gap_ms);
        if at.since(BEGIN) > LENGTH_MS {
            break;
        }
        (happening.received_at, happening.at) = (at.plus(happening.received_at.ms()), at);
        happenings.push(happening);
    }
    happenings
}

/// An event with so many of its properties.
fn telling(filled: f64) -> impl Strategy<Value = Telling> {
    let gap_ms = prop_oneof![3 => Just(0), 3 => 1..=3_i64, 4 => 1..=50_i64];
    let late_ms = prop_oneof![3 => Just(0), 1 => 1..=80_i64, 1 => -20..=0_i64];
    let points = prop_oneof![
        1 => Just(Vec::new()),
        5 => subsequence(&POINTS[..], 1),
        2 => subsequence(&POINTS[..], 2..=POINTS.len()),
    ];
    (
        gap_ms,
        late_ms,
        points,
        values(&PROPERTIES, filled),
        values(&TRAITS, filled / 5.0),
    )
        .prop_map(|(gap_ms, late_ms, points, properties, traits)| {
            let points = points.into_iter().map(str::to_owned).collect();
            let received_at = Time(late_ms);
            (
                gap_ms,
                Happening {
                    at: Time(0),
                    received_at,
                    points,
                    properties,
                    traits,
                },
            )
        })
}

/// Some of these names with a value each.
fn values(
    names: &'static [&'static str],
    probability: f64,
) -> impl Strategy<Value = Vec<(String, Plain)>> {
    let value = |name: &&'static str| option::weighted(probability, usual(name));
    let values: Vec<_> = names.iter().map(value).collect();
    values.prop_map(|values| {
        let named = names.iter().zip(values);
        named
            .filter_map(|(name, value)| Some(((*name).to_owned(), value?)))
            .collect()
    })
}

/// Mostly topics for a topic and numbers for what is measured, but anything at times.
fn usual(name: &str) -> BoxedStrategy<Plain> {
    let topic = select(&TEXTS[..2]).prop_map(|text| Plain::Text(text.to_owned()));
    match name {
        "topic" => prop_oneof![3 => topic, 1 => plain()].boxed(),
        "value" | "amount" | "score" => prop_oneof![2 => number(), 1 => plain()].boxed(),
        _ => plain().boxed(),
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    prop_oneof![
        4 => number(),
        4 => select(&TEXTS[..]).prop_map(|text| Plain::Text(text.to_owned())),
        1 => any::<bool>().prop_map(Plain::Bool),
    ]
}

fn number() -> impl Strategy<Value = Plain> {
    (-3..=10_i64).prop_map(|number| Plain::Number(halves(number)))
}

/// A customer's id.
pub fn id() -> impl Strategy<Value = String> {
    select(vec!["m", "a", "z", "10"]).prop_map(str::to_owned)
}

/// Thresholds by date, two of them on the same date at times.
pub fn cuts() -> impl Strategy<Value = Vec<(Time, Cuts)>> {
    let one = (
        instant(),
        some_cuts(instant().prop_map(Time::ms).boxed()),
        some_cuts((0..5_i64).boxed()),
        some_cuts(
            (-3..10_i64)
                .prop_map(|value| halves(value).millionths())
                .boxed(),
        ),
        vec(-3..10_i64, 4),
        0..3_u64,
    );
    let one = one.prop_map(
        |(at, recency, frequency, monetary, mut percentiles, buyers)| {
            percentiles.sort_unstable();
            let percentiles = percentiles
                .into_iter()
                .flat_map(|value| [halves(value).millionths(); 25]);
            let value_percentiles = percentiles.collect();
            (
                at,
                Cuts {
                    recency,
                    frequency,
                    monetary,
                    value_percentiles,
                    buyers,
                },
            )
        },
    );
    vec(one, 0..4)
}

fn instant() -> impl Strategy<Value = Time> + Clone {
    (0..LENGTH_MS / 2).prop_map(|offset| BEGIN.plus(offset * 2))
}

fn some_cuts(values: BoxedStrategy<i64>) -> impl Strategy<Value = Vec<Cut>> {
    let cut = (values, select(vec!["", "a", "m", "z"]));
    let cut = cut.prop_map(|(value, id)| Cut {
        value,
        id: id.as_bytes().into(),
    });
    vec(cut, 2).prop_map(|mut cuts| {
        cuts.sort();
        cuts
    })
}
