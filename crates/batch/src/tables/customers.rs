//! The table `customers`: everyone where history ends, with her scores, stages and traits.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
use perennial_analytics::rfm;
use perennial_engine::Thresholds;
use perennial_model::{DAY_MS, Number, Symbols, Time, Value};
use perennial_rules::Machine;
use perennial_rules::expr::Score;

use super::{Kind, Selection, text};
use crate::BatchError;
use crate::fold::Summary;
use crate::roster::Roster;

/// Days without an order after which a buyer counts as inactive.
const INACTIVE_DAYS: i64 = 90;

/// What the table is filled from.
#[derive(Clone, Copy)]
pub(crate) struct Closing<'a> {
    pub machine: &'a Machine,
    pub roster: &'a Roster,
    pub symbols: &'a Symbols,
    /// With the cuts taken where history ends.
    pub thresholds: &'a Thresholds,
    /// Where history ends, exclusive.
    pub until: Time,
    /// Decimals of the currency.
    pub decimals: u32,
    pub tiles: u8,
    pub high_value_percent: u8,
    /// The traits shown: name of the column and slot.
    pub traits: &'a [(String, u16)],
}

/// A column that is not declared: a lifecycle's or a trait's.
#[derive(Clone, Copy)]
enum More {
    Stage(usize),
    Since(usize),
    Entry(usize),
    /// By its number among those shown.
    Trait(usize),
}

