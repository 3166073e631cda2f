//! One column of a batch in the few forms that cells and words are read from.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array,
    StringArray, StringViewArray,
};
use arrow_buffer::NullBuffer;
use arrow_cast::cast;
use arrow_schema::{DataType, Field};
use perennial_analytics::{NO_NUMBER, NO_TEXT};
use perennial_engine::cell::Cell;
use perennial_model::{Number, Time};

use crate::BatchError;
use crate::block::Block;
use crate::read::columns;
use crate::words::KnownWords;

/// Most different words of one column; what comes beyond is [`REST`].
pub const MAX_WORDS: usize = 1 << 20;

/// Decimal places of millionths.
const MILLIONTH_PLACES: u32 = 6;

/// Stands for all words beyond the most that are told apart.
pub const REST: &str = "(others)";

/// A column of a batch.
pub(super) enum Lane {
    Texts(StringViewArray),
    Words {
        keys: Int32Array,
        words: ArrayRef,
        nulls: Option<NullBuffer>,
    },
    /// Whole numbers, or parts of one: so many decimal places.
    Wholes(Int64Array, u32),
    Floats(Float64Array),
    Decimals(Decimal128Array, u32),
    Truths(BooleanArray),
    /// No column of that name in this batch.
    Nothing,
}

impl Lane {
    /// A column of a block; nothing where its file has none of that name.
    pub fn of(block: &Block, own: &str, decimals: u32) -> Result<Self, BatchError> {
        match columns::column(&block.batch, own)? {
            Some((column, field)) => Self::new(&column, field, decimals),
            None => Ok(Self::Nothing),
        }
    }

    /// The column of a batch's field; money in minor units has so many decimals.
    pub fn new(column: &ArrayRef, field: &Field, decimals: u32) -> Result<Self, BatchError> {
        let kind = column.data_type();
        if field.name() == columns::AT || field.name() == columns::RECEIVED_AT {
            let times = cast(column, &DataType::Int64)?;
            let times = times.as_primitive::<Int64Type>().iter();
            let texts = times.map(|ms| ms.map(|ms| Time(ms).to_string()));
            return Ok(Self::Texts(texts.collect()));
        }
        Ok(match kind {
            DataType::Dictionary(..) if *kind == columns::word_type() => {
                let dictionary = column.as_dictionary::<Int32Type>();
                Self::Words {
                    keys: dictionary.keys().clone(),
                    words: dictionary.values().clone(),
                    nulls: dictionary.logical_nulls(),
                }
            }
            DataType::Boolean => Self::Truths(column.as_boolean().clone()),
            DataType::Decimal128(_, places @ 0..) => {
                let places = places.unsigned_abs().into();
                Self::Decimals(column.as_primitive::<Decimal128Type>().clone(), places)
            }
            kind if kind.is_integer() => {
                let wholes = cast(column, &DataType::Int64)?;
                let unit = field.metadata().get(columns::META_UNIT);
                let places = match unit.map(String::as_str) {
                    Some(columns::UNIT_MILLIONTHS) => MILLIONTH_PLACES,
                    Some(columns::UNIT_MINOR) => decimals,
                    _ => 0,
                };
                Self::Wholes(wholes.as_primitive::<Int64Type>().clone(), places)
            }
            kind if kind.is_numeric() => {
                let floats = cast(column, &DataType::Float64)?;
                Self::Floats(floats.as_primitive::<Float64Type>().clone())
            }
            DataType::Null => Self::Nothing,
            _ => Self::Texts(cast(column, &DataType::Utf8View)?.as_string_view().clone()),
        })
    }

    /// A cell; an empty text is null.
    pub fn cell(&self, row: usize) -> Cell<'_> {
        let number = |number: Option<Number>| number.map_or(Cell::Null, Cell::Number);
        match self {
            Self::Texts(texts) if texts.is_valid(row) => text(texts.value(row)),
            Self::Words { keys, words, nulls } if valid(nulls.as_ref(), row) => {
                let words: &StringArray = words.as_string();
                text(words.value(keys.value(row) as usize))
            }
            Self::Wholes(wholes, places) if wholes.is_valid(row) => match *places {
                0 => number(Number::from_int(wholes.value(row))),
                MILLIONTH_PLACES => Cell::Number(Number::from_millionths(wholes.value(row))),
                places => number(Number::from_minor(wholes.value(row), places)),
            },
            Self::Floats(floats) if floats.is_valid(row) => {
                number(Number::from_float(floats.value(row)).ok())
            }
            Self::Decimals(decimals, places) if decimals.is_valid(row) => {
                let units = i64::try_from(decimals.value(row)).ok();
                number(units.and_then(|units| Number::from_minor(units, *places)))
            }
            Self::Truths(truths) if truths.is_valid(row) => Cell::Truth(truths.value(row)),
            _ => Cell::Null,
        }
    }

    /// Cells of some rows as numbers in millionths, added to a column.
    pub fn numbers(&self, rows: &[u32], column: &mut Vec<i64>) {
        match self {
            Self::Nothing => column.resize(column.len() + rows.len(), NO_NUMBER),
            lane => column.extend(rows.iter().map(|&row| lane.number(row as usize))),
        }
    }

    /// A cell as a number in millionths.
    pub fn number(&self, row: usize) -> i64 {
        if let Self::Wholes(wholes, _) = self
            && wholes.is_null(row)
        {
            return NO_NUMBER;
        }
        let number = self.cell(row).number();
        number.map_or(NO_NUMBER, Number::millionths)
    }
}

