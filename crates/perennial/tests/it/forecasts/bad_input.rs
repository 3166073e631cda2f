//! Data that are thin, odd or damaged: a result with its warning, or a refusal with the reason.

use serde_json::Value;

use super::{LOG, ask, fit, number, refused, shop};
use crate::shop::{PROJECT, Shop};

/// A shop with a log of these rows.
fn with(rows: &str) -> Shop {
    let shop = Shop::new(PROJECT);
    shop.file("log.csv", format!("who,day,paid\n{rows}").as_bytes());
    shop
}

/// Rows of customers who order on so many days each, of 2024.
fn rows(customers: usize, orders: usize, paid: &str) -> String {
    let row = |customer: usize, order: usize| {
        let day = (customer * 7 + order * 13) % 28 + 1;
        let month = (order * 5 + customer) % 11 + 1;
        format!("c{customer},2024-{month:02}-{day:02},{paid}\n")
    };
    (0..customers)
        .flat_map(|customer| (0..orders).map(move |order| row(customer, order)))
        .collect()
}

pub fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

fn warned(shop: &Shop, args: &[&str]) -> String {
    ask(shop, args)["warnings"].to_string()
}

#[test]
fn too_thin_data_are_refused_with_the_floor() {
    let said = refused(&with(&rows(3, 4, "5")), 1, &fit(&[]));
    says(&said, &["3 customers", "needs 10", "wait for more"]);
    let said = refused(&with(&rows(40, 1, "5")), 1, &fit(&[]));
    says(&said, &["none of 40 customers has bought again", "follow"]);
    let said = refused(&with(""), 1, &fit(&[]));
    says(&said, &["log.csv", "no events"]);
    let said = refused(
        &with(&rows(40, 3, "5")),
        1,
        &fit(&["--until", "2020-01-01"]),
    );
    says(
        &said,
        &["no order is left until 2020-01-01", "120 after_until"],
    );
    let few = warned(&with(&rows(12, 5, "5")), &fit(&["--model", "bgnbd"]));
    says(&few, &["only 12 customers"]);
}

#[test]
fn odd_money_is_told() {
    // All the same, and nothing at all: what a purchase is worth has no spread, or is not known.
    let same = with(&rows(40, 5, "5"));
    let answer = ask(&same, &fit(&["--model", "bgnbd"]));
    assert_eq!(answer["value"]["parameters"]["mean"], 5.0);
    assert!(answer["value"]["log_likelihood"].is_null());
    says(&answer["warnings"].to_string(), &["was worth 5:"]);
    let nothing = with(&rows(40, 5, "0"));
    let answer = ask(&nothing, &fit(&["--model", "bgnbd"]));
    assert!(answer["value"].is_null());
    says(&answer["warnings"].to_string(), &["could not be fitted"]);
    for shop in [same, nothing] {
        refused(&shop, 1, &fit(&["--model", "gammagamma"]));
    }
    // Refunds are no purchases, and may be more than was paid.
    let shop = shop(120);
    let before = ask(&shop, &fit(&["--model", "bgnbd", "--until", "2024-12-31"]));
    let mut text = std::fs::read_to_string(shop.folder.join("log.csv")).expect("the log");
    text += "c0001,2024-12-30,-100000\nnobody,2024-12-30,-5\n";
    shop.file("log.csv", text.as_bytes());
    let after = ask(&shop, &fit(&["--model", "bgnbd", "--until", "2024-12-31"]));
    assert_eq!(
        (&before["customers"], &after["customers"]),
        (&120.into(), &119.into())
    );
    says(
        &after["warnings"].to_string(),
        &[
            "1 rows of negative amounts are refunds",
            "1 refunds are of more than all orders",
            "1 refunds have no order",
        ],
    );
    assert_eq!(after["dropped"]["refunds_without_order"], 1);
    // Amounts that are missing, and words where numbers belong.
    let odd = rows(40, 5, "7.5")
        .replacen("7.5", "", 3)
        .replacen("7.5", "much", 2);
    let told = warned(&with(&odd), &fit(&["--model", "bgnbd"]));
    says(
        &told,
        &[
            "3 orders do not say",
            "2 of 200 rows cannot be used",
            "much",
        ],
    );
}

