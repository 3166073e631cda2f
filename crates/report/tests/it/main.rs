//! The tests of the report: one test binary, a module for each concern.

mod markup;
mod page;
mod sample;
mod size;
