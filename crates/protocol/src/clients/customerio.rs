//! Customer.io's track API: a customer in the path, times in seconds since 1970.

use crate::arrive::{Arrived, Ask, Ignored, SubjectRequest, Who};
use crate::call::{Call, decode};
use crate::clients::segment::{not_an_object, too_many_events};
use crate::codes;
use crate::door::CustomerioVerb as Verb;
use crate::fault::Fault;
use crate::instant;
use crate::judge::{Judge, nothing};
use crate::parts::{Made, Parts};
use crate::read::text;
use crate::reply::Form;
use crate::scan::Scan;
use crate::text::quote;

/// Reads a request of the track API.
pub(crate) fn read(verb: Verb, call: &Call<'_>, judge: Judge<'_>) -> Result<Arrived, Fault> {
    let mut arrived = nothing(Form::Empty);
    let id = call.segments().nth(3).and_then(|id| decode(id, false));
    let asked = match verb {
        Verb::Delete => Some(Ask::Erase),
        Verb::Suppress => Some(Ask::Suppress),
        Verb::Unsuppress => Some(Ask::Unsuppress),
        _ => None,
    };
    if let Some(ask) = asked {
        let id = id.unwrap_or_default();
        arrived.requests.extend(request(ask, "id", &id));
        return Ok(arrived);
    }
    if verb == Verb::Device {
        ignore(0, "device", &mut arrived);
        return Ok(arrived);
    }
    let text = text(call.body)?;
    let mut scan = Scan::new(text);
    let whole = scan.value()?;
    scan.end()?;
    let body = whole.raw(text);
    let Some(parts) = Parts::of(body) else {
        return Err(not_an_object());
    };
    let mut taker = Taker { judge, arrived };
    let user = Named::user(id.as_deref().unwrap_or_default());
    match verb {
        Verb::Identify => taker.identify(0, body, user, &parts, &parts, body),
        Verb::Track => taker.event(0, body, user, &parts, kind(&parts)),
        Verb::TrackAnonymous => taker.event(0, body, Named::default(), &parts, kind(&parts)),
        Verb::Merge => taker.merge(0, body, &parts),
        Verb::Entity => taker.entity(0, body),
        _ => taker.batch(&parts)?,
    }
    Ok(taker.arrived)
}

/// Who a request names, as JSON.
#[derive(Default)]
struct Named {
    user: Option<String>,
    email: Option<String>,
}

impl Named {
    /// The customer of a path: an id, or an address.
    fn user(id: &str) -> Self {
        let mut user = String::new();
        quote(id, &mut user);
        Self {
            email: id.contains('@').then(|| user.clone()),
            user: Some(user),
        }
    }

    /// The customer of `{"id":..}`, `{"email":..}` or `{"cio_id":..}`.
    fn of(identifiers: &Parts<'_>) -> Self {
        let raw = |key| identifiers.raw(key).map(str::to_owned);
        let email = raw("email");
        Self {
            user: raw("id")
                .or_else(|| email.clone())
                .or_else(|| raw("cio_id")),
            email,
        }
    }
}

struct Taker<'a> {
    judge: Judge<'a>,
    arrived: Arrived,
}

