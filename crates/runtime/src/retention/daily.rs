//! The thread that looks once a day for content that is too old.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::{Last, retain, rules};
use crate::Workspace;

/// Wait before the first look, and between two.
const FIRST_LOOK: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Wait after a try that failed.
const RETRY: Duration = Duration::from_secs(3600);
/// Time between two passes, by the clock of the workspace.
const DAY_MS: i64 = 86_400_000;

/// Looks until `stop` is gone or the workspace is. `upgrade` gives the workspace while it is there.
pub(crate) fn keep_daily(upgrade: &dyn Fn() -> Option<Workspace>, stop: &Receiver<()>) {
    let mut wait = FIRST_LOOK;
    // The rules looked at last, and whether by them anything ever goes.
    let mut known: Option<(u32, bool)> = None;
    let mut failed_at: Option<Instant> = None;
    while stop.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        let Some(workspace) = upgrade() else {
            return;
        };
        if !workspace.status().ready {
            continue;
        }
        wait = LOOK_EVERY;
        let is_early = failed_at.is_some_and(|at| at.elapsed() < RETRY);
        if !is_early && is_due(&workspace, &mut known) {
            // Whoever looks at the retention sees when it was last kept.
            failed_at = retain(&workspace, true).is_err().then(Instant::now);
        }
    }
}

fn is_due(workspace: &Workspace, known: &mut Option<(u32, bool)>) -> bool {
    let in_force = workspace.place().current().ok().flatten();
    let in_force = in_force.unwrap_or_default().rules;
    if known.is_none_or(|(number, _)| number != in_force) {
        *known = rules(workspace)
            .ok()
            .map(|(number, book)| (number, !book.project.retention.is_for_ever()));
    }
    let Ok(last) = Last::read(workspace) else {
        return false;
    };
    let is_over = last
        .at_ms
        .is_none_or(|at| workspace.now().ms() - at >= DAY_MS);
    last.unfinished || is_over && known.is_some_and(|(_, goes)| goes)
}
