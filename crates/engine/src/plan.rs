//! What each kind of touch sets in motion, worked out once so that a touch looks at nothing else.

use std::collections::HashMap;

use perennial_model::{Kind, PointId};
use perennial_rules::Machine;
use perennial_rules::compile::{ClauseCode, Code, Condition, Feed, LifecycleCode, Money, Needs};
use perennial_rules::project::is_score;

/// Most kinds (sets of touchpoints that events matched) in one history.
pub const MAX_KINDS: usize = 60_000;

/// Kinds that fit the listening mask; later ones are always looked at.
const MASK_KINDS: u16 = 64;

/// The kinds of touch known so far, and what each sets in motion.
#[derive(Clone, Debug)]
pub struct Plan {
    by_points: HashMap<Vec<PointId>, Kind>,
    kinds: Vec<KindPlan>,
    /// By lifecycle, then by standing (stage number, or the number of stages for outside).
    standings: Vec<Vec<StandingPlan>>,
    /// Whether something may have to be settled although nobody has moved: segments, and entries by time alone.
    pub(crate) settles_at_first: bool,
    /// Whether some rule reads another lifecycle or segment, or there are segments: then a move concerns others.
    pub(crate) moves_concern_others: bool,
    /// Slots that clauses read at the touch.
    read_at_touch: Vec<u16>,
    /// Slots of the traits that scores of a forecast set.
    pub(crate) scores: Vec<u16>,
    /// Kinds below 64 that update something, from wherever she stands.
    pub(crate) updating: u64,
}

/// What a kind of touch sets in motion.
#[derive(Clone, Debug, Default)]
pub(crate) struct KindPlan {
    /// The touchpoints it is.
    pub points: Vec<PointId>,
    /// The registers it updates.
    pub registers: Vec<u16>,
    /// The interest it feeds.
    pub feeds: Vec<Feed>,
    /// The money it moves.
    pub money: Option<Money>,
    /// Whether something decided by the clock depends on what it updates.
    pub stirs: bool,
    /// Whether it updates nothing and decides nothing for whoever has been touched before.
    pub is_inert: bool,
    /// By lifecycle and standing: the clauses worth trying, the likeliest winner first.
    pub candidates: Vec<Vec<Vec<u16>>>,
}

/// What can happen from one standing in a lifecycle.
#[derive(Clone, Debug, Default)]
pub(crate) struct StandingPlan {
    /// All clauses from here, last stage first.
    pub clauses: Vec<u16>,
    /// Those that time alone may fire.
    pub timed: Vec<u16>,
    /// Whether time alone may bring a move from here, leaving the lifecycle included.
    pub asks_clock: bool,
    /// Kinds below 64 that have a candidate here or update something, and those not known yet: who has
    /// kept an older mask looks at them.
    pub listening: u64,
}

impl Plan {
    /// A plan for compiled rules that knows one kind: [`Kind`] 0, no touchpoint at all.
    pub fn new(machine: &Machine) -> Self {
        let standings = machine.lifecycles.iter().map(|lifecycle| {
            let places = 0..=lifecycle.stages.len();
            places
                .map(|place| standing_plan(lifecycle, place))
                .collect()
        });
        let standings: Vec<Vec<StandingPlan>> = standings.collect();
        let waits_outside = standings.iter().any(|places| {
            places
                .last()
                .is_some_and(|outside| !outside.timed.is_empty())
        });
        let has_segments = !machine.segments.is_empty();
        let mut plan = Self {
            by_points: HashMap::new(),
            kinds: Vec::new(),
            standings,
            settles_at_first: has_segments || waits_outside,
            moves_concern_others: has_segments || machine.lifecycles.len() > 1,
            read_at_touch: read_at_touch(machine),
            scores: score_slots(machine),
            updating: 0,
        };
        plan.kind(machine, Vec::new());
        plan
    }

    /// The kind of a set of touchpoints, new if it was not known. `None` once [`MAX_KINDS`] are known.
    pub fn kind(&mut self, machine: &Machine, mut points: Vec<PointId>) -> Option<Kind> {
        points.sort_unstable();
        points.dedup();
        if let Some(&kind) = self.by_points.get(&points) {
            return Some(kind);
        }
        if self.kinds.len() >= MAX_KINDS {
            return None;
        }
        let kind = Kind(self.kinds.len() as u16);
        let plan = self.kind_plan(machine, points.clone());
        for (lifecycle, standings) in self.standings.iter_mut().enumerate() {
            for (place, standing) in standings.iter_mut().enumerate() {
                let busy = !plan.candidates[lifecycle][place].is_empty() || plan.updates();
                if !busy && kind.0 < MASK_KINDS {
                    standing.listening &= !(1 << kind.0);
                }
            }
        }
        if plan.updates() && kind.0 < MASK_KINDS {
            self.updating |= 1 << kind.0;
        }
        self.kinds.push(plan);
        self.by_points.insert(points, kind);
        Some(kind)
    }

