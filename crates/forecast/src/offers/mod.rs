//! What to offer whom next: what a customer buys again, a step up, and what goes with what she has.
//!
//! [`Baskets`] are what customers bought, by item and day. [`NextOffers::learn`] learns of them how likely each
//! buys what within a horizon, and [`NextOffers::of`] ranks [`Offer`]s by P(alive) × P(buy) × margin × uplift, each
//! part and [`Why`] beside it. A [`Shelf`] holds what else is known of items. [`Related`] counts what goes with
//! what, [`Ease`] weighs all of it at once. [`Markets`]: groups of customers as good as the best that are few.
//!
//! What is bought again follows the customer's own rhythm, which no relation between items comes near; what is
//! new follows from what owners of the same own, and there a regression of each item on all others (EASE) tells
//! a little more than cosine or lift, which are kept because they can be read; what the closest customers own adds a
//! little to that. Factors of a matrix
//! (ALS) did worse than either. Absent: contact limits and bandits, which belong to whoever sends.

mod alike;
mod baskets;
mod chances;
mod ease;
mod ladder;
mod logistic;
mod markets;
mod matrix;
mod model;
mod offer;
mod owned;
mod related;
mod shelf;
mod snapshot;

pub use baskets::{Baskets, Bought, BoughtItem, MAX_BOUGHT, MAX_BOUGHT_VALUE};
pub use ease::{Ease, MAX_EASE_ITEMS};
pub use markets::{MIN_MARKET_CUSTOMERS, MIN_MARKETS, MIN_MARKETS_CUSTOMERS, Market, Markets};
pub use model::{MAX_HORIZON_DAYS, NextOffers};
pub use offer::{Offer, OfferKind, Why};
pub use owned::{MAX_LEARNED_OF, MAX_WIDTH};
pub use related::{MAX_RELATED_ITEMS, MAX_RELATIONS, Related, Relation};
pub use shelf::Shelf;
pub use snapshot::Rhythm;
