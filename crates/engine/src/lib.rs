//! The verbs of Perennial: the fold of one customer's touches into her standings, and why.
//!
//! `fold(rules, customer, touch) -> (customer, changes)`, and time is an input: a [`Customer`] is
//! advanced by [`Customer::touch`] for each of her touches in order, and by [`Customer::pass`] up to
//! an instant. Nothing here reads a clock, a disk or a network, spawns threads or draws random numbers.
//!
//! What is absent: customers know nothing of each other. Scores against the population enter as
//! [`Thresholds`], which are dated facts like any other.
//!
//! Order within an instant: its touches one by one, then the clock once. A touch may cause one move
//! per lifecycle after the entry; the clock may cause one per lifecycle and instant.
//!
//! Modules in the order data flows: [`identity`] (who is it), [`recognize`] (what was it), `profile`
//! (figures and traits), `evaluate` (what holds), `lifecycle` and `segment` (what follows), `wake`
//! (when time alone will change it), [`explain`] (why).

pub mod cell;
mod customer;
mod evaluate;
pub mod explain;
pub mod identity;
mod interest;
mod lifecycle;
mod plan;
mod profile;
pub mod recognize;
pub mod row;
pub mod scenario;
mod scored;
mod segment;
mod thresholds;
mod wake;

pub use customer::{Customer, Membership, Purchases, Standing};
pub use plan::Plan;
pub use thresholds::Thresholds;

use perennial_model::{Change, Symbols};
use perennial_rules::Machine;

/// What every customer is folded with: the rules, the texts and the population's thresholds.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The compiled rules.
    pub machine: &'a Machine,
    /// What each kind of touch sets in motion.
    pub plan: &'a Plan,
    /// The texts behind symbols.
    pub symbols: &'a Symbols,
    /// The thresholds of scores by date.
    pub thresholds: &'a Thresholds,
}

/// Where changes go, in the order in which they happen.
pub trait Changes {
    /// Takes one change.
    fn push(&mut self, change: Change);
}

impl Changes for Vec<Change> {
    fn push(&mut self, change: Change) {
        Vec::push(self, change);
    }
}
