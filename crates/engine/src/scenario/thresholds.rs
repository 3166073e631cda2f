//! Thresholds of scores: the cuts between tiles from a day on, given where there is no population.

use perennial_model::{Cut, Cuts, Number, Time};
use perennial_rules::Project;

use super::calendar::Calendar;
use super::expected::Complaint;
use super::parse::{complain, instant};

/// How they are written.
const SHAPE: &str =
    "write `thresholds day 31 recency=7,14,21,28 frequency=2,3,4,6 monetary=50,100,200,400`";

/// The scores that have thresholds.
const SCORES: [&str; 3] = ["recency", "frequency", "monetary"];

/// Reads a line of thresholds, its first word taken off.
pub(super) fn read(
    words: &[&str],
    calendar: &Calendar,
    project: &Project,
) -> Result<(Time, Cuts), Complaint> {
    let ["day", words @ ..] = words else {
        return complain("thresholds hold from a day on", SHAPE);
    };
    let (at, words) = instant(words, calendar)?;
    let wanted = usize::from(project.scoring.tiles) - 1;
    let mut lists: [Option<Vec<Cut>>; 3] = [const { None }; 3];
    for word in words {
        let (name, list) = word.split_once('=').unwrap_or((word, ""));
        let Some(place) = SCORES.iter().position(|known| *known == name) else {
            return complain(format!("`{name}` is no score"), SHAPE);
        };
        let list = cuts(name, list, calendar)?;
        if list.len() != wanted || !list.is_sorted() {
            let message =
                format!("{name} needs {wanted} rising thresholds, one less than there are tiles");
            return complain(message, SHAPE);
        }
        lists[place] = Some(list);
    }
    let [Some(recency), Some(frequency), Some(monetary)] = lists else {
        return complain("a score is missing", SHAPE);
    };
    let cuts = Cuts {
        recency,
        frequency,
        monetary,
        value_percentiles: Vec::new(),
        // Any number will do, since only nought means that there are no scores.
        buyers: 1,
    };
    Ok((at, cuts))
}

/// Days of the last order, counts of orders or amounts of money. Equal values stay in one tile.
fn cuts(name: &str, list: &str, calendar: &Calendar) -> Result<Vec<Cut>, Complaint> {
    let number = |item: &str| match name {
        "recency" => calendar.instant(item, None).map(Time::ms),
        "frequency" => item.parse().ok(),
        _ => Number::parse(item).ok().map(Number::millionths),
    };
    let cut = |item: &str| {
        let value = number(item).ok_or_else(|| {
            let message = format!("`{item}` cannot be a threshold of {name}");
            (message, SHAPE.to_owned())
        })?;
        let id = Box::default();
        Ok(Cut { value, id })
    };
    list.split(',').map(cut).collect()
}
