//! Message ids of some rows, fetched late: only where the order of an instant depends on them.

use std::cmp::Ordering;

/// Message ids of some rows, side by side in the order of the rows.
#[derive(Default)]
pub(crate) struct MessageIds {
    rows: Vec<u32>,
    texts: String,
    ends: Vec<usize>,
}

impl MessageIds {
    /// Adds a row's id. Rows come in rising order.
    pub(crate) fn push(&mut self, row: u32, id: &str) {
        debug_assert!(self.rows.last().is_none_or(|last| *last < row));
        self.rows.push(row);
        self.texts.push_str(id);
        self.ends.push(self.texts.len());
    }

    /// The id of a row that was asked for.
    pub(crate) fn text(&self, row: u32) -> Option<&str> {
        let index = self.rows.binary_search(&row).ok()?;
        let from = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.texts.get(from..self.ends[index])
    }

    /// Orders two rows by their ids' bytes, then by their place in the files.
    pub(crate) fn compare(&self, a: u32, b: u32) -> Ordering {
        self.text(a).cmp(&self.text(b)).then(a.cmp(&b))
    }

    /// Whether a row's id comes before another's.
    pub(crate) fn before(&self, a: u32, b: u32) -> bool {
        self.compare(a, b).is_lt()
    }
}
