//! What questions about stages share: the project of a run, what its touchpoints mean, and which stages are lost.

use std::path::{Path, PathBuf};

use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::kpis::{Kpis, StageMeanings, TouchMeanings};
use perennial_batch::manifest::LifecycleNames;
use perennial_batch::results::Results;
use perennial_batch::trails::{Condition, Measure, Trails};
use perennial_rules::Project;
use perennial_rules::project::{CountsAs, Lifecycle, Touchpoint, read};

use super::{Question, length_ms};
use crate::args;
use crate::failure::Failure;
use crate::folder;

/// What makes a folder a project.
pub const PROJECT_FILE: &str = "perennial.yaml";
/// Touchpoints whose scores go from 1 to 5, where 1 is bad.
const RATINGS: [&str; 2] = ["rated", "reviewed"];
/// Stages of these names are of those who are lost.
const LOST: [&str; 9] = [
    "lapsed",
    "lost",
    "churned",
    "attrition",
    "dormant",
    "inactive",
    "hibernating",
    "cancelled",
    "former",
];

/// A run whose stages are asked about.
pub struct StageQuestion {
    pub project: Project,
    /// The lifecycles asked about, with their numbers among those of the run.
    pub lifecycles: Vec<(u16, LifecycleNames)>,
    pub meanings: Vec<StageMeanings>,
    pub touches: TouchMeanings,
    /// The run's columns of touches.
    pub columns: Vec<String>,
    pub window_ms: i64,
    /// The end of what is known, exclusive, in milliseconds.
    pub until_ms: i64,
}

impl Question {
    /// Has the moves between stages read too, and finds what touches mean.
    ///
    /// # Errors
    /// No run, unknown lifecycles, stages or meanings.
    pub fn staged(&mut self, staged: &args::Staged) -> Result<StageQuestion, Failure> {
        let Some(folder) = &staged.ask.out else {
            return Err(Failure::usage(
                "name the folder that `run` has written with --out DIR: stages are known of runs only",
            ));
        };
        let results = Results::open(folder)?;
        let project = project(folder, staged.project.as_deref())?;
        let lifecycles = lifecycles(&results, &staged.lifecycle)?;
        let mut lost = staged.lapsed.clone();
        let meanings = lifecycles
            .iter()
            .map(|(number, names)| StageMeanings {
                lifecycle: *number,
                lapsed: lapsed(names, &project, &staged.lapsed, &mut lost),
            })
            .collect();
        if let Some(unknown) = lost.first() {
            return Err(Failure::usage(format!(
                "--lapsed {unknown}: there is no such stage"
            )));
        }
        let until = &results.manifest.until;
        let until_ms = crate::commands::instant("until", until, &self.zone)?.ms();
        let columns = results.columns("touches");
        let touches = self.meanings(&project, &staged.means, &columns)?;
        self.asked.moves_of = Some(results);
        Ok(StageQuestion {
            project,
            lifecycles,
            meanings,
            touches,
            columns,
            window_ms: length_ms("--window", &staged.window)?,
            until_ms,
        })
    }

    /// Finds the touchpoints of each meaning, and where their values and scores stand.
    fn meanings(
        &mut self,
        project: &Project,
        means: &[String],
        columns: &[String],
    ) -> Result<TouchMeanings, Failure> {
        for one in means {
            let known = one
                .split_once('=')
                .is_some_and(|(meaning, _)| MEANINGS.iter().any(|(name, ..)| *name == meaning));
            if !known {
                let names: Vec<&str> = MEANINGS.iter().map(|(name, ..)| *name).collect();
                return Err(Failure::usage(format!(
                    "--means {one}: write MEANING=TOUCHPOINT; meanings are {}",
                    names.join(", ")
                )));
            }
        }
        let mut conditions = Vec::new();
        for (meaning, counts_as, usual) in MEANINGS {
            let own = means.iter().filter_map(|one| one.split_once('='));
            let own = own.filter(|(name, _)| *name == meaning);
            let mut points: Vec<String> = own.map(|(_, point)| point.to_owned()).collect();
            for point in &points {
                self.note_event("--means", point);
            }
            if points.is_empty() {
                let is = |point: &&Touchpoint| match counts_as {
                    Some(counts_as) => point.counts_as == Some(counts_as),
                    None => point.name == usual,
                };
                let found = project.touchpoints.iter().filter(is);
                points = found.map(|point| point.name.clone()).collect();
            }
            conditions.push((!points.is_empty()).then(|| {
                self.condition(Condition {
                    any_of: points,
                    from: "--means",
                    ..Condition::default()
                })
            }));
        }
        let value = self.measure(project, columns, |point| point.value.clone());
        let score = self.measure(project, columns, |point| point.score.clone());
        let [order, refund, csat, nps, ces, review, ticket, referral] = conditions[..] else {
            return Err(Failure::failed("a meaning is missing"));
        };
        Ok(TouchMeanings {
            order,
            order_value: value,
            refund,
            refund_value: value,
            csat,
            nps,
            ces,
            review,
            csat_score: score,
            nps_score: score,
            ces_score: score,
            review_score: score,
            ticket,
            referral,
            ..TouchMeanings::default()
        })
    }

    /// The scores from 1 to 5: the condition of touchpoints that give one, and the column of numbers.
    pub fn ratings(&mut self, staged: &StageQuestion) -> Option<(u16, usize)> {
        let is_rating = |point: &Touchpoint| RATINGS.contains(&point.name.as_str());
        let score = |point: &Touchpoint| point.score.clone().filter(|_| is_rating(point));
        let column = self.measure(&staged.project, &staged.columns, score)?;
        let condition = self.condition(Condition {
            any_of: RATINGS.map(str::to_owned).to_vec(),
            from: "ratings",
            ..Condition::default()
        });
        Some((condition, column))
    }

