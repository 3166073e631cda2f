//! The second pass: what was it? Every row becomes a touch in its customer's partition.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, RecordBatch};
use perennial_engine::Plan;
use perennial_engine::recognize::{Judge, Recognition, Recognizer};
use perennial_model::{Kind, PARTITIONS, Symbols, Time};
use perennial_rules::Machine;

use crate::BatchError;
use crate::bins::Bin;
use crate::block::Block;
use crate::carried::{CarriedFields, Destinations};
use crate::facts::FactReader;
use crate::intern::{DROPPED, NONE};
use crate::read::columns;
use crate::roster::Roster;
use crate::rows::Rows;
use crate::scored::{Scored, ScoredReader, scored_rows};

/// Of the memory for touches, one part in so many is for what they carry besides.
const CARRIED_SHARE: usize = 8;

/// Stands for the customer of a row that brings scores, once these are taken.
const SCORED: u32 = DROPPED - 1;

/// What the second pass is to bring.
pub(crate) struct Wanted {
    /// Whether arrival times are asked for.
    pub received_at: bool,
    /// Columns that go to the touches table as they are.
    pub carried: Vec<String>,
    /// Whether touches that nothing listens to may be left out, but for a customer's first.
    pub only_heard: bool,
    /// Decimals of the project's currency.
    pub decimals: u32,
    /// Where history ends, exclusive, if that is said.
    pub until: Option<Time>,
    /// Bytes of touches kept in memory before they are put aside.
    pub memory: usize,
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
    /// The scores that rows bring, in the order in which they were read.
    pub scored: Vec<Scored>,
    /// The columns carried along, which the bins hold.
    pub carried: CarriedFields,
}

