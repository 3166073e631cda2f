//! A customer at hand: her fold so far, and what of her is counted.

use std::sync::Arc;

use perennial_engine::{Customer, World};
use perennial_model::{Cause, Change, Kind, Time, Touch};
use serde::{Deserialize, Serialize};

use super::tail::{KEPT, Tail, fold_all};
use super::touch::{KeptTouch, MessageId, Place, before_all, key, time_place};
use crate::rulebook::Rulebook;

/// A stage number that stands for «in no stage».
pub(crate) const OUTSIDE: u8 = u8::MAX;

/// Touches dated later than now that are kept at hand of a customer.
const MOST_AHEAD: usize = if cfg!(debug_assertions) { 2 } else { 1_000 };

/// A customer at hand.
pub(crate) struct Folded {
    pub id: Arc<str>,
    /// Her identifiers, by number.
    pub nodes: Vec<u32>,
    /// Where she stands as it was counted last.
    pub counted: Counted,
    /// Her fold; `None` until her touches have been read.
    pub fold: Option<Box<Customer>>,
    /// The place of her last touch that is folded.
    pub last: Place,
    /// The latest instant that was settled by time: a touch at it or before comes too late.
    pub settled_ms: i64,
    /// Her next touch that is dated later than now; the greatest where there is none.
    pub future_ms: i64,
    /// Her touches that are dated later than now; `None` where they are too many to keep at hand.
    ahead: Option<Vec<KeptTouch>>,
    /// The end of her history, of whom touches have come late.
    tail: Option<Box<Tail>>,
    /// Whether a touch came too late for her fold.
    has_late: bool,
    /// When time will next bring something, as the shelf knows it.
    pub wake_ms: i64,
    /// When she is to be looked at, by the timers; the greatest where she is not.
    pub scheduled_ms: i64,
    /// Changes that those who follow have not been told of.
    pub news: Vec<Caused>,
    /// Up to where what happened to her was told, as if somebody had always followed; `None` where that is to
    /// be found out. It never goes back, whatever is corrected since.
    pub told: Option<Place>,
    /// Whether she may stand elsewhere than she was counted last.
    pub moved: bool,
    /// Whether her touches must be folded again from the first.
    pub stale: bool,
    /// Whether she is on the list of those to settle.
    pub listed: bool,
    /// Whether she differs from what is on the shelf.
    pub dirty: bool,
    /// The era in which she first differed from it.
    pub era: u32,
    /// Whether she has been used since the last look for what can be let go.
    pub used: bool,
}

/// Where a customer stands, as stages and segments are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    /// Whether she counts at all: she has a touch.
    pub exists: bool,
    /// By lifecycle: her stage, or [`OUTSIDE`].
    pub stages: Vec<u8>,
    /// The segments she is in.
    pub segments: Vec<u16>,
}

/// A customer on the shelf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredCustomer {
    pub nodes: Vec<u32>,
    pub counted: Counted,
    pub wake_ms: i64,
}

/// A change with what caused it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caused {
    pub change: Change,
    /// The touch that decided; `None` where time did.
    pub touch: Option<(MessageId, Kind)>,
}

impl StoredCustomer {
    /// Nobody yet.
    pub fn nobody() -> Self {
        Self {
            nodes: Vec::new(),
            counted: Counted::default(),
            wake_ms: i64::MAX,
        }
    }
}

impl Folded {
    /// A customer with these identifiers of whom nothing has been read.
    pub fn new(id: Arc<str>, stored: StoredCustomer) -> Self {
        Self {
            id,
            nodes: stored.nodes,
            counted: stored.counted,
            fold: None,
            last: before_all(),
            settled_ms: i64::MIN,
            future_ms: i64::MAX,
            ahead: Some(Vec::new()),
            tail: None,
            has_late: false,
            wake_ms: stored.wake_ms,
            scheduled_ms: i64::MAX,
            news: Vec::new(),
            told: None,
            moved: true,
            stale: true,
            listed: false,
            dirty: false,
            era: 0,
            used: true,
        }
    }

