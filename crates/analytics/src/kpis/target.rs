//! What a figure should be, from a plan or a benchmark, and what reaching it would be worth.

use super::{Figure, Kpi, StageKpis};

/// A unit of money in millionths.
const UNIT: i128 = 1_000_000;

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
    /// What is missing: `target - actual` where more is better, else the other way round: of lapses, refunds,
    /// tickets, and moves to a stage that counts as lapsed. Below 0 the target is surpassed.
    pub gap: f64,
    /// How many it is about: the divisor of the rate, the orders of an average, 1 of a total, else the
    /// customers in the stage.
    pub customers: u64,
    /// What one of them is worth, in millionths of money: value to date by head of the stage she would be
    /// in, less that of the stage she is in where the figure is a conversion; what a buyer brings where it is
    /// the rate of buyers; 1 where the figure is money itself.
    pub value_per_head: Option<i128>,
    /// `gap × customers × value_per_head`, in millionths of money. Only of conversions, lapse, retention,
    /// recovery, buyers and money: nothing says what a point of a score is worth.
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
        let lower = self.kpi.is_better_lower() || self.leads_to_lapse(row, rows);
        let gap = if lower {
            actual - self.value
        } else {
            self.value - actual
        };
        let customers = match (self.kpi, figure) {
            (_, Figure::Rate(rate)) => rate.people,
            (_, Figure::Share(_)) => row.counts.entered,
            (Kpi::AverageOrder, _) => row.counts.orders,
            (Kpi::Revenue | Kpi::Refunded, _) => 1,
            _ => row.counts.at_end,
        };
        // Who does not lapse stays where she is: what is missing is the other way round as well.
        let sign = if self.leads_to_lapse(row, rows) {
            -1
        } else {
            1
        };
        let value_per_head = self.value_per_head(row, rows).map(|value| sign * value);
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
        let to = match self.kpi {
            Kpi::ConvertedWithin(to) | Kpi::ConvertedEver(to) => to,
            Kpi::LapseRate | Kpi::RetentionRate | Kpi::RecoveryRate => return value_per_head(row),
            Kpi::BuyerRate => return per_buyer(row),
            Kpi::AverageOrder | Kpi::Revenue | Kpi::Refunded | Kpi::ValuePerHead => {
                return Some(UNIT);
            }
            _ => return None,
        };
        let own = value_per_head(row)?;
        Some(value_per_head(next(row, to, rows)?)? - own)
    }

    /// Whether it is about moves to a stage that counts as lapsed, from one that does not.
    fn leads_to_lapse(&self, row: &StageKpis, rows: &[StageKpis]) -> bool {
        match self.kpi {
            Kpi::ConvertedWithin(to) | Kpi::ConvertedEver(to) => {
                !row.is_lapsed && next(row, to, rows).is_some_and(|next| next.is_lapsed)
            }
            _ => false,
        }
    }
}

impl Kpi {
    /// Whether less of it is better.
    pub fn is_better_lower(self) -> bool {
        use Kpi::{LapseRate, Lapsed, Refunded, TicketRate};
        matches!(self, Lapsed | LapseRate | Refunded | TicketRate)
    }
}

/// The row of another stage in the same period.
fn next<'r>(row: &StageKpis, to: u8, rows: &'r [StageKpis]) -> Option<&'r StageKpis> {
    let place = (row.lifecycle, to, row.period);
    let mut rows = rows.iter();
    rows.find(|next| (next.lifecycle, next.stage, next.period) == place)
}

/// What a buyer brings, in millionths of money.
fn per_buyer(row: &StageKpis) -> Option<i128> {
    let (revenue, buyers) = (row.counts.revenue, i128::from(row.counts.buyers));
    let paid = Kpi::Revenue.of(row).is_some() && buyers > 0;
    paid.then(|| (2 * revenue + buyers).div_euclid(2 * buyers))
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
    money as f64 / UNIT as f64
}
