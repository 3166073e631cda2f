//! The format of scenarios: what is read, what is refused, what is written back.
