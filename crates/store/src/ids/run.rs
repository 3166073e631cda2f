//! A run: ids sorted by hash in blocks of a file, and after them what is kept in memory.
//!
//! ```text
//! blocks   4096 bytes each: 186 entries of 22 (hash 16 big-endian, line 6 little-endian) | check 4
//! fences   8 bytes a block: the upper half of its first hash
//! filter   8 bytes a word
//! trailer  magic 8 | from 8 | to 8 | entries 8 | blocks 8 | filter words 8 | check 8 of all after the blocks
//! ```

use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use super::filter::Filter;
use super::{Entry, IdsError};
use crate::disk::{Disk, DiskFile};

/// The ending of a file that is being written.
pub(super) const UNFINISHED: &str = ".new";
/// The last byte is the version.
const MAGIC: [u8; 8] = *b"PERIDS\0\x01";
/// Bytes of a block.
const BLOCK: usize = 4096;
/// Bytes of an entry.
const ENTRY: usize = 22;
/// Entries of a block.
const BLOCK_ENTRIES: usize = (BLOCK - 4) / ENTRY;
/// Bytes of the trailer.
const TRAILER: usize = 56;
/// Bytes written at once, and read at once in a merge.
const STRETCH: usize = 256 * BLOCK;

/// What the name of a run's file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunName {
    /// The first line whose id may be in it.
    pub(super) from: u64,
    /// The line after the last.
    pub(super) to: u64,
    /// How many merges made it.
    pub(super) kind: u8,
}

impl RunName {
    pub(super) fn write(&self) -> String {
        format!("{:020}-{:020}-{}.ids", self.from, self.to, self.kind)
    }

    pub(super) fn read(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".ids")?.split('-');
        let name = Self {
            from: parts.next()?.parse().ok()?,
            to: parts.next()?.parse().ok()?,
            kind: parts.next()?.parse().ok()?,
        };
        (parts.next().is_none() && name.from < name.to).then_some(name)
    }
}

/// A run, open.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) name: RunName,
    pub(super) entries: u64,
    /// Bytes of the file.
    pub(super) bytes: u64,
    path: std::path::PathBuf,
    file: Arc<dyn DiskFile>,
    fences: Vec<u64>,
    filter: Filter,
}

/// Entries of a run in memory, for a merge.
#[derive(Default)]
pub(super) struct Stretch {
    bytes: Vec<u8>,
    pub(super) entries: Vec<Entry>,
    /// The block after them.
    pub(super) next: usize,
}

impl Run {
    /// Writes a run of at most `expected` entries, which come in order.
    pub(super) fn write(
        disk: &dyn Disk,
        folder: &Path,
        name: RunName,
        expected: u64,
        entries: impl Iterator<Item = Result<Entry, IdsError>>,
    ) -> Result<Self, IdsError> {
        let path = folder.join(name.write());
        let unfinished = folder.join(name.write() + UNFINISHED);
        let failed = IdsError::disk(&unfinished);
        let file = disk.create(&unfinished).map_err(&failed)?;
        let (mut fences, mut filter) = (Vec::new(), Filter::new(expected));
        let mut buffer: Vec<u8> = Vec::with_capacity(STRETCH);
        let (mut count, mut begun) = (0u64, 0usize);
        for entry in entries {
            let (id, line) = entry?;
            if count.is_multiple_of(BLOCK_ENTRIES as u64) {
                end_block(&mut buffer, &mut begun);
                if buffer.len() >= STRETCH {
                    file.append(&buffer).map_err(&failed)?;
                    buffer.clear();
                    begun = 0;
                }
                fences.push((id >> 64) as u64);
            }
            buffer.extend_from_slice(&id.to_be_bytes());
            buffer.extend_from_slice(&line.to_le_bytes()[..6]);
            filter.add(id);
            count += 1;
        }
        end_block(&mut buffer, &mut begun);
        file.append(&buffer).map_err(&failed)?;
        let tail = tail(&name, count, &fences, &filter);
        file.append(&tail).map_err(&failed)?;
        file.sync().map_err(&failed)?;
        disk.rename(&unfinished, &path).map_err(&failed)?;
        disk.sync_folder(folder).map_err(IdsError::disk(folder))?;
        Ok(Self {
            name,
            entries: count,
            bytes: (fences.len() * BLOCK + tail.len()) as u64,
            path,
            file,
            fences,
            filter,
        })
    }

    /// Opens a run and reads what is kept in memory.
    pub(super) fn open(disk: &dyn Disk, folder: &Path, name: RunName) -> Result<Self, IdsError> {
        let path = folder.join(name.write());
        let failed = IdsError::disk(&path);
        let broken = || IdsError::broken(&path, "the end of the file is damaged");
        let file = disk.open(&path).map_err(&failed)?;
        let bytes = file.length().map_err(&failed)?;
        let mut trailer = [0; TRAILER];
        let at = bytes.checked_sub(TRAILER as u64).ok_or_else(broken)?;
        file.read_at(at, &mut trailer).map_err(&failed)?;
        let [magic, from, to, entries, blocks, words, check] = numbers(&trailer);
        let kept = blocks
            .checked_add(words)
            .and_then(|kept| kept.checked_mul(8));
        let begin = kept
            .and_then(|kept| at.checked_sub(kept))
            .ok_or_else(broken)?;
        let whole = blocks.checked_mul(BLOCK as u64) == Some(begin);
        let ours = magic.to_le_bytes() == MAGIC && (from, to) == (name.from, name.to);
        if !whole || !ours || !words.is_multiple_of(8) || words == 0 {
            return Err(broken());
        }
        let mut kept = vec![0; (bytes - begin) as usize];
        let read = file.read_at(begin, &mut kept).map_err(&failed)?;
        if read != kept.len() || xxh3_64(&kept[..kept.len() - 8]) != check {
            return Err(broken());
        }
        let (fences, rest) = kept.split_at(blocks as usize * 8);
        let filter = &rest[..words as usize * 8];
        Ok(Self {
            name,
            entries,
            bytes,
            file,
            fences: fences.chunks_exact(8).map(number).collect(),
            filter: Filter {
                words: filter.chunks_exact(8).map(number).collect(),
            },
            path: path.clone(),
        })
    }

