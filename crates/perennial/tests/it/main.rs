//! The tests of the binary and of the repository around it: one test binary, a module for each concern.

mod ahead;
mod answers;
mod asking;
mod bad_input;
mod forecasting;
mod forecasting_killed;
mod forecasts;
mod hooks;
mod keeping;
mod offers;
mod pages;
mod planted;
mod questions;
mod report;
mod report_agrees;
mod server;
mod serving;
mod shop;
mod tidy;
mod tree;
mod uplift;
