//! The version of the rules: a hash over everything in a project that can change a result.
//!
//! Left out are words for people (the workspace's name, descriptions), where things stand in files,
//! which files are read, which tables are written, what figures are held against, what is shown to whom and how
//! long it is kept. Each struct is taken apart by name, so that a
//! new field does not compile until it has been decided whether it belongs here.

use perennial_model::Duration;

use super::read::fields::word_for as word;
use super::read::forecast::{MODELS, UNITS};
use super::read::identity::KINDS;
use super::read::scoring::{CUTS, DATES};
use super::read::source::{FORMATS, PROPERTY_TYPES, SHAPES};
use super::read::touchpoint::COUNTS;
use super::read::workspace::WEEK_STARTS;
use super::{
    Clause, Currency, EventMatch, Forecast, From, IdentityRules, Intent, Lifecycle, Policy,
    Project, Property, Roles, Scoring, Segment, Source, Stage, Touchpoint,
};
use crate::Rule;

/// The version of a project, as 32 hexadecimal digits. Its `version` field is not looked at.
///
/// **Invariant:** frozen for the same canonical text; ledgers carry it.
pub fn version(project: &Project) -> String {
    let mut text = Canonical(String::new());
    of_project(&mut text, project);
    format!("{:032x}", hash(text.0.as_bytes()))
}

