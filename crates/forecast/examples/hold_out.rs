//! Forecasts of three public logs against what came, by the protocol of the books: `hold_out FOLDER [SEED [LOG [CSV | DRAWS]]]`.
//!
//! FOLDER holds `data/cdnow_log.csv` and the others, which are not part of this repository. Purchase models are
//! fitted to the calibration period; the stack learns the hold-out of four fifths of the customers and forecasts
//! the rest, five times. LOG is one of them, or `all`. With CSV, a prefix of paths, it writes what is known of each customer for `trees.py`;
//! with a number, so many draws of folds and trees from SEED on are judged, of the stack alone.
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;

use perennial_forecast::judge::{Measure, Trial, past_rate, two_gaps};
use perennial_forecast::stack::{Evidence, Outcomes, Stack};
use perennial_forecast::trees::{Lesson, Loss, Options, Table, Trees};
use perennial_forecast::{
    CovariateGroups, Covariates, Groups, Horizon, Orders, PurchaseModel, Purchases, Random, Unit,
};

type Failed = Box<dyn Error>;

/// A log, the column of its values, its covariates, the last days of calibration and of the hold-out.
struct Log {
    name: &'static str,
    value: Option<usize>,
    covariates: Option<&'static str>,
    until: &'static str,
    end: &'static str,
}

const LOGS: [Log; 3] = [
    Log {
        name: "grocery",
        value: None,
        covariates: None,
        until: "2006-12-31",
        end: "2007-12-30",
    },
    Log {
        name: "apparel",
        value: Some(2),
        covariates: Some("apparel_covariates"),
        until: "2006-12-31",
        end: "2010-12-20",
    },
    Log {
        name: "cdnow",
        value: Some(3),
        covariates: None,
        until: "1997-09-30",
        end: "1998-06-30",
    },
];
const FOLDS: usize = 5;
const ROUNDS: usize = 400;

fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .ok_or("hold_out FOLDER [SEED [LOG [CSV | DRAWS]]]")?;
    let seed = arguments.next().map_or(Ok(7), |seed| seed.parse::<u64>())?;
    let one = arguments.next();
    let last = arguments.next();
    let draws = last.as_ref().and_then(|last| last.parse().ok());
    let csv = last.filter(|_| draws.is_none());
    println!("seed {seed}");
    let asked = |log: &Log| {
        one.as_ref()
            .is_none_or(|one| one == log.name || one == "all")
    };
    for log in LOGS.into_iter().filter(asked) {
        judge(&folder, &log, (seed, draws.unwrap_or(1)), csv.as_deref())?;
    }
    Ok(())
}

fn judge(
    folder: &str,
    log: &Log,
    (seed, draws): (u64, u64),
    csv: Option<&str>,
) -> Result<(), Failed> {
    let (orders, ids) = orders(folder, log)?;
    let (until, end) = (day(log.until)?, day(log.end)?);
    let customers: Vec<u32> = (0..orders.customers() as u32).collect();
    let days = end - until;
    println!("\n{}: {} customers, {days} days", log.name, customers.len());
    let known: Option<Vec<Purchases>> = orders
        .each()
        .map(|one| one.purchases(until, Unit::Week))
        .collect();
    let known = known.ok_or("a customer without an order")?;
    let gaps = orders
        .each()
        .map(|one| one.ln_gaps(until, Unit::Week))
        .sum();
    let groups = Groups::of(&known).0.with_gaps(gaps)?;
    let mut models = Vec::new();
    for name in PurchaseModel::NAMES {
        models.push((PurchaseModel::fit(name, &groups)?.model, Unit::Week));
    }
    let more = match log.covariates {
        Some(name) => {
            let (table, covariates) = covariates(folder, name, &ids)?;
            let groups = CovariateGroups::of(&known, &covariates)?.0;
            let fit = PurchaseModel::fit_with("paretonbd", &groups)?;
            models.push((fit.model, Unit::Week));
            Some(table)
        }
        None => None,
    };
    let evidence = Evidence::of(&orders, &customers, until, days, &models, more.as_ref())?;
    let outcomes = Outcomes::of(&orders, &customers, until, days)?;
    let came = &outcomes.orders;
    if let Some(prefix) = csv {
        write(&format!("{prefix}{}.csv", log.name), &evidence, came, seed)?;
    }
    let horizon = Horizon::new(f64::from(days) / Unit::Week.days())?;
    let of = |forecast: fn(&Purchases, Horizon) -> f64| -> Vec<f64> {
        known.iter().map(|one| forecast(one, horizon)).collect()
    };
    tell("past rate", &of(past_rate), came, None)?;
    tell("two mean gaps", &of(two_gaps), came, None)?;
    for expert in &evidence.experts {
        tell(&expert.name, &expert.expected, came, Some(&expert.buys))?;
    }
    if draws > 1 {
        return spread(&evidence, &outcomes, seed, draws);
    }
    let start = cpu();
    let trees = unseen_trees(&evidence, came, seed)?;
    tell("trees alone", &trees, came, None)?;
    println!("{:.1} s of CPU for trees alone", cpu() - start);
    let start = cpu();
    let (expected, buys) = unseen(&evidence, &outcomes, seed)?;
    tell("stack", &expected, came, Some(&buys))?;
    println!("{:.1} s of CPU for the stack", cpu() - start);
    let stack = Trial::new(&expected, came, Some(&buys))?;
    for expert in &evidence.experts {
        if expert.name.starts_with("paretonbd") {
            let other = Trial::new(&expert.expected, came, Some(&expert.buys))?;
            println!("stack less {}, 90 % interval:", expert.name);
            for one in stack.less(&other, ROUNDS, &mut Random::new(seed))? {
                let (name, value) = (one.measure.name(), one.value);
                println!(
                    "  {name:<9} {value:+.4} ({:+.4} to {:+.4})",
                    one.low, one.high
                );
            }
        }
    }
    explain(&evidence, &outcomes, seed)
}

