//! The shape of Segment's calls: where each of their keys goes, which event and which instant they mean.

use perennial_model::{Number, Time};
use perennial_rules::project::{Roles, Source};

use super::columns::Part;
use super::flatten::Flattener;
use super::mapping::{FileColumn, MONEY};
use super::reject::{Fault, Reason, shown};
use super::time::Times;
use super::tree::{ROOT, Tree};

/// The kinds of call; all but `track` are events of their own name.
const TYPES: [&str; 6] = ["track", "page", "screen", "identify", "alias", "group"];
/// Top-level keys that say who, what and when: they are read for what they mean.
pub const MEANT: [&str; 10] = [
    "type",
    "event",
    "messageId",
    "userId",
    "anonymousId",
    "previousId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
];
/// Top-level keys that say nothing about the customer.
const IGNORED: [&str; 3] = ["integrations", "writeKey", "_metadata"];
/// Cells for what a call's keys mean together, named as no key of a file is likely to be.
pub(crate) const EVENT_WAY: &str = "(event)";
pub(crate) const AT_WAY: &str = "(at)";
pub(crate) const AMOUNT_WAY: &str = "(amount)";
/// The properties that hold the money of an order, by the protocol's own names and ours; of those that
/// are numbers in a call the first counts.
pub const AMOUNTS: [&str; 4] = [MONEY, "revenue", "total", "value"];

/// Where the value of a way goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// It is read for what it means, or not at all.
    None,
    /// To a column of its own.
    Column(FileColumn),
    /// To another node, unless that holds something.
    Into(u32),
}

/// The nodes of the keys that are read for what they mean.
pub(crate) struct Calls {
    kind: u32,
    event_name: u32,
    timestamp: u32,
    original: u32,
    sent: u32,
    received: u32,
    event: u32,
    at: u32,
    amounts: [u32; AMOUNTS.len()],
    amount: u32,
    /// Whether the source leaves it to us what the money of an order is.
    finds_amount: bool,
}

impl Calls {
    /// Their nodes; a tree that begins with them.
    pub fn new(tree: &mut Tree, source: &Source) -> Self {
        let finds_amount = finds_amount(source);
        let amounts = AMOUNTS.map(|name| tree.way(&["properties", name]).unwrap_or(ROOT));
        // A tree that is new has room, so these nodes are there.
        let mut node = |key: &str| tree.child(ROOT, key).unwrap_or(ROOT);
        Self {
            kind: node("type"),
            event_name: node("event"),
            timestamp: node("timestamp"),
            original: node("originalTimestamp"),
            sent: node("sentAt"),
            received: node("receivedAt"),
            event: node(EVENT_WAY),
            at: node(AT_WAY),
            amounts,
            amount: node(AMOUNT_WAY),
            finds_amount,
        }
    }

    /// Fills in which event the line is and when it happened, or says that it is no call.
    pub fn resolve(&self, line: &str, flat: &mut Flattener, times: &Times) -> Result<bool, Fault> {
        let kind = flat.row(line).get(self.kind as usize).unwrap_or_default();
        let Some(kind) = TYPES.into_iter().find(|known| *known == kind) else {
            let message = match kind {
                "" => "there is no `type`".to_owned(),
                other => format!("`type` is {}, none of {}", shown(other), TYPES.join(", ")),
            };
            return Err(Fault::new(Reason::UnknownType, message));
        };
        if kind == "track" {
            flat.copy(self.event_name, self.event);
        } else {
            flat.set(self.event, kind);
        }
        self.resolve_time(line, flat, times);
        if self.finds_amount {
            self.resolve_amount(line, flat);
        }
        Ok(kind == "group")
    }

    /// The money of the call, told from it alone: what other calls of the file hold changes nothing.
    fn resolve_amount(&self, line: &str, flat: &mut Flattener) {
        let row = flat.row(line);
        let is_number = |node: &&u32| {
            let text = row.get(**node as usize);
            text.is_some_and(|text| Number::parse(text).is_ok())
        };
        if let Some(&node) = self.amounts.iter().find(is_number) {
            flat.copy(node, self.amount);
        }
    }

