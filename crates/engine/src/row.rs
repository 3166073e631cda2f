//! Rules on a bare row: the same language where there is no customer, only columns.

use perennial_model::Number;
use perennial_rules::Expr;
use perennial_rules::expr::{Comparison, Operation};

use crate::cell::{Cell, all, arithmetic, compare, like, not};

/// A checked rule of [`Place::Row`](perennial_rules::expr::Place::Row), its columns by number.
#[derive(Clone, Debug)]
pub struct RowRule {
    code: Code,
    /// The columns that it reads, each once.
    pub columns: Vec<u16>,
}

/// An expression with numbers for columns.
#[derive(Clone, Debug)]
enum Code {
    Null,
    Truth(bool),
    Number(Number),
    Text(Box<str>),
    Column(u16),
    Not(Box<Code>),
    All(Vec<Code>),
    Any(Vec<Code>),
    Compare(Box<Code>, Comparison, Box<Code>),
    In(Box<Code>, Vec<Code>, bool),
    Between(Box<Code>, Box<Code>, Box<Code>, bool),
    IsNull(Box<Code>, bool),
    Like(Box<Code>, Box<str>, bool),
    Arithmetic(Box<Code>, Operation, Box<Code>),
    Negate(Box<Code>),
}

impl RowRule {
    /// A rule whose columns have the numbers that `number` gives.
    pub fn new(expr: &Expr, number: &mut dyn FnMut(&str) -> u16) -> Self {
        let mut columns = Vec::new();
        let code = code(expr, &mut |name| {
            let column = number(name);
            if !columns.contains(&column) {
                columns.push(column);
            }
            column
        });
        Self { code, columns }
    }

    /// A rule cut where it says AND: it holds where all parts hold.
    pub fn parts(expr: &Expr, number: &mut dyn FnMut(&str) -> u16) -> Vec<Self> {
        match expr {
            Expr::All(parts) => {
                let parts = parts.iter().flat_map(|part| Self::parts(part, number));
                parts.collect()
            }
            expr => vec![Self::new(expr, number)],
        }
    }

    /// Whether it holds for a row, whose cells `cell` gives. Null is not true.
    pub fn holds<'a>(&'a self, cell: &dyn Fn(u16) -> Cell<'a>) -> bool {
        self.code.value(cell).is_true()
    }
}

fn code(expr: &Expr, number: &mut dyn FnMut(&str) -> u16) -> Code {
    let mut own = |expr: &Expr| Box::new(code(expr, number));
    match expr {
        Expr::Bool(truth) => Code::Truth(*truth),
        Expr::Number(number) => Code::Number(*number),
        Expr::Text(text) => Code::Text(text.as_str().into()),
        Expr::Name(name) => Code::Column(number(name)),
        Expr::Not(inner) => Code::Not(own(inner)),
        Expr::All(parts) => Code::All(parts.iter().map(|part| *own(part)).collect()),
        Expr::Any(parts) => Code::Any(parts.iter().map(|part| *own(part)).collect()),
        Expr::Compare { left, op, right } => Code::Compare(own(left), *op, own(right)),
        Expr::In {
            value,
            list,
            negated,
        } => {
            let value = own(value);
            Code::In(
                value,
                list.iter().map(|item| *own(item)).collect(),
                *negated,
            )
        }
        Expr::Between {
            value,
            low,
            high,
            negated,
        } => Code::Between(own(value), own(low), own(high), *negated),
        Expr::IsNull { value, negated } => Code::IsNull(own(value), *negated),
        Expr::Like {
            value,
            pattern,
            negated,
        } => Code::Like(own(value), pattern.as_str().into(), *negated),
        Expr::Arithmetic { left, op, right } => Code::Arithmetic(own(left), *op, own(right)),
        Expr::Negate(inner) => Code::Negate(own(inner)),
        // Nothing else passes the check of its place.
        _ => Code::Null,
    }
}

