//! What an identifier may hold.

use crate::limits::Limits;

/// Whether an id that stands outside of the body may be used.
pub(crate) fn is_good_id(id: &str, limits: &Limits) -> bool {
    !id.trim().is_empty() && id.len() <= limits.id_bytes && is_clean(id)
}

/// Whether an id holds neither control characters nor marks that turn the direction of writing.
#[inline]
pub(crate) fn is_clean(id: &str) -> bool {
    if id.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return true;
    }
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !id.chars().any(|c| c.is_control() || turns(c))
}
