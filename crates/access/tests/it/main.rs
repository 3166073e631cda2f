//! The tests of keys and the audit log through their public door.

mod audit;
mod keys;
