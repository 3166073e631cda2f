//! What there is to say: the sections of a report, each with its figures, units and definitions.

mod ahead;
mod value;

use serde::Serialize;

pub use ahead::{Ahead, Expected, StageAhead, StageTrial};
pub use value::{AtRisk, ChurnBand, Value, ValueTenth, ValueTotal, ValueTrial};

/// A report. What is absent or empty has no section in the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What it is about, and how fresh it is.
    pub about: About,
    /// What somebody should know who reads nothing else, the most important first.
    pub glance: Vec<Glance>,
    /// The figures to look at first.
    pub headlines: Vec<Headline>,
    /// Sentences on what changed most, the most important first.
    pub changes: Vec<String>,
    /// Who is in which stage, now and over time.
    pub stages: Option<Stages>,
    /// Who moved from where to where.
    pub flow: Option<Flow>,
    /// The figures of each stage.
    pub kpis: Option<Kpis>,
    /// What customers of each stage touch, and where it hurts.
    pub journey: Option<Journey>,
    /// Who came back.
    pub cohorts: Option<Cohorts>,
    /// Regions side by side.
    pub regions: Option<Regions>,
    /// What is worth trying, and what it may bring.
    pub opportunities: Option<Opportunities>,
    /// Where the business itself stands.
    pub business: Option<Business>,
    /// How full each stage will be.
    pub ahead: Option<Ahead>,
    /// Who is still a customer, and what customers are worth.
    pub value: Option<Value>,
}

/// What a report is about, and how fresh it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct About {
    /// The workspace.
    pub workspace: String,
    /// The lifecycle that stages belong to.
    pub lifecycle: String,
    /// Where history ends, exclusive, RFC 3339.
    pub as_of: String,
    /// The first and the last touch, RFC 3339.
    pub span: Option<[String; 2]>,
    /// Rows read.
    pub rows_read: u64,
    /// Of these, rows that are touches.
    pub rows_used: u64,
    /// Why the others are not, each with how many.
    pub rows_dropped: Vec<(String, u64)>,
    /// Customers.
    pub customers: u64,
    /// The version of the rules.
    pub rule_version: String,
    /// The time zone in which days begin.
    pub time_zone: String,
    /// The currency of money.
    pub currency: Currency,
    /// The version of the program.
    pub program: String,
    /// The names and versions of the definitions that sections follow.
    pub definitions: Vec<String>,
    /// What a reader should know of the numbers.
    pub notes: Vec<String>,
}

/// A currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Currency {
    /// Its ISO 4217 code; `XXX` stands for none in particular.
    pub code: String,
    /// Decimal places of its minor unit.
    pub decimals: u32,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// So many customers.
    Customers,
    /// So many of anything else.
    #[default]
    Count,
    /// A part of one, shown in per cent.
    Share,
    /// Money of the report's currency.
    Money,
    /// Days of 24 hours.
    Days,
    /// All customers together are 100.
    Index,
    /// A number on a scale of its own.
    Score,
}

/// A number with its unit and how sure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measure {
    /// The number; `None` where it cannot be known.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: Unit,
    /// The interval it lies in with 95 per cent, where it is an estimate.
    pub interval: Option<[f64; 2]>,
}

impl Measure {
    /// A number without an interval.
    pub fn new(value: impl Into<Option<f64>>, unit: Unit) -> Self {
        Self {
            value: value.into(),
            unit,
            interval: None,
        }
    }

    /// A number with the interval it lies in.
    pub fn within(value: f64, unit: Unit, interval: [f64; 2]) -> Self {
        Self {
            interval: Some(interval),
            ..Self::new(value, unit)
        }
    }
}

/// An answer for somebody who reads nothing else.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Glance {
    /// What it answers, such as «What hurts most».
    pub name: String,
    /// The answer, in a sentence.
    pub text: String,
    /// What it is about in money or customers; without a value there is nothing to show.
    pub worth: Measure,
    /// What that number is, such as «at stake».
    pub worth_name: String,
    /// Where more of it stands.
    pub more: Place,
}

