//! Project files: what is refused and where, what is accepted, and what it is read as.

mod cases;
mod reading;
mod syntax;
mod version;
mod yaml;
