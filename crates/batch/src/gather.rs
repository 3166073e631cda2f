//! The second pass: what was it? Every row becomes a touch in its customer's partition.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use perennial_engine::Plan;
use perennial_engine::recognize::{Judge, Recognition, Recognizer};
use perennial_model::{Kind, PARTITIONS, Symbols, Time};
use perennial_rules::Machine;

use crate::BatchError;
use crate::bins::Bin;
use crate::facts::FactReader;
use crate::intern::{DROPPED, NONE};
use crate::read::columns;
use crate::roster::Roster;
use crate::rows::{Block, Rows};
use crate::words::Words;

/// What the second pass is to bring.
pub(crate) struct Wanted {
    /// Whether arrival times are asked for.
    pub received_at: bool,
    /// Columns that go to the touches table as they are.
    pub cold: Vec<String>,
    /// Decimals of the project's currency.
    pub decimals: u32,
    /// Where history ends, exclusive, if that is said.
    pub until: Option<Time>,
}

/// What the second pass brings.
pub(crate) struct Gathered {
    /// The touches of each partition.
    pub bins: Vec<Bin>,
    /// The kinds met, in the plan's numbers.
    pub plan: Plan,
    /// The texts met.
    pub symbols: Symbols,
    /// Events by name: how many, and whether a touchpoint names them.
    pub events: Vec<(String, u64, bool)>,
    /// The earliest and the latest instant, in milliseconds.
    pub span: Option<(i64, i64)>,
    /// What became of the rows.
    pub fates: Fates,
    /// The words of carried columns that are held by number, by column.
    pub words: HashMap<String, Words>,
}

/// What became of the good rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fates {
    /// Touches, all of which will be folded.
    pub touches: u64,
    /// Rows whose message had come before.
    pub duplicates: u64,
    /// Rows without an identifier.
    pub without_customer: u64,
    /// Rows at or after the end of history.
    pub after_until: u64,
}

/// Reads what the fold needs of all rows and puts each into its customer's partition.
///
/// # Errors
/// What reading gives.
pub(crate) fn gather(
    rows: &Rows,
    roster: &Roster,
    machine: &Machine,
    symbols: Symbols,
    wanted: &Wanted,
) -> Result<Gathered, BatchError> {
    let mut pass = Pass::new(rows, roster, machine, symbols, wanted);
    let names = pass.columns.clone();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    rows.scan(&names, &mut |block| pass.take(&block))?;
    Ok(pass.finish())
}

/// The state of the second pass.
struct Pass<'a> {
    machine: &'a Machine,
    roster: &'a Roster,
    wanted: &'a Wanted,
    columns: Vec<String>,
    recognizer: Recognizer,
    judge: Judge,
    plan: Plan,
    symbols: Symbols,
    /// By event name: how it is recognised, how often it came.
    names: HashMap<String, usize>,
    known: Vec<(Recognition, u64, bool)>,
    /// By kind: the slots whose facts its touches carry.
    slots_of: Vec<Vec<u16>>,
    partition_of: Vec<u8>,
    has_facts: bool,
    /// The carried columns; files may lack some or hold them in another type.
    cold_fields: Vec<Field>,
    /// For each of those that is a dictionary: its words, numbered for the whole run.
    cold_words: Vec<Option<Words>>,
    bins: Vec<Bin>,
    span: Option<(i64, i64)>,
    fates: Fates,
}

