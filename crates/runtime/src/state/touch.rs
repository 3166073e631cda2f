//! A touch as it is kept: small, by itself, and the same under any number of symbols.

use perennial_model::{Fact, Kind, Number, Symbols, Time, Touch, Value};
use serde::{Deserialize, Serialize};

/// A touch of a customer, recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptTouch {
    pub at_ms: i64,
    /// Arrival after the event, in milliseconds.
    pub delay_ms: i64,
    /// The line's number in the log.
    pub ordinal: u64,
    pub kind: u16,
    pub message: MessageId,
    pub facts: Vec<(u16, KeptValue)>,
}

/// A message id; the usual form of 36 characters takes 16 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MessageId {
    Uuid([u8; 16]),
    Text(Box<str>),
}

/// A place in the order of a customer's touches: time, whether it is a touch, message.
pub(crate) type Place = (i64, bool, MessageId);

/// A value by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeptValue {
    Bool(bool),
    Number(i64),
    Text(Box<str>),
}

impl MessageId {
    pub fn new(text: &str) -> Self {
        match uuid(text.as_bytes()) {
            Some(bytes) => Self::Uuid(bytes),
            None => Self::Text(text.into()),
        }
    }

    /// The id as it was sent.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Uuid(bytes) => {
                let mut text = String::with_capacity(36);
                for (place, byte) in bytes.iter().enumerate() {
                    if [4, 6, 8, 10].contains(&place) {
                        text.push('-');
                    }
                    for digit in [byte >> 4, byte & 15] {
                        text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
                    }
                }
                text
            }
        }
    }
}

impl Ord for MessageId {
    /// By the bytes of their texts, of which two in the usual form need not be written out.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Uuid(a), Self::Uuid(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            (a, b) => a.text().as_bytes().cmp(b.text().as_bytes()),
        }
    }
}

impl PartialOrd for MessageId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The bytes of a text in the one form that [`MessageId::text`] writes.
fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let mut bytes = [0; 16];
    let mut digits = 0_usize;
    for (place, &letter) in text.iter().enumerate() {
        if [8, 13, 18, 23].contains(&place) {
            if letter != b'-' {
                return None;
            }
            continue;
        }
        let value = match letter {
            b'0'..=b'9' => letter - b'0',
            b'a'..=b'f' => letter - b'a' + 10,
            _ => return None,
        };
        bytes[digits / 2] = bytes[digits / 2] << 4 | value;
        digits += 1;
    }
    Some(bytes)
}

impl KeptValue {
    fn of(value: Value, symbols: &Symbols) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Number(number) => Self::Number(number.millionths()),
            Value::Text(symbol) => Self::Text(symbols.text(symbol).into()),
        })
    }

    fn value(&self, symbols: &mut Symbols) -> Value {
        match self {
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(millionths) => Value::Number(Number::from_millionths(*millionths)),
            Self::Text(text) => Value::Text(symbols.intern(text)),
        }
    }
}

impl KeptTouch {
    pub fn new(touch: &Touch<'_>, ordinal: u64, message: MessageId, symbols: &Symbols) -> Self {
        let facts = touch.facts.iter();
        Self {
            at_ms: touch.at.ms(),
            delay_ms: touch.received_at.since(touch.at),
            ordinal,
            kind: touch.kind.0,
            message,
            facts: facts
                .filter_map(|fact| Some((fact.slot, KeptValue::of(fact.value, symbols)?)))
                .collect(),
        }
    }

    /// The order in which a customer's touches are folded: scores come before the touches of their instant.
    pub fn key(&self) -> (i64, bool, &MessageId) {
        (self.at_ms, self.is_touch(), &self.message)
    }

    /// Its place in that order.
    pub fn place(&self) -> Place {
        (self.at_ms, self.is_touch(), self.message.clone())
    }

    /// Whether she did something, and was not only scored.
    pub fn is_touch(&self) -> bool {
        self.kind != Kind::SCORED.0
    }

    /// Its facts, in a scratch vector.
    pub fn read_facts(&self, symbols: &mut Symbols, facts: &mut Vec<Fact>) {
        facts.clear();
        facts.extend(self.facts.iter().map(|(slot, value)| Fact {
            slot: *slot,
            value: value.value(symbols),
        }));
    }

    /// As the fold takes it in.
    pub fn touch<'a>(&self, facts: &'a [Fact], row: u32) -> Touch<'a> {
        Touch {
            at: Time(self.at_ms),
            received_at: Time(self.at_ms).plus(self.delay_ms),
            kind: Kind(self.kind),
            facts,
            row,
        }
    }
}

/// A place to be compared with [`KeptTouch::key`].
pub(crate) fn key(place: &Place) -> (i64, bool, &MessageId) {
    (place.0, place.1, &place.2)
}

/// The place before all.
pub(crate) fn before_all() -> Place {
    (i64::MIN, false, MessageId::Text("".into()))
}

/// The place after all of an instant.
pub(crate) fn time_place(at_ms: i64) -> Place {
    (at_ms.saturating_add(1), false, MessageId::Text("".into()))
}

/// The place after all.
pub(crate) fn after_all() -> Place {
    time_place(i64::MAX)
}

/// Touches one after another as bytes.
pub(crate) fn encode(touch: &KeptTouch, into: &mut Vec<u8>) {
    // Writing to a vector cannot fail, and all that a touch holds can be written.
    if let Ok(bytes) = postcard::to_extend(touch, std::mem::take(into)) {
        *into = bytes;
    }
}

/// Reads touches one after another; `None` if the bytes are damaged.
pub(crate) fn decode(mut bytes: &[u8], into: &mut Vec<KeptTouch>) -> Option<()> {
    while !bytes.is_empty() {
        let (touch, rest) = postcard::take_from_bytes(bytes).ok()?;
        into.push(touch);
        bytes = rest;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_come_back_as_they_were_and_are_ordered_by_their_bytes() {
        let texts = [
            "0190d1a2-0000-7000-8000-00000000000a",
            "0190D1A2-0000-7000-8000-00000000000A",
            "0190d1a2-0000-7000-8000-00000000000b",
            "0190d1a2",
            "",
            "node-next-1-0190d1a2-0000-7000-8000-00000000000a",
            "0190d1a2_0000-7000-8000-00000000000a",
            "Zürich",
        ];
        for a in texts {
            assert_eq!(MessageId::new(a).text(), a);
            for b in texts {
                let order = MessageId::new(a).cmp(&MessageId::new(b));
                assert_eq!(order, a.as_bytes().cmp(b.as_bytes()), "{a} {b}");
            }
        }
    }

    #[test]
    fn touches_come_back_as_they_were() {
        let touches: Vec<KeptTouch> = (0..3)
            .map(|number| KeptTouch {
                at_ms: -5 + number,
                delay_ms: number,
                ordinal: number as u64,
                kind: number as u16,
                message: MessageId::new("m"),
                facts: vec![
                    (1, KeptValue::Text("x".into())),
                    (2, KeptValue::Number(-7)),
                    (3, KeptValue::Bool(true)),
                ],
            })
            .collect();
        let mut bytes = Vec::new();
        touches.iter().for_each(|touch| encode(touch, &mut bytes));
        let mut read = Vec::new();
        decode(&bytes, &mut read).expect("whole");
        assert_eq!(read, touches);
        assert!(decode(&bytes[..bytes.len() - 1], &mut Vec::new()).is_none());
    }
}
