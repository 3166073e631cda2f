//! Columns of Parquet become canonical ones: as they are where they fit, else by a cast or value by value.

use std::sync::Arc;

use arrow_array::builder::{StringDictionaryBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Decimal256Type, DecimalType, Float64Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Int64Array, PrimitiveArray, StringArray, StringViewArray,
};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, TimeUnit};
use perennial_model::{DAY_MS, Number};

use super::columns;
use super::mapping::Make;
use super::reject::{Fault, Reason};
use super::table::{
    MAX_ID_BYTES, missing_event, missing_time, number_out_of_range, read_bool, read_minor,
    read_number, read_time, too_long,
};
use super::time::{Times, in_range, out_of_range, trimmed};

/// Decimal places of millionths.
const MILLIONTH_PLACES: u32 = 6;

/// Bad rows of a batch, by their place in it; of several faults of a row the first counts.
pub(crate) type Faults = std::collections::BTreeMap<usize, Fault>;

/// What conversion needs to know besides the column.
pub(crate) struct Context<'a> {
    /// How times are written.
    pub times: &'a Times,
    /// The event of rows that name none.
    pub event: Option<&'a str>,
}

/// Whether a column of this type can be made into what is asked.
pub(crate) fn accepts(make: Make, kind: &DataType) -> bool {
    use DataType::{Boolean, Date32, Date64, FixedSizeBinary, Timestamp};
    let text = is_text(kind) || *kind == DataType::Null;
    let number = kind.is_numeric();
    match make {
        Make::Row | Make::AsIs => true,
        Make::Event | Make::Text => text || (kind.is_primitive() || *kind == Boolean),
        Make::Id => text || number || matches!(kind, FixedSizeBinary(16)),
        Make::At | Make::Time => {
            let decimal = matches!(kind, DataType::Decimal128(..) | DataType::Decimal256(..));
            text || (number && !decimal) || matches!(kind, Date32 | Date64 | Timestamp(..))
        }
        Make::Number | Make::Minor => text || number,
        Make::Bool => text || *kind == Boolean || kind.is_integer(),
    }
}

/// Whether a type holds text, in a dictionary or not.
pub(crate) fn is_text(kind: &DataType) -> bool {
    use DataType::{Dictionary, LargeUtf8, Utf8, Utf8View};
    match kind {
        Utf8 | LargeUtf8 | Utf8View => true,
        Dictionary(_, value) => matches!(**value, Utf8 | LargeUtf8 | Utf8View),
        _ => false,
    }
}

/// Makes a canonical column from the file's.
pub(crate) fn convert(
    make: Make,
    name: &str,
    array: &ArrayRef,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Result<ArrayRef, ArrowError> {
    match make {
        Make::Row | Make::AsIs => Ok(Arc::clone(array)),
        Make::Text if is_text(array.data_type()) => Ok(Arc::clone(array)),
        Make::Text => Ok(Arc::new(texts(array)?)),
        Make::Id if *array.data_type() == columns::word_type() => ids_of_words(array, name, faults),
        Make::Id => Ok(Arc::new(ids(&texts(array)?, name, faults))),
        Make::Event => events(array, context.event, faults),
        Make::At => {
            let at = times(array, name, context.times, faults)?;
            for row in nulls(&at) {
                let text = shown_value(array, row);
                faults.entry(row).or_insert_with(|| match text.trim() {
                    "" => missing_time(),
                    text => out_of_range(text),
                });
            }
            Ok(Arc::new(at))
        }
        Make::Time => Ok(Arc::new(times(array, name, context.times, faults)?)),
        Make::Number => Ok(Arc::new(numbers(array, name, faults)?)),
        Make::Minor => Ok(Arc::new(minors(array, name, faults)?)),
        Make::Bool => Ok(Arc::new(bools(array, name, faults)?)),
    }
}

/// Any column as text; whole floats without their point, since they were integers once.
pub(crate) fn texts(array: &ArrayRef) -> Result<StringViewArray, ArrowError> {
    match array.data_type() {
        DataType::Utf8View => Ok(array.as_string_view().clone()),
        DataType::Float32 | DataType::Float64 => {
            let floats = cast(array, &DataType::Float64)?;
            let texts = floats.as_primitive::<Float64Type>().iter().map(|float| {
                let float = float.filter(|float| !float.is_nan())?;
                Some(float.to_string())
            });
            Ok(texts.collect())
        }
        DataType::Timestamp(_, Some(_)) => texts(&in_utc(array)?),
        DataType::FixedSizeBinary(16) => {
            let uuids = array.as_fixed_size_binary();
            Ok(uuids.iter().map(|bytes| bytes.map(uuid)).collect())
        }
        _ => Ok(cast(array, &DataType::Utf8View)?.as_string_view().clone()),
    }
}

/// Instants of a zone that is named, which are told by their offset.
fn in_utc(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            let plain = cast(array, &DataType::Timestamp(*unit, None))?;
            let text = cast(&plain, &DataType::Utf8View)?;
            let zulu = text.as_string_view().iter();
            let zulu = zulu.map(|text| text.map(|text| format!("{text}Z")));
            Ok(Arc::new(zulu.collect::<StringViewArray>()))
        }
        _ => Ok(Arc::clone(array)),
    }
}

