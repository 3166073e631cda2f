//! The customers that a model is fitted to or asked about: what they bought, and where that was read.

use perennial_batch::manifest::Input;
use perennial_batch::orders::CustomerNames;
use perennial_forecast::{
    Caution, Groups, Orders, Purchases, Spend, SpendGroups, Unit, cautions, history, nobody_leaves,
};
use perennial_model::{Time, Zone};

use crate::args::{OrdersFrom, UnitName};
use crate::commands::instant;
use crate::failure::Failure;

use super::{log, refused, summary};

/// Characters of a date without a time of day.
const DATE_CHARS: usize = 10;

/// The customers.
pub struct Base {
    /// What they are called.
    pub names: Names,
    /// What the models of purchases know of each.
    pub purchases: Vec<Purchases>,
    /// What the model of spend knows of each; empty where no amounts are known.
    pub spend: Vec<Spend>,
    /// The sum of the logarithms of all times between purchases, where it is known.
    pub ln_gaps: Option<f64>,
    /// How many customers each stands for; `None`: one.
    pub weights: Option<Vec<u64>>,
    /// Their orders, where they come of a log.
    pub orders: Option<Orders>,
    /// Where that comes from.
    pub about: About,
}

/// What customers are called.
pub enum Names {
    /// By their place: their numbers among the names.
    Known(CustomerNames, Vec<u32>),
    /// As they stand in a table.
    Listed(Vec<String>),
    /// By their row, from 1.
    Rows,
}

impl Names {
    /// Adds the name of the customer at this place to a text.
    pub fn with<T>(&self, place: usize, with: impl FnOnce(&str) -> T) -> T {
        match self {
            Self::Known(names, numbers) => names.with(numbers[place], |bytes| {
                with(&String::from_utf8_lossy(bytes))
            }),
            Self::Listed(names) => with(&names[place]),
            Self::Rows => with(&(place + 1).to_string()),
        }
    }
}

/// Where figures come from.
#[derive(Clone)]
pub struct About {
    /// The unit of time.
    pub unit: Unit,
    /// The last day that counts; `None` of a summary, which does not say.
    pub until: Option<i32>,
    /// The days of the first and the last order that count.
    pub period: Option<(i32, i32)>,
    /// How long before the end the first order was that is not far before all others, in units of time; `None` where no orders were counted.
    pub history: Option<f64>,
    /// Where days begin.
    pub zone: Zone,
    /// Rows read.
    pub rows: u64,
    /// Rows left out, by reason.
    pub dropped: Vec<(String, u64)>,
    /// What to know about the data.
    pub warnings: Vec<String>,
    /// The files read.
    pub inputs: Vec<Input>,
}

impl About {
    /// A day as a date.
    pub fn date(&self, day: i32) -> String {
        date_of(day)
    }

    /// One hash of all that was read; `None` where a file has none.
    pub fn fingerprint(&self) -> Option<String> {
        let mut all = String::new();
        for input in &self.inputs {
            all.push_str(input.hash.as_deref()?);
        }
        (!all.is_empty()).then(|| format!("{:016x}", xxhash_rust::xxh3::xxh3_64(all.as_bytes())))
    }
}

/// A day counted from 1970-01-01 as a date.
pub fn date_of(day: i32) -> String {
    let utc = Zone::utc();
    utc.date_text(utc.day_start(day))
}

/// The unit's name.
pub fn unit_name(unit: Unit) -> &'static str {
    unit.name()
}

/// The unit of its name.
pub fn unit_of(name: UnitName) -> Unit {
    match name {
        UnitName::Day => Unit::Day,
        UnitName::Week => Unit::Week,
    }
}

/// What is asked of a source of orders.
#[derive(Clone, Copy)]
pub struct Asked {
    /// The unit of time.
    pub unit: Unit,
    /// Whether the orders themselves are needed beside the figures.
    pub keep_orders: bool,
    /// The last day that counts, where the command line does not say.
    pub until: Option<i32>,
}

/// Reads the customers of whatever was named.
///
/// # Errors
/// Wrong usage, what cannot be read, and figures that cannot be.
pub fn read(from: &OrdersFrom, asked: Asked) -> Result<Base, Failure> {
    let mut base = match &from.summary {
        Some(file) => summary::read(file, asked)?,
        None => log::read(from, asked)?,
    };
    base.about.history = Some(history(&base.purchases, base.about.unit));
    base.warn();
    Ok(base)
}

impl Base {
    /// Everybody, grouped.
    ///
    /// # Errors
    /// Times between purchases that cannot be.
    pub fn groups(&self) -> Result<Groups, Failure> {
        let groups = match &self.weights {
            None => Groups::of(&self.purchases).0,
            Some(weights) => {
                let pairs = self.purchases.iter().copied().zip(weights.iter().copied());
                Groups::counted(pairs)
            }
        };
        match self.ln_gaps {
            None => Ok(groups),
            Some(ln_gaps) => groups.with_gaps(ln_gaps).map_err(refused),
        }
    }

    /// What is known of everybody's spend, grouped; `None` where no amounts are known.
    pub fn spend_groups(&self) -> Option<SpendGroups> {
        if self.spend.is_empty() {
            return None;
        }
        Some(match &self.weights {
            None => SpendGroups::of(&self.spend),
            Some(weights) => {
                let pairs = self.spend.iter().copied().zip(weights.iter().copied());
                SpendGroups::counted(pairs)
            }
        })
    }

    /// Customers who bought again until the end of what is known.
    pub fn repeaters(&self) -> usize {
        self.purchases.iter().filter(|one| one.x() > 0).count()
    }

    /// Looks for what may mislead.
    fn warn(&mut self) {
        let weights = self.weights.as_deref();
        let found = cautions(&self.purchases, &self.spend, weights, self.about.unit);
        let told = found.iter().map(|one| self.told(one));
        let told: Vec<String> = told.collect();
        self.about.warnings.extend(told);
    }

    /// What to know of a model's chance that each customer is one still, by place: whether it says anything.
    pub fn nobody_leaves(&self, alive: impl Fn(usize) -> f64) -> Option<String> {
        let found = nobody_leaves(
            &self.purchases,
            self.weights.as_deref(),
            self.about.unit,
            alive,
        );
        found.map(|one| self.told(&one))
    }

    fn told(&self, caution: &Caution) -> String {
        let name = caution.place();
        let name = name.map(|place| self.names.with(place, str::to_owned));
        caution.told(name.as_deref(), self.about.unit)
    }
}

/// The last day that counts: a date is included, an instant is not.
pub fn last_day(text: &str, zone: &Zone) -> Result<i32, Failure> {
    let at = instant("--until", text, zone)?;
    Ok(match text.trim().len() <= DATE_CHARS {
        true => zone.day_of(at),
        false => zone.day_of(Time(at.ms() - 1)),
    })
}
