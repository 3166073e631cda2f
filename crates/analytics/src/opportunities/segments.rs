//! The segments of a stage: texts as they are, or countries and the parts of the world that they lie in.

use std::collections::{BTreeMap, BTreeSet};

use super::count::{Cell, OUT_AND_IN};
use super::{Opportunities, Segments, Tally};
use crate::regions::{Country, country};
use crate::{NO_TEXT, Words};

/// A segment of one stage.
pub(super) struct Segment {
    pub(super) name: Option<String>,
    pub(super) cell: Cell,
    /// Its texts.
    pub(super) members: BTreeSet<u32>,
    /// Whether a narrower segment has the very members: it is an example to others, and judged as that one.
    pub(super) twin: bool,
}

/// The segments of a stage, from narrow to wide: lists of such as have no customer together, each by name with
/// the unknown last.
pub(super) fn of_stage(
    question: &Opportunities,
    tally: &Tally,
    words: &Words,
    stage: u8,
) -> Vec<Vec<Segment>> {
    let name = |segment: u32| match question.segments {
        Segments::Met(_) => Some(OUT_AND_IN[segment as usize].to_owned()),
        Segments::Text(_) | Segments::Countries(_) if segment == NO_TEXT => None,
        Segments::Text(column) | Segments::Countries(column) => {
            words.texts[column].get(segment as usize).cloned()
        }
    };
    let mut seen = BTreeSet::new();
    let mut widths = vec![grouped(
        tally,
        stage,
        |segment| Some(name(segment)),
        &mut seen,
    )];
    if let Segments::Countries(column) = question.segments {
        let wide = |of: fn(Country) -> &'static str| {
            move |segment: u32| {
                let text = words.texts[column].get(segment as usize);
                let found = text.and_then(|text| country(text));
                found.map(|found| Some(of(found).to_owned()))
            }
        };
        let subregion = wide(|country| country.subregion.1);
        widths.push(grouped(tally, stage, subregion, &mut seen));
        let region = wide(|country| country.region.1);
        widths.push(grouped(tally, stage, region, &mut seen));
    }
    widths
}

/// Cells put together by the name that they have, those without left out.
fn grouped(
    tally: &Tally,
    stage: u8,
    name: impl Fn(u32) -> Option<Option<String>>,
    seen: &mut BTreeSet<BTreeSet<u32>>,
) -> Vec<Segment> {
    let mut found: BTreeMap<(bool, Option<String>), (Cell, BTreeSet<u32>)> = BTreeMap::new();
    for (&(_, segment), cell) in tally.cells.range((stage, 0)..=(stage, u32::MAX)) {
        let Some(name) = name(segment) else { continue };
        match found.get_mut(&(name.is_none(), name.clone())) {
            Some((sum, members)) => {
                sum.add(cell);
                members.insert(segment);
            }
            None => {
                let own = (cell.clone(), BTreeSet::from([segment]));
                found.insert((name.is_none(), name), own);
            }
        }
    }
    let segment = |((_, name), (cell, members)): (_, (Cell, BTreeSet<u32>))| Segment {
        name,
        cell,
        twin: !seen.insert(members.clone()),
        members,
    };
    found.into_iter().map(segment).collect()
}
