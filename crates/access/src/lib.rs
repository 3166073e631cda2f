//! Who may come in: keys, limits of rate, and the log of what was done with them.
//!
//! [`Keys`] is the small file of keys, which holds their hashes only. [`Rates`] and [`Strangers`] say
//! who must wait. [`Audit`] is the chained log of what was done with keys and personal data.
//!
//! What is absent: a clock (callers say when it is), HTTP, sessions and passwords. There are none: a
//! key is the only credential.

mod address;
mod audit;
mod error;
mod file;
mod key;
mod keys;
mod rates;
mod secret;
mod strangers;

pub use address::{Address, Proxies};
pub use audit::{Audit, Deed, Verified};
pub use error::AccessError;
pub use key::{Key, Scope};
pub use keys::{KEYS_FILE, Keys};
pub use rates::{Rate, Rates};
pub use secret::Secret;
pub use strangers::Strangers;
