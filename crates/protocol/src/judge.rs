//! Whether a call can be kept, and the line that keeps it.

use std::borrow::Cow;

use perennial_model::Time;

use crate::arrive::{Arrived, Event, Refused, warnings};
use crate::clock::{Clock, Clocks};
use crate::codes;
use crate::door::CallKind;
use crate::fault::Fault;
use crate::id::is_clean;
use crate::instant;
use crate::limits::Limits;
use crate::reply::{Form, Listed, Reply};
use crate::scan::Scan;
use crate::shape::Shape;
use crate::slot::{Slot, Sort};
use crate::text::{mend, quote};

/// Most bytes of the context of a batch: it is copied into each of its calls.
const MAX_CONTEXT_BYTES: usize = 8 * 1024;
/// Most bytes of the instant at which a request was sent, as JSON.
const MAX_INSTANT_BYTES: usize = 64;

/// What all calls of a request have together.
pub(crate) struct Judge<'a> {
    pub limits: &'a Limits,
    pub received_at: Time,
    /// The same as it stands in lines, in quotes.
    pub received: String,
    /// The kind that the path said.
    pub kind: Option<CallKind>,
    /// When the request was sent, as JSON, and read.
    pub sent: Option<(String, Time)>,
    /// The context of the request, as JSON.
    pub context: Option<&'a str>,
    /// The anonymous id of the request.
    pub anonymous_id: Option<String>,
    pub clocks: Clocks,
    pub fresh_id: &'a mut dyn FnMut() -> String,
}

/// Why one call is refused.
pub(crate) struct Bad {
    pub code: &'static str,
    pub message: String,
}

/// A bad call for a reason.
pub(crate) fn bad<T>(code: &'static str, message: impl Into<String>) -> Result<T, Bad> {
    Err(Bad {
        code,
        message: message.into(),
    })
}

/// What the line gets besides what was sent.
#[derive(Default)]
struct Times<'a> {
    at: Time,
    /// Whether the line must say `at`.
    written: bool,
    /// What was sent in place of it, as JSON.
    original: Option<Cow<'a, str>>,
    replaced: bool,
}

impl<'a> Judge<'a> {
    /// A judge of calls that say all by themselves.
    pub fn new(
        limits: &'a Limits,
        received_at: Time,
        clock: Clock,
        fresh_id: &'a mut dyn FnMut() -> String,
    ) -> Self {
        let mut received = String::from("\"");
        instant::write(received_at, &mut received);
        received.push('"');
        Self {
            limits,
            received_at,
            received,
            kind: None,
            sent: None,
            context: None,
            anonymous_id: None,
            clocks: Clocks::new(clock),
            fresh_id,
        }
    }

    /// Sets when the request was sent, from JSON; what is no instant is left out.
    pub fn sent(&mut self, slot: Slot, text: &str) {
        let raw = slot.raw(text);
        if raw.len() > MAX_INSTANT_BYTES {
            return;
        }
        if let Some(instant) = scalar(slot, text).as_deref().and_then(instant::read) {
            self.sent = Some((raw.to_owned(), instant.at));
        }
    }

    /// Sets the context of the request, which every call without one gets a copy of.
    pub fn context(&mut self, raw: &'a str) -> Result<(), Fault> {
        if raw.len() > MAX_CONTEXT_BYTES {
            let message = format!("the `context` of a batch has {MAX_CONTEXT_BYTES} bytes at most");
            return Err(Fault::new(413, codes::TOO_LARGE, message));
        }
        let mut scan = Scan::new(raw);
        scan.value()?;
        if scan.deepest >= self.limits.event_depth {
            let message = "objects in the `context` of the batch lie too deep within each other";
            return Err(Fault::new(400, codes::TOO_DEEP, message));
        }
        self.context = Some(raw);
        Ok(())
    }

    /// Puts a call where it belongs. `original` is what the client sent for it.
    pub fn take(
        &mut self,
        index: usize,
        text: &str,
        shape: &Shape,
        original: &str,
        arrived: &mut Arrived,
    ) {
        match self.event(index, text, shape, original.len()) {
            Ok(event) => arrived.events.push(event),
            Err(why) => {
                let message_id = self.message_id(text, shape).ok().flatten();
                refuse(arrived, index, message_id, why, original);
            }
        }
    }

    /// Puts a call that was put into shape here where it belongs.
    pub fn take_made(&mut self, index: usize, line: &str, original: &str, arrived: &mut Arrived) {
        match Shape::scan(&mut Scan::new(line)) {
            Ok(shape) => self.take(index, line, &shape, original, arrived),
            // What was put together from good parts is good, unless it went too deep.
            Err(_) => {
                let (code, message) = (codes::TOO_DEEP, "objects lie too deep within each other");
                let message = message.to_owned();
                refuse(arrived, index, None, Bad { code, message }, original);
            }
        }
    }

