//! Customers that a question is about: members of a segment of the run at its end, or those with a trait.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use perennial_analytics::{Among, Analysis, Trail};
use perennial_batch::BatchError;
use perennial_batch::results::Results;
use perennial_batch::trails::{Groups, Of, Trails};
use perennial_rules::project::normalize_event_name;
use perennial_rules::suggest::did_you_mean;

use super::Question;
use crate::answer::Cell;
use crate::failure::Failure;
use crate::results;

/// The column of who a customer is.
const ID: &str = "customer_id";

/// Some of a run's customers.
#[derive(Clone, Debug)]
pub struct Members {
    /// As they were asked for.
    pub name: String,
    /// The column of the table of customers that tells them.
    column: Option<String>,
    /// Their ids, in order.
    ids: Vec<String>,
}

impl Members {
    /// The members of a segment, by its name, or the customers with a trait, as `TRAIT=VALUE`.
    ///
    /// # Errors
    /// A run without such a segment, trait or table.
    pub fn read(results: &Results, text: &str) -> Result<Self, Failure> {
        let column = text.split_once('=').map(|(name, _)| name.trim().to_owned());
        let mut ids = match text.split_once('=') {
            None => of_segment(results, text)?,
            Some((name, value)) => with_trait(results, name.trim(), value.trim())?,
        };
        ids.sort_unstable();
        Ok(Self {
            name: text.to_owned(),
            column,
            ids,
        })
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// By number of a customer in trails that were read with ids: whether she is one of them.
    pub fn among(&self, trails: &Trails) -> Vec<bool> {
        let is_one = |id: &String| self.ids.binary_search(id).is_ok();
        trails.words().customers.iter().map(is_one).collect()
    }
}

/// The members of a segment where history ends: who has entered it once more than left it.
fn of_segment(results: &Results, segment: &str) -> Result<Vec<String>, Failure> {
    let names = &results.manifest.segments;
    if !names.iter().any(|name| name == segment) {
        let meant = did_you_mean(segment, names.iter().map(String::as_str));
        let way_out = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if names.is_empty() => "it has none; of a trait write TRAIT=VALUE".to_owned(),
            None => format!("it has {}", names.join(", ")),
        };
        return Err(Failure::usage(format!(
            "--segment {segment}: the run has no such segment; {way_out}"
        )));
    }
    let mut inside: HashMap<String, i64> = HashMap::new();
    let table = "segment_history";
    let columns = ["customer_id", "segment", "entered"];
    results.read(table, &columns, &mut |batch| {
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(table));
        let own = results::word_numbers(column("segment")?, names);
        let ids = column("customer_id")?;
        let entered = column("entered")?.as_boolean_opt();
        let entered = entered.ok_or_else(|| missing(table))?;
        for (row, number) in own.iter().enumerate() {
            let is_own = number.is_some_and(|number| names[number as usize] == segment);
            if let (true, Cell::Text(id)) = (is_own, results::text(ids, row)) {
                let step = if entered.value(row) { 1 } else { -1 };
                *inside.entry(id).or_default() += step;
            }
        }
        Ok(())
    })?;
    let members = inside.into_iter().filter(|(_, times)| *times > 0);
    Ok(members.map(|(id, _)| id).collect())
}

/// The customers whose trait has a value where history ends.
fn with_trait(results: &Results, name: &str, value: &str) -> Result<Vec<String>, Failure> {
    let table = "customers";
    let columns = results.columns(table);
    let own = [format!("trait_{name}"), name.to_owned()];
    let Some(own) = own.iter().find(|own| columns.contains(own)) else {
        return Err(Failure::usage(format!(
            "--segment {name}={value}: the run's table of customers has no trait `{name}`"
        )));
    };
    let mut ids = Vec::new();
    results.read(table, &["customer_id", own], &mut |batch| {
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| missing(table));
        let (customers, values): (&ArrayRef, &ArrayRef) = (column("customer_id")?, column(own)?);
        for row in (0..batch.num_rows()).filter(|&row| values.is_valid(row)) {
            let has = matches!(results::text(values, row), Cell::Text(text) if text == value);
            if let (true, Cell::Text(id)) = (has, results::text(customers, row)) {
                ids.push(id);
            }
        }
        Ok(())
    })?;
    Ok(ids)
}

fn missing(table: &str) -> BatchError {
    BatchError::Results {
        path: table.into(),
        cause: "a column is missing".into(),
    }
}

/// Which customers of trails are meant, besides those that the question is about.
pub type Meant<'a> = &'a (dyn Fn(&Trail<'_>) -> bool + Sync);

impl Question {
    /// The trait that says which customers it is about, where that is personal, or who they are.
    pub(super) fn members_by(&self, personal: &[String]) -> Option<String> {
        let name = self.members.as_ref()?.column.as_deref()?;
        let plain = normalize_event_name(name);
        let plain = plain.strip_prefix("trait").unwrap_or(&plain);
        let hidden = personal.iter().map(|own| normalize_event_name(own));
        let mut hidden = hidden.chain([normalize_event_name(ID)]);
        let parts: Vec<String> = name.split('.').map(normalize_event_name).collect();
        let is_named = |own: String| own == plain || parts.contains(&own);
        let is_hidden = !personal.is_empty() && hidden.any(is_named);
        is_hidden.then(|| name.to_owned())
    }

    /// The answer about the customers that the question is about.
    pub fn ask<A: Analysis>(&self, trails: &Trails, analysis: &A) -> A::Answer {
        self.ask_among(trails, analysis, None)
    }

    /// The same about those of them who are meant.
    pub fn ask_among<A: Analysis>(
        &self,
        trails: &Trails,
        analysis: &A,
        meant: Option<Meant<'_>>,
    ) -> A::Answer {
        let own = self.members.as_ref().map(|members| members.among(trails));
        let is_meant = |trail: &Trail<'_>| {
            let is_own = own
                .as_ref()
                .is_none_or(|own| own.get(trail.customer as usize) == Some(&true));
            is_own && meant.is_none_or(|meant| meant(trail))
        };
        match (&own, meant) {
            (None, None) => trails.ask(analysis),
            _ => trails.ask(&Among {
                analysis,
                is_meant: &is_meant,
            }),
        }
    }

    /// The answers to a question, by group if that is asked for, else one.
    pub fn answers<A: Analysis>(
        &self,
        trails: &Trails,
        analysis: &A,
        by: Option<usize>,
        of: Of,
    ) -> Vec<(Option<String>, A::Answer)> {
        let Some(column) = by else {
            return vec![(None, self.ask(trails, analysis))];
        };
        let groups = trails.groups(column, of, self.by_limit);
        match &self.members {
            None => trails.ask_by(analysis, &groups),
            Some(members) => self.answers_among(trails, analysis, &groups, members),
        }
    }

    fn answers_among<A: Analysis>(
        &self,
        trails: &Trails,
        analysis: &A,
        groups: &Groups,
        members: &Members,
    ) -> Vec<(Option<String>, A::Answer)> {
        let own = members.among(trails);
        let among = Among {
            analysis,
            is_meant: &|trail: &Trail<'_>| own.get(trail.customer as usize) == Some(&true),
        };
        trails.ask_by(&among, groups)
    }
}
