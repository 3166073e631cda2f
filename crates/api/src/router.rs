//! The router: made of the table of routes, with the doors of clients behind it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::RawPathParams;
use axum::extract::rejection::RawPathParamsRejection;
use axum::http::{Request, Response};
use axum::routing::MethodRouter;

use crate::gate::{self, Seen};
use crate::problem::Problem;
use crate::route::Route;
use crate::routes::{ingest, routes};
use crate::server::Server;

/// What stands in a path, or why it cannot be read.
type Params = Result<RawPathParams, RawPathParamsRejection>;

/// The router over the shared state.
pub fn router(server: &Arc<Server>) -> Router {
    let mut paths: BTreeMap<&'static str, Vec<&'static Route>> = BTreeMap::new();
    for route in routes().iter().filter(|route| route.run.is_some()) {
        paths.entry(route.path).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, routes) in paths {
        router = router.route(path, way(server, path, &routes));
    }
    let server = Arc::clone(server);
    router.fallback(move |request: Request<Body>| ingest::answer(Arc::clone(&server), request))
}

/// The methods of one path.
fn way(server: &Arc<Server>, path: &'static str, routes: &[&'static Route]) -> MethodRouter {
    let mut way = MethodRouter::new();
    let mut allow = Vec::new();
    for &route in routes {
        let server = Arc::clone(server);
        allow.push(route.verb.word());
        let answer = move |params: Params, request: Request<Body>| {
            gate::answer(Arc::clone(&server), route, read(params), request)
        };
        way = way.on(route.verb.filter(), answer);
    }
    let (server, allow) = (Arc::clone(server), allow.join(", "));
    way.fallback(move |request: Request<Body>| {
        let response = refuse_method(&server, path, &allow, &request);
        std::future::ready(response)
    })
}

fn read(params: Params) -> Result<Vec<(String, String)>, Problem> {
    match params {
        Ok(params) => {
            let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            Ok(params.iter().map(own).collect())
        }
        Err(RawPathParamsRejection::InvalidUtf8InPathParam(_)) => {
            Err(Problem::bad("the path is no UTF-8"))
        }
        Err(_) => Ok(Vec::new()),
    }
}

fn refuse_method(
    server: &Server,
    path: &'static str,
    allow: &str,
    request: &Request<Body>,
) -> Response<Body> {
    let seen = Seen::new(server, request, path);
    let problem = Problem {
        allow: Some(allow.to_owned()),
        ..Problem::new(
            405,
            "method_not_allowed",
            format!("this path takes {allow}"),
        )
    };
    let outcome = seen.begin(server).and(Err(problem));
    seen.finish(server, outcome)
}