    fn event(
        &mut self,
        index: usize,
        text: &str,
        shape: &Shape,
        sent_bytes: usize,
    ) -> Result<Event, Bad> {
        self.check_size(shape, sent_bytes)?;
        let kind = self.kind_of(text, shape)?;
        if kind == CallKind::Track {
            self.check_name(text, shape)?;
        }
        let lends_id = self.check_ids(text, shape, kind)?;
        let message_id = self.message_id(text, shape)?;
        let message_id_given = message_id.is_some();
        let message_id = message_id.unwrap_or_else(|| (self.fresh_id)());
        let times = self.times(text, shape);
        let mut found = Vec::new();
        if times.replaced {
            found.push(warnings::TIME_REPLACED);
        }
        if shape.lone {
            found.push(warnings::TEXT_MENDED);
        }
        let fresh = (!message_id_given).then_some(&*message_id);
        let line = self.line(text, shape, &times, fresh, lends_id);
        Ok(Event {
            index,
            line,
            kind,
            message_id,
            message_id_given,
            at: times.at,
            warnings: found,
        })
    }

    fn check_size(&self, shape: &Shape, sent_bytes: usize) -> Result<(), Bad> {
        let limits = self.limits;
        if shape.whole.sort != Sort::Object {
            return bad(codes::NOT_AN_OBJECT, "an event must be an object");
        }
        // What was made of a long webhook may be short.
        let bytes = sent_bytes.min(shape.whole.span.len());
        if bytes > limits.event_bytes {
            let most = limits.event_bytes;
            return bad(
                codes::TOO_LARGE,
                format!("an event has {most} bytes at most"),
            );
        }
        if shape.depth as usize > limits.event_depth {
            let most = limits.event_depth;
            return bad(
                codes::TOO_DEEP,
                format!("objects lie deeper within each other than {most}"),
            );
        }
        if shape.keys as usize > limits.event_keys {
            let most = limits.event_keys;
            return bad(
                codes::TOO_MANY_KEYS,
                format!("an event has {most} keys at most"),
            );
        }
        Ok(())
    }

    /// What the path said counts; else what the call says.
    fn kind_of(&self, text: &str, shape: &Shape) -> Result<CallKind, Bad> {
        let said = || shape.kind.said(text);
        match self.kind.or_else(|| CallKind::named(&said()?)) {
            Some(kind) => Ok(kind),
            None => bad(
                codes::UNKNOWN_TYPE,
                "`type` must be one of track, identify, page, screen, group, alias",
            ),
        }
    }