impl Taker<'_> {
    fn take(&mut self, index: usize, made: Made, original: &str) {
        let line = made.end();
        self.judge
            .take_made(index, &line, original, &mut self.arrived);
    }

    fn identify(
        &mut self,
        index: usize,
        original: &str,
        who: Named,
        body: &Parts<'_>,
        attributes: &Parts<'_>,
        raw: &str,
    ) {
        // Where the path holds an address, the id may stand among the attributes.
        let own_id = attributes.raw("id").filter(|_| who.email.is_some());
        let mut traits = Made::new();
        for (key, value) in attributes.each() {
            if !matches!(
                key,
                "anonymous_id" | "_update" | "cio_relationships" | "identifiers"
            ) {
                traits = traits.json(key, value);
            }
        }
        if attributes.slot("email").is_none() {
            traits = traits.json_if("email", who.email.as_deref());
        }
        let created = attributes.raw("created_at").and_then(instant::seconds);
        let traits = traits.time_if("createdAt", created);
        let call = Made::call("identify")
            .json_if("userId", own_id.or(who.user.as_deref()))
            .json_if("anonymousId", attributes.raw("anonymous_id"))
            .json("traits", &traits.end());
        let call = match raw == original {
            true => call,
            false => time(call, body),
        };
        self.take(index, call, original);
    }

    fn event(
        &mut self,
        index: usize,
        original: &str,
        who: Named,
        body: &Parts<'_>,
        kind: &'static str,
    ) {
        let data = body
            .raw_object("data")
            .or_else(|| body.raw_object("attributes"));
        let name_key = if kind == "track" { "event" } else { "name" };
        let call = Made::call(kind)
            .json_if(name_key, body.raw("name"))
            .json_if("userId", who.user)
            .json_if("anonymousId", body.raw("anonymous_id"))
            .json_if("messageId", body.raw("id"))
            .json_if("properties", data);
        self.take(index, time(call, body), original);
    }

    fn merge(&mut self, index: usize, original: &str, body: &Parts<'_>) {
        let primary = Named::of(&body.object("primary"));
        let secondary = Named::of(&body.object("secondary"));
        let call = Made::call("alias")
            .json_if("userId", primary.user)
            .json_if("previousId", secondary.user);
        self.take(index, time(call, body), original);
    }

    /// An entity of the second version, which says its own action.
    fn entity(&mut self, index: usize, original: &str) {
        let Some(body) = Parts::of(original) else {
            let judge = &mut self.judge;
            return judge.take_made(index, original, original, &mut self.arrived);
        };
        if body.said("type").is_some_and(|kind| kind != "person") {
            return ignore(index, "no_customer", &mut self.arrived);
        }
        let identifiers = body.object("identifiers");
        let who = Named::of(&identifiers);
        let ask = match body.said("action").as_deref() {
            Some("identify" | "identify_anonymous") => {
                let raw = body.raw_object("attributes").unwrap_or("{}");
                let attributes = Parts::of(raw).unwrap_or_else(Parts::none);
                return self.identify(index, original, who, &body, &attributes, raw);
            }
            Some("event") => return self.event(index, original, who, &body, "track"),
            Some(kind @ ("page" | "screen")) => {
                let kind = if kind == "page" { "page" } else { "screen" };
                return self.event(index, original, who, &body, kind);
            }
            Some("merge") => return self.merge(index, original, &body),
            Some("delete") => Ask::Erase,
            Some("suppress") => Ask::Suppress,
            Some("unsuppress") => Ask::Unsuppress,
            _ => return ignore(index, "action_not_used", &mut self.arrived),
        };
        let found = ["id", "email", "cio_id"]
            .into_iter()
            .find_map(|key| Some((key, identifiers.said(key)?)));
        if let Some((key, id)) = found {
            self.arrived.requests.extend(request(ask, key, &id));
        }
    }

    fn batch(&mut self, body: &Parts<'_>) -> Result<(), Fault> {
        let Some(items) = body.list("batch") else {
            let message = "`batch` must be there and be a list of entities";
            return Err(Fault::new(400, codes::BAD_BATCH, message));
        };
        if items.len() > self.judge.limits.batch_events {
            return Err(too_many_events(self.judge.limits));
        }
        for (index, item) in items.into_iter().enumerate() {
            self.entity(index, item);
        }
        Ok(())
    }
}

/// What an event of the first version is.
fn kind(body: &Parts<'_>) -> &'static str {
    match body.said("type").as_deref() {
        Some("page") => "page",
        Some("screen") => "screen",
        _ => "track",
    }
}

/// Seconds since 1970 as an instant; what is none is left to be judged.
fn time(call: Made, body: &Parts<'_>) -> Made {
    let raw = body.scalar("timestamp");
    match raw.as_deref().and_then(instant::seconds) {
        Some(at) => call.time("timestamp", at),
        None => call.json_if("timestamp", body.raw("timestamp")),
    }
}

fn request(ask: Ask, key: &str, id: &str) -> Option<SubjectRequest> {
    let id = id.trim();
    let value = || Some(id.to_owned());
    let who = Who {
        user_id: value(),
        email: (key == "email" || id.contains('@')).then(value).flatten(),
        ..Who::default()
    };
    (!id.is_empty()).then_some(SubjectRequest {
        ask,
        who,
        message_id: None,
    })
}

fn ignore(index: usize, reason: &'static str, arrived: &mut Arrived) {
    arrived.ignored.push(Ignored {
        index,
        message_id: None,
        reason,
    });
}
