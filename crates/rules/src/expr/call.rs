//! Calls of functions: figures over touches, times, stages, segments, interest and lengths of time.

use std::ops::Range;

use perennial_model::{DAY_MS, Duration, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS};
use sqlparser::ast::{
    Expr as Sql, Function as SqlCall, FunctionArg, FunctionArgExpr, FunctionArguments,
    ObjectNamePart, Spanned, Value,
};

use super::error::code;
use super::extent::{Located, place_of};
use super::foreign::foreign_function;
use super::reader::Reader;
use super::{Expr, ExprError, Extent, Function};
use crate::suggest::did_you_mean;

/// Longest time that a rule may name: about a thousand years, in days of 24 hours.
const MAX_SPAN_DAYS: i64 = 366_000;

/// The units of time, as functions.
const UNITS: [(&str, i64); 5] = [
    ("days", DAY_MS),
    ("hours", HOUR_MS),
    ("minutes", MINUTE_MS),
    ("seconds", SECOND_MS),
    ("weeks", WEEK_MS),
];

/// The functions that are neither figures nor units.
const OTHERS: [&str; 7] = [
    "since",
    "age",
    "time_in_stage",
    "stage",
    "ever",
    "in_segment",
    "intent",
];

/// A call with its parts at hand.
pub(super) struct Call<'a> {
    /// The function's name in lower case.
    pub(super) name: String,
    /// The whole call.
    pub(super) bytes: Range<usize>,
    /// Its arguments; `None` is `*`.
    pub(super) arguments: Vec<Option<&'a Sql>>,
}

impl Reader<'_> {
    /// Reads a call.
    pub(super) fn call(&mut self, sql: &SqlCall, depth: usize) -> Result<Located, ExprError> {
        let bytes = self.tokens.call_bytes(sql.name.span());
        let call = Call::of(sql, bytes.clone()).ok_or_else(|| {
            let message = "this call has more than arguments";
            ExprError::new(
                code::FOREIGN_SQL,
                bytes.clone(),
                message,
                "not part of a rule",
            )
            .help("write `count(ordered, days(30))`")
        })?;
        if let Some(function) = Function::ALL
            .into_iter()
            .find(|function| function.name() == call.name)
        {
            return self.tally(function, &call, depth);
        }
        if let Some((_, unit_ms)) = UNITS.iter().find(|(name, _)| *name == call.name) {
            let expr = Expr::Span(self.span(&call, *unit_ms)?);
            return Ok(Located {
                expr,
                extent: Extent {
                    bytes,
                    parts: Vec::new(),
                },
            });
        }
        let (expr, parts) = match call.name.as_str() {
            "since" => self.since(&call)?,
            "age" => (Expr::Age, self.texts(&call, 0..=0, "age()")?.1),
            "time_in_stage" => self.lifecycle(
                &call,
                "time_in_stage() or time_in_stage('retail')",
                Expr::TimeInStage,
            )?,
            "stage" => self.lifecycle(&call, "stage() or stage('retail')", Expr::Stage)?,
            "ever" => self.ever(&call)?,
            "in_segment" => self.one_text(&call, "in_segment('vip')", Expr::InSegment)?,
            "intent" => self.one_text(&call, "intent('shoes')", Expr::Intent)?,
            _ => return Err(unknown_function(&call, self.tokens.bytes(sql.name.span()))),
        };
        Ok(Located {
            expr,
            extent: Extent { bytes, parts },
        })
    }

    /// `days(30)` and the like.
    fn span(&self, call: &Call, unit_ms: i64) -> Result<Duration, ExprError> {
        let digits = match call.arguments.as_slice() {
            [Some(Sql::Value(value))] => match &value.value {
                Value::Number(digits, _) => digits.as_str(),
                _ => "",
            },
            _ => "",
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let help = "write `days(30)`; a part of a day is so many hours: `hours(36)`";
            let message = format!("{} takes a whole number, not negative", call.name);
            return Err(ExprError::new(
                code::ARGUMENTS,
                call.bytes.clone(),
                message,
                "this length of time",
            )
            .help(help));
        }
        let ms = digits
            .parse::<i64>()
            .ok()
            .and_then(|count| count.checked_mul(unit_ms));
        match ms.filter(|ms| *ms <= MAX_SPAN_DAYS * DAY_MS) {
            Some(ms) => Ok(Duration::from_ms(ms)),
            None => {
                let message = format!("a length of time is at most {MAX_SPAN_DAYS} days");
                Err(ExprError::new(
                    code::SPAN_TOO_LONG,
                    call.bytes.clone(),
                    message,
                    "too long",
                ))
            }
        }
    }

    fn ever(&self, call: &Call) -> Result<(Expr, Vec<Extent>), ExprError> {
        let (mut texts, parts) =
            self.texts(call, 1..=2, "ever('lapsed') or ever('retail', 'lapsed')")?;
        let stage = texts.pop().unwrap_or_default();
        Ok((
            Expr::Ever {
                lifecycle: texts.pop(),
                stage,
            },
            parts,
        ))
    }

    fn lifecycle(
        &self,
        call: &Call,
        usage: &str,
        make: fn(Option<String>) -> Expr,
    ) -> Result<(Expr, Vec<Extent>), ExprError> {
        let (mut texts, parts) = self.texts(call, 0..=1, usage)?;
        Ok((make(texts.pop()), parts))
    }

    fn one_text(
        &self,
        call: &Call,
        usage: &str,
        make: fn(String) -> Expr,
    ) -> Result<(Expr, Vec<Extent>), ExprError> {
        let (mut texts, parts) = self.texts(call, 1..=1, usage)?;
        Ok((make(texts.pop().unwrap_or_default()), parts))
    }

    /// Arguments that are all texts.
    fn texts(
        &self,
        call: &Call,
        count: std::ops::RangeInclusive<usize>,
        usage: &str,
    ) -> Result<(Vec<String>, Vec<Extent>), ExprError> {
        if !count.contains(&call.arguments.len()) {
            return Err(call.wrong(usage));
        }
        let (mut texts, mut parts) = (Vec::new(), Vec::new());
        for argument in &call.arguments {
            let argument = argument.ok_or_else(|| call.wrong(usage))?;
            let extent = self.tokens.extent(place_of(argument));
            match argument {
                Sql::Value(value) if matches!(value.value, Value::SingleQuotedString(_)) => {
                    texts.extend(value.value.clone().into_string());
                }
                Sql::Identifier(name) => {
                    let message = format!("{} takes a text", call.name);
                    return Err(ExprError::new(
                        code::ARGUMENTS,
                        extent.bytes,
                        message,
                        "a name without quotes",
                    )
                    .help(format!("write '{}' in single quotes", name.value)));
                }
                _ => return Err(call.wrong(usage)),
            }
            parts.push(extent);
        }
        Ok((texts, parts))
    }
}

