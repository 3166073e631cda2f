//! Which tables and columns a project wants, and what has to be read for them.

use perennial_rules::{Machine, Project};

use crate::BatchError;
use crate::gather::Wanted;
use crate::options::Options;
use crate::read::columns;
use crate::rows::Rows;
use crate::tables::{Selection, customers, table, touches};

/// What is wanted of each table.
#[derive(Default)]
pub(crate) struct Selections {
    pub customers: Option<Selection>,
    pub identities: Option<Selection>,
    pub touches: Option<Selection>,
    pub transitions: Option<Selection>,
    pub refused: Option<Selection>,
    pub segment_history: Option<Selection>,
    pub stage_days: Option<Selection>,
    pub thresholds: Option<Selection>,
    pub scores: Option<Selection>,
    pub rejects: Option<Selection>,
    /// Traits shown in the table of customers, with their slots.
    pub traits: Vec<(String, u16)>,
}

impl Selections {
    /// Whether a table shows where customers stand at the end.
    pub(crate) fn reads_customers(&self) -> bool {
        self.customers.is_some() || self.thresholds.is_some()
    }
}

/// Which tables and columns the project wants; traits that go to the table of customers are kept.
pub(crate) fn select(
    project: &Project,
    machine: &mut Machine,
    rows: &Rows,
) -> Result<Selections, BatchError> {
    let outputs = &project.outputs;
    let of = |name: &str, more: &[String]| Selection::of(outputs, table(name), more);
    let mut traits: Vec<String> = project
        .sources
        .iter()
        .flat_map(|source| source.traits.iter().cloned())
        .collect();
    traits.extend(
        machine
            .slots
            .iter()
            .filter(|slot| slot.is_trait)
            .map(|slot| slot.name.clone()),
    );
    traits.extend(rows.traits());
    traits.sort();
    traits.dedup();
    let unkept: Vec<(String, u16)> = traits.iter().map(|name| (name.clone(), 0)).collect();
    let customers = of("customers", &customers::more_columns(machine, &unkept))?;
    let shown = |name: &String| {
        let wanted = |selection: &Selection| {
            selection.wants(name) || selection.wants(&format!("trait_{name}"))
        };
        customers.as_ref().is_some_and(wanted)
    };
    let traits = traits
        .into_iter()
        .filter(shown)
        .map(|name| (name.clone(), machine.keep_trait(&name)))
        .collect();
    Ok(Selections {
        customers,
        identities: of("identities", &[])?,
        touches: of("touches", &touches::more_columns(rows))?,
        transitions: of("transitions", &[])?,
        refused: of("refused", &[])?,
        segment_history: of("segment_history", &[])?,
        stage_days: of("stage_days", &[])?,
        thresholds: of("thresholds", &[])?,
        scores: of("scores", &[])?,
        rejects: of("rejects", &[])?,
        traits,
    })
}

/// What the second pass has to read beyond what rules need.
pub(crate) fn wanted(
    project: &Project,
    options: &Options,
    machine: &Machine,
    selections: &Selections,
    rows: &Rows,
    writes: bool,
) -> Wanted {
    let ledgers = [
        &selections.transitions,
        &selections.refused,
        &selections.segment_history,
    ];
    let any = |column: &str| {
        ledgers
            .iter()
            .any(|s| s.as_ref().is_some_and(|selection| selection.wants(column)))
    };
    let touches_want = |column: &str| {
        selections
            .touches
            .as_ref()
            .is_some_and(|selection| selection.wants(column))
    };
    let mut carried = selections
        .touches
        .as_ref()
        .map_or_else(Vec::new, |s| touches::carried_columns(rows, s));
    if any("touch")
        && rows.has(columns::MESSAGE_ID)
        && !carried.iter().any(|name| name == columns::MESSAGE_ID)
    {
        carried.push(columns::MESSAGE_ID.to_owned());
    }
    let received_at =
        rows.has(columns::RECEIVED_AT) && (any("known_at") || touches_want("received_at"));
    // A touch that nothing listens to still counts in these, and tells when things were known.
    let counts_all = selections.touches.is_some() || selections.reads_customers();
    Wanted {
        received_at,
        carried,
        only_heard: writes && !counts_all && !received_at && !machine.reads_scores,
        decimals: project.currency.decimals,
        until: options.until,
        memory: options.memory,
    }
}
