//! `offers`: what is offered of a small log whose truth is known, and words for what cannot be asked.

use serde_json::Value;

use crate::shop::{Got, PROJECT, Shop};

const COLUMNS: [&str; 9] = [
    "offers",
    "--input",
    "log.csv",
    "--customer",
    "who",
    "--date",
    "day",
    "--item",
    "item",
];

/// 120 customers: each buys one of six items every 8 to 12 days through 2025; whoever buys tea bought a pot once, but
/// for `c000`; countries are worth what their customers pay.
fn log() -> String {
    let mut text = "who,day,item,kind,paid,country\n".to_owned();
    let items = ["tea", "rice", "oil", "salt", "soap", "wine"];
    for customer in 0..120_usize {
        let item = items[customer % 6];
        let country = ["DE", "FR", "NL"][if customer < 60 {
            0
        } else if customer < 100 {
            1
        } else {
            2
        }];
        let paid = [5, 4, 40][if customer < 60 {
            0
        } else if customer < 100 {
            1
        } else {
            2
        }];
        let mut day = customer % 9;
        while day < 330 {
            let (month, of_month) = (1 + day / 28, 1 + day % 28);
            text += &format!(
                "c{customer:03},2025-{month:02}-{of_month:02},{item},food,{paid},{country}\n"
            );
            day += 8 + customer % 5;
        }
        if item == "tea" && customer > 0 {
            text += &format!(
                "c{customer:03},2025-{:02}-05,pot,ware,30,{country}\n",
                1 + customer / 6 % 12
            );
        }
    }
    text
}

fn asked(more: &[&str]) -> Got {
    let shop = Shop::new(PROJECT);
    shop.file("log.csv", log().as_bytes());
    shop.file("margin.csv", b"item,margin\ntea,1\npot,500\n");
    shop.file("uplift.csv", b"item,uplift,uplift_low\npot,1.5,1.1\n");
    shop.file("list.csv", b"item\npot\n");
    shop.file("semi.csv", b"item;margin\npot;2\n");
    shop.file("margins.parquet", b"PAR1\xff\xfePAR1");
    shop.command(&[&COLUMNS[..], more].concat(), b"")
}

fn told(more: &[&str]) -> Value {
    let got = asked(&[more, &["--output", "json"]].concat());
    assert_eq!(got.code, Some(0), "{more:?}: {}", got.stderr);
    assert!(
        !got.stdout.contains("NaN") && !got.stdout.contains("inf"),
        "{}",
        got.stdout
    );
    serde_json::from_str(&got.stdout).expect("JSON")
}

fn items(told: &Value) -> Vec<&str> {
    let offers = told["offers"].as_array().expect("offers");
    offers
        .iter()
        .map(|own| own["item"].as_str().expect("an item"))
        .collect()
}

#[test]
fn a_customer_is_offered_what_she_buys_and_what_goes_with_it() {
    let answer = told(&["c000"]);
    let first = &answer["offers"][0];
    assert_eq!(
        (&first["item"], &first["kind"]),
        (&Value::from("tea"), &Value::from("again"))
    );
    assert_eq!(first["every_days"].as_f64().map(f64::round), Some(9.0));
    assert!(
        first["why"]
            .as_str()
            .expect("why")
            .starts_with("bought 42 times, every 9 days"),
        "{first}"
    );
    let new = told(&["c000", "--kind", "cross-sell", "--top", "1"]);
    assert_eq!(items(&new), ["pot"]);
    assert_eq!(new["offers"][0]["with_item"], "tea");
    assert!(new["offers"][0]["lift"].as_f64().expect("a lift") > 3.0);
}

#[test]
fn margins_uplifts_and_lists_count() {
    let by_margin = told(&[
        "c000",
        "--margin",
        "margin.csv",
        "--uplift",
        "uplift.csv",
        "--together",
    ]);
    assert_eq!(items(&by_margin)[0], "pot");
    let offer = &by_margin["offers"][0];
    let figure = |name: &str| offer[name].as_f64().expect("a number");
    let product = figure("p_alive") * figure("p_buy") * figure("margin") * figure("uplift");
    assert!((figure("score") / product - 1.0).abs() < 1e-4, "{offer}");
    assert!(!items(&told(&["c000", "--blocked", "list.csv"])).contains(&"pot"));
    let again = told(&["c006", "--once", "list.csv", "--kind", "again"]);
    assert_eq!(items(&again), ["tea"]);
}

#[test]
fn groups_and_markets_are_asked_for() {
    let answer = told(&["--segment", "country=NL", "--kind", "again", "--top", "1"]);
    assert_eq!(answer["customers"], 20);
    assert_eq!(answer["offers"][0]["customer"], "c100");
    let answer = told(&["--markets", "country", "--amount", "paid"]);
    let first = &answer["markets"][0];
    assert_eq!(
        (&first["market"], &first["customers"]),
        (&Value::from("NL"), &Value::from(20))
    );
    assert_eq!(
        (&first["looks_best"], &first["few"]),
        (&Value::from(true), &Value::from(true))
    );
}

#[test]
fn what_cannot_be_asked_is_said() {
    for (more, code, says) in [
        (&["c0000"][..], 1, "no row is of a customer `c0000`"),
        (&[], 2, "--segment"),
        (&["--all", "--top", "0"], 2, "write 1 to 100"),
        (&["--all", "--horizon", "0"], 2, "--horizon 0: write 1 to"),
        (
            &["--all", "--until", "2020-01-01"],
            1,
            "no purchase of an item until 2020-01-01",
        ),
        (&["--segment", "vip"], 2, "COLUMN=VALUE"),
        (&["--segment", "country=XX"], 1, "no customer"),
        (&["--all", "--margin", "log.csv"], 2, "no column `margin`"),
        (&["--all", "--margin", "list.csv"], 2, "no column `margin`"),
        (
            &["--all", "--margin", "semi.csv"],
            2,
            "there are item;margin",
        ),
        (
            &["--all", "--margin", "margins.parquet"],
            1,
            "save it as CSV",
        ),
        (&["--markets", "kind", "--amount", "paid"], 1, "the market"),
    ] {
        let got = asked(more);
        assert_eq!(
            got.code,
            Some(code),
            "{more:?}: {}{}",
            got.stdout,
            got.stderr
        );
        assert!(got.stderr.contains(says), "{more:?}: {}", got.stderr);
    }
}
