//! The shop: where it sells what, how it writes to people, and what is planted in its data.

use perennial_model::DAY_MS;

/// The first instant, 2024-01-01 in UTC.
pub const START: i64 = 1_704_067_200_000;
/// The end, exclusive: 2026-01-01 in UTC.
pub const END: i64 = START + 731 * DAY_MS;
/// Weeks after it that the generator lives on, so that a forecast can be held against what came.
pub const AHEAD_WEEKS: i64 = 52;
/// The end of that time, exclusive.
pub const AHEAD: i64 = END + AHEAD_WEEKS * 7 * DAY_MS;

/// Countries with their region and their share of customers in per cent.
pub const COUNTRIES: &[(&str, &str, i64)] = &[
    ("US", "North America", 20),
    ("CA", "North America", 6),
    ("DE", "Central Europe", 16),
    ("AT", "Central Europe", 5),
    ("FR", "Western Europe", 12),
    ("NL", "Western Europe", 6),
    ("GB", "British Isles", 13),
    ("IE", "British Isles", 4),
    ("BR", "South America", 9),
    ("JP", "East Asia", 9),
];

/// What is sold, with the usual price in cents.
pub const CATEGORIES: &[(&str, i64)] = &[
    ("shoes", 7_500),
    ("shirts", 3_200),
    ("jackets", 9_900),
    ("bags", 5_400),
    ("books", 1_900),
    ("garden", 4_200),
];

/// What she holds in her hand, by the number of the device.
pub const DEVICES: [&str; 3] = ["phone", "laptop", "tablet"];

/// The mail to everybody new.
pub const WELCOME: &str = "welcome";
/// The mails that go out in turn, one a month.
pub const CAMPAIGNS: [&str; 4] = [
    "newsletter",
    "new_arrivals",
    "back_in_stock",
    "weekend_sale",
];

/// Planted: in this country the second order comes about twice as late.
pub const SLOW_COUNTRY: &str = "JP";
/// Planted: in this sub-region of UN M49 …
pub const BROKEN_COUNTRIES: [&str; 2] = ["US", "CA"];
/// … in this month, from its first instant, 2025-03-01 in UTC …
pub const BROKEN_FROM: i64 = START + 425 * DAY_MS;
/// … to its end, exclusive, 2025-04-01, most who start a checkout cannot finish it.
pub const BROKEN_UNTIL: i64 = BROKEN_FROM + 31 * DAY_MS;
/// Planted: who picks up an order herself often asks for help after it.
pub const POOR_DELIVERY: &str = "picked_up";
/// Planted: who clicks this campaign often orders again.
pub const STRONG_CAMPAIGN: &str = "back_in_stock";
/// Planted: who uses this device is seldom satisfied.
pub const POOR_DEVICE: usize = 2;
/// Planted: big spenders fall silent in the days before this instant, 2025-07-01 in UTC.
pub const SILENCE: i64 = START + 547 * DAY_MS;

/// How an order reaches her: by parcel, or she picks it up.
pub const DELIVERIES: [&str; 2] = ["delivered", POOR_DELIVERY];

/// One thing that happened, as the shop's systems noted it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Event {
    /// The customer.
    pub customer: u32,
    /// Its number among hers: with the customer, its message id.
    pub number: u32,
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// When it arrived.
    pub received_at: i64,
    /// What happened.
    pub event: &'static str,
    /// As whom she was signed in.
    pub name: Option<Name>,
    /// The device.
    pub device: Option<usize>,
    /// An alias: the account was a guest before.
    pub was_guest: bool,
    /// Her country's place in [`COUNTRIES`].
    pub country: usize,
    /// The number of the order among hers.
    pub order: Option<u32>,
    /// Cents.
    pub amount: Option<i64>,
    /// What it was about.
    pub category: Option<&'static str>,
    /// How she rated.
    pub score: Option<i64>,
    /// The mail's campaign.
    pub campaign: Option<&'static str>,
}

/// A name under which a customer is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Without an account.
    Guest,
    /// With one.
    Account,
}
