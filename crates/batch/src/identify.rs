//! The first pass: who is it? Every row gets its customer, and rows sent twice are dropped.
//!
//! Only the columns of identifiers and times are read. The rules are those of
//! `engine::identity`: linked users are one customer, a device belongs to the first user it was
//! seen with, and what has neither is a customer of its own.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use perennial_engine::identity::{Link, Owner, compared, is_placeholder};
use perennial_model::Time;
use perennial_rules::project::{IdentifierKind, IdentityRules};

use crate::BatchError;
use crate::block::Block;
use crate::claims::Claims;
use crate::duplicates::Duplicates;
use crate::intern::{DROPPED, Interner, NONE};
use crate::partings::{Parting, Partings, parting_rows};
use crate::read::columns;
use crate::roster::{Roster, RosterParts};
use crate::rows::Rows;
use crate::scored::scored_rows;
use crate::words::KnownWords;

/// The columns that this pass reads, as far as there are such.
pub(crate) const COLUMNS: &[&str] = &[
    columns::CUSTOMER_ID,
    columns::USER_ID,
    columns::ANONYMOUS_ID,
    columns::PREVIOUS_ID,
    columns::EMAIL,
    columns::PHONE,
    columns::MESSAGE_ID,
    columns::AT,
    columns::RECEIVED_AT,
    columns::EVENT,
];

/// Reads the identifier columns of all rows and works out the customers; `with_identities` says whether
/// every identifier is to be listed with what joined it.
///
/// # Errors
/// What reading gives, and [`BatchError::TooManyRows`].
pub(crate) fn identify(
    rows: &Rows,
    rules: &IdentityRules,
    with_identities: bool,
) -> Result<Roster, BatchError> {
    let mut pass = Pass::new(rows, rules);
    let has_customer = rows.has(columns::CUSTOMER_ID);
    let skip = |name: &&str| match *name {
        columns::MESSAGE_ID | columns::RECEIVED_AT => rows.deduplicates(),
        // Where the customer is known nothing is stitched, so nothing else need be read.
        columns::AT => !has_customer,
        columns::CUSTOMER_ID => true,
        _ => !has_customer,
    };
    let wanted: Vec<&str> = COLUMNS
        .iter()
        .copied()
        .filter(skip)
        .filter(|name| rows.has(name))
        .collect();
    rows.scan(&wanted, &mut |block| pass.take(rows, &block))?;
    let dropped = pass.dropped(rows)?;
    for &row in &dropped {
        pass.strong[row as usize] = DROPPED;
    }
    let is_dropped = |row: u32| pass.strong[row as usize] == DROPPED;
    let mut said = std::mem::take(&mut pass.said);
    said.retain(|parting| !is_dropped(parting.row));
    let rests = !dropped.is_empty() && pass.claims.rest_on(&is_dropped);
    if rests || !said.is_empty() {
        // Of a message that came twice and said different things only the first counts, and of what
        // was parted only what was said after.
        let interner = std::mem::replace(&mut pass.interner, Interner::new());
        let nobody = std::mem::take(&mut pass.nobody);
        pass = Pass::new(rows, rules);
        (pass.interner, pass.nobody) = (interner, nobody);
        pass.partings = Partings::of(&said);
        pass.messages = None;
        pass.left_out = vec![false; rows.total()];
        for &row in &dropped {
            pass.left_out[row as usize] = true;
        }
        rows.scan(&wanted, &mut |block| pass.take(rows, &block))?;
    }
    pass.finish(rows, dropped, with_identities)
}

/// The state of the first pass.
struct Pass<'a> {
    rules: &'a IdentityRules,
    interner: Interner,
    known_words: KnownWords<IdentifierKind, Vec<u32>>,
    /// By identifier: whether it is a placeholder, which stands for nobody.
    nobody: Vec<bool>,
    /// By row: the strong identifier, or the customer where she is known.
    strong: Vec<u32>,
    /// By row: the device.
    device: Vec<u32>,
    claims: Claims,
    /// By row: whether it is not taken; empty if all are.
    left_out: Vec<bool>,
    messages: Option<Duplicates>,
    /// What rows say of identifiers that are to be parted, and what of that holds.
    said: Vec<Parting>,
    partings: Partings,
    /// Rows that bring scores, and the identifier that each is about.
    scored: Vec<(u32, u32)>,
    /// Whether rows came in the order of arrival, so that of equal messages the first row is the earliest.
    in_order: bool,
    last_received: (usize, i64),
}

/// The identifiers of a block's rows by number; [`NONE`] where there is none or a placeholder.
struct Ids<'b> {
    user: Option<Vec<u32>>,
    device: Option<Vec<u32>>,
    previous: Option<Vec<u32>>,
    email: Option<Vec<u32>>,
    phone: Option<Vec<u32>>,
    at: Option<&'b [i64]>,
}

fn times<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b [i64]> {
    let column = batch
        .column_by_name(name)?
        .as_primitive_opt::<Int64Type>()?;
    Some(&column.values()[..])
}

