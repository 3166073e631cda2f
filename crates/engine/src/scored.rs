//! Scores of a forecast: a dated fact that sets traits and is no touch.
//!
//! It does not count, brings nobody in and is no sign of life. What it states holds until the next one; a
//! score that it leaves out is unknown from then on. What follows from it is decided when the touches of its
//! instant are done, as with thresholds, and the cause is time.

use perennial_model::Touch;

use crate::profile::fact;
use crate::{Changes, Customer, World};

impl Customer {
    /// Takes in scores, which come before the touches of their instant.
    pub(crate) fn take_scores(
        &mut self,
        world: World<'_>,
        scored: &Touch<'_>,
        changes: &mut impl Changes,
    ) {
        self.pass(world, scored.at, changes);
        self.moves_by_clock = 0;
        let mut any = false;
        for &slot in &world.plan.scores {
            let value = fact(scored, slot);
            let known = &mut self.traits[usize::from(slot)];
            any |= *known != value && world.machine.slots[usize::from(slot)].ruled;
            *known = value;
        }
        if any && self.touches > 0 {
            self.known_at = self.known_at.max(scored.received_at).max(scored.at);
            self.wake = scored.at;
        }
    }
}
