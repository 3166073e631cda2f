//! Bad input at the door of the command: for each kind what is said, which exit code there is, and that
//! no row is lost without a trace.

mod files;
mod places;
mod projects;
