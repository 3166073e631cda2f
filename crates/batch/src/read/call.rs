//! One call at a time, by the very rules of a file in Segment's shape: how the log of a server is read.

use perennial_model::{Fact, Number, Symbols, Time, Value, Zone};
use perennial_rules::Machine;
use perennial_rules::project::{Shape, Source};

use super::columns::{self, Part};
use super::mapping::{MONEY, Mapping};
use super::ndjson::{Keys, check, way};
use super::reject::{Fault, Reason};
use super::segment::{self, Home};
use super::table::{CellKind, check_event, check_id, missing_id, missing_time, read_time};
use super::time::{Times, trimmed};

/// Reads calls one by one and keeps what it learns of their keys.
///
/// A call means what it would mean in any file of Segment's calls: nothing depends on other calls.
pub struct CallReader {
    keys: Keys,
    times: Times,
    nodes: Nodes,
    /// By slot of the rules: where its value stands.
    slots: Vec<Place>,
    /// The slots of traits.
    traits: Vec<u16>,
    /// By node: whether its value is a trait, and which.
    names: Vec<Option<Option<Box<str>>>>,
    at: Time,
    received_at: Option<Time>,
}

/// Where the canonical columns stand.
struct Nodes {
    event: usize,
    at: usize,
    received_at: usize,
    message_id: usize,
    user_id: usize,
    anonymous_id: usize,
    previous_id: usize,
    email: usize,
    phone: usize,
}

/// Where the value of a slot stands, and how it is read.
#[derive(Clone, Copy)]
struct Place {
    node: Option<usize>,
    reading: Reading,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Text as it stands.
    Text,
    /// Text without the space around it, as identifiers are.
    Id,
    /// A number; what is none is null.
    Number,
}

/// What a call says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The event's name.
    pub event: &'a str,
    /// When it happened.
    pub at: Time,
    /// When it arrived, where it says so.
    pub received_at: Option<Time>,
    /// Its id.
    pub message_id: Option<&'a str>,
    /// The signed-in user.
    pub user_id: Option<&'a str>,
    /// The device.
    pub anonymous_id: Option<&'a str>,
    /// The former id of an alias.
    pub previous_id: Option<&'a str>,
    /// E-mail address.
    pub email: Option<&'a str>,
    /// Phone number.
    pub phone: Option<&'a str>,
}

