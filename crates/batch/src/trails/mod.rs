//! Trails: customers' touches in columns, of files asked directly, for questions about what they did.
//!
//! [`Trails::read`] opens files (`open`), finds whose each row is by the rules of identity of a run,
//! reads what was asked of rows (`reading`), among that which conditions they meet (`marks`), gathers it by
//! partition (`gather`), and puts every customer's rows in order (`sorted`). Then any number of
//! [`Analysis`](perennial_analytics::Analysis) can be asked ([`Trails::ask`], `ask`) without reading anything again.
//!
//! A run's touches lie in order already, and are read as they lie (`own`). Of them the touchpoints are
//! known too (`sorts`), and the moves between stages (`moves`). Several questions read rows once (`together`),
//! and each sees its own of them (`view`). What is absent: recognising touchpoints in other files.

mod ask;
mod asked;
mod gather;
mod lane;
mod learned;
mod marks;
mod moves;
mod open;
mod own;
mod reading;
mod sorted;
mod sorts;
mod together;
mod view;

pub use ask::{Groups, Of};
pub use asked::{Asked, Condition, Measure};
pub use lane::{MAX_WORDS, REST};
pub(crate) use open::no_column;

use std::sync::Arc;

use perennial_analytics::Words;
use perennial_model::Time;
use perennial_rules::project::IdentityRules;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::BatchError;
use crate::customer_ids::CustomerIds;
use crate::empty::refuse_empty;
use crate::identify::{self, identify};
use crate::message_ids::MessageIds;
use crate::options::Observer;
use crate::read::columns;
use crate::rejects::Rejects;
use crate::rows::Rows;
use gather::{Bin, Bins};
use learned::Learned;
use moves::Moves;
use open::{Checked, Opened};
use own::Own;
use reading::Reading;
use sorted::{Order, Sorted};
use together::{Together, counted};
use view::View;

/// A placeholder of projects that is an id like any other in a file asked directly.
const NOUGHT: &str = "0";

/// Customers' touches in columns, ready to be asked.
pub struct Trails {
    words: Words,
    rows: Arc<Gathered>,
    view: View,
    /// Where questions are answered.
    threads: Arc<ThreadPool>,
    /// What became of the rows.
    pub counts: Counts,
    /// The first and the last instant of rows that are used.
    pub span: Option<(Time, Time)>,
    /// How often each event came, by its number in the words.
    pub occurrences: Vec<u64>,
    /// The touchpoints that rows are, where they were read.
    pub points: Vec<String>,
}

/// The rows that were gathered, for one question or several.
struct Gathered {
    partitions: Vec<Sorted>,
    moves: Moves,
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
    /// Rows that name nobody, or are scores of a forecast, which nobody did.
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
        let trails = Self::read_all(&[asked], observer)?.pop();
        trails.ok_or(BatchError::Internal("a question was not read"))
    }

    /// Reads what several questions about the same files ask, once for all of them. The files, the columns of
    /// who and when, the zone and the threads are those of the first. An answer is what the question alone
    /// would have had.
    ///
    /// # Errors
    /// As [`Trails::read`]; of several questions [`BatchError::Question`] says which.
    pub fn read_all(asked: &[&Asked], observer: &dyn Observer) -> Result<Vec<Self>, BatchError> {
        let Some((first, others)) = asked.split_first() else {
            return Ok(Vec::new());
        };
        let threads = ThreadPoolBuilder::new().num_threads(first.threads.max(1));
        let threads = Arc::new(threads.build()?);
        let together = || Together::of(first, others);
        threads.install(|| read_all(asked, together()?, &threads, observer))
    }

    /// The words behind the numbers.
    pub fn words(&self) -> &Words {
        &self.words
    }
}

