//! What a journey comes to: the map of its stages, and the points that hurt.

/// The map of a lifecycle, and where it hurts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JourneyAnswer {
    /// Stages in their order; those nobody was in are not there.
    pub stages: Vec<StageMap>,
    /// Pain points, those first that the most value is at stake at: by the lower end of it; where values are
    /// not told, by customers times the lower end of the difference.
    pub pains: Vec<PainPoint>,
    /// How many comparisons were made to find them.
    pub comparisons: u64,
}

/// One stage.
#[derive(Clone, Debug, PartialEq)]
pub struct StageMap {
    /// Its name.
    pub stage: String,
    /// Different customers who were in it.
    pub customers: u64,
    /// How often somebody entered it.
    pub stays: u64,
    /// How many of these stays are not over.
    pub open: u64,
    /// The moves out of it, by the place of the stage entered.
    pub exits: Vec<Exit>,
    /// Touchpoints by customers, falling, then name.
    pub touchpoints: Vec<TouchpointMap>,
}

/// Moves from one stage to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// The stage entered; `None` = out of the lifecycle.
    pub to: Option<String>,
    /// How many moves.
    pub count: u64,
    /// Of all stays, those not over included.
    pub share: f64,
    /// The median time in the stage before it, within 1.6 %.
    pub median_seconds: f64,
}

/// A touchpoint in a stage. Medians of time are right within 1.6 %.
#[derive(Clone, Debug, PartialEq)]
pub struct TouchpointMap {
    /// Its name.
    pub name: String,
    /// Different customers who touched it while in the stage.
    pub customers: u64,
    /// Of the stage's customers.
    pub share: f64,
    /// How many touches.
    pub touches: u64,
    /// The how-manieth different touchpoint of the stage it usually is, from 1: the median.
    pub median_order: Option<f64>,
    /// From entering the stage to the first touch: the median.
    pub median_since_entering_seconds: Option<f64>,
    /// To the next touch at another touchpoint, where there is one within the time of a silence: the median.
    pub median_to_next_seconds: Option<f64>,
    /// Touches of which it is known what came next: the base of the shares of `next`.
    pub known_touches: u64,
    /// What came next, in whichever stage, by count, falling, then name.
    pub next: Vec<Follow>,
    /// How many touches had another touchpoint next.
    pub other_next: u64,
    /// How many other touchpoints these are.
    pub other_next_touchpoints: u64,
    /// How many had none within the time of a silence.
    pub nothing_next: u64,
    /// Ratings on its touches or soon after them.
    pub rated: Option<Rated>,
    /// Cases that drop off, against the other touchpoints of the stage; `None` for goals.
    pub drop_off: Option<Usual>,
    /// Cases with a ticket soon after, against the other touchpoints of the stage.
    pub tickets: Option<Usual>,
}

/// What came next.
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    /// The touchpoint.
    pub touchpoint: String,
    /// How often.
    pub count: u64,
    /// Of the touches of which it is known.
    pub share: f64,
}

/// Ratings.
#[derive(Clone, Debug, PartialEq)]
pub struct Rated {
    /// How many.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// How many of them are bad.
    pub bad: u64,
}

/// A rate and what is usual.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual {
    /// Customers, once for each month.
    pub cases: u64,
    /// Of these.
    pub hits: u64,
    /// The share.
    pub share: f64,
    /// The share of the cases at all other touchpoints of the stage; `None` where there are none.
    pub usual: Option<f64>,
}

/// How it hurts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PainKind {
    /// They take longer to go on: out of the stage to one that is no lapse, or from a touchpoint to the next.
    Stall,
    /// They stop after a touchpoint.
    DropOff,
    /// They do not reach the goal soon after a touchpoint from which others do.
    MissedGoal,
    /// They go to and fro between two touchpoints.
    Loop,
    /// They rate badly.
    BadFeedback,
    /// They raise tickets after a touchpoint.
    Tickets,
    /// They raise tickets after tickets.
    RepeatTickets,
}

/// Where it hurts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// How.
    pub kind: PainKind,
    /// The stage.
    pub stage: String,
    /// The touchpoint; `None` = the whole stage.
    pub touchpoint: Option<String>,
    /// The other one of a loop; of bad ratings, the one that they were given at.
    pub other: Option<String>,
    /// The grouping and the group; `None` = all.
    pub group: Option<(String, String)>,
    /// The first day of the month; `None` = all. Of a stall, the month in which they began to wait.
    pub month: Option<String>,
}

/// A place that hurts, and how that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct PainPoint {
    /// Where.
    pub spot: Spot,
    /// Different customers there.
    pub customers: u64,
    /// How it is known.
    pub evidence: Evidence,
    /// What is at stake; `None` where values are not told, or nobody goes on.
    pub stake: Option<Stake>,
    /// What else was found and has the same cause, as far as counts can tell.
    pub folded: Vec<Spot>,
}

/// A group against the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Customers, once for each month; of a stall, once.
    pub cases: u64,
    /// How many are hit; of a stall, how many still wait when half of those of the rest
    /// have gone on who do.
    pub share: f64,
    /// The rest that they are compared with: at the same place, or, where no group or month is told, at the
    /// other places of the stage.
    pub rest_cases: u64,
    /// Their share; of tickets at a touchpoint as a whole, what it would be at the rate of those who are as far
    /// from their order, or from entering the stage.
    pub rest_share: f64,
    /// The difference of the two shares.
    pub gap: f64,
    /// Its 95 % interval.
    pub gap_low: f64,
    /// Its 95 % interval.
    pub gap_high: f64,
    /// The first share over the second, infinite where that is 0; of a stall, their median time over the rest's.
    pub ratio: f64,
    /// The difference in standard errors.
    pub z: f64,
    /// How often chance alone brings one as large, in this direction.
    pub p: f64,
    /// The least rate of false findings at which it is one, over all comparisons.
    pub q: f64,
    /// Of a stall: the times.
    pub times: Option<Times>,
}

/// How long half of those took who go on, those who still wait counted (Kaplan and Meier); within 6 %.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// Of those concerned.
    pub median_seconds: f64,
    /// Of the rest.
    pub rest_median_seconds: f64,
}

/// Value at stake: `customers × gap × value_per_head`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stake {
    /// Different customers concerned.
    pub customers: u64,
    /// The difference of the shares.
    pub gap: f64,
    /// What those spend within the window who are not hit, at this place, all groups and months together: the
    /// mean, in millionths.
    pub value_per_head: i128,
    /// The product, in millionths.
    pub value: i128,
    /// Its 95 % interval, of both the gap and the value a head; not below 0.
    pub low: i128,
    /// Its 95 % interval.
    pub high: i128,
}