impl<'a> Pass<'a> {
    fn new(rows: &Rows, rules: &'a IdentityRules) -> Self {
        let with_devices = rows.has(columns::ANONYMOUS_ID) && !rows.has(columns::CUSTOMER_ID);
        Self {
            rules,
            interner: Interner::new(),
            known_words: KnownWords::for_columns(COLUMNS.len()),
            nobody: Vec::new(),
            strong: vec![NONE; rows.total()],
            device: if with_devices {
                vec![NONE; rows.total()]
            } else {
                Vec::new()
            },
            claims: Claims::default(),
            left_out: Vec::new(),
            messages: (rows.deduplicates() && rows.has(columns::MESSAGE_ID))
                .then(|| Duplicates::with_room(rows.total())),
            said: Vec::new(),
            partings: Partings::default(),
            scored: Vec::new(),
            in_order: true,
            last_received: (0, i64::MIN),
        }
    }

    fn take(&mut self, rows: &Rows, block: &Block) -> Result<(), BatchError> {
        self.take_messages(block);
        let batch = &block.batch;
        if let Some(customers) = self.numbers(batch, columns::CUSTOMER_ID, IdentifierKind::User)? {
            if let Some(rows) = block.rows() {
                self.strong[rows.start as usize..rows.end as usize].copy_from_slice(&customers);
                return Ok(());
            }
            for (index, node) in customers.into_iter().enumerate() {
                self.strong[block.row(index) as usize] = node;
            }
            return Ok(());
        }
        let is_strong = |kind| self.rules.strong.contains(&kind);
        let (by_email, by_phone) = (
            is_strong(IdentifierKind::Email),
            is_strong(IdentifierKind::Phone),
        );
        let mut of = |name, kind| self.numbers(batch, name, kind);
        let ids = Ids {
            user: of(columns::USER_ID, IdentifierKind::User)?,
            device: of(columns::ANONYMOUS_ID, IdentifierKind::Anonymous)?,
            previous: of(columns::PREVIOUS_ID, IdentifierKind::User)?,
            email: match by_email {
                true => of(columns::EMAIL, IdentifierKind::Email)?,
                false => None,
            },
            phone: match by_phone {
                true => of(columns::PHONE, IdentifierKind::Phone)?,
                false => None,
            },
            at: times(batch, columns::AT),
        };
        let parting = parting_rows(batch);
        let scored = scored_rows(batch);
        for index in 0..batch.num_rows() {
            let row = block.row(index);
            if self.left_out.get(row as usize) == Some(&true) {
                continue;
            }
            if scored.as_ref().is_some_and(|rows| rows[index]) {
                self.take_scored(&ids, index, row);
            } else {
                let parts = parting.as_ref().is_some_and(|rows| rows[index]);
                self.take_row(&ids, index, row, parts);
            }
        }
        self.claims.settle_many(rows)
    }

    fn take_messages(&mut self, block: &Block) {
        let Some(messages) = &mut self.messages else {
            return;
        };
        let Some(column) = block
            .batch
            .column_by_name(columns::MESSAGE_ID)
            .and_then(|column| column.as_string_view_opt())
        else {
            return;
        };
        for (index, id) in column.iter().enumerate() {
            if let Some(id) = id {
                messages.see(id.as_bytes(), block.row(index));
            }
        }
        let Some(received) = times(&block.batch, columns::RECEIVED_AT) else {
            return;
        };
        let sorted = received.is_sorted();
        let follows = block.chunk != self.last_received.0
            || received
                .first()
                .is_none_or(|at| *at >= self.last_received.1);
        self.in_order &= sorted && follows;
        self.last_received = (block.chunk, received.last().copied().unwrap_or(i64::MIN));
    }

    fn take_row(&mut self, ids: &Ids<'_>, index: usize, row: u32, parts: bool) {
        let of = |column: &Option<Vec<u32>>| column.as_ref().map_or(NONE, |ids| ids[index]);
        let at = Time(ids.at.map_or(0, |at| at[index]));
        let mut strong = of(&ids.user);
        for node in [of(&ids.email), of(&ids.phone)] {
            if strong != NONE && node != NONE {
                let (a, b) = (strong, node);
                self.link(Link { a, b, at, row }, false);
            }
            strong = if strong == NONE { node } else { strong };
        }
        let previous = of(&ids.previous);
        if strong != NONE && previous != NONE && previous != strong {
            let (a, b) = (previous, strong);
            if parts {
                self.said.push(Parting { a, b, at, row });
            } else {
                self.link(Link { a, b, at, row }, true);
            }
        }
        let device = of(&ids.device);
        if device != NONE {
            self.device[row as usize] = device;
            if strong != NONE && parts && previous == NONE {
                let (a, b) = (strong, device);
                self.said.push(Parting { a, b, at, row });
            } else if strong != NONE && !self.partings.are_parted(device, strong) {
                let node = strong;
                self.claims.sight(device, Owner { node, at, row });
            }
        }
        self.strong[row as usize] = strong;
    }

    /// Scores are about the first identifier that their row names, and claim nothing of it.
    fn take_scored(&mut self, ids: &Ids<'_>, index: usize, row: u32) {
        let columns = [&ids.user, &ids.email, &ids.phone, &ids.device];
        let named = columns.into_iter().flatten().map(|ids| ids[index]);
        if let Some(node) = named.into_iter().find(|node| *node != NONE) {
            self.scored.push((row, node));
        }
    }

