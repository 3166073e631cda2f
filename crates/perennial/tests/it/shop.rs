//! A project in a folder of its own, and the real binary run within it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use perennial_batch::manifest::{Counts, Manifest};
use perennial_batch::results::Results;

/// A project with one lifecycle, for files that need no more.
pub const PROJECT: &str = "name: Shop
lifecycles:
  - lifecycle: retail
    stages:
      - { name: visitor, enter: { from: none } }
      - { name: first, enter: { from: visitor, on: ordered } }
      - { name: lapsed, enter: { from: first, when: since(ordered) >= days(90) } }
";

/// The header of most files.
pub const HEADER: &str = "user_id,event,timestamp,amount\n";
/// Two good rows below it.
pub const ROWS: &str =
    "ada,order,2025-01-01T10:00:00Z,40.00\nbob,order,2025-01-02T10:00:00Z,20.00\n";

/// A folder of its own with a project in it.
pub struct Shop {
    pub folder: PathBuf,
}

/// What a command gave.
pub struct Got {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Shop {
    /// A shop with these rules.
    pub fn new(rules: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("shop-{}-{number}", std::process::id()));
        // Numbers of processes come again, and what a failed test left stays.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let shop = Self { folder };
        shop.file("perennial.yaml", rules.as_bytes());
        shop
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("a folder");
        }
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// Where results go.
    pub fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// Runs a command within the folder, which is the project folder as well.
    pub fn command(&self, args: &[&str], stdin: &[u8]) -> Got {
        let mut child = Command::new(env!("CARGO_BIN_EXE_perennial"))
            .args(args)
            .current_dir(&self.folder)
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        // A command that fails early does not read all of it.
        let _ = pipe.write_all(stdin);
        drop(pipe);
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().expect("the binary ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8 is written");
        let got = Got {
            code: status.code(),
            stdout: text(stdout),
            stderr: text(stderr),
        };
        assert!(!got.stderr.contains("panicked"), "{args:?}: {}", got.stderr);
        got
    }

    /// Runs the project over its `events` file, or over what `args` name.
    pub fn run(&self, args: &[&str]) -> Got {
        self.command(&[&["run"], args].concat(), b"")
    }

    /// The manifest of a run that went well, whose tables hold what it says.
    pub fn results(&self) -> Manifest {
        let results = Results::open(&self.out()).expect("results");
        let counts = results.manifest.counts;
        assert!(counts.add_up(), "{counts:?}");
        let rows = |table: &str| {
            let mut rows = 0;
            let counted = results.read(table, &[], &mut |batch| {
                rows += batch.num_rows() as u64;
                Ok(())
            });
            counted.expect("a table");
            rows
        };
        assert_eq!(rows("touches"), counts.touches, "the table of touches");
        assert_eq!(
            rows("customers"),
            counts.customers,
            "the table of customers"
        );
        assert_eq!(rows("rejects"), counts.rejected, "the table of bad rows");
        let inputs = &results.manifest.inputs;
        assert_eq!(inputs.iter().map(|i| i.rows).sum::<u64>(), counts.rows);
        assert_eq!(
            inputs.iter().map(|i| i.rejected).sum::<u64>(),
            counts.rejected
        );
        results.manifest
    }

    /// A run that failed said why and left nothing behind but what `left` names.
    pub fn is_refused(&self, got: &Got, left: &[&str]) {
        assert!(got.stderr.starts_with("error: "), "{}", got.stderr);
        assert!(got.stdout.is_empty(), "{}", got.stdout);
        assert_eq!(listed(&self.out()), left, "what is left");
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // What a failed test leaves is looked at, and cleared away with the build.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// The files of a folder by name, hidden ones too; none where there is no folder.
pub fn listed(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.flatten().map(name).collect();
    names.sort();
    names
}

/// Says which of the texts are missing.
pub fn assert_says(what: &str, text: &str, says: &[&str]) {
    for said in says {
        assert!(text.contains(said), "{what}: no {said:?} in:\n{text}");
    }
}

/// Counts as `rows touches rejected duplicates without_customer after_until`.
pub fn shown(counts: Counts) -> [u64; 6] {
    [
        counts.rows,
        counts.touches,
        counts.rejected,
        counts.duplicates,
        counts.without_customer,
        counts.after_until,
    ]
}
