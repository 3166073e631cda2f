//! The ids of customers, one after the other in the order of their numbers.

/// Ids by number.
#[derive(Default)]
pub(crate) struct CustomerIds {
    ids: String,
    ends: Vec<usize>,
}

impl CustomerIds {
    /// With room for so many customers.
    pub(crate) fn with_room(customers: usize) -> Self {
        Self {
            ids: String::new(),
            ends: Vec::with_capacity(customers),
        }
    }

    /// Adds the next customer's id.
    pub(crate) fn push(&mut self, id: &str) {
        self.ids.push_str(id);
        self.ends.push(self.ids.len());
    }

    /// Adds customers after these.
    pub(crate) fn append(&mut self, others: impl Iterator<Item = impl AsRef<str>>) {
        others.for_each(|id| self.push(id.as_ref()));
    }

    /// How many customers there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A customer's id.
    pub(crate) fn id(&self, customer: u32) -> &str {
        let customer = customer as usize;
        let from = customer
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        self.ids.get(from..self.ends[customer]).unwrap_or_default()
    }

    /// All ids in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|customer| self.id(customer))
    }
}
