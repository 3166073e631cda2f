//! Sessions by silence and by markers.

use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::sessions::{Cut, Session, Sessions};
use perennial_model::{DAY_MS, MINUTE_MS, Zone};
use perennial_rules::project::WeekStart;
use proptest::prelude::*;

use crate::crowd::{Crowd, Touch};

const GAP_MS: i64 = 30 * MINUTE_MS;

fn gap(calendar: Option<Calendar>) -> Sessions {
    Sessions {
        cut: Cut::Gap {
            gap_ms: GAP_MS,
            calendar,
        },
        within_ms: None,
    }
}

fn at(instants: &[i64]) -> Vec<Touch> {
    instants.iter().map(|at| Touch::new(*at, &[])).collect()
}

fn shape(sessions: &[Session]) -> Vec<(u32, u32, i64, i64, u64)> {
    let of = |s: &Session| (s.customer, s.number, s.start_ms, s.end_ms, s.events);
    sessions.iter().map(of).collect()
}

#[test]
fn silence_of_the_gap_itself_does_not_cut() {
    let crowd = Crowd::new(&[at(&[0, GAP_MS, 2 * GAP_MS + 1]), at(&[5, 5])]);
    assert_eq!(
        shape(&crowd.ask(&gap(None))),
        [
            (0, 1, 0, GAP_MS, 2),
            (0, 2, 2 * GAP_MS + 1, 2 * GAP_MS + 1, 1),
            (1, 1, 5, 5, 2)
        ]
    );
}

#[test]
fn midnight_cuts_where_it_is_asked_to() {
    let crowd = Crowd::new(&[at(&[DAY_MS - 1, DAY_MS])]);
    let days = Calendar::new(Zone::utc(), Interval::Day, WeekStart::Monday);
    assert_eq!(crowd.ask(&gap(None)).len(), 1);
    assert_eq!(crowd.ask(&gap(Some(days))).len(), 2);
}

#[test]
fn markers_belong_to_no_session_nor_does_what_lies_outside() {
    let (start, end): (&[u16], &[u16]) = (&[0], &[1]);
    let marks: [&[u16]; 9] = [&[], start, &[], &[], start, start, &[], end, &[]];
    let touches = marks.iter().enumerate();
    let crowd = Crowd::new(&[touches.map(|(n, m)| Touch::new(n as i64, m)).collect()]);
    let sessions = |end| {
        let cut = Cut::Markers { start: 0, end };
        shape(&crowd.ask(&Sessions {
            cut,
            within_ms: None,
        }))
    };
    assert_eq!(sessions(Some(1)), [(0, 1, 2, 3, 2), (0, 2, 6, 6, 1)]);
    // Without an end it is a touch like others.
    assert_eq!(sessions(None), [(0, 1, 2, 3, 2), (0, 2, 6, 8, 3)]);
}

proptest! {
    #[test]
    fn sessions_hold_every_touch_once_and_are_apart(
        customers in prop::collection::vec(prop::collection::vec(0..20 * GAP_MS, 1..30), 1..5),
    ) {
        let crowd = Crowd::new(&customers.iter().map(|c| at(c)).collect::<Vec<_>>());
        let sessions = crowd.ask(&gap(None));
        prop_assert_eq!(&crowd.ask_in_halves(&gap(None)), &sessions);
        for (number, instants) in customers.iter().enumerate() {
            let mut instants = instants.clone();
            instants.sort_unstable();
            let cuts = instants.windows(2).filter(|pair| pair[1] - pair[0] > GAP_MS).count();
            let own: Vec<&Session> = sessions.iter().filter(|s| s.customer == number as u32).collect();
            prop_assert_eq!(own.len(), cuts + 1);
            prop_assert_eq!(own.iter().map(|s| s.events).sum::<u64>(), instants.len() as u64);
            prop_assert!(own.windows(2).all(|pair| pair[1].start_ms - pair[0].end_ms > GAP_MS));
        }
    }
}
