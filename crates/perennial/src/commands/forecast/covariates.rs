//! What is known of customers beside their orders: a CSV of numbers and classes, a row a customer.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use perennial_forecast::Covariates;

use super::base::Base;
use super::refused;
use crate::failure::Failure;
use crate::questions::read_records;

/// What the column of customers may be called, without case; else it is the first.
const CUSTOMER: [&str; 3] = ["customer", "customer_id", "id"];
/// Most classes of a column of words.
const MAX_CLASSES: usize = 12;

/// A file of covariates.
struct File {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    customer: usize,
}

/// The covariates of every customer of a base. Of a column of words each class but the first in the alphabet is
/// one, called `column=class`. `names` are those that a model knows; `None` takes all that the file has.
///
/// # Errors
/// A file that cannot be read, customers that are missing in it, and what the models refuse.
pub fn read(path: &Path, base: &Base, names: Option<&[String]>) -> Result<Covariates, Failure> {
    let wrong = |what: String| Failure::usage(format!("--covariates {}: {what}", path.display()));
    let file = File::read(path)?;
    let known = match names {
        Some(names) => names.to_vec(),
        None => file.names().map_err(wrong)?,
    };
    let columns = known.iter().map(|name| file.column(name));
    let columns: Vec<(usize, Option<String>)> = columns.collect::<Result<_, _>>().map_err(wrong)?;
    let mut rows: HashMap<&str, usize> = HashMap::new();
    for (place, row) in file.rows.iter().enumerate() {
        let customer = row.get(file.customer).map_or("", |cell| cell.trim());
        if rows.insert(customer, place).is_some() {
            return Err(wrong(format!(
                "row {}: customer `{customer}` is there twice",
                place + 1
            )));
        }
    }
    let mut values = Vec::with_capacity(base.purchases.len() * columns.len());
    let (mut missing, mut first) = (0, String::new());
    for customer in 0..base.purchases.len() {
        let name = base.names.with(customer, str::to_owned);
        let Some(place) = rows.get(name.as_str()) else {
            missing += 1;
            if missing == 1 {
                first = name;
            }
            continue;
        };
        for (column, class) in &columns {
            let cell = file.rows[*place]
                .get(*column)
                .map_or("", |cell| cell.trim());
            values.push(match class {
                Some(class) => f64::from(u8::from(cell == class)),
                None => number(cell).ok_or_else(|| {
                    let (row, name) = (place + 1, &file.header[*column]);
                    wrong(format!("row {row}: {name} is `{cell}`, which is no number"))
                })?,
            });
        }
    }
    if missing > 0 {
        return Err(wrong(format!(
            "{missing} customers with orders are not in it, such as `{first}`; add them, or leave their orders out"
        )));
    }
    Covariates::new(known, values).map_err(refused)
}

impl File {
    fn read(path: &Path) -> Result<Self, Failure> {
        let mut rows = read_records(path)?.into_iter();
        let header = rows.next().unwrap_or_default();
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let is_customer = |name: &String| CUSTOMER.contains(&name.to_lowercase().as_str());
        if header.len() < 2 {
            return Err(Failure::usage(format!(
                "--covariates {}: it has no columns but the customer; a CSV with a row a customer is wanted",
                path.display()
            )));
        }
        Ok(Self {
            customer: header.iter().position(is_customer).unwrap_or(0),
            rows: rows.collect(),
            header,
        })
    }

    /// The covariates that the columns are.
    fn names(&self) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for (place, name) in self.header.iter().enumerate() {
            if place == self.customer {
                continue;
            }
            let cells = || {
                self.rows
                    .iter()
                    .map(|row| row.get(place).map_or("", |cell| cell.trim()))
            };
            if cells().all(|cell| number(cell).is_some()) {
                names.push(name.clone());
                continue;
            }
            let classes: BTreeSet<&str> = cells().collect();
            if classes.len() > MAX_CLASSES {
                return Err(format!(
                    "{name} has {} classes, and {MAX_CLASSES} is the most: put some of them together",
                    classes.len()
                ));
            }
            names.extend(
                classes
                    .into_iter()
                    .skip(1)
                    .map(|class| format!("{name}={class}")),
            );
        }
        Ok(names)
    }

    /// The column of a covariate, and the class that it is, if it is one.
    fn column(&self, name: &str) -> Result<(usize, Option<String>), String> {
        let find = |name: &str| self.header.iter().position(|own| own == name);
        if let Some(column) = find(name) {
            return Ok((column, None));
        }
        let class = name.split_once('=');
        let found = class.and_then(|(column, class)| Some((find(column)?, Some(class.to_owned()))));
        found.ok_or_else(|| format!("there is no column for `{name}`, which the model knows"))
    }
}

fn number(cell: &str) -> Option<f64> {
    cell.parse::<f64>().ok().filter(|value| value.is_finite())
}
