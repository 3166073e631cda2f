//! The demo: a made-up shop, written as files, and what its results show.
//!
//! Way of reading: `shop` (what there is to sell, where, and what is planted), `habit` (how somebody buys), `life`
//! (one customer's touches), `mail` (the e-mails she gets), `files` (the folder), `findings`, `pains` and
//! `reactions` with `figures` (what the results of a run say; they know nothing of what was planted).

mod dice;
mod figures;
mod files;
mod findings;
mod habit;
mod life;
mod mail;
mod pains;
mod reactions;
mod shop;
#[cfg(test)]
mod tests;
mod truth;
#[cfg(test)]
mod truth_tests;
mod visit;

pub use figures::grouped;
pub use files::{MAX_CUSTOMERS, write};
pub use findings::Findings;
pub use truth::{Truth, write_truth};
