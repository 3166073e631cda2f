//! Questions about everybody over time: every customer's touches folded again, on a thread of its own,
//! from a view of the shelf that stands still.

use std::path::Path;
use std::sync::Arc;

use perennial_analytics::matrix::Matrix;
use perennial_batch::read::CallReader;
use perennial_model::{Change, Move, Time, customer_hash};
use perennial_store::LogReader;
use perennial_store::shelf::View;
use serde_json::{Value as Json, json};

use crate::AskError;
use crate::answer::{lifecycle_number, stage_name, stage_rows};
use crate::rulebook::Rulebook;
use crate::state::{
    Caused, Folded, KeptTouch, Messages, OUTSIDE, State, StoredCustomer, message_hash, message_id,
    stored_customers, stored_touches,
};

/// Everybody, as of one instant.
pub(crate) struct Census {
    pub book: Rulebook,
    pub view: Box<dyn View>,
    messages: Arc<Messages>,
    pub now: Time,
}

impl Census {
    /// Takes a census of what is on the shelf.
    ///
    /// # Errors
    /// [`AskError::Failed`].
    pub fn take(state: &State) -> Result<Self, AskError> {
        let mut book = state.book.fresh().map_err(AskError::failed)?;
        book.learn(&state.summary.kinds);
        Ok(Self {
            book,
            view: state.shelf.snapshot(),
            messages: Arc::clone(state.messages()),
            now: state.now,
        })
    }

    /// All customers in the order of results: by the hash of their ids.
    pub fn customers(&self) -> Result<Vec<(String, StoredCustomer)>, AskError> {
        let mut customers = Vec::new();
        for customer in stored_customers(&*self.view, &[]) {
            let (id, stored) = customer?;
            customers.push((customer_hash(id.as_bytes()), id, stored));
        }
        customers.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let customers = customers.into_iter();
        Ok(customers.map(|(_, id, stored)| (id, stored)).collect())
    }

    /// A customer folded from the first up to an instant, which is left out, with all her changes.
    pub fn fold(
        &mut self,
        id: &str,
        nodes: &[u32],
        until: Time,
    ) -> Result<(Folded, Vec<Caused>), AskError> {
        let mut touches: Vec<KeptTouch> = Vec::new();
        for &node in nodes {
            stored_touches(&*self.view, node, &mut touches)?;
        }
        touches.sort_by(|a, b| a.key().cmp(&b.key()));
        let mut folded = Folded::new(id.into(), StoredCustomer::nobody());
        let mut changes = Vec::new();
        folded.refold(&mut self.book, &touches, until, &mut changes);
        Ok((folded, changes))
    }

    /// How many customers were in each stage at an instant; moves at it have happened.
    ///
    /// # Errors
    /// [`AskError::Unknown`], [`AskError::Failed`].
    pub fn stages(&mut self, lifecycle: Option<&str>, at: Time) -> Result<Json, AskError> {
        let number = lifecycle_number(&self.book, lifecycle)?;
        let mut counts = vec![0_u64; self.book.machine.lifecycles[number].stages.len()];
        for (id, stored) in self.customers()? {
            let (folded, _) = self.fold(&id, &stored.nodes, at.plus(1))?;
            let stage = folded.standing().stages.get(number).copied();
            let count = counts.get_mut(usize::from(stage.unwrap_or(OUTSIDE)));
            if let Some(count) = count {
                *count += 1;
            }
        }
        let lifecycle = &self.book.machine.lifecycles[number];
        Ok(json!({
            "lifecycle": lifecycle.name,
            "at": at.to_string(),
            "stages": stage_rows(lifecycle, &counts),
            "as_of": self.now.to_string(),
            "rule_version": self.book.version(),
        }))
    }

    /// Who moves from where to where, and how long they stayed before.
    ///
    /// # Errors
    /// [`AskError::Unknown`], [`AskError::Failed`].
    pub fn transitions(
        &mut self,
        lifecycle: Option<&str>,
        from: Option<Time>,
        to: Option<Time>,
    ) -> Result<Json, AskError> {
        let number = lifecycle_number(&self.book, lifecycle)?;
        let mut matrix: Matrix<(u8, u8)> = Matrix::default();
        let now = self.now;
        for (id, stored) in self.customers()? {
            let (_, changes) = self.fold(&id, &stored.nodes, now)?;
            for (made, stayed_ms) in moves(&changes, number as u16) {
                let is_in =
                    from.is_none_or(|from| made.at >= from) && to.is_none_or(|to| made.at < to);
                if is_in {
                    let place = |stage: Option<u8>| stage.unwrap_or(OUTSIDE);
                    matrix.add(
                        (place(made.from), place(made.to)),
                        stayed_ms.unwrap_or_default(),
                    );
                }
            }
        }
        let lifecycle = &self.book.machine.lifecycles[number];
        let name = |stage: u8| stage_name(lifecycle, (stage != OUTSIDE).then_some(stage));
        let seconds = |ms: i64| ms as f64 / 1_000.0;
        let rows: Vec<Json> = matrix
            .cells()
            .into_iter()
            .map(|cell| {
                let entered = cell.key.0 == OUTSIDE;
                let stay = |quantile: usize| (!entered).then(|| seconds(cell.stayed_ms[quantile]));
                json!({
                    "from": name(cell.key.0),
                    "to": name(cell.key.1),
                    "count": cell.count,
                    "p10_seconds": stay(0),
                    "median_seconds": stay(1),
                    "p90_seconds": stay(2),
                })
            })
            .collect();
        Ok(json!({
            "lifecycle": lifecycle.name,
            "transitions": rows,
            "as_of": now.to_string(),
            "rule_version": self.book.version(),
        }))
    }

