//! What time it is, for keys and logs. Arrivals are stamped by the workspace.

use std::time::{SystemTime, UNIX_EPOCH};

use perennial_model::Time;

/// The instant that the system's clock shows.
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Time(i64::try_from(ms).unwrap_or(i64::MAX))
}
