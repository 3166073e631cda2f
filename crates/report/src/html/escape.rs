//! The one function through which every text goes on its way into a page.

/// Most characters of a text; no sentence of ours is near it.
const MAX_TEXT_CHARS: usize = 1_000;

/// Writes a text so that it is shown as it stands and means nothing to a browser.
///
/// Characters that cannot be seen, or that turn the direction of the text around them, are shown as `U+FFFD`.
pub(crate) fn escape(text: &str, out: &mut String) {
    for (place, c) in text.chars().enumerate() {
        if place == MAX_TEXT_CHARS {
            out.push('…');
            return;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            c if is_hidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

/// Whether a character is a control, turns directions, or hides.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A name cut to so many characters, with a sign where something is missing.
pub(crate) fn shortened(name: &str, chars: usize) -> String {
    match name.char_indices().nth(chars) {
        None => name.to_owned(),
        Some(_) => {
            let kept: String = name.chars().take(chars.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape(text, &mut out);
        out
    }

    #[test]
    fn hostile_names_are_shown_and_mean_nothing() {
        for (text, wanted) in [
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("\" onload='x'", "&quot; onload=&#39;x&#39;"),
            ("a & b &lt;", "a &amp; b &amp;lt;"),
            ("\u{202e}evil\u{2069}", "\u{fffd}evil\u{fffd}"),
            ("nul\0 bell\u{7}", "nul\u{fffd} bell\u{fffd}"),
            ("line\nbreak", "line break"),
            ("Ünïcödé 客户 👩‍👧", "Ünïcödé 客户 👩‍👧"),
        ] {
            assert_eq!(escaped(text), wanted, "{text:?}");
        }
        let long = escaped(&"x".repeat(100_000));
        assert_eq!(long.chars().count(), MAX_TEXT_CHARS + 1);
    }

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(shortened("客户客户", 4), "客户客户");
        assert_eq!(shortened("客户客户客", 4), "客户客…");
        assert_eq!(shortened("", 4), "");
    }

    proptest! {
        #[test]
        fn nothing_that_a_browser_obeys_comes_through(text in any::<String>()) {
            let out = escaped(&text);
            prop_assert!(!out.contains(['<', '>', '"', '\'', '`']));
            prop_assert!(!out.chars().any(is_hidden));
            for part in out.split('&').skip(1) {
                let known = ["amp;", "lt;", "gt;", "quot;", "#39;", "#96;"];
                prop_assert!(known.iter().any(|name| part.starts_with(name)), "{}", out);
            }
        }
    }
}
