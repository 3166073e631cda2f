//! Scores of a forecast as dated facts about customers: no touches, but folded in their order.

mod row;
mod table;

use arrow_array::RecordBatch;
use perennial_model::{Fact, Kind, Number, Symbol, Symbols, Time, Touch, Value};
use perennial_rules::Machine;
use perennial_rules::project::{FORECAST_MODEL, SCORES, is_scored};

use crate::BatchError;
use crate::partings::rows_of;
use crate::rows::Rows;

pub(crate) use row::ScoredReader;
pub(crate) use table::{of_customer, replayed, scores};

/// A score that is not known.
const UNKNOWN: i64 = i64::MIN;
/// The row of scores that come from no row, and the model of those that name none.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// What a forecast says of a customer at an instant; it holds until the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scored {
    pub customer: u32,
    pub at: i64,
    pub received_at: i64,
    /// The row it came from, or [`NOWHERE`].
    pub row: u32,
    /// In the order of [`SCORES`], in millionths.
    scores: [i64; 4],
    /// The symbol of the model's name, or [`NOWHERE`].
    model: u32,
    /// The ends between which 90 of 100 cases of what is bought next lie, where that was worked out.
    pub range: Option<(u32, u32)>,
}

impl Scored {
    /// Scores that were known as soon as they held.
    pub(crate) fn new(
        customer: u32,
        at: i64,
        scores: [Option<Number>; 4],
        model: Option<Symbol>,
    ) -> Self {
        Self {
            customer,
            at,
            received_at: at,
            row: NOWHERE,
            scores: scores.map(|score| score.map_or(UNKNOWN, Number::millionths)),
            model: model.map_or(NOWHERE, |symbol| symbol.0),
            range: None,
        }
    }

    /// A score by its place in [`SCORES`].
    pub(crate) fn score(&self, place: usize) -> Option<Number> {
        let score = self.scores.get(place).copied();
        score
            .filter(|score| *score != UNKNOWN)
            .map(Number::from_millionths)
    }

    /// Whether nothing is known any more.
    pub(crate) fn is_empty(&self) -> bool {
        self.scores.iter().all(|score| *score == UNKNOWN)
    }

    /// The model's name.
    pub(crate) fn model(&self) -> Option<Symbol> {
        (self.model != NOWHERE).then_some(Symbol(self.model))
    }
}

/// All scores of a run, customer by customer in the order of the fold.
#[derive(Default)]
pub(crate) struct AllScored {
    all: Vec<Scored>,
}

impl AllScored {
    /// Puts scores in order; message ids decide between those of one customer and instant.
    pub(crate) fn of_rows(mut all: Vec<Scored>, rows: &Rows) -> Result<Self, BatchError> {
        let key = |one: &Scored| (one.customer, one.at);
        // Of one customer and instant in the order in which they were read.
        all.sort_by_key(key);
        let same = |a: &Scored, b: &Scored| key(a) == key(b);
        let tied = all.chunk_by(same).filter(|group| group.len() > 1);
        let wanted: Vec<u32> = tied.flatten().map(|one| one.row).collect();
        if !wanted.is_empty() {
            let ids = rows.message_ids(wanted)?;
            for group in all.chunk_by_mut(same) {
                group.sort_by(|a, b| ids.compare(a.row, b.row));
            }
        }
        Ok(Self { all })
    }

    /// Scores put in the order of customers and instants; those of one instant stay in theirs.
    pub(crate) fn sorted(mut all: Vec<Scored>) -> Self {
        all.sort_by_key(|one| (one.customer, one.at));
        Self { all }
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Scored] {
        &self.all
    }

    /// The latest of each customer.
    pub(crate) fn latest(&self) -> impl Iterator<Item = &Scored> {
        let same = |a: &Scored, b: &Scored| a.customer == b.customer;
        self.all.chunk_by(same).filter_map(<[Scored]>::last)
    }

    /// A customer's, by time.
    pub(crate) fn of(&self, customer: u32) -> &[Scored] {
        if self.all.is_empty() {
            return &[];
        }
        let from = self.all.partition_point(|one| one.customer < customer);
        let hers = self.all[from..].partition_point(|one| one.customer == customer);
        &self.all[from..from + hers]
    }
}

/// How scores become what the fold takes in.
pub(crate) struct ScoredFacts {
    /// By place in [`SCORES`], and that of the model's name: the slot of the trait, where rules know it.
    slots: [Option<u16>; 5],
}

impl ScoredFacts {
    pub(crate) fn new(machine: &Machine) -> Self {
        let [a, b, c, d] = SCORES.map(|name| machine.slot(name, true));
        Self {
            slots: [a, b, c, d, machine.slot(FORECAST_MODEL, true)],
        }
    }

    /// The facts that scores state, in a scratch vector.
    pub(crate) fn read(&self, scored: &Scored, facts: &mut Vec<Fact>) {
        facts.clear();
        for (place, slot) in self.slots.iter().enumerate() {
            let value = match place {
                4 => scored.model().map(Value::Text),
                _ => scored.score(place).map(Value::Number),
            };
            if let (Some(slot), Some(value)) = (*slot, value) {
                facts.push(Fact { slot, value });
            }
        }
    }
}

/// Scores as the fold takes them in.
pub(crate) fn as_touch<'f>(scored: &Scored, facts: &'f [Fact]) -> Touch<'f> {
    Touch {
        at: Time(scored.at),
        received_at: Time(scored.received_at),
        kind: Kind::SCORED,
        facts,
        row: NOWHERE,
    }
}

/// The rows of a batch that bring scores; `None` if there are none.
pub(crate) fn scored_rows(batch: &RecordBatch) -> Option<Vec<bool>> {
    rows_of(batch, &is_scored)
}

/// The text of a model's name.
pub(crate) fn model_name<'s>(scored: &Scored, symbols: &'s Symbols) -> Option<&'s str> {
    scored.model().map(|symbol| symbols.text(symbol))
}
