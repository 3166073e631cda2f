//! EASE: which items a customer lacks that owners of what she has own, every item by all others at once.
//!
//! Each item is forecast by a ridge regression on all other items with one and the same penalty, which has a
//! closed form: with `P` the inverse of the Gram matrix plus the penalty, the weight of item i for item j is
//! `-P_ij / P_jj` (Steck 2019). Unlike counts of pairs it takes away what a third item explains: that milk goes with
//! bread does not make everything that goes with bread go with milk.

use crate::error::{Error, within};

use super::matrix::Symmetric;
use super::owned::Owned;
use super::related::{NONE, places};

/// Most items that are learned of, those with the most owners: the cost grows with their cube, and half a
/// second becomes half a minute at four times as many.
pub const MAX_EASE_ITEMS: usize = 2_500;

/// Weights of items for items.
#[derive(Clone, Debug, Default)]
pub struct Ease {
    /// The items learned of, by number rising.
    items: Vec<u32>,
    /// By item: its place among them.
    places: Vec<u32>,
    /// From each place, a row, for each place.
    weights: Vec<f32>,
}

impl Ease {
    /// Learns of what customers own; items need `floor` owners, and `ridge` customers' worth of doubt pulls
    /// weights to nothing.
    ///
    /// # Errors
    /// [`Error::Figure`] for a ridge that is not above 0.
    pub(super) fn learn(owned: &Owned, floor: u32, ridge: f64) -> Result<Self, Error> {
        within("the ridge", ridge, (1e-6, 1e12), "from 1e-6 to 1e12")?;
        let items = owned.kept(floor, MAX_EASE_ITEMS);
        let places = places(&items, owned.owners.len());
        let mut gram = Symmetric::zero(items.len());
        let mut row: Vec<(usize, f64)> = Vec::new();
        for customer in &owned.customers {
            row.clear();
            let known = customer
                .iter()
                .map(|(item, much)| (places[*item as usize], *much));
            row.extend(
                known
                    .filter(|(place, _)| *place != NONE)
                    .map(|(place, much)| (place as usize, much)),
            );
            // Items rise by number, and so do their places.
            for (at, (i, a)) in row.iter().enumerate() {
                for (j, b) in &row[..=at] {
                    gram.add(*i, *j, a * b);
                }
            }
        }
        // A common item goes with everything a little: it is doubted more, by the root of its owners, as much on
        // the whole as if all were doubted alike.
        let doubt = |place: usize| (1.0 + f64::from(owned.owners[items[place] as usize])).sqrt();
        let all: f64 = (0..items.len()).map(|place| gram.get(place, place)).sum();
        let eased: f64 = (0..items.len())
            .map(|place| gram.get(place, place) / doubt(place))
            .sum();
        for place in 0..items.len() {
            gram.add(place, place, ridge * doubt(place) * eased / all);
        }
        let size = gram.size();
        let inverse = gram.inverse().ok_or(Error::NoSpread {
            name: "what customers own",
        })?;
        let mut weights = vec![0.0; size * size];
        for i in 0..size {
            for j in (0..size).filter(|j| *j != i) {
                weights[i * size + j] = (-inverse.get(i, j) / inverse.get(j, j)) as f32;
            }
        }
        Ok(Self {
            items,
            places,
            weights,
        })
    }

    /// The items learned of, by number rising.
    pub fn items(&self) -> &[u32] {
        &self.items
    }

    /// The place of an item among them.
    pub fn place(&self, item: u32) -> Option<usize> {
        let place = self
            .places
            .get(item as usize)
            .copied()
            .filter(|place| *place != NONE);
        place.map(|place| place as usize)
    }

    /// By item: its place among them, or none.
    pub(super) fn places(&self) -> &[u32] {
        &self.places
    }

    /// How much speaks for each item learned of, given what a customer owns: about the share of customers like
    /// her who own it.
    pub fn scores(&self, owned: &[(u32, f64)]) -> Vec<f32> {
        let size = self.items.len();
        let mut scores = vec![0.0; size];
        for (item, much) in owned {
            let Some(place) = self.place(*item) else {
                continue;
            };
            let much = *much as f32;
            for (score, weight) in scores.iter_mut().zip(&self.weights[place * size..]) {
                *score += much * weight;
            }
        }
        scores
    }

    /// The weight of an item for another one; 0 where either is not learned of.
    pub fn weight(&self, from: u32, to: u32) -> f64 {
        match (self.place(from), self.place(to)) {
            (Some(from), Some(to)) => self.weights[from * self.items.len() + to].into(),
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_closed_form() {
        let customers = vec![
            vec![(0, 1.0), (1, 1.0)],
            vec![(0, 1.0), (1, 1.0), (2, 1.0)],
            vec![(0, 1.0)],
            vec![(1, 1.0), (2, 1.0)],
        ];
        let owned = Owned {
            numbers: vec![0, 1, 2, 3],
            customers,
            owners: vec![3, 3, 2, 0],
        };
        let ease = Ease::learn(&owned, 1, 2.0).expect("positive definite");
        assert_eq!(ease.items(), [0, 1, 2]);
        // The weights for 0 solve the normal equations of the two others: [[3, 2], [2, 2]] and the ridge, of [2, 1].
        let part = (3.0 / 2.0 + 3.0 / 2.0 + 2.0 / 3.0_f64.sqrt()) / 8.0;
        let (a, b) = (3.0 + 2.0 * 2.0 * part, 2.0 + 2.0 * 3.0_f64.sqrt() * part);
        let determinant = a * b - 4.0;
        assert!((ease.weight(1, 0) - (b * 2.0 - 2.0) / determinant).abs() < 1e-6);
        assert!((ease.weight(2, 0) - (a - 4.0) / determinant).abs() < 1e-6);
        assert!(ease.weight(0, 0) == 0.0 && ease.weight(0, 3) == 0.0);
        let scores = ease.scores(&[(1, 0.5), (3, 1.0)]);
        assert!((f64::from(scores[0]) - 0.5 * ease.weight(1, 0)).abs() < 1e-7);
    }
}
