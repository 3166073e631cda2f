//! Which path is whose: the doors that clients knock at.

use crate::codes;
use crate::fault::Fault;

/// A kind of call in Segment's protocol, which all others are put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// Something happened, by its name.
    Track,
    /// Who it is, and traits of theirs.
    Identify,
    /// A page was seen.
    Page,
    /// A screen was seen.
    Screen,
    /// They belong to a group.
    Group,
    /// Two identifiers are one customer.
    Alias,
}

impl CallKind {
    /// Its name, as `type` says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Track => "track",
            Self::Identify => "identify",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
        }
    }

    /// The kind of a name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "track" => Self::Track,
            "identify" => Self::Identify,
            "page" => Self::Page,
            "screen" => Self::Screen,
            "group" => Self::Group,
            "alias" => Self::Alias,
            _ => return None,
        })
    }

    /// The kind of the one letter that browsers send.
    fn lettered(letter: &str) -> Option<Self> {
        Some(match letter {
            "t" => Self::Track,
            "i" => Self::Identify,
            "p" => Self::Page,
            "s" => Self::Screen,
            "g" => Self::Group,
            "a" => Self::Alias,
            _ => return None,
        })
    }
}

/// A verb of Customer.io's track API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CustomerioVerb {
    /// `PUT /api/v1/customers/{id}`.
    Identify,
    /// `DELETE /api/v1/customers/{id}`.
    Delete,
    /// `POST /api/v1/customers/{id}/events`.
    Track,
    /// `POST /api/v1/events`.
    TrackAnonymous,
    /// `POST /api/v1/merge_customers`.
    Merge,
    /// `POST /api/v1/customers/{id}/suppress`.
    Suppress,
    /// `POST /api/v1/customers/{id}/unsuppress`.
    Unsuppress,
    /// `PUT` and `DELETE` under `/api/v1/customers/{id}/devices`: answered and not kept.
    Device,
    /// `POST /api/v2/entity`: one entity that says its own action.
    Entity,
    /// `POST /api/v2/batch`: several of them.
    Batch,
}

/// Where a request goes: whose protocol, and which part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// Segment's and RudderStack's batch; `short` is `/v1/b`, which browsers alone use.
    SegmentBatch {
        /// Whether the path was the browser's.
        short: bool,
    },
    /// One call of Segment or RudderStack; `short` as with the batch.
    SegmentOne {
        /// Which call.
        kind: CallKind,
        /// Whether the path was the browser's.
        short: bool,
    },
    /// The browser client's own measurements: answered and not kept.
    SegmentMetrics,
    /// The settings that Segment's browser client asks for.
    SegmentSettings,
    /// The settings that RudderStack's browser client asks for.
    RudderstackSettings,
    /// One event of Jitsu; `server` where it comes from a server.
    JitsuOne {
        /// Which call.
        kind: CallKind,
        /// Whether a server sent it.
        server: bool,
    },
    /// Several events of Jitsu.
    JitsuBatch {
        /// Whether a server sent them.
        server: bool,
    },
    /// Dittofeed's batch.
    DittofeedBatch,
    /// One call of Dittofeed.
    DittofeedOne(CallKind),
    /// PostHog's `/batch/`, `/e/` and `/capture/`: one event, a list, or a batch of them.
    PosthogCapture,
    /// PostHog's `/i/v1/analytics/events`, answered with a verdict an event.
    PosthogV1,
    /// PostHog's remote settings.
    PosthogConfig,
    /// The same as a script.
    PosthogConfigScript,
    /// PostHog's feature flags, of which there are none.
    PosthogFlags,
    /// PostHog's recordings of sessions: answered and not kept.
    PosthogRecording,
    /// Customer.io's track API.
    Customerio(CustomerioVerb),
    /// Snowplow's collector, events in the body.
    SnowplowPost,
    /// Snowplow's collector, one event in the query.
    SnowplowGet,
    /// A webhook of Shopify.
    Shopify,
    /// A webhook of Stripe.
    Stripe,
}

/// Why there is no door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDoor {
    /// No such path.
    NotFound,
    /// The path takes these methods, as for `Allow`.
    WrongMethod(&'static str),
}

impl From<NoDoor> for Fault {
    fn from(no: NoDoor) -> Self {
        match no {
            NoDoor::NotFound => Self::new(404, codes::NOT_FOUND, "there is no such path"),
            NoDoor::WrongMethod(allow) => Self {
                allow: Some(allow),
                ..Self::new(
                    405,
                    codes::METHOD_NOT_ALLOWED,
                    format!("this path takes {allow}"),
                )
            },
        }
    }
}