/// Sixteen bytes in the usual form of a UUID.
fn uuid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Identifiers: trimmed, blank ones null. Nothing is copied where all are in order already.
fn ids(array: &StringViewArray, name: &str, faults: &mut Faults) -> StringViewArray {
    if are_ids_in_order(array) {
        return array.clone();
    }
    let mut builder = StringViewBuilder::with_capacity(array.len());
    for (row, id) in array.iter().enumerate() {
        let id = id.map(str::trim).filter(|id| !id.is_empty());
        if let Some(long) = id.filter(|id| id.len() > MAX_ID_BYTES) {
            let fault = too_long(Reason::IdTooLong, name, long.len());
            faults.entry(row).or_insert(fault);
        }
        builder.append_option(id);
    }
    builder.finish()
}

/// The same for words of a dictionary, of which each is looked at once.
fn ids_of_words(array: &ArrayRef, name: &str, faults: &mut Faults) -> Result<ArrayRef, ArrowError> {
    let words: &StringArray = array.as_dictionary::<Int32Type>().values().as_string();
    if words.null_count() == 0 && words.iter().flatten().all(is_id_in_order) {
        return Ok(Arc::clone(array));
    }
    cast(&ids(&texts(array)?, name, faults), array.data_type())
}

/// Whether no identifier is blank, too long, or has space at its ends.
fn are_ids_in_order(array: &StringViewArray) -> bool {
    look_in_order(array) || array.iter().flatten().all(is_id_in_order)
}

fn is_id_in_order(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID_BYTES && trimmed(id).len() == id.len()
}

/// The same, quickly and without branches for short ones, if their first and last letters are ASCII.
fn look_in_order(array: &StringViewArray) -> bool {
    /// Longest text that lies in its view, behind its length.
    const INLINED: u32 = 12;
    let (buffers, nulls) = (array.data_buffers(), array.nulls());
    let is_hidden = |byte: u8| byte.wrapping_sub(b'!') >= 0x7f - b'!';
    let mut odd = false;
    for (row, view) in array.views().iter().enumerate() {
        let length = *view as u32;
        let last = if length <= INLINED {
            (view >> ((24 + 8 * length) & 127)) as u8
        } else {
            let (buffer, offset) = ((view >> 64) as u32, (view >> 96) as u32);
            let at = (offset + length - 1) as usize;
            let byte = buffers
                .get(buffer as usize)
                .and_then(|buffer| buffer.get(at));
            byte.copied().unwrap_or_default()
        };
        let hidden = is_hidden((view >> 32) as u8) | is_hidden(last);
        // The views of null ones may hold anything.
        let is_valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
        odd |= is_valid & (hidden | (length == 0) | (length as usize > MAX_ID_BYTES));
    }
    !odd
}

