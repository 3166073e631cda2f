//! What a figure should be, from a plan or a benchmark, and what reaching it would be worth.

use super::{Figure, Kpi, StageKpis};

/// What a figure of a stage should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The lifecycle, by its number.
    pub lifecycle: u16,
    /// The stage, by its place.
    pub stage: u8,
    /// The figure.
    pub kpi: Kpi,
    /// Its value, as [`Figure::number`] counts it: rates from 0 to 1, money in units.
    pub value: f64,
    /// Who says so: a plan, a study, an own region.
    pub source: String,
    /// As of which day, counted since 1970-01-01; `None` if it is not known.
    pub day: Option<i64>,
}

/// How far a stage is from a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// The target.
    pub target: Target,
    /// The period; `None` for the whole range.
    pub period: Option<i64>,
    /// What the figure is.
    pub actual: f64,
    /// What is missing: `target - actual` where more is better, else the other way round. Below 0 the
    /// target is surpassed.
    pub gap: f64,
    /// How many customers it is about: the divisor of the rate, or those in the stage.
    pub customers: u64,
    /// What one of them is worth, in millionths of money: value to date by head of the stage she would be
    /// in, less that of the stage she is in where the figure is a conversion.
    pub value_per_head: Option<i128>,
    /// `gap × customers × value_per_head`, in millionths of money. Only of conversions, lapse, retention and
    /// recovery: nothing says what a point of a score is worth.
    pub money: Option<i128>,
    /// That formula with its numbers, to be read: money in units.
    pub formula: Option<String>,
}

impl Target {
    /// Its gaps in rows, one for each row of its stage that answers its figure.
    pub fn gaps(&self, rows: &[StageKpis]) -> Vec<Gap> {
        let own = |row: &&StageKpis| (row.lifecycle, row.stage) == (self.lifecycle, self.stage);
        let gap = |row: &StageKpis| self.gap(row, rows);
        rows.iter().filter(own).filter_map(gap).collect()
    }

    fn gap(&self, row: &StageKpis, rows: &[StageKpis]) -> Option<Gap> {
        let figure = self.kpi.of(row)?;
        let actual = figure.number()?;
        let gap = if self.kpi.is_better_lower() {
            actual - self.value
        } else {
            self.value - actual
        };
        let customers = match figure {
            Figure::Rate(rate) => rate.people,
            Figure::Share(_) => row.counts.entered,
            _ => row.counts.at_end,
        };
        let value_per_head = self.value_per_head(row, rows);
        let money = value_per_head.map(|value| times(value, gap * customers as f64));
        let formula = value_per_head.zip(money).map(|(value, money)| {
            let (value, money) = (units(value), units(money));
            format!("{gap:.4} × {customers} × {value:.2} = {money:.2}")
        });
        Some(Gap {
            target: self.clone(),
            period: row.period,
            actual,
            gap,
            customers,
            value_per_head,
            money,
            formula,
        })
    }

    fn value_per_head(&self, row: &StageKpis, rows: &[StageKpis]) -> Option<i128> {
        let own = value_per_head(row)?;
        let to = match self.kpi {
            Kpi::ConvertedWithin(to) | Kpi::ConvertedEver(to) => to,
            Kpi::LapseRate | Kpi::RetentionRate | Kpi::RecoveryRate => return Some(own),
            _ => return None,
        };
        let place = (row.lifecycle, to, row.period);
        let next = rows
            .iter()
            .find(|next| (next.lifecycle, next.stage, next.period) == place)?;
        Some(value_per_head(next)? - own)
    }
}

impl Kpi {
    /// Whether less of it is better.
    pub fn is_better_lower(self) -> bool {
        use Kpi::{LapseRate, Lapsed, Refunded, TicketRate};
        matches!(self, Lapsed | LapseRate | Refunded | TicketRate)
    }
}

fn value_per_head(row: &StageKpis) -> Option<i128> {
    match Kpi::ValuePerHead.of(row)? {
        Figure::Money(value) => Some(value),
        _ => None,
    }
}

/// A part or multiple of an amount, to the nearest millionth.
fn times(money: i128, factor: f64) -> i128 {
    (money as f64 * factor).round() as i128
}

fn units(money: i128) -> f64 {
    money as f64 / 1_000_000.0
}
