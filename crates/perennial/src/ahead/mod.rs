//! How full the stages of a run will be: what the command and the report say of it alike.

mod known;
mod periods;

pub use known::{Asked, Known};
pub use periods::{Periods, Step};

use perennial_forecast::stages::{BackTest, Change, Effect, Fan, StageModel, back_test};
use perennial_forecast::stages::{Clock, StagesError};

use crate::failure::Failure;

/// What is looked ahead of and what was found.
pub struct Ahead<'k> {
    pub known: &'k Known,
    pub model: StageModel<'k>,
    pub back_test: BackTest,
}

/// One group's fans.
pub struct GroupAhead {
    /// Its name; `None` for all customers.
    pub group: Option<String>,
    pub fans: Vec<Fan>,
    /// What changes do, if any were asked about.
    pub effects: Vec<Effect>,
}

impl<'k> Ahead<'k> {
    /// Fits the model and tries it at earlier days.
    ///
    /// # Errors
    /// Data that is too thin.
    pub fn fit(known: &'k Known, days: &[u32]) -> Result<Self, Failure> {
        let model = StageModel::fit(&known.ledger, known.last_day).map_err(refused)?;
        Ok(Self {
            known,
            model,
            back_test: back_test(&known.ledger, days).map_err(refused)?,
        })
    }

    /// The fans of all customers, or of each group.
    ///
    /// # Errors
    /// Farther ahead than history reaches back.
    pub fn fans(&self, days: &[u32], changes: &[Change]) -> Result<Vec<GroupAhead>, Failure> {
        let groups = &self.known.groups;
        let numbers: Vec<Option<u16>> = match groups.is_empty() {
            true => vec![None],
            false => (0..groups.len() as u16).map(Some).collect(),
        };
        let of = |number: Option<u16>| {
            let (fans, effects) = match changes.is_empty() {
                true => (self.model.ahead(days, number), Vec::new()),
                false => {
                    let both = self.model.what_if(days, number, changes).map_err(refused)?;
                    (Ok(both.0), both.1)
                }
            };
            Ok(GroupAhead {
                group: number.and_then(|number| groups.get(usize::from(number)).cloned()),
                fans: fans.map_err(refused)?,
                effects,
            })
        };
        numbers.into_iter().map(of).collect()
    }

    /// What the clock of a stage runs from, in words.
    pub fn clock(&self, stage: usize) -> String {
        let own = self.model.clocks().get(stage).copied().unwrap_or_default();
        let since = match own.clock {
            Clock::Entry => "days in the stage".to_owned(),
            Clock::LastTouch => format!("days since she last {}", self.known.touches_in_words()),
        };
        match own.by_origin {
            true => format!("{since}, and the stage before"),
            false => since,
        }
    }

    /// How forecasts went that were made before, in a sentence.
    pub fn tested(&self) -> String {
        let (test, all) = (&self.back_test, &self.back_test.all);
        let reach = test.days.last().copied().unwrap_or(0);
        let covered = match test.widened > 1.0 {
            true => format!(
                "{:.0}% of what came lay in the model's 90% bands, so the bands shown are {:.2} times as wide ({:.0}% of what came lies in bands widened by what the other days ask)",
                100.0 * all.covered,
                test.widened,
                100.0 * test.covered_widened
            ),
            false => format!(
                "{:.0}% of what came lay in the 90% bands",
                100.0 * all.covered
            ),
        };
        format!(
            "Tried from {} earlier days, up to {reach} days ahead: off by {} on average, where «stays as it is» is off by {} and «goes on as in the last 8 weeks» by {}; {} too {}; {covered}.",
            test.origins.len(),
            percent(all.error),
            percent(all.error_as_now),
            percent(all.error_of_trend),
            percent(all.bias.abs()),
            if all.bias < 0.0 { "few" } else { "many" },
        )
    }

    /// What somebody should know before trusting it.
    pub fn cautions(&self, days: &[u32]) -> Vec<String> {
        let (test, all) = (&self.back_test, &self.back_test.all);
        let mut cautions = Vec::new();
        if all.error >= all.error_as_now.min(all.error_of_trend) {
            cautions.push(
                "earlier forecasts were no better than one that knows nothing; do not lean on this one"
                    .to_owned(),
            );
        }
        if test.days.len() < days.len() {
            cautions.push(format!(
                "history is too short to try forecasts of more than {} days ahead; those beyond are untried",
                test.days.last().copied().unwrap_or(0)
            ));
        }
        cautions
    }
}

/// A share in per cent.
fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// What the model refuses, as commands say it.
fn refused(error: StagesError) -> Failure {
    match error {
        StagesError::FarAhead { .. } | StagesError::Figure(_) => Failure::usage(error),
        _ => Failure::failed(error),
    }
}
