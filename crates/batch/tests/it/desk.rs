//! A made-up shop's orders, a folder to run over them in, and what a run says of scores.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_cast::display::array_value_to_string;
use perennial_batch::forecasts::Forecasts;
use perennial_batch::manifest::Manifest;
use perennial_batch::read::Progress;
use perennial_batch::results::Results;
use perennial_batch::run::{MEMORY_BYTES, Observer, Options, ScoresFrom, run};
use perennial_model::Time;
use perennial_rules::Project;
use perennial_rules::project::{ProjectText, read};
use tempfile::TempDir;

use crate::read::same::Dice;

pub const DAY_MS: i64 = 86_400_000;
/// 2024-01-01T00:00:00Z.
pub const START_MS: i64 = 1_704_067_200_000;
pub const CUSTOMERS: usize = 400;
pub const DAYS: usize = 420;

pub const RULES: &str = "
currency: EUR
segments:
  at_risk: churn_risk >= 0.7
  worth_much: clv > 60
lifecycles:
  - lifecycle: retail
    stages:
      - { name: first, enter: { from: none, on: ordered } }
      - { name: repeat, enter: { on: ordered } }
      - { name: leaving, enter: { from: [first, repeat], when: p_alive < 0.4 } }
";

pub fn project(forecast: &str) -> Project {
    let text = format!("{RULES}{forecast}\n");
    let reading = read(&[ProjectText {
        path: "perennial.yaml".to_owned(),
        text,
    }]);
    reading
        .project
        .unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

pub const MONTHLY: &str = "forecast: { dates: monthly, horizon: 60d, floor: 100, model: bgnbd }";
pub const AUTO: &str = "forecast: { dates: monthly, horizon: 60d, floor: 100 }";

/// Orders of customers who come one after another, buy at a pace of their own, and leave some day.
pub static ORDERS: LazyLock<Vec<(i64, String)>> = LazyLock::new(|| {
    let mut dice = Dice(7);
    let mut rows = Vec::new();
    for customer in 0..CUSTOMERS {
        let mut at = START_MS + dice.below(200) as i64 * DAY_MS + dice.below(86_400) as i64 * 1_000;
        let pause = 5 + dice.below(50);
        let leaves = 1 + dice.below(12);
        for order in 0..60 {
            if at >= START_MS + DAYS as i64 * DAY_MS {
                break;
            }
            let (event, amount) = match order > 0 && dice.below(20) == 0 {
                true => ("Order Refunded", -(dice.below(30) as i64)),
                false => (
                    "Order Completed",
                    10 + dice.below(60) as i64 + customer as i64 % 9 * 5,
                ),
            };
            rows.push((
                at,
                format!("c{customer},{event},{},{amount}.50,,,,,", Time(at)),
            ));
            if dice.below(leaves) == 0 {
                break;
            }
            at += (1 + dice.below(2 * pause)) as i64 * DAY_MS;
        }
    }
    rows.sort();
    rows.into_iter()
        .enumerate()
        .map(|(number, (at, row))| (at, format!("m{number},{row}")))
        .collect()
});

pub const HEADER: &str =
    "message_id,user_id,event,timestamp,amount,p_alive,expected_next,clv,churn_risk,forecast_model";

pub struct Silent;

impl Observer for Silent {
    fn phase(&self, _: &str, _: Option<(u64, &Arc<Progress>)>) {}
}

pub struct Outcome {
    pub out: PathBuf,
    pub manifest: Manifest,
}

/// A folder for files and results.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder"))
    }

    /// A file of rows, and how it is read.
    pub fn options(&self, rows: &[String], threads: usize) -> Options {
        let number = fs::read_dir(self.0.path()).expect("a folder").count();
        let file = self.0.path().join(format!("events-{number}.csv"));
        fs::write(&file, format!("{HEADER}\n{}\n", rows.join("\n"))).expect("written");
        Options {
            inputs: vec![file.display().to_string()],
            base: self.0.path().to_owned(),
            out: self.0.path().join(format!("out-{number}")),
            until: None,
            threads,
            memory: if threads == 1 { MEMORY_BYTES } else { 4_096 },
            max_bad: None,
            scores: ScoresFrom::Either,
        }
    }

    /// Runs over rows before an instant.
    pub fn run(
        &self,
        project: &Project,
        rows: &[String],
        until: Option<Time>,
        threads: usize,
        scores: ScoresFrom,
    ) -> Outcome {
        let options = Options {
            until,
            scores,
            ..self.options(rows, threads)
        };
        let out = options.out.clone();
        let manifest = run(project, &options, &Silent).unwrap_or_else(|error| panic!("{error}"));
        assert!(manifest.counts.add_up(), "{:?}", manifest.counts);
        Outcome { out, manifest }
    }

    pub fn orders(&self, project: &Project, threads: usize) -> Outcome {
        self.run(project, &orders(), None, threads, ScoresFrom::Either)
    }
}

pub fn orders() -> Vec<String> {
    ORDERS.iter().map(|(_, row)| row.clone()).collect()
}

/// A table's rows as texts by column.
pub fn table(out: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
    let results = Results::open(out).expect("results");
    let columns = results.columns(name);
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut rows = Vec::new();
    let read = results.read(name, &names, &mut |batch| {
        for row in 0..batch.num_rows() {
            let cells = names.iter().zip(batch.columns()).map(|(name, column)| {
                let text = match column.as_primitive_opt::<TimestampMillisecondType>() {
                    Some(times) if times.is_valid(row) => Time(times.value(row)).to_string(),
                    Some(_) => String::new(),
                    None => array_value_to_string(column, row).expect("a text"),
                };
                ((*name).to_owned(), text)
            });
            rows.push(cells.collect());
        }
        Ok(())
    });
    read.expect("a table");
    rows
}

pub fn score(row: &BTreeMap<String, String>, name: &str) -> f64 {
    row[name]
        .parse()
        .unwrap_or_else(|_| panic!("{name}: {row:?}"))
}

pub fn is_told(row: &&BTreeMap<String, String>) -> bool {
    !row["p_alive"].is_empty()
}

pub fn forecasts(out: &Path) -> Forecasts {
    Forecasts::read(&Results::open(out).expect("results")).expect("forecasts")
}