impl<'a> Call<'a> {
    /// The parts of a plain call; `None` for anything that SQL hangs on to calls.
    fn of(sql: &'a SqlCall, bytes: Range<usize>) -> Option<Self> {
        let [ObjectNamePart::Identifier(name)] = sql.name.0.as_slice() else {
            return None;
        };
        let FunctionArguments::List(list) = &sql.args else {
            return None;
        };
        let is_plain = sql.filter.is_none()
            && sql.over.is_none()
            && sql.null_treatment.is_none()
            && sql.within_group.is_empty()
            && matches!(sql.parameters, FunctionArguments::None)
            && list.duplicate_treatment.is_none()
            && list.clauses.is_empty();
        let mut arguments = Vec::new();
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => arguments.push(Some(expr)),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => arguments.push(None),
                _ => return None,
            }
        }
        is_plain.then(|| Self {
            name: name.value.to_ascii_lowercase(),
            bytes,
            arguments,
        })
    }

    /// The complaint about its arguments, with the right ones.
    pub(super) fn wrong(&self, usage: &str) -> ExprError {
        let message = format!("{} takes other arguments", self.name);
        ExprError::new(code::ARGUMENTS, self.bytes.clone(), message, "not these")
            .help(format!("write `{usage}`"))
    }
}

fn unknown_function(call: &Call, name: Range<usize>) -> ExprError {
    let known = Function::ALL.iter().map(|function| function.name());
    let known = known
        .chain(OTHERS)
        .chain(UNITS.iter().map(|(unit, _)| *unit));
    let error = ExprError::new(
        code::UNKNOWN_FUNCTION,
        name,
        format!("there is no function `{}`", call.name),
        "not known",
    );
    match (
        foreign_function(&call.name),
        did_you_mean(&call.name, known.clone()),
    ) {
        (Some(help), _) => error.help(help),
        (None, Some(meant)) => error.help(format!("did you mean `{meant}`?")),
        (None, None) => error.help(format!(
            "the functions are {}",
            known.collect::<Vec<_>>().join(", ")
        )),
    }
}
