//! What all questions share: whom they ask about what, how ranges are meant, and how answers are told.

mod change;
mod compare;
mod line;
mod members;
mod prepared;
mod range;
mod reply;
mod sheet;
mod sheet_file;
mod staged;
mod table;
mod together;
mod told;
mod words;
mod yardsticks;

pub use line::Line;
pub use members::Members;
pub use prepared::Prepared;
pub use range::{Ends, interval, month_number};
pub use reply::{Reply, seconds};
pub use sheet::Sheet;
pub use staged::{PROJECT_FILE, StageQuestion, project};
pub use table::read_records;
pub use together::answer_all;
pub use yardsticks::{COUNTRY, Distance, Held, kind_name};

use perennial_batch::BatchError;
use perennial_batch::results::Results;
use perennial_batch::trails::{Asked, Condition, Trails};
use perennial_model::{Duration, Time, Zone};
use perennial_rules::project::{ProjectText, WeekStart, currency};

use crate::args::{Ask, Steps, Weekday};
use crate::commands::{instant, threads};
use crate::failure::{Failure, exit};
use crate::folder;
use crate::progress::Bar;

/// Stands for every event where an event is asked for.
const ANY: &str = "any";
/// Most steps of a question.
pub const MAX_STEPS: usize = 1_000;
/// Most cells of an answer that has some for every value of `--by`, whether anything came or not.
const MAX_CELLS: usize = 30_000_000;

/// A question on its way: what is asked of the files.
#[derive(Clone)]
pub struct Question {
    /// The column that answers are told apart by.
    by: Option<String>,
    /// What rows without a value of it are called.
    unknown: Option<String>,
    /// Most of its values with an answer of their own.
    by_limit: usize,
    /// The name and the version of its definition, as it stands in answers.
    definition: &'static str,
    pub asked: Asked,
    pub zone: Zone,
    pub week_start: WeekStart,
    /// The ends of the range as they were given.
    pub ends: Ends,
    /// Those of the range to compare with.
    before: Option<Ends>,
    /// Whether rows outside of the range are not read.
    is_within_range: bool,
    /// The customers that it is about; `None`: all.
    members: Option<Members>,
    /// The run that is asked, if one is.
    run: Option<Results>,
    /// The last instant that a run knows, in milliseconds; of files that is their last row's.
    known_until_ms: Option<i64>,
    /// Events that were named, with the option that did.
    named: Vec<(&'static str, String)>,
}

impl Question {
    /// Reads the common options.
    ///
    /// # Errors
    /// Wrong usage.
    pub fn new(ask: &Ask, definition: &'static str) -> Result<Self, Failure> {
        let mut results = None;
        let (files, run_zone) = match (&ask.out, ask.input.is_empty()) {
            (Some(folder), _) => {
                let opened = results.insert(Results::open(folder)?);
                let path = folder.join("touches.parquet");
                let zone = opened.manifest.time_zone.clone();
                (vec![path.display().to_string()], zone)
            }
            (None, false) => (ask.input.clone(), "UTC".to_owned()),
            (None, true) => {
                let message = "name files of events with --input FILE, or with --out DIR the folder that `run` has written";
                return Err(Failure::usage(message));
            }
        };
        let name = ask.timezone.as_deref().unwrap_or(&run_zone);
        let zone = Zone::named(name).ok_or_else(|| {
            Failure::usage(format!(
                "--timezone {name}: there is no such time zone; name an IANA zone such as Europe/Berlin"
            ))
        })?;
        if ask.by_limit == 0 {
            return Err(Failure::usage("--by-limit 0: at least one is needed"));
        }
        let ends = Ends::read(ask, &zone)?;
        let until = results.as_ref().map(|own| &own.manifest.until);
        let until = until
            .map(|until| instant("until", until, &zone))
            .transpose()?;
        let mut asked = Asked::of(files, zone.clone(), threads(ask.threads)?);
        asked.is_touches = ask.out.is_some();
        let currency = results
            .as_ref()
            .and_then(|own| currency(&own.manifest.currency));
        if let Some(own) = &results {
            asked.minor = own.minor_columns("touches");
        }
        if let Some(currency) = currency {
            asked.decimals = currency.decimals;
        }
        asked.customer.clone_from(&ask.customer);
        let members = match (&ask.segment, &results) {
            (None, _) => None,
            (Some(name), Some(own)) => Some(Members::read(own, name)?),
            (Some(_), None) => {
                let message = "--segment: segments and traits are known of runs only; name the folder of one with --out DIR";
                return Err(Failure::usage(message));
            }
        };
        asked.with_ids = members.is_some();
        asked.only = Condition {
            rule: ask.rule.clone(),
            from: "--where",
            ..Condition::default()
        };
        Ok(Self {
            by: ask.by.clone(),
            unknown: ask.unknown.clone(),
            by_limit: ask.by_limit,
            definition,
            asked,
            before: compare::ends(ask, ends, until, &zone)?,
            is_within_range: false,
            members,
            zone,
            known_until_ms: until.map(|until| until.ms() - 1),
            week_start: match ask.week_start {
                Weekday::Monday => WeekStart::Monday,
                Weekday::Sunday => WeekStart::Sunday,
            },
            ends,
            named: Vec::new(),
            run: results,
        })
    }

    /// Refuses to answer of a folder that another run wrote while it was read: its tables would not fit together.
    ///
    /// # Errors
    /// It is another run's now, or gone.
    pub fn check_run(&self) -> Result<(), Failure> {
        let Some(run) = &self.run else { return Ok(()) };
        if Results::open(run.folder())?.manifest == run.manifest {
            return Ok(());
        }
        let folder = run.folder().display();
        Err(Failure::failed(format!(
            "{folder}: another run was written there while this one was read; ask again"
        )))
    }