impl<'a> Pass<'a> {
    fn new(
        rows: &Rows,
        roster: &'a Roster,
        machine: &'a Machine,
        symbols: Symbols,
        wanted: &'a Wanted,
    ) -> Self {
        let mut columns: Vec<String> = vec![columns::EVENT.to_owned(), columns::AT.to_owned()];
        if wanted.received_at {
            columns.push(columns::RECEIVED_AT.to_owned());
        }
        columns.extend(machine.slots.iter().map(|slot| slot.name.clone()));
        columns.extend(wanted.cold.iter().cloned());
        columns.sort();
        columns.dedup();
        columns.retain(|name| rows.has(name));
        let mut partition_of = vec![0; roster.len()];
        for partition in 0..PARTITIONS {
            let range = roster.partition(partition);
            partition_of[range.start as usize..range.end as usize].fill(partition as u8);
        }
        let plan = Plan::new(machine);
        let cold_fields: Vec<Field> = wanted
            .cold
            .iter()
            .filter_map(|name| rows.field(name))
            .cloned()
            .collect();
        let is_dictionary = |field: &Field| matches!(field.data_type(), DataType::Dictionary(_, _));
        let cold_words = cold_fields
            .iter()
            .map(|field| is_dictionary(field).then(Words::default))
            .collect();
        Self {
            machine,
            roster,
            wanted,
            columns,
            recognizer: Recognizer::new(machine),
            judge: Judge::new(machine, &plan),
            plan,
            symbols,
            names: HashMap::new(),
            known: Vec::new(),
            slots_of: Vec::new(),
            partition_of,
            has_facts: machine.slots.iter().any(|slot| slot.folded),
            cold_fields,
            cold_words,
            bins: (0..PARTITIONS).map(|_| Bin::default()).collect(),
            span: None,
            fates: Fates::default(),
        }
    }

    fn take(&mut self, block: &Block) -> Result<(), BatchError> {
        let batch = &block.batch;
        let count = batch.num_rows();
        let at = block.times(columns::AT)?;
        let customers: Vec<u32> = (0..count)
            .map(|index| self.customer(block.row(index), at.value(index)))
            .collect();
        let facts = FactReader::new(self.machine, batch, self.wanted.decimals, &mut self.symbols);
        let kinds = self.kinds(batch, &customers, &facts)?;
        let received = if self.wanted.received_at {
            block.optional_times(columns::RECEIVED_AT)
        } else {
            None
        };
        // The rows of each partition, in their order.
        let mut by_partition: Vec<Vec<u32>> = vec![Vec::new(); PARTITIONS];
        for (index, &customer) in customers.iter().enumerate() {
            if customer != NONE {
                by_partition[usize::from(self.partition_of[customer as usize])].push(index as u32);
            }
        }
        let mut scratch = Vec::new();
        for (partition, indexes) in by_partition.iter().enumerate() {
            let bin = &mut self.bins[partition];
            bin.customer
                .extend(indexes.iter().map(|&index| customers[index as usize]));
            bin.at
                .extend(indexes.iter().map(|&index| at.value(index as usize)));
            bin.kind
                .extend(indexes.iter().map(|&index| kinds[index as usize]));
            bin.row
                .extend(indexes.iter().map(|&index| block.row(index as usize)));
            if self.wanted.received_at {
                bin.received_at.extend(indexes.iter().map(|&index| {
                    let index = index as usize;
                    received
                        .as_ref()
                        .filter(|column| column.is_valid(index))
                        .map_or(at.value(index), |r| r.value(index))
                }));
            }
            if self.has_facts {
                for &index in indexes {
                    bin.facts_from.push(bin.facts.len() as u32);
                    let slots = &self.slots_of[usize::from(kinds[index as usize].0)];
                    facts.read(slots, index as usize, &mut self.symbols, &mut scratch);
                    bin.facts.append(&mut scratch);
                }
            }
        }
        self.take_cold(batch, &by_partition)
    }

    /// The customer whose touch a row is; [`NONE`] if it becomes none, which is counted.
    fn customer(&mut self, row: u32, at: i64) -> u32 {
        let customer = self.roster.of_row(row);
        let fate = match customer {
            NONE => &mut self.fates.without_customer,
            DROPPED => &mut self.fates.duplicates,
            _ if self.wanted.until.is_some_and(|until| at >= until.ms()) => {
                &mut self.fates.after_until
            }
            _ => {
                self.fates.touches += 1;
                let (first, last) = self.span.unwrap_or((at, at));
                self.span = Some((first.min(at), last.max(at)));
                return customer;
            }
        };
        *fate += 1;
        NONE
    }

