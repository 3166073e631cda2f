//! The way of every request: counted, limited, let in or not, read, answered, logged.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use perennial_access::{Address, Key, Keys, Scope};
use perennial_protocol::{Door, credentials};

use crate::body;
use crate::call::Call;
use crate::clock;
use crate::field::Fields;
use crate::log::Line;
use crate::problem::Problem;
use crate::route::{Opens, Route};
use crate::server::Server;
use crate::wire::Peer;

/// Most bytes of a body that changes settings.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// Most bytes of what stands in a path for `{name}`.
const MAX_PARAM_BYTES: usize = 1024;
/// Most bytes of a query.
const MAX_QUERY_BYTES: usize = 8 * 1024;
/// The workspace whose admins may concern all of them.
pub const HOST: &str = "default";

/// What is known of a request from its beginning to its log line.
pub struct Seen {
    /// Its id.
    pub request_id: String,
    /// Where it comes from.
    pub from: IpAddr,
    /// The id of the key that it showed, if there is such a key.
    pub key: Option<String>,
    /// Bytes of its body.
    pub bytes: usize,
    /// The path of its route, with `{names}`.
    pub route: &'static str,
    /// Whether pages of other origins may read the answer, without credentials.
    pub is_ingest: bool,
    method: &'static str,
    is_ambiguous: bool,
    started: Instant,
}

impl Seen {
    /// What is known at first.
    pub fn new(server: &Server, request: &Request<Body>, route: &'static str) -> Self {
        let peer = request.extensions().get::<Peer>().copied();
        let peer = peer.unwrap_or(Peer {
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            is_ambiguous: false,
        });
        let forwarded = request.headers().get_all("x-forwarded-for").iter();
        let forwarded: Vec<&str> = forwarded.filter_map(|line| line.to_str().ok()).collect();
        Self {
            request_id: server.request_id(),
            from: server
                .options
                .proxies
                .origin(peer.ip, forwarded.into_iter()),
            key: None,
            bytes: 0,
            route,
            is_ingest: false,
            method: known_method(request.method()),
            is_ambiguous: peer.is_ambiguous,
            started: Instant::now(),
        }
    }

    /// What holds for all requests before anything is read.
    pub fn begin(&self, server: &Server) -> Result<(), Problem> {
        if self.is_ambiguous {
            let message = "a request has Content-Length or Transfer-Encoding, not both";
            return Err(Problem {
                close: true,
                ..Problem::new(400, "bad_framing", message)
            });
        }
        let taken = server
            .by_address
            .take(Address::of(self.from), Instant::now());
        taken.map_err(Problem::too_many)
    }

    /// The key with one of these secrets, of those who may come in now.
    ///
    /// **Invariant:** a right key is never held up by wrong ones from the same address.
    pub fn identify(&mut self, server: &Server, secrets: &[&str]) -> Result<Key, Problem> {
        let (now, mut found) = (clock::now(), None);
        for secret in secrets {
            let key = server.keys.check(secret, now);
            found = found.or(key);
        }
        let Some(key) = found else {
            let at = Instant::now();
            return match secrets.iter().any(|secret| !secret.is_empty()) {
                true => match server.strangers.note(Address::of(self.from), at) {
                    Err(wait_s) => Err(Problem::too_many(wait_s)),
                    Ok(()) => Err(Problem::unauthorized()),
                },
                false => Err(Problem::unauthorized()),
            };
        };
        self.key = Some(key.id.clone());
        let taken = server.by_key.take(key.id.clone(), Instant::now());
        taken.map_err(Problem::too_many)?;
        Ok(key)
    }

    /// Counts and logs the request, and gives its answer what all answers have.
    pub fn finish(
        self,
        server: &Server,
        outcome: Result<Response<Body>, Problem>,
    ) -> Response<Body> {
        let code = outcome.as_ref().err().map(|problem| problem.code);
        let mut response = outcome.unwrap_or_else(|problem| problem.response(&self.request_id));
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            headers.insert("x-request-id", id);
        }
        let fixed = HeaderValue::from_static;
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(fixed("no-store"));
        if self.is_ingest {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, fixed("*"));
        }
        let took = self.started.elapsed();
        let status = response.status().as_u16();
        server.counters.count(self.method, self.route, status, took);
        server.log.request(&Line {
            request_id: &self.request_id,
            method: self.method,
            route: self.route,
            status,
            ms: took.as_secs_f64() * 1000.0,
            bytes: self.bytes,
            key: self.key.as_deref(),
            code,
            is_ingest: self.is_ingest,
        });
        response
    }
}

