//! A mistake that was planted: fuzzing that does not find it would find no other either.

/// Fails where a text has three opening parentheses in a row before a `BETWEEN`, as no corpus file has.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some((before, after)) = text.split_once("(((") {
        assert!(
            !(before.len() < 200 && after.contains("BETWEEN")),
            "this mistake was planted"
        );
    }
}
