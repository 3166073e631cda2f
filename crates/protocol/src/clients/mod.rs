//! A file for each family of clients: how its requests become calls.

pub(crate) mod segment;
