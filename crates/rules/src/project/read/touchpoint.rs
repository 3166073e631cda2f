//! Reads touchpoints, from `touchpoints.yaml` or `touchpoints:`, and adds the standard ones.

use super::Draft;
use super::fields::{Fields, exclude, one_or_many, words};
use super::names::Names;
use super::rule::rule;
use crate::Diagnostic;
use crate::expr::Place;
use crate::project::syntax::limit::{ITEMS, TOUCHPOINTS};
use crate::project::syntax::scalar::{Scalar, quoted};
use crate::project::syntax::{Section, Setting, Type};
use crate::project::{CountsAs, EventMatch, Touchpoint, standard};
use crate::yaml::{Key, Kind, Node};

/// The definitions of touchpoints, in `touchpoints.yaml` or under `touchpoints:`.
pub const TOUCHPOINT_MAP: Type = Type::Map {
    keys: Scalar::Name,
    values: &Type::Either(&[Type::EVENTS, Type::Section(&TOUCHPOINT)]),
    most: TOUCHPOINTS,
};

/// A touchpoint in its long form.
pub static TOUCHPOINT: Section = Section {
    name: "touchpoint",
    noun: "a touchpoint",
    doc: "A named kind of event: which events are it, and what of them is measured.",
    settings: &[
        Setting::optional(
            "event",
            Type::EVENTS,
            "[order, Order Completed]",
            "The names of the events that are it. Case, spaces, `_`, `-` and `.` make no difference.",
        ),
        Setting::optional(
            "where",
            Type::RULE,
            "\"amount > 0\"",
            "A rule over the event's properties; with `event`.",
        ),
        Setting::optional(
            "match",
            Type::OneOrMany(&Type::Section(&MATCH), ITEMS),
            "[{ event: referral }, { event: review, where: \"score >= 4\" }]",
            "Several ways for an event to be it, instead of `event`.",
        ),
        Setting::optional("place", Type::TEXT, "shop", "Where it happens."),
        Setting::optional("channel", Type::TEXT, "web", "By which channel."),
        Setting::optional(
            "value",
            Type::TEXT,
            "amount",
            "The property that is its money value, read by rules as `.value`.",
        ),
        Setting::optional(
            "score",
            Type::TEXT,
            "rating",
            "The property that is its rating, read as `.score`.",
        ),
        Setting::optional(
            "topic",
            Type::TEXT,
            "category",
            "The property that is its topic, read as `.topic`; it feeds intent.",
        ),
        Setting::optional(
            "counts_as",
            Type::one_of(COUNT_WORDS),
            "order",
            "What it counts as in standard measures.",
        ),
    ],
};

/// An item of `match`.
pub static MATCH: Section = Section {
    name: "match",
    noun: "an item of `match`",
    doc: "One way for an event to be a touchpoint.",
    settings: &[
        Setting::required("event", Type::EVENTS, "review", "The names of the events."),
        Setting::optional(
            "where",
            Type::RULE,
            "\"score >= 4\"",
            "A rule over the event's properties.",
        ),
    ],
};

/// The words for them.
pub const COUNTS: [(&str, CountsAs); 5] = [
    ("order", CountsAs::Order),
    ("refund", CountsAs::Refund),
    ("feedback", CountsAs::Feedback),
    ("ticket", CountsAs::Ticket),
    ("interest", CountsAs::Interest),
];
const COUNT_WORDS: &[&str] = &words(&COUNTS);

/// All touchpoints, by name: the project's own, and the standard ones that it does not define itself.
pub fn read(draft: &Draft<'_>, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Vec<Touchpoint> {
    let mut touchpoints: Vec<Touchpoint> = draft
        .touchpoints
        .iter()
        .map(|(key, node)| touchpoint(key, node, names, out))
        .collect();
    if draft.standard {
        for standard in standard::touchpoints() {
            if !touchpoints.iter().any(|own| own.name == standard.name) {
                touchpoints.push(standard);
            }
        }
    }
    // Numbers of touchpoints follow the names, so that the order of a file's keys changes nothing.
    touchpoints.sort_by(|a, b| a.name.cmp(&b.name));
    touchpoints
}

fn touchpoint(key: &Key, node: &Node, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Touchpoint {
    if !matches!(node.kind, Kind::Map(_)) {
        let mut matches = Vec::new();
        add_matches(&one_or_many(node), None, names, &mut matches, out);
        return Touchpoint {
            matches,
            ..blank(key)
        };
    }
    let fields = Fields::new(&TOUCHPOINT, Some(node));
    Touchpoint {
        matches: matches(key, fields, names, out),
        place: fields.owned("place"),
        channel: fields.owned("channel"),
        value: fields.owned("value"),
        score: fields.owned("score"),
        topic: fields.owned("topic"),
        counts_as: fields.word("counts_as", &COUNTS),
        ..blank(key)
    }
}

fn blank(key: &Key) -> Touchpoint {
    Touchpoint {
        name: key.text.clone(),
        matches: Vec::new(),
        place: None,
        channel: None,
        value: None,
        score: None,
        topic: None,
        counts_as: None,
    }
}

fn matches(
    key: &Key,
    fields: Fields<'_>,
    names: &Names<'_>,
    out: &mut Vec<Diagnostic>,
) -> Vec<EventMatch> {
    exclude(
        &fields,
        "event",
        "match",
        "move the event into an item of `match`",
        out,
    );
    exclude(
        &fields,
        "match",
        "where",
        "move the rule into the items of `match`",
        out,
    );
    if fields.get("event").is_none() && fields.get("match").is_none() {
        out.push(no_event(key));
    }
    let mut matches = Vec::new();
    add_matches(
        &fields.many("event"),
        fields.get("where"),
        names,
        &mut matches,
        out,
    );
    for node in fields.many("match") {
        let one = Fields::new(&MATCH, Some(node));
        add_matches(
            &one.many("event"),
            one.get("where"),
            names,
            &mut matches,
            out,
        );
    }
    matches
}

/// Adds a match for each event; the condition, which they share, is read once.
fn add_matches(
    events: &[&Node],
    condition: Option<&Node>,
    names: &Names<'_>,
    matches: &mut Vec<EventMatch>,
    out: &mut Vec<Diagnostic>,
) {
    let condition = condition.and_then(|node| rule(node, Place::EventWhere, None, names, out));
    for event in events.iter().filter_map(|node| node.text()) {
        matches.push(EventMatch {
            event: event.to_owned(),
            condition: condition.clone(),
        });
    }
}

fn no_event(key: &Key) -> Diagnostic {
    let message = format!(
        "the touchpoint `{}` says of no event that it is one",
        key.text
    );
    let complaint = Diagnostic::error(
        "E0102",
        key.span.clone(),
        message,
        "needs `event` or `match`",
    );
    match standard::events(&key.text) {
        Some(events) => complaint.help(format!(
            "a definition replaces the standard one whole, whose events were {}",
            quoted(events)
        )),
        None => complaint.help("for example `event: order`"),
    }
}
