//! What customers will buy next, learned of all and asked of one.

use crate::error::{Error, within};
use crate::models::{CountModel, GroupModel, MbgNbd};
use crate::orders::Unit;
use crate::purchases::{Groups, Purchases};

use super::baskets::{Baskets, BoughtItem};
use super::chances::{Chances, NEW_ITEMS};
use super::ladder::Ladder;
use super::offer::{Offer, OfferKind, Why};
use super::shelf::{Shelf, usual};
use super::snapshot::{CustomerFacts, Relating, Rhythm, Snapshot};

/// The most days that a horizon may have; the least is one.
pub const MAX_HORIZON_DAYS: i32 = 3_660;
/// Owners that relations between items need: one of 200 customers, within these bounds.
const FLOOR: (u32, u32) = (3, 10);
const CUSTOMERS_PER_OWNER: usize = 200;
/// The ridge of item-item weights: so many customers, or this share of all where they are few.
const RIDGE: f64 = 1_000.0;
const RIDGE_SHARE: f64 = 0.5;

/// What customers will buy within a horizon.
#[derive(Clone, Debug)]
pub struct NextOffers<'a> {
    baskets: &'a Baskets,
    now: Snapshot,
    chances: Chances,
    alive: Option<Vec<f64>>,
    shelf: Shelf,
    ladder: Ladder,
    /// What stands for a margin and an uplift that are not known.
    usual: (f64, f64),
    /// Items by how many bought them within the last horizon.
    popular: Vec<u32>,
}

impl<'a> NextOffers<'a> {
    /// Learns of all that was bought until the end of a day what will be bought in so many days after it.
    ///
    /// # Errors
    /// [`Error::Figure`] for a horizon of less than a day or more than ten years; [`Error::FewCustomers`] where
    /// nobody has bought anything until then.
    pub fn learn(
        baskets: &'a Baskets,
        until: i32,
        horizon_days: i32,
        shelf: Shelf,
    ) -> Result<Self, Error> {
        let must = "from 1 to 3660 days";
        within(
            "the horizon",
            horizon_days.into(),
            (1.0, MAX_HORIZON_DAYS.into()),
            must,
        )?;
        if baskets.span().is_none_or(|(first, _)| first > until) {
            return Err(Error::FewCustomers {
                customers: 0,
                needed: 1,
            });
        }
        let floor = (baskets.customers() / CUSTOMERS_PER_OWNER) as u32;
        let relating = Relating {
            floor: floor.clamp(FLOOR.0, FLOOR.1),
            ridge: RIDGE.min(RIDGE_SHARE * baskets.customers() as f64),
        };
        let alive = alive(baskets, until)?;
        let known = alive.as_deref().unwrap_or_default();
        let chances = Chances::learn(baskets, until, horizon_days, relating, known)?;
        let now = Snapshot::at(baskets, until, horizon_days, relating)?;
        let mut popular: Vec<u32> = (0..baskets.items() as u32).collect();
        popular.retain(|item| now.items[*item as usize].owners > 0);
        popular.sort_by_key(|item| std::cmp::Reverse(now.items[*item as usize].recent));
        Ok(Self {
            baskets,
            now,
            chances,
            alive,
            ladder: Ladder::of(baskets, until, &shelf),
            usual: (usual(&shelf.margins), usual(&shelf.uplifts)),
            shelf,
            popular,
        })
    }

    /// Whether the chances of items bought before, and of new ones, were learned of what came after a cut; where
    /// not, they are rates.
    pub fn is_learned(&self) -> (bool, bool) {
        self.chances.is_learned()
    }

    /// Whether it is known how likely customers are still ones; else everybody is taken for one.
    pub fn knows_alive(&self) -> bool {
        self.alive.is_some()
    }

    /// The `most` best offers of each kind for a customer, all by score: items that she bought before, and those
    /// new ones with most that speaks for them. Of a customer without a purchase, or beyond the last, what most
    /// buy.
    ///
    /// What is blocked is left out, and what nobody needs twice is not offered again.
    pub fn of(&self, customer: usize, most: usize) -> Vec<Offer> {
        let Some(facts) = self.now.customer(self.baskets, customer) else {
            return best(self.unknown(), most);
        };
        let mut offers = best(self.known(customer, &facts), most);
        for offer in offers
            .iter_mut()
            .filter(|own| own.kind == OfferKind::CrossSell)
        {
            offer.why = self.goes_with(&facts, offer.item);
        }
        offers
    }