fn text(text: &str) -> Cell<'_> {
    match text {
        "" => Cell::Null,
        text => Cell::Text(text),
    }
}

fn valid(nulls: Option<&NullBuffer>, row: usize) -> bool {
    nulls.is_none_or(|nulls| nulls.is_valid(row))
}

/// The words of a column, numbered once for all batches.
pub(super) struct Lexicon {
    numbers: HashMap<Box<str>, u32>,
    pub words: Vec<String>,
    known: KnownWords<(), Vec<u32>>,
    /// The number of all words beyond the most, once there are such.
    rest: Option<u32>,
}

impl Default for Lexicon {
    fn default() -> Self {
        Self::new()
    }
}

impl Lexicon {
    pub fn new() -> Self {
        Self {
            numbers: HashMap::new(),
            words: Vec::new(),
            known: KnownWords::for_columns(1),
            rest: None,
        }
    }

    /// The number of a word, new if it was not known.
    pub fn number(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        if self.words.len() < MAX_WORDS {
            let number = self.words.len() as u32;
            self.words.push(word.to_owned());
            self.numbers.insert(word.into(), number);
            return number;
        }
        self.rest()
    }

    /// The number of all words beyond the most.
    fn rest(&mut self) -> u32 {
        *self.rest.get_or_insert_with(|| {
            self.words.push(REST.to_owned());
            self.words.len() as u32 - 1
        })
    }

    /// Takes in the words of another; answers by number there the number here.
    pub fn learn(&mut self, other: &Self) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(other.words.len());
        for (number, word) in (0..).zip(&other.words) {
            numbers.push(match other.rest == Some(number) {
                true => self.rest(),
                false => self.number(word),
            });
        }
        numbers
    }

    /// The words' numbers of a lane's rows; [`NO_TEXT`] for null and for empty cells.
    pub fn numbers(&mut self, lane: &Lane, rows: usize) -> Vec<u32> {
        if let Lane::Words { keys, words, nulls } = lane {
            let mut known = std::mem::replace(&mut self.known, KnownWords::for_columns(1));
            let own = known.of((), words, || {
                let texts: &StringArray = words.as_string();
                let number = |word: Option<&str>| match word {
                    None | Some("") => NO_TEXT,
                    Some(word) => self.number(word),
                };
                texts.iter().map(number).collect()
            });
            self.known = known;
            let keys = keys.values();
            return match nulls.as_ref().filter(|nulls| nulls.null_count() > 0) {
                None => keys.iter().map(|&key| own[key as usize]).collect(),
                Some(nulls) => {
                    // The key of a null may be anything.
                    let number = |(&key, valid)| match valid {
                        true => own[key as usize],
                        false => NO_TEXT,
                    };
                    keys.iter().zip(nulls).map(number).collect()
                }
            };
        }
        let number = |row: usize| match lane.cell(row) {
            Cell::Null => NO_TEXT,
            Cell::Text(word) => self.number(word),
            Cell::Number(number) => self.number(&number.to_string()),
            Cell::Truth(truth) => self.number(if truth { "true" } else { "false" }),
        };
        (0..rows).map(number).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_beyond_the_most_share_a_number() {
        let mut lexicon = Lexicon::new();
        for number in 0..MAX_WORDS {
            assert_eq!(lexicon.number(&number.to_string()), number as u32);
        }
        let rest = lexicon.number("one more");
        assert_eq!(lexicon.number("and another"), rest);
        assert_eq!(lexicon.number("7"), 7);
        assert_eq!(lexicon.words.len(), MAX_WORDS + 1);
        assert_eq!(lexicon.words[rest as usize], REST);
    }
}
