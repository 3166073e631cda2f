//! The tables of `perennial run`, written from what a server knows: the same columns, the same rows.

use std::path::Path;

use perennial_batch::tables::{Cell, Kind, PlainTable};
use perennial_engine::identity::kind_name;
use perennial_model::{Change, Time};
use serde_json::{Value as Json, json};

use crate::AskError;
use crate::answer::{cause, stage_name};
use crate::census::Census;
use crate::state::{Caused, StoredCustomer, identifiers, read_node};

/// The columns of the ledger that are written.
const LEDGER: [&str; 11] = [
    "customer_id",
    "lifecycle",
    "at",
    "known_at",
    "from",
    "to",
    "cause",
    "rule",
    "rule_version",
    "touch",
    "entry",
];
const CUSTOMERS: [&str; 9] = [
    "customer_id",
    "first_at",
    "last_at",
    "touches",
    "orders",
    "first_order_at",
    "last_order_at",
    "value_minor",
    "segments",
];
const SEGMENT_HISTORY: [&str; 8] = [
    "customer_id",
    "segment",
    "at",
    "known_at",
    "entered",
    "entry",
    "rule",
    "rule_version",
];
const IDENTITIES: [&str; 5] = [
    "customer_id",
    "kind",
    "identifier",
    "joined_at",
    "joined_by",
];

/// The tables being written.
struct Tables {
    customers: PlainTable,
    identities: PlainTable,
    transitions: PlainTable,
    refused: PlainTable,
    segment_history: PlainTable,
}

/// Writes all tables of a census to a folder, and answers how many rows each has.
///
/// # Errors
/// [`AskError::Failed`].
pub(crate) fn write(census: &mut Census, folder: &Path) -> Result<Json, AskError> {
    std::fs::create_dir_all(folder).map_err(AskError::failed)?;
    let mut tables = Tables::create(census, folder).map_err(AskError::failed)?;
    let now = census.now;
    let mut customers = 0_u64;
    for (id, stored) in census.customers()? {
        write_identities(census, &id, &stored, &mut tables)?;
        let (folded, changes) = census.fold(&id, &stored.nodes, now)?;
        let Some(fold) = folded.fold.as_ref().filter(|fold| fold.touches() > 0) else {
            continue;
        };
        customers += 1;
        let row = customer_row(census, &id, fold);
        tables.customers.push(row).map_err(AskError::failed)?;
        write_changes(census, &id, &changes, &mut tables)?;
    }
    tables.finish().map_err(AskError::failed)?;
    Ok(json!({
        "folder": folder.display().to_string(),
        "customers": customers,
        "until": now.to_string(),
        "rule_version": census.book.version(),
    }))
}

impl Tables {
    fn create(census: &Census, folder: &Path) -> Result<Self, perennial_batch::BatchError> {
        let mut more = Vec::new();
        for lifecycle in &census.book.machine.lifecycles {
            more.push((format!("{}_stage", lifecycle.name), Kind::Word));
            more.push((format!("{}_since", lifecycle.name), Kind::Instant));
            more.push((format!("{}_entry", lifecycle.name), Kind::Whole));
        }
        let with = |last: &'static str| [&LEDGER[..], &[last]].concat();
        Ok(Self {
            customers: PlainTable::create(folder, "customers", &CUSTOMERS, &more)?,
            identities: PlainTable::create(folder, "identities", &IDENTITIES, &[])?,
            transitions: PlainTable::create(folder, "transitions", &with("stayed_ms"), &[])?,
            refused: PlainTable::create(folder, "refused", &with("policy"), &[])?,
            segment_history: PlainTable::create(folder, "segment_history", &SEGMENT_HISTORY, &[])?,
        })
    }

    fn finish(self) -> Result<(), perennial_batch::BatchError> {
        self.customers.finish()?;
        self.identities.finish()?;
        self.transitions.finish()?;
        self.refused.finish()?;
        self.segment_history.finish()
    }
}

