//! A house under a clock that tests set, and its tables as texts beside those of a run over its log.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use arrow_array::ArrayRef;
use arrow_cast::cast;
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use perennial_batch::read::Progress;
use perennial_batch::run::{Observer, Options, ScoresFrom, run};
use perennial_model::Time;
use perennial_rules::project::{ProjectText, read};
use perennial_runtime::{
    AppendError, Arrival, AskError, DEFAULT, Forgets, House, HouseOptions, Question, RuntimeError,
    SetClock, Workspace,
};
use perennial_store::disk::Disk;
use serde_json::Value;
use tempfile::TempDir;

/// An answer that takes longer never comes.
const LONGEST_ANSWER: Duration = Duration::from_secs(600);

/// A house that can be closed and opened again.
pub struct World {
    pub folder: TempDir,
    pub clock: Arc<SetClock>,
    pub files: Vec<(String, String)>,
    /// Where logs and ids of messages are; the machine's disk where nothing is said.
    pub disk: Option<Arc<dyn Disk>>,
    pub at_hand: usize,
    /// Whether retention is kept without being asked for: its thread looks by the machine's time.
    pub retains_daily: bool,
    /// Who has made something of the log, if anybody.
    pub forgets: Option<Forgets>,
    house: Option<House>,
}

impl World {
    pub fn new(files: Vec<(String, String)>, now: Time) -> Self {
        let mut world = Self::closed(files, now);
        world.open();
        world
    }

    /// A house that has not been opened yet.
    pub fn closed(files: Vec<(String, String)>, now: Time) -> Self {
        Self {
            folder: TempDir::new().expect("a folder"),
            clock: Arc::new(SetClock::at(now)),
            files,
            disk: None,
            at_hand: 7,
            retains_daily: false,
            forgets: None,
            house: None,
        }
    }

    pub fn open(&mut self) {
        self.try_open().expect("it opens");
    }

    /// Opens, which may fail on a disk that does.
    pub fn try_open(&mut self) -> Result<(), RuntimeError> {
        let options = HouseOptions {
            project: self.files.clone(),
            clock: Some(self.clock.clone()),
            at_hand: self.at_hand,
            disk: self.disk.clone(),
            retains_when_asked: !self.retains_daily,
            forgets: self.forgets.clone(),
        };
        self.house = Some(House::open(&self.data(), options)?);
        Ok(())
    }

    /// The folder of data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of the only workspace.
    pub fn place(&self) -> PathBuf {
        self.data().join("workspaces").join(DEFAULT)
    }

    /// Stops, if it is open.
    pub fn close(&mut self) {
        if let Some(house) = self.house.take() {
            house.stop();
        }
    }

    /// Asks; an answer that never comes ends the test.
    pub fn ask(&self, question: Question) -> Result<Value, AskError> {
        asked(&self.workspace(), question)
    }

    /// The answer to a question that has one.
    pub fn answer(&self, question: Question) -> Value {
        self.ask(question.clone())
            .unwrap_or_else(|error| panic!("{question:?}: {error}"))
    }

    /// What became of everything that came in, without when that was asked.
    pub fn stats(&self) -> Value {
        let mut stats = self.answer(Question::Stats);
        stats.as_object_mut().expect("an object").remove("as_of");
        stats
    }

    /// The lines of the log.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let each = &mut |ordinal: u64, line: &str| {
            assert_eq!(ordinal, lines.len() as u64, "ordinals follow each other");
            lines.push(line.to_owned());
        };
        self.workspace().lines(each).expect("the log is whole");
        lines
    }

    /// Hands in lines that may not be kept.
    pub fn try_append(&self, lines: Vec<String>, received_at: Time) -> Result<(), AppendError> {
        self.workspace().append_and_wait(Arrival {
            received_at,
            lines,
            failed: Vec::new(),
        })
    }

    /// The house, which is open.
    pub fn house(&self) -> &House {
        self.house.as_ref().expect("it is open")
    }

    pub fn workspace(&self) -> Workspace {
        let house = self.house();
        house.workspace(DEFAULT).expect("it is there")
    }

    /// Stops and opens again.
    pub fn restart(&mut self) {
        self.close();
        self.open();
    }

    /// Hands in lines that arrived now.
    pub fn append(&self, lines: Vec<String>, received_at: Time) {
        let arrival = Arrival {
            received_at,
            lines,
            failed: Vec::new(),
        };
        let kept = self.workspace().append_and_wait(arrival);
        assert_eq!(kept, Ok(()));
    }

    /// The tables of the server, as of now.
    pub fn tables(&self) -> BTreeMap<&'static str, Vec<String>> {
        let out = self.folder.path().join("live");
        let answer = self.workspace().ask_and_wait(Question::Tables(out.clone()));
        answer.expect("tables");
        tables(&out)
    }

    /// The log as a file.
    pub fn export(&self) -> PathBuf {
        let path = self.folder.path().join("log.ndjson");
        let mut text = String::new();
        let each = &mut |_: u64, line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        self.workspace().lines(each).expect("the log is whole");
        std::fs::write(&path, text).expect("written");
        path
    }

    /// The tables of a run over the exported log, up to an instant.
    pub fn run(&self, until: Time) -> BTreeMap<&'static str, Vec<String>> {
        let input = self.export();
        let out = self.folder.path().join("batch");
        let texts: Vec<ProjectText> = self
            .files
            .iter()
            .map(|(path, text)| ProjectText {
                path: path.clone(),
                text: text.clone(),
            })
            .collect();
        let project = read(&texts).project.expect("valid");
        let options = Options {
            inputs: vec![input.display().to_string()],
            base: self.folder.path().to_owned(),
            out: out.clone(),
            until: Some(until),
            threads: 1,
            memory: 1 << 28,
            max_bad: None,
            scores: ScoresFrom::default(),
        };
        run(&project, &options, &Silent).expect("it runs");
        tables(&out)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.close();
    }
}