/// The door of a method and a path (not decoded, without its query). A slash at the end and doubled
/// slashes make no difference.
///
/// # Errors
/// [`NoDoor`], where the path is unknown or does not take the method.
pub fn door(method: &str, path: &str) -> Result<Door, NoDoor> {
    let ways = ways(path).ok_or(NoDoor::NotFound)?;
    ways.iter()
        .flatten()
        .find(|(known, _)| *known == method)
        .map(|(_, door)| *door)
        .ok_or_else(|| NoDoor::WrongMethod(allowed(&ways)))
}

/// The methods that a path takes besides `OPTIONS`, as for `Allow`; none if the path is unknown.
pub fn methods(path: &str) -> Option<&'static str> {
    ways(path).map(|ways| allowed(&ways))
}

/// The doors of one path by method; no path has more than two.
type Ways = [Option<(&'static str, Door)>; 2];

fn allowed(ways: &Ways) -> &'static str {
    match ways.map(|way| way.map(|(method, _)| method)) {
        [Some("PUT"), Some(_)] => "PUT, DELETE",
        [Some("GET"), Some(_)] => "GET, POST",
        [Some("GET"), None] => "GET",
        [Some("PUT"), None] => "PUT",
        [Some("DELETE"), None] => "DELETE",
        _ => "POST",
    }
}

fn ways(path: &str) -> Option<Ways> {
    let mut segments = [""; 6];
    let mut count = 0;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        *segments.get_mut(count)? = segment;
        count += 1;
    }
    let post = |door| Some([Some(("POST", door)), None]);
    let get = |door| Some([Some(("GET", door)), None]);
    match segments.get(..count)? {
        ["v1", "projects", _, "settings"] => get(Door::SegmentSettings),
        ["sourceConfig"] => get(Door::RudderstackSettings),
        ["v1", name] => post(segment(name)?),
        ["v1", "webhooks", rest @ ..] | ["webhooks", rest @ ..] => match rest {
            ["shopify"] | ["shopify", _] => post(Door::Shopify),
            ["stripe"] | ["stripe", _] => post(Door::Stripe),
            _ => None,
        },
        ["api", "s", "s2s", name] => post(jitsu(name, true)?),
        ["api", "s", name] => post(jitsu(name, false)?),
        ["api", "public", "apps", "batch"] => post(Door::DittofeedBatch),
        ["api", "public", "apps", name] => post(Door::DittofeedOne(CallKind::named(name)?)),
        ["batch" | "capture" | "e" | "track"] | ["i", "v0", "e"] => post(Door::PosthogCapture),
        ["i", "v1", "analytics", "events"] => post(Door::PosthogV1),
        ["array", _, "config"] => get(Door::PosthogConfig),
        ["array", _, "config.js"] => get(Door::PosthogConfigScript),
        ["flags" | "decide"] => Some([
            Some(("GET", Door::PosthogFlags)),
            Some(("POST", Door::PosthogFlags)),
        ]),
        ["s"] => post(Door::PosthogRecording),
        ["api", "v1", rest @ ..] => customerio(rest),
        ["api", "v2", "entity"] => post(Door::Customerio(CustomerioVerb::Entity)),
        ["api", "v2", "batch"] => post(Door::Customerio(CustomerioVerb::Batch)),
        ["com.snowplowanalytics.snowplow", "tp2"] => post(Door::SnowplowPost),
        ["i"] => get(Door::SnowplowGet),
        _ => None,
    }
}

fn segment(name: &str) -> Option<Door> {
    Some(match name {
        "batch" | "import" => Door::SegmentBatch { short: false },
        "b" => Door::SegmentBatch { short: true },
        "m" => Door::SegmentMetrics,
        _ => match (CallKind::named(name), CallKind::lettered(name)) {
            (Some(kind), _) => Door::SegmentOne { kind, short: false },
            (_, Some(kind)) => Door::SegmentOne { kind, short: true },
            _ => return None,
        },
    })
}

fn jitsu(name: &str, server: bool) -> Option<Door> {
    if name == "batch" {
        return Some(Door::JitsuBatch { server });
    }
    CallKind::named(name).map(|kind| Door::JitsuOne { kind, server })
}

fn customerio(rest: &[&str]) -> Option<Ways> {
    use CustomerioVerb as Verb;
    let post = |verb| Some([Some(("POST", Door::Customerio(verb))), None]);
    match rest {
        ["customers", _] => Some([
            Some(("PUT", Door::Customerio(Verb::Identify))),
            Some(("DELETE", Door::Customerio(Verb::Delete))),
        ]),
        ["customers", _, "events"] => post(Verb::Track),
        ["customers", _, "suppress"] => post(Verb::Suppress),
        ["customers", _, "unsuppress"] => post(Verb::Unsuppress),
        ["customers", _, "devices"] => Some([Some(("PUT", Door::Customerio(Verb::Device))), None]),
        ["customers", _, "devices", _] => {
            Some([Some(("DELETE", Door::Customerio(Verb::Device))), None])
        }
        ["events"] => post(Verb::TrackAnonymous),
        ["merge_customers"] => post(Verb::Merge),
        _ => None,
    }
}
