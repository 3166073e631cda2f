//! Calls that figure something over a customer's touches: count, sum and the like, and since.

use perennial_model::Duration;
use std::ops::Range;

use sqlparser::ast::{Expr as Sql, Ident, Value};

use super::call::Call;
use super::error::code;
use super::extent::{Located, place_of};
use super::reader::Reader;
use super::words::joined;
use super::{Expr, ExprError, Extent, Function, Tally};

impl Function {
    /// Every figure.
    pub const ALL: [Self; 8] = [
        Self::Count,
        Self::Sum,
        Self::Avg,
        Self::Min,
        Self::Max,
        Self::First,
        Self::Last,
        Self::Distinct,
    ];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
            Self::Distinct => "distinct",
        }
    }
}

impl Reader<'_> {
    /// A figure: `count(*)`, `count(point)`, `sum(point.measure)`, each with or without a window.
    pub(super) fn tally(
        &mut self,
        function: Function,
        call: &Call,
        depth: usize,
    ) -> Result<Located, ExprError> {
        let usage = match function {
            Function::Count => "count(ordered), count(*) or count(ordered, days(30))".to_owned(),
            other => format!(
                "{0}(ordered.value) or {0}(ordered.value, days(30))",
                other.name()
            ),
        };
        let (over, window) = match call.arguments.as_slice() {
            [over] => (over, None),
            [over, window] => (over, Some(window)),
            _ => return Err(call.wrong(&usage)),
        };
        let (point, measure, extent) = match over {
            None if function == Function::Count => (
                None,
                None,
                Extent {
                    bytes: call.bytes.clone(),
                    parts: Vec::new(),
                },
            ),
            None => return Err(call.wrong(&usage)),
            Some(path) => self.touches(path, call, &usage)?,
        };
        if measure.is_none() != (function == Function::Count) {
            let point = point.as_deref().unwrap_or("*");
            let help = match function {
                Function::Count => format!(
                    "write `count({point})`; of a measure there are sum, avg, min, max, first, last and distinct"
                ),
                other => format!("say of what, such as `{}({point}.value)`", other.name()),
            };
            let message = if measure.is_some() {
                "count takes no measure"
            } else {
                "a measure is missing"
            };
            return Err(
                ExprError::new(code::ARGUMENTS, extent.bytes, message, "this argument").help(help),
            );
        }
        let mut parts = vec![extent];
        let window = match window {
            None => None,
            Some(window) => Some(self.window(*window, call, &usage, depth, &mut parts)?),
        };
        let expr = Expr::Tally(Tally {
            function,
            point,
            measure,
            window,
        });
        Ok(Located {
            expr,
            extent: Extent {
                bytes: call.bytes.clone(),
                parts,
            },
        })
    }

    /// The touchpoint and measure of a figure.
    fn touches(
        &self,
        path: &Sql,
        call: &Call,
        usage: &str,
    ) -> Result<(Option<String>, Option<String>, Extent), ExprError> {
        let whole = self.tokens.extent(place_of(path));
        let (point, measure): (&Ident, &[Ident]) = match path {
            Sql::Identifier(point) => (point, &[]),
            Sql::CompoundIdentifier(path) => match path.as_slice() {
                [point, measure @ ..] => (point, measure),
                [] => return Err(call.wrong(usage)),
            },
            Sql::Value(value) => return Err(quoted_point(&value.value, whole.bytes, usage)),
            _ => {
                return Err(ExprError::new(
                    code::ARGUMENTS,
                    whole.bytes,
                    "a touchpoint is needed here",
                    "not a name",
                )
                .help(format!(
                    "write `{usage}`; a name with unusual signs stands in `backticks`"
                )));
            }
        };
        let mut parts = vec![self.tokens.extent(point.span)];
        if let (Some(first), Some(last)) = (measure.first(), measure.last()) {
            parts.push(self.tokens.extent(first.span.union(&last.span)));
        }
        let name = (!measure.is_empty()).then(|| joined(measure));
        Ok((
            Some(point.value.clone()),
            name,
            Extent {
                bytes: whole.bytes,
                parts,
            },
        ))
    }

    fn window(
        &mut self,
        window: Option<&Sql>,
        call: &Call,
        usage: &str,
        depth: usize,
        parts: &mut Vec<Extent>,
    ) -> Result<Duration, ExprError> {
        let read = self.expr(window.ok_or_else(|| call.wrong(usage))?, depth + 1)?;
        // The window is a part of the figure, not one of its own.
        parts.push(read.extent.clone());
        match read.expr {
            Expr::Span(window) => Ok(window),
            other => {
                let help = match other {
                    Expr::Number(days) => format!("write `days({days})`"),
                    _ => "write `days(30)`, `hours(12)` or `weeks(2)`".to_owned(),
                };
                let message = "a window is a length of time";
                Err(ExprError::new(
                    code::ARGUMENTS,
                    read.extent.bytes,
                    message,
                    "not a length of time",
                )
                .help(help))
            }
        }
    }

    /// `since(point)`.
    pub(super) fn since(&self, call: &Call) -> Result<(Expr, Vec<Extent>), ExprError> {
        let usage = "since(ordered)";
        let [Some(point)] = call.arguments.as_slice() else {
            return Err(call.wrong(usage));
        };
        match self.touches(point, call, usage)? {
            (Some(point), None, extent) => Ok((Expr::Since(point), vec![extent])),
            (_, _, extent) => Err(ExprError::new(
                code::ARGUMENTS,
                extent.bytes,
                "since takes no measure",
                "this argument",
            )
            .help("write `since(ordered)`: the time since her last touch of it")),
        }
    }
}

fn quoted_point(value: &Value, bytes: Range<usize>, usage: &str) -> ExprError {
    let help = match value {
        Value::SingleQuotedString(name) => format!("write the name without quotes: {name}"),
        _ => format!("write `{usage}`"),
    };
    ExprError::new(
        code::ARGUMENTS,
        bytes,
        "a touchpoint is needed here",
        "not a name",
    )
    .help(help)
}
