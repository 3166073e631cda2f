//! One pass over the moves between stages: who stood where on two dates, and who moved when and how.

use std::collections::{BTreeMap, HashMap};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use perennial_analytics::matrix::{Cell, Matrix};
use perennial_batch::BatchError;
use perennial_batch::results::Results;
use perennial_model::{Time, Zone};

use super::span::Span;
use crate::answer;
use crate::failure::Failure;
use crate::results;

/// From and to which stage; `None` stands for outside of the lifecycle.
pub type Way = (Option<u32>, Option<u32>);

/// What the moves of a lifecycle come to.
#[derive(Debug, Default)]
pub struct Ledger {
    /// For each stage and day: who entered and who left.
    pub days: Vec<BTreeMap<i32, (u64, u64)>>,
    /// Customers by where they stood before the period and where history ends.
    pub streams: BTreeMap<Way, u64>,
    /// Moves of the period by way, with the stay before; those into the lifecycle have none.
    pub stays: Vec<Cell<Way>>,
    /// Entries of the period into the lifecycle, by way.
    pub entries: BTreeMap<Way, u64>,
    /// Why stages were entered in the period: by stage and cause.
    pub causes: HashMap<(u32, String), u64>,
}

/// One move.
struct Step {
    at: Time,
    way: Way,
    stayed_ms: Option<i64>,
}

/// The customer whose moves are being read.
#[derive(Default)]
struct Walker {
    id: String,
    before: Option<u32>,
    now: Option<u32>,
    is_any: bool,
}

/// What is gathered while reading.
struct Pass<'a> {
    span: &'a Span,
    zone: &'a Zone,
    ledger: Ledger,
    stays: Matrix<Way>,
    walker: Walker,
}

impl Ledger {
    /// Reads the table of moves. Rows of a customer stand together there, in order of time.
    pub fn read(
        results: &Results,
        zone: &Zone,
        lifecycle: &str,
        stages: &[String],
        span: &Span,
    ) -> Result<Self, Failure> {
        let mut pass = Pass {
            span,
            zone,
            ledger: Self {
                days: vec![BTreeMap::new(); stages.len()],
                ..Self::default()
            },
            stays: Matrix::default(),
            walker: Walker::default(),
        };
        let columns = [
            "customer_id",
            "lifecycle",
            "at",
            "from",
            "to",
            "cause",
            "stayed_ms",
        ];
        let own = [lifecycle.to_owned()];
        results.read("transitions", &columns, &mut |batch| {
            let mine = results::word_numbers(column(batch, "lifecycle")?, &own);
            let from = results::word_numbers(column(batch, "from")?, stages);
            let to = results::word_numbers(column(batch, "to")?, stages);
            let (ids, at) = (column(batch, "customer_id")?, column(batch, "at")?);
            let causes = column(batch, "cause")?;
            let stayed = column(batch, "stayed_ms")?.as_primitive_opt::<Int64Type>();
            let stayed = stayed.ok_or_else(|| missing("stayed_ms"))?;
            let ids = ids
                .as_string_opt::<i32>()
                .ok_or_else(|| missing("customer_id"))?;
            for row in 0..batch.num_rows() {
                let (Some(_), Some(at)) = (mine[row], results::instant(at, row)) else {
                    continue;
                };
                let step = Step {
                    at,
                    way: (from[row], to[row]),
                    stayed_ms: stayed.is_valid(row).then(|| stayed.value(row)),
                };
                pass.step(ids.value(row), &step);
                if let (true, Some(to)) = (at >= span.from, to[row])
                    && let answer::Cell::Text(cause) = results::text(causes, row)
                {
                    *pass.ledger.causes.entry((to, cause)).or_default() += 1;
                }
            }
            Ok(())
        })?;
        Ok(pass.finish())
    }

    /// Customers in a stage at the end of a day.
    pub fn standing(&self, stage: usize, day: i32) -> u64 {
        let flows = self.days[stage].range(..=day);
        let (entered, left) = flows.fold((0, 0), |sum, (_, flow)| (sum.0 + flow.0, sum.1 + flow.1));
        entered - left
    }

    /// Who entered and who left a stage on days after one, up to another.
    pub fn flow(&self, stage: usize, after: i32, last: i32) -> (u64, u64) {
        let flows = self.days[stage].range(after + 1..=last);
        flows.fold((0, 0), |sum, (_, flow)| (sum.0 + flow.0, sum.1 + flow.1))
    }

    /// Customers in a stage at the ends of some days, ascending.
    pub fn trend(&self, stage: usize, days: &[i32]) -> Vec<f64> {
        let mut flows = self.days[stage].iter().peekable();
        let mut standing = 0_i64;
        let at = |day: &i32| {
            while let Some((_, (entered, left))) = flows.next_if(|(own, _)| *own <= day) {
                standing += *entered as i64 - *left as i64;
            }
            standing as f64
        };
        days.iter().map(at).collect()
    }
}

impl Pass<'_> {
    fn step(&mut self, id: &str, step: &Step) {
        if self.walker.id != id {
            self.close();
            id.clone_into(&mut self.walker.id);
        }
        let (from, to) = step.way;
        let day = self.zone.day_of(step.at);
        let days = &mut self.ledger.days;
        if let Some(to) = to {
            days[to as usize].entry(day).or_default().0 += 1;
        }
        if let Some(from) = from {
            days[from as usize].entry(day).or_default().1 += 1;
        }
        self.walker.now = to;
        self.walker.is_any = true;
        if step.at < self.span.from {
            self.walker.before = to;
            return;
        }
        match (step.stayed_ms, from) {
            (Some(stayed_ms), Some(_)) => self.stays.add(step.way, stayed_ms),
            _ => *self.ledger.entries.entry(step.way).or_default() += 1,
        }
    }

    /// Counts the customer whose moves have all been read.
    fn close(&mut self) {
        let walker = std::mem::take(&mut self.walker);
        let way = (walker.before, walker.now);
        if walker.is_any && way != (None, None) {
            *self.ledger.streams.entry(way).or_default() += 1;
        }
    }

    fn finish(mut self) -> Ledger {
        self.close();
        Ledger {
            stays: self.stays.cells(),
            ..self.ledger
        }
    }
}

/// A column of a table read back.
pub fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, BatchError> {
    batch.column_by_name(name).ok_or_else(|| missing(name))
}

/// What is said where a column is not as it should be.
pub fn missing(name: &str) -> BatchError {
    BatchError::Results {
        path: name.into(),
        cause: "the column is missing or of another type".into(),
    }
}