/// A section of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Figures to look at first.
    #[default]
    Headlines,
    /// Where the business stands.
    Business,
    /// Who is in which stage.
    Stages,
    /// The journey and where it hurts.
    Journey,
    /// What is worth trying.
    Opportunities,
    /// Regions side by side.
    Regions,
    /// Value and churn.
    Value,
}

/// A figure to look at first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Headline {
    /// What it measures, in plain words.
    pub name: String,
    /// The figure.
    pub measure: Measure,
    /// What it was before.
    pub before: Measure,
    /// What «before» means, such as «28 days earlier».
    pub before_name: String,
    /// How it came here, oldest first; `None` where it cannot be known.
    pub trend: Vec<Option<f64>>,
}

/// Who is in which stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stages {
    /// Each stage in the lifecycle's order.
    pub today: Vec<StageToday>,
    /// The dates of the trend, oldest first.
    pub dates: Vec<String>,
    /// Customers at the ends of these dates, for each stage.
    pub trend: Vec<Series>,
}

/// A stage where history ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageToday {
    /// The stage.
    pub stage: String,
    /// Customers in it.
    pub customers: u64,
    /// Customers in it at the beginning of the period compared with.
    pub before: u64,
}

/// Numbers over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Series {
    /// Whose numbers they are.
    pub name: String,
    /// A number for each date.
    pub values: Vec<f64>,
}

/// Who moved from where to where.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Flow {
    /// The date of the left side.
    pub from: String,
    /// The date of the right side.
    pub to: String,
    /// Stages in the lifecycle's order; streams name them by place.
    pub stages: Vec<String>,
    /// Customers by where they stood on both dates.
    pub streams: Vec<Stream>,
    /// Every move between the two dates, by stages.
    pub moves: Vec<Move>,
}

/// Customers who stood in one stage on a date, and in one on another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stream {
    /// The stage on the first date by its place; `None` for outside of the lifecycle.
    pub from: Option<usize>,
    /// The stage on the second date.
    pub to: Option<usize>,
    /// How many.
    pub customers: u64,
}

/// Moves from one stage to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Move {
    /// The stage left; `None` for outside of the lifecycle.
    pub from: Option<usize>,
    /// The stage entered.
    pub to: Option<usize>,
    /// How many moves.
    pub moves: u64,
    /// Half of them came after at most so many days in the stage left.
    pub median_days: Option<f64>,
    /// A tenth of them came after at most so many days, nine tenths after at most so many.
    pub spread_days: Option<[f64; 2]>,
}

/// The figures of each stage in one period, and how they came there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Kpis {
    /// The period, as [`crate::date_in_words`] reads it.
    pub period: String,
    /// The period before.
    pub before: String,
    /// What the points of trends are, in words.
    pub trend: String,
    /// The stages in the lifecycle's order.
    pub stages: Vec<String>,
    /// The figures.
    pub figures: Vec<KpiFigure>,
}

/// One figure of all stages.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KpiFigure {
    /// Its name.
    pub name: String,
    /// Its name in the answers of `kpis`.
    pub field: String,
    /// What it means, in a sentence.
    pub meaning: String,
    /// Its numbers, one for each stage.
    pub stages: Vec<StageFigure>,
}

/// One figure of one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageFigure {
    /// In the period.
    pub measure: Measure,
    /// In the period before.
    pub before: Measure,
    /// By periods up to that one, oldest first; `None` where it cannot be known.
    pub trend: Vec<Option<f64>>,
}

/// What customers of each stage touch, and where it hurts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Journey {
    /// What the period is, in words.
    pub period: String,
    /// The stages in order.
    pub stages: Vec<JourneyStage>,
    /// Pain points, the worst first.
    pub pains: Vec<Pain>,
}

/// A column of the journey map.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct JourneyStage {
    /// The stage.
    pub stage: String,
    /// Customers who were in it.
    pub customers: u64,
    /// What they touched, the most frequent first.
    pub touchpoints: Vec<Touchpoint>,
}

