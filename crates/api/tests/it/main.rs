//! The tests of the server over real connections.

mod again;
mod asking;
mod basics;
mod bodies;
mod client;
mod consents;
mod doors;
mod masks;
mod pages;
mod questions;
mod scopes;
mod webhooks;
mod wires;
