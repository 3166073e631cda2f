//! Customers told apart for `--by`: by a column of theirs, or by whether they are in a segment.

use std::collections::HashMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use perennial_batch::BatchError;
use perennial_batch::results::Results;
use perennial_model::Time;

use crate::answer::Cell;
use crate::failure::Failure;
use crate::results::{Groups, instant, text, word_numbers};

/// The number of the group of those in a segment, and of the others.
const INSIDE: u32 = 0;
const OUTSIDE: u32 = 1;

/// What customers are told apart by.
pub enum By {
    /// A column of the table of customers, which holds for all her history.
    Column(Groups),
    /// A segment, which she may be in at one time and not at another.
    Segment(Memberships),
}

/// Who was in a segment, and when.
pub struct Memberships {
    segment: String,
    /// By customer: the instants at which she entered (true) or left, in their order.
    switches: HashMap<String, Vec<(Time, bool)>>,
}

impl By {
    /// Finds what is meant: a column of customers, or else a segment.
    ///
    /// # Errors
    /// There is neither, or the run did not write what is needed.
    pub fn read(results: &Results, name: &str) -> Result<Self, Failure> {
        let columns = results.columns("customers");
        let is_column = [name.to_owned(), format!("trait_{name}")]
            .iter()
            .any(|own| columns.contains(own));
        let segments = &results.manifest.segments;
        if is_column {
            return Ok(Self::Column(Groups::read(results, name)?));
        }
        if segments.iter().any(|segment| segment == name) {
            return Ok(Self::Segment(Memberships::read(results, name)?));
        }
        let known = match segments.as_slice() {
            [] => "there are no segments".to_owned(),
            segments => format!("the segments are {}", segments.join(", ")),
        };
        Err(Failure::usage(format!(
            "--by {name}: neither a column of the table of customers nor a segment; the columns are {}; {known}",
            columns.join(", ")
        )))
    }

    /// The number of a customer's group at an instant, whose own changes count.
    pub fn of(&self, customer: &str, at: Time) -> u32 {
        match self {
            Self::Column(groups) => groups.of(customer),
            Self::Segment(memberships) if memberships.holds(customer, at) => INSIDE,
            Self::Segment(_) => OUTSIDE,
        }
    }

    /// What a group is called.
    pub fn word(&self, group: u32) -> Cell {
        match self {
            Self::Column(groups) => {
                Cell::maybe(groups.words.get(group as usize).map(String::as_str))
            }
            Self::Segment(one) if group == INSIDE => Cell::Text(one.segment.clone()),
            Self::Segment(one) => Cell::Text(format!("not {}", one.segment)),
        }
    }
}

impl Memberships {
    /// Reads who entered and left a segment: from the table segment_history, or where the run did not
    /// write it, who is in it where history ends, as if it had always been so.
    fn read(results: &Results, segment: &str) -> Result<Self, Failure> {
        let mut found = Self {
            segment: segment.to_owned(),
            switches: HashMap::new(),
        };
        if results.columns("segment_history").is_empty() {
            found.at_the_end(results)?;
        } else {
            found.over_time(results)?;
        }
        Ok(found)
    }

    fn over_time(&mut self, results: &Results) -> Result<(), Failure> {
        let segment = [self.segment.clone()];
        let columns = ["customer_id", "segment", "at", "entered"];
        results.read("segment_history", &columns, &mut |batch| {
            let missing = || BatchError::Results {
                path: "segment_history".into(),
                cause: "a column is missing".into(),
            };
            let column = |name: &str| batch.column_by_name(name).ok_or_else(missing);
            let ids = column("customer_id")?;
            let own = word_numbers(column("segment")?, &segment);
            let times = column("at")?;
            let entered = column("entered")?.as_boolean_opt().ok_or_else(missing)?;
            for (row, own) in own.into_iter().enumerate() {
                let (Some(_), Some(at)) = (own, instant(times, row)) else {
                    continue;
                };
                if let Cell::Text(id) = text(ids, row) {
                    let entered = entered.is_valid(row) && entered.value(row);
                    self.switches.entry(id).or_default().push((at, entered));
                }
            }
            Ok(())
        })?;
        for switches in self.switches.values_mut() {
            // Stable: of one instant the order of the ledger counts.
            switches.sort_by_key(|(at, _)| *at);
        }
        Ok(())
    }

    fn at_the_end(&mut self, results: &Results) -> Result<(), Failure> {
        results.read("customers", &["customer_id", "segments"], &mut |batch| {
            let missing = || BatchError::Results {
                path: "customers".into(),
                cause: "a column is missing".into(),
            };
            let column = |name: &str| batch.column_by_name(name).ok_or_else(missing);
            let ids = column("customer_id")?;
            let lists = column("segments")?
                .as_list_opt::<i32>()
                .ok_or_else(missing)?;
            for row in (0..batch.num_rows()).filter(|&row| lists.is_valid(row)) {
                let list = lists.value(row);
                let names = |place| text(&list, place) == Cell::Text(self.segment.clone());
                if let (true, Cell::Text(id)) = ((0..list.len()).any(names), text(ids, row)) {
                    self.switches.insert(id, vec![(Time::MIN, true)]);
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Whether a customer is in it at an instant, whose own switches have happened.
    fn holds(&self, customer: &str, at: Time) -> bool {
        let Some(switches) = self.switches.get(customer) else {
            return false;
        };
        let until = switches.partition_point(|(when, _)| *when <= at);
        until.checked_sub(1).is_some_and(|last| switches[last].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_counts_from_its_own_instant_on() {
        let switches = vec![
            (Time(10), true),
            (Time(20), false),
            (Time(20), true),
            (Time(30), false),
        ];
        let memberships = Memberships {
            segment: "vip".to_owned(),
            switches: HashMap::from([("ada".to_owned(), switches)]),
        };
        let by = By::Segment(memberships);
        let at = |customer: &str, at: i64| by.word(by.of(customer, Time(at)));
        let (inside, outside) = (Cell::Text("vip".into()), Cell::Text("not vip".into()));
        assert_eq!(
            [at("ada", 9), at("ada", 10)],
            [outside.clone(), inside.clone()]
        );
        assert_eq!([at("ada", 20), at("ada", 30)], [inside, outside.clone()]);
        assert_eq!(at("bob", 20), outside);
    }
}