/// A trait as it stands in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraitValue<'a> {
    /// A text.
    Text(&'a str),
    /// A number, a truth value or a list: JSON as written.
    Json(&'a str),
}

impl CallReader {
    /// A reader whose facts are those that compiled rules ask for; times without an offset are taken in `zone`.
    pub fn new(machine: &Machine, zone: &Zone) -> Self {
        let source = Source::default();
        let mapping = Mapping {
            roles: segment::roles(&source.roles),
            ..Mapping::default()
        };
        let mut keys = Keys::new(Shape::Segment, &source, mapping.clone());
        // The nodes of all roles are made here, so the default is never taken.
        let mut node = |role: &str| {
            let path = mapping.column_of(role).unwrap_or_default();
            way(&mut keys.flat, path).map_or(0, |node| node as usize)
        };
        let nodes = Nodes {
            event: node(columns::EVENT),
            at: node(columns::AT),
            received_at: node(columns::RECEIVED_AT),
            message_id: node(columns::MESSAGE_ID),
            user_id: node(columns::USER_ID),
            anonymous_id: node(columns::ANONYMOUS_ID),
            previous_id: node(columns::PREVIOUS_ID),
            email: node(columns::EMAIL),
            phone: node(columns::PHONE),
        };
        let canonical: Vec<&str> = columns::CANONICAL.to_vec();
        let mut slots = Vec::new();
        let mut traits = Vec::new();
        for (number, slot) in machine.slots.iter().enumerate() {
            let is_canonical = canonical.contains(&slot.name.as_str());
            let path = match (is_canonical, slot.is_trait, slot.name.as_str()) {
                (true, ..) => mapping.column_of(&slot.name).unwrap_or_default().to_owned(),
                (false, true, name) => format!("traits.{name}"),
                (false, false, MONEY) => segment::AMOUNT_WAY.to_owned(),
                (false, false, name) if name.starts_with("context.") => name.to_owned(),
                (false, false, name) => format!("properties.{name}"),
            };
            let node = way(&mut keys.flat, &path).map(|node| node as usize);
            if slot.is_trait {
                traits.push(number as u16);
            }
            let reading = match slot.name.as_str() {
                MONEY if !slot.is_trait => Reading::Number,
                _ if slot.numeric => Reading::Number,
                _ if is_canonical => Reading::Id,
                _ => Reading::Text,
            };
            slots.push(Place { node, reading });
        }
        Self {
            keys,
            times: Times::new(None, zone),
            nodes,
            slots,
            traits,
            names: Vec::new(),
            at: Time(0),
            received_at: None,
        }
    }

    /// Takes in a call in place of the last one.
    ///
    /// # Errors
    /// Why a file's row would be rejected: the reason and its words.
    pub fn read(&mut self, line: &[u8]) -> Result<(), (Reason, String)> {
        self.take(line)
            .map_err(|fault| (fault.reason, fault.message))
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Fault> {
        let text = check(line)?;
        self.keys.take(text, &self.times)?;
        let row = self.keys.flat.row(text);
        let nodes = &self.nodes;
        check_event(row.get(nodes.event), row.kind(nodes.event), None)?;
        let at = row.get(nodes.at).filter(|text| !trimmed(text).is_empty());
        self.at = Time(self.times.read(at.ok_or_else(missing_time)?)?);
        self.received_at = match row.get(nodes.received_at) {
            None => None,
            Some(text) => read_time(&self.times, text, columns::RECEIVED_AT)?.map(Time),
        };
        let mut identified = false;
        for (node, name, identifies) in [
            (nodes.message_id, columns::MESSAGE_ID, false),
            (nodes.user_id, columns::USER_ID, true),
            (nodes.anonymous_id, columns::ANONYMOUS_ID, true),
            (nodes.previous_id, columns::PREVIOUS_ID, false),
            (nodes.email, columns::EMAIL, true),
            (nodes.phone, columns::PHONE, true),
        ] {
            identified |= check_id(row.get(node), row.kind(node), name)? && identifies;
        }
        if identified {
            Ok(())
        } else {
            Err(missing_id())
        }
    }

    /// What the call says, `line` being the one that was read last.
    pub fn call<'a>(&'a self, line: &'a str) -> Call<'a> {
        let row = self.keys.flat.row(line.trim_ascii());
        let id = |node: usize| row.get(node).map(trimmed).filter(|id| !id.is_empty());
        let nodes = &self.nodes;
        Call {
            event: row.get(nodes.event).map(trimmed).unwrap_or_default(),
            at: self.at,
            received_at: self.received_at,
            message_id: id(nodes.message_id),
            user_id: id(nodes.user_id),
            anonymous_id: id(nodes.anonymous_id),
            previous_id: id(nodes.previous_id),
            email: id(nodes.email),
            phone: id(nodes.phone),
        }
    }

    /// Reads properties that have a value into `facts`.
    pub fn facts(&self, line: &str, slots: &[u16], symbols: &mut Symbols, facts: &mut Vec<Fact>) {
        let row = self.keys.flat.row(line.trim_ascii());
        for &slot in slots {
            let place = self.slots[usize::from(slot)];
            let Some(text) = place.node.and_then(|node| row.get(node)) else {
                continue;
            };
            let value = match place.reading {
                Reading::Text => Value::Text(symbols.intern(text)),
                Reading::Id if trimmed(text).is_empty() => Value::Null,
                Reading::Id => Value::Text(symbols.intern(trimmed(text))),
                Reading::Number => Number::parse(text).map_or(Value::Null, Value::Number),
            };
            if !value.is_null() {
                facts.push(Fact { slot, value });
            }
        }
    }

    /// Reads the traits that rules ask for and the call sets into `facts`.
    pub fn trait_facts(&self, line: &str, symbols: &mut Symbols, facts: &mut Vec<Fact>) {
        self.facts(line, &self.traits, symbols, facts);
    }

    /// Calls `each` with every trait that the call sets, whether or not a rule asks for it.
    pub fn traits(&mut self, line: &str, each: &mut dyn FnMut(&str, TraitValue<'_>)) {
        let line = line.trim_ascii();
        for index in 0..self.keys.flat.touched.len() {
            let node = self.keys.flat.touched[index];
            if !self.keys.flat.holds(node) || !self.is_trait(node) {
                continue;
            }
            let name = self.names[node as usize].iter().flatten().next();
            let row = self.keys.flat.row(line);
            let (Some(name), Some(text)) = (name, row.get(node as usize)) else {
                continue;
            };
            match row.kind(node as usize) {
                CellKind::Text | CellKind::Null => each(name, TraitValue::Text(text)),
                _ => each(name, TraitValue::Json(text)),
            }
        }
    }

    /// Whether the value of a node is a trait.
    fn is_trait(&mut self, node: u32) -> bool {
        let node = node as usize;
        if self.names.len() <= node {
            self.names.resize(node + 1, None);
        }
        if self.names[node].is_none() {
            let name = match self.keys.home(node as u32) {
                Home::Column(column) if column.part == Part::Trait => Some(column.name.into()),
                _ => None,
            };
            self.names[node] = Some(name);
        }
        matches!(self.names[node], Some(Some(_)))
    }
}
