//! PostHog: events with a `distinct_id`, alone, in lists and in batches.

use std::borrow::Cow;

use base64::Engine;

use crate::arrive::{Arrived, Ignored};
use crate::call::Call;
use crate::clients::segment::{not_an_object, too_many_events};
use crate::codes;
use crate::fault::Fault;
use crate::form;
use crate::judge::{Judge, nothing};
use crate::key::BASE64;
use crate::parts::{Made, Parts, items};
use crate::reply::{Form, Named};
use crate::scan::Scan;
use crate::slot::Sort;

/// Parts of the names in `$lib` whose clocks are those of browsers and apps.
const CLIENT_LIBRARIES: [&str; 7] = [
    "web",
    "js",
    "ios",
    "android",
    "react-native",
    "flutter",
    "unity",
];

/// Reads `/batch/`, `/e/` and `/capture/`.
pub(crate) fn capture(call: &Call<'_>, judge: Judge<'_>) -> Result<Arrived, Fault> {
    let text = form::body(call, judge.limits.body_bytes)?;
    events(&text, Form::Status, judge)
}

/// Reads `/i/v1/analytics/events`, whose client hears of each event.
pub(crate) fn v1(text: &str, judge: Judge<'_>) -> Result<Arrived, Fault> {
    events(text, Form::Results, judge)
}

fn events(text: &str, form: Form, mut judge: Judge<'_>) -> Result<Arrived, Fault> {
    let mut scan = Scan::new(text);
    let whole = scan.value()?;
    scan.end()?;
    let whole_text = whole.raw(text);
    let found = match whole.sort {
        Sort::List => items(whole_text).unwrap_or_default(),
        Sort::Object => {
            let top = Parts::of(whole_text).unwrap_or_else(Parts::none);
            if let Some(sent) = top.slot("sent_at").or_else(|| top.slot("sentAt")) {
                judge.sent(sent, whole_text);
            }
            if let Some(list) = top.list("batch") {
                list
            } else if let Some(data) = top.said("data").filter(|_| top.slot("event").is_none()) {
                let inner = unpacked(&data)?;
                return events(&inner, form, judge);
            } else if top.slot("event").is_some() && top.slot("batch").is_none() {
                vec![whole_text]
            } else {
                let message = "`batch` must be there and be a list of events";
                return Err(Fault::new(400, codes::BAD_BATCH, message));
            }
        }
        _ => return Err(not_an_object()),
    };
    if found.len() > judge.limits.batch_events {
        return Err(too_many_events(judge.limits));
    }
    let mut arrived = nothing(form);
    for (index, item) in found.into_iter().enumerate() {
        take(index, item, &mut judge, &mut arrived);
    }
    Ok(arrived)
}

/// The JSON in the field `data` of a body that is JSON itself; it goes one level deep only.
fn unpacked(data: &str) -> Result<Cow<'_, str>, Fault> {
    let bad = |message| Fault::new(400, codes::BAD_ENCODING, message);
    let text = if data.trim_start().starts_with(['{', '[']) {
        Cow::Borrowed(data)
    } else {
        let bytes = BASE64.decode(data.trim());
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        Cow::Owned(text.ok_or_else(|| bad("`data` is neither JSON nor base64 of it"))?)
    };
    let nested = Parts::of(&text).is_some_and(|parts| parts.slot("data").is_some());
    if nested {
        return Err(bad("`data` stands within `data`"));
    }
    Ok(text)
}

fn take(index: usize, item: &str, judge: &mut Judge<'_>, arrived: &mut Arrived) {
    let before = arrived.events.len();
    let uuid = Parts::of(item).and_then(|event| {
        let properties = event.object("properties");
        match made(&event, &properties, judge) {
            Some(line) => judge.take_made(index, &line, item, arrived),
            None => arrived.ignored.push(Ignored {
                index,
                message_id: event.said("uuid").map(Cow::into_owned),
                reason: "no_customer",
            }),
        }
        event.said("uuid").map(Cow::into_owned)
    });
    if !item.starts_with('{') {
        judge.take_made(index, item, item, arrived);
    }
    let Some(id) = uuid.filter(|_| arrived.reply.form == Form::Results) else {
        return;
    };
    let refused = arrived.refused.last().filter(|last| last.index == index);
    let named = Named {
        id,
        event: (arrived.events.len() > before).then_some(before),
        warned: arrived
            .events
            .get(before)
            .is_some_and(|event| !event.warnings.is_empty()),
        refused: refused.map(|refused| (refused.code, refused.message.clone())),
    };
    arrived.reply.named.push(named);
}

