//! The statistics: what customers will buy, and for how long.
//!
//! Pure: no files, clock, threads or chance (draws follow a seed that is given); the same input gives the same
//! bits. Nothing here returns NaN or panics: what cannot be worked with is refused with a way out.
//!
//! [`Orders`] are what customers bought and when, whatever is asked of them. [`Purchases`] is what a counting
//! model knows of a customer, [`Groups`] are all customers of a base, those alike together; [`GroupModel::fit`]
//! fits one of [`BgNbd`], [`MbgNbd`] and [`ParetoNbd`] to them, which then say who is still a customer and what
//! she will buy; [`PurchaseModel`] is any of them, [`Choice`] the one that forecasts the last part of the time
//! best, [`FittedModel`] scores everybody by one, with the error of its parameters. [`GammaGamma`] tells what a purchase will be worth. [`BgBb`] is for what may happen once in a
//! period, like a yearly donation, [`ShiftedBetaGeometric`] for contracts that are renewed or not; [`FittedPeriods`] scores these. [`special`]:
//! the functions of mathematics that the models stand on, in logarithms throughout. [`trees`] learn from
//! whatever else is known of customers. [`stages`]: how full the stages of a lifecycle will be. [`judge`]: how
//! good a forecast was. [`uplift`]: what an offer or message changed, and for whom. [`offers`]: what to offer whom next.
//! [`cautions`] tell what in the data may mislead, though a model can be fitted.

mod cautions;
mod choice;
mod covariates;
mod error;
mod fit;
pub mod judge;
mod models;
pub mod offers;
mod order_days;
mod orders;
mod purchases;
mod random;
mod scores;
pub mod special;
pub mod stack;
pub mod stages;
pub mod trees;
pub mod uplift;

pub use cautions::{Caution, MAX_HISTORIES, beyond, cautions, days_told, history, nobody_leaves};
pub use choice::{Candidate, Choice, Comparison};
pub use covariates::{CovariateGroups, Covariates, MAX_COVARIATES, MAX_PATTERNS, Place};
pub use error::{Error, shown};
pub use fit::{Convergence, End, Fit, Model, Warning};
pub use models::{
    BgBb, BgNbd, CountModel, Discount, Donations, GammaGamma, GroupModel, Interval, MbgCnbd,
    MbgNbd, ParetoCovariates, ParetoNbd, PurchaseModel, Renewals, ShiftedBetaGeometric, Spend,
    SpendGroups,
};
pub use order_days::{OrderDays, Refunded};
pub use orders::{Orders, OrdersOf, Refunds, Unit};
pub use purchases::{Groups, Horizon, MAX_TIME, MIN_CUSTOMERS, Purchases};
pub use random::Random;
pub use scores::{
    ContractScore, DonorScore, FittedModel, FittedPeriods, Question, Score, Scores, Total, Worth,
};
