//! What must hold of any bytes that are read as CSV.

use super::rows;

/// See [`rows::check`].
pub fn check(data: &[u8]) {
    rows::check("a.csv", data);
}
