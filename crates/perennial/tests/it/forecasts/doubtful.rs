//! Data that a model can be fitted to and that mislead it: each is told, with the customer and the figures.

use std::fmt::Write as _;

use serde_json::Value;

use super::bad_input::says;
use super::{LOG, ask, fit, log, number, refused, shop};
use crate::shop::{PROJECT, Shop};

/// A shop whose log is an ordinary one and these rows.
fn with(customers: u32, rows: &str) -> Shop {
    let shop = Shop::new(PROJECT);
    shop.file("log.csv", (log(customers) + rows).as_bytes());
    shop
}

fn fitted(shop: &Shop) -> Value {
    ask(shop, &fit(&["--model", "bgnbd", "--save", "model.json"]))
}

fn score(horizon: &str) -> Vec<&str> {
    let asked = ["score", "--model-file", "model.json", "--horizon", horizon];
    [&asked[..], &LOG].concat()
}

#[test]
fn an_ordinary_log_gives_no_reason_for_doubt() {
    let shop = shop(400);
    assert_eq!(fitted(&shop)["warnings"], serde_json::json!([]));
    assert_eq!(ask(&shop, &score("13"))["notes"], serde_json::json!([]));
}

#[test]
fn an_order_far_in_the_past_is_told_as_one_in_the_future_is() {
    for (day, years) in [("0001-01-01", "2024.1 years"), ("1970-01-01", "55.1 years")] {
        let shop = with(150, &format!("c0001,{day},10\n"));
        let told = fitted(&shop)["warnings"].to_string();
        says(&told, &["(c0001)", years, "at most 1.1 years"]);
        says(
            &ask(&shop, &score("4"))["notes"].to_string(),
            &["(c0001)", years],
        );
    }
    // She is no reason to look further ahead.
    let shop = with(150, "c0001,1970-01-01,10\n");
    fitted(&shop);
    refused(&shop, 1, &score("601"));
    // One does not hide the other.
    let shop = with(150, "c0001,0001-01-01,10\nc0002,2999-01-01,10\n");
    let told = fitted(&shop)["warnings"].to_string();
    says(&told, &["(c0001)", "2999-01-01", "--until"]);
}

#[test]
fn a_customer_who_sways_all_figures_is_named_with_her_share() {
    let mut days = String::new();
    for day in 0..336 {
        let _ = writeln!(
            days,
            "whale,2024-{:02}-{:02},1e6",
            day / 28 + 1,
            day % 28 + 1
        );
    }
    // By days with a purchase and by their value.
    let told = fitted(&with(150, &days))["warnings"].to_string();
    says(
        &told,
        &["(whale)", "(335 of ", "100 % of what", "without her"],
    );
    // Many orders a day are one purchase, of what they are worth together.
    let often = days.replace("1e6", "1").repeat(60);
    let told = fitted(&with(150, &often))["warnings"].to_string();
    says(&told, &["(whale)", "(335 of ", "% of what"]);
    // By value alone.
    let told =
        fitted(&with(400, "whale,2024-03-01,5\nwhale,2024-05-01,1e9\n"))["warnings"].to_string();
    says(
        &told,
        &[
            "(whale)",
            "0 % of all repeat purchases (1 of ",
            "100 % of what",
        ],
    );
}

#[test]
fn a_history_shorter_than_the_horizon_is_told_and_one_far_shorter_refused() {
    let mut rows = "who,day,paid\n".to_owned();
    for customer in 0..300 {
        let _ = writeln!(rows, "c{customer},2024-03-01,10\nc{customer},2024-03-02,10");
    }
    let day = Shop::new(PROJECT);
    day.file("log.csv", rows.as_bytes());
    let told = fitted(&day)["warnings"].to_string();
    says(
        &told,
        &["go back 1 day", "between two purchases", "far too sure"],
    );
    let said = refused(&day, 1, &score("13"));
    says(&said, &["--horizon 13", "1 day", "at most 1.4", "wait"]);
    let notes = ask(&day, &score("1"))["notes"].to_string();
    says(&notes, &["go back 1 day", "next 7 days", "a guess"]);
    // As far as orders go back a horizon may be, and told it is beyond that.
    let shop = shop(400);
    fitted(&shop);
    let notes = |horizon: &str| ask(&shop, &score(horizon))["notes"].to_string();
    assert_eq!(notes("52"), "[]");
    says(&notes("104"), &["go back 419 days", "next 728 days"]);
}