fn customer_row(census: &Census, id: &str, fold: &perennial_engine::Customer) -> Vec<Cell> {
    let machine = &census.book.machine;
    let purchases = fold.purchases();
    let bought = |at: Time| match purchases.orders {
        0 => Cell::Null,
        _ => Cell::Whole(at.ms()),
    };
    let inside = machine.segments.iter().zip(fold.memberships());
    let segments = inside
        .filter(|(_, membership)| membership.inside)
        .map(|(segment, _)| segment.name.clone());
    let decimals = census.book.project.currency.decimals;
    let mut row = vec![
        Cell::Text(id.to_owned()),
        Cell::Whole(fold.first_at().ms()),
        Cell::Whole(fold.last_at().ms()),
        Cell::Whole(fold.touches() as i64),
        Cell::Whole(purchases.orders as i64),
        bought(purchases.first_at),
        bought(purchases.last_at),
        Cell::Whole(purchases.value.to_minor(decimals)),
        Cell::Words(segments.collect()),
    ];
    for (lifecycle, standing) in machine.lifecycles.iter().zip(fold.standings()) {
        let stage = stage_name(lifecycle, standing.stage());
        let has_been = standing.entry > 0;
        row.push(stage.map_or(Cell::Null, |stage| Cell::Text(stage.to_owned())));
        row.push(match has_been {
            true => Cell::Whole(standing.since.ms()),
            false => Cell::Null,
        });
        row.push(Cell::Whole(standing.entry.into()));
    }
    row
}

fn write_identities(
    census: &Census,
    id: &str,
    stored: &StoredCustomer,
    tables: &mut Tables,
) -> Result<(), AskError> {
    let most = census.book.project.identity.max_identifiers;
    let read = &mut |number| read_node(&*census.view, number);
    let rows = identifiers(&stored.nodes, most, read)?;
    for (rank, identifier, joined) in rows {
        let at = joined
            .as_ref()
            .map_or(Cell::Null, |stated| Cell::Whole(stated.at_ms));
        let by = joined.map_or(Cell::Null, |stated| Cell::Text(stated.message.text()));
        let row = vec![
            Cell::Text(id.to_owned()),
            Cell::Text(kind_name(rank).to_owned()),
            Cell::Text(identifier.into()),
            at,
            by,
        ];
        tables.identities.push(row).map_err(AskError::failed)?;
    }
    Ok(())
}

fn write_changes(
    census: &Census,
    id: &str,
    changes: &[Caused],
    tables: &mut Tables,
) -> Result<(), AskError> {
    let book = &census.book;
    let mut since = vec![Time::MIN; book.machine.lifecycles.len()];
    for one in changes {
        let written = match &one.change {
            Change::Moved(made) => {
                let since = &mut since[usize::from(made.lifecycle)];
                let stayed = made
                    .from
                    .map_or(Cell::Null, |_| Cell::Whole(made.at.since(*since)));
                *since = made.at;
                let mut row = ledger_row(census, id, one);
                row.push(stayed);
                tables.transitions.push(row)
            }
            Change::Refused(refusal) => {
                let mut row = ledger_row(census, id, one);
                row.push(Cell::Text(refusal.policy.to_owned()));
                tables.refused.push(row)
            }
            Change::Switched(switch) => {
                let segment = &book.machine.segments[usize::from(switch.segment)];
                tables.segment_history.push(vec![
                    Cell::Text(id.to_owned()),
                    Cell::Text(segment.name.clone()),
                    Cell::Whole(switch.at.ms()),
                    Cell::Whole(switch.known_at.ms()),
                    Cell::Truth(switch.entered),
                    Cell::Whole(switch.entry.into()),
                    Cell::Text(segment.when.text.clone()),
                    Cell::Text(book.version().to_owned()),
                ])
            }
        };
        written.map_err(AskError::failed)?;
    }
    Ok(())
}

fn ledger_row(census: &Census, id: &str, one: &Caused) -> Vec<Cell> {
    let book = &census.book;
    let made = match &one.change {
        Change::Moved(made) => made,
        Change::Refused(refusal) => &refusal.asked,
        Change::Switched(_) => return Vec::new(),
    };
    let lifecycle = &book.machine.lifecycles[usize::from(made.lifecycle)];
    let word = |word: Option<&str>| word.map_or(Cell::Null, |word| Cell::Text(word.to_owned()));
    let clause = made
        .clause
        .map(|number| &lifecycle.clauses[usize::from(number)]);
    let touch = one.touch.as_ref().map(|(message, _)| message.text());
    vec![
        Cell::Text(id.to_owned()),
        Cell::Text(lifecycle.name.clone()),
        Cell::Whole(made.at.ms()),
        Cell::Whole(made.known_at.ms()),
        word(stage_name(lifecycle, made.from)),
        word(stage_name(lifecycle, made.to)),
        Cell::Text(cause(book, one)),
        word(clause.map(|clause| clause.text.as_str())),
        Cell::Text(book.version().to_owned()),
        word(touch.as_deref()),
        Cell::Whole(made.entry.into()),
    ]
}
