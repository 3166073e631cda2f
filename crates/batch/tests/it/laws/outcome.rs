//! A run over files in a folder of its own, and its tables read back as rows of text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::LazyLock;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, ArrayRef};
use arrow_cast::display::array_value_to_string;
use perennial_batch::manifest::Manifest;
use perennial_batch::read::Progress;
use perennial_batch::results::Results;
use perennial_batch::run::{MEMORY_BYTES, Observer, Options, ScoresFrom, run};
use perennial_model::Time;
use perennial_rules::Project;
use perennial_rules::project::{ProjectText, read};
use tempfile::TempDir;

use super::forms;
use super::history::Raw;

/// The tables that the laws are about: all but the rejects, which name files and rows.
pub const TABLES: [&str; 8] = [
    "customers",
    "identities",
    "touches",
    "transitions",
    "refused",
    "segment_history",
    "stage_days",
    "thresholds",
];

/// Tables that are the beginning of a longer history's.
pub const LEDGERS: [&str; 3] = ["transitions", "refused", "segment_history"];

const WORKSPACE: &str = "
time_zone: Europe/Berlin
sources:
  - { traits: [country], properties: { amount: { type: money } } }
";
const HABIT: &str = "
lifecycle: habit
policy: { forward_only: true, dwell: 2d }
stages:
  - name: quiet
  - { name: keen, enter: { on: viewed, when: 'count(viewed, days(30)) >= 3' } }
  - { name: prized, enter: { from: [quiet, keen], when: 'value_rank >= 0.7 AND since(ordered) < days(60)' } }
  - { name: asleep, enter: { when: 'count(*, days(25)) = 0' } }
