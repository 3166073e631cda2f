//! Snowplow's tracker protocol, version 2: flat events of short keys, all values strings.

use base64::Engine;
use perennial_model::Time;

use crate::arrive::Arrived;
use crate::call::{Call, decode};
use crate::clients::segment::{not_an_object, too_many_events};
use crate::codes;
use crate::fault::Fault;
use crate::instant;
use crate::judge::{Judge, nothing};
use crate::key::BASE64_URL;
use crate::parts::{Made, Parts};
use crate::reply::Form;
use crate::scan::Scan;
use crate::slot::Sort;

/// Reads `{"schema":..,"data":[..]}`.
pub(crate) fn post(text: &str, mut judge: Judge<'_>) -> Result<Arrived, Fault> {
    let mut scan = Scan::new(text);
    let whole = scan.value()?;
    scan.end()?;
    let Some(body) = Parts::of(whole.raw(text)) else {
        return Err(not_an_object());
    };
    let Some(items) = body.list("data") else {
        let message = "`data` must be there and be a list of events";
        return Err(Fault::new(400, codes::BAD_BATCH, message));
    };
    if items.len() > judge.limits.batch_events {
        return Err(too_many_events(judge.limits));
    }
    let mut arrived = nothing(Form::Ok);
    for (index, item) in items.into_iter().enumerate() {
        let line = Parts::of(item).map(|event| made(&event));
        let line = line.as_deref().unwrap_or(item);
        judge.take_made(index, line, item, &mut arrived);
    }
    Ok(arrived)
}

/// Reads one event that stands in a query.
pub(crate) fn get(call: &Call<'_>, mut judge: Judge<'_>) -> Result<Arrived, Fault> {
    let mut object = Made::new();
    for (key, value) in call
        .query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
    {
        let Some(value) = decode(value, true) else {
            let message = "the query is no UTF-8";
            return Err(Fault::new(400, codes::BAD_ENCODING, message));
        };
        object = object.text(key, &value);
    }
    let original = object.end();
    let mut arrived = nothing(Form::Ok);
    if let Some(event) = Parts::of(&original) {
        judge.take_made(0, &made(&event), &original, &mut arrived);
    }
    Ok(arrived)
}

/// The call that an event means.
fn made(event: &Parts<'_>) -> String {
    let call = match event.said("e").as_deref() {
        Some("pv") => page(event),
        Some("pp") => named("Page Ping", event, &PING),
        Some("se") => structured(event),
        Some("tr") => named("Order Completed", event, &TRANSACTION),
        Some("ti") => named("Order Item", event, &ITEM),
        Some("ue") => self_described(event),
        // What is none of these is judged by what it says.
        _ => Made::new().json_if("type", event.raw("e")),
    };
    let device = ["duid", "tnuid", "nuid"]
        .into_iter()
        .find_map(|key| event.raw(key));
    let instant = |key| event.scalar(key).as_deref().and_then(millis);
    let call = call
        .json_if("userId", event.raw("uid"))
        .json_if("anonymousId", device)
        .json_if("messageId", event.raw("eid"))
        .json("context", &context(event));
    match (instant("ttm"), instant("dtm"), instant("stm")) {
        (Some(at), ..) => call.text("channel", "server").time("timestamp", at),
        (None, Some(at), sent) => call
            .text("channel", "browser")
            .time("timestamp", at)
            .time_if("sentAt", sent),
        (None, None, _) => call.json_if("timestamp", event.raw("dtm")),
    }
    .end()
}

fn millis(text: &str) -> Option<Time> {
    instant::milliseconds(text).map(Time)
}

/// Pairs of Snowplow's key and ours.
type Names = [(&'static str, &'static str)];

const PAGE: [(&str, &str); 3] = [("url", "url"), ("page", "title"), ("refr", "referrer")];
const PING: [(&str, &str); 2] = [("url", "url"), ("page", "title")];
const TRANSACTION: [(&str, &str); 9] = [
    ("tr_id", "order_id"),
    ("tr_af", "affiliation"),
    ("tr_tt", "total"),
    ("tr_tx", "tax"),
    ("tr_sh", "shipping"),
    ("tr_cu", "currency"),
    ("tr_ci", "city"),
    ("tr_st", "state"),
    ("tr_co", "country"),
];
const ITEM: [(&str, &str); 7] = [
    ("ti_id", "order_id"),
    ("ti_sk", "sku"),
    ("ti_nm", "name"),
    ("ti_ca", "category"),
    ("ti_pr", "price"),
    ("ti_qu", "quantity"),
    ("ti_cu", "currency"),
];
const STRUCTURED: [(&str, &str); 4] = [
    ("se_ca", "category"),
    ("se_la", "label"),
    ("se_pr", "property"),
    ("se_va", "value"),
];
/// Properties that are numbers, though they come as strings.
const NUMBERS: [&str; 6] = ["total", "tax", "shipping", "price", "quantity", "value"];

