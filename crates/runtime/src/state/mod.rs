//! What a workspace knows: a function of the log so far, of the rules and of the time.
//!
//! [`State::apply`] takes in a line of the log, [`State::settle`] lets time pass, [`State::save`]
//! puts what is new on the shelf. Whoever asks between lines gets answers as of the last.
//!
//! What is absent: threads, clocks, the log. The caller says what time it is.

mod checkpoint;
mod cluster;
mod consent;
mod customers;
mod folded;
mod gathered;
mod held;
mod messages;
mod news;
mod node;
mod people;
mod settling;
mod spaces;
mod stored;
mod tail;
mod tally;
mod telling;
mod touch;

use std::sync::Arc;

use perennial_batch::read::{CallReader, TraitValue};
use perennial_model::{Change, Fact, Time, Touch};
use perennial_rules::project::{FORECAST_MODEL, SCORES, is_scored};
use perennial_store::LogReader;
use perennial_store::shelf::{MemoryShelf, Shelf, ShelfError};
use serde::{Deserialize, Serialize};

pub(crate) use checkpoint::Checkpoint;
use checkpoint::Underway;
pub(crate) use cluster::{Identifier, identifiers};
pub(crate) use consent::Consent;
use customers::Customers;
pub(crate) use folded::{Caused, Counted, Folded, OUTSIDE, StoredCustomer};
pub(crate) use messages::{Messages, Recent, message_hash, message_id, refill};
use messages::{content_hash, ids_failed};
use node::Stated;
use people::People;
pub(crate) use spaces::{ALL, CUSTOMERS, META, NAMES, NODES, TOUCHES};
pub(crate) use stored::{damaged, read_node, stored_customers, stored_touches};
pub(crate) use tally::Tally;
pub(crate) use touch::{KeptTouch, MessageId, decode};

use crate::retention::is_emptied;
use crate::rulebook::Rulebook;
use crate::workspace::Notice;

/// The version of what is on the shelf: another one is built anew from the log.
const FORMAT: u32 = 3;

/// The key of what there is once.
const SUMMARY: &[u8] = b"summary";

/// Everything known, as of a line of the log and an instant.
pub(crate) struct State {
    pub book: Rulebook,
    pub shelf: Arc<dyn Shelf>,
    reader: CallReader,
    people: People,
    customers: Customers,
    /// Messages that have come before: those in files, and those of lines since the last checkpoint or
    /// on their way into files.
    messages: Arc<Messages>,
    recent: Recent,
    saving: Option<Underway>,
    /// Lines before this one are on the shelf.
    pub saved: u64,
    pub summary: Summary,
    /// The instant up to which time has passed.
    pub now: Time,
    /// The lines taken in when it did last.
    settled: u64,
    /// Things that happened, for those who follow.
    pub notices: Vec<Notice>,
    /// Whether anyone follows.
    pub followed: bool,
    /// Duplicates to be compared: the first line, and a hash of what came now.
    duplicates: Vec<(u64, u32)>,
    facts: Vec<Fact>,
    changes: Vec<Change>,
}

/// What there is once, kept with everything else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub format: u32,
    /// The version of the rules.
    pub rules: String,
    /// Lines taken in.
    pub applied: u64,
    pub counts: Counts,
    pub tally: Tally,
    /// The touchpoints of each kind met.
    pub kinds: Vec<Vec<u16>>,
    /// How many identifiers there are.
    pub nodes: u32,
}

/// What became of the lines. **Invariant:** `lines = events + duplicates + rejected + erased`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub lines: u64,
    /// Taken in, each message once.
    pub events: u64,
    /// Messages that had come before.
    pub duplicates: u64,
    /// Of them those with another content.
    pub conflicts: u64,
    /// Lines that cannot be read.
    pub rejected: u64,
    /// Lines that were erased.
    pub erased: u64,
    /// Events that name nobody.
    pub without_customer: u64,
}