    /// The line of an id, if it is here.
    pub(super) fn find(&self, id: u128) -> Result<Option<u64>, IdsError> {
        if !self.filter.may_have(id) {
            return Ok(None);
        }
        let upper = (id >> 64) as u64;
        // Blocks may begin with equal upper halves: the id may be in the last that begins before.
        let mut block = self
            .fences
            .partition_point(|fence| *fence < upper)
            .saturating_sub(1);
        while self.fences.get(block).is_some_and(|fence| *fence <= upper) {
            let mut bytes = [0; BLOCK];
            self.read(block, &mut bytes)?;
            let wanted = id.to_be_bytes();
            let mut entries = bytes[..BLOCK - 4].chunks_exact(ENTRY);
            let entries_here = self.in_block(block);
            if let Some(entry) = entries
                .by_ref()
                .take(entries_here)
                .find(|entry| entry[..16] == wanted)
            {
                return Ok(Some(line_of(entry)));
            }
            block += 1;
        }
        Ok(None)
    }

    /// The entries of some blocks from `first` on, in order, put in place of what `into` held; none where
    /// the run has ended.
    pub(super) fn stretch(&self, first: usize, into: &mut Stretch) -> Result<(), IdsError> {
        let blocks = (STRETCH / BLOCK).min(self.fences.len().saturating_sub(first));
        into.bytes.resize(blocks * BLOCK, 0);
        into.entries.clear();
        self.read(first, &mut into.bytes)?;
        for (block, bytes) in (first..).zip(into.bytes.chunks_exact(BLOCK)) {
            let entries = bytes.chunks_exact(ENTRY).take(self.in_block(block));
            into.entries.extend(entries.map(|entry| {
                let mut id = [0; 16];
                id.copy_from_slice(&entry[..16]);
                (u128::from_be_bytes(id), line_of(entry))
            }));
        }
        into.next = first + blocks;
        Ok(())
    }

    /// Bytes of memory.
    pub(super) fn memory_bytes(&self) -> u64 {
        (self.fences.len() + self.filter.words.len()) as u64 * 8
    }

    /// How many entries a block has.
    fn in_block(&self, block: usize) -> usize {
        let before = block as u64 * BLOCK_ENTRIES as u64;
        (self.entries - before).min(BLOCK_ENTRIES as u64) as usize
    }

    /// Reads blocks and compares their checks.
    fn read(&self, first: usize, into: &mut [u8]) -> Result<(), IdsError> {
        let at = (first * BLOCK) as u64;
        let read = self
            .file
            .read_at(at, into)
            .map_err(IdsError::disk(&self.path))?;
        let mut blocks = into.chunks_exact(BLOCK);
        let sound = |block: &[u8]| block[BLOCK - 4..] == block_check(&block[..BLOCK - 4]);
        if read == into.len() && blocks.all(sound) {
            Ok(())
        } else {
            Err(IdsError::broken(&self.path, "a block of ids is damaged"))
        }
    }
}

/// Fills up the block that was begun and adds its check.
fn end_block(buffer: &mut Vec<u8>, begun: &mut usize) {
    if buffer.len() > *begun {
        buffer.resize(*begun + BLOCK - 4, 0);
        let check = block_check(&buffer[*begun..]);
        buffer.extend_from_slice(&check);
        *begun = buffer.len();
    }
}

fn block_check(bytes: &[u8]) -> [u8; 4] {
    (xxh3_64(bytes) as u32).to_le_bytes()
}

/// Everything after the blocks.
fn tail(name: &RunName, entries: u64, fences: &[u64], filter: &Filter) -> Vec<u8> {
    let mut tail = Vec::with_capacity((fences.len() + filter.words.len()) * 8 + TRAILER);
    for number in fences.iter().chain(&filter.words) {
        tail.extend_from_slice(&number.to_le_bytes());
    }
    tail.extend_from_slice(&MAGIC);
    let counts = [fences.len() as u64, filter.words.len() as u64];
    for number in [name.from, name.to, entries].iter().chain(&counts) {
        tail.extend_from_slice(&number.to_le_bytes());
    }
    let mut check = Xxh3Default::new();
    check.update(&tail);
    tail.extend_from_slice(&check.digest().to_le_bytes());
    tail
}

fn line_of(entry: &[u8]) -> u64 {
    let mut line = [0; 8];
    line[..6].copy_from_slice(&entry[16..22]);
    u64::from_le_bytes(line)
}

fn number(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(bytes);
    u64::from_le_bytes(eight)
}

fn numbers(trailer: &[u8; TRAILER]) -> [u64; 7] {
    let mut numbers = [0; 7];
    for (into, bytes) in numbers.iter_mut().zip(trailer.chunks_exact(8)) {
        *into = number(bytes);
    }
    numbers
}
