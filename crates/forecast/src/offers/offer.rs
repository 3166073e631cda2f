//! An offer: an item for a customer, of which kind it is, what it is expected to bring, and why.

use super::snapshot::Rhythm;

/// What an offer is to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfferKind {
    /// What she has bought before.
    Again,
    /// A higher tier of what she has.
    UpSell,
    /// What is new to her.
    CrossSell,
}

/// What speaks for an offer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// Her own rhythm of buying it.
    Rhythm(Rhythm),
    /// She owns an item that it goes with.
    GoesWith {
        /// The item that she owns.
        item: u32,
        /// Customers who own both.
        both: u32,
        /// How many times as many own both as would if one said nothing of the other.
        lift: f64,
    },
    /// She has a lower tier of its category.
    Above {
        /// The item of the highest tier that she has.
        item: u32,
        /// Its tier.
        from: f64,
        /// The tier offered.
        to: f64,
        /// Customers who have that tier, and those of them who have a higher one.
        moved: (u32, u32),
    },
    /// Many buy it, and nothing of hers says more.
    Popular {
        /// Customers who bought it.
        owners: u32,
        /// Of so many.
        customers: u32,
    },
}

/// An item for a customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    /// The item's number.
    pub item: u32,
    /// What it is to her.
    pub kind: OfferKind,
    /// The chance that she is still a customer.
    pub p_alive: f64,
    /// The chance that she buys it within the horizon if she is.
    pub p_buy: f64,
    /// What selling it brings, in units of money; `None` where nothing is known of it.
    pub margin: Option<f64>,
    /// What an offer multiplies its sales by; `None` where nothing was measured.
    pub uplift: Option<f64>,
    /// What offers are ranked by: the product of the four. A margin or an uplift that is not known counts as the
    /// mean of those that are, or as 1 where none is.
    pub score: f64,
    /// What speaks for it.
    pub why: Why,
}
