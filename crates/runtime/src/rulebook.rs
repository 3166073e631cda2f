//! The rules in force, compiled, with what recognising events teaches them.

use std::collections::HashMap;

use perennial_batch::read::CallReader;
use perennial_engine::recognize::{Judge, Recognition, Recognizer};
use perennial_engine::{Plan, Thresholds, World};
use perennial_model::{Fact, Kind, PointId, Symbols};
use perennial_rules::project::{ProjectText, is_scored, read};
use perennial_rules::{Machine, Project, Severity};

use crate::RuntimeError;

/// Why rules about scores are not taken: what they say of a customer depends on all others, and a server
/// does not date the cuts between them yet.
const SCORES: &str = "a rule reads a score against the population (rfm_r, rfm_f, rfm_m or value_rank), \
    which a server does not keep; leave it out here, or use `perennial run` for it";

/// A project's files as names and texts.
pub(crate) type Files = [(String, String)];

/// Rules, compiled, and the texts and kinds met under them.
pub(crate) struct Rulebook {
    pub files: Vec<(String, String)>,
    pub project: Project,
    pub machine: Machine,
    pub plan: Plan,
    pub symbols: Symbols,
    pub thresholds: Thresholds,
    recognizer: Recognizer,
    judge: Judge,
    /// How events of each name met so far are recognised.
    names: HashMap<Box<str>, Recognition>,
    /// By kind: the slots whose facts its touches carry.
    slots_of: Vec<Vec<u16>>,
    scratch: Vec<Fact>,
}

impl Rulebook {
    /// Compiles a project's files.
    ///
    /// # Errors
    /// [`RuntimeError::Rules`] with everything that is wrong.
    pub fn compile(files: &Files) -> Result<Self, RuntimeError> {
        let texts: Vec<ProjectText> = files
            .iter()
            .map(|(path, text)| ProjectText {
                path: path.clone(),
                text: text.clone(),
            })
            .collect();
        let reading = read(&texts);
        let Some(project) = reading.project else {
            let errors = reading
                .diagnostics
                .iter()
                .filter(|one| one.severity == Severity::Error);
            let lines: Vec<String> = errors
                .map(|one| {
                    let file = files.get(one.span.file).map_or("", |(name, _)| name);
                    format!("{} {}: {}", one.code, file, one.message)
                })
                .collect();
            return Err(RuntimeError::Rules(lines.join("\n")));
        };
        let mut symbols = Symbols::default();
        let mut machine = Machine::compile(&project, &mut symbols);
        if machine.reads_scores {
            return Err(RuntimeError::Rules(SCORES.to_owned()));
        }
        machine.keep_interest(true, |_| true);
        machine.keep_purchases(true);
        machine.keep_scores();
        let plan = Plan::new(&machine);
        Ok(Self {
            files: files.to_vec(),
            recognizer: Recognizer::new(&machine),
            judge: Judge::new(&machine, &plan),
            project,
            machine,
            plan,
            symbols,
            thresholds: Thresholds::default(),
            names: HashMap::new(),
            slots_of: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// The same rules with no texts or kinds met yet, for another thread.
    ///
    /// # Errors
    /// None, since they have been compiled before.
    pub fn fresh(&self) -> Result<Self, RuntimeError> {
        let mut fresh = Self::compile(&self.files)?;
        fresh.thresholds = self.thresholds.clone();
        Ok(fresh)
    }

    /// A reader of calls that knows what the rules ask for.
    pub fn reader(&self) -> CallReader {
        CallReader::new(&self.machine, &self.project.zone)
    }

    /// What the fold is given.
    pub fn world(&self) -> World<'_> {
        World {
            machine: &self.machine,
            plan: &self.plan,
            symbols: &self.symbols,
            thresholds: &self.thresholds,
        }
    }

    /// The version of the rules.
    pub fn version(&self) -> &str {
        &self.machine.version
    }

    /// What the call read last is, with the facts that its touch carries.
    ///
    /// Where there are more kinds than can be kept, a touch of a new one is no touchpoint at all.
    pub fn recognise(
        &mut self,
        reader: &CallReader,
        line: &str,
        event: &str,
        facts: &mut Vec<Fact>,
    ) -> Kind {
        if is_scored(event) {
            facts.clear();
            reader.facts(line, self.plan.scores(), &mut self.symbols, facts);
            return Kind::SCORED;
        }
        if !self.names.contains_key(event) {
            let found = self
                .recognizer
                .recognition(&self.machine, &mut self.plan, event);
            self.names.insert(event.into(), found);
        }
        let kind = match &self.names[event] {
            Recognition::Always(kind) => *kind,
            Recognition::ByFacts { slots, matches } => {
                self.scratch.clear();
                reader.facts(line, slots, &mut self.symbols, &mut self.scratch);
                let points = self.judge.points(
                    &self.machine,
                    &self.plan,
                    &self.symbols,
                    matches,
                    &self.scratch,
                );
                self.kind_of(points)
            }
        };
        while self.slots_of.len() <= usize::from(kind.0) {
            let next = Kind(self.slots_of.len() as u16);
            self.slots_of.push(self.plan.slots(&self.machine, next));
        }
        facts.clear();
        let slots = &self.slots_of[usize::from(kind.0)];
        reader.facts(line, slots, &mut self.symbols, facts);
        reader.trait_facts(line, &mut self.symbols, facts);
        kind
    }

    /// The kind of a set of touchpoints.
    pub fn kind_of(&mut self, points: Vec<PointId>) -> Kind {
        self.plan.kind(&self.machine, points).unwrap_or_default()
    }

    /// The touchpoints of all kinds met so far, by kind.
    pub fn kinds(&self) -> Vec<Vec<u16>> {
        (0..self.plan.kinds() as u16)
            .map(|kind| {
                let points = self.plan.points(Kind(kind)).iter();
                points.map(|point| point.0).collect()
            })
            .collect()
    }

    /// Learns the kinds that were met before, so that their numbers mean the same again.
    pub fn learn(&mut self, kinds: &[Vec<u16>]) {
        for points in kinds {
            self.kind_of(points.iter().copied().map(PointId).collect());
        }
    }

    /// The names of a kind's touchpoints.
    pub fn point_names(&self, kind: Kind) -> Vec<&str> {
        if kind == Kind::SCORED {
            return Vec::new();
        }
        let points = self.plan.points(kind).iter();
        points
            .map(|point| self.machine.points[usize::from(point.0)].name.as_str())
            .collect()
    }
}