";
const SEGMENTS: &str = "
big: sum(ordered.value, days(120)) > 150 AND country <> 'FR'
critics: avg(reviewed.score) < 3
steady: { when: \"in_segment('big') AND stage('retail') IN ('repeat', 'loyal')\" }
";

/// The project: the preset for shops, a lifecycle with policies and scores beside it, and segments.
pub static PROJECT: LazyLock<Project> = LazyLock::new(|| project("monthly", ""));
/// The same where no table shows message ids, for which less is read and kept.
pub static LEDGERS_ONLY: LazyLock<Project> = LazyLock::new(|| project("monthly", FEW_TABLES));
const FEW_TABLES: &str = "
outputs:
  touches: false
  customers: false
  identities: false
  transitions: [customer_id, lifecycle, at, known_at, from, to, cause, entry]
  refused: [customer_id, lifecycle, at, known_at, from, to, policy]
";

/// The project with thresholds at these dates, and with these lines more.
pub fn project(dates: &str, more: &str) -> Project {
    let scoring = format!("scoring: {{ dates: {dates} }}\n");
    let retail = include_str!("../../../../../presets/retail.yaml");
    let text = |path: &str, text: String| ProjectText {
        path: path.to_owned(),
        text,
    };
    let reading = read(&[
        text(
            "perennial.yaml",
            format!("{WORKSPACE}{scoring}{more}{retail}"),
        ),
        text("lifecycles/habit.yaml", HABIT.to_owned()),
        text("segments.yaml", SEGMENTS.to_owned()),
    ]);
    reading
        .project
        .unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

/// A folder for files and results, gone when it is dropped.
pub struct Desk(TempDir);

/// What a run wrote.
pub struct Outcome {
    pub manifest: Manifest,
    pub tables: BTreeMap<&'static str, Table>,
}

/// A table read back: `column=value` by row and column, in the order of the file.
#[derive(Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

struct Silent;

impl Observer for Silent {
    fn phase(&self, _: &str, _: Option<(u64, &Arc<Progress>)>) {}
}

impl Desk {
    pub fn new() -> Self {
        Self(TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs over files of this desk.
    pub fn run(
        &self,
        project: &Project,
        files: &[PathBuf],
        until: Option<Time>,
        threads: usize,
    ) -> Outcome {
        let out = self.path().join(format!("out-{threads}"));
        let inputs = files
            .iter()
            .map(|path| path.to_str().expect("a path").to_owned());
        let options = Options {
            inputs: inputs.collect(),
            base: self.path().to_owned(),
            out: out.clone(),
            until,
            threads,
            // With several threads next to nothing stays in memory, so one thread shows both the same.
            memory: if threads == 1 { MEMORY_BYTES } else { 4_096 },
            max_bad: None,
            scores: ScoresFrom::default(),
        };
        let manifest = run(project, &options, &Silent).unwrap_or_else(|error| panic!("{error}"));
        assert!(manifest.counts.add_up(), "{:?}", manifest.counts);
        let written = TABLES.into_iter().filter(|name| file(&out, name).exists());
        let tables = written
            .map(|name| (name, Table::read(&out, name)))
            .collect();
        Outcome { manifest, tables }
    }

    /// The bytes of every file that a run with so many threads wrote.
    pub fn bytes(&self, threads: usize) -> BTreeMap<String, Vec<u8>> {
        let out = self.path().join(format!("out-{threads}"));
        let entry = |entry: std::io::Result<fs::DirEntry>| {
            let path = entry.expect("an entry").path();
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read(path).expect("a file"))
        };
        fs::read_dir(out).expect("a folder").map(entry).collect()
    }
}

/// Runs over rows as one CSV file.
pub fn outcome(project: &Project, rows: &[Raw], until: Option<Time>) -> Outcome {
    let desk = Desk::new();
    let file = forms::csv(desk.path(), "events.csv", rows);
    desk.run(project, &[file], until, 2)
}

fn file(out: &Path, table: &str) -> PathBuf {
    perennial_batch::tables::table_path(out, table)
}

impl Table {
    fn read(out: &Path, name: &str) -> Self {
        let results = Results::open(out).expect("results");
        let columns = results.columns(name);
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut rows = Vec::new();
        let read = results.read(name, &names, &mut |batch| {
            for row in 0..batch.num_rows() {
                let cells = batch.columns().iter().map(|column| cell(column, row));
                rows.push(cells.collect());
            }
            Ok(())
        });
        read.expect("a table");
        Self { columns, rows }
    }

    /// Without some columns.
    pub fn without(&self, names: &[&str]) -> Self {
        let kept: Vec<usize> = (0..self.columns.len())
            .filter(|&place| !names.contains(&self.columns[place].as_str()))
            .collect();
        let pick = |cells: &Vec<String>| kept.iter().map(|&place| cells[place].clone()).collect();
        Self {
            columns: pick(&self.columns),
            rows: self.rows.iter().map(pick).collect(),
        }
    }

    /// The values of a column.
    pub fn column(&self, name: &str) -> impl Iterator<Item = &str> {
        let place = self.columns.iter().position(|column| column == name);
        let place = place.unwrap_or_else(|| panic!("{name} is not in {:?}", self.columns));
        self.rows.iter().map(move |cells| cells[place].as_str())
    }

    /// The rows before an instant, of a table that has the column `at`.
    pub fn before(&self, until: Time) -> Self {
        let keep: Vec<bool> = self.column("at").map(|at| instant(at) < until).collect();
        let rows = self.rows.iter().zip(keep);
        Self {
            columns: self.columns.clone(),
            rows: rows
                .filter(|(_, keep)| *keep)
                .map(|(cells, _)| cells.clone())
                .collect(),
        }
    }
}

fn cell(column: &ArrayRef, row: usize) -> String {
    if column.is_null(row) {
        return "-".to_owned();
    }
    match column.as_primitive_opt::<TimestampMillisecondType>() {
        Some(times) => Time(times.value(row)).to_string(),
        None => array_value_to_string(column, row).expect("shown"),
    }
}

/// The instant that a cell shows.
pub fn instant(cell: &str) -> Time {
    Time::parse(cell, &perennial_model::Zone::utc()).unwrap_or_else(|_| panic!("{cell}"))
}

/// The first difference between two runs in these tables; none is the law.
pub fn difference(found: &Outcome, expected: &Outcome, tables: &[&str]) -> Option<String> {
    assert_eq!(
        found.tables.keys().collect::<Vec<_>>(),
        expected.tables.keys().collect::<Vec<_>>()
    );
    tables.iter().find_map(|name| {
        let (found, expected) = (found.tables.get(name)?, expected.tables.get(name)?);
        unlike(found, expected).map(|what| format!("{name}: {what}"))
    })
}

/// The first row in which two tables differ.
pub fn unlike(found: &Table, expected: &Table) -> Option<String> {
    if found.columns != expected.columns {
        return Some(format!("{:?} for {:?}", found.columns, expected.columns));
    }
    let rows = found.rows.len().max(expected.rows.len());
    let row = (0..rows).find(|&row| found.rows.get(row) != expected.rows.get(row))?;
    Some(format!(
        "row {row} of {} for {}: {:?} for {:?}, columns {:?}",
        found.rows.len(),
        expected.rows.len(),
        found.rows.get(row),
        expected.rows.get(row),
        found.columns,
    ))
}