    fn known(&self, customer: usize, facts: &CustomerFacts) -> Vec<Offer> {
        let alive = self.alive.as_ref().and_then(|alive| alive.get(customer));
        let p_alive = alive.copied().unwrap_or(1.0);
        let seen = self.baskets.of(customer);
        let has: Vec<BoughtItem<'_>> = seen.filter_map(|one| one.until(self.now.day)).collect();
        let mut offers = Vec::new();
        let again = |seen: &&BoughtItem<'_>| self.may(seen.item) && !self.shelf.is_once(seen.item);
        for seen in has.iter().filter(again) {
            let p_buy = self.chances.again(&self.now, facts, seen);
            let why = Why::Rhythm(Rhythm::of(seen, self.now.day));
            offers.push(self.offer(seen.item, OfferKind::Again, (p_alive, p_buy), why));
        }
        let standing = self.ladder.standing(&has, &self.shelf);
        let mut lacking = self.now.lacking(self.baskets, customer, facts);
        if lacking.is_empty() {
            let lacks = |item: &u32| has.binary_search_by_key(item, |seen| seen.item).is_err();
            let most = self.popular.iter().copied().filter(lacks);
            lacking = most.take(NEW_ITEMS).collect();
        }
        for item in lacking.into_iter().filter(|item| self.may(*item)) {
            let p_buy = self.chances.of_new(&self.now, facts, item);
            let (kind, why) = match self.ladder.above(&standing, item, &self.shelf) {
                Some(why) => (OfferKind::UpSell, why),
                None => (OfferKind::CrossSell, self.popular(item)),
            };
            offers.push(self.offer(item, kind, (p_alive, p_buy), why));
        }
        offers
    }

    /// What most buy, for somebody of whom nothing is known.
    fn unknown(&self) -> Vec<Offer> {
        let most = self.popular.iter().copied().filter(|item| self.may(*item));
        let most = most.take(NEW_ITEMS);
        most.map(|item| {
            let own = self.now.items[item as usize];
            let share = f64::from(own.recent) / f64::from(self.now.customers.max(1));
            self.offer(item, OfferKind::CrossSell, (1.0, share), self.popular(item))
        })
        .collect()
    }

    fn may(&self, item: u32) -> bool {
        !self.shelf.is_blocked(item)
    }

    fn offer(&self, item: u32, kind: OfferKind, (p_alive, p_buy): (f64, f64), why: Why) -> Offer {
        let given = |list: &[Option<f64>]| list.get(item as usize).copied().flatten();
        let (margin, uplift) = (given(&self.shelf.margins), given(&self.shelf.uplifts));
        let worth = margin.unwrap_or(self.usual.0) * uplift.unwrap_or(self.usual.1);
        Offer {
            item,
            kind,
            p_alive,
            p_buy,
            margin,
            uplift,
            score: p_alive * p_buy * worth,
            why,
        }
    }

    /// The item that a customer owns which says most for another one.
    fn goes_with(&self, facts: &CustomerFacts, item: u32) -> Why {
        let says = |(own, much): &(u32, f64)| (much * self.now.ease.weight(*own, item), *own);
        let mut said: Vec<(f64, u32)> = facts
            .owned
            .iter()
            .map(says)
            .filter(|(says, _)| *says > 0.0)
            .collect();
        said.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let close = |(_, own): &(f64, u32)| self.now.related.between(*own, item);
        let close = said.iter().find_map(|own| {
            close(own)
                .filter(|one| one.lift > 1.0)
                .map(|one| (own.1, one))
        });
        match close {
            Some((own, relation)) => Why::GoesWith {
                item: own,
                both: relation.both,
                lift: relation.lift,
            },
            None => self.popular(item),
        }
    }

    fn popular(&self, item: u32) -> Why {
        Why::Popular {
            owners: self.now.items[item as usize].owners,
            customers: self.now.customers,
        }
    }
}

/// The best offers of each kind, all of them by score.
fn best(mut offers: Vec<Offer>, most: usize) -> Vec<Offer> {
    offers.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
    let mut counts = [0_usize; 3];
    offers.retain(|offer| {
        let count = &mut counts[offer.kind as usize];
        *count += 1;
        *count <= most
    });
    offers
}

/// By customer, the chance that she is still one at the end of a day, by MBG/NBD in weeks; `None` where the
/// model cannot be fitted.
fn alive(baskets: &Baskets, until: i32) -> Result<Option<Vec<f64>>, Error> {
    let orders = baskets.orders()?;
    let known: Vec<Option<Purchases>> = orders
        .each()
        .map(|one| one.purchases(until, Unit::Week))
        .collect();
    let bought: Vec<Purchases> = known.iter().flatten().copied().collect();
    let (groups, places) = Groups::of(&bought);
    let Ok(fit) = MbgNbd::fit(&groups) else {
        return Ok(None);
    };
    let of_group: Vec<f64> = groups
        .purchases()
        .iter()
        .map(|own| fit.model.alive(own))
        .collect();
    let mut places = places.into_iter();
    let one = |own: &Option<Purchases>| match own {
        Some(_) => places
            .next()
            .and_then(|place| of_group.get(place as usize))
            .copied()
            .unwrap_or(1.0),
        None => 1.0,
    };
    Ok(Some(known.iter().map(one).collect()))
}
