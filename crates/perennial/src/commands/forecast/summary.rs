//! Summaries: tables of what somebody else has counted, a row a customer or a group of them.

use std::collections::BTreeMap;

use perennial_batch::orders::figures::{Figures, Wanted};
use perennial_forecast::{Donations, Purchases, Renewals, Spend};
use perennial_model::Zone;

use super::base::{About, Asked, Base, Names};
use super::refused;
use crate::failure::Failure;

/// What a column of names may be called.
const NAMES: [&str; 3] = ["customer", "customer_id", "id"];
/// The greatest whole number that every float up to it is.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

const X: Wanted = column(&["x", "frequency"], true, None);
const T_X: Wanted = column(&["t_x", "recency"], true, None);
const AGE: Wanted = column(&["T", "age"], true, None);
const ZBAR: Wanted = column(&["zbar", "monetary_value"], false, Some(0.0));
const WEIGHT: Wanted = column(&["weight", "customers"], false, None);
const LN_GAPS: Wanted = column(&["litt"], false, None);
const PERIODS: Wanted = column(&["n"], true, None);
const PERIOD: Wanted = column(&["period"], true, None);
const SURVIVORS: Wanted = column(&["survivors"], true, None);

const fn column(names: &'static [&'static str], required: bool, empty: Option<f64>) -> Wanted {
    Wanted {
        names,
        required,
        empty,
    }
}

/// # Errors
/// What cannot be read, and figures that cannot be, with their row.
pub fn read(file: &str, asked: Asked) -> Result<Base, Failure> {
    let figures = Figures::read(file, &[X, T_X, AGE, ZBAR, WEIGHT, LN_GAPS], &NAMES)?;
    let [x, t_x, age, zbar, weight, ln_gaps] = &figures.columns[..] else {
        return Err(Failure::failed("a column of figures is missing"));
    };
    let mut purchases = Vec::with_capacity(figures.rows);
    let mut spend = Vec::new();
    for row in 0..figures.rows {
        let count = whole(file, row, "x", x[row])?;
        let count = u32::try_from(count)
            .map_err(|_| wrong(file, row, format!("x is {count}, which is too many")))?;
        let one = Purchases::new(count, t_x[row], age[row]);
        purchases.push(one.map_err(|error| wrong(file, row, error))?);
        if let Some(mean) = zbar.get(row) {
            // Whoever spent nothing that is known of tells nothing of spend.
            let known = match *mean == 0.0 {
                true => Ok(Spend::unknown()),
                false => Spend::new(count, *mean),
            };
            spend.push(known.map_err(|error| wrong(file, row, error))?);
        }
    }
    let weights = weights(file, weight)?;
    let times = |row: usize| weights.as_ref().map_or(1.0, |weights| weights[row] as f64);
    let gaps = ln_gaps
        .iter()
        .enumerate()
        .map(|(row, gap)| times(row) * gap);
    Ok(Base {
        purchases,
        spend,
        ln_gaps: (!ln_gaps.is_empty()).then(|| gaps.sum()),
        weights,
        orders: None,
        about: about(&figures, asked),
        names: figures.names.map_or(Names::Rows, Names::Listed),
    })
}

/// Donations and how many customers each row stands for.
pub struct DonationRows {
    /// By row.
    pub rows: Vec<(Donations, u64)>,
    /// What the customers are called.
    pub names: Names,
    /// Where that comes from.
    pub about: About,
}

impl DonationRows {
    /// # Errors
    /// As [`read`].
    pub fn read(file: &str, asked: Asked) -> Result<Self, Failure> {
        let figures = Figures::read(file, &[X, T_X, PERIODS, WEIGHT], &NAMES)?;
        let [x, t_x, n, weight] = &figures.columns[..] else {
            return Err(Failure::failed("a column of figures is missing"));
        };
        let weights = weights(file, weight)?;
        let mut rows = Vec::with_capacity(figures.rows);
        for row in 0..figures.rows {
            let count = |name: &str, value: f64| {
                let value = whole(file, row, name, value)?;
                u32::try_from(value)
                    .map_err(|_| wrong(file, row, format!("{name} is {value}, which is too many")))
            };
            let one = Donations::new(
                count("x", x[row])?,
                count("t_x", t_x[row])?,
                count("n", n[row])?,
            );
            let one = one.map_err(|error| wrong(file, row, error))?;
            rows.push((one, weights.as_ref().map_or(1, |weights| weights[row])));
        }
        Ok(Self {
            rows,
            about: about(&figures, asked),
            names: figures.names.map_or(Names::Rows, Names::Listed),
        })
    }

    /// Those alike together.
    pub fn grouped(&self) -> BTreeMap<Donations, u64> {
        let mut grouped = BTreeMap::new();
        for (one, count) in self.rows.iter().filter(|(_, count)| *count > 0) {
            *grouped.entry(*one).or_insert(0) += count;
        }
        grouped
    }
}

/// The contracts left after each renewal.
pub struct Survivors {
    /// At first, after the first renewal, and so on.
    pub left: Vec<u64>,
    /// Where that comes from.
    pub about: About,
}

impl Survivors {
    /// # Errors
    /// As [`read`], and periods that are not 0, 1, 2 and so on.
    pub fn read(file: &str, asked: Asked) -> Result<Self, Failure> {
        let figures = Figures::read(file, &[PERIOD, SURVIVORS], &[])?;
        let [period, survivors] = &figures.columns[..] else {
            return Err(Failure::failed("a column of figures is missing"));
        };
        let mut rows = Vec::with_capacity(figures.rows);
        for row in 0..figures.rows {
            let period = whole(file, row, "period", period[row])?;
            rows.push((period, whole(file, row, "survivors", survivors[row])?));
        }
        rows.sort_unstable();
        let first = rows.first().map_or(0, |row| row.0);
        for (place, (period, _)) in rows.iter().enumerate() {
            if *period != first + place as u64 || first > 1 {
                return Err(Failure::failed(format!(
                    "{file}: the periods must be 0, 1, 2 and so on, each once, but there is {period} at place {place}; fill in what is missing"
                )));
            }
        }
        let left: Vec<u64> = rows.into_iter().map(|row| row.1).collect();
        Renewals::of_survivors(&left).map_err(refused)?;
        Ok(Self {
            left,
            about: about(&figures, asked),
        })
    }
}

fn about(figures: &Figures, asked: Asked) -> About {
    About {
        unit: asked.unit,
        until: None,
        period: None,
        history: None,
        zone: Zone::utc(),
        rows: figures.rows as u64,
        dropped: Vec::new(),
        warnings: Vec::new(),
        inputs: vec![figures.input.clone()],
    }
}

fn weights(file: &str, weights: &[f64]) -> Result<Option<Vec<u64>>, Failure> {
    if weights.is_empty() {
        return Ok(None);
    }
    let all = weights.iter().enumerate();
    all.map(|(row, weight)| whole(file, row, "weight", *weight))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn whole(file: &str, row: usize, name: &str, value: f64) -> Result<u64, Failure> {
    match value.fract() == 0.0 && (0.0..=MAX_WHOLE).contains(&value) {
        true => Ok(value as u64),
        false => Err(wrong(
            file,
            row,
            format!(
                "{name} is {value}, but must be a whole number from 0; correct the row or leave it out"
            ),
        )),
    }
}

fn wrong(file: &str, row: usize, what: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("{file}, row {}: {what}", row + 1))
}
