//! Purchases of items as trails hold them, gathered for offers.

use std::collections::BTreeMap;

use perennial_analytics::{Analysis, NO_NUMBER, NO_TEXT, Trail, Words};
use perennial_forecast::offers::Bought;
use perennial_model::{Time, Zone};

/// Millionths in one.
const ONE: f64 = 1e6;

/// Which columns of trails say what was bought.
#[derive(Clone)]
pub struct Collect {
    /// The condition that purchases meet; `None`: every row is one.
    pub event: Option<u16>,
    /// Of the columns of texts that of the item, and those of its category and of customers' groups.
    pub item: Option<usize>,
    pub category: Option<usize>,
    pub group: Option<usize>,
    /// Of the columns of numbers those of the amount and of the tier.
    pub amount: Option<usize>,
    pub tier: Option<usize>,
    /// The last day that counts, and where days begin.
    pub until: i32,
    pub zone: Zone,
}

/// What was gathered.
#[derive(Default)]
pub struct Collected {
    pub rows: Vec<Bought>,
    /// By item the latest row's category and tier that are there.
    pub items: BTreeMap<u32, Known>,
    /// By customer the group that is known of her last.
    pub groups: Vec<(u32, u32)>,
    /// Rows of purchases that name no item, and that lie after the last day.
    pub without_item: u64,
    pub later: u64,
}

/// What rows say of an item: since when, and what.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known {
    pub category: Option<(i64, u32)>,
    /// In millionths.
    pub tier: Option<(i64, i64)>,
}

impl Analysis for Collect {
    type Tally = (Collected, Vec<bool>);
    type Answer = Collected;

    fn begin(&self, words: &Words) -> Self::Tally {
        let meeting = self.event.map(|event| words.marks.meeting(event));
        (Collected::default(), meeting.unwrap_or_default())
    }

    fn count(&self, (own, meeting): &mut Self::Tally, trail: &Trail<'_>) {
        if let Some(group) = self.group {
            let seen = (0..trail.len())
                .rev()
                .filter(|row| self.day(trail, *row) <= self.until);
            let mut texts = seen.map(|row| trail.texts[group][row]);
            if let Some(text) = texts.find(|text| *text != NO_TEXT) {
                own.groups.push((trail.customer, text));
            }
        }
        for row in 0..trail.len() {
            let is_bought = self.event.is_none() || meeting[trail.mark[row] as usize];
            if !is_bought {
                continue;
            }
            let day = self.day(trail, row);
            if day > self.until {
                own.later += 1;
                continue;
            }
            let item = self.item.map_or(0, |column| trail.texts[column][row]);
            if item == NO_TEXT {
                own.without_item += 1;
                continue;
            }
            let number =
                |column: usize| Some(trail.numbers[column][row]).filter(|one| *one != NO_NUMBER);
            let value = self
                .amount
                .and_then(number)
                .map_or(0.0, |one| one as f64 / ONE);
            own.rows.push((trail.customer, item, day, value));
            let category = self.category.map(|column| trail.texts[column][row]);
            let category = category.filter(|text| *text != NO_TEXT);
            let tier = self.tier.and_then(number);
            if category.is_some() || tier.is_some() {
                let at = trail.at_ms[row];
                let known = own.items.entry(item).or_default();
                known.category = known.category.max(category.map(|text| (at, text)));
                known.tier = known.tier.max(tier.map(|tier| (at, tier)));
            }
        }
    }

    fn merge(&self, (own, _): &mut Self::Tally, (mut other, _): Self::Tally) {
        own.rows.append(&mut other.rows);
        own.groups.append(&mut other.groups);
        own.without_item += other.without_item;
        own.later += other.later;
        for (item, known) in other.items {
            let own = own.items.entry(item).or_default();
            own.category = own.category.max(known.category);
            own.tier = own.tier.max(known.tier);
        }
    }

    fn answer(&self, (mut own, _): Self::Tally, _: &Words) -> Collected {
        own.groups.sort_unstable();
        own
    }
}

impl Collect {
    fn day(&self, trail: &Trail<'_>, row: usize) -> i32 {
        self.zone.day_of(Time(trail.at_ms[row]))
    }
}
