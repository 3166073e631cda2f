//! A line as it is typed, cut into words: by spaces, but not within quotes.

/// The words of a text.
///
/// Within single quotes everything stands for itself; within double quotes `\"` and `\\` stand for a quote
/// and a backslash. Elsewhere a backslash is one. Nothing is expanded.
///
/// # Errors
/// A quote that is not closed.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '\'' | '"' => {
                let own = word.get_or_insert_default();
                if !quoted(c, &mut chars, own) {
                    return Err(format!("a {c} is not closed"));
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Takes what stands up to the closing quote; false where there is none.
fn quoted(quote: char, chars: &mut std::str::Chars<'_>, word: &mut String) -> bool {
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return true,
            '\\' if quote == '"' => match chars.clone().next() {
                Some(next @ ('"' | '\\')) => {
                    chars.next();
                    word.push(next);
                }
                _ => word.push(c),
            },
            c => word.push(c),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_keep_words_together() {
        let text = "funnel  --step \"plan = 'pro'\"\n --step='a \"b\"' \"\" \"\\\"\\\\\\d\" C:\\x";
        let found = words(text).expect("words");
        let expected = [
            "funnel",
            "--step",
            "plan = 'pro'",
            "--step=a \"b\"",
            "",
            "\"\\\\d",
            "C:\\x",
        ];
        assert_eq!(found, expected);
        assert_eq!(words("a 'b").expect_err("open"), "a ' is not closed");
        assert!(words(" \n").expect("words").is_empty());
    }
}
