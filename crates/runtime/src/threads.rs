//! Threads with names, so that whoever looks at the process sees which work takes its time.

use std::thread::{Builder, JoinHandle};

/// Starts a thread. Where the system has none left the work is not done, and `None` says so.
pub(crate) fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(work).ok()
}
