//! Figures for Prometheus.

use axum::body::Body;
use axum::http::Response;

use crate::answer;
use crate::call::Call;
use crate::counters;
use crate::route::{Opens, Route, get};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub const ROUTES: &[Route] = &[Route {
    media: TEXT,
    ..get(
        "/metrics",
        Opens::Host,
        &[],
        "Counters of all workspaces and of requests, in the text form of Prometheus.",
        "perennial_events_total{workspace=\"default\"} 12",
        |call| Box::pin(async move { Ok(metrics(&call)) }),
    )
}];

fn metrics(call: &Call) -> Response<Body> {
    let (server, house) = (&call.server, &call.server.house);
    let one = |name: String| Some((name.clone(), house.workspace(&name)?.status()));
    let all: Vec<_> = house.workspaces().into_iter().filter_map(one).collect();
    let mut text = String::new();
    counters::workspaces(&mut text, &all);
    server.counters.write(&mut text);
    let held = server.budget.held_bytes() as u64;
    let says = "Bytes of bodies in flight.";
    counters::figure(&mut text, "perennial_http_body_bytes", "gauge", says, held);
    let dropped = server.log.dropped();
    let says = "Lines of the log of requests that were dropped.";
    counters::figure(
        &mut text,
        "perennial_log_dropped_total",
        "counter",
        says,
        dropped,
    );
    answer::typed(TEXT, text)
}
