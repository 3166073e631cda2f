//! The one way in: a request through its door becomes what has arrived.

use base64::Engine;
use perennial_model::Time;

use crate::arrive::Arrived;
use crate::call::Call;
use crate::clients::{customerio, posthog, segment, settings, shopify, snowplow, stripe};
use crate::clock::Clock;
use crate::codes;
use crate::door::Door;
use crate::fault::Fault;
use crate::id::is_good_id;
use crate::judge::{Judge, nothing};
use crate::key::BASE64;
use crate::limits::Limits;
use crate::parts::{Made, Parts};
use crate::reply::Form;

/// Reads a request. `received_at` is the server's clock, `fresh_id` makes message ids for events that
/// have none.
///
/// # Errors
/// A [`Fault`], where the request as a whole cannot be read. One bad event is no fault: it comes
/// in [`Arrived::refused`].
pub fn read(
    door: Door,
    call: &Call<'_>,
    received_at: Time,
    limits: &Limits,
    fresh_id: &mut dyn FnMut() -> String,
) -> Result<Arrived, Fault> {
    limits.admit(call.body)?;
    let mut judge = Judge::new(limits, received_at, clock(door), fresh_id);
    match door {
        Door::SegmentBatch { .. } => segment::batch(text(call.body)?, Form::Success, judge),
        Door::SegmentOne { kind, .. } => {
            judge.kind = Some(kind);
            rudderstack(call, &mut judge);
            segment::one(text(call.body)?, Form::Success, judge)
        }
        Door::JitsuOne { kind, .. } => {
            judge.kind = Some(kind);
            segment::one(text(call.body)?, Form::Ok, judge)
        }
        Door::JitsuBatch { .. } => segment::batch(text(call.body)?, Form::Ok, judge),
        Door::DittofeedBatch => segment::batch(text(call.body)?, Form::Success, judge),
        Door::DittofeedOne(kind) => {
            judge.kind = Some(kind);
            segment::one(text(call.body)?, Form::Success, judge)
        }
        Door::SegmentMetrics => Ok(nothing(Form::Success)),
        Door::SegmentSettings => Ok(nothing(settings::segment(call))),
        Door::RudderstackSettings => Ok(nothing(settings::rudderstack())),
        Door::PosthogCapture => posthog::capture(call, judge),
        Door::PosthogV1 => posthog::v1(text(call.body)?, judge),
        Door::PosthogConfig => Ok(nothing(settings::posthog(call))),
        Door::PosthogConfigScript => Ok(nothing(settings::posthog_script(call))),
        Door::PosthogFlags => Ok(nothing(settings::posthog_flags())),
        Door::PosthogRecording => Ok(nothing(Form::Status)),
        Door::Customerio(verb) => customerio::read(verb, call, judge),
        Door::SnowplowPost => snowplow::post(text(call.body)?, judge),
        Door::SnowplowGet => snowplow::get(call, judge),
        Door::Shopify => shopify::read(call, judge),
        Door::Stripe => stripe::read(call, judge),
    }
}

/// Whose clock it is, as far as the path says: short paths are the browser's.
fn clock(door: Door) -> Clock {
    match door {
        Door::SegmentBatch { short: true } | Door::SegmentOne { short: true, .. } => Clock::Client,
        Door::JitsuOne { server: true, .. } | Door::JitsuBatch { server: true } => Clock::Server,
        Door::SegmentBatch { .. }
        | Door::SegmentOne { .. }
        | Door::JitsuOne { .. }
        | Door::JitsuBatch { .. }
        | Door::DittofeedBatch
        | Door::DittofeedOne(_)
        | Door::PosthogCapture
        | Door::PosthogV1
        | Door::SnowplowPost
        | Door::SnowplowGet => Clock::Unknown,
        _ => Clock::Server,
    }
}

/// What RudderStack's browser client says in headers.
fn rudderstack(call: &Call<'_>, judge: &mut Judge<'_>) {
    if let Some(sent) = call.header("sentat") {
        let json = Made::new().text("sentAt", sent).end();
        if let Some(slot) = Parts::of(&json).and_then(|parts| parts.slot("sentAt")) {
            judge.sent(slot, &json);
        }
    }
    let packed = call.header("anonymousid");
    let id = packed.and_then(|id| String::from_utf8(BASE64.decode(id).ok()?).ok());
    judge.anonymous_id = id.filter(|id| is_good_id(id, judge.limits));
}

/// A body as text: UTF-8, with or without its mark.
pub(crate) fn text(body: &[u8]) -> Result<&str, Fault> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return Err(Fault::new(400, codes::BAD_JSON, "the body is empty"));
    }
    std::str::from_utf8(body).map_err(|error| {
        let at = error.valid_up_to() + 1;
        let message = format!("the body is no UTF-8 at byte {at}");
        Fault::new(400, codes::BAD_ENCODING, message)
    })
}
