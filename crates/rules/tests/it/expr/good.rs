//! Rules that are fine, and how they are printed.

use perennial_rules::expr::{Place, parse};

use super::check;

/// A rule, and its canonical text where that is another.
const GOOD: [(Place, &str, &str); 39] = [
    (Place::Clause, "count(ordered) >= 5", ""),
    (Place::Clause, "since(ordered) >= days(90)", ""),
    (
        Place::Clause,
        "COUNT(ordered,days( 30 ))>1",
        "count(ordered, days(30)) > 1",
    ),
    (
        Place::Clause,
        "count(*, weeks(2)) = 0 or count(*) > 3",
        "count(*, days(14)) = 0 OR count(*) > 3",
    ),
    (
        Place::Clause,
        "count(ordered, hours(48)) > 1",
        "count(ordered, days(2)) > 1",
    ),
    (Place::Clause, "since(viewed) > hours(36)", ""),
    (
        Place::Clause,
        "since(viewed) > minutes(61) AND age() < seconds(61)",
        "",
    ),
    (
        Place::Clause,
        "since(viewed) BETWEEN days(0) AND days(7)",
        "",
    ),
    (Place::Clause, "days(3) < time_in_stage('engagement')", ""),
    (Place::Clause, "since(ordered) IS NULL", ""),
    (
        Place::Clause,
        "sum(ordered.value, days(365)) >= 1000.50",
        "sum(ordered.value, days(365)) >= 1000.5",
    ),
    (
        Place::Clause,
        "avg(rated.score) < 3 AND min(rated.score) = 1 AND max(ordered.items.price) > 1e3",
        "avg(rated.score) < 3 AND min(rated.score) = 1 AND max(ordered.items.price) > 1000",
    ),
    (
        Place::Clause,
        "first(viewed.topic) = 'shoes' AND last(ordered.coupon) IS NOT NULL",
        "",
    ),
    (Place::Clause, "distinct(viewed.topic) > 3", ""),
    (
        Place::Clause,
        "stage() = 'lead' AND stage('engagement') <> 'dormant'",
        "",
    ),
    (
        Place::Clause,
        "stage() IN ('lead', 'first') OR stage() IS NULL",
        "",
    ),
    (
        Place::Clause,
        "ever('lapsed') AND NOT ever('engagement', 'dormant')",
        "",
    ),
    (Place::Clause, "in_segment('vip') = true", ""),
    (Place::Clause, "intent('running shoes') >= 3", ""),
    (
        Place::Clause,
        "touch.total > 100 AND touch.`gift card` IS NULL",
        "",
    ),
    (
        Place::Clause,
        "rfm_r >= 4 AND RFM_F + rfm_m > 6 AND value_rank >= .9",
        "rfm_r >= 4 AND rfm_f + rfm_m > 6 AND value_rank >= 0.9",
    ),
    (
        Place::Clause,
        "country != 'DE' and plan not in ('free', 5, true)",
        "country <> 'DE' AND plan NOT IN ('free', 5, true)",
    ),
    (
        Place::Clause,
        "((a = 1) and ((b = 2) and c = 3)) or (d = 4 or e = 5)",
        "a = 1 AND b = 2 AND c = 3 OR d = 4 OR e = 5",
    ),
    (
        Place::Clause,
        "(a = 1 OR b = 2) AND NOT (c = 3 AND d = 4)",
        "",
    ),
    (
        Place::Clause,
        "not not subscribed and not (a = 1)",
        "NOT NOT subscribed AND NOT a = 1",
    ),
    (
        Place::Clause,
        "(a + b) * c - (d - (e - f)) / 2 > -5",
        "(a + b) * c - (d - (e - f)) / 2 > -5",
    ),
    (
        Place::Clause,
        "((a * b) + c) > (d - e) - f",
        "a * b + c > d - e - f",
    ),
    (
        Place::Clause,
        "- -5 < -(-x) and -(5) < +x",
        "-(-5) < -(-x) AND -(5) < x",
    ),
    (Place::Clause, "(a = b) = (c LIKE 'x%')", ""),
    (Place::Clause, "(NOT a) IS NULL", ""),
    (
        Place::Clause,
        "name LIKE 'it''s 100\\%' AND name NOT LIKE '_%'",
        "",
    ),
    (
        Place::Clause,
        "`First Name` = 'Ada' AND `select` = 1 AND `a``b` = 2 AND date = 3",
        "",
    ),
    (
        Place::Clause,
        "context.page.path = '/' AND `touch.x` = 1 AND `rfm_r` = 1",
        "",
    ),
    (
        Place::Clause,
        "count(`Order Completed`) > sum(`Order Completed`.value)",
        "",
    ),
    (
        Place::Clause,
        "x = 1 -- how so\n  /* and */ AND größe = 2",
        "x = 1 AND größe = 2",
    ),
    (
        Place::Segment,
        "stage('retail') = 'loyal' AND time_in_stage('retail') > days(30)",
        "",
    ),
    (
        Place::AppliesTo,
        "stage('engagement') = 'active' AND in_segment('vip')",
        "",
    ),
    (
        Place::EventWhere,
        "total - discount > 100 AND (product LIKE 'shoe%' OR ordered = true) AND event IN ('a', 'b')",
        "",
    ),
    (
        Place::Row,
        "event = 1000 OR user_id LIKE 'test%' AND plan IS NULL",
        "",
    ),
];

#[test]
fn good_rules_print_canonically_and_read_back() {
    for (place, text, printed) in GOOD {
        let printed = if printed.is_empty() { text } else { printed };
        let (rule, found) = check(place, text);
        assert_eq!(found, [], "{text}");
        let rule = rule.expect(text);
        assert_eq!(rule.text, printed, "{text}");
        assert_eq!(parse(printed).as_ref(), Ok(&rule.expr), "{text}");
    }
}
