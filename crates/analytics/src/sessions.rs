//! Sessions: touches that belong together, cut by silence or by markers.

use crate::calendar::Calendar;
use crate::{Analysis, Trail, Words};

/// The question.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// What cuts a trail into sessions.
    pub cut: Cut,
    /// The instants that count: from the first on and before the second, in milliseconds since 1970.
    pub within_ms: Option<(i64, i64)>,
}

/// What cuts a trail into sessions.
#[derive(Clone, Debug)]
pub enum Cut {
    /// Silence of more than `gap_ms`; of exactly `gap_ms` does not. With a calendar, each new period of it
    /// too: one of days for a cut at midnight.
    Gap {
        /// The longest silence within a session, in milliseconds.
        gap_ms: i64,
        /// Whose periods cut as well.
        calendar: Option<Calendar>,
    },
    /// Touches that begin and end sessions and belong to none, nor does what lies before the first
    /// beginning or between an end and the next beginning.
    Markers {
        /// The condition of those that begin one.
        start: u16,
        /// The condition of those that end one; `None` where only the next beginning does.
        end: Option<u16>,
    },
}

/// One session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The customer's number.
    pub customer: u32,
    /// Her how-manieth session, from 1.
    pub number: u32,
    /// The instant of its first touch, in milliseconds since 1970.
    pub start_ms: i64,
    /// The instant of its last touch, in milliseconds since 1970.
    pub end_ms: i64,
    /// How many touches; at least 1.
    pub events: u64,
}

/// What is counted so far.
#[derive(Debug)]
pub struct Tally {
    start: Vec<bool>,
    end: Vec<bool>,
    sessions: Vec<Session>,
}

impl Analysis for Sessions {
    type Tally = Tally;
    /// By customer id, in order of time.
    type Answer = Vec<Session>;

    fn begin(&self, words: &Words) -> Tally {
        let (start, end) = match self.cut {
            Cut::Gap { .. } => (None, None),
            Cut::Markers { start, end } => (Some(start), end),
        };
        let marks = |condition: Option<u16>| match condition {
            Some(condition) => words.marks.meeting(condition),
            None => vec![false; words.marks.len()],
        };
        Tally {
            start: marks(start),
            end: marks(end),
            sessions: Vec::new(),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        let part = match self.within_ms {
            None => 0..trail.len(),
            Some((from_ms, to_ms)) => {
                let before = |ms: i64| trail.at_ms.partition_point(|at| *at < ms);
                before(from_ms)..before(to_ms)
            }
        };
        match &self.cut {
            Cut::Gap { gap_ms, calendar } => {
                by_gap(trail, part, *gap_ms, calendar.as_ref(), &mut tally.sessions);
            }
            Cut::Markers { .. } => by_markers(trail, part, tally),
        }
    }

    fn merge(&self, tally: &mut Tally, mut other: Tally) {
        tally.sessions.append(&mut other.sessions);
    }

    fn answer(&self, tally: Tally, words: &Words) -> Vec<Session> {
        let mut sessions = tally.sessions;
        let id = |customer: u32| words.customers.get(customer as usize);
        sessions.sort_by(|a, b| {
            let ids = || id(a.customer).cmp(&id(b.customer));
            let numbers = || (a.customer, a.number).cmp(&(b.customer, b.number));
            if a.customer == b.customer {
                numbers()
            } else {
                ids().then_with(numbers)
            }
        });
        sessions
    }
}

fn by_gap(
    trail: &Trail<'_>,
    part: std::ops::Range<usize>,
    gap_ms: i64,
    calendar: Option<&Calendar>,
    sessions: &mut Vec<Session>,
) {
    let mut cursor = calendar.map(Calendar::cursor);
    let mut open: Option<(Session, Option<i64>)> = None;
    for &at_ms in &trail.at_ms[part] {
        let period = cursor.as_mut().map(|cursor| cursor.at(at_ms).period);
        match &mut open {
            Some((session, in_period))
                if at_ms.saturating_sub(session.end_ms) <= gap_ms && *in_period == period =>
            {
                session.end_ms = at_ms;
                session.events += 1;
            }
            _ => {
                let number = open.map_or(1, |(session, _)| session.number + 1);
                sessions.extend(open.map(|(session, _)| session));
                open = Some((Session::new(trail.customer, number, at_ms), period));
            }
        }
    }
    sessions.extend(open.map(|(session, _)| session));
}

fn by_markers(trail: &Trail<'_>, part: std::ops::Range<usize>, tally: &mut Tally) {
    // A beginning opens a session that has no touch yet; without one it is none.
    let (mut begun, mut open, mut number) = (false, None::<Session>, 0);
    for touch in part {
        let (at_ms, mark) = (trail.at_ms[touch], trail.mark[touch] as usize);
        if tally.start[mark] || tally.end[mark] {
            begun = tally.start[mark];
            tally.sessions.extend(open.take());
            continue;
        }
        match &mut open {
            Some(session) => {
                session.end_ms = at_ms;
                session.events += 1;
            }
            None if begun => {
                number += 1;
                open = Some(Session::new(trail.customer, number, at_ms));
            }
            None => {}
        }
    }
    tally.sessions.extend(open);
}

impl Session {
    fn new(customer: u32, number: u32, at_ms: i64) -> Self {
        Self {
            customer,
            number,
            start_ms: at_ms,
            end_ms: at_ms,
            events: 1,
        }
    }
}