    /// The client's clock is corrected by the server's where the client vouches for no time.
    fn resolve_time(&self, line: &str, flat: &mut Flattener, times: &Times) {
        if flat.holds(self.timestamp) {
            return flat.copy(self.timestamp, self.at);
        }
        let row = flat.row(line);
        let read = |node: u32| times.read(row.get(node as usize)?).ok();
        let skewed = (read(self.received), read(self.sent), read(self.original));
        if let (Some(received), Some(sent), Some(original), true) =
            (skewed.0, skewed.1, skewed.2, times.are_usual())
        {
            let at = Time(received - (sent - original));
            return flat.set(self.at, &at.to_string());
        }
        let first = [self.original, self.sent, self.received]
            .into_iter()
            .find(|node| flat.holds(*node));
        if let Some(node) = first {
            flat.copy(node, self.at);
        }
    }
}

/// Whether a line reads like one of Segment's calls.
pub(crate) fn is_call(line: &str, flat: &Flattener) -> bool {
    let node = |key: &str| flat.tree.find(ROOT, key);
    let kind = node("type").and_then(|node| flat.row(line).get(node as usize));
    let known = kind.is_some_and(|kind| TYPES.contains(&kind));
    let held = |key: &&str| node(key).is_some_and(|node| flat.holds(node));
    let has_body = ["properties", "traits", "context"]
        .into_iter()
        .any(|key| node(key).is_some());
    known && (has_body || ["messageId", "userId", "anonymousId"].iter().any(held))
}

/// The roles of Segment's keys, where the source declares no others.
pub(crate) fn roles(declared: &Roles) -> Roles {
    let or = |role: &Option<String>, way: &str| role.clone().or_else(|| Some(way.to_owned()));
    Roles {
        event: or(&declared.event, EVENT_WAY),
        at: or(&declared.at, AT_WAY),
        received_at: or(&declared.received_at, "receivedAt"),
        message_id: or(&declared.message_id, "messageId"),
        customer_id: declared.customer_id.clone(),
        user_id: or(&declared.user_id, "userId"),
        anonymous_id: or(&declared.anonymous_id, "anonymousId"),
        previous_id: or(&declared.previous_id, "previousId"),
        email: or(&declared.email, "traits.email"),
        phone: or(&declared.phone, "traits.phone"),
    }
}

/// Whether the money of orders is looked for: the source declares none of its own.
pub(crate) fn finds_amount(source: &Source) -> bool {
    let raw = format!("properties.{MONEY}");
    let is_declared =
        |name: &String, column: &String| name == MONEY || column == MONEY || *column == raw;
    let mut properties = source.properties.iter();
    !properties.any(|property| is_declared(&property.name, &property.column))
}

/// Where the values of a node go.
pub(crate) fn home(tree: &mut Tree, node: u32, finds_amount: bool) -> Home {
    let keys: Vec<String> = tree.keys(node).into_iter().map(str::to_owned).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut into = |way: &[&str]| tree.way(way).map_or(Home::None, Home::Into);
    match keys.as_slice() {
        [key] if MEANT.contains(key) || [EVENT_WAY, AT_WAY].contains(key) => Home::None,
        // What stands there is among what the money is looked for in.
        ["properties", MONEY] if finds_amount => Home::None,
        [AMOUNT_WAY] => column(&["properties", MONEY], &[MONEY], Part::Property),
        [key, ..] if IGNORED.contains(key) => Home::None,
        ["properties", rest @ ..] if !rest.is_empty() => column(&keys, rest, Part::Property),
        ["traits", rest @ ..] if !rest.is_empty() => column(&keys, rest, Part::Trait),
        ["context", "traits", rest @ ..] if !rest.is_empty() => into(&[&["traits"], rest].concat()),
        ["context", "campaign", rest @ ..] => into(&[&["properties", "campaign"], rest].concat()),
        ["context", ..] => column(&keys, &keys, Part::Property),
        _ => into(&[&["properties"], keys.as_slice()].concat()),
    }
}

/// Where a trait of a group call goes: it is the group's, not the customer's.
pub(crate) fn group_home(tree: &mut Tree, column: &FileColumn) -> Option<u32> {
    tree.way(&["properties", "group", &column.name])
}

fn column(keys: &[&str], name: &[&str], part: Part) -> Home {
    Home::Column(FileColumn {
        name: name.join("."),
        path: keys.join("."),
        part,
    })
}
