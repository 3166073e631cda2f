//! What a run knows of the stages of one lifecycle: its moves, and the touches that may set a stage's clock back.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use perennial_batch::BatchError;
use perennial_batch::results::Results;
use perennial_forecast::stages::{ClockTouch, StageLedger, StageMove};
use perennial_model::{Time, Zone};
use perennial_rules::project::{CountsAs, Project};
use perennial_rules::{Expr, Rule};

use crate::answer::Cell;
use crate::commands::instant;
use crate::failure::Failure;
use crate::groups::By;
use crate::questions::project;
use crate::results;

/// Most groups with a forecast of their own; the smallest beyond share one.
const MAX_GROUPS: usize = 40;
/// What they are called together.
const OTHERS: &str = "(others)";

/// What is asked of a run.
pub struct Asked<'a> {
    pub lifecycle: Option<&'a str>,
    pub project: Option<&'a Path>,
    /// Where history is cut, exclusive.
    pub until: Option<Time>,
    /// What customers are told apart by.
    pub by: Option<&'a str>,
}

/// What a run knows of a lifecycle.
pub struct Known {
    pub lifecycle: String,
    pub stages: Vec<String>,
    pub ledger: StageLedger,
    /// The last day that is known.
    pub last_day: i32,
    /// Where history ends, exclusive.
    pub until: Time,
    /// The names of groups; none where customers are not told apart.
    pub groups: Vec<String>,
    /// The touchpoints that may set clocks back.
    points: Vec<String>,
}

/// The moves as they are read, with what customers are called.
#[derive(Default)]
struct Moves {
    numbers: HashMap<String, u32>,
    moves: Vec<StageMove>,
    /// The group of each move, before small ones are put together.
    groups: Vec<u32>,
}

impl Known {
    /// Reads the tables of a run.
    ///
    /// # Errors
    /// Wrong usage, and tables that cannot be read.
    pub fn read(results: &Results, zone: &Zone, asked: &Asked<'_>) -> Result<Self, Failure> {
        let (lifecycle, stages) = results::lifecycle(results, asked.lifecycle)?;
        let ends = instant("until", &results.manifest.until, zone)?;
        let until = asked.until.map_or(ends, |until| until.min(ends));
        let by = asked.by.map(|by| By::read(results, by)).transpose()?;
        let mut moves = Moves::default();
        moves.read(results, zone, (&lifecycle, &stages), until, by.as_ref())?;
        let project = project(results.folder(), asked.project)?;
        let points = clock_points(&project, &lifecycle);
        let touches = touches(results, zone, &points, until, &moves.numbers)?;
        let groups = by.as_ref().map_or(Vec::new(), |by| moves.name_groups(by));
        let last_day = zone.day_of(until.plus(-1));
        let ledger = StageLedger::gather(stages.len(), moves.moves, touches, last_day);
        Ok(Self {
            ledger: ledger.map_err(super::refused)?,
            lifecycle,
            stages,
            last_day,
            until,
            groups,
            points,
        })
    }

    /// The touchpoints that may set clocks back, in words.
    pub fn touches_in_words(&self) -> String {
        self.points.join(" or ")
    }
}

impl Moves {
    fn read(
        &mut self,
        results: &Results,
        zone: &Zone,
        (lifecycle, stages): (&str, &[String]),
        until: Time,
        by: Option<&By>,
    ) -> Result<(), Failure> {
        let own = [lifecycle.to_owned()];
        let columns = ["customer_id", "lifecycle", "at", "to"];
        // The group that a customer is in where history ends is that of her last stay.
        let mut before: Option<(u32, String)> = None;
        results.read("transitions", &columns, &mut |batch| {
            let mine = results::word_numbers(column(batch, "lifecycle")?, &own);
            let to = results::word_numbers(column(batch, "to")?, stages);
            let (ids, at) = (column(batch, "customer_id")?, column(batch, "at")?);
            let ids = texts(ids)?;
            for row in 0..batch.num_rows() {
                let (Some(_), Some(at)) = (mine[row], results::instant(at, row)) else {
                    continue;
                };
                if at >= until {
                    continue;
                }
                let id = ids.value(row);
                // Rows of a customer stand together.
                let same = before.as_ref().filter(|(_, last)| last == id);
                let customer = match same {
                    Some((customer, _)) => *customer,
                    None => {
                        if let (Some(by), Some((_, last))) = (by, &before) {
                            self.regroup(by.of(last, until));
                        }
                        let next = self.numbers.len() as u32;
                        let customer = *self.numbers.entry(id.to_owned()).or_insert(next);
                        before = Some((customer, id.to_owned()));
                        customer
                    }
                };
                self.groups.push(by.map_or(0, |by| by.of(id, at)));
                self.moves.push(StageMove {
                    customer,
                    day: zone.day_of(at),
                    to: to[row].map(|to| to as u8),
                    group: 0,
                });
            }
            Ok(())
        })?;
        if let (Some(by), Some((_, id))) = (by, &before) {
            self.regroup(by.of(id, until));
        }
        Ok(())
    }

