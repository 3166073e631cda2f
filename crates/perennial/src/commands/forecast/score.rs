//! `forecast score`: what a model says of each customer, written as it is worked out.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use perennial_batch::results::write_parquet_batches;
use perennial_forecast::{Discount, GammaGamma, Horizon, Model, Question, Score, Unit};
use serde_json::{Value, json};

use super::base::{Asked, Base, Names, read, unit_name, unit_of};
use super::fitted::{Fitted, title};
use super::model_file::ModelFile;
use super::periods;
use super::refused;
use super::scores::{self, Everybody, beyond_history, fitted_model};
use crate::answer::{Answer, Cell, quoted_text, shown};
use crate::args::{ForecastScore, OrdersFrom, Output, Show};
use crate::failure::{Failure, note};

/// Rows of the table for people.
const TABLE_ROWS: usize = 20;
/// Rows of a batch of Parquet.
const BATCH_ROWS: usize = 64 * 1024;
/// Days of a year, on average.
const YEAR_DAYS: f64 = 365.25;
/// The interest of a year that can be.
const INTEREST: (f64, f64) = (1e-6, 1e3);

/// Columns of figures and the names beside them.
pub struct Table {
    /// What it is called.
    pub title: String,
    /// What the answer is about.
    pub head: Vec<(&'static str, Value)>,
    /// What the rows are called.
    pub names: Names,
    /// How many rows.
    pub rows: usize,
    /// The columns, in their order.
    pub columns: Vec<(&'static str, Figures)>,
    /// What to know.
    pub notes: Vec<String>,
}

/// A column of figures; NaN stands for what is not known and is written as null.
pub enum Figures {
    /// Of groups, with the group of each row.
    Groups(Arc<Vec<u32>>, Vec<f64>),
    /// Of rows.
    Rows(Vec<f64>),
}

impl Figures {
    fn value(&self, row: usize) -> Option<f64> {
        let value = match self {
            Self::Groups(of, values) => values[of[row] as usize],
            Self::Rows(values) => values[row],
        };
        value.is_finite().then_some(value)
    }
}

/// # Errors
/// Wrong usage, and what cannot be read or written.
pub fn score(args: &ForecastScore) -> Result<(), Failure> {
    let file = ModelFile::load(&args.model_file)?;
    let horizon = Horizon::new(args.horizon).map_err(refused)?;
    let table = match file.fitted.model.as_str() {
        "bgbb" => periods::donations(args, &file)?,
        "sbg" => periods::contracts(args, &file)?,
        "gammagamma" => spend_alone(args, &file)?,
        _ => purchases(args, &file, horizon)?,
    };
    table.show(&args.show)
}

/// What to ask a source of orders for, so that it fits a model.
///
/// # Errors
/// Another unit than the model's.
pub fn asked(from: &OrdersFrom, file: &ModelFile, keep_orders: bool) -> Result<Asked, Failure> {
    let unit = file.unit();
    if let Some(named) = from.unit.map(unit_of).filter(|named| *named != unit) {
        return Err(Failure::usage(format!(
            "--unit {}: the model counts in {}s; leave --unit out, or fit a model in that unit",
            unit_name(named),
            unit_name(unit)
        )));
    }
    Ok(Asked {
        unit,
        keep_orders,
        until: None,
    })
}

/// The discount of a unit of time.
fn discount(annual: Option<f64>, unit: Unit) -> Result<Option<Discount>, Failure> {
    let Some(annual) = annual else {
        return Ok(None);
    };
    if !(INTEREST.0..=INTEREST.1).contains(&annual) {
        return Err(Failure::usage(format!(
            "--discount-annual {}: write the interest of a year as a number such as 0.15 for 15 %, from {} to {}",
            perennial_forecast::shown(annual),
            INTEREST.0,
            INTEREST.1
        )));
    }
    let rate = annual.ln_1p() / YEAR_DAYS * unit.days();
    Discount::new(rate).map(Some).map_err(refused)
}

/// The model of spend of a file.
///
/// # Errors
/// Parameters that cannot be.
pub fn spend_model(fitted: &Fitted) -> Result<GammaGamma, Failure> {
    if let Some(mean) = fitted.mean() {
        return GammaGamma::constant(mean).map_err(refused);
    }
    let values = GammaGamma::NAMES.map(|name| fitted.value(name).unwrap_or(f64::NAN));
    GammaGamma::of(values).map_err(refused)
}

fn purchases(args: &ForecastScore, file: &ModelFile, horizon: Horizon) -> Result<Table, Failure> {
    let base = read(&args.from, asked(&args.from, file, false)?)?;
    let mut notes = base.about.warnings.clone();
    notes.extend(beyond_history(file, horizon)?);
    let model = fitted_model(file)?;
    let everybody = Everybody::of(model.model(), args.covariates.as_deref(), &base)?;
    let money = file.spend.as_ref().map(spend_model).transpose()?;
    let discount = discount(args.discount_annual, base.about.unit)?;
    let question = Question {
        horizon,
        discount,
        lifetime: discount.is_some(),
    };
    let known = money.as_ref().zip(file.spend.as_ref());
    let known = known.filter(|_| !base.spend.is_empty());
    let known = known.map(|(money, fitted)| (money, &fitted.covariance[..]));
    let scores = scores::Table::of(&model, everybody, &question, known)?;
    let worth = known.map(|_| scores.worth(&base.spend));
    notes.extend(base.nobody_leaves(|place| scores.groups[scores.of[place] as usize].alive));
    let of = Arc::new(scores.of);
    let groups = |value: fn(&Score) -> f64| {
        let values = scores.groups.iter().map(value).collect();
        Figures::Groups(Arc::clone(&of), values)
    };
    let mut columns = vec![
        ("p_alive", groups(|one| one.alive)),
        ("expected_purchases", groups(|one| one.expected)),
        ("low", groups(|one| one.interval.low)),
        ("high", groups(|one| one.interval.high)),
    ];
    match worth {
        Some([mean, low, high]) => {
            columns.push(("clv", Figures::Rows(mean)));
            columns.push(("clv_low", Figures::Rows(low)));
            columns.push(("clv_high", Figures::Rows(high)));
        }
        None if money.is_some() => notes.push("no amounts are known of these orders, so there is no value: name their column with --amount".to_owned()),
        None => {}
    }
    if discount.is_some() {
        columns.push(("dert", groups(|one| one.lifetime.unwrap_or(f64::NAN))));
    }
    Ok(table(args, file, base, columns, notes))
}

fn table(
    args: &ForecastScore,
    file: &ModelFile,
    base: Base,
    columns: Vec<(&'static str, Figures)>,
    notes: Vec<String>,
) -> Table {
    Table {
        title: title(&file.fitted.model).to_owned(),
        head: head(args, file, base.about.until.map(|day| base.about.date(day))),
        rows: base.purchases.len(),
        names: base.names,
        columns,
        notes,
    }
}

/// What an answer is about.
pub fn head(
    args: &ForecastScore,
    file: &ModelFile,
    until: Option<String>,
) -> Vec<(&'static str, Value)> {
    vec![
        ("model", json!(file.fitted.model)),
        ("unit", json!(file.data.unit)),
        ("horizon", json!(args.horizon)),
        ("until", json!(until)),
    ]
}

/// What the next purchase of each is worth on average, where nothing is known of how many come.
fn spend_alone(args: &ForecastScore, file: &ModelFile) -> Result<Table, Failure> {
    let base = read(&args.from, asked(&args.from, file, false)?)?;
    let money = spend_model(&file.fitted)?;
    if base.spend.is_empty() {
        return Err(Failure::usage(
            "the model is one of spend: name the column of amounts with --amount, or have zbar in the summary",
        ));
    }
    let mean = |one| money.expected(one).unwrap_or(f64::NAN);
    let ends: Vec<_> = base.spend.iter().map(|one| money.interval(one)).collect();
    let columns = vec![
        (
            "mean_value",
            Figures::Rows(base.spend.iter().map(mean).collect()),
        ),
        (
            "mean_low",
            Figures::Rows(ends.iter().map(|one| one.low).collect()),
        ),
        (
            "mean_high",
            Figures::Rows(ends.iter().map(|one| one.high).collect()),
        ),
    ];
    let notes = base.about.warnings.clone();
    Ok(table(args, file, base, columns, notes))
}

impl Table {
    /// Shows it as asked, row by row.
    ///
    /// # Errors
    /// A column that does not exist, or a file that cannot be written.
    pub fn show(mut self, show: &Show) -> Result<(), Failure> {
        let (output, save) = (show.output, show.save.as_deref());
        if !show.columns.is_empty() {
            self.choose(&show.columns)?;
        }
        if output != Output::Table && output != Output::Json {
            self.notes.iter().for_each(|text| note(text));
        }
        match (output, save) {
            (Output::Table, _) => self.people().show(&Show {
                columns: Vec::new(),
                ..show.clone()
            }),
            (Output::Parquet, None) => Err(Failure::usage("--output parquet needs --save FILE")),
            (Output::Parquet, Some(path)) => self.parquet(path),
            (_, Some(path)) => {
                let failed = |error| Failure::failed(format!("{}: {error}", path.display()));
                let mut to = BufWriter::new(File::create(path).map_err(failed)?);
                self.text(output, &mut to).map_err(failed)
            }
            (_, None) => {
                let mut to = BufWriter::new(std::io::stdout().lock());
                Ok(self.text(output, &mut to)?)
            }
        }
    }

    /// Keeps the columns named, in that order; the customer is always there.
    fn choose(&mut self, wanted: &[String]) -> Result<(), Failure> {
        let mut kept = Vec::new();
        for name in wanted.iter().filter(|name| *name != "customer") {
            let place = self.columns.iter().position(|(own, _)| own == name);
            let place = place.ok_or_else(|| {
                let known: Vec<&str> = self.columns.iter().map(|(own, _)| *own).collect();
                Failure::usage(format!(
                    "the answer has no column `{name}`; it has customer, {}",
                    known.join(", ")
                ))
            })?;
            kept.push(self.columns.remove(place));
        }
        self.columns = kept;
        Ok(())
    }

    /// The first rows for people.
    fn people(&self) -> Answer {
        let rows = (0..self.rows.min(TABLE_ROWS)).map(|row| {
            let name = self.names.with(row, |name| Cell::Text(name.to_owned()));
            let figures = self
                .columns
                .iter()
                .map(|(_, figures)| figures.value(row).map_or(Cell::Null, Cell::Fraction));
            std::iter::once(name).chain(figures).collect()
        });
        let mut notes = vec![format!("{}, {} rows", self.title, self.rows)];
        if self.rows > TABLE_ROWS {
            let more = self.rows - TABLE_ROWS;
            notes.push(format!(
                "{more} more: --output csv, json or parquet has all of them"
            ));
        }
        notes.extend(self.notes.iter().cloned());
        let columns = self.columns.iter().map(|(name, _)| shown(*name));
        Answer {
            head: Vec::new(),
            list: "customers",
            columns: std::iter::once(shown("customer")).chain(columns).collect(),
            rows: rows.collect(),
            notes,
            json: None,
        }
    }

    fn text(&self, output: Output, to: &mut dyn Write) -> std::io::Result<()> {
        match output {
            Output::Json => self.json(to),
            _ => self.csv(to),
        }?;
        to.flush()
    }

    fn csv(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let mut line = "customer".to_owned();
        for (name, _) in &self.columns {
            line.push(',');
            line.push_str(name);
        }
        line.push_str("\r\n");
        to.write_all(line.as_bytes())?;
        for row in 0..self.rows {
            line.clear();
            self.names
                .with(row, |name| line.push_str(&quoted_text(name)));
            for (_, figures) in &self.columns {
                line.push(',');
                if let Some(value) = figures.value(row) {
                    // Text takes whatever is written.
                    let _ = write!(line, "{value}");
                }
            }
            line.push_str("\r\n");
            to.write_all(line.as_bytes())?;
        }
        Ok(())
    }

    fn json(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let mut line = "{\n".to_owned();
        for (key, value) in &self.head {
            let _ = writeln!(line, "  \"{key}\": {value},");
        }
        let _ = writeln!(line, "  \"notes\": {},", json!(self.notes));
        line.push_str("  \"customers\": [");
        for row in 0..self.rows {
            line.push_str(if row == 0 { "\n    {" } else { ",\n    {" });
            let name = self.names.with(row, |name| Value::String(name.to_owned()));
            let _ = write!(line, "\"customer\": {name}");
            for (name, figures) in &self.columns {
                let _ = match figures.value(row) {
                    Some(value) => write!(line, ", \"{name}\": {value}"),
                    None => write!(line, ", \"{name}\": null"),
                };
            }
            line.push('}');
            to.write_all(line.as_bytes())?;
            line.clear();
        }
        line.push_str("\n  ]\n}\n");
        to.write_all(line.as_bytes())
    }

    fn parquet(&self, path: &Path) -> Result<(), Failure> {
        let mut fields = vec![Field::new("customer", DataType::Utf8, false)];
        let figures = self.columns.iter();
        fields.extend(figures.map(|(name, _)| Field::new(*name, DataType::Float64, true)));
        let schema = Arc::new(Schema::new(fields));
        let batches = (0..self.rows).step_by(BATCH_ROWS).map(|from| {
            let rows = from..self.rows.min(from + BATCH_ROWS);
            let names = rows.clone().map(|row| self.names.with(row, str::to_owned));
            let mut arrays: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(names))];
            for (_, figures) in &self.columns {
                let values = rows.clone().map(|row| figures.value(row));
                arrays.push(Arc::new(values.collect::<Float64Array>()));
            }
            RecordBatch::try_new(Arc::clone(&schema), arrays)
        });
        Ok(write_parquet_batches(path, &schema, batches)?)
    }
}
