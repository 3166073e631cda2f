//! The ways into stages by hand: `policy: { by_hand: 90d }`.

use super::names::Names;
use crate::expr::{Comparison, Expr};
use crate::project::{Clause, From, Lifecycle};
use crate::{Diagnostic, Rule, Span};

/// The touchpoint that sets a stage, and the word for it in the ledger.
const TOUCHPOINT: &str = "stage_set";
const CAUSE: &str = "by_hand";

/// Gives every stage a clause that a person's decision fires, from wherever the customer is.
pub fn add(lifecycle: &mut Lifecycle, place: &Span, names: &Names<'_>, out: &mut Vec<Diagnostic>) {
    if lifecycle.classification {
        let message = format!(
            "the stages of `{}` follow their rules at once, so none can be set by hand",
            lifecycle.name
        );
        let complaint = Diagnostic::error("E0127", place.clone(), message, "not with `when`");
        out.push(
            complaint.help("remove it, or give the stages clauses (`enter`) instead of `when`"),
        );
        return;
    }
    names.touchpoint(TOUCHPOINT, place, out);
    for stage in &mut lifecycle.stages {
        let expr = Expr::All(vec![
            is("lifecycle", &lifecycle.name),
            is("stage", &stage.name),
        ]);
        stage.enter.push(Clause {
            from: From::Anywhere,
            on: vec![TOUCHPOINT.to_owned()],
            when: Some(Rule {
                text: expr.to_string(),
                expr,
            }),
            cause: Some(CAUSE.to_owned()),
            by_hand: lifecycle.policy.by_hand,
            span: place.clone(),
        });
    }
}

/// `touch.PROPERTY = 'text'`.
fn is(property: &str, text: &str) -> Expr {
    Expr::Compare {
        left: Box::new(Expr::Touch(property.to_owned())),
        op: Comparison::Equal,
        right: Box::new(Expr::Text(text.to_owned())),
    }
}
