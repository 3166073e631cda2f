//! Words of a column with few different values, numbered once for the whole run.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray};

/// The words met so far. Batches bring dictionaries of their own; here each word has one number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    numbers: HashMap<String, i32>,
    texts: Vec<String>,
}

impl Words {
    /// A dictionary column's cells as numbers of words; null stays null.
    pub(crate) fn numbers(&mut self, column: &ArrayRef) -> Int32Array {
        let Some(dictionary) = column
            .as_any_dictionary_opt()
            .filter(|found| !found.values().is_empty())
        else {
            return Int32Array::new_null(column.len());
        };
        let own: Vec<Option<i32>> = (0..dictionary.values().len())
            .map(|word| self.number(dictionary.values(), word))
            .collect();
        let keys = dictionary.normalized_keys();
        (0..column.len())
            .map(|row| {
                if column.is_valid(row) {
                    own[keys[row]]
                } else {
                    None
                }
            })
            .collect()
    }

    /// Numbers as a dictionary column.
    pub(crate) fn column(&self, numbers: &ArrayRef) -> Option<ArrayRef> {
        let numbers = numbers.as_primitive_opt::<Int32Type>()?.clone();
        let words: StringArray = self.texts.iter().map(|text| Some(text.as_str())).collect();
        let column: DictionaryArray<Int32Type> =
            DictionaryArray::try_new(numbers, Arc::new(words)).ok()?;
        Some(Arc::new(column))
    }

    fn number(&mut self, words: &ArrayRef, word: usize) -> Option<i32> {
        if words.is_null(word) {
            return None;
        }
        let text = arrow_cast::display::array_value_to_string(words, word).ok()?;
        if let Some(&number) = self.numbers.get(&text) {
            return Some(number);
        }
        let number = self.texts.len() as i32;
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        Some(number)
    }
}
