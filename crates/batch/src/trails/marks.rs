//! Marks: which conditions a row meets, worked out once an event name wherever that is enough.

use std::collections::HashMap;

use perennial_engine::cell::Cell;
use perennial_engine::row::RowRule;

use super::lane::Lane;
use super::open::Checked;

/// The number of the column `event` among those that rules read.
pub(super) const EVENT: u16 = 0;

/// Conditions compiled, and what is known of each event name.
pub(super) struct Marker {
    /// The last condition says which rows are kept.
    conditions: Vec<Test>,
    /// By sort of row.
    by_sort: Vec<OfSort>,
    sets: Vec<Vec<u16>>,
    numbers: HashMap<Vec<u16>, u32>,
    /// The columns that rules read, `event` before all others.
    pub columns: Vec<String>,
    scratch: Vec<u16>,
}

/// What is known of a row before any other column is read.
pub(super) struct Sort {
    pub event: String,
    /// Its touchpoints, joined by `+`; empty where they are not read.
    pub points: String,
}

impl Sort {
    /// Whether it is a touchpoint.
    pub fn is(&self, point: &str) -> bool {
        self.points.split('+').any(|own| own == point)
    }
}

/// A condition: the event's name or touchpoints, what else its name decides, and what only the row does.
struct Test {
    event: Option<String>,
    any_of: Vec<String>,
    by_name: Vec<RowRule>,
    by_row: Vec<RowRule>,
}

impl Test {
    /// Whether rows of a sort are what is named.
    fn names(&self, sort: &Sort) -> bool {
        let named = self.event.as_ref().is_none_or(|event| *event == sort.event);
        let is = |name: &String| *name == sort.event || sort.is(name);
        named && (self.any_of.is_empty() || self.any_of.iter().any(is))
    }

    /// Whether the row meets what its event's name does not decide.
    fn holds<'a>(&'a self, lanes: &'a [Lane], row: usize) -> bool {
        let cell = |column: u16| lanes[usize::from(column)].cell(row);
        self.by_row.iter().all(|rule| rule.holds(&cell))
    }
}

/// What an event's name and touchpoints alone decide.
#[derive(Clone, Default)]
struct OfSort {
    kept: Kept,
    /// The conditions met whatever else the row holds.
    met: Vec<u16>,
    /// The mark of those.
    mark: u32,
    /// The conditions that the row decides.
    open: Vec<u16>,
}

/// Whether rows of an event are kept.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kept {
    #[default]
    Never,
    Always,
    ByRow,
}

impl Marker {
    /// Compiles checked conditions, the last of which keeps; `field` says which column a name means.
    pub fn new(checked: &[Checked<'_>], event: &str, field: &dyn Fn(&str) -> String) -> Self {
        let mut columns = vec![event.to_owned()];
        let mut number = |name: &str| {
            let own = field(name);
            let place = columns.iter().position(|known| *known == own);
            place.unwrap_or_else(|| {
                columns.push(own);
                columns.len() - 1
            }) as u16
        };
        let mut test = |one: &Checked<'_>| {
            let parts = one.rule.as_ref();
            let parts = parts.map_or_else(Vec::new, |rule| RowRule::parts(rule, &mut number));
            let by_name = |rule: &RowRule| rule.columns.iter().all(|&column| column == EVENT);
            let (by_name, by_row) = parts.into_iter().partition(by_name);
            Test {
                event: one.event.map(str::to_owned),
                any_of: one.any_of.to_vec(),
                by_name,
                by_row,
            }
        };
        Self {
            conditions: checked.iter().map(&mut test).collect(),
            by_sort: Vec::new(),
            sets: Vec::new(),
            numbers: HashMap::new(),
            columns,
            scratch: Vec::new(),
        }
    }

    /// Takes note of sorts that are new.
    pub fn learn(&mut self, sorts: &[Sort]) {
        for sort in &sorts[self.by_sort.len()..] {
            let cell = |_: u16| match sort.event.as_str() {
                "" => Cell::Null,
                name => Cell::Text(name),
            };
            let mut of = OfSort::default();
            let keeps = self.conditions.len() - 1;
            for (number, test) in self.conditions.iter().enumerate() {
                if !test.names(sort) || !test.by_name.iter().all(|rule| rule.holds(&cell)) {
                    continue;
                }
                match (number == keeps, test.by_row.is_empty()) {
                    (true, true) => of.kept = Kept::Always,
                    (true, false) => of.kept = Kept::ByRow,
                    (false, true) => of.met.push(number as u16),
                    (false, false) => of.open.push(number as u16),
                }
            }
            of.mark = mark(&mut self.numbers, &mut self.sets, &of.met);
            self.by_sort.push(of);
        }
    }

    /// By sort of row: its mark, or `None` if it is not kept; nothing where a row's other columns have a say.
    pub fn by_sort(&self) -> Option<Vec<Option<u32>>> {
        let mark = |of: &OfSort| match (of.kept, of.open.is_empty()) {
            (Kept::Never, _) => Some(None),
            (Kept::Always, true) => Some(Some(of.mark)),
            _ => None,
        };
        self.by_sort.iter().map(mark).collect()
    }

    /// A row's mark; `None` if it is not kept.
    #[inline]
    pub fn mark(&mut self, sort: u32, row: usize, lanes: &[Lane]) -> Option<u32> {
        let of = &self.by_sort[sort as usize];
        if of.kept == Kept::Never {
            return None;
        }
        let holds = |test: &Test| test.holds(lanes, row);
        if of.kept == Kept::ByRow && !self.conditions.last().is_some_and(holds) {
            return None;
        }
        if of.open.is_empty() {
            return Some(of.mark);
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(&of.met);
        for &number in &of.open {
            if holds(&self.conditions[usize::from(number)]) {
                self.scratch.push(number);
            }
        }
        if self.scratch.len() == of.met.len() {
            return Some(of.mark);
        }
        self.scratch.sort_unstable();
        if let Some(&known) = self.numbers.get(&self.scratch) {
            return Some(known);
        }
        Some(mark(&mut self.numbers, &mut self.sets, &self.scratch))
    }

    /// Whether a mark stands for no condition at all.
    pub fn is_empty(&self, mark: u32) -> bool {
        self.sets[mark as usize].is_empty()
    }

    /// By mark: the conditions met.
    pub fn sets(self) -> Vec<Vec<u16>> {
        self.sets
    }
}

/// The number of a set of conditions, new if it was not known.
fn mark(numbers: &mut HashMap<Vec<u16>, u32>, sets: &mut Vec<Vec<u16>>, met: &[u16]) -> u32 {
    if let Some(&known) = numbers.get(met) {
        return known;
    }
    let number = sets.len() as u32;
    sets.push(met.to_vec());
    numbers.insert(met.to_vec(), number);
    number
}
