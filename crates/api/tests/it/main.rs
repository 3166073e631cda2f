//! The tests of the server over real connections.

mod basics;
mod client;