fn properties(event: &Parts<'_>, names: &Names) -> Made {
    let mut made = Made::new();
    for (theirs, ours) in names {
        let said = event.said(theirs);
        let number = said.as_deref().filter(|text| {
            let mut scan = Scan::new(text);
            let is_number = scan.value().is_ok_and(|slot| slot.sort == Sort::Number);
            NUMBERS.contains(ours) && is_number && scan.end().is_ok()
        });
        made = match number {
            Some(number) => made.json(ours, number),
            None => made.json_if(ours, event.raw(theirs)),
        };
    }
    made
}

fn named(name: &str, event: &Parts<'_>, names: &Names) -> Made {
    Made::call("track")
        .text("event", name)
        .json("properties", &properties(event, names).end())
}

fn page(event: &Parts<'_>) -> Made {
    Made::call("page")
        .json_if("name", event.raw("page"))
        .json("properties", &properties(event, &PAGE).end())
}

fn structured(event: &Parts<'_>) -> Made {
    Made::call("track")
        .json_if("event", event.raw("se_ac"))
        .json("properties", &properties(event, &STRUCTURED).end())
}

/// An event whose name and form a schema says.
fn self_described(event: &Parts<'_>) -> Made {
    let text = packed(event, "ue_px", "ue_pr").unwrap_or_default();
    let outer = Parts::of(&text).unwrap_or_else(Parts::none);
    let inner = outer.object("data");
    let schema = inner.said("schema");
    let name = schema.as_deref().and_then(schema_name);
    let call = match name {
        Some("screen_view") => {
            Made::call("screen").json_if("name", inner.object("data").raw("name"))
        }
        _ => Made::call("track").text_if("event", name),
    };
    call.json_if("properties", inner.raw_object("data"))
}

/// Where the event came from, and the entities it came with.
fn context(event: &Parts<'_>) -> String {
    let page = properties(event, &PAGE);
    let mut made = Made::new();
    if !page.is_empty() {
        made = made.json("page", &page.end());
    }
    for (theirs, ours) in [
        ("lang", "locale"),
        ("tz", "timezone"),
        ("ua", "userAgent"),
        ("ip", "ip"),
        ("aid", "app_id"),
        ("p", "platform"),
    ] {
        made = made.json_if(ours, event.raw(theirs));
    }
    if let Some(tracker) = event.raw("tv") {
        made = made.json("library", &Made::new().json("name", tracker).end());
    }
    if let Some(text) = packed(event, "cx", "co") {
        let outer = Parts::of(&text).unwrap_or_else(Parts::none);
        for entity in outer.list("data").unwrap_or_default() {
            let entity = Parts::of(entity).unwrap_or_else(Parts::none);
            let schema = entity.said("schema");
            if let Some(name) = schema.as_deref().and_then(schema_name) {
                made = made.json_if(&format!("snowplow_{name}"), entity.raw_object("data"));
            }
        }
    }
    made.end()
}

/// JSON in base64 under one key, or plain under another; none where it is no JSON.
fn packed(event: &Parts<'_>, base64: &str, plain: &str) -> Option<String> {
    let text = match event.said(base64) {
        Some(packed) => {
            let url_safe = packed.trim().replace('+', "-").replace('/', "_");
            String::from_utf8(BASE64_URL.decode(url_safe).ok()?).ok()?
        }
        None => event.said(plain)?.into_owned(),
    };
    Parts::of(&text).is_some().then_some(text)
}

/// `name` of `iglu:vendor/name/jsonschema/1-0-0`.
fn schema_name(schema: &str) -> Option<&str> {
    let name = schema.strip_prefix("iglu:")?.split('/').nth(1)?;
    (!name.is_empty()).then_some(name)
}
