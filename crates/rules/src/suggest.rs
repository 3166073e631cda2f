//! «Did you mean»: the known word nearest to one that is not known.

/// Words longer than this (in characters) get no suggestion: nobody mistypes them, and comparing costs the square.
const MAX_WORD_CHARS: usize = 64;

/// The candidate nearest to `word`, if one is near enough to be meant: of equal ones the first.
///
/// Near is an edit distance (a character put in, left out, changed, or two neighbors swapped) of at most
/// a third of the longer word. Case and the choice of `_`, `-` and space cost nothing.
pub fn did_you_mean<'a, I>(word: &str, candidates: I) -> Option<&'a str>
where
    I: IntoIterator<Item = &'a str>,
{
    let word = folded(word)?;
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let Some(other) = folded(candidate) else {
            continue;
        };
        let limit = word.len().max(other.len()).max(3) / 3;
        if word.len().abs_diff(other.len()) > limit {
            continue;
        }
        let distance = edit_distance(&word, &other);
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The characters that count, or `None` for an empty or an overlong word.
fn folded(word: &str) -> Option<Vec<char>> {
    if word.is_empty() || word.chars().take(MAX_WORD_CHARS + 1).count() > MAX_WORD_CHARS {
        return None;
    }
    let fold = |c: char| if matches!(c, '-' | ' ') { '_' } else { c };
    Some(
        word.chars()
            .flat_map(char::to_lowercase)
            .map(fold)
            .collect(),
    )
}

/// Edit distance with swaps of neighbors (optimal string alignment), kept in three rows.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let change = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        // The oldest row becomes the place of the next one.
        std::mem::swap(&mut before, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let known = ["ordered", "viewed", "added_to_cart", "clicked_email"];
        let cases = [
            ("orderd", Some("ordered")),
            ("order", Some("ordered")),
            ("Odrered", Some("ordered")),
            ("vieewd", Some("viewed")),
            ("added-to-card", Some("added_to_cart")),
            ("email_clicked", None),
            ("refunded", None),
            ("", None),
        ];
        for (word, meant) in cases {
            assert_eq!(did_you_mean(word, known), meant, "{word}");
        }
    }

    #[test]
    fn short_words_allow_one_edit_and_ties_take_the_first() {
        assert_eq!(did_you_mean("sun", ["sum", "run"]), Some("sum"));
        assert_eq!(did_you_mean("xyz", ["sum", "run"]), None);
        assert_eq!(did_you_mean(&"a".repeat(1_000_000), ["sum"]), None);
    }
}
