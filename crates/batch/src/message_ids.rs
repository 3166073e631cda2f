//! Message ids of some rows, fetched late: only where the order of an instant depends on them.

use std::cmp::Ordering;
use std::collections::HashMap;

/// Message ids of some rows.
pub(crate) struct MessageIds {
    pub(crate) texts: HashMap<u32, Box<str>>,
}

impl MessageIds {
    /// The id of a row that was asked for.
    pub(crate) fn text(&self, row: u32) -> String {
        self.texts
            .get(&row)
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// Orders two rows by their ids' bytes, then by their place in the files.
    pub(crate) fn compare(&self, a: u32, b: u32) -> Ordering {
        self.texts.get(&a).cmp(&self.texts.get(&b)).then(a.cmp(&b))
    }

    /// Whether a row's id comes before another's.
    pub(crate) fn before(&self, a: u32, b: u32) -> bool {
        self.compare(a, b).is_lt()
    }
}