/// The stack's figures by the draw of folds and trees, with their mean and standard deviation.
fn spread(evidence: &Evidence, outcomes: &Outcomes, seed: u64, draws: u64) -> Result<(), Failed> {
    let mut found = vec![Vec::new(); Measure::ALL.len()];
    let start = cpu();
    for seed in seed..seed + draws {
        let (expected, buys) = unseen(evidence, outcomes, seed)?;
        tell(
            &format!("stack, seed {seed}"),
            &expected,
            &outcomes.orders,
            Some(&buys),
        )?;
        let figures = Trial::new(&expected, &outcomes.orders, Some(&buys))?.figures();
        for (list, measure) in found.iter_mut().zip(Measure::ALL) {
            list.push(figures.get(measure).unwrap_or(f64::NAN));
        }
    }
    println!("{:.1} s of CPU for {draws} draws", cpu() - start);
    for (list, measure) in found.iter().zip(Measure::ALL) {
        let mean = list.iter().sum::<f64>() / list.len() as f64;
        let squares: f64 = list.iter().map(|one| (one - mean) * (one - mean)).sum();
        let deviation = (squares / (list.len() - 1) as f64).sqrt();
        println!("  {:<9} {mean:.4} +- {deviation:.4}", measure.name());
    }
    Ok(())
}

/// What the stack says of each fifth of the customers, learned from the others.
fn unseen(
    evidence: &Evidence,
    outcomes: &Outcomes,
    seed: u64,
) -> Result<(Vec<f64>, Vec<f64>), Failed> {
    let customers = evidence.customers();
    let (mut expected, mut buys) = (vec![0.0; customers], vec![0.0; customers]);
    let folds = Random::new(seed).folds(customers, FOLDS);
    for fold in 0..FOLDS as u32 {
        let all = 0..customers as u32;
        let (out, learned): (Vec<u32>, Vec<u32>) =
            all.partition(|row| folds[*row as usize] == fold);
        let (stack, _) = Stack::fit(&evidence.take(&learned), &outcomes.take(&learned), seed)?;
        let said = stack.score(&evidence.take(&out))?;
        for (at, row) in out.iter().enumerate() {
            expected[*row as usize] = said.expected[at];
            buys[*row as usize] = said.buys[at];
        }
    }
    Ok((expected, buys))
}

/// The same of trees alone, which know what the models say as columns.
fn unseen_trees(evidence: &Evidence, came: &[f64], seed: u64) -> Result<Vec<f64>, Failed> {
    let mut expected = vec![0.0; came.len()];
    let folds = Random::new(seed).folds(came.len(), FOLDS);
    for fold in 0..FOLDS as u32 {
        let all = 0..came.len() as u32;
        let (out, learned): (Vec<u32>, Vec<u32>) =
            all.partition(|row| folds[*row as usize] == fold);
        let known: Vec<f64> = learned.iter().map(|row| came[*row as usize]).collect();
        let table = evidence.table.take(&learned);
        let trees = Trees::fit(&table, Lesson::of(&known), Loss::Poisson, &options())?;
        let said = trees.predict(&evidence.table.take(&out))?;
        for (row, mean) in out.iter().zip(said) {
            expected[*row as usize] = mean;
        }
    }
    Ok(expected)
}