    /// As she goes to the shelf.
    pub fn stored(&self) -> StoredCustomer {
        StoredCustomer {
            nodes: self.nodes.clone(),
            counted: self.counted.clone(),
            wake_ms: self.wake_ms,
        }
    }

    /// Whether a touch comes after all that was folded.
    pub fn follows(&self, touch: &KeptTouch) -> bool {
        touch.key() > key(&self.last) && touch.at_ms > self.settled_ms
    }

    /// Lets time pass up to an instant, which is left out.
    pub fn pass(&mut self, world: World<'_>, until: Time, changes: &mut Vec<Change>) {
        let Some(fold) = &mut self.fold else {
            return;
        };
        let known = changes.len();
        while fold.wake() < until {
            self.settled_ms = fold.wake().ms();
            fold.pass(world, Time(self.settled_ms).plus(1), changes);
        }
        self.moved |= changes.len() > known;
    }

    /// Folds her touches from the first up to an instant, which is left out.
    pub fn refold(
        &mut self,
        book: &mut Rulebook,
        touches: &[KeptTouch],
        until: Time,
        changes: &mut Vec<Caused>,
    ) {
        let end = touches.partition_point(|touch| touch.at_ms < until.ms());
        let (touches, ahead) = touches.split_at(end);
        self.future_ms = ahead.first().map_or(i64::MAX, |touch| touch.at_ms);
        self.ahead = (ahead.len() <= MOST_AHEAD).then(|| ahead.to_vec());
        self.tail = None;
        self.last = touches.last().map_or_else(before_all, KeptTouch::place);
        let mut fold = match self.fold.take() {
            Some(fold) => fold,
            None => Box::new(Customer::new(book.world())),
        };
        fold.begin(book.world(), self.id.as_bytes());
        let mut rest = touches;
        if self.has_late && end >= 2 * KEPT {
            let folded;
            (folded, rest) = touches.split_at(end - KEPT);
            fold_all(&mut fold, folded, book, changes);
            let tail = folded
                .last()
                .map(|last| Tail::new((*fold).clone(), last, rest));
            self.tail = tail.map(Box::new);
        }
        fold_all(&mut fold, rest, book, changes);
        self.refolded(fold, book, until, changes);
    }

    /// Folds the end of her history again, in which a touch came late.
    pub fn refold_tail(&mut self, book: &mut Rulebook, until: Time, changes: &mut Vec<Caused>) {
        let Some(tail) = &mut self.tail else {
            return;
        };
        tail.late = false;
        self.last = tail.end();
        let fold = tail.fold(book, changes);
        self.refolded(fold, book, until, changes);
    }

    fn refolded(
        &mut self,
        fold: Box<Customer>,
        book: &Rulebook,
        until: Time,
        changes: &mut Vec<Caused>,
    ) {
        let mut news = Vec::new();
        self.fold = Some(fold);
        self.settled_ms = i64::MIN;
        self.pass(book.world(), until, &mut news);
        changes.extend(news.drain(..).map(|change| Caused::of(change, || None)));
        self.stale = false;
        self.moved = true;
    }

    /// Whether the end of her history must be folded again.
    pub fn is_late(&self) -> bool {
        self.tail.as_ref().is_some_and(|tail| tail.late)
    }

    /// Takes in a touch that is dated later than now.
    pub fn wait_for(&mut self, touch: &KeptTouch) {
        self.future_ms = self.future_ms.min(touch.at_ms);
        match &mut self.ahead {
            Some(ahead) if ahead.len() < MOST_AHEAD => ahead.push(touch.clone()),
            ahead => *ahead = None,
        }
    }

    /// Folds the touches that were dated later than now and are no longer.
    pub fn reach(&mut self, book: &mut Rulebook, until: Time, changes: &mut Vec<Caused>) {
        let Some(mut ahead) = self.ahead.take() else {
            self.stale = true;
            return;
        };
        ahead.sort_by(|a, b| a.key().cmp(&b.key()));
        let later = ahead.split_off(ahead.partition_point(|touch| touch.at_ms < until.ms()));
        self.future_ms = later.first().map_or(i64::MAX, |touch| touch.at_ms);
        self.ahead = Some(later);
        let (mut facts, mut news) = (Vec::new(), Vec::new());
        for touch in &ahead {
            touch.read_facts(&mut book.symbols, &mut facts);
            self.take(book, &touch.touch(&facts, 0), touch, &mut news);
            let cause = || Some((touch.message.clone(), Kind(touch.kind)));
            changes.extend(news.drain(..).map(|change| Caused::of(change, cause)));
        }
        self.shorten(book);
    }

