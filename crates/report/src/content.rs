//! What there is to say: the sections of a report, each with its figures, units and definitions.

use serde::Serialize;

/// A report. What is absent or empty has no section in the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// What it is about, and how fresh it is.
    pub about: About,
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
    /// The currency's code.
    pub currency: String,
    /// The version of the program.
    pub program: String,
    /// The names and versions of the definitions that sections follow.
    pub definitions: Vec<String>,
    /// What a reader should know of the numbers.
    pub notes: Vec<String>,
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
    /// How it came here, oldest first.
    pub trend: Vec<f64>,
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

/// The figures of each stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Kpis {
    /// What the period is, in words.
    pub period: String,
    /// What the points of trends are, in words.
    pub trend: String,
    /// The names of figures, in the order of each stage's.
    pub names: Vec<String>,
    /// What each of them means, in a sentence.
    pub meanings: Vec<String>,
    /// The stages.
    pub stages: Vec<StageKpi>,
}

/// The figures of one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageKpi {
    /// The stage.
    pub stage: String,
    /// Customers in it over time, oldest first.
    pub trend: Vec<f64>,
    /// Its figures.
    pub measures: Vec<Measure>,
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
    /// How bad it is.
    pub severity: Measure,
    /// What those concerned are worth.
    pub value: Measure,
    /// What it is read from.
    pub evidence: String,
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
    /// What regions are, such as «country».
    pub level: String,
    /// What the index compares, in a sentence.
    pub meaning: String,
    /// The names of figures, in the order of each region's.
    pub names: Vec<String>,
    /// Fewer customers than this are a small sample.
    pub small: u64,
    /// The regions, the largest first.
    pub regions: Vec<Region>,
    /// All of them together.
    pub whole: Vec<Measure>,
}

/// One region.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Its customers.
    pub customers: u64,
    /// Its figures.
    pub measures: Vec<Measure>,
    /// Which of them differ from the others beyond chance.
    pub differs: Vec<bool>,
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