impl Code {
    fn value<'a>(&'a self, cell: &dyn Fn(u16) -> Cell<'a>) -> Cell<'a> {
        let of = |code: &'a Self| code.value(cell);
        match self {
            Self::Null => Cell::Null,
            Self::Truth(truth) => Cell::Truth(*truth),
            Self::Number(number) => Cell::Number(*number),
            Self::Text(text) => Cell::Text(text),
            Self::Column(column) => cell(*column),
            Self::Not(inner) => not(of(inner)),
            Self::All(parts) => all(parts.iter().map(of)),
            Self::Any(parts) => not(all(parts.iter().map(|part| not(of(part))))),
            Self::Compare(left, op, right) => self.compared(of(left), *op, of(right)),
            Self::In(value, list, negated) => {
                let value = of(value);
                let differs = |item| not(compare(value, Comparison::Equal, of(item)));
                let absent = all(list.iter().map(differs));
                if *negated { absent } else { not(absent) }
            }
            Self::Between(value, low, high, negated) => {
                let value = of(value);
                let above = compare(value, Comparison::GreaterOrEqual, of(low));
                let below = compare(value, Comparison::LessOrEqual, of(high));
                let inside = all([above, below].into_iter());
                if *negated { not(inside) } else { inside }
            }
            Self::IsNull(value, negated) => Cell::Truth((of(value) == Cell::Null) != *negated),
            Self::Like(value, pattern, negated) => like(of(value), pattern, *negated),
            Self::Arithmetic(left, op, right) => {
                arithmetic(reckoned(of(left)), *op, reckoned(of(right)))
            }
            Self::Negate(inner) => {
                let nought = Cell::Number(Number::ZERO);
                arithmetic(nought, Operation::Subtract, reckoned(of(inner)))
            }
        }
    }

    /// Two columns that both read as numbers are compared as numbers, whatever the file calls them.
    fn compared<'a>(&self, left: Cell<'_>, op: Comparison, right: Cell<'_>) -> Cell<'a> {
        let is_column = |code: &Self| matches!(code, Self::Column(_));
        if let Self::Compare(one, _, other) = self
            && is_column(one)
            && is_column(other)
            && let (Some(one), Some(other)) = (left.number(), right.number())
        {
            return compare(Cell::Number(one), op, Cell::Number(other));
        }
        compare(left, op, right)
    }
}

/// A cell that reads as a number is one where it is reckoned with.
fn reckoned(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Text(_) => cell.number().map_or(cell, Cell::Number),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use perennial_rules::Span;
    use perennial_rules::expr::{Names, Place, Scope, rule};

    use super::*;

    const COLUMNS: [&str; 4] = ["event", "plan", "price", "paid"];

    fn holds(text: &str, row: [&str; 4]) -> bool {
        let names = Names {
            columns: COLUMNS.map(str::to_owned).to_vec(),
            ..Names::default()
        };
        let scope = Scope {
            names: &names,
            place: Place::Row,
            lifecycle: None,
        };
        let span = Span {
            file: 0,
            bytes: 0..text.len(),
        };
        let (rule, found) = rule(text, &scope, span);
        let rule = rule.unwrap_or_else(|| panic!("{text}: {found:?}"));
        let mut number =
            |name: &str| COLUMNS.iter().position(|own| *own == name).unwrap_or(0) as u16;
        let cell = |column: u16| match row[usize::from(column)] {
            "" => Cell::Null,
            text => Cell::Text(text),
        };
        let whole = RowRule::new(&rule.expr, &mut number);
        let parts = RowRule::parts(&rule.expr, &mut number);
        let held = whole.holds(&cell);
        assert_eq!(parts.iter().all(|part| part.holds(&cell)), held, "{text}");
        held
    }

    #[test]
    fn cells_are_null_when_empty_and_numbers_when_they_read_as_such() {
        let row = ["1000", "pro", "9", ""];
        for (text, expected) in [
            ("event = 1000", true),
            ("event = '1000'", true),
            ("event = 1000.0", true),
            ("event <> 1000", false),
            ("event > price", true),
            ("price * 2 = 18", true),
            ("-price < 0", true),
            ("plan = 'pro' AND price > 10", false),
            ("plan = 'pro' AND price >= 9", true),
            ("plan IN ('basic', 'pro')", true),
            ("plan NOT IN ('basic')", true),
            ("plan > 3", false),
            ("paid IS NULL", true),
            ("paid = 'yes'", false),
            ("NOT paid = 'yes'", false),
            ("paid = 'yes' OR plan LIKE 'p%'", true),
            ("price BETWEEN 9 AND 10", true),
            ("plan LIKE '_ro'", true),
        ] {
            assert_eq!(holds(text, row), expected, "{text}");
        }
    }
}
