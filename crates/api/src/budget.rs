//! Room for bodies: bytes in flight are bounded, and who finds no room waits before being refused.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::problem::Problem;

/// What room is counted in.
const UNIT_BYTES: usize = 1024;

/// Room for bodies.
pub struct Budget {
    units: Arc<Semaphore>,
    all: u32,
}

/// Room that a request holds until this is dropped.
#[derive(Debug, Default)]
pub struct Room {
    held: Option<OwnedSemaphorePermit>,
    units: usize,
}

impl Budget {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Self {
        let all = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX);
        Self {
            units: Arc::new(Semaphore::new(all as usize)),
            all,
        }
    }

    /// Makes `room` hold at least `bytes`, waiting for others to leave.
    ///
    /// # Errors
    /// 503 where nobody leaves in time, 413 where there is never that much.
    pub async fn widen(
        &self,
        room: &mut Room,
        bytes: usize,
        patience: Duration,
    ) -> Result<(), Problem> {
        let units = bytes.div_ceil(UNIT_BYTES);
        let more = units.saturating_sub(room.units);
        if more == 0 {
            return Ok(());
        }
        let count = u32::try_from(more).unwrap_or(u32::MAX);
        if units > self.all as usize {
            return Err(Problem::too_large(self.all as usize * UNIT_BYTES));
        }
        let wanted = Arc::clone(&self.units).acquire_many_owned(count);
        let permit = match timeout(patience, wanted).await {
            Ok(Ok(permit)) => permit,
            _ => return Err(Problem::overloaded()),
        };
        room.units = units;
        match &mut room.held {
            Some(held) => held.merge(permit),
            None => room.held = Some(permit),
        }
        Ok(())
    }

    /// Bytes held now.
    pub fn held_bytes(&self) -> usize {
        (self.all as usize).saturating_sub(self.units.available_permits()) * UNIT_BYTES
    }
}