    /// Only rows of the range are read: for questions that have no memory of what lies before.
    pub fn within_range(&mut self) {
        self.is_within_range = true;
        self.asked.span = (
            self.ends.from_ms.map(Time),
            self.ends.last_ms.map(|last| Time(last.saturating_add(1))),
        );
    }

    /// The condition of rows of an event; `None` where any row meets it.
    pub fn event(&mut self, option: &'static str, name: &str, rule: Option<&str>) -> Option<u16> {
        let is_any = name == ANY;
        if is_any && rule.is_none() {
            return None;
        }
        if !is_any {
            self.named.push((option, name.to_owned()));
        }
        Some(self.condition(Condition {
            any_of: (!is_any).then(|| name.to_owned()).into_iter().collect(),
            rule: rule.map(str::to_owned),
            from: option,
            ..Condition::default()
        }))
    }

    /// An event that is named; a note tells where it never comes.
    pub fn note_event(&mut self, option: &'static str, name: &str) {
        self.named.push((option, name.to_owned()));
    }

    /// The number of a condition.
    pub fn condition(&mut self, condition: Condition) -> u16 {
        let known = self
            .asked
            .conditions
            .iter()
            .position(|own| *own == condition);
        known.unwrap_or_else(|| {
            self.asked.conditions.push(condition);
            self.asked.conditions.len() - 1
        }) as u16
    }

    /// The conditions of steps, and what they are called.
    ///
    /// # Errors
    /// More than [`MAX_STEPS`].
    pub fn steps(&mut self, steps: &Steps) -> Result<Vec<(String, u16)>, Failure> {
        let count = steps.steps.len() + steps.step.len();
        if count > MAX_STEPS {
            return Err(Failure::usage(format!(
                "{count} steps: a question has at most {MAX_STEPS}"
            )));
        }
        let mut numbers = Vec::new();
        for name in &steps.steps {
            if name.is_empty() {
                let message = "--steps: an event's name is empty; a name with a comma in it is a rule: --step \"event = 'a,b'\"";
                return Err(Failure::usage(message));
            }
            self.named.push(("--steps", name.clone()));
            let number = self.condition(Condition {
                any_of: vec![name.clone()],
                from: "--steps",
                ..Condition::default()
            });
            numbers.push((name.clone(), number));
        }
        for rule in &steps.step {
            let number = self.condition(Condition {
                rule: Some(rule.clone()),
                from: "--step",
                ..Condition::default()
            });
            numbers.push((rule.clone(), number));
        }
        Ok(numbers)
    }

    /// The column of texts of a name.
    pub fn text(&mut self, name: &str) -> usize {
        let known = self.asked.texts.iter().position(|own| own == name);
        known.unwrap_or_else(|| {
            self.asked.texts.push(name.to_owned());
            self.asked.texts.len() - 1
        })
    }

    /// The column that answers are told apart by, among the columns of texts.
    pub fn by(&mut self) -> Option<usize> {
        // A column of its own, since rare values of it are put together.
        let by = self.by.clone()?;
        self.asked.texts.push(by);
        Some(self.asked.texts.len() - 1)
    }

    /// Reads the files.
    ///
    /// # Errors
    /// What reading gives; rules with errors are shown with their place.
    pub fn read(&self) -> Result<Trails, Failure> {
        let bar = Bar::new(false);
        let trails = Trails::read(&self.asked, &bar);
        bar.clear();
        trails.map_err(|error| self.explained(error))
    }

    /// Puts rare values of the column of `--by` together.
    pub fn limit(&self, trails: &mut Trails, by: Option<usize>) {
        if let Some(column) = by {
            trails.keep_words(column, self.by_limit);
        }
    }

    /// Refuses an answer that has so many cells for every value that it would not fit in memory. Values are
    /// those that [`Self::limit`] has left.
    ///
    /// # Errors
    /// Wrong usage: more than [`MAX_CELLS`].
    pub fn bound(&self, trails: &Trails, by: Option<usize>, cells: usize) -> Result<(), Failure> {
        // Those without a value have an answer too.
        let values = by.map_or(1, |column| trails.words().texts[column].len() + 1);
        let all = values.saturating_mul(cells);
        if all <= MAX_CELLS {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "{cells} cells for each of {values} values of --by are {all}, and {MAX_CELLS} is the most: lower --by-limit, or ask for fewer periods or steps"
        )))
    }

    fn explained(&self, error: BatchError) -> Failure {
        let BatchError::Rules(found) = error else {
            return match error {
                BatchError::Asked(message) => Failure::usage(message),
                BatchError::Personal(_) => Failure {
                    code: exit::PERSONAL,
                    message: error.to_string(),
                },
                error => Failure::from(error),
            };
        };
        let conditions = self.asked.conditions.iter().chain([&self.asked.only]);
        let text = |condition: &Condition| ProjectText {
            path: condition.from.to_owned(),
            text: condition.rule.clone().unwrap_or_default(),
        };
        let texts: Vec<ProjectText> = conditions.map(text).collect();
        let _ = folder::show_all(&found, &texts, &mut std::io::stderr());
        Failure {
            code: exit::USAGE,
            message: String::new(),
        }
    }
}

/// A length of time from the command line, in milliseconds.
///
/// # Errors
/// A text that is none.
pub fn length_ms(option: &str, text: &str) -> Result<i64, Failure> {
    let length = Duration::parse(text).map_err(|_| {
        Failure::usage(format!(
            "{option} {text}: no length of time; write 30m, 14d or 4w"
        ))
    })?;
    Ok(length.ms())
}
