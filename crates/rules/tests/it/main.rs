//! The tests of the rules crate, through its public door.

mod expr;
mod fuzz;
mod project;
