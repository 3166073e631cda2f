//! Trails: customers' touches in columns, of files asked directly, for questions about what they did.
//!
//! [`Trails::read`] opens files (`open`), finds whose each row is by the rules of identity of a run,
//! marks rows with the conditions that they meet (`marks`), gathers what was asked of them by
//! partition (`gather`), and puts every customer's rows in order (`sorted`). Then any number of
//! [`Analysis`](perennial_analytics::Analysis) can be asked ([`Trails::ask`], `ask`) without reading anything again.
//!
//! A run's touches are asked by the same way, since their table is a file of events. Of them the
//! touchpoints are known too (`sorts`), and the moves between stages (`moves`). What is absent: recognising
//! touchpoints in other files.

mod ask;
mod asked;
mod gather;
mod lane;
mod marks;
mod moves;
mod open;
mod sorted;
mod sorts;

pub use ask::{Groups, Of};
pub use asked::{Asked, Condition, Measure};
pub use lane::{MAX_WORDS, REST};

use perennial_analytics::Words;
use perennial_model::Time;
use perennial_rules::project::IdentityRules;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::BatchError;
use crate::empty::refuse_empty;
use crate::identify::{self, identify};
use crate::message_ids::MessageIds;
use crate::options::Observer;
use crate::read::columns;
use crate::rejects::Rejects;
use crate::roster::Roster;
use crate::rows::Rows;
use gather::{Bin, Pass};
use marks::Marker;
use moves::Moves;
use open::Opened;
use sorted::{Order, Sorted};

/// A placeholder of projects that is an id like any other in a file asked directly.
const NOUGHT: &str = "0";

/// Customers' touches in columns, ready to be asked.
pub struct Trails {
    words: Words,
    partitions: Vec<Sorted>,
    moves: Moves,
    /// Where questions are answered; `None` only while files are read.
    threads: Option<ThreadPool>,
    /// What became of the rows.
    pub counts: Counts,
    /// The first and the last instant of rows that are used.
    pub span: Option<(Time, Time)>,
    /// How often each event came, by its number in the words.
    pub occurrences: Vec<u64>,
    /// The touchpoints that rows are, where they were read.
    pub points: Vec<String>,
}

/// What became of the rows of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows read.
    pub read: u64,
    /// Rows that are part of trails.
    pub used: u64,
    /// Customers with a trail.
    pub customers: u64,
    /// Rows that cannot be used, by reason, the most frequent first.
    pub rejected: Vec<(String, u64)>,
    /// Rows whose message had come before.
    pub duplicates: u64,
    /// Rows that name nobody.
    pub without_customer: u64,
    /// Rows outside of the range.
    pub outside: u64,
    /// Rows that the rule does not hold for.
    pub by_rule: u64,
}

impl Trails {
    /// Reads what is asked.
    ///
    /// # Errors
    /// What reading gives, [`BatchError::Asked`] for unknown columns, [`BatchError::Rules`] for rules with errors.
    pub fn read(asked: &Asked, observer: &dyn Observer) -> Result<Self, BatchError> {
        let threads = ThreadPoolBuilder::new().num_threads(asked.threads.max(1));
        let threads = threads.build()?;
        let mut trails = threads.install(|| read(asked, observer))?;
        trails.threads = Some(threads);
        Ok(trails)
    }

    /// The words behind the numbers.
    pub fn words(&self) -> &Words {
        &self.words
    }
}

fn read(asked: &Asked, observer: &dyn Observer) -> Result<Trails, BatchError> {
    let opened = Opened::new(asked, observer)?;
    let checked = opened.check(asked)?;
    let rows = &opened.rows;
    refuse_empty(rows)?;
    let reading = |columns: &[&str]| {
        let bytes = rows.bytes_of(columns);
        bytes.map(|bytes| (bytes, &opened.progress))
    };
    observer.phase("joining identities", reading(identify::COLUMNS));
    let mut rules = IdentityRules::default();
    rules.placeholders.retain(|word| word != NOUGHT);
    let mut roster = identify(rows, &rules, false)?;
    let marker = Marker::new(&checked, columns::EVENT, &|name| opened.field_of_rule(name));
    let mut pass = Pass::new(asked, &opened, &roster, marker)?;
    let wanted = pass.columns();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    observer.phase("reading rows", reading(&wanted));
    rows.scan(&wanted, &mut |block| pass.take(&block))?;
    let gathered = pass.finish();
    roster.forget_rows();
    observer.phase("ordering", None);
    let partitions = order(rows, &roster, gathered.bins)?;
    let customers = partitions.iter().map(|own| own.ends.len() as u64);
    let counts = Counts {
        read: rows.total() as u64,
        customers: gathered.customers.unwrap_or_else(|| customers.sum()),
        rejected: rows.with_rejects(Rejects::by_reason),
        ..gathered.counts
    };
    let (moves, lifecycles) = match &asked.moves_of {
        Some(results) => Moves::read(results, &roster)?,
        None => Default::default(),
    };
    let ids = |customer: u32| roster.id(customer).to_owned();
    let customers = match asked.with_ids {
        true => (0..roster.len() as u32).map(ids).collect(),
        false => Vec::new(),
    };
    Ok(Trails {
        words: Words {
            events: gathered.events,
            customers,
            texts: gathered.texts,
            marks: gathered.marker.marks(),
            lifecycles,
        },
        partitions,
        moves,
        threads: None,
        counts,
        span: gathered.span.map(|(first, last)| (Time(first), Time(last))),
        occurrences: gathered.occurrences,
        points: gathered.points,
    })
}

/// Puts every partition in order. Between rows of one instant message ids decide, else files and rows.
fn order(rows: &Rows, roster: &Roster, bins: Vec<Bin>) -> Result<Vec<Sorted>, BatchError> {
    let has_ids = rows.has(columns::MESSAGE_ID);
    let order = |(number, bin): (usize, Bin)| {
        let order = Order::of(&bin, roster.partition(number), has_ids);
        (bin, order)
    };
    let ordered: Vec<(Bin, Order)> = bins.into_par_iter().enumerate().map(order).collect();
    let ids = match has_ids {
        true => {
            let tied = ordered.par_iter().flat_map(|(bin, order)| order.tied(bin));
            rows.message_ids(tied.collect())?
        }
        false => MessageIds::default(),
    };
    let apply = |(bin, order): (Bin, Order)| order.apply(bin, &ids);
    Ok(ordered.into_par_iter().map(apply).collect())
}
