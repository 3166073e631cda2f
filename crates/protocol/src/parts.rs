//! Objects of protocols other than Segment's: their members, and the calls made of them.

use std::borrow::Cow;

use perennial_model::Time;

use crate::instant;
use crate::scan::{Scan, Wrong};
use crate::slot::{Slot, Sort};
use crate::text::{mend, quote};

/// The members of one object, values as written. Of equal keys the last one counts.
pub(crate) struct Parts<'a> {
    text: &'a str,
    members: Vec<(Cow<'a, str>, Slot)>,
}

impl<'a> Parts<'a> {
    /// The members of the object that a text is; none of what is no object.
    pub fn of(text: &'a str) -> Option<Self> {
        let mut scan = Scan::new(text);
        if scan.peek() != Some(b'{') {
            return None;
        }
        let parts = Self::scan(&mut scan, text).ok()?;
        scan.end().ok().map(|()| parts)
    }

    /// The members of the object that begins here.
    pub fn scan(scan: &mut Scan<'a>, text: &'a str) -> Result<Self, Wrong> {
        let mut members = Vec::new();
        scan.members(|scan, key| {
            members.push((key.said(), scan.value()?));
            Ok(())
        })?;
        Ok(Self { text, members })
    }

    /// No members.
    pub fn none() -> Self {
        Self {
            text: "",
            members: Vec::new(),
        }
    }

    /// Where a value stands, if it is not null.
    pub fn slot(&self, key: &str) -> Option<Slot> {
        let last = self.members.iter().rev().find(|(known, _)| known == key);
        last.map(|(_, slot)| *slot).filter(|slot| slot.is_there())
    }

    /// A value as written, if it is not null.
    pub fn raw(&self, key: &str) -> Option<&'a str> {
        self.slot(key).map(|slot| slot.raw(self.text))
    }

    /// What a string says, if it is not empty.
    pub fn said(&self, key: &str) -> Option<Cow<'a, str>> {
        let said = self.slot(key)?.said(self.text)?;
        (!said.trim().is_empty()).then_some(said)
    }

    /// What a string says, or a number as written.
    pub fn scalar(&self, key: &str) -> Option<Cow<'a, str>> {
        match self.slot(key)?.sort {
            Sort::Number | Sort::Bool => self.raw(key).map(Cow::Borrowed),
            _ => self.said(key),
        }
    }

    /// The members of an object within; none where it is absent or no object.
    pub fn object(&self, key: &str) -> Self {
        self.raw(key).and_then(Parts::of).unwrap_or_else(Self::none)
    }

    /// An object within, as written.
    pub fn raw_object(&self, key: &str) -> Option<&'a str> {
        self.slot(key)
            .filter(|slot| slot.sort == Sort::Object)
            .map(|slot| slot.raw(self.text))
    }

    /// The items of a list within, as written.
    pub fn list(&self, key: &str) -> Option<Vec<&'a str>> {
        let slot = self.slot(key).filter(|slot| slot.sort == Sort::List)?;
        items(slot.raw(self.text))
    }

    /// Whether a value is `true` or `false`.
    pub fn truth(&self, key: &str) -> Option<bool> {
        match self.raw(key)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// All members: key, and value as written.
    pub fn each(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.members
            .iter()
            .map(|(key, slot)| (&**key, slot.raw(self.text)))
    }
}

/// The items of the list that a text is, as written.
pub(crate) fn items(text: &str) -> Option<Vec<&str>> {
    let mut scan = Scan::new(text);
    if scan.peek() != Some(b'[') {
        return None;
    }
    let mut found = Vec::new();
    scan.items(|scan| {
        found.push(scan.value()?.raw(text));
        Ok(())
    })
    .ok()?;
    Some(found)
}

/// An object being written, on one line.
pub(crate) struct Made(String);

impl Made {
    /// An object without members.
    pub fn new() -> Self {
        Self(String::from("{"))
    }

    /// The beginning of a call of a kind.
    pub fn call(kind: &str) -> Self {
        Self::new().text("type", kind)
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote(key, &mut self.0);
        self.0.push(':');
    }

    /// A string.
    pub fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        quote(value, &mut self.0);
        self
    }

    /// A string, if there is one.
    pub fn text_if(self, key: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.text(key, value.as_ref()),
            None => self,
        }
    }

    /// JSON.
    pub fn json(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        mend(value, &mut self.0);
        self
    }

    /// JSON, if there is some.
    pub fn json_if(self, key: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.json(key, value.as_ref()),
            None => self,
        }
    }

    /// An instant.
    pub fn time(self, key: &str, value: Time) -> Self {
        let mut text = String::new();
        instant::write(value, &mut text);
        self.text(key, &text)
    }

    /// An instant, if there is one.
    pub fn time_if(self, key: &str, value: Option<Time>) -> Self {
        match value {
            Some(value) => self.time(key, value),
            None => self,
        }
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 1
    }

    /// The object.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