    fn link(&mut self, link: Link, is_alias: bool) {
        if self.partings.is_empty() || !self.partings.keeps_apart(link, is_alias) {
            self.claims.link(link.a, link.b, link.at, link.row);
        }
    }

    /// The numbers of a column's identifiers; `None` without such a column.
    fn numbers(
        &mut self,
        batch: &RecordBatch,
        name: &str,
        kind: IdentifierKind,
    ) -> Result<Option<Vec<u32>>, BatchError> {
        let Some(column) = batch.column_by_name(name) else {
            return Ok(None);
        };
        if let Some(texts) = column.as_string_view_opt() {
            let numbers = texts.iter().map(|id| self.number(kind, id));
            return Ok(Some(numbers.collect()));
        }
        let (Some(dictionary), Some(words)) = (
            column.as_dictionary_opt::<Int32Type>(),
            column
                .as_any_dictionary_opt()
                .and_then(|dictionary| dictionary.values().as_string_opt::<i32>()),
        ) else {
            return Err(BatchError::Internal("identifiers are of another type"));
        };
        let (interner, nobody) = (&mut self.interner, &mut self.nobody);
        let placeholders = &self.rules.placeholders;
        let words = self.known_words.of(kind, dictionary.values(), || {
            if matches!(kind, IdentifierKind::Email | IdentifierKind::Phone) {
                let number = |id| number(interner, nobody, placeholders, kind, id);
                return words.iter().map(number).collect();
            }
            let ids = words.iter().map(|id| id.map(str::as_bytes));
            let mut numbers = interner.intern_all(kind, ids);
            find_nobody(interner, nobody, placeholders);
            for number in &mut numbers {
                if nobody.get(*number as usize) == Some(&true) {
                    *number = NONE;
                }
            }
            numbers
        });
        let keys = dictionary.keys();
        let numbers = match keys.nulls() {
            None => keys
                .values()
                .iter()
                .map(|&key| words[key as usize])
                .collect(),
            // The key of a null may be anything.
            Some(nulls) => keys
                .values()
                .iter()
                .zip(nulls)
                .map(|(&key, valid)| if valid { words[key as usize] } else { NONE })
                .collect(),
        };
        Ok(Some(numbers))
    }

    fn number(&mut self, kind: IdentifierKind, id: Option<&str>) -> u32 {
        let placeholders = &self.rules.placeholders;
        number(&mut self.interner, &mut self.nobody, placeholders, kind, id)
    }

    /// The rows that repeat a message which arrived earlier.
    fn dropped(&mut self, rows: &Rows) -> Result<Vec<u32>, BatchError> {
        let Some(messages) = self.messages.take() else {
            return Ok(Vec::new());
        };
        let repeats = messages.repeats();
        let received = if self.in_order || repeats.is_empty() {
            None
        } else {
            rows.times(columns::RECEIVED_AT)?
        };
        let dropped = all_but_earliest(repeats, received.as_deref());
        Ok(dropped)
    }

    fn finish(
        mut self,
        rows: &Rows,
        dropped: Vec<u32>,
        with_identities: bool,
    ) -> Result<Roster, BatchError> {
        self.claims.settle(rows)?;
        let rejoined = self.partings.rejoined(rows)?;
        self.claims.links.extend(rejoined);
        self.claims.order_links(rows, &self.interner)?;
        Ok(Roster::new(RosterParts {
            interner: self.interner,
            strong: self.strong,
            device: self.device,
            owners: self.claims.owners,
            links: self.claims.links,
            scored: self.scored,
            dropped,
            max_identifiers: self.rules.max_identifiers,
            with_identities,
        }))
    }
}

/// Of each group of rows with one message, all but the one that arrived first.
fn all_but_earliest(repeats: Vec<Vec<u32>>, received: Option<&[i64]>) -> Vec<u32> {
    let mut dropped = Vec::new();
    for mut rows in repeats {
        rows.sort_unstable_by_key(|&row| (received.map_or(0, |times| times[row as usize]), row));
        dropped.extend_from_slice(&rows[1..]);
    }
    dropped
}

/// An identifier's number; [`NONE`] for null and for placeholders.
fn number(
    interner: &mut Interner,
    nobody: &mut Vec<bool>,
    placeholders: &[String],
    kind: IdentifierKind,
    id: Option<&str>,
) -> u32 {
    let Some(id) = id else {
        return NONE;
    };
    let node = interner.intern(kind, compared(kind, id).as_bytes());
    find_nobody(interner, nobody, placeholders);
    if nobody[node as usize] { NONE } else { node }
}

/// Looks whether identifiers that are new stand for nobody.
fn find_nobody(interner: &Interner, nobody: &mut Vec<bool>, placeholders: &[String]) {
    for node in nobody.len()..interner.len() {
        let is_nobody = interner.with(node as u32, |id| is_placeholder(id, placeholders));
        nobody.push(is_nobody);
    }
}
