//! What the ledger says of a standing, and which policy refuses a move from it.

use perennial_model::{Change, Move, Refusal, Time};

use super::{Moment, Story};

impl Story<'_> {
    /// Her moves in a lifecycle so far.
    pub(super) fn moves(&self, lifecycle: u16) -> impl DoubleEndedIterator<Item = &Move> {
        self.ledger.iter().filter_map(move |change| match change {
            Change::Moved(one) if one.lifecycle == lifecycle => Some(one),
            _ => None,
        })
    }

    /// The stage she is in.
    pub(super) fn stage(&self, lifecycle: u16) -> Option<u8> {
        self.moves(lifecycle).next_back().and_then(|last| last.to)
    }

    /// Since when she is in her stage; `None` in none.
    pub(super) fn in_stage_since(&self, lifecycle: u16) -> Option<Time> {
        let last = self.moves(lifecycle).next_back()?;
        last.to.map(|_| last.at)
    }

    /// How often she has entered a stage of the lifecycle.
    pub(super) fn entry(&self, lifecycle: u16) -> u32 {
        self.moves(lifecycle).filter(|one| one.to.is_some()).count() as u32
    }

    /// Inside a segment or not, since when, and how often entered.
    pub(super) fn membership(&self, segment: u16) -> (bool, Time, u32) {
        let mut answer = (false, Time::MIN, 0);
        for change in &self.ledger {
            if let Change::Switched(switch) = change
                && switch.segment == segment
            {
                let entry = answer.2 + u32::from(switch.entered);
                answer = (switch.entered, switch.at, entry);
            }
        }
        answer
    }

    /// Whether a move to a stage has been refused already from this standing.
    pub(super) fn was_refused(&self, lifecycle: u16, to: Option<u8>) -> bool {
        let of_standing = self.ledger.iter().rev().take_while(
            |change| !matches!(change, Change::Moved(moved) if moved.lifecycle == lifecycle),
        );
        of_standing.into_iter().any(|change| {
            matches!(change, Change::Refused(Refusal { asked, .. })
                if asked.lifecycle == lifecycle && asked.to == to)
        })
    }

    /// The policy that refuses a move. Of several: a hand before backward before order before dwell.
    pub(super) fn refused_by(
        &self,
        number: u16,
        to: Option<u8>,
        moment: Moment<'_>,
    ) -> Option<&'static str> {
        let lifecycle = &self.case.project.lifecycles[usize::from(number)];
        let moves = self.moves(number).count();
        let hand = self.hands.iter().rev().find(|hand| hand.0 == number);
        if hand.is_some_and(|&(_, until, made)| made == moves && moment.now < until) {
            return Some("by_hand");
        }
        let from = self.stage(number);
        // Outside counts as before the first stage.
        let rank = |stage: Option<u8>| stage.map_or(-1, i32::from);
        if lifecycle.policy.forward_only && rank(to) < rank(from) {
            return Some("backward");
        }
        let passed_over = lifecycle
            .stages
            .iter()
            .enumerate()
            .filter(|(stage, _)| rank(from) < *stage as i32 && (*stage as i32) < rank(to));
        if lifecycle.policy.in_order && passed_over.into_iter().any(|(_, stage)| !stage.optional) {
            return Some("order");
        }
        let since = self.in_stage_since(number)?;
        let stage = &lifecycle.stages[usize::from(from?)];
        let dwell = stage.dwell.unwrap_or(lifecycle.policy.dwell);
        (moment.now < since.plus(dwell.ms())).then_some("dwell")
    }
}