    /// Keeps no more of the end of her history at hand than is useful.
    pub fn shorten(&mut self, book: &mut Rulebook) {
        if let Some(tail) = &mut self.tail {
            tail.shorten(book);
        }
    }

    /// Folds the next touch of hers, `kept` being the same, or says that some or all must be folded again.
    pub fn take(
        &mut self,
        book: &Rulebook,
        touch: &Touch<'_>,
        kept: &KeptTouch,
        changes: &mut Vec<Change>,
    ) {
        let first = self.fold.is_none();
        let follows = first || self.follows(kept);
        let is_in_time = match &mut self.tail {
            Some(tail) => tail.keep(kept),
            None => follows,
        };
        if !is_in_time {
            self.stale = true;
            self.has_late = true;
            return;
        }
        if let Some(tail) = &mut self.tail {
            tail.late |= !follows;
            if tail.late {
                return;
            }
        }
        let fold = self
            .fold
            .get_or_insert_with(|| Box::new(Customer::new(book.world())));
        if first {
            fold.begin(book.world(), self.id.as_bytes());
        }
        fold.touch(book.world(), touch, changes);
        self.moved |= first || !changes.is_empty();
        self.last = kept.place();
    }

    /// Up to where her history is told now: her last touch, or the latest instant that time has settled.
    pub fn told_now(&self) -> Place {
        time_place(self.settled_ms).max(self.last.clone())
    }

    /// When she is to be looked at next.
    pub fn next_ms(&self) -> i64 {
        let wake = self.fold.as_ref().map_or(i64::MAX, |fold| fold.wake().ms());
        wake.min(self.future_ms)
    }

    /// Whether she stands where she was counted last.
    pub fn stands_as_counted(&self) -> bool {
        let Some(fold) = &self.fold else {
            return true;
        };
        let counted = &self.counted;
        let stages = fold.standings().iter();
        let stages = stages.map(|standing| standing.stage().unwrap_or(OUTSIDE));
        let inside = fold.memberships().iter().enumerate();
        let inside = inside.filter(|(_, membership)| membership.inside);
        counted.exists == (fold.touches() > 0)
            && stages.eq(counted.stages.iter().copied())
            && inside
                .map(|(number, _)| number as u16)
                .eq(counted.segments.iter().copied())
    }

    /// Where she stands now.
    pub fn standing(&self) -> Counted {
        let Some(fold) = &self.fold else {
            return self.counted.clone();
        };
        let stages = fold.standings().iter();
        let inside = fold.memberships().iter().enumerate();
        Counted {
            exists: fold.touches() > 0,
            stages: stages
                .map(|standing| standing.stage().unwrap_or(OUTSIDE))
                .collect(),
            segments: inside
                .filter(|(_, membership)| membership.inside)
                .map(|(number, _)| number as u16)
                .collect(),
        }
    }
}

impl Caused {
    /// A change that the touch at hand or time has brought.
    pub fn of(change: Change, touch: impl Fn() -> Option<(MessageId, Kind)>) -> Self {
        let (cause, _) = cause_and_instant(&change);
        Self {
            touch: match cause {
                Cause::Touch(_) => touch(),
                Cause::Time => None,
            },
            change,
        }
    }

    /// Her last touch when it was made, or the end of its instant where time did.
    pub fn place(&self) -> Place {
        let (_, at) = cause_and_instant(&self.change);
        match &self.touch {
            Some((message, _)) => (at.ms(), true, message.clone()),
            None => time_place(at.ms()),
        }
    }
}

fn cause_and_instant(change: &Change) -> (Cause, Time) {
    match change {
        Change::Moved(made) => (made.cause, made.at),
        Change::Refused(refusal) => (refusal.asked.cause, refusal.asked.at),
        Change::Switched(switch) => (switch.cause, switch.at),
    }
}
