//! Customers on their way through a lifecycle, made up for tests: seeded, shown whole and in parts.

use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::journey::{Grouping, Journey, JourneyAnswer, Points};
use perennial_analytics::regions::Level;
use perennial_analytics::{
    Analysis, LifecycleWords, Marks, NO_NUMBER, OUTSIDE, StageMove, Trail, Words,
};
use perennial_model::{DAY_MS, Zone};
use perennial_rules::project::WeekStart;

/// The stages, in order.
pub const STAGES: [&str; 3] = ["lead", "first", "repeat"];
/// The touchpoints, each a condition and an event name.
pub const POINTS: [&str; 6] = ["view", "cart", "order", "ticket", "rated", "mail"];
/// The texts of groups: two countries each of Western Europe and Northern America first.
pub const COUNTRIES: [&str; 8] = ["DE", "FR", "US", "CA", "BR", "JP", "GB", "IE"];
/// The first instant of all: 2025-01-01 in UTC.
pub const START_MS: i64 = 20_089 * DAY_MS;
/// How many days there are.
pub const DAYS: i64 = 365;

/// Numbers that look like chance, the same for a seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this chance happens.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Days until something that happens once in so many days on average.
    pub fn days(&mut self, mean: f64) -> i64 {
        (-(1.0 - self.unit()).ln() * mean * DAY_MS as f64) as i64
    }
}

/// One customer.
#[derive(Clone, Debug, Default)]
pub struct Traveler {
    /// Her group in the one column of texts.
    pub group: u32,
    /// When, which of [`POINTS`], and a number in millionths.
    pub touches: Vec<(i64, usize, Option<i64>)>,
    /// When, and the stage entered.
    pub moves: Vec<(i64, u8)>,
}

impl Traveler {
    /// A touch without a number.
    pub fn touch(&mut self, at_ms: i64, point: usize) {
        self.touches.push((at_ms, point, None));
    }
}

/// What is asked of them, with names of the one column of texts.
pub fn journey() -> Journey {
    let calendar = Calendar::new(Zone::utc(), Interval::Month, WeekStart::Monday);
    let points = POINTS.iter().enumerate();
    Journey {
        points: Points::Conditions(
            points
                .map(|(n, name)| ((*name).to_owned(), n as u16))
                .collect(),
        ),
        passive: Some(5),
        goal: Some(2),
        value: Some(0),
        ticket: Some(3),
        groups: [None, Some(Level::Subregion), Some(Level::Region)]
            .into_iter()
            .zip(["country", "sub-region", "region"])
            .map(|(level, name)| Grouping {
                name: name.into(),
                column: 0,
                of_touch: false,
                level,
            })
            .collect(),
        ..Journey::new(0, calendar, START_MS + DAYS * DAY_MS)
    }
}

/// The answer of all; the same must come out of three parts put together.
pub fn ask(journey: &Journey, travelers: &[Traveler]) -> JourneyAnswer {
    let whole = in_parts(journey, travelers, 1, false);
    assert_eq!(whole, in_parts(journey, travelers, 2, false), "two parts");
    assert_eq!(
        whole,
        in_parts(journey, travelers, 3, true),
        "three parts, backwards"
    );
    whole
}

/// The answer of so many parts.
pub fn in_parts(
    journey: &Journey,
    travelers: &[Traveler],
    parts: usize,
    backwards: bool,
) -> JourneyAnswer {
    let words = words();
    let mut tallies: Vec<_> = (0..parts).map(|_| journey.begin(&words)).collect();
    for (number, traveler) in travelers.iter().enumerate() {
        show(journey, &mut tallies[number % parts], number, traveler);
    }
    if backwards {
        tallies.reverse();
    }
    let mut tallies = tallies.into_iter();
    let mut all = tallies.next().expect("one part at least");
    tallies.for_each(|tally| journey.merge(&mut all, tally));
    journey.answer(all, &words)
}

fn words() -> Words {
    Words {
        events: POINTS.map(str::to_owned).to_vec(),
        texts: vec![COUNTRIES.map(str::to_owned).to_vec()],
        marks: Marks::new((0..POINTS.len() as u16).map(|point| vec![point]).collect()),
        lifecycles: vec![LifecycleWords {
            name: "shop".into(),
            stages: STAGES.map(str::to_owned).to_vec(),
        }],
        ..Words::default()
    }
}

fn show(
    journey: &Journey,
    tally: &mut <Journey as Analysis>::Tally,
    number: usize,
    traveler: &Traveler,
) {
    let mut touches = traveler.touches.clone();
    touches.sort_by_key(|touch| touch.0);
    let at_ms: Vec<i64> = touches.iter().map(|touch| touch.0).collect();
    let event: Vec<u32> = touches.iter().map(|touch| touch.1 as u32).collect();
    let texts = vec![traveler.group; touches.len()];
    let numbers: Vec<i64> = touches
        .iter()
        .map(|touch| touch.2.unwrap_or(NO_NUMBER))
        .collect();
    let mut from = OUTSIDE;
    let moves = traveler.moves.iter().map(|&(at_ms, to)| StageMove {
        at_ms,
        lifecycle: 0,
        from: std::mem::replace(&mut from, to),
        to,
        by_time: false,
    });
    let trail = Trail {
        customer: number as u32,
        at_ms: &at_ms,
        event: &event,
        mark: &event,
        texts: &[&texts],
        numbers: &[&numbers],
        moves: &moves.collect::<Vec<_>>(),
    };
    journey.count(tally, &trail);
}
