//! The stack by the real binary: fitted for a horizon, kept, asked, and refused where it does not fit.

use serde_json::{Value, json};

use super::{LOG, ask, fit, number, refused, shop};
use crate::shop::Shop;

const SCORE: [&str; 5] = ["score", "--model-file", "stack.json", "--horizon", "13"];
const FIT: [&str; 6] = [
    "--model",
    "stack",
    "--horizon",
    "13",
    "--save",
    "stack.json",
];

fn score<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&SCORE[..], &LOG[..], more].concat()
}

#[test]
fn a_stack_is_fitted_kept_asked_and_explained() {
    let shop = shop(400);
    let fitted = ask(&shop, &fit(&FIT));
    assert_eq!(fitted["model"], "stack");
    assert_eq!(fitted["stack"]["customers"], 400);
    assert_eq!(fitted["stack"]["horizon_days"], 91);
    let drivers = fitted["stack"]["drivers"].as_array().expect("drivers");
    assert!(!drivers.is_empty() && number(&drivers[0]["moved"]) > 0.0);
    let choice = &fitted["choice"];
    let told = choice["told"].as_str().expect("a sentence");
    assert!(told.starts_with("the stack: "), "{told}");
    assert!(told.contains("learned from the time before"), "{told}");
    let models = choice["models"].as_array().expect("models");
    assert!(models.iter().any(|one| one["model"] == "stack") && models.len() > 2);

    let scored = ask(&shop, &score(&["--why"]));
    assert_eq!(scored["model"], "stack");
    let customers = scored["customers"].as_array().expect("customers");
    assert_eq!(customers.len(), 400);
    let mut sums = [0.0, 0.0];
    for one in customers {
        let (buys, risk) = (number(&one["p_buys"]), number(&one["churn_risk"]));
        assert!((0.0..=1.0).contains(&buys) && (buys + risk - 1.0).abs() < 1e-12);
        assert!((0.0..=1.0).contains(&number(&one["p_alive"])));
        assert!(number(&one["low"]) <= number(&one["high"]));
        assert!(one["why"].is_string() && number(&one["clv"]) >= 0.0);
        sums[0] += number(&one["expected_purchases"]);
        sums[1] += number(&one["model_expected"]);
    }
    // Who buys at random is forecast alike by both.
    assert!((sums[0] / sums[1] - 1.0).abs() < 0.5, "{sums:?}");
    let why = |one: &Value| one["why"].as_str().is_some_and(|why| why.contains("(x "));
    assert!(customers.iter().any(why));
    let notes = scored["notes"].to_string();
    assert!(
        notes.contains("the stack has no interval of its own"),
        "{notes}"
    );
    assert_eq!(ask(&shop, &score(&["--why"])), scored);
    // It knows one horizon, which need not be said.
    let unsaid = ["score", "--model-file", "stack.json", "--why"];
    assert_eq!(ask(&shop, &[&unsaid[..], &LOG[..]].concat()), scored);

    let csv = [&score(&["--columns", "p_buys,why"])[..], &["--why"]].concat();
    let csv = shop.command(
        &[&["forecast"], &csv[..], &["--output", "csv"]].concat(),
        b"",
    );
    assert!(
        csv.stdout.starts_with("customer,p_buys,why\r\n"),
        "{}",
        csv.stdout
    );

    let card = ask(&shop, &["card", "--model-file", "stack.json"]);
    assert_eq!(card["model"], "stack");
    assert_eq!(card["stack"]["drivers"], fitted["stack"]["drivers"]);
    assert!(card["hold_out"]["told"] == choice["told"]);

    questions_that_do_not_fit(&shop);
    files_that_are_damaged(&shop);
}

