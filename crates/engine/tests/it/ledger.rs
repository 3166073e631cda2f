//! What every ledger must be like, whatever the rules: checked on the changes alone.

use std::collections::{HashMap, HashSet};

use perennial_model::{Cause, Change, Move, Refusal, Switch, Time};
use perennial_rules::project::{Clause, From, Lifecycle, Policy, Stage};
use perennial_rules::{Project, Span};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::case::{Case, Happening};
use crate::check::check;
use crate::drive::engine;
use crate::generate::{blank, case};

/// What has been read of a ledger so far.
struct Reader<'a> {
    case: &'a Case,
    places: Vec<Standing>,
    inside: Vec<(bool, u32)>,
    /// The moves of each lifecycle at each instant by each cause.
    moves: HashMap<(u16, Time, Cause), Vec<Move>>,
    switches: HashSet<(u16, Time)>,
}

/// A customer's place in one lifecycle, as the ledger tells it.
#[derive(Clone, Default)]
struct Standing {
    stage: Option<u8>,
    since: Option<Time>,
    entry: u32,
    refused: Vec<Option<u8>>,
}

#[test]
fn every_ledger_is_sound() {
    check(100, case(), |case| {
        let (outcome, _) = engine(&case);
        let mut reader = Reader {
            case: &case,
            places: vec![Standing::default(); case.project.lifecycles.len()],
            inside: vec![(false, 0); case.project.segments.len()],
            moves: HashMap::new(),
            switches: HashSet::new(),
        };
        let mut before = (Time::MIN, (false, 0), Time::MIN);
        for change in &outcome.changes {
            let (at, cause, known_at) = when(change);
            // Touches in their order first, then the clock.
            let place = match cause {
                Cause::Touch(row) => (false, row),
                Cause::Time => (true, 0),
            };
            prop_assert!(
                (before.0, before.1) <= (at, place),
                "out of order: {change:?}"
            );
            prop_assert!(
                known_at >= at && known_at >= before.2,
                "known before: {change:?}"
            );
            prop_assert!(at < case.until);
            before = (at, place, known_at);
            match change {
                Change::Moved(made) => reader.moved(made)?,
                Change::Refused(refusal) => reader.refused(refusal)?,
                Change::Switched(switch) => reader.switched(switch)?,
            }
        }
        Ok(())
    });
}

fn when(change: &Change) -> (Time, Cause, Time) {
    match change {
        Change::Moved(Move {
            at,
            cause,
            known_at,
            ..
        })
        | Change::Refused(Refusal {
            asked:
                Move {
                    at,
                    cause,
                    known_at,
                    ..
                },
            ..
        })
        | Change::Switched(Switch {
            at,
            cause,
            known_at,
            ..
        }) => (*at, *cause, *known_at),
    }
}