    /// The column of numbers that touchpoints are measured by; `None` where the run kept none of them.
    fn measure(
        &mut self,
        project: &Project,
        columns: &[String],
        property: impl Fn(&Touchpoint) -> Option<String>,
    ) -> Option<usize> {
        let own = |point: &Touchpoint| Some((point.name.clone(), property(point)?));
        let columns: Vec<(String, String)> = project
            .touchpoints
            .iter()
            .filter_map(own)
            .filter(|(_, column)| columns.contains(column))
            .collect();
        if columns.is_empty() {
            return None;
        }
        self.asked.measures.push(Measure { columns });
        Some(self.asked.numbers.len() + self.asked.measures.len() - 1)
    }
}

impl StageQuestion {
    /// The figures of stages over periods of a range; `None` where there is nothing to tell of.
    ///
    /// # Errors
    /// More periods than a question has.
    pub fn kpis(
        &self,
        question: &Question,
        trails: &Trails,
        interval: Interval,
        by: Option<usize>,
    ) -> Result<Option<Kpis>, Failure> {
        let calendar = Calendar::new(question.zone.clone(), interval, question.week_start);
        let Some(range) = question.range(&calendar, trails)? else {
            return Ok(None);
        };
        Ok(Some(Kpis {
            calendar,
            range,
            known_until_ms: self.until_ms - 1,
            lifecycles: self.meanings.clone(),
            window_ms: self.window_ms,
            touches: self.touches.clone(),
            by,
        }))
    }

    /// A lifecycle's name and those of its stages.
    pub fn names(&self, lifecycle: u16) -> Option<&LifecycleNames> {
        let found = self
            .lifecycles
            .iter()
            .find(|(number, _)| *number == lifecycle);
        found.map(|(_, names)| names)
    }

    /// A stage's name.
    pub fn stage(&self, lifecycle: u16, stage: u8) -> Option<&str> {
        let stages = &self.names(lifecycle)?.stages;
        stages.get(usize::from(stage)).map(String::as_str)
    }
}

/// Meanings in the order of their conditions: by what touchpoints count as, else by the usual touchpoint's name.
const MEANINGS: [(&str, Option<CountsAs>, &str); 8] = [
    ("order", Some(CountsAs::Order), ""),
    ("refund", Some(CountsAs::Refund), ""),
    ("csat", None, "rated"),
    ("nps", None, "recommended"),
    ("ces", None, "rated_effort"),
    ("review", None, "reviewed"),
    ("ticket", Some(CountsAs::Ticket), ""),
    ("referral", None, "referred"),
];

/// The project of a run: as named, else where the results lie, else here, else one without files.
pub fn project(out: &Path, named: Option<&Path>) -> Result<Project, Failure> {
    if let Some(folder) = named {
        return folder::load(folder);
    }
    let around = out.canonicalize().ok();
    let around = around.as_deref().and_then(Path::parent).map(Path::to_owned);
    let places = [around, Some(PathBuf::from("."))];
    let found = places
        .into_iter()
        .flatten()
        .find(|place| place.join(PROJECT_FILE).is_file());
    match found {
        Some(folder) => folder::load(&folder),
        None => read(&[]).project.ok_or_else(Failure::invalid),
    }
}

fn lifecycles(results: &Results, asked: &[String]) -> Result<Vec<(u16, LifecycleNames)>, Failure> {
    for name in asked {
        // Complains with the names that there are.
        crate::results::lifecycle(results, Some(name))?;
    }
    if asked.is_empty() {
        crate::results::lifecycle(results, None)?;
    }
    let all = results.manifest.lifecycles.iter().enumerate();
    let wanted = all.filter(|(_, own)| asked.is_empty() || asked.contains(&own.name));
    Ok(wanted
        .map(|(number, own)| (number as u16, own.clone()))
        .collect())
}

/// The stages of a lifecycle in which customers are lost; takes those found out of `unknown`.
fn lapsed(
    names: &LifecycleNames,
    project: &Project,
    named: &[String],
    unknown: &mut Vec<String>,
) -> Vec<u8> {
    unknown.retain(|stage| !names.stages.contains(stage));
    let stages = names.stages.iter().enumerate();
    let by_name = |known: &dyn Fn(&str) -> bool| -> Vec<u8> {
        let own = stages.clone().filter(|(_, name)| known(name));
        own.map(|(place, _)| place as u8).collect()
    };
    if !named.is_empty() {
        return by_name(&|name| named.iter().any(|own| own == name));
    }
    let usual = by_name(&|name| LOST.contains(&name));
    let own = project.lifecycles.iter().find(|own| own.name == names.name);
    match own {
        Some(own) if usual.is_empty() && !own.classification => {
            by_name(&|name| by_time_alone(own, name))
        }
        _ => usual,
    }
}

/// Whether nothing that a customer does leads to a stage.
fn by_time_alone(lifecycle: &Lifecycle, stage: &str) -> bool {
    let stage = lifecycle.stages.iter().find(|own| own.name == stage);
    stage.is_some_and(|stage| {
        let by_time = |clause: &perennial_rules::project::Clause| {
            clause.on.is_empty() && clause.when.is_some()
        };
        !stage.enter.is_empty() && stage.enter.iter().all(by_time)
    })
}