impl State {
    /// What is on a shelf, or nothing where it was made by other rules or another version of this.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn open(
        mut book: Rulebook,
        shelf: Arc<dyn Shelf>,
        messages: Arc<Messages>,
    ) -> Result<Option<Self>, ShelfError> {
        let summary = match shelf.get(META, SUMMARY)? {
            None => Summary {
                format: FORMAT,
                rules: book.version().to_owned(),
                ..Summary::default()
            },
            Some(bytes) => match postcard::from_bytes::<Summary>(&bytes) {
                Ok(known) if known.format == FORMAT && known.rules == book.version() => known,
                _ => return Ok(None),
            },
        };
        book.learn(&summary.kinds);
        let mut state = Self {
            reader: book.reader(),
            people: People::with_count(summary.nodes),
            customers: Customers::default(),
            messages,
            recent: Recent::default(),
            saving: None,
            saved: summary.applied,
            settled: summary.applied,
            now: Time(i64::MIN),
            notices: Vec::new(),
            followed: false,
            duplicates: Vec::new(),
            facts: Vec::new(),
            changes: Vec::new(),
            book,
            shelf,
            summary,
        };
        state.summary.tally = state.customers.schedule_all(&*state.shelf)?;
        Ok(Some(state))
    }

    /// Takes in a line of the log. Customers it concerns are brought up to date by [`State::settle`].
    ///
    /// # Errors
    /// What the shelf says: then nothing of this state can be relied on.
    pub fn apply(&mut self, ordinal: u64, line: &str) -> Result<(), ShelfError> {
        self.summary.applied = ordinal + 1;
        self.summary.counts.lines += 1;
        if line.is_empty() {
            self.summary.counts.erased += 1;
            return Ok(());
        }
        if self.reader.read(line.as_bytes()).is_err() {
            self.summary.counts.rejected += 1;
            return Ok(());
        }
        let call = self.reader.call(line);
        let id = message_id(call.message_id, ordinal);
        let id = id.as_ref();
        let hash = message_hash(id);
        match self.first_line(hash)? {
            Some(first) if first != ordinal => {
                self.summary.counts.duplicates += 1;
                self.duplicates.push((first, content_hash(line)));
                return Ok(());
            }
            // Under its own number it is the same line, taken in again.
            Some(_) => {}
            None => {
                self.recent.insert(hash, ordinal);
            }
        }
        self.summary.counts.events += 1;
        let message = MessageId::new(id);
        let rules = &self.book.project.identity;
        let scores = is_scored(call.event);
        let anchor = match scores {
            true => self.people.scored(&call, rules, &*self.shelf)?,
            false => self.people.identify(&call, &message, rules, &*self.shelf)?,
        };
        self.customers.follow(&mut self.people, &*self.shelf)?;
        let Some(anchor) = anchor else {
            self.summary.counts.without_customer += 1;
            return Ok(());
        };
        let kind = self
            .book
            .recognise(&self.reader, line, call.event, &mut self.facts);
        let consent = Consent::of(call.event, line, call.at, call.received_at);
        let touch = Touch {
            at: call.at,
            received_at: call.received_at.unwrap_or(call.at),
            kind,
            facts: &self.facts,
            row: 0,
        };
        if self.followed && !scores {
            let points = self.book.point_names(kind);
            self.notices.push(crate::answer::event(&call, &points, id));
        }
        let kept = KeptTouch::new(&touch, ordinal, message.clone(), &self.book.symbols);
        self.people.append(anchor, ordinal, &*self.shelf, |bytes| {
            touch::encode(&kept, bytes);
        })?;
        let slot = self.customers.of(anchor, &mut self.people, &*self.shelf)?;
        self.customers.list(slot);
        let now = self.now;
        let folded = self.customers.at(slot)?;
        if touch.at >= now {
            folded.wait_for(&kept);
        } else if !folded.stale {
            folded.take(&self.book, &touch, &kept, &mut self.changes);
            let caused = self.changes.drain(..);
            if self.followed {
                let cause = || Some((message.clone(), kind));
                let news = caused.map(|change| Caused::of(change, cause));
                folded.news.extend(news);
            }
        }
        let stated = Stated {
            at_ms: kept.at_ms,
            message,
        };
        if let Some(consent) = consent {
            self.people.held(anchor, &*self.shelf)?;
            self.people
                .change(anchor, &*self.shelf)?
                .set_consent(consent);
        }
        match scores {
            true => self.take_scores(line, anchor, &stated),
            false => self.take_traits(line, anchor, &stated),
        }
    }

    /// The line that a message came with first; `None` where it is new.
    fn first_line(&self, hash: u128) -> Result<Option<u64>, ShelfError> {
        let saving = self.saving.as_ref();
        let recent = self.recent.get(&hash);
        match recent.or_else(|| saving?.recent.get(&hash)) {
            Some(first) => Ok(Some(*first)),
            None => self.messages.find(hash).map_err(ids_failed),
        }
    }

    fn take_traits(&mut self, line: &str, anchor: u32, stated: &Stated) -> Result<(), ShelfError> {
        let held = self.people.held(anchor, &*self.shelf)?;
        let mut any = false;
        self.reader.traits(line, &mut |name, value| {
            any = true;
            let value = match value {
                TraitValue::Text(text) => serde_json::Value::from(text).to_string(),
                TraitValue::Json(text) => text.to_owned(),
            };
            held.node.set_trait(name, value, stated);
        });
        if any {
            self.people.mark(anchor);
        }
        Ok(())
    }

    /// Takes the traits that scores set; one that they leave out is null from then on.
    fn take_scores(&mut self, line: &str, anchor: u32, stated: &Stated) -> Result<(), ShelfError> {
        let mut values: Vec<(&str, String)> = Vec::new();
        self.reader.traits(line, &mut |name, value| {
            let known = SCORES.into_iter().chain([FORECAST_MODEL]);
            for known in known.filter(|known| *known == name) {
                let value = match value {
                    TraitValue::Text(text) => serde_json::Value::from(text).to_string(),
                    TraitValue::Json(text) => text.to_owned(),
                };
                values.push((known, value));
            }
        });
        let held = self.people.held(anchor, &*self.shelf)?;
        for name in SCORES.into_iter().chain([FORECAST_MODEL]) {
            let value = values.iter().find(|(known, _)| *known == name);
            let value = value.map_or_else(|| "null".to_owned(), |(_, value)| value.clone());
            held.node.set_trait(name, value, stated);
        }
        self.people.mark(anchor);
        Ok(())
    }

    /// All touches of some identifiers, in the order in which they are folded.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn touches(&mut self, nodes: &[u32]) -> Result<Vec<KeptTouch>, ShelfError> {
        let mut touches = Vec::new();
        for &node in nodes {
            stored_touches(&*self.shelf, node, &mut touches)?;
            let held = self.people.held(node, &*self.shelf)?;
            let saving = held.saving.as_deref();
            for bytes in saving.into_iter().chain([&held.pending]) {
                decode(bytes, &mut touches).ok_or_else(|| damaged("touches cannot be read"))?;
            }
        }
        touches.sort_by(|a, b| a.key().cmp(&b.key()));
        // What is on its way to the shelf may be there already.
        touches.dedup_by_key(|touch| touch.ordinal);
        Ok(touches)
    }

    /// A state by draft rules, in memory, with lines taken in up to one, which is left out.
    ///
    /// # Errors
    /// What the log or the shelf says.
    pub fn draft(
        book: Rulebook,
        messages: Arc<Messages>,
        log: &LogReader,
        end: u64,
        now: Time,
    ) -> Result<Self, crate::RuntimeError> {
        let shelf = Arc::new(MemoryShelf::new(&ALL));
        let opened = Self::open(book, shelf, messages)?;
        let mut state = opened.ok_or_else(|| damaged("it is not empty"))?;
        crate::change::catch_up(&mut state, log, end)?;
        state.settle(now)?;
        Ok(state)
    }

    /// Where a customer stands who is at hand.
    pub fn counted(&self, id: &str) -> Option<Counted> {
        self.customers.counted(id)
    }

    /// The messages in files.
    pub fn messages(&self) -> &Arc<Messages> {
        &self.messages
    }

    /// Looks whether duplicates said something else than the first.
    ///
    /// # Errors
    /// What the log says.
    pub fn compare_duplicates(&mut self, log: &LogReader) -> Result<(), crate::RuntimeError> {
        for (first, content) in std::mem::take(&mut self.duplicates) {
            let record = log.read(first).map_err(crate::RuntimeError::log)?;
            let said = record.as_ref().and_then(|record| record.line(first));
            // What was erased, or is kept without its content, cannot be compared with any more.
            let said = said.filter(|line| !line.is_empty() && !is_emptied(line));
            let differs = said.is_some_and(|line| content_hash(line) != content);
            self.summary.counts.conflicts += u64::from(differs);
        }
        Ok(())
    }

    /// How many timers are set.
    pub fn timers(&self) -> usize {
        self.customers.timers()
    }

    /// When time will next bring something; the greatest instant where nothing is to come.
    pub fn next_due_ms(&self) -> i64 {
        self.customers.next_due_ms()
    }

    /// Goes back to an instant, since the clock was wrong: everybody is folded anew, and those who follow
    /// are told again what happens again.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn turn_back(&mut self, now: Time) -> Result<(), ShelfError> {
        self.now = now;
        let mut ids = Vec::new();
        for entry in self.shelf.scan(CUSTOMERS, &[]) {
            ids.push(entry?.0);
        }
        for id in ids {
            let id = String::from_utf8(id).map_err(|_| damaged("a customer has no id"))?;
            if let Some(slot) = self.customers.find(&id, &*self.shelf)? {
                self.customers.at(slot)?.stale = true;
                self.customers.list(slot);
            }
        }
        self.customers.make_all_stale();
        Ok(())
    }

    /// Among the next customers and identifiers, `most` of each, lets go of those that have not been used
    /// lately, or of all, but of nothing unsaved.
    pub fn let_go(&mut self, most: usize, all: bool) {
        // What a checkpoint has gathered is nowhere else until it has been written.
        if self.saving.is_some() {
            return;
        }
        self.customers.let_go(most, all);
        self.people.let_go(most, all);
    }

    /// How many customers and identifiers are at hand.
    pub fn at_hand(&self) -> usize {
        self.customers.len()
    }
}