fn read_all(
    asked: &[&Asked],
    together: Together,
    threads: &Arc<ThreadPool>,
    observer: &dyn Observer,
) -> Result<Vec<Trails>, BatchError> {
    if asked.len() > 1 {
        each(asked, |own| open::names_of(own).map(|_| ()))?;
    }
    let opened = Opened::new(&together.asked, observer)?;
    if asked.len() > 1 {
        each(asked, |own| opened.check(own).map(|_| ()))?;
    }
    let checked = opened.check(&together.asked)?;
    refuse_empty(&opened.rows)?;
    let read = read(&together.asked, &opened, &checked, observer)?;
    let counts = Counts {
        read: opened.rows.total() as u64,
        customers: read.customers,
        rejected: opened.rows.with_rejects(Rejects::by_reason),
        ..read.learned.counts.clone()
    };
    let (moves, lifecycles) = match &together.asked.moves_of {
        Some(results) => Moves::read(results, &read.ids)?,
        None => Default::default(),
    };
    let rows = Arc::new(Gathered {
        partitions: read.partitions,
        moves,
    });
    let learned = &read.learned;
    let views = together.views(&learned.sets).into_iter().zip(asked);
    let trails = views.map(|((view, marks), own)| {
        let (counts, seen) = match view.is_whole() {
            true => (counts.clone(), learned.seen),
            false => counted(&view, &counts, &rows.partitions),
        };
        let texts = view.texts.iter();
        Trails {
            words: Words {
                events: learned.events.words.clone(),
                customers: match own.with_ids {
                    true => read.ids.iter().map(str::to_owned).collect(),
                    false => Vec::new(),
                },
                texts: texts
                    .map(|&column| learned.texts[column].words.clone())
                    .collect(),
                marks,
                lifecycles: match own.moves_of {
                    Some(_) => lifecycles.clone(),
                    None => Vec::new(),
                },
            },
            rows: Arc::clone(&rows),
            view,
            threads: Arc::clone(threads),
            counts,
            span: seen.map(|(first, last)| (Time(first), Time(last))),
            occurrences: learned.occurrences.clone(),
            points: learned.points.clone(),
        }
    });
    Ok(trails.collect())
}

/// Looks at each of several questions; an error says which.
fn each(
    asked: &[&Asked],
    look: impl Fn(&Asked) -> Result<(), BatchError>,
) -> Result<(), BatchError> {
    for (number, own) in asked.iter().enumerate() {
        look(own).map_err(|error| BatchError::Question {
            number,
            error: Box::new(error),
        })?;
    }
    Ok(())
}

/// The rows that were read, by customer and in order.
struct Read {
    ids: CustomerIds,
    partitions: Vec<Sorted>,
    learned: Learned,
    /// Customers with rows that are used.
    customers: u64,
}

/// Reads rows: as they lie, if they lie in order, or by finding whose each one is.
fn read(
    asked: &Asked,
    opened: &Opened,
    checked: &[Checked<'_>],
    observer: &dyn Observer,
) -> Result<Read, BatchError> {
    let wanted = Reading::new(asked, opened, checked)?.columns();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let phase = |name: &str, columns: &[&str]| {
        let bytes = opened.rows.bytes_of(columns);
        observer.phase(name, bytes.map(|bytes| (bytes, &opened.progress)));
    };
    if asked.is_touches {
        phase("reading touches", &wanted);
        if let Some(own) = own::read(asked, opened, checked)? {
            return Ok(Read::own(own));
        }
    }
    phase("joining identities", identify::COLUMNS);
    let mut rules = IdentityRules::default();
    rules.placeholders.retain(|word| word != NOUGHT);
    let mut roster = identify(&opened.rows, &rules, false)?;
    phase("reading rows", &wanted);
    let mut reading = Reading::new(asked, opened, checked)?;
    let mut bins = Bins::new(&roster, &reading);
    opened
        .rows
        .scan(&wanted, &mut |block| bins.take(&block, &mut reading))?;
    let mut bins = bins.finish();
    roster.forget_rows();
    observer.phase("ordering", None);
    let came = reading.came.iter().filter(|came| **came).count() as u64;
    let mut learned = Learned::default();
    learned.add(reading, bins.iter_mut().map(|bin| &mut bin.strip));
    let starts = |number| roster.partition(number);
    let partitions = order(&opened.rows, &starts, bins)?;
    let read = Read {
        customers: match asked.only_marked {
            true => came,
            false => with_rows(&partitions),
        },
        ids: roster.into_ids(),
        partitions,
        learned,
    };
    Ok(read)
}

impl Read {
    fn own(own: Own) -> Self {
        Self {
            customers: own.customers.unwrap_or_else(|| with_rows(&own.partitions)),
            ids: own.ids,
            partitions: own.partitions,
            learned: own.learned,
        }
    }
}

/// Customers with rows.
fn with_rows(partitions: &[Sorted]) -> u64 {
    partitions.iter().map(|own| own.ends.len() as u64).sum()
}

/// Puts every partition in order. Between rows of one instant message ids decide, else files and rows.
fn order(
    rows: &Rows,
    customers: &(dyn Fn(usize) -> std::ops::Range<u32> + Sync),
    bins: Vec<Bin>,
) -> Result<Vec<Sorted>, BatchError> {
    let has_ids = rows.has(columns::MESSAGE_ID);
    let order = |(number, bin): (usize, Bin)| {
        let order = Order::of(&bin, customers(number), has_ids);
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
