//! Forecasts of a run: scores as dated facts, which rules read, of nothing but what came before.

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
use perennial_batch::one::story;
use perennial_batch::read::Progress;
use perennial_batch::results::Results;
use perennial_batch::run::{MEMORY_BYTES, Observer, Options, ScoresFrom, run};
use perennial_model::{Time, Zone};
use perennial_rules::Project;
use perennial_rules::project::{ProjectText, read};
use tempfile::TempDir;

use crate::read::same::Dice;

pub const DAY_MS: i64 = 86_400_000;
/// 2024-01-01T00:00:00Z.
const START_MS: i64 = 1_704_067_200_000;
const CUSTOMERS: usize = 400;
const DAYS: usize = 420;

const RULES: &str = "
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
const AUTO: &str = "forecast: { dates: monthly, horizon: 60d, floor: 100 }";

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

const HEADER: &str =
    "message_id,user_id,event,timestamp,amount,p_alive,expected_next,clv,churn_risk,forecast_model";

pub struct Silent;

impl Observer for Silent {
    fn phase(&self, _: &str, _: Option<(u64, &Arc<Progress>)>) {}
}

struct Outcome {
    out: PathBuf,
    manifest: Manifest,
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
    fn run(
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

    fn orders(&self, project: &Project, threads: usize) -> Outcome {
        self.run(project, &orders(), None, threads, ScoresFrom::Either)
    }
}

pub fn orders() -> Vec<String> {
    ORDERS.iter().map(|(_, row)| row.clone()).collect()
}

/// A table's rows as texts by column.
fn table(out: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
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

fn score(row: &BTreeMap<String, String>, name: &str) -> f64 {
    row[name]
        .parse()
        .unwrap_or_else(|_| panic!("{name}: {row:?}"))
}

fn is_told(row: &&BTreeMap<String, String>) -> bool {
    !row["p_alive"].is_empty()
}

fn forecasts(out: &Path) -> Forecasts {
    Forecasts::read(&Results::open(out).expect("results")).expect("forecasts")
}

#[test]
fn scores_are_what_they_say_and_rules_move_customers_by_them() {
    let desk = Desk::new();
    let outcome = desk.orders(&project(AUTO), 1);
    let scores = table(&outcome.out, "scores");
    assert!(scores.len() > 1_000, "{}", scores.len());
    let models = forecasts(&outcome.out);
    // Of whoever gave all back nothing is said any more.
    assert!(scores.iter().filter(is_told).count() + 10 > scores.len());
    for row in scores.iter().filter(is_told) {
        let (alive, churn) = (score(row, "p_alive"), score(row, "churn_risk"));
        assert!((0.0..=1.0).contains(&alive) && (0.0..=1.0).contains(&churn));
        // Whoever has left buys nothing.
        assert!(churn >= 1.0 - alive - 2e-6, "{row:?}");
        assert!(score(row, "expected_next") >= 1.0 - churn - 2e-6, "{row:?}");
        assert!(score(row, "clv") >= 0.0);
        assert!(score(row, "expected_low") <= score(row, "expected_high"));
        let model = models.model(&row["forecast_model"]).expect("its model");
        assert!(row["at"].starts_with(&model.at[..10]), "{row:?}");
        assert!(model.customers >= 100 && !model.parameters.is_empty());
    }
    // What a rule says of a score is so at the instant of the score.
    let left: Vec<_> = table(&outcome.out, "transitions")
        .into_iter()
        .filter(|row| row["to"] == "leaving")
        .collect();
    assert!(left.len() > 50, "{}", left.len());
    let mut at_once = 0;
    for row in &left {
        let in_force = scores
            .iter()
            .rfind(|one| one["customer_id"] == row["customer_id"] && one["at"] <= row["at"]);
        let reason = in_force.expect("a score");
        assert!(score(reason, "p_alive") < 0.4, "{row:?}");
        at_once += usize::from(reason["at"] == row["at"]);
        assert_eq!(row["cause"], "time");
    }
    assert!(at_once > 40, "{at_once}");
    // The table of customers shows what was said last.
    let customers = table(&outcome.out, "customers");
    for row in &customers {
        let last = scores
            .iter()
            .rfind(|one| one["customer_id"] == row["customer_id"]);
        let number = |text: &String| text.parse::<f64>().ok();
        let last = last.and_then(|one| number(&one["p_alive"]));
        assert_eq!(number(&row["p_alive"]), last);
    }
    assert_eq!(outcome.manifest.counts.scored, 0);
    assert_eq!(customers.len(), CUSTOMERS);
}

#[test]
fn the_same_bytes_by_any_number_of_threads() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let (one, four) = (desk.orders(&project, 1), desk.orders(&project, 4));
    for name in ["scores", "transitions", "segment_history", "customers"] {
        assert_eq!(table(&one.out, name), table(&four.out, name), "{name}");
    }
    let bytes = |outcome: &Outcome| fs::read(outcome.out.join("forecasts.json")).expect("a file");
    assert_eq!(bytes(&one), bytes(&four));
}

#[test]
fn what_comes_later_changes_no_score() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let whole = desk.orders(&project, 1);
    let end = Time::parse("2024-11-01T00:00:00Z", &Zone::utc()).expect("a time");
    let before: Vec<String> = ORDERS
        .iter()
        .filter(|(at, _)| *at < end.ms())
        .map(|(_, row)| row.clone())
        .collect();
    // The date itself is in, and nothing of what came at it or after.
    let until = Some(end.plus(1));
    let short = desk.run(&project, &before, until, 1, ScoresFrom::Either);
    let until_end = |outcome: &Outcome| {
        let mut rows = table(&outcome.out, "scores");
        rows.retain(|row| row["at"].as_str() <= "2024-11-01T00:00:01");
        rows
    };
    let (long, short_rows) = (until_end(&whole), until_end(&short));
    assert!(long.iter().any(|row| row["at"].starts_with("2024-11-01")));
    assert_eq!(long, short_rows);
    let models = forecasts(&short.out).models;
    let same = forecasts(&whole.out).models;
    assert_eq!(models.len(), 10);
    for (short, long) in models.iter().zip(&same) {
        assert_eq!(short.model, long.model);
        assert_eq!(short.parameters, long.parameters);
    }
    let judged = |one: &&perennial_batch::forecasts::ModelRecord| one.bias.is_some();
    assert!(same.iter().filter(judged).count() > 5);
}

