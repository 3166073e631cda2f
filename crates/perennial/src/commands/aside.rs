//! `aside`: what a server has done by a process of its own; nobody types it.
//!
//! An order comes as one line of JSON on standard input, which stays open for as long as the server is there:
//! where it closes the process ends at once. It works in a folder that is a picture, or becomes one.

mod answer;
mod forecast;
mod picture;

use std::io::{BufRead, Read};
use std::process::ExitCode;

use serde_json::Value;

use crate::args::{Aside, AsideJob};
use crate::failure::{Failure, exit};

pub use forecast::{CALLS_FILE, SCORING_FILE};

/// The folder of a picture with what the run has written.
pub const OUT_FOLDER: &str = "out";
/// The exit code where a log has no event to make a picture of.
pub const NOTHING: i32 = 10;
/// The exit code where a question is refused: standard output tells which and why.
pub const REFUSED: i32 = 11;
/// As the code of a refused question: right, and of no sense here.
pub const SENSELESS: u8 = 12;
/// How nice it is to those who acknowledge and answer, from 0 to 19.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

pub fn aside(args: &Aside) -> Result<ExitCode, Failure> {
    come_behind();
    let mut stdin = std::io::stdin().lock();
    let mut line = String::new();
    stdin.read_line(&mut line)?;
    drop(stdin);
    std::thread::Builder::new()
        .name("watch".to_owned())
        .spawn(end_with_the_server)?;
    let order: Value = serde_json::from_str(&line).map_err(Failure::usage)?;
    match args.job {
        AsideJob::Picture => picture::make(&order),
        AsideJob::Answer => answer::answer(&order),
        AsideJob::Forecast => forecast::score(&order),
    }
}

/// Where processors or memory are short, the server comes first.
fn come_behind() {
    #[cfg(target_os = "linux")]
    {
        // Neither is a reason not to work.
        let _ = rustix::process::setpriority_process(None, NICE);
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    }
}

/// Ends the process when nobody waits for it any more.
fn end_with_the_server() {
    let mut rest = [0; 64];
    while matches!(std::io::stdin().lock().read(&mut rest), Ok(count) if count > 0) {}
    std::process::exit(i32::from(exit::FAILED));
}
