//! Whether a rule's answer can change while nothing happens.

use perennial_rules::Expr;

/// Windows, `since`, `age`, `time_in_stage`, `intent` and scores read the clock.
pub fn reads_clock(expr: &Expr) -> bool {
    let own = match expr {
        Expr::Tally(tally) => tally.window.is_some(),
        Expr::Since(_) | Expr::Age | Expr::TimeInStage(_) | Expr::Intent(_) | Expr::Score(_) => {
            true
        }
        _ => false,
    };
    own || expr.parts().into_iter().any(reads_clock)
}
