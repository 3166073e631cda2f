//! A customer in progress: everything the fold keeps about her between touches.

use perennial_model::{Cause, Kind, Number, Symbol, Time, Touch, Value};

use crate::profile::Cell;
use crate::{Changes, Plan, World};

/// A stage number that stands for «in no stage».
const OUTSIDE: u8 = u8::MAX;

/// Everything the fold keeps about one customer.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Her id, which breaks ties in scores.
    pub(crate) id: Box<[u8]>,
    pub(crate) first_at: Time,
    pub(crate) last_at: Time,
    pub(crate) known_at: Time,
    pub(crate) touches: u64,
    pub(crate) cells: Vec<Cell>,
    /// By slot; null for properties that are no traits.
    pub(crate) traits: Vec<Value>,
    pub(crate) purchases: Purchases,
    pub(crate) interests: Vec<(Symbol, f64, Time)>,
    pub(crate) standings: Vec<Standing>,
    pub(crate) memberships: Vec<Membership>,
    /// The next instant at which the clock must be asked.
    pub(crate) wake: Time,
    /// Kinds that something listens to from where she stands.
    pub(crate) listening: u64,
    /// Moves by the clock since her last touch.
    pub(crate) moves_by_clock: u32,
}

/// What she has bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchases {
    /// Orders so far.
    pub orders: u64,
    /// When the first was; [`Time::NEVER`] before any.
    pub first_at: Time,
    /// When the latest was; [`Time::MIN`] before any.
    pub last_at: Time,
    /// Value of orders less that of refunds.
    pub value: Number,
}

/// A customer's place in one lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub(crate) stage: u8,
    /// Since when.
    pub since: Time,
    /// How often she has entered a stage of this lifecycle.
    pub entry: u32,
    /// The stages she has ever been in, as bits.
    pub(crate) ever: u64,
    /// The stages already refused from this standing, as bits; her own stage's bit stands for leaving.
    pub(crate) refused: u64,
    /// Until when no clause may move her, since her stage was set by hand.
    pub held_until: Time,
    /// The clause that brought her here.
    pub clause: Option<u16>,
    /// The touch or the time that brought her here.
    pub cause: Cause,
}

/// Whether a customer is in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// In it now.
    pub inside: bool,
    /// Since when in or out.
    pub since: Time,
    /// How often entered.
    pub entry: u32,
}

impl Purchases {
    const NONE: Self = Self {
        orders: 0,
        first_at: Time::NEVER,
        last_at: Time::MIN,
        value: Number::ZERO,
    };
}

impl Standing {
    const OUTSIDE: Self = Self {
        stage: OUTSIDE,
        since: Time::MIN,
        entry: 0,
        ever: 0,
        refused: 0,
        held_until: Time::MIN,
        clause: None,
        cause: Cause::Time,
    };

    /// The stage by number; `None` outside.
    pub fn stage(&self) -> Option<u8> {
        (self.stage != OUTSIDE).then_some(self.stage)
    }

    /// The stage's number, or the number of stages for outside.
    pub(crate) fn place(&self, stages: usize) -> usize {
        if self.stage == OUTSIDE {
            stages
        } else {
            usize::from(self.stage)
        }
    }

    /// Whether a move to a stage (or outside) has been refused already from this standing.
    pub(crate) fn has_refused(&self, to: Option<u8>) -> bool {
        self.refused & self.refusal_bit(to) != 0
    }

    /// The bit of a stage among the refused; her own stage's bit stands for leaving.
    pub(crate) fn refusal_bit(&self, to: Option<u8>) -> u64 {
        1 << to.or(self.stage()).unwrap_or(0)
    }

    pub(crate) fn set_stage(&mut self, stage: Option<u8>) {
        self.stage = stage.unwrap_or(OUTSIDE);
    }
}

impl Customer {
    /// A customer nothing is known of.
    pub fn new(world: World<'_>) -> Self {
        let machine = world.machine;
        let mut customer = Self {
            id: Box::default(),
            first_at: Time::NEVER,
            last_at: Time::MIN,
            known_at: Time::MIN,
            touches: 0,
            cells: machine.registers.iter().map(Cell::new).collect(),
            traits: vec![Value::Null; machine.slots.len()],
            purchases: Purchases::NONE,
            interests: Vec::new(),
            standings: vec![Standing::OUTSIDE; machine.lifecycles.len()],
            memberships: vec![
                Membership {
                    inside: false,
                    since: Time::MIN,
                    entry: 0
                };
                machine.segments.len()
            ],
            wake: Time::NEVER,
            listening: 0,
            moves_by_clock: 0,
        };
        customer.listen(world);
        customer
    }

