//! Texts that are refused before any name is looked at: code, place, message and way out.

use perennial_rules::expr::Place;

use super::assert_bad;

#[test]
fn what_cannot_be_read_is_shown_with_its_place() {
    assert_bad(
        Place::Clause,
        &[
            ("", "E0209", "", "empty", "count(ordered) >= 1"),
            ("  -- nothing", "E0209", "  -- nothing", "empty", ""),
            ("count(ordered) >", "E0201", "", "ends where a value", ""),
            ("a = 1 b = 2", "E0201", "b", "expected `AND`", "`OR`"),
            ("x =< 3", "E0201", "<", "expected a value", "<="),
            ("country in ()", "E0201", ")", "expected a value", ""),
            (
                "country in 'DE'",
                "E0201",
                "'DE'",
                "opening parenthesis",
                "",
            ),
            (
                "x is unknown",
                "E0201",
                "unknown",
                "`NULL` or `NOT NULL`",
                "",
            ),
            ("`` = 3", "E0201", "``", "empty", ""),
            ("count(ordered > 3", "E0202", "(", "never closed", "`)`"),
            ("count(ordered)) > 3", "E0202", ")", "closes nothing", ""),
            (
                "größe = 'DE",
                "E0203",
                "'DE",
                "a text is never closed",
                "''",
            ),
            ("a = 1 AND `b = 3", "E0203", "`b = 3", "backticks", "``"),
            ("1e400 = x", "E0207", "1e400", "too large", ""),
            (
                "10000000000000000 > x",
                "E0207",
                "10000000000000000",
                "too large",
                "",
            ),
        ],
    );
}

#[test]
fn what_other_languages_have_is_refused_with_the_way_out() {
    assert_bad(
        Place::Clause,
        &[
            ("country == 'DE'", "E0204", "==", "not a comparison", "`=`"),
            ("a = 1 && b = 2", "E0204", "&&", "and is a word", "`AND`"),
            ("a = 1 || b = 2", "E0204", "||", "or is a word", "`OR`"),
            ("!subscribed", "E0204", "!", "not is a word", "`NOT`"),
            ("x % 2 = 0", "E0204", "%", "remainders", "+ - * /"),
            ("x::int > 3", "E0204", "::", "casts", "source"),
            ("x > 3;", "E0204", ";", "one expression", "semicolon"),
            (
                "country IN ['DE']",
                "E0204",
                "[",
                "parentheses",
                "IN ('DE', 'FR')",
            ),
            ("$1 > 3", "E0204", "$1", "placeholders", ""),
            (
                "größe = ‘DE’",
                "E0204",
                "‘",
                "curly quotes",
                "'single quotes'",
            ),
            ("x ≥ 3", "E0204", "≥", "two signs", "`>=`"),
            ("x\u{200b} = 3", "E0204", "\u{200b}", "invisible", "remove"),
            (
                "country = \"DE\"",
                "E0206",
                "\"DE\"",
                "double quotes",
                "'single quotes'",
            ),
            ("(select 1) > 3", "E0205", "select", "queries", "in_segment"),
            ("x IN (select y)", "E0205", "select", "queries", ""),
            ("exists (select 1)", "E0205", "exists", "queries", ""),
            ("case when a then b end", "E0205", "case", "CASE", "OR"),
            ("cast(x as int) > 3", "E0205", "cast", "casts", ""),
            (
                "date '2020-01-01' < x",
                "E0205",
                "date",
                "dates",
                "since(ordered)",
            ),
            (
                "interval '3 days' < age()",
                "E0205",
                "interval",
                "functions",
                "days(30)",
            ),
            ("country ilike 'd%'", "E0205", "ilike", "LIKE only", "LIKE"),
            (
                "count(ordered) over (x) > 3",
                "E0205",
                "over",
                "window functions",
                "count(ordered, days(30))",
            ),
            (
                "count(distinct viewed.topic) > 3",
                "E0205",
                "distinct",
                "function of its own",
                "distinct(viewed.topic)",
            ),
            (
                "current_date > x",
                "E0205",
                "current_date",
                "no clock",
                "since(ordered)",
            ),
            (
                "subscribed is true",
                "E0205",
                "subscribed",
                "IS TRUE",
                "alone says the same",
            ),
            (
                "(a, b) = (1, 2)",
                "E0205",
                "a",
                "list stands only after IN",
                "IN",
            ),
            (
                "country in (plan)",
                "E0210",
                "plan",
                "literals only",
                "'single quotes'",
            ),
            (
                "country like plan",
                "E0210",
                "plan",
                "a text",
                "LIKE 'pro%'",
            ),
        ],
    );
}

#[test]
fn wrong_calls_show_the_right_ones() {
    assert_bad(
        Place::Clause,
        &[
            (
                "cuont(ordered) > 3",
                "E0220",
                "cuont",
                "no function `cuont`",
                "`count`",
            ),
            ("now() > x", "E0220", "now", "no function", "since(ordered)"),
            (
                "lower(country) = 'de'",
                "E0220",
                "lower",
                "no function",
                "IN ('de', 'DE')",
            ),
            (
                "months(3) < age()",
                "E0220",
                "months",
                "no function",
                "days(30)",
            ),
            (
                "foo(1)",
                "E0220",
                "foo",
                "no function",
                "the functions are count, sum",
            ),
            (
                "count() > 1",
                "E0208",
                "count()",
                "other arguments",
                "count(*)",
            ),
            (
                "count(ordered, days(3), 4) > 1",
                "E0208",
                "count(ordered, days(3), 4)",
                "other arguments",
                "",
            ),
            (
                "count(ordered.value) > 1",
                "E0208",
                "ordered.value",
                "no measure",
                "count(ordered)",
            ),
            (
                "count('ordered') > 1",
                "E0208",
                "'ordered'",
                "touchpoint is needed",
                "ordered",
            ),
            (
                "count(add-to-cart) > 1",
                "E0208",
                "add",
                "touchpoint is needed",
                "backticks",
            ),
            (
                "count(ordered, 30) > 1",
                "E0208",
                "30",
                "window is a length",
                "days(30)",
            ),
            (
                "sum(ordered) > 1",
                "E0208",
                "ordered",
                "measure is missing",
                "sum(ordered.value)",
            ),
            (
                "sum(*) > 1",
                "E0208",
                "sum(*)",
                "other arguments",
                "sum(ordered.value)",
            ),
            (
                "since(ordered.value) > days(1)",
                "E0208",
                "ordered.value",
                "no measure",
                "since(ordered)",
            ),
            (
                "ever(lapsed)",
                "E0208",
                "lapsed",
                "takes a text",
                "'lapsed'",
            ),
            (
                "in_segment()",
                "E0208",
                "in_segment()",
                "other arguments",
                "in_segment('vip')",
            ),
            (
                "age('x') > days(1)",
                "E0208",
                "age('x')",
                "other arguments",
                "age()",
            ),
            (
                "age() > days(1.5)",
                "E0208",
                "days(1.5)",
                "whole number",
                "hours(36)",
            ),
            ("age() > days(-1)", "E0208", "days(-1)", "not negative", ""),
            (
                "age() > weeks(999999)",
                "E0263",
                "weeks(999999)",
                "at most 366000 days",
                "",
            ),
            (
                "age() > days(99999999999999999999)",
                "E0263",
                "days(99999999999999999999)",
                "at most",
                "",
            ),
        ],
    );
}
