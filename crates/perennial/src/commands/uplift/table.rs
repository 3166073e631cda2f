//! A table of customers who were treated or left out, read and made ready for study.

use std::collections::BTreeMap;

use perennial_batch::cells::{CellColumn, Cells};
use perennial_forecast::uplift::{Experiment, Feature};

use super::columns::{feature, numbers, once_each};
use crate::args::UpliftOf;
use crate::failure::Failure;

/// What the control is called where nobody says.
const CONTROLS: [&str; 8] = [
    "0",
    "false",
    "no",
    "none",
    "control",
    "holdout",
    "untreated",
    "0.0",
];
/// Most values of a treatment.
const MAX_ARMS: usize = 20;
/// Most features.
const MAX_FEATURES: usize = 200;
/// Most names that a complaint lists.
const MAX_LISTED: usize = 8;

/// The table.
pub struct Table {
    /// Its arms and who is in which.
    pub arms: Arms,
    /// The outcome of each row kept.
    outcome: Vec<f64>,
    /// The same figure from before, NaN where it is not known.
    pub before: Option<Vec<f64>>,
    propensity: Option<Vec<f64>>,
    /// Whether one chance was named for everybody.
    pub one_chance: Option<f64>,
    features: Vec<Feature>,
    /// The value of each row in the column that effects are told by.
    pub by: Option<Words>,
    customers: Words,
    /// What was left out, and what is odd, for people.
    pub notes: Vec<String>,
    /// Rows of the file.
    pub rows: usize,
    /// Rows left out, by reason.
    pub dropped: BTreeMap<&'static str, usize>,
}

/// A column of words.
#[derive(Clone)]
pub struct Words {
    pub codes: Vec<u32>,
    pub words: Vec<String>,
}

/// The arms but the control.
pub struct Arms {
    /// Their names.
    pub names: Vec<String>,
    /// What the control is called.
    pub control: String,
    /// For each row the place of its arm; `None` for the control.
    of: Vec<Option<usize>>,
}

impl Arms {
    /// # Errors
    /// There is no such arm.
    pub fn named(&self, name: &str) -> Result<usize, Failure> {
        let place = self.names.iter().position(|own| own == name);
        place.ok_or_else(|| {
            let names = self.names.join(", ");
            Failure::usage(format!(
                "--arm {name}: there is no such arm; there are {names}"
            ))
        })
    }

    fn read(
        args: &UpliftOf,
        file: &str,
        column: &CellColumn,
        rows: &[usize],
    ) -> Result<Self, Failure> {
        let mut counts = vec![0_usize; column.words.len()];
        for row in rows {
            counts[column.codes[*row] as usize] += 1;
        }
        let met: Vec<usize> = (0..counts.len()).filter(|code| counts[*code] > 0).collect();
        let listed = || {
            let all = met.iter().map(|code| format!("`{}`", column.words[*code]));
            let mut names: Vec<String> = all.take(MAX_LISTED).collect();
            if met.len() > MAX_LISTED {
                names.push("...".to_owned());
            }
            names.join(", ")
        };
        let name = &column.name;
        if met.len() > MAX_ARMS {
            let (count, names) = (met.len(), listed());
            return Err(Failure::usage(format!(
                "--treatment {name}: {file} has {count} values of it ({names}), at most {MAX_ARMS} can be arms; name the column that says who was treated"
            )));
        }
        let found = match &args.control {
            Some(control) => met
                .iter()
                .copied()
                .find(|code| column.words[*code] == *control),
            None => {
                let is_one =
                    |code: &usize| CONTROLS.contains(&column.words[*code].to_lowercase().as_str());
                let found: Vec<usize> = met.iter().copied().filter(is_one).collect();
                (found.len() == 1).then(|| found[0])
            }
        };
        let control = found.ok_or_else(|| {
            let names = listed();
            Failure::usage(match &args.control {
                Some(control) => format!(
                    "--control {control}: nobody has that value of {name}; there are {names}"
                ),
                None => format!(
                    "which value of {name} means that a customer was left out? There are {names}: name it with --control VALUE; an effect is a difference, so without a control there is none"
                ),
            })
        })?;
        let mut codes: Vec<usize> = met.into_iter().filter(|code| *code != control).collect();
        codes.sort_by(|a, b| column.words[*a].cmp(&column.words[*b]));
        if codes.is_empty() {
            let control = &column.words[control];
            return Err(Failure::failed(format!(
                "everybody has {name} `{control}`, so nobody was treated; an effect is a difference between those treated and those left out"
            )));
        }
        let of = |row: &usize| {
            let code = column.codes[*row] as usize;
            codes.iter().position(|own| *own == code)
        };
        Ok(Self {
            of: rows.iter().map(of).collect(),
            names: codes
                .iter()
                .map(|code| column.words[*code].clone())
                .collect(),
            control: column.words[control].clone(),
        })
    }
}

