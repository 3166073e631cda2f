//! One request that brings events, on its way from bytes to lines.

use std::sync::Arc;

use axum::http::request::Parts;
use perennial_model::Time;
use perennial_protocol::{
    Arrived, Call, Door, Event, Refused, check_shopify, check_stripe, credentials, inflate, read,
};
use perennial_runtime::{Arrival, Failed};

use crate::clock;
use crate::problem::Problem;
use crate::server::{Server, blocking};

/// Bodies up to so many bytes are worked on where they are; larger ones, and compressed ones, which
/// may become large, on threads that hold nobody up.
const SMALL_BYTES: usize = 32 * 1024;

/// By what a parcel is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A write key.
    Key,
    /// A signature over the body.
    Signature,
    /// Nothing: nothing is kept.
    Nobody,
}

/// A request that brings events.
pub struct Parcel {
    pub(crate) door: Door,
    pub(crate) method: String,
    pub(crate) path: String,
    query: String,
    pub(crate) headers: Vec<(String, String)>,
    encodings: Vec<String>,
    /// The body: as it came, then inflated.
    pub body: Vec<u8>,
    /// What message ids are made of for events that have none; fresh ones where it is none.
    pub(crate) seed: Option<String>,
}

impl Parcel {
    /// The head of a request; the body is still empty.
    pub fn of(door: Door, parts: &Parts) -> Self {
        let text = |value: &axum::http::HeaderValue| value.to_str().ok().map(str::to_owned);
        let named = parts.headers.iter();
        let named = named.filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
        let encodings = parts.headers.get_all("content-encoding").iter();
        Self {
            door,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: named.collect(),
            encodings: encodings
                .map(|value| text(value).unwrap_or("?".to_owned()))
                .collect(),
            body: Vec::new(),
            seed: None,
        }
    }

    /// An event in Segment's shape that was made here.
    pub fn made(event: &str) -> Self {
        Self {
            door: Door::SegmentBatch { short: false },
            method: "POST".to_owned(),
            path: "/v1/batch".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            encodings: Vec::new(),
            body: format!("{{\"batch\":[{event}]}}").into_bytes(),
            seed: None,
        }
    }

    fn call(&self) -> Call<'_> {
        Call {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
            body: &self.body,
        }
    }

    /// By what it is let in.
    pub const fn origin(&self) -> Origin {
        match self.door {
            Door::Shopify | Door::Stripe => Origin::Signature,
            Door::SegmentMetrics
            | Door::SegmentSettings
            | Door::RudderstackSettings
            | Door::PosthogConfig
            | Door::PosthogConfigScript
            | Door::PosthogFlags
            | Door::PosthogRecording => Origin::Nobody,
            _ => Origin::Key,
        }
    }

    /// What may be its key: what it says as the key, and the secret behind it if there is one, for
    /// clients differ in which of the two they are given.
    pub fn credential(&self) -> Option<Vec<String>> {
        let shown = credentials(&self.call(), self.door)?;
        Some(
            [Some(shown.key), shown.secret]
                .into_iter()
                .flatten()
                .collect(),
        )
    }

    /// The workspace of the secret that has signed it. A name behind the path narrows it to one.
    pub fn signed_by(&self, server: &Server) -> Result<String, Problem> {
        let (source, header) = match self.door {
            Door::Shopify => ("shopify", "x-shopify-hmac-sha256"),
            _ => ("stripe", "stripe-signature"),
        };
        let header = self.headers.iter().find(|(name, _)| name == header);
        let header = header.map(|(_, value)| value.as_str());
        let named = self
            .path
            .split('/')
            .filter(|part| !part.is_empty() && *part != "v1")
            .nth(2);
        let now = clock::now();
        let mut refused = None;
        for one in &server.options.webhooks {
            if one.source != source || named.is_some_and(|name| name != one.workspace) {
                continue;
            }
            let secrets = [one.secret.as_str()];
            let outcome = match self.door {
                Door::Shopify => check_shopify(&self.body, header, &secrets),
                _ => check_stripe(&self.body, header, &secrets, now),
            };
            match outcome {
                Ok(()) => return Ok(one.workspace.clone()),
                Err(fault) => refused = Some(fault),
            }
        }
        let message = "no secret of the server signs this";
        let unknown = || Problem::new(401, "bad_signature", message);
        Err(refused.map_or_else(unknown, Problem::from))
    }

    /// The same with its body inflated, and the bytes that it then has.
    pub async fn inflate(mut self, server: &Arc<Server>) -> Result<(Self, usize), Problem> {
        let limits = server.options.limits.clone();
        // What gzip, zstd and zlib begin with: such a body may become large.
        let is_packed = matches!(self.body.first(), Some(0x1F | 0x28 | 0x78));
        let is_heavy = is_packed || !self.encodings.is_empty();
        let work = move || {
            let encodings: Vec<&str> = self.encodings.iter().map(String::as_str).collect();
            let inflated = inflate(&self.body, &encodings, limits.sent_bytes, limits.body_bytes)?;
            let inflated = match inflated {
                std::borrow::Cow::Borrowed(_) => None,
                std::borrow::Cow::Owned(bytes) => Some(bytes),
            };
            if let Some(bytes) = inflated {
                self.body = bytes;
            }
            let bytes = self.body.len();
            Ok((self, bytes))
        };
        heavy(server, is_heavy, work).await
    }

    /// The events in it.
    pub async fn read(self, server: &Arc<Server>, received_at: Time) -> Result<Arrived, Problem> {
        let is_heavy = self.body.len() > SMALL_BYTES;
        let shared = Arc::clone(server);
        let work = move || {
            let mut count = 0;
            let mut fresh = || match &self.seed {
                None => shared.fresh_id(),
                Some(seed) => {
                    count += 1;
                    format!("{seed}-{count}")
                }
            };
            let limits = &shared.options.limits;
            Ok(read(
                self.door,
                &self.call(),
                received_at,
                limits,
                &mut fresh,
            )?)
        };
        heavy(server, is_heavy, work).await
    }
}

/// Does work here, or where it holds nobody up, of which there is only so much at once.
async fn heavy<T: Send + 'static>(
    server: &Server,
    is_heavy: bool,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    if !is_heavy {
        return work();
    }
    let Ok(_turn) = server.heavy.acquire().await else {
        return Err(Problem::stopping());
    };
    blocking(work).await
}

/// What the log takes of a request through `door`.
pub fn arrival(
    received_at: Time,
    events: Vec<Event>,
    refused: Vec<Refused>,
    door: Option<&str>,
) -> Arrival {
    let failed = |refused: Refused| Failed {
        message_id: refused.message_id,
        code: refused.code.to_owned(),
        message: refused.message,
        original: refused.original,
        door: door.map(str::to_owned),
    };
    Arrival {
        received_at,
        lines: events.into_iter().map(|event| event.line).collect(),
        failed: refused.into_iter().map(failed).collect(),
    }
}