/// Event names in a dictionary; null ones are `default` or a fault.
fn events(
    array: &ArrayRef,
    default: Option<&str>,
    faults: &mut Faults,
) -> Result<ArrayRef, ArrowError> {
    let wanted = columns::word_type();
    let array = match array.data_type() {
        kind if *kind == wanted => Arc::clone(array),
        kind if is_text(kind) => cast(array, &wanted)?,
        _ => cast(&(Arc::new(texts(array)?) as ArrayRef), &wanted)?,
    };
    let dictionary = array.as_dictionary::<Int32Type>();
    let values: &StringArray = dictionary.values().as_string();
    if dictionary.null_count() == 0
        && values.null_count() == 0
        && values.iter().flatten().all(is_id_in_order)
    {
        return Ok(array);
    }
    let mut builder = StringDictionaryBuilder::<Int32Type>::new();
    for (row, name) in dictionary
        .downcast_dict::<StringArray>()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        let fault = match name.or(default) {
            None => Some(missing_event()),
            Some(name) if name.len() > MAX_ID_BYTES => {
                Some(too_long(Reason::BadEvent, "the event name", name.len()))
            }
            Some(_) => None,
        };
        if let Some(fault) = fault {
            faults.entry(row).or_insert(fault);
        }
        builder.append_value(name.or(default).unwrap_or_default());
    }
    Ok(Arc::new(builder.finish()))
}

/// Instants in milliseconds; those out of range become null.
fn times(
    array: &ArrayRef,
    name: &str,
    times: &Times,
    faults: &mut Faults,
) -> Result<Int64Array, ArrowError> {
    use DataType::{Date32, Date64, Float16, Float32, Float64, Null, Timestamp};
    let made = match array.data_type() {
        Timestamp(unit, zone) => {
            let ms = milliseconds(array, *unit);
            match zone {
                None => of_local(ms, times),
                Some(_) => ms,
            }
        }
        Date32 => {
            let days = array.as_primitive::<arrow_array::types::Date32Type>();
            of_local(days.unary(|day| i64::from(day) * DAY_MS), times)
        }
        Date64 => of_local(
            reinterpret(array.as_primitive::<arrow_array::types::Date64Type>()),
            times,
        ),
        Float16 | Float32 | Float64 => {
            let floats = cast(array, &DataType::Float64)?;
            let floats = floats.as_primitive::<Float64Type>();
            floats.unary_opt(|float| times.of_float(float))
        }
        Null => Int64Array::new_null(array.len()),
        kind if is_text(kind) => {
            let texts = texts(array)?;
            each(&texts, faults, |text| read_time(times, text, name))
        }
        _ => {
            let whole = cast(array, &DataType::Int64)?;
            let whole = whole.as_primitive::<Int64Type>();
            whole.unary_opt(|number| times.of_integer(number))
        }
    };
    let all_in_range = made.values().iter().all(|ms| in_range(*ms).is_some());
    Ok(if all_in_range {
        made
    } else {
        made.unary_opt(in_range)
    })
}

/// Timestamps of any unit in milliseconds, rounded down; those in milliseconds are not copied.
fn milliseconds(array: &ArrayRef, unit: TimeUnit) -> Int64Array {
    match unit {
        TimeUnit::Second => array
            .as_primitive::<TimestampSecondType>()
            .unary(|seconds| seconds.saturating_mul(1_000)),
        TimeUnit::Millisecond => reinterpret(array.as_primitive::<TimestampMillisecondType>()),
        TimeUnit::Microsecond => array
            .as_primitive::<TimestampMicrosecondType>()
            .unary(|micros| micros.div_euclid(1_000)),
        TimeUnit::Nanosecond => array
            .as_primitive::<TimestampNanosecondType>()
            .unary(|nanos| nanos.div_euclid(1_000_000)),
    }
}

/// The same numbers under another name.
fn reinterpret<T: ArrowPrimitiveType<Native = i64>>(array: &PrimitiveArray<T>) -> Int64Array {
    Int64Array::new(array.values().clone(), array.nulls().cloned())
}

/// Clock times without an offset as instants.
fn of_local(local: Int64Array, times: &Times) -> Int64Array {
    if times.are_utc() {
        local
    } else {
        local.unary_opt(|ms| times.of_local(ms))
    }
}

