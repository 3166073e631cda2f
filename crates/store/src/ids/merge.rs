//! Several runs made one.

use std::path::Path;

use super::run::{Run, RunName, Stretch};
use super::{Entry, IdsError};
use crate::disk::Disk;

/// Writes the run of all entries of `runs`, which follow each other. Of an id that is in several the
/// earliest counts.
pub(super) fn merge(disk: &dyn Disk, folder: &Path, runs: &[Run]) -> Result<Run, IdsError> {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else {
        return Err(IdsError::broken(folder, "there is nothing to merge"));
    };
    let name = RunName {
        from: first.name.from,
        to: last.name.to,
        kind: first.name.kind + 1,
    };
    let expected = runs.iter().map(|run| run.entries).sum();
    let parts: Result<Vec<Part>, IdsError> = runs.iter().map(Part::begin).collect();
    let mut parts = parts?;
    let merged = std::iter::from_fn(|| least(&mut parts).transpose());
    Run::write(disk, folder, name, expected, merged)
}

/// A run being read from its beginning.
struct Part<'a> {
    run: &'a Run,
    stretch: Stretch,
    at: usize,
    /// What comes next; none at the end.
    ahead: Option<Entry>,
}

impl<'a> Part<'a> {
    fn begin(run: &'a Run) -> Result<Self, IdsError> {
        let mut part = Self {
            run,
            stretch: Stretch::default(),
            at: 0,
            ahead: None,
        };
        part.step()?;
        Ok(part)
    }

    fn step(&mut self) -> Result<(), IdsError> {
        if self.at == self.stretch.entries.len() {
            self.run.stretch(self.stretch.next, &mut self.stretch)?;
            self.at = 0;
        }
        self.ahead = self.stretch.entries.get(self.at).copied();
        self.at += usize::from(self.ahead.is_some());
        Ok(())
    }
}

/// Takes the least entry off all parts that have it.
fn least(parts: &mut [Part]) -> Result<Option<Entry>, IdsError> {
    let ahead = parts.iter().filter_map(|part| part.ahead);
    // Older parts come first, and the first of equals is taken.
    let Some(least) = ahead.min_by_key(|(id, _)| *id) else {
        return Ok(None);
    };
    for part in parts {
        if part.ahead.is_some_and(|(id, _)| id == least.0) {
            part.step()?;
        }
    }
    Ok(Some(least))
}
