//! The models, a concept a file.

mod around;
mod beta_geometric;
mod bg_bb;
mod count;
mod gamma_gamma;
mod mbg_cnbd;
mod pareto;
mod pareto_covariates;
mod purchase_model;
mod renewals;

pub(crate) use around::models_around;
pub use beta_geometric::{BgNbd, MbgNbd};
pub use bg_bb::{BgBb, Donations};
pub use count::{CountModel, Discount, GroupModel, Interval};
pub(crate) use count::{MAX_LISTED, TAIL};
pub use gamma_gamma::{GammaGamma, Spend, SpendGroups};
pub use mbg_cnbd::MbgCnbd;
pub use pareto::ParetoNbd;
pub use pareto_covariates::ParetoCovariates;
pub use purchase_model::PurchaseModel;
pub use renewals::{Renewals, ShiftedBetaGeometric};
