//! Names: whether what a rule names is there, and may be asked at the rule's place.

use std::ops::Range;

use super::check::Checker;
use super::error::code;
use super::kinds::Type;
use super::scope::LifecycleNames;
use super::{Expr, ExprError, Extent, Function, Place, Tally};
use crate::suggest::did_you_mean;

/// Most names that a complaint lists.
const MAX_LISTED: usize = 12;

impl Checker<'_> {
    /// Checks an expression that names something, and says what type of value it has.
    pub(super) fn name(&mut self, expr: &Expr, extent: &Extent) -> Type {
        if let Some(error) = self.out_of_place(expr, extent) {
            return self.wrong(error);
        }
        match expr {
            Expr::Name(name) => self.bare_name(name, extent),
            Expr::Touch(_) => Type::Any,
            Expr::Tally(tally) => self.tally(tally, extent),
            Expr::Since(point) => self.point(point, extent.part(0), Type::Moving),
            Expr::Age => Type::Moving,
            Expr::TimeInStage(lifecycle) => {
                self.lifecycle(lifecycle.as_deref(), expr, extent, Type::Moving)
            }
            Expr::Stage(lifecycle) => {
                self.lifecycle(lifecycle.as_deref(), expr, extent, Type::Text)
            }
            Expr::Ever { lifecycle, stage } => self.ever(lifecycle.as_deref(), stage, expr, extent),
            Expr::InSegment(segment) => self.segment(segment, extent.part(0)),
            Expr::Intent(_) => Type::Interest,
            Expr::Score(_) => Type::Number,
            _ => Type::Any,
        }
    }

    /// The complaint about something that cannot be asked where the rule stands.
    fn out_of_place(&self, expr: &Expr, extent: &Extent) -> Option<ExprError> {
        let own = self.scope.lifecycle;
        let (message, help) = match (self.scope.place, expr) {
            (Place::EventWhere, Expr::Name(_)) => return None,
            (Place::EventWhere, Expr::Touch(name)) => {
                let name = Expr::Name(name.clone());
                (
                    "a touchpoint's `where` looks at the event itself",
                    format!("write `{name}`"),
                )
            }
            (Place::EventWhere, Expr::Score(score)) => {
                let help = format!(
                    "a property of that name stands in backticks: `{}`",
                    score.name()
                );
                (
                    "a touchpoint's `where` sees the event only, no scores",
                    help,
                )
            }
            (Place::EventWhere, _) => {
                let help = "name the event's properties, such as `total > 100`; \
                            a stage's or segment's `when` can look at the customer";
                (
                    "a touchpoint's `where` sees the event only, not the customer",
                    help.to_owned(),
                )
            }
            (Place::Row, Expr::Name(_)) => return None,
            (Place::Row, Expr::Touch(name)) => (
                "a question's rule looks at the row itself",
                format!("write `{}`", Expr::Name(name.clone())),
            ),
            (Place::Row, Expr::Score(score)) => (
                "a question's rule sees one row only, no scores",
                format!(
                    "a column of that name stands in backticks: `{}`",
                    score.name()
                ),
            ),
            (Place::Row, _) => {
                let help = "name the row's columns, such as `plan = 'pro'`; \
                            what customers did is the question itself, or a segment of a project";
                (
                    "a question's rule sees one row only, not the customer",
                    help.to_owned(),
                )
            }
            (Place::Segment | Place::AppliesTo, Expr::Touch(_)) => {
                let figure = expr.to_string().replacen("touch", "ordered", 1);
                let help = format!("ask for the latest one: `last({figure})`");
                (
                    "the touch at hand is soon gone, so only a stage's `when` can ask for it",
                    help,
                )
            }
            (
                Place::AppliesTo,
                Expr::Stage(named)
                | Expr::TimeInStage(named)
                | Expr::Ever {
                    lifecycle: named, ..
                },
            ) if own.is_some() && (named.is_none() || named.as_deref() == own) => {
                let help = "ask for traits, figures, segments or other lifecycles".to_owned();
                (
                    "who a lifecycle is for cannot hang on her place in that same lifecycle",
                    help,
                )
            }
            _ => return None,
        };
        let bytes = extent.bytes.clone();
        Some(ExprError::new(code::OUT_OF_PLACE, bytes, message, "not to be asked here").help(help))
    }

    /// A trait's or property's name.
    fn bare_name(&mut self, name: &str, extent: &Extent) -> Type {
        let names = self.scope.names;
        let is_declared = names
            .traits
            .as_ref()
            .is_some_and(|traits| traits.iter().any(|known| known == name));
        if self.scope.place == Place::EventWhere || is_declared {
            return Type::Any;
        }
        let bytes = extent.bytes.clone();
        if self.scope.place == Place::Row {
            if names.columns.iter().any(|known| known == name) {
                return Type::Any;
            }
            let known = names.columns.iter().map(String::as_str);
            let message = format!("there is no column `{name}`");
            return self.wrong(unknown(code::UNKNOWN_COLUMN, message, name, bytes, known));
        }
        if let Some((point, measure)) = name.split_once('.')
            && names.point(point).is_some()
        {
            let message = format!("`{point}` is a touchpoint, and she may have many touches of it");
            let help =
                format!("say which figure: `last({point}.{measure})` or `sum({point}.{measure})`");
            return self.wrong(
                ExprError::new(code::BARE_POINT, bytes, message, "which of them?").help(help),
            );
        }
        if names.point(name).is_some() {
            let message = format!("`{name}` is a touchpoint, but is read as a trait here");
            let help = format!("for her touches write `count({name})` or `since({name})`");
            return self.doubtful(
                ExprError::new(code::POINT_AS_TRAIT, bytes, message, "a trait of that name")
                    .help(help),
            );
        }
        if let Some(traits) = &names.traits {
            let message = format!("no trait `{name}` is declared");
            let meant = did_you_mean(name, traits.iter().map(String::as_str));
            let error = ExprError::new(
                code::UNKNOWN_TRAIT,
                bytes,
                message,
                "null for everybody, unless it comes unannounced",
            );
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`? A text stands in 'single quotes'"),
                None => "declare it under the source's `traits`; a text stands in 'single quotes'"
                    .to_owned(),
            };
            return self.doubtful(error.help(help));
        }
        Type::Any
    }

    fn tally(&mut self, tally: &Tally, extent: &Extent) -> Type {
        let over = extent.parts.first().unwrap_or(extent);
        let kind = match (tally.function, tally.measure.as_deref()) {
            (Function::First | Function::Last, Some("value" | "score")) => Type::Number,
            (Function::First | Function::Last, _) => Type::Any,
            _ => Type::Number,
        };
        let Some(point) = &tally.point else {
            return kind;
        };
        let Some(known) = self.scope.names.point(point) else {
            return self.point(point, over.part(0), kind);
        };
        let Some(measure) = &tally.measure else {
            return kind;
        };
        if !known.has(measure) {
            let message = format!("`{point}` maps no {measure}");
            let help = format!(
                "add `{measure}: PROPERTY` to the touchpoint, or ask for the property by its own name"
            );
            return self.wrong(
                ExprError::new(code::UNKNOWN_MEASURE, over.part(1), message, "not mapped")
                    .help(help),
            );
        }
        let is_sum = matches!(
            tally.function,
            Function::Sum | Function::Avg | Function::Min | Function::Max
        );
        if is_sum && measure == "topic" {
            let message = format!(
                "{} needs a number, and a topic is a text",
                tally.function.name()
            );
            let help = format!("write `distinct({point}.topic)` or `last({point}.topic)`");
            return self
                .wrong(ExprError::new(code::MISMATCH, over.part(1), message, "a text").help(help));
        }
        kind
    }

    fn point(&mut self, name: &str, bytes: Range<usize>, kind: Type) -> Type {
        let names = self.scope.names;
        if names.point(name).is_some() {
            return kind;
        }
        let known = names.points.iter().map(|point| point.name.as_str());
        let message = format!("there is no touchpoint `{name}`");
        self.wrong(unknown(code::UNKNOWN_POINT, message, name, bytes, known))
    }

    fn segment(&mut self, name: &str, bytes: Range<usize>) -> Type {
        let names = self.scope.names;
        if names.segments.iter().any(|segment| segment == name) {
            return Type::Bool;
        }
        let known = names.segments.iter().map(String::as_str);
        let message = format!("there is no segment `{name}`");
        self.wrong(unknown(code::UNKNOWN_SEGMENT, message, name, bytes, known))
    }

    fn lifecycle(&mut self, name: Option<&str>, expr: &Expr, extent: &Extent, kind: Type) -> Type {
        match self.find_lifecycle(name, expr, extent) {
            Ok(_) => kind,
            Err(error) => self.wrong(error),
        }
    }

    fn ever(&mut self, lifecycle: Option<&str>, stage: &str, expr: &Expr, extent: &Extent) -> Type {
        match self.find_lifecycle(lifecycle, expr, extent) {
            Ok(lifecycle) => match unknown_stage(
                lifecycle,
                stage,
                extent.part(extent.parts.len().saturating_sub(1)),
            ) {
                Some(error) => self.wrong(error),
                None => Type::Bool,
            },
            Err(error) => self.wrong(error),
        }
    }

    /// The lifecycle that is named, or the one the rule stands in.
    fn find_lifecycle(
        &self,
        name: Option<&str>,
        expr: &Expr,
        extent: &Extent,
    ) -> Result<&LifecycleNames, ExprError> {
        let names = self.scope.names;
        if let Some(found) = name
            .or(self.scope.lifecycle)
            .and_then(|name| names.lifecycle(name))
        {
            return Ok(found);
        }
        let Some(name) = name else {
            return Err(self.no_lifecycle(expr, extent));
        };
        let known = names
            .lifecycles
            .iter()
            .map(|lifecycle| lifecycle.name.as_str());
        let message = format!("there is no lifecycle `{name}`");
        Err(unknown(
            code::UNKNOWN_LIFECYCLE,
            message,
            name,
            extent.part(0),
            known,
        ))
    }

    /// The complaint about `stage()` and the like where no lifecycle is meant by itself.
    fn no_lifecycle(&self, expr: &Expr, extent: &Extent) -> ExprError {
        let lifecycles = &self.scope.names.lifecycles;
        let fits = lifecycles.iter().find(|lifecycle| match expr {
            Expr::Ever { stage, .. } => lifecycle.stages.contains(stage),
            _ => true,
        });
        let lifecycle = Some(fits.map_or("retail", |fits| &fits.name).to_owned());
        let named = match expr {
            Expr::Ever { stage, .. } => Expr::Ever {
                lifecycle,
                stage: stage.clone(),
            },
            Expr::TimeInStage(_) => Expr::TimeInStage(lifecycle),
            _ => Expr::Stage(lifecycle),
        };
        let message = "the rule stands in no lifecycle, so one must be named";
        ExprError::new(
            code::NO_LIFECYCLE,
            extent.bytes.clone(),
            message,
            "of which lifecycle?",
        )
        .help(format!("write `{named}`"))
    }

    /// Checks a text that is compared with `stage(...)`.
    pub(super) fn stage_literal(&mut self, stage: &Expr, text: &Expr, bytes: &Range<usize>) {
        let (Expr::Stage(lifecycle), Expr::Text(name)) = (stage, text) else {
            return;
        };
        let lifecycle = lifecycle.as_deref().or(self.scope.lifecycle);
        if let Some(lifecycle) =
            lifecycle.and_then(|lifecycle| self.scope.names.lifecycle(lifecycle))
            && let Some(error) = unknown_stage(lifecycle, name, bytes.clone())
        {
            self.wrong(error);
        }
    }
}

fn unknown_stage(
    lifecycle: &LifecycleNames,
    stage: &str,
    bytes: Range<usize>,
) -> Option<ExprError> {
    if lifecycle.stages.iter().any(|known| known == stage) {
        return None;
    }
    let known = lifecycle.stages.iter().map(String::as_str);
    let message = format!("the lifecycle {} has no stage `{stage}`", lifecycle.name);
    let error = unknown(code::UNKNOWN_STAGE, message, stage, bytes, known);
    match stage {
        "none" => Some(error.help("who is in no stage has none: write `stage() IS NULL`")),
        _ => Some(error),
    }
}

/// The complaint about a name that is not there.
fn unknown<'n>(
    code: &'static str,
    message: String,
    name: &str,
    bytes: Range<usize>,
    known: impl Iterator<Item = &'n str> + Clone,
) -> ExprError {
    let error = ExprError::new(code, bytes, message, "not known");
    if let Some(meant) = did_you_mean(name, known.clone()) {
        return error.help(format!("did you mean `{meant}`?"));
    }
    let some: Vec<_> = known.take(MAX_LISTED).collect();
    if some.is_empty() {
        error
    } else {
        error.help(format!("known are {}", some.join(", ")))
    }
}
