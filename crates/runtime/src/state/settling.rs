//! Time let pass for all whom lines or time concern, and those who follow told of it.

use perennial_model::Time;
use perennial_store::shelf::ShelfError;

use super::State;
use super::folded::Caused;
use super::news::{latest, notify, told_before};
use super::touch::{Place, before_all, time_place};

impl State {
    /// Lets time pass up to an instant, which is left out, for all whom lines or time concern.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn settle(&mut self, now: Time) -> Result<(), ShelfError> {
        let before = self.now;
        self.now = now.max(before);
        self.customers.list_due(self.now, &*self.shelf)?;
        for slot in self.customers.take_listed() {
            self.settle_one(slot, before)?;
        }
        self.settled = self.summary.applied;
        Ok(())
    }

    fn settle_one(&mut self, slot: u32, before: Time) -> Result<(), ShelfError> {
        let now = self.now;
        let Some(folded) = self.customers.listed(slot) else {
            return Ok(());
        };
        if folded.nodes.is_empty() {
            self.customers.forget(slot, &mut self.summary.tally);
            return Ok(());
        }
        if folded.future_ms < now.ms() && !folded.stale {
            let mut caused = Vec::new();
            folded.reach(&mut self.book, now, &mut caused);
            folded.news.append(&mut caused);
        }
        if folded.is_late() && !folded.stale {
            folded.refold_tail(&mut self.book, now, &mut Vec::new());
            folded.news.clear();
            // What brought her where she stands may lie before the end, and is asked for.
            folded.stale = self.followed && !folded.stands_as_counted();
        }
        // The clock may have been set back, and then what comes again is told again.
        let until = time_place(before.ms().saturating_sub(1));
        let told = folded.told.take().map(|told| told.min(until.clone()));
        let told = match folded.stale {
            true => self.settle_stale(slot, (before, told))?,
            false => {
                let told = told.unwrap_or_else(before_all);
                folded.shorten(&mut self.book);
                folded.pass(self.book.world(), now, &mut self.changes);
                let caused = self.changes.drain(..);
                let news = std::mem::take(&mut folded.news);
                if self.followed {
                    let whose = (&*folded.id, &told);
                    notify(&mut self.notices, &self.book, whose, news);
                    let news = caused.map(|change| Caused::of(change, || None));
                    notify(&mut self.notices, &self.book, whose, news);
                }
                told
            }
        };
        let folded = self.customers.at(slot)?;
        folded.told = Some(told.max(folded.told_now()));
        self.customers.count(slot, &mut self.summary.tally)
    }

    /// Folds a customer from the first; up to where she was told of before.
    fn settle_stale(
        &mut self,
        slot: u32,
        (before, told): (Time, Option<Place>),
    ) -> Result<Place, ShelfError> {
        let nodes = self.customers.at(slot)?.nodes.clone();
        let touches = self.touches(&nodes)?;
        let mut caused = Vec::new();
        let folded = self.customers.at(slot)?;
        folded.refold(&mut self.book, &touches, self.now, &mut caused);
        // What was made of her touches one by one did not hold.
        folded.news.clear();
        if !self.followed {
            return Ok(told.unwrap_or_else(before_all));
        }
        let news = latest(folded, caused);
        let told = match told {
            Some(told) => told,
            None => told_before(&mut self.book, &touches, (self.settled, before)),
        };
        let told = told.min(time_place(before.ms().saturating_sub(1)));
        notify(&mut self.notices, &self.book, (&folded.id, &told), news);
        Ok(told)
    }
}