/// The call that an event means; none if it is about no customer.
fn made(event: &Parts<'_>, properties: &Parts<'_>, judge: &Judge<'_>) -> Option<String> {
    let id = ["distinct_id", "$distinct_id"]
        .into_iter()
        .find_map(|key| event.raw(key))
        .or_else(|| properties.raw("distinct_id"));
    let name = event.said("event");
    let name = name.as_deref().unwrap_or_default();
    let id_key = if is_anonymous(event, properties, id) {
        "anonymousId"
    } else {
        "userId"
    };
    let call = match name {
        "$identify" => Made::call("identify")
            .json_if("userId", id)
            .json_if("anonymousId", properties.raw("$anon_distinct_id")),
        "$set" => Made::call("identify").json_if(id_key, id),
        // Which of the two is the old id differs between clients: the link holds both ways.
        "$create_alias" | "$merge_dangerously" => Made::call("alias")
            .json_if("userId", id)
            .json_if("previousId", properties.raw("alias")),
        "$groupidentify" => {
            if is_made_up(properties, id) {
                return None;
            }
            return Some(group(event, properties, id_key, id, judge));
        }
        "$pageview" => Made::call("page").json_if(id_key, id).json_if(
            "name",
            properties.raw("title").or_else(|| properties.raw("$title")),
        ),
        "$screen" => Made::call("screen")
            .json_if(id_key, id)
            .json_if("name", properties.raw("$screen_name")),
        _ => Made::call("track")
            .json_if("event", event.raw("event"))
            .json_if(id_key, id),
    };
    let traits = event
        .raw_object("$set")
        .or_else(|| properties.raw_object("$set"));
    let call = call.json_if("traits", traits);
    Some(ending(call, event, properties, judge))
}

/// What all events have.
fn ending(call: Made, event: &Parts<'_>, properties: &Parts<'_>, judge: &Judge<'_>) -> String {
    let offset_ms = event.raw("offset").and_then(crate::instant::milliseconds);
    let call = match offset_ms {
        Some(offset_ms) => call
            .text("channel", "server")
            .time("timestamp", judge.received_at.plus(-offset_ms))
            .json_if("originalTimestamp", event.raw("timestamp")),
        None => call
            .text("channel", channel(event, properties))
            .json_if("timestamp", event.raw("timestamp")),
    };
    let id = event.raw("uuid").or_else(|| properties.raw("$insert_id"));
    call.json_if("messageId", id)
        .json_if("properties", event.raw_object("properties"))
        .end()
}

fn group(
    event: &Parts<'_>,
    properties: &Parts<'_>,
    id_key: &str,
    id: Option<&str>,
    judge: &Judge<'_>,
) -> String {
    let call = Made::call("group")
        .json_if(id_key, id)
        .json_if("groupId", properties.raw("$group_key"))
        .json_if("traits", properties.raw_object("$group_set"));
    ending(call, event, properties, judge)
}

/// Whether the id is that of a device, not of somebody known.
fn is_anonymous(event: &Parts<'_>, properties: &Parts<'_>, id: Option<&str>) -> bool {
    let options = event.object("options");
    let has_no_profile = properties.truth("$process_person_profile") == Some(false)
        || options.truth("process_person_profile") == Some(false);
    properties.truth("$is_identified") == Some(false)
        || has_no_profile
        || (id.is_some() && id == properties.raw("$device_id"))
}

/// Clients make up an id, `$type_key`, for groups that nobody is named with.
fn is_made_up(properties: &Parts<'_>, id: Option<&str>) -> bool {
    let parts = (
        properties.said("$group_type"),
        properties.scalar("$group_key"),
    );
    match (id, parts) {
        (None, _) => true,
        (Some(id), (Some(kind), Some(key))) => id == format!("\"${kind}_{key}\""),
        _ => false,
    }
}

/// Whose clock it was.
fn channel(event: &Parts<'_>, properties: &Parts<'_>) -> &'static str {
    let options = event.object("options");
    let is_exempt = properties.truth("$ignore_sent_at") == Some(true)
        || options.truth("disable_skew_correction") == Some(true);
    let library = properties.said("$lib").unwrap_or_default();
    let is_client = |part: &&str| match *part {
        "web" => library == "web" || library.ends_with("-web"),
        part => library.ends_with(part),
    };
    if !is_exempt && CLIENT_LIBRARIES.iter().any(is_client) {
        "browser"
    } else {
        "server"
    }
}
