//! Identifiers that were parted: which links no longer hold, and which aliases joined them again.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, RecordBatch};
use perennial_engine::identity::{Link, UNLINKED};
use perennial_model::Time;
use perennial_rules::project::normalize_event_name;

use crate::BatchError;
use crate::read::columns;
use crate::rows::Rows;

/// That two identifiers were parted, as a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parting {
    pub a: u32,
    pub b: u32,
    pub at: Time,
    pub row: u32,
}

/// The partings that hold, and the aliases after them.
#[derive(Default)]
pub(crate) struct Partings {
    /// By pair, the lesser first: when it was said last.
    parted: HashMap<(u32, u32), Time>,
    /// By pair as an alias names it: the latest alias after the parting, and others of its instant.
    rejoined: HashMap<(u32, u32), Vec<Link>>,
}

fn pair(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

impl Partings {
    /// What rows said, each pair at its latest.
    pub(crate) fn of(said: &[Parting]) -> Self {
        let mut parted: HashMap<(u32, u32), Time> = HashMap::new();
        for one in said {
            let at = parted.entry(pair(one.a, one.b)).or_insert(one.at);
            *at = one.at.max(*at);
        }
        Self {
            parted,
            rejoined: HashMap::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parted.is_empty()
    }

    /// Whether two identifiers were parted; an alias that came after is remembered.
    pub(crate) fn keeps_apart(&mut self, link: Link, is_alias: bool) -> bool {
        let Some(at) = self.parted.get(&pair(link.a, link.b)) else {
            return false;
        };
        if is_alias && link.at > *at {
            let latest = self.rejoined.entry((link.a, link.b)).or_default();
            match latest.first().map(|known| known.at.cmp(&link.at)) {
                None | Some(std::cmp::Ordering::Less) => *latest = vec![link],
                Some(std::cmp::Ordering::Equal) => latest.push(link),
                Some(std::cmp::Ordering::Greater) => {}
            }
        }
        true
    }

    /// Whether a device was parted from somebody.
    pub(crate) fn are_parted(&self, a: u32, b: u32) -> bool {
        !self.parted.is_empty() && self.parted.contains_key(&pair(a, b))
    }

    /// The aliases that joined again what was parted; of those of one instant the last by message id.
    ///
    /// # Errors
    /// What reading gives.
    pub(crate) fn rejoined(self, rows: &Rows) -> Result<Vec<Link>, BatchError> {
        let tied = self.rejoined.values().filter(|links| links.len() > 1);
        let wanted: Vec<u32> = tied.flatten().map(|link| link.row).collect();
        let ids = rows.message_ids(wanted)?;
        let last = |links: Vec<Link>| links.into_iter().max_by(|x, y| ids.compare(x.row, y.row));
        Ok(self.rejoined.into_values().filter_map(last).collect())
    }
}

/// The rows of a batch whose events part identifiers; `None` if there are none.
pub(crate) fn parting_rows(batch: &RecordBatch) -> Option<Vec<bool>> {
    let unlinked = normalize_event_name(UNLINKED);
    rows_of(batch, &|event| {
        // Most names can be told to differ by their length.
        event.len().abs_diff(UNLINKED.len()) <= 1 && normalize_event_name(event) == unlinked
    })
}

/// The rows of a batch with an event that `is_wanted`; `None` if there are none.
pub(crate) fn rows_of(batch: &RecordBatch, is_wanted: &dyn Fn(&str) -> bool) -> Option<Vec<bool>> {
    let events = batch
        .column_by_name(columns::EVENT)?
        .as_dictionary_opt::<Int32Type>()?;
    let words = events.values().as_string_opt::<i32>()?;
    let wanted: Vec<bool> = words
        .iter()
        .map(|word| word.is_some_and(is_wanted))
        .collect();
    if !wanted.contains(&true) {
        return None;
    }
    let keys = events.keys();
    let is_one = |row: usize| {
        let key = keys.is_valid(row).then(|| keys.value(row) as usize);
        key.is_some_and(|key| wanted.get(key) == Some(&true))
    };
    Some((0..events.len()).map(is_one).collect())
}
