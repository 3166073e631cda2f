//! A file for each family of clients: how its requests become calls.

pub(crate) mod customerio;
pub(crate) mod posthog;
pub(crate) mod segment;
pub(crate) mod settings;
pub(crate) mod shopify;
pub(crate) mod snowplow;
pub(crate) mod stripe;
