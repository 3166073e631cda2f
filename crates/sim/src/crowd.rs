//! Made-up customers and what they do, as Segment's clients send it.

use perennial_model::Time;

use crate::Dice;

const DAY_MS: i64 = 86_400_000;
/// The longest that an event comes late.
const LATE_MS: usize = 120 * 86_400_000;

/// A crowd of customers.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// What their message ids begin with.
    pub name: String,
    /// How many they are.
    pub customers: usize,
    /// Events made so far.
    pub made: u64,
}

/// An event as JSON, with its message id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its message id.
    pub id: String,
    /// The event.
    pub json: String,
}

impl Crowd {
    /// Customers who have done nothing yet.
    pub fn new(name: &str, customers: usize) -> Self {
        Self {
            name: name.to_owned(),
            customers,
            made: 0,
        }
    }

    /// The next event: one in ten late, one in twenty stating who a device belongs to.
    pub fn event(&mut self, dice: &mut Dice, now: Time) -> Event {
        self.made += 1;
        let id = format!("{}-{}", self.name, self.made);
        let customer = dice.below(self.customers);
        let late = match dice.percent(10) {
            true => i64::try_from(dice.below(LATE_MS)).unwrap_or_default(),
            false => 0,
        };
        let at = Time(now.ms() - late);
        let who = match dice.percent(30) {
            true => format!("\"anonymousId\":\"d{customer}\""),
            false => format!("\"userId\":\"u{customer}\""),
        };
        let what = match dice.below(20) {
            0 => format!(
                "\"type\":\"identify\",\"anonymousId\":\"d{customer}\",\"userId\":\"u{customer}\",\"traits\":{{\"plan\":\"p{}\"}}",
                dice.below(4)
            ),
            1..=4 => format!(
                "\"type\":\"track\",{who},\"event\":\"Order Completed\",\"properties\":{{\"order_id\":\"{id}\",\"total\":{}.5,\"currency\":\"EUR\"}}",
                dice.below(200)
            ),
            5..=7 => format!(
                "\"type\":\"track\",{who},\"event\":\"Product Added\",\"properties\":{{\"product_id\":\"p{}\"}}",
                dice.below(1000)
            ),
            _ => format!(
                "\"type\":\"track\",{who},\"event\":\"Product Viewed\",\"properties\":{{\"product_id\":\"p{}\",\"category\":\"c{}\"}}",
                dice.below(1000),
                dice.below(16)
            ),
        };
        let json = format!("{{{what},\"messageId\":\"{id}\",\"timestamp\":\"{at}\"}}");
        Event { id, json }
    }

    /// An order at an instant, so many days ago.
    pub fn order(&mut self, customer: usize, now: Time, days: i64) -> Event {
        self.made += 1;
        let id = format!("{}-{}", self.name, self.made);
        let at = Time(now.ms() - days * DAY_MS);
        let json = format!(
            "{{\"type\":\"track\",\"userId\":\"u{customer}\",\"event\":\"Order Completed\",\"properties\":{{\"order_id\":\"{id}\",\"total\":10}},\"messageId\":\"{id}\",\"timestamp\":\"{at}\"}}"
        );
        Event { id, json }
    }
}
