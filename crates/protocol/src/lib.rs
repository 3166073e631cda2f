//! What clients send, in our words, and what they expect back.
//!
//! Bytes and values in, values out: no clock, disk, network, threads or randomness. Start with
//! [`door`], which tells by method and path whose protocol a request speaks; [`credentials`] finds
//! its write key, [`read`] makes events of it, and [`Reply`] says what to answer when they are kept.
//! It does not know keys, workspaces or logs, and decides nothing about customers.

mod arrive;
mod call;
mod clients;
mod clock;
mod door;
mod fault;
mod form;
mod id;
mod inflate;
mod instant;
mod judge;
mod key;
mod limits;
mod money;
mod parts;
mod read;
mod reply;
mod scan;
mod shape;
mod signature;
mod slot;
mod text;

pub use arrive::{Arrived, Ask, Event, Ignored, Refused, SubjectRequest, Who, warnings};
pub use call::{Call, Headers};
pub use door::{CallKind, CustomerioVerb, Door, NoDoor, door, methods};
pub use fault::{Fault, codes};
pub use inflate::inflate;
pub use key::{Credential, credentials};
pub use limits::Limits;
pub use read::read;
pub use reply::{Reply, Verdict};
pub use scan::MAX_BODY_DEPTH;
pub use signature::{STRIPE_TOLERANCE_MS, check_shopify, check_stripe};