    fn check_name(&self, text: &str, shape: &Shape) -> Result<(), Bad> {
        if !shape.event.is_there() {
            return bad(
                codes::MISSING_EVENT,
                "a tracked event needs a name, `event`",
            );
        }
        match shape.event.said(text) {
            None => bad(codes::BAD_EVENT, "`event` must be a string"),
            Some(name) if name.trim().is_empty() => {
                bad(codes::MISSING_EVENT, "the name, `event`, is empty")
            }
            Some(name) if name.len() > self.limits.name_bytes => {
                let most = self.limits.name_bytes;
                bad(codes::TOO_LONG, format!("`event` has {most} bytes at most"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Checks who it was; says whether the anonymous id of the request is needed.
    fn check_ids(&self, text: &str, shape: &Shape, kind: CallKind) -> Result<bool, Bad> {
        let user = self.check_id("userId", text, shape.user_id)?;
        let own_anonymous = self.check_id("anonymousId", text, shape.anonymous_id)?;
        let previous = self.check_id("previousId", text, shape.previous_id)?;
        let lends_id = !own_anonymous && self.anonymous_id.is_some();
        let anonymous = own_anonymous || lends_id;
        if !user && !anonymous {
            return bad(
                codes::MISSING_ID,
                "one of `userId` and `anonymousId` is needed",
            );
        }
        if kind == CallKind::Alias && !previous && !(user && anonymous) {
            return bad(
                codes::MISSING_ID,
                "an alias needs `previousId` and `userId`",
            );
        }
        Ok(lends_id)
    }

    /// Whether an identifier is there, and that it is good. Null and nothing but space count as absent.
    #[inline]
    fn check_id(&self, key: &str, text: &str, slot: Slot) -> Result<bool, Bad> {
        if !slot.is_there() {
            return Ok(false);
        }
        let Some(id) = slot.said(text) else {
            return bad(codes::BAD_ID, format!("`{key}` must be a string"));
        };
        let lone = slot.sort == Sort::Escaped && id.contains(char::REPLACEMENT_CHARACTER);
        let id = id.trim();
        if id.is_empty() {
            return Ok(false);
        }
        if id.len() > self.limits.id_bytes {
            let most = self.limits.id_bytes;
            return bad(codes::TOO_LONG, format!("`{key}` has {most} bytes at most"));
        }
        if lone || !is_clean(id) {
            return bad(
                codes::BAD_ID,
                format!(
                    "`{key}` holds control characters, marks of writing direction or broken text"
                ),
            );
        }
        Ok(true)
    }

    /// The client's message id.
    fn message_id(&self, text: &str, shape: &Shape) -> Result<Option<String>, Bad> {
        let slot = shape.message_id;
        if !slot.is_there() {
            return Ok(None);
        }
        let Some(id) = slot.said(text) else {
            return bad(codes::BAD_MESSAGE_ID, "`messageId` must be a string");
        };
        if id.len() > self.limits.message_id_bytes {
            let most = self.limits.message_id_bytes;
            return bad(
                codes::TOO_LONG,
                format!("`messageId` has {most} bytes at most"),
            );
        }
        let lone = slot.sort == Sort::Escaped && id.contains(char::REPLACEMENT_CHARACTER);
        if lone || id.trim().is_empty() || !is_clean(&id) {
            return bad(
                codes::BAD_MESSAGE_ID,
                "`messageId` is empty or holds control characters",
            );
        }
        Ok(Some(id.into_owned()))
    }

    /// When it happened. The clock of a browser or an app is corrected by the server's.
    fn times<'t>(&mut self, text: &'t str, shape: &Shape) -> Times<'t> {
        let trusted = shape.timestamp.is_there();
        let slot = if trusted {
            shape.timestamp
        } else {
            shape.original
        };
        let said = scalar(slot, text);
        let read = said.as_deref().and_then(instant::read);
        let original = || {
            let free = trusted && !shape.original.is_there();
            free.then(|| Cow::Borrowed(slot.raw(text)))
        };
        let Some(read) = read else {
            return Times {
                at: self.received_at,
                written: true,
                original: original(),
                replaced: slot.is_there(),
            };
        };
        let corrects = match self.clocks.of(text, shape) {
            Clock::Client => true,
            Clock::Server => false,
            // Where the client vouches for no time, it is corrected.
            Clock::Unknown => !trusted,
        };
        if corrects && let Some(sent) = self.sent_at(text, shape) {
            let at = self.received_at.plus(-sent.since(read.at));
            let in_range = (Time::EARLIEST..Time::LATEST).contains(&at);
            return Times {
                at: if in_range { at } else { self.received_at },
                written: true,
                original: original(),
                replaced: !in_range,
            };
        }
        Times {
            at: read.at,
            written: !(trusted && read.plain),
            original: if read.plain { None } else { original() },
            replaced: false,
        }
    }

    /// When the call was sent.
    fn sent_at(&self, text: &str, shape: &Shape) -> Option<Time> {
        if shape.sent.is_there() {
            let said = scalar(shape.sent, text)?;
            return instant::read(&said).map(|instant| instant.at);
        }
        self.sent.as_ref().map(|(_, at)| *at)
    }

    /// The call's own text on one line, and behind it what we add.
    fn line(
        &self,
        text: &str,
        shape: &Shape,
        times: &Times<'_>,
        fresh: Option<&str>,
        lends_id: bool,
    ) -> String {
        let raw = shape.whole.raw(text);
        let context = self.context.filter(|_| !shape.context.is_there());
        let extra = context.map_or(0, str::len);
        let mut line = String::with_capacity(raw.len() + extra + 192);
        if shape.folded || shape.lone {
            mend(raw, &mut line);
        } else {
            line.push_str(raw);
        }
        line.pop();
        if shape.keys > 0 {
            line.push(',');
        }
        line.push_str("\"receivedAt\":");
        line.push_str(&self.received);
        if let Some(id) = fresh {
            line.push_str(",\"messageId\":");
            quote(id, &mut line);
        }
        if let Some(kind) = self.kind
            && shape.kind.said(text).as_deref() != Some(kind.name())
        {
            line.push_str(",\"type\":");
            quote(kind.name(), &mut line);
        }
        if let (true, Some(id)) = (lends_id, &self.anonymous_id) {
            line.push_str(",\"anonymousId\":");
            quote(id, &mut line);
        }
        if let (false, Some((sent, _))) = (shape.sent.is_there(), &self.sent) {
            line.push_str(",\"sentAt\":");
            line.push_str(sent);
        }
        if let Some(context) = context {
            line.push_str(",\"context\":");
            mend(context, &mut line);
        }
        if times.written {
            line.push_str(",\"timestamp\":\"");
            instant::write(times.at, &mut line);
            line.push('"');
        }
        if let Some(original) = &times.original {
            line.push_str(",\"originalTimestamp\":");
            mend(original, &mut line);
        }
        line.push('}');
        line
    }
}

/// Notes a call that is refused.
pub(crate) fn refuse(
    arrived: &mut Arrived,
    index: usize,
    message_id: Option<String>,
    why: Bad,
    original: &str,
) {
    arrived.reply.errors.push(Listed {
        index,
        message_id: message_id.clone(),
        code: why.code,
        message: why.message.clone(),
    });
    arrived.refused.push(Refused {
        index,
        message_id,
        code: why.code,
        message: why.message,
        original: original.to_owned(),
    });
}

/// Nothing arrived yet.
pub(crate) fn nothing(form: Form) -> Arrived {
    Arrived {
        events: Vec::new(),
        refused: Vec::new(),
        ignored: Vec::new(),
        requests: Vec::new(),
        reply: Reply::new(form),
    }
}

/// What a string says, or a number as written.
fn scalar(slot: Slot, text: &str) -> Option<Cow<'_, str>> {
    match slot.sort {
        Sort::Number => Some(Cow::Borrowed(slot.raw(text))),
        _ => slot.said(text),
    }
}