    /// Forgets everything, so that the next customer can be folded in the same room.
    pub fn begin(&mut self, world: World<'_>, id: &[u8]) {
        if *self.id != *id {
            self.id = id.into();
        }
        self.first_at = Time::NEVER;
        self.last_at = Time::MIN;
        self.known_at = Time::MIN;
        self.touches = 0;
        self.cells.iter_mut().for_each(Cell::clear);
        self.traits.fill(Value::Null);
        self.purchases = Purchases::NONE;
        self.interests.clear();
        self.standings.fill(Standing::OUTSIDE);
        self.memberships.fill(Membership {
            inside: false,
            since: Time::MIN,
            entry: 0,
        });
        self.wake = Time::NEVER;
        self.moves_by_clock = 0;
        self.listen(world);
    }

    /// Takes in her next touch. Touches must come in the order `(event time, message id)`; scores
    /// ([`Kind::SCORED`]) come before the touches of their instant.
    pub fn touch(&mut self, world: World<'_>, touch: &Touch<'_>, changes: &mut impl Changes) {
        if touch.kind == Kind::SCORED {
            return self.take_scores(world, touch, changes);
        }
        self.pass(world, touch.at, changes);
        let first = self.touches == 0;
        self.touches += 1;
        self.last_at = touch.at;
        self.known_at = self.known_at.max(touch.received_at).max(touch.at);
        if !first
            && touch.facts.is_empty()
            && Plan::is_quiet(self.listening, touch.kind)
            && self.wake > touch.at
        {
            return;
        }
        if first {
            self.first_at = touch.at;
            self.wake = if world.plan.settles_at_first {
                touch.at
            } else {
                Time::NEVER
            };
        }
        // An earlier touch of this very instant may have left something undecided: then look at everything.
        let mut look_at_all = !first && self.wake <= touch.at;
        self.moves_by_clock = 0;
        self.update(world, touch);
        look_at_all |= self.take_traits(world, touch);
        self.judge_touch(world, touch, look_at_all, changes);
    }

    /// Lets time pass up to an instant, which is left out: whatever time alone brings before it happens.
    pub fn pass(&mut self, world: World<'_>, until: Time, changes: &mut impl Changes) {
        while self.wake < until {
            let now = self.wake;
            self.settle(world, now, changes);
            self.wake = self.next_wake(world, now);
        }
    }

    /// Her id.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// When her first touch was; [`Time::NEVER`] before it.
    pub fn first_at(&self) -> Time {
        self.first_at
    }

    /// When her latest touch was.
    pub fn last_at(&self) -> Time {
        self.last_at
    }

    /// How many touches she has had.
    pub fn touches(&self) -> u64 {
        self.touches
    }

    /// Her place in each lifecycle.
    pub fn standings(&self) -> &[Standing] {
        &self.standings
    }

    /// Her place in each segment.
    pub fn memberships(&self) -> &[Membership] {
        &self.memberships
    }

    /// What she has bought.
    pub fn purchases(&self) -> Purchases {
        self.purchases
    }

    /// A trait by its slot.
    pub fn trait_value(&self, slot: u16) -> Value {
        self.traits[usize::from(slot)]
    }

    /// The next instant at which time alone may change something; [`Time::NEVER`] if it can't.
    pub fn wake(&self) -> Time {
        self.wake
    }

    /// Works out anew which kinds of touch matter from where she stands.
    pub(crate) fn listen(&mut self, world: World<'_>) {
        let lifecycles = world
            .machine
            .lifecycles
            .iter()
            .zip(&self.standings)
            .enumerate();
        self.listening = lifecycles.fold(
            world.plan.updating,
            |mask, (number, (lifecycle, standing))| {
                let place = standing.place(lifecycle.stages.len());
                mask | world.plan.standing(number as u16, place).listening
            },
        );
    }
}
