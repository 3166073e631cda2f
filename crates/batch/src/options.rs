//! What a run is told: its inputs, its bounds, and who watches.

use std::path::PathBuf;
use std::sync::Arc;

use perennial_model::Time;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::BatchError;
use crate::read::Progress;

/// What to run over what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files given on the command line; empty takes the project's sources.
    pub inputs: Vec<String>,
    /// The project folder, which relative paths of sources start from.
    pub base: PathBuf,
    /// Where results go.
    pub out: PathBuf,
    /// Where history ends, exclusive; `None` is after the last event.
    pub until: Option<Time>,
    /// Threads to use.
    pub threads: usize,
    /// Bytes of touches kept in memory; those beyond go to a temporary file.
    pub memory: usize,
    /// The share of bad rows (0 to 1) above which nothing is written, with its text for messages.
    pub max_bad: Option<(f64, String)>,
    /// Where scores of forecasts come from.
    pub scores: ScoresFrom,
}

/// Where the scores of forecasts come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ScoresFrom {
    /// From the input, where that brings any; else made by the run, where the project asks for forecasts.
    #[default]
    Either,
    /// From the input alone, as where a server has scored.
    Input,
    /// From the table `scores` of another run's results, so that nothing is fitted again.
    Run(PathBuf),
}

impl Options {
    /// The threads to work on.
    pub(crate) fn threads(&self) -> Result<ThreadPool, BatchError> {
        let threads = ThreadPoolBuilder::new().num_threads(self.threads.max(1));
        Ok(threads.build()?)
    }
}

/// Bytes of touches kept in memory unless told otherwise: 100 million events are folded within 4 GiB.
pub const MEMORY_BYTES: usize = 512 << 20;

/// How far a run has come, for people.
pub trait Observer: Sync {
    /// A new phase begins: a short text such as «reading», and where it reads, how many bytes there are.
    /// The counters go on from where they stand.
    fn phase(&self, name: &str, reading: Option<(u64, &Arc<Progress>)>);
}
