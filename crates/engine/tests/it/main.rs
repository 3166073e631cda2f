//! The engine's laws: the fold against a naive one, and what must hold for any project and any history.

mod case;
mod check;
mod drive;
mod generate;
mod identity;
mod laws;
mod ledger;
mod recognize;
mod reference;
mod show;