fn questions_that_do_not_fit(shop: &Shop) {
    let longer = ["score", "--model-file", "stack.json", "--horizon", "26"];
    let said = refused(shop, 2, &[&longer[..], &LOG[..]].concat());
    assert!(said.contains("in 13 weeks and knows no other"), "{said}");
    shop.file("rows.csv", b"x,t_x,T\n1,2,30\n");
    let said = refused(shop, 2, &[&SCORE[..], &["--summary", "rows.csv"]].concat());
    assert!(said.contains("orders with their dates"), "{said}");
    let said = refused(shop, 2, &fit(&["--model", "stack"]));
    assert!(said.contains("--horizon N"), "{said}");
    let said = refused(shop, 2, &fit(&["--model", "bgnbd", "--horizon", "9"]));
    assert!(said.contains("only the models stack and auto"), "{said}");
    for horizon in ["0", "-3", "1e9", "nan"] {
        let said = refused(shop, 2, &fit(&["--model", "stack", "--horizon", horizon]));
        assert!(said.contains("--horizon"), "{horizon}: {said}");
    }
    let given = ["fit", "--summary", "rows.csv", "--model", "stack"];
    let said = refused(shop, 2, &[&given[..], &["--horizon", "9"]].concat());
    assert!(said.contains("orders with their dates"), "{said}");
    ask(shop, &fit(&["--model", "bgnbd", "--save", "model.json"]));
    let unasked = ["score", "--model-file", "model.json"];
    let said = refused(shop, 2, &[&unasked[..], &LOG[..]].concat());
    assert!(said.contains("--horizon N is missing"), "{said}");
    let why = [
        "score",
        "--model-file",
        "model.json",
        "--horizon",
        "13",
        "--why",
    ];
    let said = refused(shop, 2, &[&why[..], &LOG[..]].concat());
    assert!(said.contains("only a stack"), "{said}");
}

/// Every figure of a stack that cannot be is refused, and nothing panics.
fn files_that_are_damaged(shop: &Shop) {
    let text = std::fs::read_to_string(shop.folder.join("stack.json")).expect("the file");
    let whole: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(whole["format"], 2);
    let trees = "/stack/purchases/parts/1/trees/0";
    let root = "/stack/purchases/parts/1/trees/0/0";
    assert!(
        whole
            .pointer(root)
            .and_then(Value::as_array)
            .is_some_and(|root| root.len() == 6)
    );
    let cases = [
        ("/format", json!(1)),
        ("/format", json!(3)),
        ("/stack", json!({})),
        ("/stack/calibration", json!([[0.5, 0.9], [0.4, 0.1]])),
        ("/stack/calibration", json!([[0.5, 2.0]])),
        ("/stack/usual", json!(-1)),
        ("/stack/columns", json!(["orders"])),
        ("/stack/columns", json!([])),
        ("/stack/models", json!([])),
        ("/stack/models/0/model", json!("no_model")),
        ("/stack/models/0/parameters", json!([["r", -1.0]])),
        ("/stack/purchases/weights", json!([1.0])),
        ("/stack/purchases/starts", json!([])),
        ("/stack/purchases/weights/0", json!(-1e300)),
        ("/stack/chance/parts/0/loss", json!("no loss")),
        ("/stack/chance/parts/0/base", json!(1e300)),
        (trees, json!([])),
        (root, json!([1, 2, 3])),
        // A column that is not there, a node that leads to itself, back, and out.
        (root, json!([4_000_000, 0.5, true, 1, 2, 10.0])),
        (root, json!([0, 0.5, true, 0, 0, 10.0])),
        (root, json!([0, 0.5, true, 1, 1, 10.0])),
        (root, json!([0, 0.5, true, 1, 4_000_000_000_u32, 10.0])),
        (root, json!([0, null, true, 1, 2, 10.0])),
        ("/stack/horizon_days", json!(-5)),
        ("/stack/horizon_days", json!("soon")),
    ];
    for (place, value) in cases {
        let mut damaged = whole.clone();
        *damaged.pointer_mut(place).expect("a place") = value.clone();
        shop.file("stack.json", damaged.to_string().as_bytes());
        let got = shop.command(&[&["forecast"], &score(&[])[..]].concat(), b"");
        assert!(
            matches!(got.code, Some(1 | 2)),
            "{place} {value}: {:?}",
            got.code
        );
        assert!(got.stdout.is_empty(), "{place} {value}");
        assert!(
            !got.stderr.contains("panicked"),
            "{place} {value}: {}",
            got.stderr
        );
    }
    shop.file("stack.json", text.as_bytes());
    ask(shop, &score(&[]));
}

#[test]
fn of_few_customers_the_chosen_model_stands_in_and_says_so() {
    let shop = shop(150);
    let fitted = ask(&shop, &fit(&FIT));
    assert_ne!(fitted["model"], "stack");
    assert_eq!(fitted["stack"], Value::Null);
    let warnings = fitted["warnings"].to_string();
    assert!(warnings.contains("stands in (150 customers"), "{warnings}");
    let scored = ask(&shop, &score(&[]));
    assert_eq!(scored["model"], fitted["model"]);
    let auto = ask(&shop, &fit(&["--model", "auto", "--horizon", "13"]));
    assert_eq!(auto["model"], fitted["model"]);
    let warnings = auto["warnings"].to_string();
    assert!(warnings.contains("stands in (150 customers"), "{warnings}");
}
