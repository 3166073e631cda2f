//! What clients send, through the crate's own door.

mod bad_events;
mod customerio;
mod doors;
mod inflate;
mod jitsu;
mod keys;
mod posthog;
mod properties;
mod segment;
mod snowplow;
mod tools;
mod webhooks;
