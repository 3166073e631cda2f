//! The table of routes: all there are, a file a concept.

use std::sync::LazyLock;

use crate::route::Route;

mod backup;
mod by_hand;
mod consents;
mod contract;
mod customers;
mod events;
mod failed;
mod forecast;
mod health;
pub mod ingest;
mod keys;
mod live;
mod metrics;
mod privacy;
mod questions;
mod rules;
mod segments;
mod stages;
mod stats;
mod workspaces;

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let all: [&[Route]; 19] = [
        health::ROUTES,
        ingest::ROUTES,
        customers::ROUTES,
        consents::ROUTES,
        stages::ROUTES,
        segments::ROUTES,
        questions::ROUTES,
        forecast::ROUTES,
        events::ROUTES,
        live::ROUTES,
        failed::ROUTES,
        stats::ROUTES,
        rules::ROUTES,
        privacy::ROUTES,
        keys::ROUTES,
        workspaces::ROUTES,
        backup::ROUTES,
        metrics::ROUTES,
        contract::ROUTES,
    ];
    all.into_iter().flatten().copied().collect()
});

/// All routes, in the order of the manual.
pub fn routes() -> &'static [Route] {
    &ROUTES
}
