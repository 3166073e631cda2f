//! The end of a long history kept at hand, so that a late touch does not fold all of it again.
//!
//! Only of customers of whom a touch came late once: most of whom nothing does never need it.

use perennial_engine::Customer;
use perennial_model::{Change, Kind};

use super::folded::Caused;
use super::touch::{KeptTouch, Place, key};
use crate::rulebook::Rulebook;

/// Touches that are kept at the least, and at the most before the rest is folded in. Tests, whose histories
/// are short, come by every way here.
pub(crate) const KEPT: usize = if cfg!(debug_assertions) { 3 } else { 256 };
const MOST_KEPT: usize = 4 * KEPT;

/// A fold as it was a while ago, and the touches since then.
pub(crate) struct Tail {
    before: Box<Customer>,
    /// The place of the last touch in it.
    last: Place,
    /// The touches after that one, in order.
    touches: Vec<KeptTouch>,
    /// Whether one of them came too late for the fold of all.
    pub late: bool,
}

impl Tail {
    /// A tail after a fold, which `last` ended.
    pub fn new(before: Customer, last: &KeptTouch, touches: &[KeptTouch]) -> Self {
        Self {
            before: Box::new(before),
            last: last.place(),
            touches: touches.to_vec(),
            late: false,
        }
    }

    /// Keeps a touch; false where it comes before all that are kept.
    pub fn keep(&mut self, touch: &KeptTouch) -> bool {
        if touch.key() <= key(&self.last) {
            return false;
        }
        let place = self
            .touches
            .partition_point(|kept| kept.key() < touch.key());
        self.touches.insert(place, touch.clone());
        true
    }

    /// The place of the last touch of all.
    pub fn end(&self) -> Place {
        let last = self.touches.last();
        last.map_or_else(|| self.last.clone(), KeptTouch::place)
    }

    /// The fold of all, and what the touches kept have changed.
    pub fn fold(&self, book: &mut Rulebook, changes: &mut Vec<Caused>) -> Box<Customer> {
        let mut fold = self.before.clone();
        fold_all(&mut fold, &self.touches, book, changes);
        fold
    }

    /// Folds in what is more than is kept at the least, once that is much.
    pub fn shorten(&mut self, book: &mut Rulebook) {
        if self.touches.len() <= MOST_KEPT {
            return;
        }
        let rest = self.touches.split_off(self.touches.len() - KEPT);
        let folded = std::mem::replace(&mut self.touches, rest);
        fold_all(&mut self.before, &folded, book, &mut Vec::new());
        if let Some(last) = folded.last() {
            self.last = last.place();
        }
    }
}

/// Folds touches one after another.
pub(crate) fn fold_all(
    fold: &mut Customer,
    touches: &[KeptTouch],
    book: &mut Rulebook,
    changes: &mut Vec<Caused>,
) {
    let (mut facts, mut news) = (Vec::new(), Vec::<Change>::new());
    for touch in touches {
        touch.read_facts(&mut book.symbols, &mut facts);
        fold.touch(book.world(), &touch.touch(&facts, 0), &mut news);
        let cause = || Some((touch.message.clone(), Kind(touch.kind)));
        changes.extend(news.drain(..).map(|change| Caused::of(change, cause)));
    }
}
