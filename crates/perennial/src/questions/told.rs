//! What answers say of themselves: what was read and used, over which range, and what a reader should know.

use perennial_batch::trails::Trails;
use perennial_model::Time;
use perennial_rules::project::WeekStart;
use perennial_rules::suggest::did_you_mean;
use serde_json::{Map, Value, json};

use super::Question;

/// Decimal places of millionths.
const MILLIONTH_PLACES: u32 = 6;

impl Question {
    /// What every answer says of itself: its definition, zone, week, range, and what became of the rows.
    pub fn about(&self, trails: &Trails, range: Value) -> Value {
        let counts = &trails.counts;
        let mut dropped = Map::new();
        for (reason, count) in &counts.rejected {
            dropped.insert(reason.clone(), json!(count));
        }
        for (reason, count) in [
            ("duplicate", counts.duplicates),
            ("no_customer", counts.without_customer),
            ("outside_range", counts.outside),
            ("where", counts.by_rule),
        ] {
            if count > 0 {
                dropped.insert(reason.to_owned(), json!(count));
            }
        }
        let mut about = json!({
            "definition": self.definition,
            "time_zone": self.zone.name(),
            "week_start": match self.week_start { WeekStart::Monday => "monday", WeekStart::Sunday => "sunday" },
            "range": range,
            "events": {"read": counts.read, "used": counts.used, "dropped": dropped},
            "customers": counts.customers,
        });
        if let (Some(members), Value::Object(about)) = (&self.members, &mut about) {
            let told = json!({"name": members.name, "customers": members.len()});
            about.insert("segment".to_owned(), told);
        }
        about
    }

    /// The range of rows that were used, for questions without periods.
    pub fn used(&self, trails: &Trails) -> Value {
        let text = |time: Time| self.instant(time);
        let from = self
            .ends
            .from_ms
            .map(Time)
            .or(trails.span.map(|span| span.0));
        let to = self.ends.last_ms.or(trails.span.map(|span| span.1.ms()));
        json!({"from": from.map(text), "to": to.map(|last| text(Time(last.saturating_add(1))))})
    }

    /// Money in minor units of the run's currency, or of a hundredth where there is none.
    pub fn minor(&self, millionths: Option<i128>) -> Value {
        let unit = 10_i128.pow(MILLIONTH_PLACES.saturating_sub(self.asked.decimals));
        let minor = millionths.map(|money| i64::try_from(money / unit));
        json!(minor.and_then(Result::ok))
    }

    /// An instant as answers write it.
    pub fn instant(&self, time: Time) -> String {
        match self.zone.name() {
            "UTC" => time.to_string(),
            _ => self.zone.text(time),
        }
    }

    /// What a reader should know: events that never came, rows that could not be used.
    pub fn notes(&self, trails: &Trails) -> Vec<String> {
        let events = &trails.words().events;
        let came = |name: &str| {
            let number = events.iter().position(|event| event == name);
            let came = number.is_some_and(|number| trails.occurrences[number] > 0);
            came || trails.points.iter().any(|point| point == name)
        };
        let mut notes = Vec::new();
        for (option, name) in &self.named {
            if came(name) {
                continue;
            }
            let known = events.iter().chain(&trails.points);
            let own = known.map(String::as_str).filter(|name| came(name));
            let meant = match did_you_mean(name, own) {
                Some(meant) => format!("; did you mean `{meant}`?"),
                None => String::new(),
            };
            let or_point = match trails.points.is_empty() {
                true => "",
                false => "or touchpoint ",
            };
            let note = format!("{option}: no event {or_point}is called `{name}`{meant}");
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        let bad: u64 = trails.counts.rejected.iter().map(|(_, count)| count).sum();
        if bad > 0 {
            let reasons: Vec<&str> = trails
                .counts
                .rejected
                .iter()
                .map(|(reason, _)| reason.as_str())
                .collect();
            let read = trails.counts.read;
            notes.push(format!(
                "{bad} of {read} rows cannot be used: {}",
                reasons.join(", ")
            ));
        }
        if trails.span.is_none() {
            notes.push(format!(
                "none of the {} rows is used: look at --where, --from, --to and --customer",
                trails.counts.read
            ));
        }
        notes
    }
}
