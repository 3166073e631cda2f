//! Words of a column with few different values, numbered once for the whole run.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType};

use crate::BatchError;

/// What was made of dictionaries lately. Batches of one row group share their dictionary, so what is
/// made of its words is made once for all of them.
pub(crate) struct KnownWords<K, T> {
    /// The dictionary is held, so that nothing else can come to lie where it lies.
    lately: Vec<(K, ArrayRef, Arc<T>)>,
    oldest: usize,
    most: usize,
}

impl<K: PartialEq, T> KnownWords<K, T> {
    /// For so many columns; each thread may read another row group, and the next one begins.
    pub(crate) fn for_columns(columns: usize) -> Self {
        Self {
            lately: Vec::new(),
            oldest: 0,
            most: columns * (rayon::current_num_threads() + 1),
        }
    }

    /// What was made of these words for the column `key`; made now if it was not.
    pub(crate) fn of(&mut self, key: K, words: &ArrayRef, make: impl FnOnce() -> T) -> Arc<T> {
        let known = self
            .lately
            .iter()
            .find(|(column, seen, _)| *column == key && Arc::ptr_eq(seen, words));
        if let Some((_, _, made)) = known {
            return Arc::clone(made);
        }
        let made = Arc::new(make());
        let entry = (key, Arc::clone(words), Arc::clone(&made));
        if self.lately.len() < self.most {
            self.lately.push(entry);
        } else {
            self.lately[self.oldest] = entry;
            self.oldest = (self.oldest + 1) % self.most;
        }
        made
    }
}

/// The words of one column met so far. Batches bring dictionaries of their own; here each word has one
/// number.
pub(crate) struct Words {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
    known: KnownWords<(), Vec<u32>>,
    /// All words as the values of a dictionary, made when they are first asked for.
    values: OnceLock<ArrayRef>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            texts: Vec::new(),
            known: KnownWords::for_columns(1),
            values: OnceLock::new(),
        }
    }
}

impl Words {
    /// The words' numbers of a column's cells.
    pub(crate) fn numbers(&mut self, column: &ArrayRef) -> Result<Numbers, BatchError> {
        let dictionary = column
            .as_dictionary_opt::<Int32Type>()
            .filter(|dictionary| dictionary.values().as_string_opt::<i32>().is_some());
        let Some(dictionary) = dictionary else {
            let texts = arrow_cast::cast(column, &DataType::Utf8View)?;
            let number = |text: Option<&str>| self.number(text.unwrap_or_default());
            let own: Vec<u32> = texts.as_string_view().iter().map(number).collect();
            return Ok(Numbers {
                keys: (0..own.len() as i32).collect(),
                own: Arc::new(own),
                nulls: texts.nulls().cloned(),
            });
        };
        let (numbers, texts) = (&mut self.numbers, &mut self.texts);
        let values: &StringArray = dictionary.values().as_string();
        let own = self.known.of((), dictionary.values(), || {
            let of = |word: Option<&str>| number(numbers, texts, word.unwrap_or_default());
            values.iter().map(of).collect()
        });
        Ok(Numbers {
            keys: dictionary.keys().values().clone(),
            own,
            nulls: dictionary.logical_nulls(),
        })
    }

    fn number(&mut self, text: &str) -> u32 {
        number(&mut self.numbers, &mut self.texts, text)
    }

    /// Numbers of words as a dictionary column.
    pub(crate) fn column(&self, numbers: Int32Array) -> Result<ArrayRef, ArrowError> {
        let values = self.values.get_or_init(|| {
            let texts = self.texts.iter().map(|text| Some(text.as_str()));
            Arc::new(texts.collect::<StringArray>())
        });
        let column: DictionaryArray<Int32Type> =
            DictionaryArray::try_new(numbers, Arc::clone(values))?;
        Ok(Arc::new(column))
    }
}

/// The words' numbers of a column's cells.
pub(crate) struct Numbers {
    keys: ScalarBuffer<i32>,
    own: Arc<Vec<u32>>,
    /// The cells that hold no word.
    pub nulls: Option<NullBuffer>,
}

impl Numbers {
    /// The number of a cell that is not null.
    pub(crate) fn get(&self, index: usize) -> u32 {
        self.own[self.keys[index] as usize]
    }
}

fn number(numbers: &mut HashMap<String, u32>, texts: &mut Vec<String>, text: &str) -> u32 {
    if let Some(&number) = numbers.get(text) {
        return number;
    }
    let number = texts.len() as u32;
    texts.push(text.to_owned());
    numbers.insert(text.to_owned(), number);
    number
}