impl<'a> Reader<'a> {
    fn lifecycle(&self, number: u16) -> &'a Lifecycle {
        &self.case.project.lifecycles[usize::from(number)]
    }

    /// A move goes from where she stands to somewhere else, by a clause that leads there.
    fn moved(&mut self, made: &Move) -> Result<(), TestCaseError> {
        let lifecycle = self.lifecycle(made.lifecycle);
        let standing = &self.places[usize::from(made.lifecycle)];
        prop_assert_eq!(made.from, standing.stage);
        prop_assert_ne!(made.from, made.to);
        prop_assert_eq!(made.entry, standing.entry + u32::from(made.to.is_some()));
        let leads_to: Vec<u8> = (0_u8..)
            .zip(&lifecycle.stages)
            .flat_map(|(number, stage)| stage.enter.iter().map(move |_| number))
            .collect();
        prop_assert_eq!(
            made.clause.map(|clause| leads_to[usize::from(clause)]),
            made.to
        );
        self.policies_allow(made)?;
        let moves = self
            .moves
            .entry((made.lifecycle, made.at, made.cause))
            .or_default();
        moves.push(*made);
        // One, and one more by the touch that brings her in.
        let entered = moves[0].from.is_none() && made.cause != Cause::Time;
        prop_assert!(
            moves.len() <= 1 + usize::from(entered && !lifecycle.classification),
            "{made:?}"
        );
        let entry = made.entry;
        let (stage, since, refused) = (made.to, Some(made.at), Vec::new());
        self.places[usize::from(made.lifecycle)] = Standing {
            stage,
            since,
            entry,
            refused,
        };
        Ok(())
    }

    /// No policy forbids what was done; ceasing to be one of those the lifecycle is for
    /// is above policy, and so is a hand.
    fn policies_allow(&self, made: &Move) -> Result<(), TestCaseError> {
        let lifecycle = self.lifecycle(made.lifecycle);
        let policy = &lifecycle.policy;
        if made.to.is_none() && lifecycle.applies_to.is_some() {
            return Ok(());
        }
        let mut clauses = lifecycle.stages.iter().flat_map(|stage| &stage.enter);
        let clause = made.clause.and_then(|number| clauses.nth(number.into()));
        if clause.is_some_and(|clause| clause.by_hand.is_some()) {
            return Ok(());
        }
        let (from, to) = (
            made.from.map_or(-1, i32::from),
            made.to.map_or(-1, i32::from),
        );
        prop_assert!(!policy.forward_only || to > from, "back: {made:?}");
        let mut between = lifecycle
            .stages
            .iter()
            .skip((from + 1) as usize)
            .take((to - from - 1).max(0) as usize);
        prop_assert!(
            !policy.in_order || between.all(|stage| stage.optional),
            "passed over: {made:?}"
        );
        if let (Some(stage), Some(since)) =
            (made.from, self.places[usize::from(made.lifecycle)].since)
        {
            let dwell = lifecycle.stages[usize::from(stage)]
                .dwell
                .unwrap_or(policy.dwell);
            prop_assert!(made.at.since(since) >= dwell.ms(), "too early: {made:?}");
        }
        Ok(())
    }

    /// A refusal is written once for each standing and stage.
    fn refused(&mut self, refusal: &Refusal) -> Result<(), TestCaseError> {
        let asked = &refusal.asked;
        let standing = &mut self.places[usize::from(asked.lifecycle)];
        prop_assert_eq!(asked.from, standing.stage);
        prop_assert_eq!(asked.entry, standing.entry);
        prop_assert!(!standing.refused.contains(&asked.to), "twice: {refusal:?}");
        standing.refused.push(asked.to);
        Ok(())
    }

    /// Segments are entered and left in turn, by the clock, once an instant.
    fn switched(&mut self, switch: &Switch) -> Result<(), TestCaseError> {
        let (inside, entry) = &mut self.inside[usize::from(switch.segment)];
        prop_assert_ne!(*inside, switch.entered);
        (*inside, *entry) = (switch.entered, *entry + u32::from(switch.entered));
        prop_assert_eq!(*entry, switch.entry);
        prop_assert_eq!(switch.cause, Cause::Time);
        prop_assert!(self.switches.insert((switch.segment, switch.at)));
        Ok(())
    }
}

/// Rules that chase each other come to rest, and the next touch sets them going again.
#[test]
fn rules_that_chase_each_other_come_to_rest() {
    let always = |number: u8| Stage {
        name: format!("stage {number}"),
        description: None,
        optional: false,
        dwell: None,
        enter: vec![Clause {
            from: From::Named {
                outside: number == 0,
                stages: vec![1 - number],
            },
            on: Vec::new(),
            when: None,
            cause: None,
            by_hand: None,
            span: Span::default(),
        }],
    };
    let lifecycle = Lifecycle {
        name: "chase".into(),
        applies_to: None,
        policy: Policy::default(),
        stages: vec![always(0), always(1)],
        classification: false,
        span: Span::default(),
    };
    let touch = |at: i64| Happening {
        at: Time(at),
        received_at: Time(at),
        points: Vec::new(),
        properties: Vec::new(),
        traits: Vec::new(),
    };
    let case = Case {
        project: Project {
            lifecycles: vec![lifecycle],
            ..blank()
        },
        cuts: Vec::new(),
        id: String::new(),
        happenings: vec![touch(0), touch(1_000_000)],
        until: Time(2_000_000),
        kinds_before: 0,
    };
    let (outcome, _) = engine(&case);
    let refused = outcome
        .changes
        .iter()
        .filter(|change| matches!(change, Change::Refused(_)));
    let policies: Vec<&str> = refused
        .map(|change| {
            if let Change::Refused(refusal) = change {
                refusal.policy
            } else {
                ""
            }
        })
        .collect();
    assert_eq!(policies, ["storm", "storm"]);
    assert!(outcome.changes.len() < 25_000, "{}", outcome.changes.len());
}
