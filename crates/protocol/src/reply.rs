//! What each client wants to hear when its events are kept.

use std::fmt::Write;

use crate::text::quote;

/// Most refused events that a reply lists; the others are counted only.
pub const MAX_ERRORS_LISTED: usize = 1_000;

/// What became of an event that the log was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is kept.
    Kept,
    /// It was kept before.
    Duplicate,
    /// It could not be kept now; only clients that take verdicts hear of it.
    Retry,
}

/// The reply to a request that was read. Its status is 200: some clients retry on any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub(crate) form: Form,
    pub(crate) errors: Vec<Listed>,
    /// The ids by which the client knows its events, for verdicts.
    pub(crate) named: Vec<Named>,
}

/// Which words the client expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `{"success":true}`, with `errors` where events were refused.
    Success,
    /// `{"ok":true}`, with `errors` where events were refused.
    Ok,
    /// `{"status":1}`.
    Status,
    /// `{"results":{id:{"result":...}}}`.
    Results,
    /// `{}`.
    Empty,
    /// A text of its own, with its content type.
    Text(&'static str, String),
}

/// A refused event in a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub index: usize,
    pub message_id: Option<String>,
    pub code: &'static str,
    pub message: String,
}

/// An event by the id that its client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub id: String,
    /// Its place among the events to keep; none if it was refused or ignored.
    pub event: Option<usize>,
    /// Whether something was mended in it.
    pub warned: bool,
    /// Why it was refused.
    pub refused: Option<(&'static str, String)>,
}

impl Reply {
    pub(crate) fn new(form: Form) -> Self {
        Self {
            form,
            errors: Vec::new(),
            named: Vec::new(),
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        200
    }

    /// The value of `Content-Type`.
    pub const fn content_type(&self) -> &'static str {
        match self.form {
            Form::Text(kind, _) => kind,
            _ => "application/json",
        }
    }

    /// Whether the client takes a verdict for each event, so that [`Verdict::Retry`] is heard.
    pub const fn takes_verdicts(&self) -> bool {
        matches!(self.form, Form::Results)
    }

    /// The body, with a verdict for each of [`crate::Arrived::events`] in their order; events beyond
    /// the verdicts count as kept.
    pub fn body(&self, verdicts: &[Verdict]) -> String {
        match &self.form {
            Form::Success => self.listing("{\"success\":true"),
            Form::Ok => self.listing("{\"ok\":true"),
            Form::Status => "{\"status\":1}".to_owned(),
            Form::Empty => "{}".to_owned(),
            Form::Text(_, text) => text.clone(),
            Form::Results => self.results(verdicts),
        }
    }

    fn listing(&self, begin: &str) -> String {
        let mut out = String::from(begin);
        for (place, listed) in self.errors.iter().take(MAX_ERRORS_LISTED).enumerate() {
            out.push_str(if place == 0 { ",\"errors\":[" } else { "," });
            // Writing to a String cannot fail.
            let _ = write!(out, "{{\"index\":{},\"message_id\":", listed.index);
            match &listed.message_id {
                Some(id) => quote(id, &mut out),
                None => out.push_str("null"),
            }
            out.push_str(",\"code\":");
            quote(listed.code, &mut out);
            out.push_str(",\"message\":");
            quote(&listed.message, &mut out);
            out.push('}');
        }
        if !self.errors.is_empty() {
            out.push(']');
        }
        if self.errors.len() > MAX_ERRORS_LISTED {
            let _ = write!(out, ",\"errors_in_all\":{}", self.errors.len());
        }
        out.push('}');
        out
    }

    fn results(&self, verdicts: &[Verdict]) -> String {
        let mut out = String::from("{\"results\":{");
        for (place, named) in self.named.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            quote(&named.id, &mut out);
            let verdict = named.event.and_then(|event| verdicts.get(event));
            let result = match (&named.refused, verdict) {
                (Some(_), _) => "drop",
                (None, Some(Verdict::Retry)) => "retry",
                _ if named.warned => "warning",
                _ => "ok",
            };
            let _ = write!(out, ":{{\"result\":\"{result}\"");
            if let Some((code, message)) = &named.refused {
                out.push_str(",\"details\":");
                quote(&format!("{code}: {message}"), &mut out);
            }
            out.push('}');
        }
        out.push_str("}}");
        out
    }
}
