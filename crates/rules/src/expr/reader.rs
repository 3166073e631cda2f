//! From sqlparser's form of an expression to ours; what has no place in ours is refused.

use sqlparser::ast::{BinaryOperator, Expr as Sql, UnaryOperator, Value};

use super::error::code;
use super::extent::{Located, place_of};
use super::parse::{MAX_RULE_DEPTH, MAX_RULE_NODES};
use super::screen::{too_deep, too_many};
use super::tokens::Tokens;
use super::words::{bare_name, comparison, dotted_name, number, operation};
use super::{Expr, ExprError, Extent};

/// The state of turning SQL into our own form.
pub(super) struct Reader<'a> {
    pub(super) tokens: &'a Tokens<'a>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    /// A reader of a rule's tokens.
    pub(super) fn new(tokens: &'a Tokens<'a>) -> Self {
        Self { tokens, nodes: 0 }
    }

    /// Reads one expression at a depth, counted from 1.
    pub(super) fn expr(&mut self, sql: &Sql, depth: usize) -> Result<Located, ExprError> {
        let sql = without_wrapping(sql);
        self.count(sql, depth)?;
        match sql {
            Sql::Identifier(name) => Ok(self.leaf(sql, bare_name(name))),
            Sql::CompoundIdentifier(path) => Ok(self.leaf(sql, dotted_name(path))),
            Sql::Value(value) => self.literal(&value.value, sql),
            Sql::Function(call) => self.call(call, depth),
            Sql::UnaryOp { op, expr } => self.unary(op, expr, sql, depth),
            Sql::BinaryOp {
                op: BinaryOperator::And,
                ..
            } => self.connected(sql, &BinaryOperator::And, depth, Expr::All),
            Sql::BinaryOp {
                op: BinaryOperator::Or,
                ..
            } => self.connected(sql, &BinaryOperator::Or, depth, Expr::Any),
            Sql::BinaryOp { left, op, right } => self.binary(left, op, right, sql, depth),
            Sql::InList {
                expr,
                list,
                negated,
            } => self.membership(expr, list, *negated, depth),
            Sql::Between {
                expr,
                negated,
                low,
                high,
            } => self.between([expr, low, high], *negated, depth),
            Sql::IsNull(value) => self.is_null(value, false, depth),
            Sql::IsNotNull(value) => self.is_null(value, true, depth),
            Sql::Like {
                negated,
                expr,
                pattern,
                escape_char: None,
                any: false,
            } => self.like(expr, pattern, *negated, depth),
            other => Err(self.refused(other)),
        }
    }

    fn count(&mut self, sql: &Sql, depth: usize) -> Result<(), ExprError> {
        self.nodes += 1;
        if self.nodes > MAX_RULE_NODES {
            return Err(too_many(self.tokens.bytes(place_of(sql))));
        }
        if depth > MAX_RULE_DEPTH {
            return Err(too_deep(self.tokens.bytes(place_of(sql))));
        }
        Ok(())
    }

    fn leaf(&self, sql: &Sql, expr: Expr) -> Located {
        Located {
            expr,
            extent: self.tokens.extent(place_of(sql)),
        }
    }

    fn boxed(&mut self, sql: &Sql, depth: usize) -> Result<(Box<Expr>, Extent), ExprError> {
        let part = self.expr(sql, depth + 1)?;
        Ok((Box::new(part.expr), part.extent))
    }

    fn literal(&self, value: &Value, sql: &Sql) -> Result<Located, ExprError> {
        let expr = match value {
            Value::Number(digits, _) => {
                Expr::Number(number(digits, self.tokens.bytes(place_of(sql)))?)
            }
            Value::SingleQuotedString(text) => Expr::Text(text.clone()),
            Value::Boolean(truth) => Expr::Bool(*truth),
            Value::Null => Expr::Null,
            _ => return Err(self.refused(sql)),
        };
        Ok(self.leaf(sql, expr))
    }

    fn unary(
        &mut self,
        op: &UnaryOperator,
        operand: &Sql,
        sql: &Sql,
        depth: usize,
    ) -> Result<Located, ExprError> {
        match op {
            UnaryOperator::Minus => {
                if let Sql::Value(value) = operand
                    && let Value::Number(digits, _) = &value.value
                {
                    let number =
                        number(&format!("-{digits}"), self.tokens.bytes(place_of(operand)))?;
                    return Ok(self.leaf(operand, Expr::Number(number)));
                }
                let (inner, extent) = self.boxed(operand, depth)?;
                Ok(Located {
                    expr: Expr::Negate(inner),
                    extent: self.tokens.with_operator(extent),
                })
            }
            UnaryOperator::Not => {
                let (inner, extent) = self.boxed(operand, depth)?;
                Ok(Located {
                    expr: Expr::Not(inner),
                    extent: self.tokens.with_operator(extent),
                })
            }
            _ => Err(self.refused(sql)),
        }
    }

    /// A chain of one connective, also over parentheses, as one flat list.
    fn connected(
        &mut self,
        sql: &Sql,
        connective: &BinaryOperator,
        depth: usize,
        make: fn(Vec<Expr>) -> Expr,
    ) -> Result<Located, ExprError> {
        let (mut exprs, mut extents) = (Vec::new(), Vec::new());
        // The chain is as deep as it is long, so it is walked with a stack of our own.
        let mut waiting = vec![sql];
        while let Some(next) = waiting.pop() {
            match without_wrapping(next) {
                Sql::BinaryOp { left, op, right } if op == connective => {
                    waiting.extend([&**right, &**left])
                }
                part => {
                    let part = self.expr(part, depth + 1)?;
                    exprs.push(part.expr);
                    extents.push(part.extent);
                }
            }
        }
        Ok(Located {
            expr: make(exprs),
            extent: self.tokens.around(extents),
        })
    }

    fn binary(
        &mut self,
        left: &Sql,
        op: &BinaryOperator,
        right: &Sql,
        sql: &Sql,
        depth: usize,
    ) -> Result<Located, ExprError> {
        if comparison(op).is_none() && operation(op).is_none() {
            return Err(self.refused(sql));
        }
        let (left, left_extent) = self.boxed(left, depth)?;
        let (right, right_extent) = self.boxed(right, depth)?;
        let expr = match (comparison(op), operation(op)) {
            (Some(op), _) => Expr::Compare { left, op, right },
            (None, Some(op)) => Expr::Arithmetic { left, op, right },
            (None, None) => return Err(self.refused(sql)),
        };
        Ok(Located {
            expr,
            extent: self.tokens.around(vec![left_extent, right_extent]),
        })
    }

    fn membership(
        &mut self,
        value: &Sql,
        list: &[Sql],
        negated: bool,
        depth: usize,
    ) -> Result<Located, ExprError> {
        let (value, extent) = self.boxed(value, depth)?;
        let (mut items, mut extents) = (Vec::new(), vec![extent]);
        for item in list {
            let item = self.expr(item, depth + 1)?;
            if !matches!(
                item.expr,
                Expr::Number(_) | Expr::Text(_) | Expr::Bool(_) | Expr::Null
            ) {
                let message = "a list after IN holds literals only";
                return Err(ExprError::new(
                    code::NOT_LITERAL,
                    item.extent.bytes,
                    message,
                    "not a literal",
                )
                .help("texts stand in 'single quotes'; for anything else write `a = b OR a = c`"));
            }
            items.push(item.expr);
            extents.push(item.extent);
        }
        Ok(Located {
            expr: Expr::In {
                value,
                list: items,
                negated,
            },
            extent: self.tokens.around(extents),
        })
    }

    fn between(
        &mut self,
        [value, low, high]: [&Sql; 3],
        negated: bool,
        depth: usize,
    ) -> Result<Located, ExprError> {
        let (value, value_extent) = self.boxed(value, depth)?;
        let (low, low_extent) = self.boxed(low, depth)?;
        let (high, high_extent) = self.boxed(high, depth)?;
        let extent = self
            .tokens
            .around(vec![value_extent, low_extent, high_extent]);
        Ok(Located {
            expr: Expr::Between {
                value,
                low,
                high,
                negated,
            },
            extent,
        })
    }

    fn is_null(&mut self, value: &Sql, negated: bool, depth: usize) -> Result<Located, ExprError> {
        let (value, extent) = self.boxed(value, depth)?;
        Ok(Located {
            expr: Expr::IsNull { value, negated },
            extent: self.tokens.up_to_null(extent),
        })
    }

    fn like(
        &mut self,
        value: &Sql,
        pattern: &Sql,
        negated: bool,
        depth: usize,
    ) -> Result<Located, ExprError> {
        let (value, extent) = self.boxed(value, depth)?;
        let at = self.tokens.bytes(place_of(pattern));
        let text = match pattern {
            Sql::Value(value) => value.value.clone(),
            _ => Value::Null,
        };
        let Value::SingleQuotedString(pattern) = text else {
            return Err(ExprError::new(
                code::NOT_LITERAL,
                at,
                "a pattern after LIKE is a text",
                "not a text",
            )
            .help("write `plan LIKE 'pro%'`: `%` stands for any signs, `_` for one"));
        };
        let pattern_extent = Extent {
            bytes: at,
            parts: Vec::new(),
        };
        let extent = self.tokens.around(vec![extent, pattern_extent]);
        Ok(Located {
            expr: Expr::Like {
                value,
                pattern,
                negated,
            },
            extent,
        })
    }

    /// The complaint about SQL that is not part of the language.
    pub(super) fn refused(&self, sql: &Sql) -> ExprError {
        let (message, help) = match sql {
            Sql::Tuple(_) => (
                "a list stands only after IN",
                "write `country IN ('DE', 'FR')`",
            ),
            Sql::IsTrue(_) => (
                "a rule has no IS TRUE",
                "the condition alone says the same: null is not true",
            ),
            Sql::IsFalse(_) => (
                "a rule has no IS FALSE",
                "write `NOT (...)`, or `subscribed = false` of a trait",
            ),
            Sql::IsNotTrue(_) | Sql::IsNotFalse(_) => (
                "a rule has no IS NOT TRUE and IS NOT FALSE",
                "write `subscribed = false OR subscribed IS NULL`",
            ),
            Sql::CompoundFieldAccess { .. } => (
                "only names have dots",
                "write `touchpoint.measure` or `touch.property`",
            ),
            _ => (
                "this is SQL that rules do not have",
                "rules have AND OR NOT, = <> < <= > >=, IN, BETWEEN, LIKE, IS NULL and + - * /",
            ),
        };
        let bytes = self.tokens.bytes(place_of(sql));
        ExprError::new(code::FOREIGN_SQL, bytes, message, "not part of a rule").help(help)
    }
}

/// The expression within parentheses and after plus signs, which make no parts of their own.
fn without_wrapping(mut sql: &Sql) -> &Sql {
    while let Sql::Nested(inner)
    | Sql::UnaryOp {
        op: UnaryOperator::Plus,
        expr: inner,
    } = sql
    {
        sql = inner;
    }
    sql
}
