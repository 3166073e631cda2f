//! Sorts of rows: the event's name with the touchpoints that a run found it to be, and what is measured of each.

use perennial_analytics::NO_NUMBER;

use super::asked::Measure;
use super::lane::{Lane, Lexicon};
use super::marks::Sort;
use super::open::Opened;
use super::reading::lane;
use crate::BatchError;
use crate::block::Block;

/// The column of a run's touches that names their touchpoints.
pub(super) const POINTS: &str = "touchpoints";
/// Stands for a sort that has no number yet.
const UNKNOWN: u32 = u32::MAX;

/// The sorts met so far.
pub(super) struct Sorts {
    pub reads_points: bool,
    pub all: Vec<Sort>,
    points: Lexicon,
    /// By event, then by touchpoints, of which 0 is none: the sort.
    numbers: Vec<u32>,
    /// How many different touchpoints an event has room for.
    width: usize,
}

impl Sorts {
    pub fn new(reads_points: bool) -> Self {
        Self {
            reads_points,
            all: Vec::new(),
            points: Lexicon::new(),
            numbers: Vec::new(),
            width: 0,
        }
    }

    /// The touchpoints met.
    pub fn points(&self) -> Vec<String> {
        let words = self.points.words.iter().flat_map(|word| word.split('+'));
        let mut points: Vec<String> = words.map(str::to_owned).collect();
        points.sort();
        points.dedup();
        points
    }

    /// The sorts of a block's rows.
    pub fn of(
        &mut self,
        block: &Block,
        events: &[u32],
        names: &[String],
    ) -> Result<Vec<u32>, BatchError> {
        let sort = |event: &str, points: &str| Sort {
            event: event.to_owned(),
            points: points.to_owned(),
        };
        if !self.reads_points {
            let new = names[self.all.len()..].iter();
            self.all.extend(new.map(|event| sort(event, "")));
            return Ok(events.to_vec());
        }
        let column = lane(block, POINTS, 0)?;
        let points = self.points.numbers(&column, events.len());
        self.make_room(names.len());
        let mut sorts = Vec::with_capacity(events.len());
        for (&event, &points) in events.iter().zip(&points) {
            // «No text» is the largest number, so it becomes 0.
            let place = points.wrapping_add(1) as usize;
            let number = &mut self.numbers[event as usize * self.width + place];
            if *number == UNKNOWN {
                *number = self.all.len() as u32;
                let own = place.checked_sub(1);
                let own = own.map_or("", |place| self.points.words[place].as_str());
                self.all.push(sort(&names[event as usize], own));
            }
            sorts.push(*number);
        }
        Ok(sorts)
    }

    /// Makes room for so many events, each with all touchpoints met.
    fn make_room(&mut self, events: usize) {
        let width = self.points.words.len() + 1;
        if width > self.width {
            let mut numbers = Vec::with_capacity(events * width);
            for of_event in self.numbers.chunks(self.width.max(1)) {
                numbers.extend_from_slice(of_event);
                numbers.resize(numbers.len() + width - self.width, UNKNOWN);
            }
            (self.numbers, self.width) = (numbers, width);
        }
        self.numbers.resize(events * width, UNKNOWN);
    }
}

/// A measure: from which column rows of a sort take it.
pub(super) struct Measured {
    columns_of: Vec<(String, usize)>,
    pub columns: Vec<String>,
    /// By sort.
    places: Vec<Option<usize>>,
}

impl Measured {
    pub fn new(measure: &Measure, opened: &Opened) -> Result<Self, BatchError> {
        let (mut columns_of, mut columns) = (Vec::new(), Vec::<String>::new());
        for (point, column) in &measure.columns {
            let own = opened.field("a measure", column)?;
            let known = columns.iter().position(|known| *known == own);
            let place = known.unwrap_or(columns.len());
            if known.is_none() {
                columns.push(own);
            }
            columns_of.push((point.clone(), place));
        }
        Ok(Self {
            columns_of,
            columns,
            places: Vec::new(),
        })
    }

    /// Takes note of sorts that are new.
    pub fn learn(&mut self, sorts: &[Sort]) {
        for sort in &sorts[self.places.len()..] {
            let found = self.columns_of.iter().find(|(point, _)| sort.is(point));
            self.places.push(found.map(|(_, place)| *place));
        }
    }

    /// A row's number, in millionths.
    pub fn number(&self, sort: u32, lanes: &[Lane], row: usize) -> i64 {
        let place = self.places[sort as usize];
        place.map_or(NO_NUMBER, |place| lanes[place].number(row))
    }
}