/// Numbers in millionths.
fn numbers(array: &ArrayRef, name: &str, faults: &mut Faults) -> Result<Int64Array, ArrowError> {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256, Float16, Float32, Float64, Null};
    let beyond = |text: String| number_out_of_range(&text, name);
    Ok(match array.data_type() {
        Null => Int64Array::new_null(array.len()),
        kind if is_text(kind) => {
            let texts = texts(array)?;
            each(&texts, faults, |text| read_number(text, name))
        }
        Float16 | Float32 | Float64 => {
            let floats = cast(array, &DataType::Float64)?;
            each(floats.as_primitive::<Float64Type>(), faults, |float| {
                if float.is_nan() {
                    return Ok(None);
                }
                let number = Number::from_float(float).map_err(|_| beyond(float.to_string()))?;
                Ok(Some(number.millionths()))
            })
        }
        Decimal256(_, scale) => each(array.as_primitive::<Decimal256Type>(), faults, |units| {
            let number = units.to_i128().and_then(|units| minor(units, *scale));
            let number =
                number.ok_or_else(|| beyond(Decimal256Type::format_decimal(units, 76, *scale)))?;
            Ok(Some(number.millionths()))
        }),
        Decimal32(_, scale) | Decimal64(_, scale) | Decimal128(_, scale) => {
            let decimals = cast(array, &DataType::Decimal128(38, *scale))?;
            each(decimals.as_primitive::<Decimal128Type>(), faults, |units| {
                let number = minor(units, *scale);
                let number = number
                    .ok_or_else(|| beyond(Decimal128Type::format_decimal(units, 38, *scale)))?;
                Ok(Some(number.millionths()))
            })
        }
        _ => {
            let whole = cast(array, &DataType::Int64)?;
            each(whole.as_primitive::<Int64Type>(), faults, |whole| {
                let number = Number::from_int(whole).ok_or_else(|| beyond(whole.to_string()))?;
                Ok(Some(number.millionths()))
            })
        }
    })
}

/// A decimal; of more places than a number holds the nearest one.
fn minor(units: i128, scale: i8) -> Option<Number> {
    let decimals = u32::try_from(scale).ok()?;
    if let Ok(units) = i64::try_from(units) {
        return Number::from_minor(units, decimals);
    }
    let fold = 10_i128.checked_pow(decimals.checked_sub(MILLIONTH_PLACES)?)?;
    let half = fold / 2 * units.signum();
    let rounded = units.checked_add(half)? / fold;
    Number::from_minor(i64::try_from(rounded).ok()?, MILLIONTH_PLACES)
}

/// Whole numbers of minor units, not copied where they are 64 bits wide already.
fn minors(array: &ArrayRef, name: &str, faults: &mut Faults) -> Result<Int64Array, ArrowError> {
    let kind = array.data_type();
    if kind.is_integer() {
        return Ok(cast(array, &DataType::Int64)?
            .as_primitive::<Int64Type>()
            .clone());
    }
    if *kind == DataType::Null {
        return Ok(Int64Array::new_null(array.len()));
    }
    // Floats and decimals are rare here, and their text says whether they are whole.
    Ok(each(&texts(array)?, faults, |text| read_minor(text, name)))
}

/// Truth values.
fn bools(array: &ArrayRef, name: &str, faults: &mut Faults) -> Result<BooleanArray, ArrowError> {
    if *array.data_type() == DataType::Boolean {
        return Ok(array.as_boolean().clone());
    }
    if *array.data_type() == DataType::Null {
        return Ok(BooleanArray::new_null(array.len()));
    }
    let truths = each(&texts(array)?, faults, |text| {
        read_bool(text, name).map(|truth| truth.map(i64::from))
    });
    Ok(truths
        .iter()
        .map(|truth| truth.map(|truth| truth != 0))
        .collect())
}

/// Makes each value; where that fails, null and a fault.
fn each<T>(
    values: impl IntoIterator<Item = Option<T>>,
    faults: &mut Faults,
    mut make: impl FnMut(T) -> Result<Option<i64>, Fault>,
) -> Int64Array {
    let made = values.into_iter().enumerate().map(|(row, value)| {
        make(value?).unwrap_or_else(|fault| {
            faults.entry(row).or_insert(fault);
            None
        })
    });
    made.collect()
}

/// The rows that are null.
fn nulls(array: &Int64Array) -> Vec<usize> {
    match array.nulls() {
        Some(nulls) if nulls.null_count() > 0 => {
            (0..array.len()).filter(|row| nulls.is_null(*row)).collect()
        }
        _ => Vec::new(),
    }
}

/// A value as text, for messages and for the originals of rejected rows.
pub(crate) fn shown_value(array: &ArrayRef, row: usize) -> String {
    let one = in_utc(&array.slice(row, 1));
    let text = one.and_then(|one| arrow_cast::display::array_value_to_string(&one, 0));
    text.unwrap_or_default()
}
