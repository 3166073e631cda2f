//! What a call of Segment's protocol holds at its top, found in one pass over its text.

use crate::scan::{Key, Scan, Wrong};
use crate::slot::{Slot, Sort, Span};

/// Where the parts of one call stand. Of a key that comes twice the last one counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shape {
    /// The call itself, whatever it is.
    pub whole: Slot,
    /// Keys in it, those of objects within counted.
    pub keys: u32,
    /// Levels in it, itself counted.
    pub depth: u32,
    /// Whether lines end between its tokens.
    pub folded: bool,
    /// Whether a string holds half a pair of surrogates.
    pub lone: bool,
    pub kind: Slot,
    pub event: Slot,
    pub message_id: Slot,
    pub user_id: Slot,
    pub anonymous_id: Slot,
    pub previous_id: Slot,
    pub timestamp: Slot,
    pub original: Slot,
    pub sent: Slot,
    pub context: Slot,
    pub channel: Slot,
    /// `context.library.name`.
    pub library: Slot,
    /// `context.library.env`.
    pub library_env: Slot,
}

impl Shape {
    /// Passes one call.
    pub fn scan<'a>(scan: &mut Scan<'a>) -> Result<Self, Wrong> {
        let base = scan.restart();
        let mut shape = Self::default();
        if scan.peek() == Some(b'{') {
            let span = scan.members(|scan, key| shape.member(scan, key))?;
            shape.whole = object(span);
        } else {
            shape.whole = scan.value()?;
        }
        shape.keys = scan.keys;
        shape.depth = (scan.deepest - base) as u32;
        shape.folded = scan.folded;
        shape.lone = scan.lone;
        Ok(shape)
    }

    #[inline]
    fn member<'a>(&mut self, scan: &mut Scan<'a>, key: Key<'a>) -> Result<(), Wrong> {
        let place = match &*key.said() {
            "type" => &mut self.kind,
            "event" => &mut self.event,
            "messageId" => &mut self.message_id,
            "userId" => &mut self.user_id,
            "anonymousId" => &mut self.anonymous_id,
            "previousId" => &mut self.previous_id,
            "timestamp" => &mut self.timestamp,
            "originalTimestamp" => &mut self.original,
            "sentAt" => &mut self.sent,
            "channel" => &mut self.channel,
            "context" if scan.peek() == Some(b'{') => {
                let span = scan.members(|scan, key| self.of_context(scan, key))?;
                self.context = object(span);
                return Ok(());
            }
            "context" => &mut self.context,
            _ => return scan.value().map(|_| ()),
        };
        *place = scan.value()?;
        Ok(())
    }

    fn of_context<'a>(&mut self, scan: &mut Scan<'a>, key: Key<'a>) -> Result<(), Wrong> {
        if &*key.said() == "library" && scan.peek() == Some(b'{') {
            scan.members(|scan, key| {
                let slot = scan.value()?;
                match &*key.said() {
                    "name" => self.library = slot,
                    "env" => self.library_env = slot,
                    _ => {}
                }
                Ok(())
            })?;
            return Ok(());
        }
        scan.value().map(|_| ())
    }
}

fn object(span: Span) -> Slot {
    Slot {
        sort: Sort::Object,
        span,
    }
}