/// The columns besides the declared ones: each lifecycle's stage, since when and entry number, then traits.
pub(crate) fn more_columns(machine: &Machine, traits: &[(String, u16)]) -> Vec<String> {
    named(machine, traits)
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

fn named(machine: &Machine, traits: &[(String, u16)]) -> Vec<(String, More)> {
    let mut columns = Vec::new();
    for (number, lifecycle) in machine.lifecycles.iter().enumerate() {
        columns.push((format!("{}_stage", lifecycle.name), More::Stage(number)));
        columns.push((format!("{}_since", lifecycle.name), More::Since(number)));
        columns.push((format!("{}_entry", lifecycle.name), More::Entry(number)));
    }
    for (number, (name, _)) in traits.iter().enumerate() {
        let taken = super::table("customers")
            .columns
            .iter()
            .any(|column| column.name == name)
            || columns.iter().any(|(known, _)| known == name);
        let name = if taken {
            format!("trait_{name}")
        } else {
            name.clone()
        };
        columns.push((name, More::Trait(number)));
    }
    columns
}

impl Closing<'_> {
    /// The schema of the selected columns.
    pub(crate) fn schema(&self, selection: &Selection) -> SchemaRef {
        let more = named(self.machine, self.traits);
        let field = |(name, own): &(String, String)| {
            let declared = super::table("customers")
                .columns
                .iter()
                .find(|column| column.name == own);
            let kind = match more.iter().find(|(known, _)| known == own) {
                Some((_, More::Since(_))) => Kind::Instant,
                Some((_, More::Entry(_))) => Kind::Whole,
                Some((_, More::Stage(_) | More::Trait(_))) => Kind::Word,
                None => declared.map_or(Kind::Text, |column| column.kind),
            };
            Field::new(name, kind.data_type(), true)
        };
        Arc::new(Schema::new(
            selection.columns.iter().map(field).collect::<Vec<_>>(),
        ))
    }

    /// Customers as rows.
    pub(crate) fn rows(
        &self,
        customers: &[Summary],
        selection: &Selection,
    ) -> Result<RecordBatch, BatchError> {
        let more = named(self.machine, self.traits);
        let columns: Vec<ArrayRef> = selection
            .columns
            .iter()
            .map(
                |(_, own)| match more.iter().find(|(known, _)| known == own) {
                    Some((_, column)) => self.more(customers, *column),
                    None => self.declared(customers, own),
                },
            )
            .collect();
        Ok(RecordBatch::try_new(self.schema(selection), columns)?)
    }

    fn declared(&self, customers: &[Summary], column: &str) -> ArrayRef {
        let each = || customers.iter();
        let bought = |one: &Summary, at: Time| (one.purchases.orders > 0).then_some(at.ms());
        match column {
            "customer_id" => text::texts(each().map(|one| Some(self.roster.id(one.customer)))),
            "first_at" => text::instants(each().map(|one| Some(one.first_at.ms()))),
            "last_at" => text::instants(each().map(|one| Some(one.last_at.ms()))),
            "touches" => text::wholes(each().map(|one| Some(one.touches as i64))),
            "orders" => text::wholes(each().map(|one| Some(one.purchases.orders as i64))),
            "first_order_at" => {
                text::instants(each().map(|one| bought(one, one.purchases.first_at)))
            }
            "last_order_at" => text::instants(each().map(|one| bought(one, one.purchases.last_at))),
            "value_minor" => {
                text::wholes(each().map(|one| Some(one.purchases.value.to_minor(self.decimals))))
            }
            "recency_days" => text::wholes(each().map(|one| self.recency_days(one))),
            "rfm_r" => text::smalls(
                each().map(|one| self.tile(one, Score::Recency).map(|tile| tile as i8)),
            ),
            "rfm_f" => text::smalls(
                each().map(|one| self.tile(one, Score::Frequency).map(|tile| tile as i8)),
            ),
            "rfm_m" => text::smalls(
                each().map(|one| self.tile(one, Score::Monetary).map(|tile| tile as i8)),
            ),
            "rfm_segment" => text::collected_words(each().map(|one| self.segment(one))),
            "value_rank" => text::fractions(each().map(|one| self.rank(one).map(Number::to_float))),
            "high_value" => {
                let mark = Number::from_millionths(i64::from(self.high_value_percent) * 10_000);
                text::truths(each().map(|one| self.rank(one).map(|rank| rank >= mark)))
            }
            "status" => text::collected_words(each().map(|one| Some(self.status(one)))),
            "segments" => text::lists(each().map(|one| {
                one.segments
                    .iter()
                    .map(|&segment| self.machine.segments[usize::from(segment)].name.as_str())
                    .collect()
            })),
            _ => text::lists(each().map(|one| {
                one.topics
                    .iter()
                    .map(|(topic, _)| self.symbols.text(*topic))
                    .collect()
            })),
        }
    }

    fn more(&self, customers: &[Summary], column: More) -> ArrayRef {
        let each = || customers.iter();
        match column {
            More::Stage(lifecycle) => text::words(
                each().map(|one| one.places[lifecycle].stage.map(usize::from)),
                self.machine.lifecycles[lifecycle]
                    .stages
                    .iter()
                    .map(|stage| stage.name.as_str()),
            ),
            More::Since(lifecycle) => {
                let since = |one: &Summary| {
                    let place = &one.places[lifecycle];
                    place.stage.map(|_| place.since.ms())
                };
                text::instants(each().map(since))
            }
            More::Entry(lifecycle) => {
                let entry = |one: &Summary| {
                    let place = &one.places[lifecycle];
                    place.stage.map(|_| place.entry.into())
                };
                text::wholes(each().map(entry))
            }
            More::Trait(number) => {
                let texts: Vec<Option<String>> = each()
                    .map(|one| value_text(one.traits[number], self.symbols))
                    .collect();
                text::collected_words(texts.iter().map(Option::as_deref))
            }
        }
    }

    fn score(&self, one: &Summary, score: Score) -> Option<Number> {
        let id = self.roster.id(one.customer).as_bytes();
        match self.thresholds.score(score, id, one.purchases, self.until) {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    fn tile(&self, one: &Summary, score: Score) -> Option<i64> {
        self.score(one, score).map(|tile| tile.to_minor(0))
    }

    fn rank(&self, one: &Summary) -> Option<Number> {
        self.score(one, Score::ValueRank)
    }

    fn recency_days(&self, one: &Summary) -> Option<i64> {
        (one.purchases.orders > 0).then(|| self.until.since(one.purchases.last_at) / DAY_MS)
    }

    fn segment(&self, one: &Summary) -> Option<&'static str> {
        if self.tiles != 5 {
            return None;
        }
        let tile = |score| self.tile(one, score);
        Some(rfm::segment(
            tile(Score::Recency)?,
            tile(Score::Frequency)?,
            tile(Score::Monetary)?,
        ))
    }

    fn status(&self, one: &Summary) -> &'static str {
        match self.recency_days(one) {
            None => "prospect",
            Some(days) if days < INACTIVE_DAYS => "active",
            Some(_) => "inactive",
        }
    }
}

/// A value as text; null stays null.
pub(crate) fn value_text(value: Value, symbols: &Symbols) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Text(symbol) => Some(symbols.text(symbol).to_owned()),
    }
}
