//! Segments: entered and left when an instant's touches are done.

use perennial_model::{Cause, Change, Switch, Time};

use crate::{Changes, Customer, World};

impl Customer {
    /// Decides one segment at `now`; answers whether it changed.
    pub(crate) fn settle_segment(
        &mut self,
        world: World<'_>,
        number: u16,
        now: Time,
        cause: Cause,
        changes: &mut impl Changes,
    ) -> bool {
        let inside = self.holds(
            world,
            &world.machine.segments[usize::from(number)].when.code,
            now,
            None,
        );
        let known_at = self.known_at.max(now);
        let membership = &mut self.memberships[usize::from(number)];
        if membership.inside == inside {
            return false;
        }
        membership.inside = inside;
        membership.since = now;
        membership.entry += u32::from(inside);
        let entry = membership.entry;
        changes.push(Change::Switched(Switch {
            segment: number,
            at: now,
            known_at,
            entered: inside,
            cause,
            entry,
        }));
        true
    }
}
