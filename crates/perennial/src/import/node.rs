//! JSON as it is written: objects within objects, and numbers digit by digit as they came.

use std::fmt::Write;

/// A value of JSON.
#[derive(Debug, Default)]
pub struct Node {
    /// What stands there, as JSON; of an object nothing.
    raw: String,
    members: Vec<(String, Node)>,
}

impl Node {
    /// A value that is written already.
    pub fn raw(json: String) -> Self {
        Self {
            raw: json,
            members: Vec::new(),
        }
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        // A text is always JSON.
        Self::raw(serde_json::to_string(text).unwrap_or_default())
    }

    /// Puts a value at the end of a way through objects. Where the way is barred by a value that is no
    /// object, the rest of the way is a key with dots in it.
    pub fn put(&mut self, way: &str, value: Self) {
        let (key, rest) = way.split_once('.').unwrap_or((way, ""));
        let place = self.members.iter().position(|(name, _)| name == key);
        match (place, rest.is_empty()) {
            (Some(place), false) if self.members[place].1.raw.is_empty() => {
                self.members[place].1.put(rest, value);
            }
            (None, false) => {
                let mut object = Self::default();
                object.put(rest, value);
                self.members.push((key.to_owned(), object));
            }
            _ => self.members.push((way.to_owned(), value)),
        }
    }

    /// Writes it as JSON.
    pub fn write(&self, to: &mut String) {
        if !self.raw.is_empty() {
            to.push_str(&self.raw);
            return;
        }
        to.push('{');
        for (number, (key, value)) in self.members.iter().enumerate() {
            if number > 0 {
                to.push(',');
            }
            // Writing to a text cannot fail.
            let _ = write!(to, "{}:", serde_json::Value::from(key.as_str()));
            value.write(to);
        }
        to.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_become_objects_and_digits_stay() {
        let mut node = Node::default();
        node.put("type", Node::text("track"));
        node.put(
            "properties.amount",
            Node::raw("9007199254740993.000001".into()),
        );
        node.put("properties.group.plan", Node::text("a\"b\n"));
        node.put("properties.amount.net", Node::raw("1".into()));
        let mut text = String::new();
        node.write(&mut text);
        let wanted = r#"{"type":"track","properties":{"amount":9007199254740993.000001,"#
            .to_owned()
            + r#""group":{"plan":"a\"b\n"},"amount.net":1}}"#;
        assert_eq!(text, wanted);
    }
}
