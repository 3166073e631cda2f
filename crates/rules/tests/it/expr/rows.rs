//! Rules on a row of a file: columns by name, and nothing else.

use perennial_rules::expr::Place;

use super::{assert_bad, check};

#[test]
fn a_row_has_its_columns_and_nothing_else() {
    assert_bad(
        Place::Row,
        &[
            (
                "plam = 'pro'",
                "E0229",
                "plam",
                "no column `plam`",
                "`plan`",
            ),
            ("colour = 'red'", "E0229", "colour", "no column", "user_id"),
            ("count(*) > 1", "E0227", "count(*)", "one row only", "plan"),
            (
                "touch.plan = 'pro'",
                "E0227",
                "touch.plan",
                "row itself",
                "`plan`",
            ),
            ("rfm_r = 5", "E0227", "rfm_r", "no scores", "backticks"),
        ],
    );
    let (rule, found) = check(Place::Row, "plan = 'pro' AND event = 'view'");
    assert!(rule.is_some() && found.is_empty());
}
