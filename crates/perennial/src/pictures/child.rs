//! Processes of this very binary that work beside a server: begun with an order, ended in time, killed at will.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{self, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Most bytes of what a process says is wrong.
const MAX_SAID_BYTES: u64 = 64 * 1024;
/// Variables of the environment that a process is given; none of them is a secret.
const VARIABLES: [&str; 2] = ["TZDIR", "LD_LIBRARY_PATH"];

/// A process at work.
#[derive(Debug)]
pub struct Child(Mutex<process::Child>);

/// What goes to a process and comes from it.
#[derive(Debug)]
pub struct Pipes {
    /// While it is open the process goes on: it ends by itself when the server is gone.
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
}

/// How a process ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself: its exit code, if it was not killed, what it gave, and what it said was wrong.
    Itself(Option<i32>, Vec<u8>, String),
    /// It took longer than it may.
    TooSlow,
    /// It gave more than it may.
    TooLarge,
}

impl Child {
    /// Begins a job in a folder.
    ///
    /// # Errors
    /// Where the system has no process left, or the binary is gone.
    pub fn begin(job: &str, folder: &Path, order: &Value) -> io::Result<(Self, Pipes)> {
        let kept = VARIABLES
            .iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut child = Command::new(own_binary()?)
            .args(["aside", job])
            .current_dir(folder)
            // Keys stand in the environment of the server, and are nobody else's.
            .env_clear()
            .envs(kept)
            .env("TMPDIR", ".")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::other("a process without pipes"));
        };
        // One that has ended already says by itself why.
        let _ = writeln!(stdin, "{order}").and_then(|()| stdin.flush());
        let pipes = Pipes {
            stdin,
            stdout,
            stderr,
        };
        Ok((Self(Mutex::new(child)), pipes))
    }

    fn process(&self) -> std::sync::MutexGuard<'_, process::Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills it, if it has not ended.
    pub fn kill(&self) {
        let _ = self.process().kill();
    }

    /// Waits until it has ended, and for so long at most. When this returns it is gone.
    pub fn finish(&self, pipes: Pipes, at_most: Duration, most_bytes: usize) -> Ended {
        let Pipes {
            stdin,
            mut stdout,
            stderr,
        } = pipes;
        let said = thread::spawn(move || {
            let mut said = String::new();
            let mut stderr = stderr.take(MAX_SAID_BYTES);
            // What is no text is not told.
            let _ = stderr.read_to_string(&mut said);
            let _ = io::copy(&mut stderr.into_inner(), &mut io::sink());
            said
        });
        let (sender, given) = channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let most = most_bytes as u64 + 1;
            let read = (&mut stdout).take(most).read_to_end(&mut bytes);
            sender.send(read.map(|_| bytes)).ok();
        });
        let given = given.recv_timeout(at_most);
        let ended = match given {
            Ok(Ok(bytes)) if bytes.len() > most_bytes => Err(Ended::TooLarge),
            Ok(Ok(bytes)) => Ok(bytes),
            Err(RecvTimeoutError::Timeout) => Err(Ended::TooSlow),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Ok(Vec::new()),
        };
        if ended.is_err() {
            self.kill();
        }
        let status = self.process().wait();
        drop(stdin);
        let said = said.join().unwrap_or_default();
        match ended {
            Ok(bytes) => Ended::Itself(status.ok().and_then(|own| own.code()), bytes, said),
            Err(ended) => ended,
        }
    }
}

/// This binary, even if another lies in its place meanwhile, as after an upgrade.
fn own_binary() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    match fs::symlink_metadata(running) {
        Ok(_) => Ok(running.to_owned()),
        Err(_) => std::env::current_exe(),
    }
}
