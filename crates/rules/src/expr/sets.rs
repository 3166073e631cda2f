//! Sets of values: which numbers, texts and truths a value may have, and whether it may be null.
//!
//! Numbers are counted in whole steps (millionths, or milliseconds of a time), so `> 5` is `>= 5.000001`
//! and every range has closed ends.

use std::collections::BTreeSet;

/// A set of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    /// Whether null is in it.
    pub(super) null: bool,
    /// The numbers in it.
    pub(super) numbers: Ranges,
    /// The texts in it.
    pub(super) texts: Texts,
    /// Whether true and false are in it.
    pub(super) truths: [bool; 2],
}

/// A set of numbers: closed ranges in rising order, with gaps between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(i64, i64)>);

/// A set of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// These.
    Only(BTreeSet<String>),
    /// All but these.
    Except(BTreeSet<String>),
}

impl Values {
    /// Nothing at all.
    pub(super) fn none() -> Self {
        Self {
            null: false,
            numbers: Ranges::default(),
            texts: Texts::none(),
            truths: [false; 2],
        }
    }

    /// Every value but null.
    pub(super) fn present() -> Self {
        Self {
            null: false,
            numbers: Ranges::all(),
            texts: Texts::all(),
            truths: [true; 2],
        }
    }

    /// Every value and null.
    pub(super) fn anything() -> Self {
        Self {
            null: true,
            ..Self::present()
        }
    }

    /// Only numbers.
    pub(super) fn of_numbers(numbers: Ranges) -> Self {
        Self {
            numbers,
            ..Self::none()
        }
    }

    /// Only one text.
    pub(super) fn of_text(text: &str) -> Self {
        Self {
            texts: Texts::Only(BTreeSet::from([text.to_owned()])),
            ..Self::none()
        }
    }

    /// Only one truth.
    pub(super) fn of_truth(truth: bool) -> Self {
        Self {
            truths: [truth, !truth],
            ..Self::none()
        }
    }

    /// Every text.
    pub(super) fn of_texts() -> Self {
        Self {
            texts: Texts::all(),
            ..Self::none()
        }
    }

    /// True and false.
    pub(super) fn of_truths() -> Self {
        Self {
            truths: [true; 2],
            ..Self::none()
        }
    }

    /// The same and null.
    pub(super) fn or_null(self) -> Self {
        Self { null: true, ..self }
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        !self.null
            && self.numbers.0.is_empty()
            && self.texts == Texts::none()
            && self.truths == [false; 2]
    }

    /// What is in either.
    pub(super) fn union(self, other: Self) -> Self {
        self.complement()
            .intersection(other.complement())
            .complement()
    }

    /// What is in both.
    pub(super) fn intersection(self, other: Self) -> Self {
        Self {
            null: self.null && other.null,
            numbers: self.numbers.intersection(&other.numbers),
            texts: self.texts.intersection(other.texts),
            truths: [
                self.truths[0] && other.truths[0],
                self.truths[1] && other.truths[1],
            ],
        }
    }

    /// What is not in it.
    pub(super) fn complement(self) -> Self {
        let texts = match self.texts {
            Texts::Only(texts) => Texts::Except(texts),
            Texts::Except(texts) => Texts::Only(texts),
        };
        let truths = [!self.truths[0], !self.truths[1]];
        Self {
            null: !self.null,
            numbers: self.numbers.complement(),
            texts,
            truths,
        }
    }
}

impl Ranges {
    /// Every number.
    pub(super) fn all() -> Self {
        Self(vec![(i64::MIN, i64::MAX)])
    }

    /// The numbers from one to another, both included; none if they are the wrong way round.
    pub(super) fn between(low: i64, high: i64) -> Self {
        if low <= high {
            Self(vec![(low, high)])
        } else {
            Self::default()
        }
    }

    /// The numbers in both.
    fn intersection(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(&&(a_low, a_high)), Some(&&(b_low, b_high))) = (a.peek(), b.peek()) {
            if a_low.max(b_low) <= a_high.min(b_high) {
                both.push((a_low.max(b_low), a_high.min(b_high)));
            }
            // The range that ends first can meet nothing more.
            if a_high < b_high {
                a.next()
            } else {
                b.next()
            };
        }
        Self(both)
    }

    /// The numbers not in it.
    fn complement(&self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut low = Some(i64::MIN);
        for &(from, to) in &self.0 {
            if let Some(low) = low
                && low < from
            {
                gaps.push((low, from - 1));
            }
            low = to.checked_add(1);
        }
        gaps.extend(low.map(|low| (low, i64::MAX)));
        Self(gaps)
    }

    /// The numbers in it that are multiples of a step.
    pub(super) fn multiples_of(&self, step: i64) -> Self {
        let rounded = self.0.iter().filter_map(|&(low, high)| {
            let up = low.checked_add((-i128::from(low)).rem_euclid(i128::from(step)) as i64)?;
            let down = high.checked_sub(high.rem_euclid(step))?;
            (up <= down).then_some((up, down))
        });
        Self(rounded.collect())
    }
}

impl Texts {
    fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    fn all() -> Self {
        Self::Except(BTreeSet::new())
    }

    /// The texts in both. Sets are kept and changed, since long lists are put together text by text.
    fn intersection(self, other: Self) -> Self {
        match (self, other) {
            (Self::Only(mut a), Self::Only(b)) => {
                a.retain(|text| b.contains(text));
                Self::Only(a)
            }
            (Self::Only(mut only), Self::Except(except))
            | (Self::Except(except), Self::Only(mut only)) => {
                only.retain(|text| !except.contains(text));
                Self::Only(only)
            }
            (Self::Except(mut a), Self::Except(b)) => {
                a.extend(b);
                Self::Except(a)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_meet_and_leave_gaps() {
        let low = Ranges::between(i64::MIN, 4);
        let high = Ranges::between(3, i64::MAX);
        assert_eq!(low.intersection(&high), Ranges::between(3, 4));
        assert_eq!(low.complement(), Ranges::between(5, i64::MAX));
        assert_eq!(Ranges::all().complement(), Ranges::default());
        assert_eq!(Ranges::default().complement(), Ranges::all());
        assert_eq!(Ranges::between(11, 19).multiples_of(10), Ranges::default());
        assert_eq!(
            Ranges::between(-11, 20).multiples_of(10),
            Ranges::between(-10, 20)
        );
        assert_eq!(
            Ranges::all().multiples_of(10).complement().multiples_of(10),
            Ranges::default()
        );
    }

    #[test]
    fn sets_are_unions_of_their_parts() {
        let de = Values::of_text("DE");
        let number = Values::of_numbers(Ranges::between(1, 2));
        let both = de.clone().union(number);
        assert_eq!(both.clone().intersection(de.clone()), de);
        assert_eq!(
            both.clone().intersection(Values::of_text("FR")),
            Values::none()
        );
        assert!(
            both.clone()
                .complement()
                .intersection(both.clone())
                .is_empty()
        );
        assert_eq!(both.clone().complement().union(both), Values::anything());
    }
}
