//! Threads with names, so that whoever looks at the process sees which work takes its time.

use std::thread::{Builder, JoinHandle};

/// Starts a thread. Where the system has none left the work is not done, and `None` says so.
pub(crate) fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<JoinHandle<T>> {
    Builder::new().name(name.to_owned()).spawn(work).ok()
}

/// Starts a thread whose work may wait: where processors are short, those who acknowledge and answer come
/// first, as far as the system tells threads apart. Threads that it starts are like it.
pub(crate) fn start_behind<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<JoinHandle<T>> {
    start(name, move || {
        // Elsewhere this would be said of the whole process.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, BEHIND);
        work()
    })
}

/// How nice the threads are that come behind, from 0 to 19.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 10;
