//! A record in memory, and its text packed and unpacked.

use std::io;
use std::sync::Arc;

use perennial_model::Time;
use zstd::bulk::{Compressor, Decompressor};

use super::error::Flaw;
use super::format::{Form, RecordHeader};

/// The newest built-in dictionary; 0 is none.
pub(crate) const DICTIONARY: u16 = 0;

/// A batch of lines as it stands in the log. A clone shares the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The number of the first line.
    pub first: u64,
    /// When the batch came.
    pub received_at: Time,
    /// The lines, joined by line ends.
    pub text: Arc<str>,
    /// Where in the text each line ends, in bytes, the line end left out.
    pub ends: Arc<[u32]>,
}

/// A line with its number.
pub type Line<'a> = (u64, &'a str);

impl Record {
    /// The number of the line after the last.
    pub fn end(&self) -> u64 {
        self.first + self.ends.len() as u64
    }

    /// The lines with their numbers, in order. A line that was blanked is empty.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'_>> + ExactSizeIterator {
        (0..self.ends.len()).map(|index| (self.first + index as u64, self.at(index)))
    }

    /// The line with this number, where it is one of the record's.
    pub fn line(&self, ordinal: u64) -> Option<&str> {
        let index = ordinal.checked_sub(self.first)? as usize;
        (index < self.ends.len()).then(|| self.at(index))
    }

    fn at(&self, index: usize) -> &str {
        let from = match index.checked_sub(1) {
            None => 0,
            Some(before) => self.ends[before] as usize + 1,
        };
        &self.text[from..self.ends[index] as usize]
    }
}

/// Packs texts.
pub(crate) struct Packer {
    zstd: Compressor<'static>,
    packed: Vec<u8>,
}

impl Packer {
    /// One that packs at a level of zstd.
    pub(crate) fn new(level: i32) -> io::Result<Self> {
        Ok(Self {
            zstd: Compressor::new(level)?,
            packed: Vec::new(),
        })
    }

    /// The text in the form that takes less room.
    pub(crate) fn pack<'a>(&'a mut self, text: &'a [u8]) -> io::Result<(Form, &'a [u8])> {
        self.packed.clear();
        self.packed
            .reserve(zstd::zstd_safe::compress_bound(text.len()));
        self.zstd.compress_to_buffer(text, &mut self.packed)?;
        if self.packed.len() < text.len() {
            Ok((Form::Zstd, &self.packed))
        } else {
            Ok((Form::Plain, text))
        }
    }
}

/// Unpacks texts.
pub(crate) struct Unpacker {
    zstd: Decompressor<'static>,
}

impl Unpacker {
    /// One for texts packed with a built-in dictionary.
    pub(crate) fn new(_dictionary: u16) -> io::Result<Self> {
        Ok(Self {
            zstd: Decompressor::new()?,
        })
    }

    /// The record with this header and these stored bytes, which the check has been compared with.
    pub(crate) fn record(&mut self, header: &RecordHeader, stored: &[u8]) -> Result<Record, Flaw> {
        let length = header.text as usize;
        let text = match header.form {
            Form::Plain => stored.to_vec(),
            Form::Zstd => self
                .zstd
                .decompress(stored, length)
                .map_err(|_| Flaw::Lines)?,
        };
        if text.len() != length {
            return Err(Flaw::Lines);
        }
        let text = String::from_utf8(text).map_err(|_| Flaw::Lines)?;
        let mut ends = Vec::with_capacity(header.lines as usize);
        ends.extend(text.match_indices('\n').map(|(at, _)| at as u32));
        ends.push(header.text);
        if ends.len() != header.lines as usize {
            return Err(Flaw::Lines);
        }
        Ok(Record {
            first: header.first,
            received_at: header.received_at,
            text: text.into(),
            ends: ends.into(),
        })
    }
}
