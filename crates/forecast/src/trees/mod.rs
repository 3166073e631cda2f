//! Gradient-boosted trees: what many small decisions on many columns tell of a number or a chance.
//!
//! A [`Table`] holds the columns, missing values among them; [`Trees::fit`] learns a [`Lesson`] by a [`Loss`]
//! as [`Options`] say, and the trees forecast other rows and say what each column contributed to it
//! ([`Trees::contributions`], exact Shapley values). The same input and seed give the same bits.
//!
//! Histograms of binned columns, grown leaf by leaf, second order: as LightGBM (Ke et al. 2017), without its
//! threads, sampling by gradients and bundling of columns.

mod bins;
mod boost;
mod contributions;
mod grow;
mod loss;
mod options;
mod parts;
mod sums;
mod table;

pub(crate) use bins::Bins;
pub use boost::{Lesson, Trees};
pub use loss::Loss;
pub use options::Options;
pub use parts::{Fork, Node, Parts};
pub use table::{MAX_COLUMNS, Table};
