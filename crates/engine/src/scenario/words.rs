//! The parts of a scenario's line, as written: words, what must follow, and the comment.

/// A line cut into its parts. None of them has white space at its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<'t> {
    /// What stands before the arrow.
    pub(super) left: &'t str,
    /// What stands behind the arrow, if there is one.
    pub(super) right: Option<&'t str>,
    /// The comment with its sign, if there is one.
    pub(super) comment: Option<&'t str>,
}

/// Cuts a line; `None` where a quote is never closed.
pub(super) fn cut(line: &str) -> Option<Parts<'_>> {
    let mut parts = Parts::default();
    let (mut quoted, mut blank_before, mut end) = (false, true, line.len());
    let mut arrow = None;
    for (at, c) in line.char_indices() {
        let rest = &line[at..];
        if c == '"' {
            quoted = !quoted;
        } else if !quoted && c == '#' && blank_before {
            parts.comment = Some(rest.trim_end());
            end = at;
            break;
        } else if !quoted && blank_before && arrow.is_none() {
            let sign = ["->", "→"].into_iter().find(|sign| rest.starts_with(sign));
            arrow = sign.map(|sign| (at, at + sign.len()));
        }
        blank_before = c.is_whitespace();
    }
    parts.left = line[..arrow.map_or(end, |(start, _)| start)].trim();
    parts.right = arrow.map(|(_, behind)| line[behind..end].trim());
    (!quoted).then_some(parts)
}

/// The words of a text: parted by white space, except within quotes.
pub(super) fn words(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(move |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    });
    parts.filter(|word| !word.is_empty()).collect()
}

/// A word without its quotes; `None` where it has none.
pub(super) fn unquoted(word: &str) -> Option<&str> {
    word.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_outside_quotes() {
        let parts = cut(r##" day 1 ada event "a -> b # c" x=#1 -> shop: lead  # why "##);
        let expected = Parts {
            left: r##"day 1 ada event "a -> b # c" x=#1"##,
            right: Some("shop: lead"),
            comment: Some("# why"),
        };
        assert_eq!(parts, Some(expected));
        assert_eq!(
            words(expected.left),
            ["day", "1", "ada", "event", r##""a -> b # c""##, "x=#1"]
        );
        assert_eq!(
            cut("a → b").map(|parts| (parts.left, parts.right)),
            Some(("a", Some("b")))
        );
        assert_eq!(cut("# only").map(|parts| parts.left), Some(""));
        assert_eq!(cut("a \"b"), None);
    }
}
