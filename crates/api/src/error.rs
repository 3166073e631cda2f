//! What stops the server from starting or going on.

use std::net::SocketAddr;

use perennial_access::AccessError;

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {cause}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What happened.
        cause: String,
    },
    /// The keys cannot be read or written.
    #[error(transparent)]
    Keys(#[from] AccessError),
    /// A workspace can keep no promise any more: the process must end. A new start finds everything
    /// that was acknowledged.
    #[error("a log can no longer be relied on: {0}")]
    Dead(String),
    /// The system gives no threads, no randomness, or no signals.
    #[error("cannot start: {0}")]
    System(String),
}
