//! Types: what may be compared with what, and where moving times may stand.
//!
//! One walk over the expression. Everything wrong is collected, each thing once: what has been
//! complained about is [`Type::Wrong`] from there on.

use super::compare::{Side, why_not};
use super::error::code;
use super::kinds::Type;
use super::{Comparison, Expr, ExprError, Extent, Scope};

/// Checks a whole rule and lists what is wrong, errors and warnings, in the order of the text.
pub(super) fn check(expr: &Expr, extent: &Extent, scope: Scope) -> Vec<ExprError> {
    let mut checker = Checker {
        scope,
        found: Vec::new(),
    };
    checker.condition(expr, extent);
    checker.found.sort_by_key(|error| error.bytes.start);
    checker.found
}

/// The state of checking one rule.
pub(super) struct Checker<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) found: Vec<ExprError>,
}

impl Checker<'_> {
    /// Notes what is wrong.
    pub(super) fn wrong(&mut self, error: ExprError) -> Type {
        self.found.push(error);
        Type::Wrong
    }

    /// Notes what looks wrong, but may be meant.
    pub(super) fn doubtful(&mut self, warning: ExprError) -> Type {
        self.found.push(warning);
        Type::Any
    }

    /// Checks an expression that must say yes or no.
    fn condition(&mut self, expr: &Expr, extent: &Extent) {
        let kind = self.value(expr, extent);
        let help = match kind {
            Type::Bool | Type::Any | Type::Wrong => return,
            Type::Number if matches!(expr, Expr::Number(_)) => {
                format!("compare something with it, such as `count(ordered) > {expr}`")
            }
            Type::Number => format!("compare it, such as `{expr} > 0`"),
            Type::Moving => format!("compare it, such as `{expr} >= days(30)`"),
            Type::Interest => format!("compare it, such as `{expr} >= 3`"),
            Type::Text if matches!(expr, Expr::Stage(_)) => {
                format!("compare it, such as `{expr} = 'lead'`")
            }
            Type::Text => {
                "a condition compares something with this text, such as `country = 'DE'`".to_owned()
            }
            Type::Span => "compare a time with it, such as `since(ordered) >= days(30)`".to_owned(),
            Type::Null => "ask `... IS NULL`".to_owned(),
        };
        let message = format!("a condition is needed, and this is {}", kind.article());
        self.wrong(
            ExprError::new(
                code::NOT_A_CONDITION,
                extent.bytes.clone(),
                message,
                kind.article(),
            )
            .help(help),
        );
    }

    fn side<'e>(&mut self, expr: &'e Expr, extent: &Extent, number: usize) -> Side<'e> {
        let part = extent.parts.get(number).unwrap_or(extent);
        Side {
            expr,
            kind: self.value(expr, part),
            bytes: part.bytes.clone(),
        }
    }

    /// Checks an expression and says what type of value it has.
    fn value(&mut self, expr: &Expr, extent: &Extent) -> Type {
        match expr {
            Expr::Null => Type::Null,
            Expr::Bool(_) => Type::Bool,
            Expr::Number(_) => Type::Number,
            Expr::Text(_) => Type::Text,
            Expr::Span(_) => Type::Span,
            Expr::Not(_) | Expr::All(_) | Expr::Any(_) => {
                for (number, part) in expr.parts().into_iter().enumerate() {
                    self.condition(part, extent.parts.get(number).unwrap_or(extent));
                }
                Type::Bool
            }
            Expr::Compare { left, op, right } => {
                let left = self.side(left, extent, 0);
                let right = self.side(right, extent, 1);
                self.comparison(&left, *op, &right, extent);
                Type::Bool
            }
            Expr::In { value, list, .. } => self.membership(value, list, extent),
            Expr::Between {
                value, low, high, ..
            } => {
                let value = self.side(value, extent, 0);
                let low = self.side(low, extent, 1);
                let high = self.side(high, extent, 2);
                // One complaint about the value is enough.
                if self.comparison(&value, Comparison::GreaterOrEqual, &low, extent) {
                    self.comparison(&value, Comparison::LessOrEqual, &high, extent);
                }
                Type::Bool
            }
            Expr::IsNull { value, .. } => {
                self.side(value, extent, 0);
                Type::Bool
            }
            Expr::Like { value, .. } => {
                let value = self.side(value, extent, 0);
                if !matches!(value.kind, Type::Text | Type::Any | Type::Wrong) {
                    let message =
                        format!("LIKE matches texts, and this is {}", value.kind.article());
                    let help = "compare it with = < > instead";
                    self.wrong(
                        ExprError::new(code::MISMATCH, value.bytes, message, value.kind.article())
                            .help(help),
                    );
                }
                Type::Bool
            }
            Expr::Arithmetic { left, right, .. } => {
                let sides = [self.side(left, extent, 0), self.side(right, extent, 1)];
                self.arithmetic(&sides)
            }
            Expr::Negate(inner) => {
                let side = self.side(inner, extent, 0);
                self.arithmetic(&[side])
            }
            name => self.name(name, extent),
        }
    }

    fn arithmetic(&mut self, sides: &[Side]) -> Type {
        for side in sides {
            let help = match side.kind {
                Type::Number | Type::Any => continue,
                Type::Wrong => return Type::Wrong,
                Type::Moving => {
                    "a moving time stands alone on its side: `since(ordered) >= days(30)`"
                }
                Type::Span => "write one length, such as `hours(36)`",
                Type::Interest => "interest stands alone on its side: `intent('shoes') >= 3`",
                Type::Text => "a number is written without quotes",
                Type::Bool | Type::Null => "the arithmetic of rules is on numbers only",
            };
            let message = format!("there is no arithmetic on {}", side.kind.plural());
            let error = ExprError::new(
                code::ARITHMETIC,
                side.bytes.clone(),
                message,
                side.kind.article(),
            );
            return self.wrong(error.help(help));
        }
        Type::Number
    }

    /// Checks two sides against each other; false if something was wrong.
    fn comparison(&mut self, left: &Side, op: Comparison, right: &Side, extent: &Extent) -> bool {
        if left.kind == Type::Wrong || right.kind == Type::Wrong {
            return false;
        }
        if let Some(error) = why_not(left, op, right) {
            self.wrong(error);
            return false;
        }
        self.stage_literal(left.expr, right.expr, &right.bytes);
        self.stage_literal(right.expr, left.expr, &left.bytes);
        let is_moving = [left, right]
            .iter()
            .any(|side| matches!(side.kind, Type::Moving | Type::Interest));
        if is_moving && matches!(op, Comparison::Equal | Comparison::NotEqual) {
            let message = "this compares a moving value with one exact moment";
            let error = ExprError::new(
                code::EXACT_MOMENT,
                extent.bytes.clone(),
                message,
                "true for a millisecond or so",
            );
            self.doubtful(error.help("write `>=` or `<`, or BETWEEN two lengths"));
        }
        true
    }

    fn membership(&mut self, value: &Expr, list: &[Expr], extent: &Extent) -> Type {
        let value = self.side(value, extent, 0);
        if matches!(value.kind, Type::Moving | Type::Interest | Type::Span) {
            let message = format!("{} is in no list", value.kind.article());
            let (code, help) = match value.kind {
                Type::Interest => (code::INTENT, "write `intent('shoes') >= 3`"),
                _ => (
                    code::MOVING,
                    "write `since(ordered) BETWEEN days(30) AND days(60)`",
                ),
            };
            self.wrong(ExprError::new(code, value.bytes, message, "moves with time").help(help));
            return Type::Bool;
        }
        for (number, item) in list.iter().enumerate() {
            let item = self.side(item, extent, number + 1);
            if !self.comparison(&value, Comparison::Equal, &item, extent) {
                break;
            }
        }
        Type::Bool
    }
}
