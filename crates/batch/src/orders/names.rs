//! The names of customers, each stored once under a small number.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef};
use perennial_rules::project::IdentifierKind;

use crate::BatchError;
use crate::intern::{Interner, NONE};

/// Whole numbers below this are found by a table of their own: 64 MB at most.
const COUNTED: u32 = 1 << 24;

/// Customers' names by number, from 0 in the order in which they were met.
pub struct CustomerNames {
    names: Interner,
    /// Where names are whole numbers, which many shops count their customers by, each one's number plus one; 0 is
    /// unknown. That is one look into a small table instead of three into large ones.
    counted: Vec<u32>,
    /// The words of the dictionary met last, and their numbers; [`UNKNOWN`] where none was asked for yet.
    words: Option<(ArrayRef, Vec<u32>)>,
}

/// A word whose number was not asked for yet. There are fewer customers than this.
const UNKNOWN: u32 = u32::MAX - 1;

impl Default for CustomerNames {
    fn default() -> Self {
        Self {
            names: Interner::new(),
            counted: Vec::new(),
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
        self.of_bytes(name.as_bytes())
    }

    fn of_bytes(&mut self, name: &[u8]) -> u32 {
        let Some(counted) = counted(name) else {
            return self.names.intern(IdentifierKind::User, name);
        };
        let at = counted as usize;
        if at >= self.counted.len() {
            self.counted.resize(at + 1, 0);
        }
        if self.counted[at] == 0 {
            self.counted[at] = self.names.append(IdentifierKind::User, name) + 1;
        }
        self.counted[at] - 1
    }

    /// Calls `with` with the bytes of a customer's name, which are UTF-8.
    pub fn with<T>(&self, number: u32, with: impl FnOnce(&[u8]) -> T) -> T {
        self.names.with(number, with)
    }

    /// Frees what only finding numbers needs.
    pub fn forget_lookup(&mut self) {
        self.names.forget_lookup();
        self.counted = Vec::new();
        self.words = None;
    }

    /// The numbers of a column of names, [`NONE`] for null.
    pub(super) fn numbers(&mut self, column: &ArrayRef) -> Result<Vec<u32>, BatchError> {
        if let Some(views) = column.as_string_view_opt() {
            if views
                .iter()
                .flatten()
                .any(|id| counted(id.as_bytes()).is_some())
            {
                let number = |id: Option<&str>| id.map_or(NONE, |id| self.of_bytes(id.as_bytes()));
                return Ok(views.iter().map(number).collect());
            }
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
                *slot = self.of_bytes(word);
            }
            *slot
        };
        let numbers = dictionary.keys().iter().map(number).collect();
        self.words = Some((dictionary.values().clone(), known));
        Ok(numbers)
    }
}

/// The whole number that a name is, written as numbers are, if it is small enough to be looked up by.
fn counted(name: &[u8]) -> Option<u32> {
    if name.is_empty() || name.len() > 8 || (name[0] == b'0' && name.len() > 1) {
        return None;
    }
    let mut value = 0;
    for digit in name {
        value = value * 10 + u32::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    (value < COUNTED).then_some(value)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::StringViewArray;

    use super::*;

    #[test]
    fn numbers_and_words_are_told_apart_however_they_come() {
        let ids = [
            "7", "007", "ada", "16777215", "16777216", "0", "00", "-7", "7 ", "", "99999999",
        ];
        let mut names = CustomerNames::default();
        let one_by_one: Vec<u32> = ids.iter().map(|id| names.number(id)).collect();
        let of = |names: &mut CustomerNames, ids: &[&str]| {
            let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(ids));
            names.numbers(&column).expect("a column of words")
        };
        assert_eq!(of(&mut names, &ids), one_by_one);
        assert_eq!(
            of(&mut names, &["ada", "99999999"]),
            [one_by_one[2], one_by_one[10]]
        );
        assert_eq!(of(&mut names, &["0", "7"]), [one_by_one[5], one_by_one[0]]);
        assert_eq!(names.len(), ids.len());
        for (id, number) in ids.iter().zip(one_by_one) {
            assert_eq!(names.name(number), *id);
        }
    }
}