/// What became of the good rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fates {
    /// Touches.
    pub touches: u64,
    /// Rows whose message had come before.
    pub duplicates: u64,
    /// Rows without an identifier.
    pub without_customer: u64,
    /// Rows at or after the end of history.
    pub after_until: u64,
    /// Rows that bring scores of a forecast, whether or not anybody is known by their identifier.
    pub scored: u64,
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
    carried: CarriedFields,
    bins: Vec<Bin>,
    /// By customer the earliest instant seen, where touches that nothing listens to are left out.
    first: Vec<i64>,
    span: Option<(i64, i64)>,
    fates: Fates,
    scored: Vec<Scored>,
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
        columns.extend(wanted.carried.iter().cloned());
        columns.extend(ScoredReader::columns().map(str::to_owned));
        columns.sort();
        columns.dedup();
        columns.retain(|name| rows.has(name));
        let mut partition_of = vec![0; roster.len()];
        for partition in 0..PARTITIONS {
            let range = roster.partition(partition);
            partition_of[range.start as usize..range.end as usize].fill(partition as u8);
        }
        let mut touches = [0; PARTITIONS];
        for row in 0..rows.total() as u32 {
            if let Some(&partition) = partition_of.get(roster.of_row(row) as usize) {
                touches[usize::from(partition)] += 1;
            }
        }
        let plan = Plan::new(machine);
        let fields = wanted.carried.iter().filter_map(|name| rows.field(name));
        let has_facts = machine.slots.iter().any(|slot| slot.folded);
        // Where much is left out the room is not known before; more than is kept is never needed.
        let most = wanted.memory / PARTITIONS / Bin::LEAST_BYTES;
        let room = |partition: usize| match wanted.only_heard {
            true => 0,
            false => most.min(touches[partition]),
        };
        let bin = |partition| Bin::with_room(room(partition), wanted.received_at, has_facts);
        let first = if wanted.only_heard {
            vec![i64::MAX; roster.len()]
        } else {
            Vec::new()
        };
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
            has_facts,
            carried: CarriedFields::new(fields.cloned().collect(), wanted.memory / CARRIED_SHARE),
            bins: (0..PARTITIONS).map(bin).collect(),
            first,
            span: None,
            fates: Fates::default(),
            scored: Vec::new(),
        }
    }

    fn take(&mut self, block: &Block) -> Result<(), BatchError> {
        let batch = &block.batch;
        let at = block.times(columns::AT)?.values();
        let customers = self.customers(block, at);
        let facts = FactReader::new(self.machine, batch, self.wanted.decimals, &mut self.symbols);
        let kinds = self.kinds(batch, &customers, &facts)?;
        let received = if self.wanted.received_at {
            block.optional_times(columns::RECEIVED_AT)
        } else {
            None
        };
        let heard = self.heard(&customers, &kinds, at, &facts);
        let carries = !self.carried.fields.is_empty();
        let mut destinations = vec![None; if carries { at.len() } else { 0 }];
        for index in heard {
            let index = index as usize;
            let (customer, kind) = (customers[index], kinds[index]);
            let partition = self.partition_of[customer as usize];
            let bin = &mut self.bins[usize::from(partition)];
            if carries {
                destinations[index] = Some((partition, bin.total() as u32));
            }
            bin.customer.push(customer);
            bin.at.push(at[index]);
            bin.kind.push(kind);
            bin.row.push(block.row(index));
            if self.wanted.received_at {
                let arrived = received.filter(|column| column.is_valid(index));
                bin.received_at
                    .push(arrived.map_or(at[index], |column| column.value(index)));
            }
            if self.has_facts {
                let slots = &self.slots_of[usize::from(kind.0)];
                bin.facts_from.push(bin.facts.len() as u32);
                facts.read(slots, index, &mut self.symbols, &mut bin.facts);
            }
        }
        if carries {
            let destinations = Destinations::of(destinations.into_iter(), PARTITIONS);
            let bins = self.bins.iter_mut().map(|bin| &mut bin.carried);
            self.carried.scatter(batch, &destinations, bins)?;
        }
        if self.bins.iter().map(Bin::bytes).sum::<usize>() > self.wanted.memory {
            let spill = self.carried.spill();
            self.bins
                .iter_mut()
                .try_for_each(|bin| bin.put_aside(spill))?;
        }
        Ok(())
    }

    /// The rows that become touches and are not left out because nothing listens to them.
    fn heard(
        &mut self,
        customers: &[u32],
        kinds: &[Kind],
        at: &[i64],
        facts: &FactReader<'_>,
    ) -> Vec<u32> {
        let mut heard = Vec::with_capacity(customers.len());
        let rows = customers.iter().enumerate();
        let rows = rows.filter(|(_, customer)| **customer != NONE);
        if !self.wanted.only_heard {
            heard.extend(rows.map(|(index, _)| index as u32));
            return heard;
        }
        let is_silent = |kind: usize| self.plan.is_inert(Kind(kind as u16));
        let silent: Vec<bool> = (0..self.plan.kinds()).map(is_silent).collect();
        for (index, &customer) in rows {
            let kind = usize::from(kinds[index].0);
            let has_facts = self.has_facts && facts.has_any(&self.slots_of[kind], index);
            if silent[kind] && !has_facts {
                // It may bring her in, if it is her first.
                let first = &mut self.first[customer as usize];
                if *first < at[index] {
                    continue;
                }
                *first = at[index];
            }
            heard.push(index as u32);
        }
        heard
    }

    /// The customers whose touches the rows are; [`NONE`] for those that become none, which are counted.
    fn customers(&mut self, block: &Block, at: &[i64]) -> Vec<u32> {
        let mut customers: Vec<u32> = match block.rows() {
            Some(rows) => self.roster.of_rows(rows).to_vec(),
            None => (0..at.len())
                .map(|index| self.roster.of_row(block.row(index)))
                .collect(),
        };
        if let Some(scored) = scored_rows(&block.batch) {
            self.take_scored(block, &scored, at, &mut customers);
        }
        let end = self.wanted.until.map_or(i64::MAX, Time::ms);
        let (mut first, mut last) = self.span.unwrap_or((i64::MAX, i64::MIN));
        for (customer, &at) in customers.iter_mut().zip(at) {
            if *customer == SCORED {
                *customer = NONE;
                continue;
            }
            let fate = match *customer {
                NONE => &mut self.fates.without_customer,
                DROPPED => &mut self.fates.duplicates,
                _ if at >= end => &mut self.fates.after_until,
                _ => {
                    (first, last) = (first.min(at), last.max(at));
                    self.fates.touches += 1;
                    continue;
                }
            };
            *fate += 1;
            *customer = NONE;
        }
        self.span = (first <= last).then_some((first, last));
        customers
    }

    /// Takes the rows that bring scores, which then count as such and as nobody's touches.
    fn take_scored(&mut self, block: &Block, scored: &[bool], at: &[i64], customers: &mut [u32]) {
        let end = self.wanted.until.map_or(i64::MAX, Time::ms);
        let mut reader = ScoredReader::new(block, &mut self.symbols);
        for (index, customer) in customers.iter_mut().enumerate() {
            if !scored[index] || *customer == DROPPED || at[index] >= end {
                continue;
            }
            if *customer != NONE {
                let one = reader.read(index, *customer, at[index], &mut self.symbols);
                self.scored.push(one);
            }
            self.fates.scored += 1;
            *customer = SCORED;
        }
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

    fn finish(self) -> Gathered {
        let mut events: Vec<(String, u64, bool)> = self
            .names
            .into_iter()
            .map(|(name, entry)| (name, self.known[entry].1, self.known[entry].2))
            .collect();
        events.retain(|(_, count, _)| *count > 0);
        events.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Gathered {
            bins: self.bins,
            plan: self.plan,
            symbols: self.symbols,
            events,
            span: self.span,
            fates: self.fates,
            scored: self.scored,
            carried: self.carried,
        }
    }
}
