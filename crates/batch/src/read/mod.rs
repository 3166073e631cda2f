//! Files of events become record batches with canonical columns; bad rows become [`Reject`]s.
//!
//! [`Inputs::open`] finds the files and settles what each of them is: compression, format, and which
//! column plays which part, declared in its source or guessed from names. [`read_chunk`] then gives
//! its rows, [`read_rows`] some columns of a few of them. The canonical columns are in [`columns`].
//!
//! What this module does not do: it judges rows one by one and knows nothing of other rows, so it
//! does not see repeated messages, placeholder ids, or times too far in the future.
//!
//! The way of a text: `stream` (bytes) -> `delimited` and `records`, or `flatten` and `ndjson` (cells) ->
//! `table` (checked, columns). The way of Parquet: `columnar` (what is there) -> `groups` (what is read)
//! -> `convert` (made canonical).

mod call;
mod columnar;
pub mod columns;
mod convert;
mod delimited;
mod error;
mod feed;
mod flatten;
mod groups;
pub mod guess;
mod inputs;
mod json;
mod mapping;
mod names;
mod ndjson;
mod plain;
mod progress;
mod records;
mod reject;
mod sample;
mod segment;
mod stream;
mod table;
mod text;
mod time;
mod tree;
mod wary;

pub use call::{Call, CallReader, TraitValue};
pub(crate) use convert::texts as texts_of;
pub use delimited::{MAX_CELL_BYTES, MAX_COLUMNS, MAX_RECORD_BYTES};
pub use error::ReadError;
pub use feed::{Each, Rejects};
pub use guess::Guess;
pub use inputs::{InputFile, Inputs, STDIN, read_chunk, read_rows};
pub use json::MAX_JSON_DEPTH;
pub use mapping::{Mapping, ORDER_EVENT};
pub use ndjson::MAX_LINE_BYTES;
pub(crate) use plain::{PlainTable, TakesRows, damaged};
pub use progress::Progress;
pub use reject::{Counts, MAX_ORIGINAL_BYTES, Reason, Reject};
pub use sample::{SAMPLE_ROWS, Sample};
pub use segment::{AMOUNTS, MEANT};
pub use table::{BATCH_ROWS, MAX_ID_BYTES};
pub use time::Times;
pub(crate) use wary::{Wary, builder};