#[test]
fn an_order_refunded_whole_is_none_for_any_model() {
    let shop = shop(120);
    let text = std::fs::read_to_string(shop.folder.join("log.csv")).expect("the log");
    let (mut without, mut refunded, mut days) = (String::new(), text.clone(), 0);
    for (number, row) in text.lines().enumerate() {
        if number == 0 || number % 9 > 0 {
            without += &format!("{row}\n");
            continue;
        }
        let (order, paid) = row.rsplit_once(',').expect("an amount");
        refunded += &format!("{order},-{paid}\n");
        days += 1;
    }
    let until = ["--until", "2025-02-25"];
    let both = |text: &str| -> [Value; 2] {
        shop.file("log.csv", text.as_bytes());
        let model = ["--model", "bgnbd"];
        let horizon = ["--horizon", "8", "--origins", "2"];
        let test = [&["backtest"], &LOG[..], &until, &model, &horizon].concat();
        [
            ask(&shop, &fit(&[until, model].concat())),
            ask(&shop, &test),
        ]
    };
    let ([fit_without, test_without], [fit, test]) = (both(&without), both(&refunded));
    for part in ["parameters", "customers", "value", "choice"] {
        assert_eq!(fit_without[part], fit[part], "{part}");
    }
    assert_eq!(test_without["figures"], test["figures"]);
    let whole = format!("{days} days with an order were refunded whole");
    says(&fit["warnings"].to_string(), &[&whole]);
}

#[test]
fn odd_days_are_told() {
    let odd = rows(40, 5, "5") + "c1,someday,5\nc2,2024-02-30,5\n";
    let answer = ask(&with(&odd), &fit(&["--model", "bgnbd"]));
    says(
        &answer["warnings"].to_string(),
        &["row 201", "someday", "2 of 202 rows"],
    );
    assert_eq!(answer["dropped"]["bad_time"], 2);
    // A day to come is cut where the data's end is named, and told where it is not.
    let far = rows(40, 5, "5") + "c1,2999-01-01,5\n";
    let shop = with(&far);
    let cut = ask(&shop, &fit(&["--model", "bgnbd", "--until", "2024-12-31"]));
    assert_eq!(cut["dropped"]["after_until"], 1);
    let told = ask(&shop, &fit(&["--model", "bgnbd"]));
    assert_eq!(told["until"], "2999-01-01");
    says(&told["warnings"].to_string(), &["2999-01-01", "--until"]);
}

#[test]
fn one_customer_with_half_of_all_is_told() {
    let mut all = rows(40, 2, "5");
    for day in 1..=28 {
        all += &format!("big,2024-03-{day:02},5\nbig,2024-04-{day:02},5\n");
    }
    let told = warned(&with(&all), &fit(&["--model", "bgnbd"]));
    says(&told, &["one customer (big)", "55 of"]);
}

#[test]
fn columns_that_are_not_there_are_named() {
    let shop = with(&rows(20, 3, "5"));
    let said = refused(
        &shop,
        2,
        &[
            "fit",
            "--input",
            "log.csv",
            "--customer",
            "whom",
            "--date",
            "day",
        ],
    );
    says(&said, &["--customer", "`whom`", "did you mean `who`?"]);
    let said = refused(
        &shop,
        2,
        &[
            "fit",
            "--input",
            "log.csv",
            "--customer",
            "who",
            "--date",
            "day",
            "--amount",
            "price",
        ],
    );
    says(&said, &["--amount", "`price`", "paid"]);
    let said = refused(&shop, 2, &["fit"]);
    says(&said, &["--input", "--summary", "--out"]);
    let said = refused(&shop, 1, &["fit", "--input", "none.csv"]);
    says(&said, &["none.csv", "no such file"]);
}

