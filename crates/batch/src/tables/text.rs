//! Columns built from plain values: texts, words, instants.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int8Array, Int32Array,
    Int64Array, StringArray, TimestampMillisecondArray,
};

/// A column of few different words, given by their numbers; a number beyond the words is null.
pub(crate) fn words<'w>(
    numbers: impl Iterator<Item = Option<usize>>,
    words: impl Iterator<Item = &'w str>,
) -> ArrayRef {
    let words: StringArray = words.map(Some).collect();
    let count = arrow_array::Array::len(&words);
    let keys: Int32Array = numbers
        .map(|number| number.filter(|n| *n < count).map(|n| n as i32))
        .collect();
    // Keys are below the number of words, so this cannot fail; if it did the column would be null.
    match DictionaryArray::<Int32Type>::try_new(keys.clone(), Arc::new(words)) {
        Ok(column) => Arc::new(column),
        Err(_) => arrow_array::new_null_array(
            &super::Kind::Word.data_type(),
            arrow_array::Array::len(&keys),
        ),
    }
}

/// One word for all rows.
pub(crate) fn same_word(word: &str, rows: usize) -> ArrayRef {
    words(std::iter::repeat_n(Some(0), rows), std::iter::once(word))
}

/// A column of words, numbered as they come.
pub(crate) fn collected_words<'w>(texts: impl Iterator<Item = Option<&'w str>>) -> ArrayRef {
    Arc::new(texts.collect::<DictionaryArray<Int32Type>>())
}

/// A column of texts.
pub(crate) fn texts<'t>(texts: impl Iterator<Item = Option<&'t str>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}

/// A column of instants in UTC.
pub(crate) fn instants(ms: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(
        ms.collect::<TimestampMillisecondArray>()
            .with_timezone("UTC"),
    )
}

/// A column of instants without a zone.
pub(crate) fn plain_instants(ms: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(ms.collect::<TimestampMillisecondArray>())
}

/// A column of whole numbers.
pub(crate) fn wholes(numbers: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(numbers.collect::<Int64Array>())
}

/// A column of small whole numbers.
pub(crate) fn smalls(numbers: impl Iterator<Item = Option<i8>>) -> ArrayRef {
    Arc::new(numbers.collect::<Int8Array>())
}

/// A column of days counted since 1970.
pub(crate) fn days(numbers: impl Iterator<Item = i32>) -> ArrayRef {
    Arc::new(numbers.map(Some).collect::<Date32Array>())
}

/// A column of numbers with a fraction.
pub(crate) fn fractions(numbers: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(numbers.collect::<Float64Array>())
}

/// A column of truths.
pub(crate) fn truths(truths: impl Iterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(truths.collect::<BooleanArray>())
}

/// A column of lists of texts.
pub(crate) fn lists<'t>(lists: impl Iterator<Item = Vec<&'t str>>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for list in lists {
        for text in list {
            builder.values().append_value(text);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}