/// FNV-1a in 128 bits: stable everywhere, and nothing here is worth an attack.
fn hash(bytes: &[u8]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(BASIS, |hash, &byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

/// A text in which every value is preceded by its name and length, so that no two projects share one.
struct Canonical(String);

impl Canonical {
    fn text(&mut self, name: &str, value: &str) {
        self.0
            .push_str(&format!("{name}={}:{value}\n", value.len()));
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.0.push_str(&format!("{name}\n")),
        }
    }

    fn number(&mut self, name: &str, value: impl Into<i64>) {
        self.text(name, &value.into().to_string());
    }

    fn truth(&mut self, name: &str, value: bool) {
        self.text(name, if value { "true" } else { "false" });
    }

    fn duration(&mut self, name: &str, value: Option<Duration>) {
        let value = value.map(|duration| duration.ms().to_string());
        self.maybe(name, value.as_deref());
    }

    fn rule(&mut self, name: &str, value: Option<&Rule>) {
        self.maybe(name, value.map(|rule| rule.text.as_str()));
    }

    /// A list whose order matters.
    fn list<T>(&mut self, name: &str, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.text(name, &items.len().to_string());
        for item in items {
            each(self, item);
        }
    }

    /// A list whose order does not matter, put in the order of the items' texts.
    fn set<T>(&mut self, name: &str, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        let text = |item| {
            let mut text = Self(String::new());
            each(&mut text, item);
            text.0
        };
        let mut texts: Vec<String> = items.iter().map(text).collect();
        texts.sort_unstable();
        self.list(name, &texts, |out, text| out.0.push_str(text));
    }

    fn texts(&mut self, name: &str, items: &[String]) {
        self.set(name, items, |out, item| out.text("item", item));
    }
}

fn of_project(out: &mut Canonical, project: &Project) {
    let Project {
        name: _,
        zone,
        currency: Currency { code, decimals },
        week_start,
        fiscal_month,
        sources,
        identity,
        touchpoints,
        lifecycles,
        segments,
        scoring,
        forecast,
        intent,
        // What figures should be moves nobody.
        yardsticks: _,
        outputs: _,
        // Of no concern to any rule: what rules read is kept.
        pii: _,
        retention: _,
        version: _,
    } = project;
    out.text("zone", zone.name());
    out.text("currency", code);
    out.number("decimals", *decimals);
    out.text("week_start", word(*week_start, &WEEK_STARTS));
    out.number("fiscal_month", *fiscal_month);
    out.set("sources", sources, of_source);
    of_identity(out, identity);
    out.set("touchpoints", touchpoints, of_touchpoint);
    out.set("lifecycles", lifecycles, of_lifecycle);
    out.set("segments", segments, of_segment);
    of_scoring(out, scoring);
    // Only where there are forecasts, so that versions of other projects stay as they were.
    if let Some(forecast) = forecast {
        of_forecast(out, forecast);
    }
    of_intent(out, intent);
}

fn of_source(out: &mut Canonical, source: &Source) {
    let Source {
        files: _,
        format,
        delimiter,
        shape,
        event,
        roles,
        time_format,
        time_zone,
        traits,
        properties,
        duplicates,
        future_limit,
    } = source;
    out.maybe("format", format.map(|format| word(format, &FORMATS)));
    out.maybe(
        "delimiter",
        delimiter.map(|byte| byte.0.to_string()).as_deref(),
    );
    out.maybe("shape", shape.map(|shape| word(shape, &SHAPES)));
    out.maybe("event", event.as_deref());
    of_roles(out, roles);
    out.maybe("time_format", time_format.as_deref());
    out.maybe("time_zone", time_zone.as_deref());
    out.texts("traits", traits);
    out.set(
        "properties",
        properties,
        |out, Property { name, column, kind }| {
            out.text("name", name);
            out.text("column", column);
            out.maybe("type", kind.map(|kind| word(kind, &PROPERTY_TYPES)));
        },
    );
    out.truth("duplicates", *duplicates);
    out.duration("future_limit", *future_limit);
}

fn of_roles(out: &mut Canonical, roles: &Roles) {
    let Roles {
        event,
        at,
        received_at,
        message_id,
        customer_id,
        user_id,
        anonymous_id,
        previous_id,
        email,
        phone,
    } = roles;
    out.maybe("column_event", event.as_deref());
    out.maybe("column_at", at.as_deref());
    out.maybe("column_received_at", received_at.as_deref());
    out.maybe("column_message_id", message_id.as_deref());
    out.maybe("column_customer_id", customer_id.as_deref());
    out.maybe("column_user_id", user_id.as_deref());
    out.maybe("column_anonymous_id", anonymous_id.as_deref());
    out.maybe("column_previous_id", previous_id.as_deref());
    out.maybe("column_email", email.as_deref());
    out.maybe("column_phone", phone.as_deref());
}

fn of_identity(out: &mut Canonical, identity: &IdentityRules) {
    let IdentityRules {
        strong,
        placeholders,
        max_identifiers,
    } = identity;
    out.set("strong", strong, |out, kind| {
        out.text("kind", word(*kind, &KINDS))
    });
    out.texts("placeholders", placeholders);
    out.text("max_identifiers", &max_identifiers.to_string());
}

fn of_touchpoint(out: &mut Canonical, touchpoint: &Touchpoint) {
    let Touchpoint {
        name,
        matches,
        place,
        channel,
        value,
        score,
        topic,
        counts_as,
    } = touchpoint;
    out.text("name", name);
    out.set(
        "matches",
        matches,
        |out, EventMatch { event, condition }| {
            out.text("event", &super::normalize_event_name(event));
            out.rule("where", condition.as_ref());
        },
    );
    out.maybe("place", place.as_deref());
    out.maybe("channel", channel.as_deref());
    out.maybe("value", value.as_deref());
    out.maybe("score", score.as_deref());
    out.maybe("topic", topic.as_deref());
    out.maybe("counts_as", counts_as.map(|counts| word(counts, &COUNTS)));
}

fn of_lifecycle(out: &mut Canonical, lifecycle: &Lifecycle) {
    let Lifecycle {
        name,
        applies_to,
        policy,
        stages,
        classification,
        span: _,
    } = lifecycle;
    let Policy {
        forward_only,
        in_order,
        dwell,
        // Said by the clauses that it adds.
        by_hand: _,
    } = policy;
    out.text("name", name);
    out.rule("for", applies_to.as_ref());
    out.truth("forward_only", *forward_only);
    out.truth("in_order", *in_order);
    out.duration("dwell", Some(*dwell));
    out.truth("classification", *classification);
    out.list("stages", stages, of_stage);
}

fn of_stage(out: &mut Canonical, stage: &Stage) {
    let Stage {
        name,
        description: _,
        optional,
        dwell,
        enter,
    } = stage;
    out.text("name", name);
    out.truth("optional", *optional);
    out.duration("dwell", *dwell);
    // The order of clauses decides which one's cause the ledger names.
    out.list("enter", enter, of_clause);
}

fn of_clause(out: &mut Canonical, clause: &Clause) {
    let Clause {
        from,
        on,
        when,
        cause,
        by_hand,
        span: _,
    } = clause;
    match from {
        From::AnyStage => out.text("from", "any"),
        From::Anywhere => out.text("from", "anywhere"),
        From::Named { outside, stages } => {
            out.truth("outside", *outside);
            out.list("from", stages, |out, stage| out.number("stage", *stage));
        }
    }
    out.texts("on", on);
    out.rule("when", when.as_ref());
    out.maybe("cause", cause.as_deref());
    // Left out where there is none, so that older versions of rules keep their hash.
    if by_hand.is_some() {
        out.duration("by_hand", *by_hand);
    }
}

fn of_segment(out: &mut Canonical, segment: &Segment) {
    let Segment {
        name,
        description: _,
        when,
        span: _,
    } = segment;
    out.text("name", name);
    out.rule("when", Some(when));
}

fn of_scoring(out: &mut Canonical, scoring: &Scoring) {
    let Scoring {
        dates,
        tiles,
        cuts,
        high_value_percent,
    } = scoring;
    out.text("dates", word(*dates, &DATES));
    out.number("tiles", *tiles);
    out.text("cuts", word(*cuts, &CUTS));
    out.number("high_value_percent", *high_value_percent);
}

fn of_forecast(out: &mut Canonical, forecast: &Forecast) {
    let Forecast {
        dates,
        model,
        horizon,
        unit,
        discount_percent,
        step_percent,
        floor,
    } = forecast;
    out.text("forecast_dates", word(*dates, &DATES));
    out.text("forecast_model", word(*model, &MODELS));
    out.duration("forecast_horizon", Some(*horizon));
    out.text("forecast_unit", word(*unit, &UNITS));
    out.number("forecast_discount_percent", *discount_percent);
    out.number("forecast_step_percent", *step_percent);
    out.number("forecast_floor", *floor);
}

fn of_intent(out: &mut Canonical, intent: &Intent) {
    let Intent { half_life, weights } = intent;
    out.duration("half_life", Some(*half_life));
    out.set("weights", weights, |out, (name, weight)| {
        out.text("name", name);
        out.number("weight", weight.millionths());
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_its_standard() {
        assert_eq!(hash(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(hash(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
