//! What stands where in a segment file. All numbers are little-endian.
//!
//! ```text
//! file    0 magic 8 | 8 version 2 | 10 dictionary 2 | 12 generation 4 | 16 first line 8 | 24 check 8
//! record  0 magic 3 | 3 form 1 | 4 check of the header 4 | 8 first line 8 | 16 received at 8, ms
//!        24 lines 4 | 28 bytes of text 4 | 32 bytes stored 4 | 36 lines not yet durable 4
//!        40 check of the stored bytes 8 | 48 the text, its lines joined by line ends
//! ```
//!
//! The checks are XXH3. The header's covers the check of the bytes, so a record is whole or is not one.

use perennial_model::Time;
use xxhash_rust::xxh3::xxh3_64;

use super::error::Flaw;

/// What a segment file begins with.
const FILE_MAGIC: [u8; 8] = *b"PERENLOG";
/// What a record begins with.
pub(crate) const RECORD_MAGIC: [u8; 3] = *b"PRe";
/// The version of the form described here.
pub(crate) const VERSION: u16 = 1;
/// Bytes of the header of a file.
pub(crate) const FILE_HEADER: usize = 32;
/// Bytes of the header of a record.
pub(crate) const RECORD_HEADER: usize = 48;
/// Most bytes of text in a record, so that damage cannot ask for more memory.
pub(crate) const MAX_RECORD_BYTES: usize = 64 * 1024 * 1024;
/// Digits of a segment's name: those of the greatest line number.
const NAME_DIGITS: usize = 20;

/// The header of a segment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileHeader {
    /// Which built-in dictionary its records are compressed with.
    pub(crate) dictionary: u16,
    /// How many times the file has been rewritten.
    pub(crate) generation: u32,
    /// The number of its first line.
    pub(crate) first: u64,
}

/// Why a header of a file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It is none.
    Flawed,
    /// It is one of this other version.
    Version(u16),
}

impl FileHeader {
    /// Its bytes.
    pub(crate) fn write(&self) -> [u8; FILE_HEADER] {
        let mut bytes = [0; FILE_HEADER];
        bytes[..8].copy_from_slice(&FILE_MAGIC);
        bytes[8..10].copy_from_slice(&VERSION.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.dictionary.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.generation.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.first.to_le_bytes());
        let check = xxh3_64(&bytes[..24]);
        bytes[24..].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// Reads what [`FileHeader::write`] wrote.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Unusable> {
        let whole = bytes.len() == FILE_HEADER && bytes[..8] == FILE_MAGIC;
        if !whole || u64_at(bytes, 24) != xxh3_64(&bytes[..24]) {
            return Err(Unusable::Flawed);
        }
        let version = u16_at(bytes, 8);
        let dictionary = u16_at(bytes, 10);
        if version != VERSION || dictionary > super::record::DICTIONARY {
            return Err(Unusable::Version(version));
        }
        Ok(Self {
            dictionary,
            generation: u32_at(bytes, 12),
            first: u64_at(bytes, 16),
        })
    }
}

/// How the text of a record is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Plain = 0,
    /// As a zstd frame, made with the dictionary of the file.
    Zstd = 1,
}

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    /// How the text is stored.
    pub(crate) form: Form,
    /// The number of the first line.
    pub(crate) first: u64,
    /// When the batch came.
    pub(crate) received_at: Time,
    /// How many lines.
    pub(crate) lines: u32,
    /// Bytes of the text.
    pub(crate) text: u32,
    /// Bytes stored.
    pub(crate) stored: u32,
    /// How many lines before the first were not yet durable when this was written; held at the end.
    pub(crate) unsynced: u32,
    /// The check of the bytes stored.
    pub(crate) check: u64,
}

impl RecordHeader {
    /// Its bytes.
    pub(crate) fn write(&self) -> [u8; RECORD_HEADER] {
        let mut bytes = [0; RECORD_HEADER];
        bytes[..3].copy_from_slice(&RECORD_MAGIC);
        bytes[3] = self.form as u8;
        bytes[8..16].copy_from_slice(&self.first.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.received_at.ms().to_le_bytes());
        bytes[24..28].copy_from_slice(&self.lines.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.text.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.stored.to_le_bytes());
        bytes[36..40].copy_from_slice(&self.unsynced.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.check.to_le_bytes());
        let check = header_check(&bytes);
        bytes[4..8].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// Reads what [`RecordHeader::write`] wrote.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let whole = bytes.len() == RECORD_HEADER && bytes[..3] == RECORD_MAGIC;
        if !whole || u32_at(bytes, 4) != header_check(bytes) {
            return Err(Flaw::Header);
        }
        let form = match bytes[3] {
            0 => Form::Plain,
            1 => Form::Zstd,
            _ => return Err(Flaw::Header),
        };
        let header = Self {
            form,
            first: u64_at(bytes, 8),
            received_at: Time(u64_at(bytes, 16).cast_signed()),
            lines: u32_at(bytes, 24),
            text: u32_at(bytes, 28),
            stored: u32_at(bytes, 32),
            unsynced: u32_at(bytes, 36),
            check: u64_at(bytes, 40),
        };
        let sound = header.lines > 0
            && header.first.checked_add(header.lines.into()).is_some()
            && header.text.max(header.stored) as usize <= MAX_RECORD_BYTES;
        if sound { Ok(header) } else { Err(Flaw::Header) }
    }

    /// The number of the line after the last.
    pub(crate) fn end(&self) -> u64 {
        self.first + u64::from(self.lines)
    }

    /// Bytes of the whole record.
    pub(crate) fn size(&self) -> u64 {
        RECORD_HEADER as u64 + u64::from(self.stored)
    }

    /// Up to which line the log was known to be durable when the record was written.
    pub(crate) fn durable(&self) -> u64 {
        if self.unsynced == u32::MAX {
            return 0;
        }
        self.first.saturating_sub(self.unsynced.into())
    }
}

/// The check of a record's header: of all its bytes but the check itself.
fn header_check(bytes: &[u8]) -> u32 {
    let mut covered = [0; RECORD_HEADER];
    covered.copy_from_slice(&bytes[..RECORD_HEADER]);
    covered[4..8].fill(0);
    xxh3_64(&covered) as u32
}

/// The check of stored bytes.
pub(crate) fn check(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// The file name of the segment that begins with a line.
pub(crate) fn segment_name(first: u64) -> String {
    format!("{first:0NAME_DIGITS$}.log")
}

/// The line that a segment begins with by its file name.
pub(crate) fn first_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".log")?;
    let plain = digits.len() == NAME_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}
