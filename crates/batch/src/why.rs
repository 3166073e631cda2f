//! What a forecast says of a customer, and why: how recently, how often and how regularly she ordered.

use perennial_engine::Plan;
use perennial_forecast::OrderDays;
use perennial_model::{DAY_MS, Kind, Time, Touch, Zone};
use perennial_rules::Machine;
use perennial_rules::project::SCORES;
use serde_json::{Value as Json, json};

use crate::forecasts::{Forecasts, GroupRecord};
use crate::scores::{Purchase, purchase};

/// The scores of a forecast that are in force for a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Since when they hold.
    pub since: Time,
    /// The scores in the order of [`SCORES`]; none where unknown.
    pub values: [Option<f64>; 4],
    /// The model that says so.
    pub model: Option<String>,
    /// What was known of her orders then, if she had any.
    pub rhythm: Option<Rhythm>,
    /// What is usual among customers with as many orders, where the models are at hand.
    pub group: Option<GroupRecord>,
}

/// A customer's orders, or what is usual in a group of customers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    /// Days with an order.
    pub orders: u64,
    /// Days since the last one.
    pub recency_days: f64,
    /// Days from one to the next, on average; none where there is one only.
    pub gap_days: Option<f64>,
}

impl Scores {
    /// What was said at an instant; nothing where all of it is unknown from then on.
    pub fn said(since: Time, values: [Option<f64>; 4], model: Option<String>) -> Option<Self> {
        let known = values.iter().any(Option::is_some);
        known.then_some(Self {
            since,
            values,
            model,
            rhythm: None,
            group: None,
        })
    }

    /// With her orders before the scores, out of her touches in order; days are those of a zone, as the models count them.
    pub fn with_rhythm(
        self,
        touches: &[Touch<'_>],
        zone: &Zone,
        machine: &Machine,
        plan: &Plan,
    ) -> Self {
        let before = touches.iter().take_while(|touch| touch.at < self.since);
        let before = before.filter(|touch| touch.kind != Kind::SCORED);
        let known: Vec<Purchase> = before
            .filter_map(|touch| purchase(machine, plan, touch, 0))
            .collect();
        let mut days = OrderDays::default();
        let (orders, refunds): (Vec<&Purchase>, Vec<&Purchase>) =
            known.iter().partition(|one| one.is_order());
        for one in orders.iter().chain(&refunds) {
            one.note(zone.day_of(Time(one.at)), &mut days);
        }
        // Whole days that were given back count for no score.
        let is_kept = |one: &&&Purchase| days.kept().days.contains(&zone.day_of(Time(one.at)));
        let orders = orders.iter().filter(is_kept).map(|one| Time(one.at));
        let orders: Vec<Time> = orders.collect();
        let rhythm = Rhythm::of(&orders, self.since, zone);
        Self { rhythm, ..self }
    }

    /// With those that she is held against, where the models know hers.
    pub fn with_group(self, models: &Forecasts) -> Self {
        let model = self.model.as_deref().and_then(|name| models.model(name));
        let group = model.zip(self.rhythm.as_ref());
        let group = group.and_then(|(model, own)| model.group_of(own).copied());
        Self { group, ..self }
    }

    /// Why, in a sentence: her orders, whether she is later than she used to be, and what is usual among
    /// customers with as many orders.
    pub fn why(&self) -> Option<String> {
        let own = self.own()?;
        let Some(group) = &self.group else {
            return Some(own);
        };
        let with = match (group.orders_from, group.orders_to) {
            (1, Some(1)) => "one order".to_owned(),
            (from, Some(to)) if from == to => format!("orders on {from} days"),
            (from, Some(to)) => format!("orders on {from} to {to} days"),
            (from, None) => format!("orders on {from} days or more"),
        };
        let gap = group.gap_days.map_or_else(String::new, |gap| {
            format!(" every {}, the last time", days(gap))
        });
        Some(format!(
            "{own}; of {} customers with {with} the middle one ordered{gap} {} before, and their mean p_alive is {:.2}",
            group.customers,
            days(group.recency_days),
            group.p_alive
        ))
    }

    fn own(&self) -> Option<String> {
        let own = self.rhythm?;
        let last = days(own.recency_days);
        let Some(gap) = own.gap_days else {
            return Some(format!("she ordered once, {last} before"));
        };
        let rhythm = format!(
            "she ordered on {} days, every {} on average, the last time {last} before",
            own.orders,
            days(gap)
        );
        let gaps = own.recency_days / gap.max(1.0);
        Some(match gaps {
            gaps if gaps >= 1.5 => format!("{rhythm}: {gaps:.1} times her usual pause"),
            _ => format!("{rhythm}: within her usual pause"),
        })
    }

    /// In JSON.
    pub fn json(&self) -> Json {
        let mut answer = json!({
            "since": self.since.to_string(),
            "model": self.model,
            "why": self.why(),
            "orders": self.rhythm.map(|own| own.orders),
            "recency_days": self.rhythm.map(|own| own.recency_days),
            "gap_days": self.rhythm.and_then(|own| own.gap_days),
            "group": self.group,
        });
        for (name, value) in SCORES.iter().zip(self.values) {
            answer[*name] = json!(value);
        }
        answer
    }
}

impl Rhythm {
    /// Of orders in order, at an instant after them; days are those of a zone.
    pub fn of(orders: &[Time], at: Time, zone: &Zone) -> Option<Self> {
        let mut days: Vec<i32> = orders.iter().map(|at| zone.day_of(*at)).collect();
        days.dedup();
        let (first, last) = (*days.first()?, orders.last()?);
        let gaps = days.len() as f64 - 1.0;
        let span = f64::from(days.last().copied().unwrap_or(first) - first);
        Some(Self {
            orders: days.len() as u64,
            recency_days: at.since(*last) as f64 / DAY_MS as f64,
            gap_days: (gaps > 0.0).then(|| span / gaps),
        })
    }
}

/// A number of days in words.
fn days(days: f64) -> String {
    match days.round() {
        1.0 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_shop() {
        let time = |text: &str| Time::parse(text, &Zone::utc()).expect("a time");
        let orders = [
            time("2024-05-01T23:30:00Z"),
            time("2024-05-02T00:30:00Z"),
            time("2024-05-11T15:00:00Z"),
        ];
        let rhythm = |zone: &str| {
            let zone = Zone::named(zone).expect("a zone");
            let rhythm = Rhythm::of(&orders, time("2024-05-20T00:00:00Z"), &zone);
            let rhythm = rhythm.expect("orders");
            (rhythm.orders, rhythm.gap_days)
        };
        assert_eq!(rhythm("UTC"), (3, Some(5.0)));
        assert_eq!(rhythm("Australia/Sydney"), (2, Some(10.0)));
    }
}