    /// Puts the last stay into a group.
    fn regroup(&mut self, group: u32) {
        if let Some(last) = self.groups.last_mut() {
            *last = group;
        }
    }

    /// Numbers the groups, the largest first, and gives their names.
    fn name_groups(&mut self, by: &By) -> Vec<String> {
        let mut sizes: HashMap<u32, usize> = HashMap::new();
        for group in &self.groups {
            *sizes.entry(*group).or_default() += 1;
        }
        let name = |group: u32| match by.word(group) {
            Cell::Text(word) => word,
            _ => "??".to_owned(),
        };
        let mut order: Vec<(usize, String, u32)> = sizes
            .into_iter()
            .map(|(group, size)| (size, name(group), group))
            .collect();
        order.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let own = if order.len() > MAX_GROUPS {
            MAX_GROUPS - 1
        } else {
            MAX_GROUPS
        };
        let numbers: HashMap<u32, u16> = order
            .iter()
            .enumerate()
            .map(|(place, (_, _, group))| (*group, place.min(own) as u16))
            .collect();
        for (one, group) in self.moves.iter_mut().zip(&self.groups) {
            one.group = numbers.get(group).copied().unwrap_or(0);
        }
        let cut = order.len() > own;
        let names = order.into_iter().take(own).map(|(_, name, _)| name);
        names.chain(cut.then(|| OTHERS.to_owned())).collect()
    }
}

/// The touchpoints whose last time the lifecycle's rules ask for, as `since(ordered)` does; else those that count
/// as orders.
fn clock_points(project: &Project, lifecycle: &str) -> Vec<String> {
    let mut points = BTreeSet::new();
    let own = project
        .lifecycles
        .iter()
        .filter(|own| own.name == lifecycle);
    let clauses = own
        .flat_map(|own| &own.stages)
        .flat_map(|stage| &stage.enter);
    for rule in clauses.filter_map(|clause| clause.when.as_ref()) {
        let Rule { expr, .. } = rule;
        expr.walk(&mut |part| {
            if let Expr::Since(point) = part {
                points.insert(point.clone());
            }
        });
    }
    if points.is_empty() {
        let orders = project.touchpoints.iter();
        let orders = orders.filter(|point| point.counts_as == Some(CountsAs::Order));
        points.extend(orders.map(|point| point.name.clone()));
    }
    points.into_iter().collect()
}

/// The touches that may set clocks back; none where the run did not write them.
fn touches(
    results: &Results,
    zone: &Zone,
    points: &[String],
    until: Time,
    numbers: &HashMap<String, u32>,
) -> Result<Vec<ClockTouch>, Failure> {
    let mut touches = Vec::new();
    let columns = ["customer_id", "at", "touchpoints"];
    let written = results.columns("touches");
    let is_whole = columns
        .iter()
        .all(|own| written.iter().any(|one| one == own));
    if points.is_empty() || !is_whole {
        return Ok(touches);
    }
    results.read("touches", &columns, &mut |batch| {
        let ids = column(batch, "customer_id")?;
        let at = column(batch, "at")?;
        let names = column(batch, "touchpoints")?;
        let is_own = own_rows(names, points);
        let ids = texts(ids)?;
        for row in (0..batch.num_rows()).filter(|row| is_own[*row]) {
            let Some(at) = results::instant(at, row).filter(|at| *at < until) else {
                continue;
            };
            if let Some(customer) = numbers.get(ids.value(row)) {
                touches.push(ClockTouch {
                    customer: *customer,
                    day: zone.day_of(at),
                });
            }
        }
        Ok(())
    })?;
    Ok(touches)
}

/// For each row whether one of its touchpoints is wanted.
fn own_rows(column: &ArrayRef, points: &[String]) -> Vec<bool> {
    let is_own = |cell: Cell| match cell {
        Cell::Text(names) => names
            .split('+')
            .any(|name| points.iter().any(|own| own == name)),
        _ => false,
    };
    let Some(dictionary) = column.as_dictionary_opt::<arrow_array::types::Int32Type>() else {
        return (0..column.len())
            .map(|row| is_own(results::text(column, row)))
            .collect();
    };
    let values = dictionary.values();
    let known: Vec<bool> = (0..values.len())
        .map(|value| is_own(results::text(values, value)))
        .collect();
    let keys = dictionary.keys();
    (0..column.len())
        .map(|row| keys.is_valid(row) && known[keys.value(row) as usize])
        .collect()
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, BatchError> {
    batch
        .column_by_name(name)
        .ok_or_else(|| BatchError::Results {
            path: name.into(),
            cause: "the column is missing".into(),
        })
}

/// A column of ids as texts.
fn texts(column: &ArrayRef) -> Result<&StringArray, BatchError> {
    column
        .as_string_opt::<i32>()
        .ok_or_else(|| BatchError::Results {
            path: "customer_id".into(),
            cause: "the column is of another type".into(),
        })
}