    /// What each row was recognised as.
    fn kinds(
        &mut self,
        batch: &RecordBatch,
        customers: &[u32],
        facts: &FactReader<'_>,
    ) -> Result<Vec<Kind>, BatchError> {
        let events = batch
            .column_by_name(columns::EVENT)
            .and_then(|column| column.as_dictionary_opt::<Int32Type>())
            .ok_or(BatchError::Internal(
                "the event column is missing or of another type",
            ))?;
        let texts = events.values().as_string::<i32>();
        let entries: Vec<usize> = (0..texts.len())
            .map(|key| {
                if texts.is_valid(key) {
                    self.entry(texts.value(key))
                } else {
                    self.entry("")
                }
            })
            .collect();
        let mut kinds = Vec::with_capacity(batch.num_rows());
        let mut scratch = Vec::new();
        for (index, &customer) in customers.iter().enumerate() {
            let entry = if events.is_valid(index) {
                entries[events.keys().value(index) as usize]
            } else {
                self.entry("")
            };
            if customer == NONE {
                kinds.push(Kind(0));
                continue;
            }
            self.known[entry].1 += 1;
            let kind = match &self.known[entry].0 {
                Recognition::Always(kind) => *kind,
                Recognition::ByFacts { slots, matches } => {
                    scratch.clear();
                    facts.read_slots(slots, index, &mut self.symbols, &mut scratch);
                    let points = self.judge.points(
                        self.machine,
                        &self.plan,
                        &self.symbols,
                        matches,
                        &scratch,
                    );
                    self.plan
                        .kind(self.machine, points)
                        .ok_or(BatchError::TooManyKinds)?
                }
            };
            kinds.push(kind);
        }
        while self.slots_of.len() < self.plan.kinds() {
            let kind = Kind(self.slots_of.len() as u16);
            self.slots_of.push(self.plan.slots(self.machine, kind));
        }
        Ok(kinds)
    }

    fn entry(&mut self, event: &str) -> usize {
        if let Some(&entry) = self.names.get(event) {
            return entry;
        }
        let recognition = self
            .recognizer
            .recognition(self.machine, &mut self.plan, event);
        let entry = self.known.len();
        self.known
            .push((recognition, 0, self.recognizer.knows(event)));
        self.names.insert(event.to_owned(), entry);
        entry
    }

    /// Keeps the columns of the touches table, cut by partition.
    fn take_cold(
        &mut self,
        batch: &RecordBatch,
        by_partition: &[Vec<u32>],
    ) -> Result<(), BatchError> {
        if self.wanted.cold.is_empty() {
            return Ok(());
        }
        let mut fields = Vec::new();
        let mut columns: Vec<ArrayRef> = Vec::new();
        let order = UInt32Array::from_iter_values(by_partition.iter().flatten().copied());
        for (field, words) in self.cold_fields.iter().zip(&mut self.cold_words) {
            let column = match batch.column_by_name(field.name()) {
                Some(column) if words.is_some() => {
                    let numbers = words.as_mut().map(|words| words.numbers(column));
                    let numbers: ArrayRef =
                        Arc::new(numbers.unwrap_or_else(|| Int32Array::new_null(column.len())));
                    fields.push(Field::new(field.name(), DataType::Int32, true));
                    columns.push(arrow_select::take::take(&numbers, &order, None)?);
                    continue;
                }
                None if words.is_some() => {
                    fields.push(Field::new(field.name(), DataType::Int32, true));
                    columns.push(arrow_array::new_null_array(&DataType::Int32, order.len()));
                    continue;
                }
                Some(column) if column.data_type() == field.data_type() => {
                    arrow_select::take::take(column, &order, None)?
                }
                Some(column) => arrow_cast::cast(
                    &arrow_select::take::take(column, &order, None)?,
                    field.data_type(),
                )?,
                None => arrow_array::new_null_array(field.data_type(), order.len()),
            };
            fields.push(field.clone());
            columns.push(column);
        }
        let cut = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
        let mut from = 0;
        for (bin, indexes) in self.bins.iter_mut().zip(by_partition) {
            if !indexes.is_empty() {
                bin.push_cold(cut.slice(from, indexes.len()));
                from += indexes.len();
            }
        }
        Ok(())
    }

    fn finish(self) -> Gathered {
        let mut events: Vec<(String, u64, bool)> = self
            .names
            .into_iter()
            .map(|(name, entry)| (name, self.known[entry].1, self.known[entry].2))
            .collect();
        events.retain(|(_, count, _)| *count > 0);
        events.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let named = self.cold_fields.iter().zip(self.cold_words);
        let words = named
            .filter_map(|(field, words)| Some((field.name().clone(), words?)))
            .collect();
        Gathered {
            bins: self.bins,
            plan: self.plan,
            symbols: self.symbols,
            events,
            span: self.span,
            fates: self.fates,
            words,
        }
    }
}