#[test]
fn a_chance_to_be_there_that_says_nothing_is_told() {
    let mut rows = "who,day,paid\n".to_owned();
    for customer in 0..100 {
        let _ = writeln!(rows, "c{customer},2024-01-01,{}", customer + 5);
        if customer % 2 == 1 {
            let _ = writeln!(rows, "c{customer},2024-12-31,{}", customer + 7);
        }
    }
    let shop = Shop::new(PROJECT);
    shop.file("log.csv", rows.as_bytes());
    let words = ["p_alive says nothing", "50 customers", "more than half"];
    says(&fitted(&shop)["warnings"].to_string(), &words);
    says(&ask(&shop, &score("4"))["notes"].to_string(), &words);
    let card = ask(&shop, &["card", "--model-file", "model.json"]);
    says(&card["warnings"].to_string(), &words);
}

#[test]
fn where_everything_costs_the_same_that_is_what_purchases_are_worth() {
    let mut rows = String::new();
    // A third of 59.97 is not 19.99 to the last digit.
    for line in log(150).lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let paid = if cells[2] == "paid" { "paid" } else { "19.99" };
        let _ = writeln!(rows, "{},{},{paid}", cells[0], cells[1]);
    }
    let shop = Shop::new(PROJECT);
    shop.file("log.csv", rows.as_bytes());
    let answer = fitted(&shop);
    assert_eq!(answer["value"]["model"], "mean");
    assert!((number(&answer["value"]["parameters"]["mean"]) - 19.99).abs() < 1e-9);
    says(
        &answer["warnings"].to_string(),
        &["was worth 19.99", "as it is"],
    );
    let scores = ask(&shop, &score("13"));
    for row in scores["customers"].as_array().expect("rows") {
        for (worth, count) in [
            ("clv", "expected_purchases"),
            ("clv_low", "low"),
            ("clv_high", "high"),
        ] {
            let off = number(&row[worth]) - 19.99 * number(&row[count]);
            assert!(off.abs() < 1e-6, "{row}");
        }
    }
    let scores = ask(
        &shop,
        &[&score("13")[..], &["--discount-annual", "0.5"]].concat(),
    );
    let rows = scores["customers"].as_array().expect("rows");
    let most = |row: &Value| number(&row["high"]);
    let row = rows
        .iter()
        .max_by(|a, b| most(a).total_cmp(&most(b)))
        .expect("a row");
    let share = |worth: &str, count: &str| number(&row[worth]) / 19.99 / number(&row[count]);
    let kept = share("clv", "expected_purchases");
    assert!((0.8..1.0).contains(&kept), "{row}");
    assert!((share("clv_high", "high") - kept).abs() < 1e-9, "{row}");
}

#[test]
fn rows_that_come_again_are_counted() {
    let rows = log(150);
    let rows = rows.split_once('\n').expect("a head").1;
    let count = rows.lines().count();
    let shop = with(150, rows);
    let told = fitted(&shop)["warnings"].to_string();
    says(
        &told,
        &[&format!(
            "{count} of {} rows are the same row again",
            2 * count
        )],
    );
    // At another time of the day, or of another amount, it is another order.
    let shop = Shop::new(PROJECT);
    let moved = rows.lines().fold(String::new(), |mut all, line| {
        let cells: Vec<&str> = line.split(',').collect();
        let _ = writeln!(all, "{},{}T07:00:00Z,{}", cells[0], cells[1], cells[2]);
        all
    });
    shop.file("log.csv", (log(150) + &moved).as_bytes());
    let told = fitted(&shop)["warnings"].to_string();
    assert!(!told.contains("again"), "{told}");
}
