//! The names of customers, each stored once under a small number.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef};
use perennial_rules::project::IdentifierKind;

use crate::BatchError;
use crate::intern::{Interner, NONE};

/// Customers' names by number, from 0 in the order in which they were met.
pub struct CustomerNames {
    names: Interner,
    /// The words of the dictionary met last, and their numbers; [`UNKNOWN`] where none was asked for yet.
    words: Option<(ArrayRef, Vec<u32>)>,
}

/// A word whose number was not asked for yet. There are fewer customers than this.
const UNKNOWN: u32 = u32::MAX - 1;

impl Default for CustomerNames {
    fn default() -> Self {
        Self {
            names: Interner::new(),
            words: None,
        }
    }
}

impl CustomerNames {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.len() == 0
    }

    /// A customer's name.
    pub fn name(&self, number: u32) -> String {
        String::from_utf8_lossy(&self.names.bytes(number)).into_owned()
    }

    /// The number of a name, new if it was not known.
    pub fn number(&mut self, name: &str) -> u32 {
        self.names.intern(IdentifierKind::User, name.as_bytes())
    }

    /// Calls `with` with the bytes of a customer's name, which are UTF-8.
    pub fn with<T>(&self, number: u32, with: impl FnOnce(&[u8]) -> T) -> T {
        self.names.with(number, with)
    }

    /// Frees what only finding numbers needs.
    pub fn forget_lookup(&mut self) {
        self.names.forget_lookup();
        self.words = None;
    }

    /// The numbers of a column of names, [`NONE`] for null.
    pub(super) fn numbers(&mut self, column: &ArrayRef) -> Result<Vec<u32>, BatchError> {
        if let Some(views) = column.as_string_view_opt() {
            let ids = views.iter().map(|id| id.map(str::as_bytes));
            return Ok(self.names.intern_all(IdentifierKind::User, ids));
        }
        let dictionary = column.as_dictionary_opt::<Int32Type>();
        let words = dictionary.and_then(|one| one.values().as_string_opt::<i32>());
        let (Some(dictionary), Some(words)) = (dictionary, words) else {
            return Err(BatchError::Internal("identifiers are of another type"));
        };
        let same = |(known, _): &(ArrayRef, Vec<u32>)| known.to_data().ptr_eq(&words.to_data());
        let mut known = match self.words.take().filter(same) {
            Some((_, numbers)) => numbers,
            None => vec![UNKNOWN; words.len()],
        };
        let number = |key: Option<i32>| {
            let Some(key) = key.filter(|key| words.is_valid(*key as usize)) else {
                return NONE;
            };
            let slot = &mut known[key as usize];
            if *slot == UNKNOWN {
                let word = words.value(key as usize).as_bytes();
                *slot = self.names.intern(IdentifierKind::User, word);
            }
            *slot
        };
        let numbers = dictionary.keys().iter().map(number).collect();
        self.words = Some((dictionary.values().clone(), known));
        Ok(numbers)
    }
}
