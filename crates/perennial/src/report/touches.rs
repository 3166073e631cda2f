//! A run's touches, read once for all sections that ask what customers did.

use perennial_analytics::calendar::{Calendar, Interval, Range};
use perennial_batch::results::Results;
use perennial_batch::trails::{Condition, Trails};

use crate::args::{Ask, Output, Show, Weekday};
use crate::failure::Failure;
use crate::questions::Question;

/// The touchpoints of orders and of refunds.
const ORDERED: &str = "ordered";
const REFUNDED: &str = "refunded";
/// Columns that may say what an order brings, the best first.
const VALUES: [&str; 6] = [
    "amount",
    "revenue",
    "total",
    "value",
    "order_value",
    "price",
];
/// Most periods that are looked at, the latest ones.
const MAX_PERIODS: usize = 120;

/// Touches, ready to be asked.
pub struct Touches {
    /// The touches.
    pub trails: Trails,
    /// The condition of orders.
    pub orders: u16,
    /// The condition of refunds.
    pub refunds: u16,
    /// The column of numbers with what orders bring, if one is known.
    pub value: Option<usize>,
    /// The name of that column.
    pub value_name: Option<&'static str>,
    ask: Ask,
}

impl Touches {
    /// Reads the table of touches.
    ///
    /// # Errors
    /// The run did not write it.
    pub fn read(results: &Results) -> Result<Self, Failure> {
        let ask = ask(results);
        let mut question = Question::new(&ask, "report/1")?;
        let mut condition = |name: &str| {
            question.condition(Condition {
                event: None,
                any_of: vec![name.to_owned()],
                rule: None,
                from: "touchpoints",
            })
        };
        let (orders, refunds) = (condition(ORDERED), condition(REFUNDED));
        let columns = results.columns("touches");
        let value_name = VALUES
            .into_iter()
            .find(|name| columns.iter().any(|own| own == name));
        question.asked.numbers.extend(value_name.map(str::to_owned));
        let trails = question.read()?;
        Ok(Self {
            trails,
            orders,
            refunds,
            value: value_name.map(|_| 0),
            value_name,
            ask,
        })
    }

    /// The calendar of an interval, and its latest periods; `None` where there is no touch.
    ///
    /// # Errors
    /// What ranges give.
    pub fn periods(&self, interval: Interval) -> Result<Option<(Calendar, Range)>, Failure> {
        let question = Question::new(&self.ask, "report/1")?;
        let calendar = Calendar::new(question.zone.clone(), interval, question.week_start);
        let Some((first, last)) = self.trails.span else {
            return Ok(None);
        };
        let all = calendar.period_of(last.ms()) - calendar.period_of(first.ms()) + 1;
        let count = usize::try_from(all).unwrap_or(1).min(MAX_PERIODS);
        let range = question.ending(&calendar, &self.trails, count)?;
        Ok(range.map(|range| (calendar, range)))
    }
}

/// A question about all touches of a run.
pub fn ask(results: &Results) -> Ask {
    let week_start = match results.manifest.week_start.as_str() {
        "sunday" => Weekday::Sunday,
        _ => Weekday::Monday,
    };
    Ask {
        input: Vec::new(),
        out: Some(results.folder().to_owned()),
        rule: None,
        from: None,
        to: None,
        timezone: None,
        unknown: None,
        week_start,
        customer: None,
        by: None,
        by_limit: 1,
        threads: None,
        show: Show {
            output: Output::Json,
            save: None,
            columns: Vec::new(),
        },
    }
}
