//! Bytes of a text file or of standard input: decompressed on the way, bounded, and refilled in place.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::ReadError;

/// Bytes read at a time.
const STEP_BYTES: usize = 256 * 1024;

/// A source of bytes that may change its thread.
pub(crate) type Bytes = Box<dyn Read + Send>;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Not at all.
    None,
    /// Gzip, perhaps of several members.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// What the first bytes say; `Err` names a compression that is not read.
    pub fn of(magic: &[u8]) -> Result<Self, &'static str> {
        match magic {
            [0x1f, 0x8b, ..] => Ok(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Self::Zstd),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Err("a zip archive or a spreadsheet"),
            [b'B', b'Z', b'h', b'0'..=b'9', ..] => Err("compressed with bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', ..] => Err("compressed with xz"),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Err("an old spreadsheet"),
            _ => Ok(Self::None),
        }
    }

    /// Its name in messages.
    const fn name(self) -> &'static str {
        match self {
            Self::None => "uncompressed",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// Decompresses a source, counting what it takes in.
    fn decode(self, source: Bytes, taken: Arc<AtomicU64>) -> io::Result<Bytes> {
        let counted = Counted { source, taken };
        Ok(match self {
            Self::None => Box::new(counted),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(counted)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(counted)?),
        })
    }
}

/// A source that counts the bytes taken from it.
struct Counted {
    source: Bytes,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The decompressed bytes of a text, with a window on those not used yet.
pub(crate) struct Window {
    file: Arc<str>,
    source: Bytes,
    compression: Compression,
    taken: Arc<AtomicU64>,
    reported: u64,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
}

impl Window {
    /// A window on a source whose first bytes are compressed like this.
    pub fn new(file: Arc<str>, source: Bytes, compression: Compression) -> Result<Self, ReadError> {
        let taken = Arc::new(AtomicU64::new(0));
        let decoded = compression.decode(source, Arc::clone(&taken));
        Ok(Self {
            source: decoded.map_err(|cause| ReadError::io(&file, cause))?,
            file,
            compression,
            taken,
            reported: 0,
            buffer: Vec::new(),
            start: 0,
            ended: false,
        })
    }

    /// The bytes at hand.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Whether no more will come.
    pub const fn ended(&self) -> bool {
        self.ended
    }

    /// Passes over bytes at hand.
    pub fn pass(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.buffer.len());
    }

    /// Reads more behind the bytes at hand; `rows` is for the message if the file is damaged.
    pub fn more(&mut self, rows: u64) -> Result<(), ReadError> {
        if self.ended {
            return Ok(());
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let before = self.buffer.len();
        // The more is at hand and does not suffice, the more is read: else a long record would be
        // scanned again and again.
        let step = STEP_BYTES.max(before);
        self.buffer.resize(before + step, 0);
        let mut filled = before;
        while filled < self.buffer.len() {
            match self.source.read(&mut self.buffer[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => filled += count,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) if filled > before => {
                    // What came before the damage is used first; the error comes again or is kept.
                    self.source = Box::new(Failing(Some(cause)));
                    break;
                }
                Err(cause) => return Err(self.error(cause, rows)),
            }
        }
        self.buffer.truncate(filled);
        Ok(())
    }

    /// Bytes taken from the source since this was last asked.
    pub fn newly_taken(&mut self) -> u64 {
        let taken = self.taken.load(Ordering::Relaxed);
        let new = taken - self.reported;
        self.reported = taken;
        new
    }

    /// What a failure of the source means.
    fn error(&self, cause: io::Error, rows: u64) -> ReadError {
        if self.compression == Compression::None {
            return ReadError::io(&self.file, cause);
        }
        let name = self.compression.name();
        let text = cause.to_string();
        let is_cut =
            cause.kind() == io::ErrorKind::UnexpectedEof || text.contains("incomplete frame");
        let cause = if is_cut {
            format!("the file is cut off in the middle of its {name} data")
        } else {
            format!("its {name} data are corrupt ({text})")
        };
        ReadError::damaged(&self.file, cause, rows)
    }
}

/// A source that fails once with a kept error.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Opens a file.
pub(crate) fn open(name: &str, path: &std::path::Path) -> Result<File, ReadError> {
    File::open(path).map_err(|cause| ReadError::io(name, cause))
}

/// Reads the first bytes of a source and gives them with the whole source, they being still in it.
pub(crate) fn peek(
    name: &str,
    mut source: Bytes,
    most: usize,
) -> Result<(Vec<u8>, Bytes), ReadError> {
    let mut head = Vec::new();
    source
        .by_ref()
        .take(most as u64)
        .read_to_end(&mut head)
        .map_err(|cause| ReadError::io(name, cause))?;
    let whole = Box::new(Cursor::new(head.clone()).chain(source));
    Ok((head, whole))
}

/// Where a byte comes first. In blocks, which the compiler turns into vector instructions.
pub(crate) fn find(haystack: &[u8], needle: u8) -> Option<usize> {
    const BLOCK: usize = 32;
    let (blocks, _) = haystack.as_chunks::<BLOCK>();
    let clean = blocks
        .iter()
        .take_while(|block| block.iter().fold(0, |any, b| any | u8::from(*b == needle)) == 0)
        .count();
    let from = clean * BLOCK;
    haystack[from..]
        .iter()
        .position(|b| *b == needle)
        .map(|at| from + at)
}