    /// Who would stand where under other rules: customers by stage now and stage then.
    ///
    /// # Errors
    /// [`AskError::Failed`].
    pub fn plan(&mut self, draft: Rulebook, log: &LogReader, end: u64) -> Result<Json, AskError> {
        let messages = Arc::clone(&self.messages);
        let drafted =
            State::draft(draft, messages, log, end, self.now).map_err(AskError::failed)?;
        let names = |book: &Rulebook, stages: &[u8]| -> Vec<(String, Option<String>)> {
            let lifecycles = book.machine.lifecycles.iter().zip(stages);
            lifecycles
                .map(|(lifecycle, &stage)| {
                    let stage = stage_name(lifecycle, (stage != OUTSIDE).then_some(stage));
                    (lifecycle.name.clone(), stage.map(str::to_owned))
                })
                .collect()
        };
        let mut moved: std::collections::BTreeMap<_, u64> = std::collections::BTreeMap::new();
        let mut concerned = 0_u64;
        for (id, stored) in self.customers()? {
            let before = names(&self.book, &stored.counted.stages);
            let then = drafted.counted(&id).unwrap_or_default();
            let then = names(&drafted.book, &then.stages);
            let all = before.iter().chain(&then).map(|(name, _)| name.clone());
            let all: std::collections::BTreeSet<String> = all.collect();
            let stage = |list: &[(String, Option<String>)], name: &str| {
                let found = list.iter().find(|(known, _)| known == name);
                found.and_then(|(_, stage)| stage.clone())
            };
            let mut moves = false;
            for name in all {
                let (from, to) = (stage(&before, &name), stage(&then, &name));
                if from != to {
                    moves = true;
                    *moved.entry((name, from, to)).or_default() += 1;
                }
            }
            concerned += u64::from(moves);
        }
        let moves: Vec<Json> = moved
            .into_iter()
            .map(|((lifecycle, from, to), customers)| {
                json!({"lifecycle": lifecycle, "from": from, "to": to, "customers": customers})
            })
            .collect();
        Ok(json!({
            "version": drafted.book.version(),
            "before": self.book.version(),
            "customers": concerned,
            "moves": moves,
            "as_of": self.now.to_string(),
        }))
    }

    /// Writes the tables that `perennial run` writes, as of now, to a folder.
    ///
    /// # Errors
    /// [`AskError::Failed`].
    pub fn tables(&mut self, folder: &Path) -> Result<Json, AskError> {
        crate::tables::write(self, folder)
    }
}

/// The moves of one lifecycle, each with the time spent in the stage left.
pub(crate) fn moves(changes: &[Caused], lifecycle: u16) -> Vec<(Move, Option<i64>)> {
    let mut since = Time::MIN;
    let mut moves = Vec::new();
    for one in changes {
        if let Change::Moved(made) = &one.change
            && made.lifecycle == lifecycle
        {
            moves.push((*made, made.from.map(|_| made.at.since(since))));
            since = made.at;
        }
    }
    moves
}

/// The message ids of events that counted, in the order of the log.
///
/// # Errors
/// [`AskError::Failed`].
pub(crate) fn event_ids(
    messages: &Messages,
    log: &LogReader,
    mut reader: CallReader,
    from: u64,
    end: u64,
    limit: usize,
) -> Result<Json, AskError> {
    let mut ids = Vec::new();
    let mut position = from;
    while position < end && ids.len() < limit {
        let Some(record) = log.read(position).map_err(AskError::failed)? else {
            break;
        };
        let lines = record
            .lines()
            .skip_while(|(ordinal, _)| *ordinal < position);
        let mut next = record.end().min(end);
        for (ordinal, line) in lines.take_while(|(ordinal, _)| *ordinal < end) {
            if ids.len() == limit {
                next = ordinal;
                break;
            }
            if line.is_empty() || reader.read(line.as_bytes()).is_err() {
                continue;
            }
            let id = message_id(reader.call(line).message_id, ordinal);
            let first = messages.find(message_hash(&id)).map_err(AskError::failed)?;
            if first == Some(ordinal) {
                ids.push(id.into_owned());
            }
        }
        position = next;
    }
    Ok(json!({"message_ids": ids, "next": (position < end).then_some(position)}))
}