/// Those that `trees.py` gives LightGBM.
fn options() -> Options {
    Options {
        rounds: 150,
        rate: 0.03,
        leaves: 15,
        depth: 32,
        ..Options::default()
    }
}

fn explain(evidence: &Evidence, outcomes: &Outcomes, seed: u64) -> Result<(), Failed> {
    let (stack, _) = Stack::fit(evidence, outcomes, seed)?;
    println!("weights {:.2?}", stack.weights());
    for driver in stack.overall(evidence, 5) {
        println!("  {:.3} {}", driver.moved, driver.words);
    }
    Ok(())
}

fn tell(name: &str, forecast: &[f64], came: &[f64], buys: Option<&[f64]>) -> Result<(), Failed> {
    let figures = Trial::new(forecast, came, buys)?.figures();
    let mut line = format!("{name:<22}");
    for measure in Measure::ALL {
        let value = figures.get(measure).unwrap_or(f64::NAN);
        let _ = write!(line, " {} {value:.4}", measure.name());
    }
    println!("{line}");
    Ok(())
}

/// Seconds that this process has been on a CPU, where Linux tells it.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|first| first.parse().ok());
    nanos.unwrap_or(0.0) / 1e9
}

fn write(path: &str, evidence: &Evidence, came: &[f64], seed: u64) -> Result<(), Failed> {
    let table = &evidence.table;
    let folds = Random::new(seed).folds(came.len(), FOLDS);
    let mut text = format!("came,fold,{}\n", table.names().join(","));
    for (row, came) in came.iter().enumerate() {
        let _ = write!(text, "{came},{}", folds[row]);
        for column in 0..table.names().len() {
            text.push(',');
            if let Some(value) = table.value(row, column) {
                let _ = write!(text, "{value}");
            }
        }
        text.push('\n');
    }
    Ok(std::fs::write(path, text)?)
}

fn rows(folder: &str, name: &str) -> Result<Vec<Vec<String>>, Failed> {
    let text = std::fs::read_to_string(format!("{folder}/data/{name}.csv"))?;
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    Ok(text.lines().skip(1).map(cells).collect())
}

/// The orders of a log, and the customers' numbers in it by their place.
fn orders(folder: &str, log: &Log) -> Result<(Orders, Vec<u32>), Failed> {
    let rows = rows(folder, &format!("{}_log", log.name))?;
    let mut places: BTreeMap<u32, u32> = BTreeMap::new();
    for row in &rows {
        places.insert(row[0].parse()?, 0);
    }
    for (at, place) in places.values_mut().enumerate() {
        *place = at as u32;
    }
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        let value = log.value.map_or(Ok(1.0), |at| row[at].parse())?;
        lines.push((places[&row[0].parse()?], day(&row[1])?, value));
    }
    let orders = Orders::gather(places.len() as u32, lines)?;
    Ok((orders, places.into_keys().collect()))
}

fn covariates(folder: &str, name: &str, ids: &[u32]) -> Result<(Table, Covariates), Failed> {
    let mut by_id: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
    for row in rows(folder, name)? {
        by_id.insert(row[0].parse()?, [row[1].parse()?, row[2].parse()?]);
    }
    let values: Vec<[f64; 2]> = ids.iter().map(|id| by_id[id]).collect();
    let names = ["gender", "channel"];
    let mut table = Table::new(ids.len());
    for (at, name) in names.into_iter().enumerate() {
        table.push(name, values.iter().map(|one| one[at]).collect())?;
    }
    let names = names.map(str::to_owned).to_vec();
    Ok((table, Covariates::new(names, values.concat())?))
}

/// Days from 1970-01-01 (Howard Hinnant, «chrono-compatible low-level date algorithms»).
fn day(date: &str) -> Result<i32, Failed> {
    let parts = date.split('-').map(str::parse);
    let parts: Vec<i32> = parts.collect::<Result<_, _>>()?;
    let [year, month, day] = parts[..] else {
        return Err(format!("{date} is no date").into());
    };
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Ok(year.div_euclid(400) * 146_097 + days - 719_468)
}