impl Table {
    /// Reads it.
    ///
    /// # Errors
    /// Wrong usage, what cannot be read, and a customer who is there more than once.
    pub fn read(args: &UpliftOf) -> Result<Self, Failure> {
        let needed = |given: &Option<String>, option: &str| {
            given
                .clone()
                .ok_or_else(|| Failure::usage(format!("{option} is missing")))
        };
        if let Some(empty) = args.empty.filter(|empty| !empty.is_finite()) {
            return Err(Failure::usage(format!(
                "--empty {empty}: write the number that an empty outcome means, such as 0"
            )));
        }
        let file = needed(&args.input, "--input FILE")?;
        let names = Names {
            customer: needed(&args.customer, "--customer COLUMN")?,
            treatment: needed(&args.treatment, "--treatment COLUMN")?,
            outcome: needed(&args.outcome, "--outcome COLUMN")?,
        };
        let one_chance = args
            .propensity
            .as_deref()
            .and_then(|text| text.parse::<f64>().ok());
        let asked = |name: &str| names.wants(args, name);
        let cells = Cells::read(&file, asked)?;
        let column = |option: &str, name: &str| {
            cells.column(name).ok_or_else(|| {
                let known: Vec<&str> = cells.columns.iter().map(|own| own.name.as_str()).collect();
                let known = known.join(", ");
                Failure::usage(format!(
                    "{option} {name}: {file} has no such column; there are {known}"
                ))
            })
        };
        let customer = column("--customer", &names.customer)?;
        let treatment = column("--treatment", &names.treatment)?;
        let outcome = column("--outcome", &names.outcome)?;
        let by = args
            .by
            .as_deref()
            .map(|name| column("--by", name))
            .transpose()?;
        let values = numbers("--outcome", outcome)?;
        let mut notes = Vec::new();
        let mut dropped = BTreeMap::new();
        let mut drop = |reason: &'static str| {
            *dropped.entry(reason).or_insert(0) += 1;
            false
        };
        let keeps = |row: &usize| match () {
            () if customer.word(*row).is_none() => drop("no customer"),
            () if treatment.word(*row).is_none() => drop("no treatment"),
            () if values[*row].is_nan() && args.empty.is_none() => drop("no outcome"),
            () if by.is_some_and(|by| by.word(*row).is_none()) => drop("no value of --by"),
            () => true,
        };
        let mut rows: Vec<usize> = (0..cells.rows).filter(keeps).collect();
        // In the order of customers, so that the order of rows changes nothing.
        rows.sort_by(|a, b| {
            let value = |row: &usize| by.and_then(|by| by.word(*row));
            let key = |row: &usize| (customer.word(*row), value(row));
            key(a).cmp(&key(b)).then(a.cmp(b))
        });
        let repeated = once_each(&cells, customer, treatment, by, &mut rows)?;
        if repeated > 0 {
            dropped.insert("the same row again", repeated);
        }
        if rows.is_empty() {
            let reasons: Vec<String> = dropped
                .iter()
                .map(|(reason, count)| format!("{count} {reason}"))
                .collect();
            let (all, reasons) = (cells.rows, reasons.join(", "));
            return Err(Failure::failed(format!(
                "{file}: none of {all} rows can be used ({reasons}); check the columns named, and what an empty outcome means (--empty)"
            )));
        }
        let arms = Arms::read(args, &file, treatment, &rows)?;
        let take = |values: &[f64]| rows.iter().map(|row| values[*row]).collect::<Vec<f64>>();
        let before = match args.before.as_deref() {
            Some(name) => Some(take(&numbers("--before", column("--before", name)?)?)),
            None => None,
        };
        let propensity = match (args.propensity.as_deref(), one_chance) {
            (None, _) => None,
            (Some(_), Some(chance)) => Some(vec![chance; rows.len()]),
            (Some(name), None) => Some(take(&numbers(
                "--propensity",
                column("--propensity", name)?,
            )?)),
        };
        let features = names.features(args, &cells, &rows, &mut notes)?;
        let outcome = take(&values).into_iter();
        let empty = args.empty.unwrap_or_default();
        Ok(Self {
            outcome: outcome
                .map(|one| if one.is_nan() { empty } else { one })
                .collect(),
            arms,
            before,
            propensity,
            one_chance,
            features,
            by: by.map(|by| Words::of(by, &rows)),
            customers: Words::of(customer, &rows),
            notes,
            rows: cells.rows,
            dropped,
        })
    }

    /// The rows of an arm and of the control.
    pub fn rows_of(&self, arm: usize) -> Vec<usize> {
        let of = &self.arms.of;
        (0..of.len())
            .filter(|row| of[*row].is_none_or(|own| own == arm))
            .collect()
    }

    /// Some rows as an experiment with an arm.
    pub fn experiment(&self, rows: &[usize], arm: usize) -> Experiment {
        let whole = Experiment {
            treated: self.arms.of.iter().map(|own| *own == Some(arm)).collect(),
            outcome: self.outcome.clone(),
            propensity: self.propensity.clone(),
            features: self.features.clone(),
        };
        whole.of(rows)
    }

    /// Who the customer of a row is.
    pub fn customer(&self, row: usize) -> &str {
        self.customers.word(row)
    }

    /// The arm of a row, or the control.
    pub fn arm(&self, row: usize) -> &str {
        let arm = self.arms.of[row];
        arm.map_or(&self.arms.control, |arm| &self.arms.names[arm])
    }

    /// The outcome of a row.
    pub fn outcome(&self, row: usize) -> f64 {
        self.outcome[row]
    }

    /// Whether the outcomes of some rows are 0 and 1 only.
    pub fn is_binary(&self, rows: &[usize]) -> bool {
        let mut outcomes = rows.iter().map(|row| self.outcome[*row]);
        outcomes.all(|one| one == 0.0 || one == 1.0)
    }

    /// Whose row each is, as a number.
    pub fn clusters(&self, rows: &[usize]) -> Vec<u32> {
        rows.iter().map(|row| self.customers.codes[*row]).collect()
    }

    /// The names of the features.
    pub fn feature_names(&self) -> Vec<&str> {
        self.features.iter().map(|own| own.name.as_str()).collect()
    }
}