/// A touchpoint within a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Touchpoint {
    /// The touchpoint.
    pub name: String,
    /// How often it was touched.
    pub touches: u64,
    /// Customers who did.
    pub customers: u64,
    /// How they felt, or how well it went, where that is known.
    pub feeling: Option<Measure>,
}

/// A place where the journey hurts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pain {
    /// What hurts, in plain words.
    pub what: String,
    /// The stage it is in.
    pub stage: String,
    /// The touchpoint it is at.
    pub touchpoint: String,
    /// Customers concerned.
    pub customers: u64,
    /// How many of them are hit.
    pub severity: Measure,
    /// How many are elsewhere.
    pub usual: Measure,
    /// What is at stake.
    pub value: Measure,
    /// How sure it is.
    pub evidence: String,
    /// What to begin with, in a sentence.
    pub remedy: String,
}

/// Who came back.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cohorts {
    /// What makes one a member, in words.
    pub start: String,
    /// What counts as coming back, in words.
    pub back: String,
    /// What a period is, such as «month».
    pub period: String,
    /// The cohorts, oldest first.
    pub cohorts: Vec<Cohort>,
}

/// Those who began in one period.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cohort {
    /// The period.
    pub name: String,
    /// How many began in it.
    pub size: u64,
    /// How many came back, by periods after the start; the first is the period after.
    pub returned: Vec<Option<u64>>,
}

/// Regions side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Regions {
    /// What numbers mean here, in a sentence.
    pub meaning: String,
    /// The names of figures, in the order of each region's.
    pub names: Vec<String>,
    /// All customers together.
    pub whole: Region,
    /// Parts of the world, the widest first, such as continents and countries.
    pub levels: Vec<RegionLevel>,
    /// Where regions differ from all others beyond chance, the surest first.
    pub differences: Vec<Difference>,
}

/// Regions of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RegionLevel {
    /// What they are, such as «Country».
    pub name: String,
    /// The regions, the largest first.
    pub regions: Vec<Region>,
}

/// One region.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Its customers in the lifecycle.
    pub customers: u64,
    /// Whether these are so few that little is certain.
    pub small: bool,
    /// Its figures.
    pub figures: Vec<RegionFigure>,
}

/// A figure of a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RegionFigure {
    /// The figure.
    pub measure: Measure,
    /// The same where all customers together are 100; `None` where that says nothing.
    pub index: Option<f64>,
    /// Whether it differs from the others beyond chance.
    pub differs: bool,
}

/// Where a region differs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// The region.
    pub region: String,
    /// The stage.
    pub stage: String,
    /// The figure.
    pub figure: String,
    /// There.
    pub here: Measure,
    /// Of all customers together.
    pub whole: Measure,
    /// The first where the second is 100.
    pub index: Option<f64>,
    /// How many customers, stays, answers or orders it comes from.
    pub sample: u64,
}

/// What is worth trying.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Opportunities {
    /// How the gain is estimated, in a sentence.
    pub meaning: String,
    /// The opportunities, the most promising first.
    pub opportunities: Vec<Opportunity>,
}

/// Something worth trying.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Opportunity {
    /// What, in plain words.
    pub what: String,
    /// Whom it concerns.
    pub of_whom: String,
    /// How many.
    pub customers: u64,
    /// How it is now.
    pub now: Measure,
    /// How it is where it goes better.
    pub better: Measure,
    /// What it may bring.
    pub gain: Measure,
    /// What is taken for granted.
    pub assumption: String,
}

/// Where the business itself stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Business {
    /// The phase, in words.
    pub phase: String,
    /// Why, a sentence for each sign.
    pub reasons: Vec<String>,
    /// What the periods are, such as «quarter».
    pub period: String,
    /// The names of figures, in the order of each period's.
    pub names: Vec<String>,
    /// The periods, oldest first.
    pub periods: Vec<BusinessPeriod>,
}

/// A period of the business.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BusinessPeriod {
    /// The period.
    pub name: String,
    /// Its phase.
    pub phase: String,
    /// Its figures.
    pub measures: Vec<Measure>,
}
