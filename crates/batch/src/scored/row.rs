//! Scores read from the rows of a file.

use arrow_array::Array;
use perennial_model::{Fact, Number, Symbol, Symbols, Value};
use perennial_rules::compile::Slot;
use perennial_rules::project::{FORECAST_MODEL, SCORES};

use super::Scored;
use crate::block::Block;
use crate::facts::FactReader;
use crate::read::columns;

/// The slots of what a row of scores holds, in the order of [`SCORES`]; then that of the model's name.
fn slots() -> Vec<Slot> {
    let slot = |name: &str| Slot {
        name: name.to_owned(),
        is_trait: true,
        numeric: SCORES.contains(&name),
        folded: true,
        ruled: false,
    };
    SCORES
        .into_iter()
        .chain([FORECAST_MODEL])
        .map(slot)
        .collect()
}

/// Reads the scores of one block's rows.
pub(crate) struct ScoredReader<'b> {
    block: &'b Block,
    facts: FactReader<'b>,
    scratch: Vec<Fact>,
}

impl<'b> ScoredReader<'b> {
    /// The columns that scores are read from.
    pub(crate) fn columns() -> impl Iterator<Item = &'static str> {
        SCORES.into_iter().chain([FORECAST_MODEL])
    }

    pub(crate) fn new(block: &'b Block, symbols: &mut Symbols) -> Self {
        Self {
            block,
            // No score is in minor units.
            facts: FactReader::of(&slots(), &block.batch, 0, symbols),
            scratch: Vec::new(),
        }
    }

    /// The scores of a row that are a customer's.
    pub(crate) fn read(
        &mut self,
        index: usize,
        customer: u32,
        at: i64,
        symbols: &mut Symbols,
    ) -> Scored {
        self.scratch.clear();
        self.facts
            .read_slots(&[0, 1, 2, 3, 4], index, symbols, &mut self.scratch);
        let mut scores: [Option<Number>; 4] = [None; 4];
        let mut model: Option<Symbol> = None;
        for fact in &self.scratch {
            match fact.value {
                Value::Number(number) if fact.slot < 4 => {
                    scores[usize::from(fact.slot)] = Some(number);
                }
                Value::Text(symbol) if fact.slot == 4 => model = Some(symbol),
                _ => {}
            }
        }
        let received = self.block.optional_times(columns::RECEIVED_AT);
        let received = received.filter(|column| column.is_valid(index));
        Scored {
            received_at: received.map_or(at, |column| column.value(index)),
            row: self.block.row(index),
            ..Scored::new(customer, at, scores, model)
        }
    }
}
