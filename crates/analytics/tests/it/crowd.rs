//! Customers made up for tests, shown to an analysis at once or in two halves.

use perennial_analytics::{Analysis, Marks, NO_NUMBER, NO_TEXT, Trail, Words};

/// What one touch of a test is.
#[derive(Clone, Debug)]
pub struct Touch {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The conditions that it meets.
    pub meets: Vec<u16>,
    /// A text in column 0.
    pub text: Option<&'static str>,
    /// A number in column 0.
    pub number: Option<i64>,
}

impl Touch {
    /// A touch that meets conditions at an instant.
    pub fn new(at_ms: i64, meets: &[u16]) -> Self {
        Self {
            at_ms,
            meets: meets.to_vec(),
            text: None,
            number: None,
        }
    }

    /// The same with a text.
    pub fn text(self, text: &'static str) -> Self {
        Self {
            text: Some(text),
            ..self
        }
    }

    /// The same with a number.
    pub fn number(self, number: i64) -> Self {
        Self {
            number: Some(number),
            ..self
        }
    }
}

struct Columns {
    at_ms: Vec<i64>,
    event: Vec<u32>,
    mark: Vec<u32>,
    texts: Vec<u32>,
    numbers: Vec<i64>,
}

/// Customers with their touches in order of time.
pub struct Crowd {
    /// The words behind their numbers.
    pub words: Words,
    customers: Vec<Columns>,
}

impl Crowd {
    /// Customers by number, each with at least one touch; equal instants stay as they stand.
    pub fn new(customers: &[Vec<Touch>]) -> Self {
        let (mut sets, mut texts) = (Vec::<Vec<u16>>::new(), Vec::<String>::new());
        let place = |touch: &Touch, sets: &mut Vec<Vec<u16>>| {
            let mut meets = touch.meets.clone();
            meets.sort_unstable();
            meets.dedup();
            position(sets, meets)
        };
        let mut columns = Vec::new();
        for touches in customers {
            let mut touches = touches.clone();
            touches.sort_by_key(|touch| touch.at_ms);
            let text = |touch: &Touch| touch.text.map(str::to_owned);
            columns.push(Columns {
                at_ms: touches.iter().map(|touch| touch.at_ms).collect(),
                event: vec![0; touches.len()],
                mark: touches
                    .iter()
                    .map(|touch| place(touch, &mut sets))
                    .collect(),
                texts: touches
                    .iter()
                    .map(|touch| text(touch).map_or(NO_TEXT, |text| position(&mut texts, text)))
                    .collect(),
                numbers: touches
                    .iter()
                    .map(|touch| touch.number.unwrap_or(NO_NUMBER))
                    .collect(),
            });
        }
        let words = Words {
            events: vec!["touch".into()],
            customers: (0..customers.len()).map(|n| format!("c{n:03}")).collect(),
            texts: vec![texts],
            marks: Marks::new(sets),
            ..Words::default()
        };
        Self {
            words,
            customers: columns,
        }
    }

    /// The answer of all.
    pub fn ask<A: Analysis>(&self, analysis: &A) -> A::Answer {
        let tally = self.tally(analysis, |_| true);
        analysis.answer(tally, &self.words)
    }

    /// The answer of two halves put together, the second one first.
    pub fn ask_in_halves<A: Analysis>(&self, analysis: &A) -> A::Answer {
        let mut tally = self.tally(analysis, |customer| customer % 2 == 1);
        analysis.merge(
            &mut tally,
            self.tally(analysis, |customer| customer % 2 == 0),
        );
        analysis.answer(tally, &self.words)
    }

    fn tally<A: Analysis>(&self, analysis: &A, shown: impl Fn(usize) -> bool) -> A::Tally {
        let mut tally = analysis.begin(&self.words);
        for (number, columns) in self.customers.iter().enumerate() {
            if shown(number) {
                let trail = Trail {
                    customer: number as u32,
                    at_ms: &columns.at_ms,
                    event: &columns.event,
                    mark: &columns.mark,
                    texts: &[&columns.texts],
                    numbers: &[&columns.numbers],
                    moves: &[],
                };
                analysis.count(&mut tally, &trail);
            }
        }
        tally
    }
}

fn position<T: PartialEq>(all: &mut Vec<T>, one: T) -> u32 {
    let found = all.iter().position(|other| *other == one);
    found.unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    }) as u32
}