    /// How many kinds are known.
    pub fn kinds(&self) -> usize {
        self.kinds.len()
    }

    /// The touchpoints of a kind.
    pub fn points(&self, kind: Kind) -> &[PointId] {
        &self.kinds[usize::from(kind.0)].points
    }

    /// The properties that a touch of this kind has to carry: those that its figures measure, and
    /// those that any clause reads at the touch.
    pub fn slots(&self, machine: &Machine, kind: Kind) -> Vec<u16> {
        let plan = self.of(kind);
        let figures = plan
            .registers
            .iter()
            .filter_map(|&number| machine.registers[usize::from(number)].figure.slot());
        let money = plan.money.and_then(|money| money.slot);
        let topics = plan.feeds.iter().map(|feed| feed.topic);
        let mut slots: Vec<u16> = figures
            .chain(money)
            .chain(topics)
            .chain(self.read_at_touch.iter().copied())
            .collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// The slots of the traits that scores of a forecast set.
    pub fn scores(&self) -> &[u16] {
        &self.scores
    }

    /// Whether a touch of this kind that carries no traits updates nothing and decides nothing, so that
    /// its place among the touches of the same instant makes no difference.
    ///
    /// The caller looks after two exceptions: in a customer's first instant the first touch may bring
    /// her in whatever its kind; and every touch tells when things were known.
    pub fn is_inert(&self, kind: Kind) -> bool {
        self.of(kind).is_inert
    }

    pub(crate) fn of(&self, kind: Kind) -> &KindPlan {
        &self.kinds[usize::from(kind.0)]
    }

    pub(crate) fn standing(&self, lifecycle: u16, place: usize) -> &StandingPlan {
        &self.standings[usize::from(lifecycle)][place]
    }

    /// Whether a kind need not be looked at under a mask of listening kinds.
    pub(crate) fn is_quiet(mask: u64, kind: Kind) -> bool {
        kind.0 < MASK_KINDS && mask >> kind.0 & 1 == 0
    }

    fn kind_plan(&self, machine: &Machine, points: Vec<PointId>) -> KindPlan {
        let is_of = |over: Option<PointId>| over.is_none_or(|point| points.contains(&point));
        let updated = machine
            .registers
            .iter()
            .enumerate()
            .filter(|(_, register)| is_of(register.over));
        let registers: Vec<u16> = updated.map(|(number, _)| number as u16).collect();
        let feeds: Vec<Feed> = machine
            .intent
            .feeds
            .iter()
            .filter(|feed| points.contains(&feed.point))
            .copied()
            .collect();
        let money = machine
            .money
            .iter()
            .find(|money| points.contains(&money.point))
            .copied();
        let mut plan = KindPlan {
            registers,
            feeds,
            money,
            points,
            stirs: false,
            is_inert: false,
            candidates: Vec::new(),
        };
        plan.stirs = stirs(machine, &plan);
        plan.is_inert = !plan.updates()
            && machine
                .lifecycles
                .iter()
                .all(|lifecycle| !decides(lifecycle, &plan));
        plan.candidates = machine
            .lifecycles
            .iter()
            .zip(&self.standings)
            .map(|(lifecycle, standings)| {
                let outside = lifecycle.stages.len();
                let at = |(place, standing): (usize, &StandingPlan)| {
                    let tried = |number: &&u16| {
                        is_candidate(
                            &lifecycle.clauses[usize::from(**number)],
                            &plan,
                            place == outside,
                        )
                    };
                    standing.clauses.iter().filter(tried).copied().collect()
                };
                standings.iter().enumerate().map(at).collect()
            })
            .collect();
        plan
    }
}

impl KindPlan {
    /// Whether the touch changes anything that is kept about the customer.
    fn updates(&self) -> bool {
        !self.registers.is_empty() || !self.feeds.is_empty() || self.money.is_some()
    }

