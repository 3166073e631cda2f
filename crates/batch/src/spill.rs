//! What does not fit in memory: bytes put aside in a temporary file, to be fetched once.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, MutexGuard};

use crate::BatchError;

/// A temporary file, gone when it is dropped, with a place for the next bytes.
#[derive(Default)]
pub(crate) struct Spill {
    opened: Mutex<Option<(File, u64)>>,
}

/// Where some bytes lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    from: u64,
    bytes: usize,
}

impl Spill {
    /// Puts bytes aside.
    ///
    /// # Errors
    /// [`BatchError::Spool`] where the temporary folder cannot be written or is full.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<Span, BatchError> {
        let mut opened = self.lock();
        if opened.is_none() {
            let file = tempfile::tempfile().map_err(BatchError::spool)?;
            *opened = Some((file, 0));
        }
        let Some((file, end)) = opened.as_mut() else {
            return Err(BatchError::Internal("the temporary file was not opened"));
        };
        let from = *end;
        file.seek(SeekFrom::Start(from))
            .and_then(|_| file.write_all(bytes))
            .map_err(BatchError::spool)?;
        *end += bytes.len() as u64;
        let bytes = bytes.len();
        Ok(Span { from, bytes })
    }

    /// Adds the bytes of a span to `to`.
    ///
    /// # Errors
    /// [`BatchError::Spool`] where the file cannot be read.
    pub(crate) fn fetch(&self, span: Span, to: &mut Vec<u8>) -> Result<(), BatchError> {
        let mut opened = self.lock();
        let Some((file, _)) = opened.as_mut() else {
            return Err(BatchError::Internal("nothing was put aside"));
        };
        let from = to.len();
        to.resize(from + span.bytes, 0);
        file.seek(SeekFrom::Start(span.from))
            .and_then(|_| file.read_exact(&mut to[from..]))
            .map_err(BatchError::spool)
    }

    /// A thread that died in between left the file as it was, for each call seeks its own place.
    fn lock(&self) -> MutexGuard<'_, Option<(File, u64)>> {
        self.opened
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_aside_comes_back() {
        let spill = Spill::default();
        let spans: Vec<Span> = (0..100_u8)
            .map(|n| spill.put(&vec![n; usize::from(n)]).expect("written"))
            .collect();
        for (n, span) in spans.into_iter().enumerate().rev() {
            let mut bytes = vec![1, 2];
            spill.fetch(span, &mut bytes).expect("read");
            assert_eq!(bytes[2..], vec![n as u8; n]);
        }
    }
}