#[test]
fn figures_that_cannot_be_are_refused_with_their_row() {
    let shop = Shop::new(PROJECT);
    let good = "x,t_x,T\n1,2,3\n";
    for (row, words) in [
        ("-1,2,3", &["row 2", "x is -1"][..]),
        ("1.5,2,3", &["row 2", "x is 1.5"]),
        ("1,4,3", &["row 2", "t_x is 4", "from 0 to T"]),
        ("0,2,3", &["row 2", "t_x is 2"]),
        ("1,nan,3", &["row 2", "`nan`"]),
        ("1,inf,3", &["row 2", "`inf`"]),
        ("1,,3", &["row 2", "t_x"]),
        ("1,2,-3", &["row 2", "T is -3"]),
        ("9999999999,2,3", &["row 2", "too many"]),
    ] {
        shop.file("summary.csv", format!("{good}{row}\n").as_bytes());
        let said = refused(&shop, 1, &["fit", "--summary", "summary.csv"]);
        says(&said, words);
    }
    shop.file("summary.csv", b"x,t_x\n1,2\n");
    let said = refused(&shop, 1, &["fit", "--summary", "summary.csv"]);
    says(&said, &["no column `T`"]);
    shop.file("summary.csv", b"x,t_x,T,zbar\n1,2,3,-4\n");
    let said = refused(&shop, 1, &["fit", "--summary", "summary.csv"]);
    says(&said, &["row 1", "mean value"]);
    shop.file("left.csv", b"period,survivors\n0,10\n1,12\n");
    let said = refused(
        &shop,
        1,
        &["fit", "--summary", "left.csv", "--model", "sbg"],
    );
    says(&said, &["at most that before"]);
    let said = refused(&shop, 2, &["fit", "--input", "left.csv", "--model", "sbg"]);
    says(&said, &["period, survivors"]);
}

#[test]
fn model_files_that_are_others_or_damaged_are_refused() {
    let shop = shop(60);
    let save = ["--model", "bgnbd", "--save", "model.json"];
    ask(&shop, &fit(&save));
    let text = std::fs::read_to_string(shop.folder.join("model.json")).expect("the file");
    let score = [
        "score",
        "--model-file",
        "model.json",
        "--horizon",
        "4",
        "--input",
        "log.csv",
        "--customer",
        "who",
        "--date",
        "day",
    ];
    let cases = [
        (text[..text.len() / 2].to_owned(), "damaged"),
        (
            text.replace("\"format\": 1", "\"format\": 7"),
            "format is 7",
        ),
        (
            text.replace("perennial forecast model", "something"),
            "no model",
        ),
        (
            text.replace("\"name\": \"alpha\"", "\"name\": \"beta\""),
            "alpha",
        ),
        (
            text.replacen("\"value\": 0.", "\"value\": -0.", 1),
            "must be",
        ),
        ("[]".to_owned(), "no model"),
        (String::new(), "damaged"),
    ];
    for (damaged, word) in cases {
        shop.file("model.json", damaged.as_bytes());
        says(&refused(&shop, 1, &score), &[word]);
    }
    shop.file("model.json", b"PAR1\xff");
    let told = refused(&shop, 1, &score);
    assert!(told.contains("fit the model again"), "{told}");
    let mut missing = score;
    missing[2] = "nothing.json";
    says(
        &refused(&shop, 1, &missing),
        &["nothing.json", "forecast fit"],
    );
    shop.file("model.json", text.as_bytes());
    for horizon in ["-1", "nan", "1e10"] {
        let mut wrong = score;
        wrong[4] = horizon;
        refused(&shop, 1, &wrong);
    }
    says(
        &refused(&shop, 2, &[&score[..], &["--unit", "day"]].concat()),
        &["--unit day", "weeks"],
    );
    says(
        &refused(
            &shop,
            2,
            &[&score[..], &["--discount-annual", "-2"]].concat(),
        ),
        &["--discount-annual"],
    );
    // A card of what came since needs a log that goes on.
    let card = [
        "card",
        "--model-file",
        "model.json",
        "--input",
        "log.csv",
        "--customer",
        "who",
        "--date",
        "day",
    ];
    says(&refused(&shop, 1, &card), &["newer"]);
    let judged = [
        "backtest",
        "--input",
        "log.csv",
        "--customer",
        "who",
        "--date",
        "day",
        "--horizon",
        "500",
    ];
    says(&refused(&shop, 1, &judged), &["too few days", "--horizon"]);
}

#[test]
fn everybody_on_one_day_and_nothing_after_is_no_number() {
    let mut all = String::new();
    for customer in 0..30 {
        all += &format!("c{customer},2024-05-05,5\nc{customer},2024-05-05,6\n");
    }
    let said = refused(&with(&all), 1, &fit(&[]));
    says(&said, &["has bought again"]);
    // Only some buy again, all of them at once: a boundary is told, not hidden.
    for customer in 0..12 {
        all += &format!("c{customer},2024-05-06,{}\n", customer + 1);
    }
    let answer = ask(
        &with(&all),
        &fit(&["--model", "bgnbd", "--until", "2024-06-30"]),
    );
    assert!(number(&answer["log_likelihood"]).is_finite());
    let told = answer["warnings"].to_string();
    assert!(
        answer["converged"] == true || told.contains("likelihood"),
        "{told}"
    );
}