#[test]
fn scores_of_another_run_give_the_same_rows_again() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let fitted = desk.orders(&project, 1);
    let from = ScoresFrom::Run(fitted.out.clone());
    let again = desk.run(&project, &orders(), None, 2, from);
    for name in ["scores", "transitions", "segment_history", "customers"] {
        assert_eq!(table(&fitted.out, name), table(&again.out, name), "{name}");
    }
    assert_eq!(forecasts(&fitted.out), forecasts(&again.out));
}

#[test]
fn scores_in_the_input_are_as_good_as_scores_of_the_run() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let fitted = desk.orders(&project, 1);
    let mut rows = orders();
    for row in table(&fitted.out, "scores") {
        let score = |name: &str| row[name].clone();
        rows.push(format!(
            "!{},{},Customer Scored,{},,{},{},{},{},{}",
            rows.len(),
            score("customer_id"),
            score("at"),
            score("p_alive"),
            score("expected_next"),
            score("clv"),
            score("churn_risk"),
            score("forecast_model")
        ));
    }
    // A score of somebody unknown makes nobody a customer.
    rows.push("!x,nobody,Customer Scored,2024-06-01T00:00:00Z,,0.1,0,0,0.9,x".to_owned());
    rows.reverse();
    let stated = desk.run(&project, &rows, None, 2, ScoresFrom::Either);
    for name in ["transitions", "segment_history", "customers", "identities"] {
        assert_eq!(table(&fitted.out, name), table(&stated.out, name), "{name}");
    }
    assert_eq!(table(&stated.out, "touches").len(), ORDERS.len());
    let counts = stated.manifest.counts;
    assert_eq!(counts.scored as usize, rows.len() - ORDERS.len());
    assert_eq!(counts.customers as usize, CUSTOMERS);
    let input = desk.run(&project, &orders(), None, 1, ScoresFrom::Input);
    assert!(!input.out.join("scores.parquet").exists());
    assert!(!input.out.join("forecasts.json").exists());
}

#[test]
fn too_few_customers_are_not_forecast_and_the_run_says_so() {
    let desk = Desk::new();
    let outcome = desk.orders(&project("forecast: { dates: monthly, floor: 5000 }"), 1);
    assert!(!outcome.out.join("scores.parquet").exists());
    let notes = outcome.manifest.notes.join("\n");
    assert!(
        notes.contains("14 dates") || notes.contains("13 dates"),
        "{notes}"
    );
    assert!(notes.contains("too few customers"), "{notes}");
    let models = forecasts(&outcome.out).models;
    assert!(models.iter().all(|model| model.refused.is_some()));
}