    /// Whether a rule may answer differently after a touch of this kind.
    fn affects(&self, needs: &Needs) -> bool {
        needs.touch
            || needs
                .registers
                .iter()
                .any(|register| self.registers.contains(register))
            || (needs.intent && !self.feeds.is_empty())
            || (needs.scores && self.money.is_some())
    }
}

/// The slots of the traits that scores set.
fn score_slots(machine: &Machine) -> Vec<u16> {
    let slots = machine.slots.iter().enumerate();
    slots
        .filter(|(_, slot)| slot.is_trait && is_score(&slot.name))
        .map(|(number, _)| number as u16)
        .collect()
}

/// The slots of properties that any clause reads at the touch.
fn read_at_touch(machine: &Machine) -> Vec<u16> {
    let mut slots = Vec::new();
    let rules = machine.lifecycles.iter().flat_map(|lifecycle| {
        lifecycle.applies_to.iter().chain(
            lifecycle
                .clauses
                .iter()
                .filter_map(|clause| clause.when.as_ref()),
        )
    });
    for rule in rules {
        rule.code.walk(&mut |code| {
            if let Code::Touch(slot) = code {
                slots.push(*slot);
            }
        });
    }
    slots
}

/// Whether a clause is worth trying when a touch of the kind arrives and nothing else has changed.
fn is_candidate(clause: &ClauseCode, kind: &KindPlan, outside: bool) -> bool {
    if clause.needs_touch() {
        return clause.on.iter().any(|point| kind.points.contains(point));
    }
    match &clause.when {
        None => true,
        Some(when) if when.needs.clock => false,
        Some(when) => outside || kind.affects(&when.needs) || !when.needs.subjects.is_empty(),
    }
}

/// Whether something that is decided when an instant's touches are done may change with this kind.
fn stirs(machine: &Machine, kind: &KindPlan) -> bool {
    let segments = machine.segments.iter().map(|segment| &segment.when);
    let mut clocked = machine.lifecycles.iter().flat_map(|lifecycle| {
        let timed = lifecycle
            .clauses
            .iter()
            .filter(|clause| !clause.needs_touch());
        let all = is_left_to_clock(lifecycle);
        // The touch at hand is gone when the clock asks, so a rule that reads it may answer anew.
        let waits = move |when: &&Condition| all || when.needs.clock || when.needs.touch;
        let timed = timed
            .filter_map(|clause| clause.when.as_ref())
            .filter(waits);
        lifecycle.applies_to.iter().chain(timed)
    });
    segments
        .chain(&mut clocked)
        .any(|condition| kind.affects(&condition.needs))
}

/// Whether a touch of the kind may decide anything in the lifecycle after a customer's first touch.
fn decides(lifecycle: &LifecycleCode, kind: &KindPlan) -> bool {
    let is_bare =
        |clause: &ClauseCode| clause.from_outside && !clause.needs_touch() && clause.when.is_none();
    // Then the first touch brings everybody in, and nobody leaves.
    let all_are_in = !lifecycle.classification
        && lifecycle.applies_to.is_none()
        && !lifecycle.in_order
        && lifecycle.clauses.iter().any(is_bare);
    lifecycle.clauses.iter().any(|clause| {
        let asked = if clause.needs_touch() {
            clause.on.iter().any(|point| kind.points.contains(point))
        } else {
            // Such a clause may have waited for any touch at all since an earlier one moved her.
            !clause.reads_clock() && !is_left_to_clock(lifecycle)
        };
        asked && (clause.from_stages != 0 || !all_are_in)
    })
}

/// Whether a lifecycle is a classification that the clock alone decides, since a rule of it reads the clock.
pub(crate) fn is_left_to_clock(lifecycle: &LifecycleCode) -> bool {
    lifecycle.classification && lifecycle.clauses.iter().any(ClauseCode::reads_clock)
}

fn standing_plan(lifecycle: &LifecycleCode, place: usize) -> StandingPlan {
    let clauses = &lifecycle.clauses;
    let is_outside = place == lifecycle.stages.len();
    let from_here = |clause: &ClauseCode| {
        // In a classification the rule of her own stage matters too: she leaves when it ceases to hold.
        if lifecycle.classification {
            true
        } else if is_outside {
            clause.from_outside
        } else {
            clause.from_stages >> place & 1 == 1
        }
    };
    let mut numbers: Vec<u16> = (0..clauses.len())
        .filter(|&number| from_here(&clauses[number]))
        .map(|number| number as u16)
        .collect();
    // A hand wins; then the last stage; within a stage the clause written first gives the cause.
    numbers.sort_by_key(|&number| {
        let clause = &clauses[usize::from(number)];
        (clause.by_hand_ms.is_none(), u8::MAX - clause.to, number)
    });
    let timed: Vec<u16> = numbers
        .iter()
        .filter(|&&number| !clauses[usize::from(number)].needs_touch())
        .copied()
        .collect();
    let may_cease = |rule: &Condition| rule.needs.clock && !is_outside;
    let asks_clock = !timed.is_empty() || lifecycle.applies_to.as_ref().is_some_and(may_cease);
    StandingPlan {
        clauses: numbers,
        timed,
        asks_clock,
        listening: u64::MAX,
    }
}
