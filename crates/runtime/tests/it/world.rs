//! A house under a clock that tests set, and its tables as texts beside those of a run over its log.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_cast::cast;
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use perennial_batch::read::Progress;
use perennial_batch::run::{Observer, Options, run};
use perennial_model::Time;
use perennial_rules::project::{ProjectText, read};
use perennial_runtime::{Arrival, DEFAULT, House, HouseOptions, Question, SetClock, Workspace};
use tempfile::TempDir;

/// A house that can be closed and opened again.
pub struct World {
    pub folder: TempDir,
    pub clock: Arc<SetClock>,
    pub files: Vec<(String, String)>,
    house: Option<House>,
}

impl World {
    pub fn new(files: Vec<(String, String)>, now: Time) -> Self {
        let mut world = Self {
            folder: TempDir::new().expect("a folder"),
            clock: Arc::new(SetClock::at(now)),
            files,
            house: None,
        };
        world.open();
        world
    }

    pub fn open(&mut self) {
        let options = HouseOptions {
            project: self.files.clone(),
            clock: Some(self.clock.clone()),
            at_hand: 7,
            ..HouseOptions::default()
        };
        let house = House::open(&self.folder.path().join("data"), options);
        self.house = Some(house.expect("it opens"));
    }

    pub fn workspace(&self) -> Workspace {
        let house = self.house.as_ref().expect("it is open");
        house.workspace(DEFAULT).expect("it is there")
    }

    /// Stops and opens again.
    pub fn restart(&mut self) {
        if let Some(house) = self.house.take() {
            house.stop();
        }
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
        };
        run(&project, &options, &Silent).expect("it runs");
        tables(&out)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(house) = self.house.take() {
            house.stop();
        }
    }
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
