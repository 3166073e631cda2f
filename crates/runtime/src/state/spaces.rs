//! The spaces of the shelf: what is kept under which keys.

/// Rank and text of an identifier: its number.
pub(crate) const NAMES: &str = "names";
/// Number of an identifier: all that is known of it.
pub(crate) const NODES: &str = "nodes";
/// Number of an identifier and of a line: some of its touches.
pub(crate) const TOUCHES: &str = "touches";
/// Id of a customer: her identifiers, where she stands, when time will next bring something.
pub(crate) const CUSTOMERS: &str = "customers";
/// What there is once: the position in the log, counters, kinds.
pub(crate) const META: &str = "meta";

/// All of them.
pub(crate) const ALL: [&str; 5] = [NAMES, NODES, TOUCHES, CUSTOMERS, META];