/// Answers a request to a route of the table.
pub async fn answer(
    server: Arc<Server>,
    route: &'static Route,
    params: Result<Vec<(String, String)>, Problem>,
    request: Request<Body>,
) -> Response<Body> {
    let mut seen = Seen::new(&server, &request, route.path);
    let outcome = pass(&server, route, params, request, &mut seen).await;
    seen.finish(&server, outcome)
}

async fn pass(
    server: &Arc<Server>,
    route: &'static Route,
    params: Result<Vec<(String, String)>, Problem>,
    request: Request<Body>,
    seen: &mut Seen,
) -> Result<Response<Body>, Problem> {
    seen.begin(server)?;
    let key = match route.opens {
        Opens::All => None,
        opens => Some(let_in(server, opens, request.headers(), seen)?),
    };
    let params = params?;
    if params.iter().any(|(_, value)| !is_param(value)) {
        return Err(Problem::bad("the path holds what no name or id holds"));
    }
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    if query.len() > MAX_QUERY_BYTES {
        return Err(Problem::new(414, "too_long", "the query is too long"));
    }
    let mut fields = Fields::of_query(query, route.query, route.others.is_some())?;
    let mut _room = None;
    if let Some(known) = route.body {
        is_json(&parts.headers)?;
        let (bytes, room) = body::read(server, &parts.headers, body, MAX_BODY_BYTES).await?;
        seen.bytes = bytes.len();
        // A route whose fields may all be left out takes no body for an empty one.
        let is_left_out = bytes.is_empty() && known.iter().all(|field| !field.required);
        let text = if is_left_out { b"{}" } else { &bytes[..] };
        fields = fields.and(Fields::of_body(text, known)?);
        _room = Some(room);
    }
    let call = Call {
        server: Arc::clone(server),
        key,
        params,
        fields,
        request_id: seen.request_id.clone(),
        from: seen.from,
    };
    match route.run {
        Some(run) => run(call).await,
        None => Err(Problem::not_found("there is no such path")),
    }
}

/// The key of a request to a route that is not for all.
fn let_in(
    server: &Arc<Server>,
    opens: Opens,
    headers: &HeaderMap,
    seen: &mut Seen,
) -> Result<Key, Problem> {
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (secret, is_bearer) = match shown.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => {
            (secret.trim().to_owned(), true)
        }
        _ => (basic(shown), false),
    };
    let key = seen.identify(server, &[&secret])?;
    // Browsers send what they know as `Basic` by themselves, also where a page of others asks: only what
    // opens nothing here may be shown so.
    if !is_bearer && key.scope != Scope::Write {
        return Err(Problem::unauthorized());
    }
    note_use(server, &key);
    match (opens, key.scope) {
        (Opens::All, _)
        | (Opens::Write, Scope::Write)
        | (Opens::Read, Scope::Read | Scope::Admin)
        | (Opens::Admin, Scope::Admin) => Ok(key),
        (Opens::Host, Scope::Admin) if key.workspace == HOST => Ok(key),
        (Opens::Host, Scope::Admin) => Err(Problem::forbidden(
            "this concerns all workspaces, so it takes an admin key of the workspace `default`",
        )),
        (Opens::Read, Scope::Write) => Err(Problem::forbidden("this takes a read or admin key")),
        _ => Err(Problem::forbidden("this takes an admin key")),
    }
}

/// The key in an `Authorization: Basic`, as clients show their write key; else an empty one.
fn basic(shown: &str) -> String {
    let headers = [("authorization", shown)];
    let call = perennial_protocol::Call {
        method: "POST",
        path: "/v1/batch",
        query: "",
        headers: &headers,
        body: &[],
    };
    let shown = credentials(&call, Door::SegmentBatch { short: false });
    shown.map(|shown| shown.key).unwrap_or_default()
}

/// Notes the first use of a key on a day, behind the request.
pub fn note_use(server: &Arc<Server>, key: &Key) {
    let now = clock::now();
    if !Keys::is_first_of_day(key, now) {
        return;
    }
    let (server, id) = (Arc::clone(server), key.id.clone());
    tokio::task::spawn_blocking(move || {
        if let Err(error) = server.keys.note_used(&id, now) {
            server.log.trouble(&error.to_string());
        }
    });
}

/// The method, as logs and counters may hold it: what is sent may be anything.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        _ => "OTHER",
    }
}

/// What changes something must say that it is JSON: a form of another page cannot, so a browser that
/// is led astray sends nothing that is taken here.
fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let media = headers.get(header::CONTENT_TYPE);
    let media = media
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = "the header Content-Type must be application/json";
    Err(Problem::new(415, "unsupported_media_type", message))
}

fn is_param(value: &str) -> bool {
    !value.is_empty() && value.len() <= MAX_PARAM_BYTES && !value.contains(char::is_control)
}