impl Words {
    fn of(column: &CellColumn, rows: &[usize]) -> Self {
        Self {
            codes: rows.iter().map(|row| column.codes[*row]).collect(),
            words: column.words.clone(),
        }
    }

    /// The word of a row.
    pub fn word(&self, row: usize) -> &str {
        let code = self.codes[row] as usize;
        self.words.get(code).map_or("", String::as_str)
    }
}

/// The columns that play a part.
struct Names {
    customer: String,
    treatment: String,
    outcome: String,
}

impl Names {
    fn parts<'a>(&'a self, args: &'a UpliftOf) -> impl Iterator<Item = &'a str> {
        let more = [&args.propensity, &args.before, &args.by];
        let more = more.into_iter().flatten();
        [&self.customer, &self.treatment, &self.outcome]
            .into_iter()
            .chain(more)
            .map(String::as_str)
    }

    /// Whether a column is read.
    fn wants(&self, args: &UpliftOf, name: &str) -> bool {
        let is_part = self.parts(args).any(|own| own == name);
        let is_feature = match (args.by.is_some(), args.features.is_empty()) {
            (true, _) => false,
            (false, true) => !args.without.iter().any(|own| own == name),
            (false, false) => args.features.iter().any(|own| own == name),
        };
        is_part || is_feature
    }

    fn features(
        &self,
        args: &UpliftOf,
        cells: &Cells,
        rows: &[usize],
        notes: &mut Vec<String>,
    ) -> Result<Vec<Feature>, Failure> {
        if args.by.is_some() {
            return Ok(Vec::new());
        }
        for name in &args.features {
            if cells.column(name).is_none() {
                return Err(Failure::usage(format!(
                    "--features {name}: there is no such column"
                )));
            }
            let parts = [&self.customer, &self.treatment, &self.outcome];
            if parts.contains(&name) {
                return Err(Failure::usage(format!(
                    "--features {name}: that column has another part, and was not known before treatment"
                )));
            }
        }
        let is_feature = |own: &&CellColumn| match args.features.is_empty() {
            true => !self.parts(args).any(|part| part == own.name),
            false => args.features.contains(&own.name),
        };
        let mut features = Vec::new();
        let mut telling = Vec::new();
        for column in cells.columns.iter().filter(is_feature) {
            match feature(column, rows) {
                Some(values) => features.push(Feature {
                    name: column.name.clone(),
                    values,
                }),
                None => telling.push(column.name.as_str()),
            }
        }
        // What the figure from before tells of the outcome it may tell of uplift too.
        if let Some(before) = args.before.as_deref().and_then(|name| cells.column(name))
            && args.features.is_empty()
        {
            features.extend(feature(before, rows).map(|values| Feature {
                name: before.name.clone(),
                values,
            }));
        }
        if !telling.is_empty() {
            notes.push(format!(
                "left out of the features, since nearly every customer has a word of her own there: {}",
                telling.join(", ")
            ));
        }
        if features.len() > MAX_FEATURES {
            let count = features.len();
            return Err(Failure::usage(format!(
                "{count} features, {MAX_FEATURES} is the most: name those that matter with --features"
            )));
        }
        Ok(features)
    }
}
