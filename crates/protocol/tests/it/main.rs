//! What clients send, through the crate's own door.

mod segment;
mod tools;
