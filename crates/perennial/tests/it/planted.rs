//! The demo's planted facts come out on top by themselves, and nothing does where nothing is planted.

use serde_json::Value;

use crate::shop::Shop;

/// Customers: enough for one month of one sub-region.
const CUSTOMERS: &str = "14000";

/// A made shop, and what is asked of it.
fn made(more: &[&str]) -> Shop {
    let shop = Shop::new("name: Perennial demo\n");
    let demo = ["demo", "--folder", ".", "--customers", CUSTOMERS];
    let got = shop.command(&[&demo, more].concat(), b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    shop
}

fn asked(shop: &Shop, question: &[&str]) -> Value {
    let got = shop.command(&[question, &["--output", "json"]].concat(), b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    serde_json::from_str(&got.stdout).expect("JSON")
}

/// The columns of the first rows.
fn told(list: &Value, columns: &[&str], rows: usize) -> Vec<Vec<String>> {
    let text = |row: &Value, column: &&str| row[*column].as_str().unwrap_or("-").to_owned();
    let own = |row: &Value| columns.iter().map(|column| text(row, column)).collect();
    let list = list.as_array().expect("a list").iter();
    list.take(rows).map(own).collect()
}

#[test]
fn the_three_facts_are_the_first_three_pain_points_and_the_second_order_the_opportunity() {
    let shop = made(&[]);
    let pains = asked(&shop, &["journey", "--rows", "pains"]);
    let mut first = told(&pains["pains"], &["pain", "group", "month"], 3);
    let all = told(
        &pains["pains"],
        &["pain", "stage", "touchpoint", "group", "month"],
        99,
    );
    first.sort();
    assert_eq!(
        first,
        [
            ["missed_goal", "sub-region Northern America", "2025-03-01"],
            ["stall", "country JP", "-"],
            ["tickets", "-", "-"],
        ],
        "{all:#?}"
    );
    let is_pick_up = |row: &Vec<String>| row[0] == "tickets" && row[2] == "picked_up";
    assert!(all[..3].iter().any(is_pick_up), "{all:#?}");
    let worth = asked(&shop, &["opportunities"]);
    let best = told(&worth["opportunities"], &["from", "to", "segment"], 1);
    assert_eq!(best, [["first", "repeat", "JP"]]);
    let other_moves = told(&worth["opportunities"], &["from", "segment"], 99);
    let of_the_fact = |row: &&Vec<String>| row[0] == "first" && row[1].contains("Asia");
    assert_eq!(
        other_moves.iter().find(of_the_fact),
        None,
        "one fact is told once"
    );
}

#[test]
fn nothing_is_found_in_a_shop_without_them() {
    let shop = made(&["--control", "--seed", "1"]);
    let pains = asked(&shop, &["journey", "--rows", "pains"]);
    assert!(
        pains["comparisons"].as_u64() > Some(5_000),
        "much is looked at"
    );
    assert_eq!(pains["pain_count"], 0, "{:?}", pains["pains"]);
    let worth = asked(&shop, &["opportunities"]);
    assert_eq!(worth["holding"], 0, "{:?}", worth["opportunities"]);
}