#[test]
fn what_may_mislead_stands_in_the_record_without_a_name() {
    let desk = Desk::new();
    let project = project(&MONTHLY.replace("monthly", "end"));
    let usual = desk.orders(&project, 1);
    let warnings = |outcome: &Outcome| {
        let models = forecasts(&outcome.out).models;
        models.iter().flat_map(|one| one.warnings.clone()).collect()
    };
    let told: Vec<String> = warnings(&usual);
    assert!(
        told.iter().all(|one| !one.contains("one customer")),
        "{told:?}"
    );
    // Everything at one price, and somebody who has the most of it.
    let priced = |row: &String| {
        let cells: Vec<&str> = row.split(',').collect();
        let (event, amount) = ("Order Completed", "19.99");
        format!(
            "{},{},{event},{},{amount},,,,,",
            cells[0], cells[1], cells[3]
        )
    };
    let mut rows: Vec<String> = orders().iter().map(priced).collect();
    for day in 0..400 {
        let at = Time(START_MS + day * DAY_MS);
        rows.push(format!("w{day},whale,Order Completed,{at},19.99,,,,,"));
    }
    let outcome = desk.run(&project, &rows, None, 1, ScoresFrom::Either);
    let told = warnings(&outcome).join("; ");
    for words in ["one customer made", "(399 of ", "was worth the same"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(
        !told.contains("whale") && !told.contains("clv is not known"),
        "{told}"
    );
    let models = forecasts(&outcome.out).models;
    let spend = models[0].spend.as_ref().expect("a mean");
    assert!((spend.parameters["mean"] - 19.99).abs() < 1e-9);
    let scores = table(&outcome.out, "scores");
    assert!(
        scores
            .iter()
            .all(|row| score(row, "clv") <= 19.99 * score(row, "expected_next") + 1e-4)
    );
    assert!(scores.iter().any(|row| score(row, "clv") > 19.0));
}

#[test]
fn a_step_keeps_small_changes_unsaid_and_within_it() {
    let desk = Desk::new();
    let settings = |step: u32, dates: &str| {
        project(&format!(
            "forecast: {{ dates: {dates}, horizon: 60d, floor: 100, model: bgnbd, step_percent: {step} }}"
        ))
    };
    let fine = table(&desk.orders(&settings(0, "weekly"), 1).out, "scores");
    let coarse = table(&desk.orders(&settings(10, "weekly"), 1).out, "scores");
    assert!(
        coarse.len() * 2 < fine.len(),
        "{} {}",
        coarse.len(),
        fine.len()
    );
    for row in fine.iter().filter(is_told) {
        let in_force = coarse
            .iter()
            .rfind(|one| one["customer_id"] == row["customer_id"] && one["at"] <= row["at"]);
        let apart = score(in_force.expect("a score"), "p_alive") - score(row, "p_alive");
        assert!(apart.abs() <= 0.100_002, "{row:?}");
    }
    // At the end, one score each: whoever had given all back has ordered again by then.
    let end = desk.orders(&settings(5, "end"), 1);
    assert_eq!(table(&end.out, "scores").len(), CUSTOMERS);
}

#[test]
fn an_order_refunded_whole_is_none() {
    let desk = Desk::new();
    let project = project("forecast: { dates: end, horizon: 60d, floor: 100, model: bgnbd }");
    let (mut without, mut refunded) = (Vec::new(), Vec::new());
    for (number, (at, row)) in ORDERS.iter().enumerate() {
        refunded.push(row.clone());
        let mut cells = row.split(',');
        let (customer, amount) = (cells.nth(1).expect("one"), cells.nth(2).expect("an amount"));
        if number % 10 > 0 || amount.starts_with('-') {
            without.push(row.clone());
            continue;
        }
        let at = Time(*at);
        refunded.push(format!(
            "r{number},{customer},Order Refunded,{at},{amount},,,,,"
        ));
    }
    // So that history ends alike.
    let end = Time(START_MS + DAYS as i64 * DAY_MS);
    let scores = |rows: &[String]| {
        let outcome = desk.run(&project, rows, Some(end), 1, ScoresFrom::Either);
        let rows = table(&outcome.out, "scores");
        let said = |mut row: BTreeMap<String, String>| {
            let customer = row.remove("customer_id").expect("whose");
            row.remove("at");
            (customer, row)
        };
        let scores: BTreeMap<_, _> = rows.into_iter().map(said).collect();
        (scores, forecasts(&outcome.out).models)
    };
    let ((scores_without, models_without), (scores, models)) =
        (scores(&without), scores(&refunded));
    assert!(refunded.len() > without.len() + 300 && scores.len() > 200);
    assert_eq!(models_without[0].parameters, models[0].parameters);
    assert_eq!(scores_without, scores);
}

#[test]
fn an_explanation_tells_the_score_its_model_and_why() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let outcome = desk.orders(&project, 1);
    let results = Results::open(&outcome.out).expect("results");
    let left = table(&outcome.out, "transitions");
    let left = left.iter().find(|row| row["to"] == "leaving").expect("one");
    let at = Time::parse(&left["at"], &Zone::utc()).expect("a time");
    let told = story(&project, &results, &left["customer_id"], at).expect("told");
    let place = &told.explanation.lifecycles[0];
    assert_eq!(place.last.expect("a move").at, at);
    assert_eq!(place.reason[0].text, "p_alive < 0.4");
    assert_eq!(place.reason[0].holds, Some(true));
    let scores = told.scores.expect("scores");
    assert_eq!(scores.since, at);
    assert!(scores.model.as_deref().expect("a model").contains("nbd-"));
    let why = scores.why().expect("a reason");
    assert!(
        why.contains("she ordered") && why.contains("customers with"),
        "{why}"
    );
    assert!(
        !told
            .touches
            .iter()
            .any(|touch| touch.event.contains("Scored"))
    );
}
