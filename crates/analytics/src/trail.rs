//! What an analysis sees: the trails of customers, and the words behind their numbers.

/// Stands for «no text» in a column of texts.
pub const NO_TEXT: u32 = u32::MAX;

/// Stands for «no number» in a column of numbers.
pub const NO_NUMBER: i64 = i64::MIN;

/// One customer's touches in her order, in columns of equal length.
///
/// The order is that of the fold: by event time, then by the bytes of the message id (rows of a file
/// without ids: as they stand in the file). Instants never fall; equal ones are in order as they stand.
#[derive(Clone, Copy, Debug)]
pub struct Trail<'a> {
    /// The customer's number: the same in every analysis, of nobody else.
    pub customer: u32,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub at_ms: &'a [i64],
    /// What, as the number of the event's name in [`Words::events`].
    pub event: &'a [u32],
    /// Which conditions it meets, as a number that [`Words::marks`] explains.
    pub mark: &'a [u32],
    /// The columns of texts that the analysis asked for, as numbers in [`Words::texts`] or [`NO_TEXT`].
    pub texts: &'a [&'a [u32]],
    /// The columns of numbers that the analysis asked for, in millionths or [`NO_NUMBER`].
    pub numbers: &'a [&'a [i64]],
    /// Her moves between stages in order of time; none where no lifecycles were asked for.
    pub moves: &'a [StageMove],
}

/// Stands for «in no stage».
pub const OUTSIDE: u8 = u8::MAX;

/// A customer's move from one stage to another, as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageMove {
    /// When, in milliseconds since 1970-01-01T00:00:00Z. A touch of that very instant is one in the stage
    /// entered: it is what brought her there, or happened as she came.
    pub at_ms: i64,
    /// The lifecycle, as a number in [`Words::lifecycles`].
    pub lifecycle: u16,
    /// The stage left, by its place in the lifecycle, or [`OUTSIDE`].
    pub from: u8,
    /// The stage entered, or [`OUTSIDE`].
    pub to: u8,
    /// Whether time alone brought it.
    pub by_time: bool,
}

/// A lifecycle's name and those of its stages, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifecycleWords {
    /// The lifecycle.
    pub name: String,
    /// Its stages.
    pub stages: Vec<String>,
}

impl Trail<'_> {
    /// How many touches; never 0.
    pub fn len(&self) -> usize {
        self.at_ms.len()
    }

    /// Whether it holds no touch, which no analysis is ever shown.
    pub fn is_empty(&self) -> bool {
        self.at_ms.is_empty()
    }

    /// The last text of a column that is there: what is known of the customer in the end.
    pub fn last_text(&self, column: usize) -> u32 {
        let texts = self.texts[column].iter().rev();
        texts
            .copied()
            .find(|text| *text != NO_TEXT)
            .unwrap_or(NO_TEXT)
    }
}

/// The words behind the numbers in trails, known in full before the first trail is shown.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Event names by number.
    pub events: Vec<String>,
    /// Customer ids by number.
    pub customers: Vec<String>,
    /// By column of texts: its words by number.
    pub texts: Vec<Vec<String>>,
    /// What marks mean.
    pub marks: Marks,
    /// The lifecycles that moves name.
    pub lifecycles: Vec<LifecycleWords>,
}

/// Sets of conditions: an event's mark is the number of the set of those that it meets.
///
/// There are few such sets, however many events: one comparison a set instead of one an event.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    sets: Vec<Vec<u16>>,
}

impl Marks {
    /// Marks by number: of each the conditions met, ascending.
    pub fn new(sets: Vec<Vec<u16>>) -> Self {
        Self { sets }
    }

    /// How many marks.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// The conditions that a mark stands for, ascending.
    pub fn conditions(&self, mark: u32) -> &[u16] {
        &self.sets[mark as usize]
    }

    /// By mark: whether it stands for a condition.
    pub fn meeting(&self, condition: u16) -> Vec<bool> {
        let meets = |set: &Vec<u16>| set.binary_search(&condition).is_ok();
        self.sets.iter().map(meets).collect()
    }
}

/// A figure over many customers: a fold of their trails whose tallies merge.
///
/// **Invariant:** tallies over disjoint sets of customers, merged in any order, give the answer of all of
/// them; nothing in an answer hangs on how customers were divided.
pub trait Analysis: Sync {
    /// What is counted so far.
    type Tally: Send;
    /// What comes out.
    type Answer;

    /// Nothing counted yet.
    fn begin(&self, words: &Words) -> Self::Tally;

    /// Counts one customer. Each is shown once, with all of her touches.
    fn count(&self, tally: &mut Self::Tally, trail: &Trail<'_>);

    /// Adds what was counted of other customers.
    fn merge(&self, tally: &mut Self::Tally, other: Self::Tally);

    /// The answer of all that was counted.
    fn answer(&self, tally: Self::Tally, words: &Words) -> Self::Answer;
}