/// Asks; an answer that never comes ends the test.
pub fn asked(workspace: &Workspace, question: Question) -> Result<Value, AskError> {
    let (sender, receiver) = channel();
    let shown = format!("{question:?}");
    workspace.ask(question, Box::new(move |answer| drop(sender.send(answer))));
    match receiver.recv_timeout(LONGEST_ANSWER) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Disconnected) => Err(AskError::Stopped),
        Err(RecvTimeoutError::Timeout) => panic!("never answered: {shown}"),
    }
}

/// How many seeds to play: few, unless more are asked for.
pub fn seeds(few: u64) -> std::ops::RangeInclusive<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("PERENNIAL_SEED").unwrap_or(1);
    first..=first + number("PERENNIAL_SEEDS").unwrap_or(few) - 1
}

struct Silent;

impl Observer for Silent {
    fn phase(&self, _: &str, _: Option<(u64, &Arc<Progress>)>) {}
}

/// The columns that are compared, table by table.
const TABLES: [(&str, &[&str]); 5] = [
    (
        "customers",
        &[
            "customer_id",
            "first_at",
            "last_at",
            "touches",
            "orders",
            "first_order_at",
            "last_order_at",
            "value_minor",
            "segments",
            "retail_stage",
            "retail_since",
            "retail_entry",
            "activity_stage",
            "activity_since",
            "activity_entry",
        ],
    ),
    (
        "identities",
        &[
            "customer_id",
            "kind",
            "identifier",
            "joined_at",
            "joined_by",
        ],
    ),
    (
        "transitions",
        &[
            "customer_id",
            "lifecycle",
            "at",
            "known_at",
            "from",
            "to",
            "cause",
            "rule",
            "rule_version",
            "touch",
            "entry",
            "stayed_ms",
        ],
    ),
    (
        "refused",
        &[
            "customer_id",
            "lifecycle",
            "at",
            "known_at",
            "from",
            "to",
            "cause",
            "rule",
            "rule_version",
            "touch",
            "entry",
            "policy",
        ],
    ),
    (
        "segment_history",
        &[
            "customer_id",
            "segment",
            "at",
            "known_at",
            "entered",
            "entry",
            "rule",
            "rule_version",
        ],
    ),
];

/// Tables as lines of text, in the order in which they were written.
fn tables(folder: &Path) -> BTreeMap<&'static str, Vec<String>> {
    let read = |(name, columns): &(&'static str, &[&str])| {
        let file = File::open(folder.join(format!("{name}.parquet"))).expect("the table");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        let mut lines = Vec::new();
        for batch in reader.build().expect("rows") {
            let batch = batch.expect("rows");
            for row in 0..batch.num_rows() {
                let cells: Vec<String> = columns
                    .iter()
                    .filter_map(|column| batch.column_by_name(column))
                    .map(|column| shown(column, row))
                    .collect();
                lines.push(cells.join(" | "));
            }
        }
        (*name, lines)
    };
    TABLES.iter().map(read).collect()
}

/// A value as text; instants as milliseconds.
fn shown(column: &ArrayRef, row: usize) -> String {
    let plain = match column.data_type() {
        DataType::Timestamp(..) => &cast(column, &DataType::Int64).expect("an instant"),
        _ => column,
    };
    arrow_cast::display::array_value_to_string(plain, row).expect("a value")
}
