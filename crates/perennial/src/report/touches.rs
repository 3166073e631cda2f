//! A run's touches and moves, read once for all sections that ask what customers did.

use perennial_analytics::calendar::{Calendar, Interval, Range};
use perennial_analytics::journey::Journey;
use perennial_analytics::opportunities::{Opportunities, Segments};
use perennial_batch::results::Results;
use perennial_batch::trails::Trails;

use crate::args::{self, Ask, Output, Show, Weekday};
use crate::commands::{journey_asked, opportunities_asked};
use crate::failure::Failure;
use crate::questions::{PROJECT_FILE, Question, StageQuestion};

/// What it is called in complaints.
const DEFINITION: &str = "report/1";
/// Columns that may say the region of a touch, the best first.
const REGIONS: [&str; 2] = ["country", "region"];
/// Within how long of entering a stage customers are to have moved on.
const WINDOW: &str = "30d";
/// How long after entering a stage money counts.
const VALUE_WINDOW: &str = "90d";
/// How long without a touch a customer has stopped.
const SILENCE: &str = "30d";
/// Touchpoints that are done to customers, not by them.
const PASSIVE: [&str; 3] = ["sent_email", "delivered_email", "bounced_email"];
/// Fewest customers of a segment in either part of the time.
const MIN_PEOPLE: u64 = 50;
/// The share of false findings put up with.
pub const FALSE_DISCOVERY_RATE: f64 = 0.05;
/// Values of the column of regions with a place of their own, in the journey and in opportunities.
const MOST_SEGMENTS: usize = 100;
/// The same for regions side by side: more than there are countries.
const MOST_REGIONS: usize = 400;
/// Most periods that are looked at, the latest ones.
const MAX_PERIODS: usize = 120;

/// Touches, ready to be asked.
pub struct Touches {
    /// The touches.
    pub trails: Trails,
    /// What was asked of them; the calendar and the range of all questions come from it.
    pub question: Question,
    /// What they mean, and the stages.
    pub stages: StageQuestion,
    /// The question of the journey.
    pub journey: Journey,
    /// The question of opportunities, where touches say a region.
    pub opportunities: Option<Opportunities>,
    /// The column that says the region, by its place among those of texts and by its name.
    pub region: Option<(usize, String)>,
}

impl Touches {
    /// Reads the table of touches.
    ///
    /// # Errors
    /// The run did not write it, the column named is not in it, or its project cannot be read.
    pub fn read(results: &Results, args: &args::Report, lifecycle: &str) -> Result<Self, Failure> {
        let staged = staged(results, args, lifecycle)?;
        let mut question = Question::new(&staged.ask, DEFINITION)?;
        let stages = question.staged(&staged)?;
        let asked = args::Journey {
            rows: args::JourneyRows::Pains,
            passive: PASSIVE.map(str::to_owned).to_vec(),
            silence: SILENCE.to_owned(),
            top: 0,
            staged: staged.clone(),
        };
        // A column for each, since rare values are put together in some of them.
        let region = staged.ask.by.as_deref();
        let region = region.map(|name| (question.text(name), name.to_owned()));
        let journey = journey_asked(&asked, &mut question, &stages)?;
        let by = question.by();
        let mut trails = question.read()?;
        for column in journey.groups.iter().map(|group| group.column).chain(by) {
            question.limit(&mut trails, Some(column));
        }
        if let Some((column, _)) = region {
            trails.keep_words(column, MOST_REGIONS);
        }
        let asked = args::Opportunities {
            met: None,
            split: None,
            value_window: VALUE_WINDOW.to_owned(),
            min_people: MIN_PEOPLE,
            false_discovery_rate: FALSE_DISCOVERY_RATE,
            top: 0,
            staged,
        };
        let segments = by.map(Segments::Text);
        let opportunities = segments
            .map(|own| opportunities_asked(&asked, &question, &stages, own, &trails))
            .transpose()?;
        Ok(Self {
            trails,
            question,
            stages,
            journey,
            opportunities,
            region,
        })
    }

    /// The calendar of an interval, and its latest periods; `None` where there is no touch.
    ///
    /// # Errors
    /// What ranges give.
    pub fn periods(&self, interval: Interval) -> Result<Option<(Calendar, Range)>, Failure> {
        let question = &self.question;
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

fn staged(
    results: &Results,
    args: &args::Report,
    lifecycle: &str,
) -> Result<args::Staged, Failure> {
    let columns = results.columns("touches");
    let has = |name: &str| columns.iter().any(|own| own == name);
    let by = match &args.by {
        Some(named) if has(named) => Some(named.as_str()),
        Some(named) => {
            return Err(Failure::usage(format!(
                "--by {named}: the table of touches has no such column; it has {}",
                columns.join(", ")
            )));
        }
        None => REGIONS.into_iter().find(|own| has(own)),
    };
    let project = &args.from.project;
    let has_project = project.join(PROJECT_FILE).is_file();
    Ok(args::Staged {
        project: has_project.then(|| project.clone()),
        lifecycle: vec![lifecycle.to_owned()],
        lapsed: Vec::new(),
        means: Vec::new(),
        window: WINDOW.to_owned(),
        ask: Ask {
            by: by.map(str::to_owned),
            ..ask(results)
        },
    })
}

/// A question about all touches of a run.
fn ask(results: &Results) -> Ask {
    let week_start = match results.manifest.week_start.as_str() {
        "sunday" => Weekday::Sunday,
        _ => Weekday::Monday,
    };
    Ask {
        compare: None,
        segment: None,
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
        by_limit: MOST_SEGMENTS,
        threads: None,
        show: Show {
            output: Output::Json,
            save: None,
            columns: Vec::new(),
        },
    }
}
