//! Hostile situations over every command of forecasts: an answer of numbers, or a refusal in words, never a panic.

use serde_json::Value;

use super::{Dice, LOG, log};
use crate::shop::{PROJECT, Shop};

/// Refusals are wrong usage, data that cannot be used, or a project with errors.
const REFUSALS: [i32; 3] = [1, 2, 3];
/// The seed of random attacks.
const SEED: u64 = 20_251_122;
/// Random attacks on each kind of file.
const ATTACKS: usize = 12;
/// Customers of the log that attacks begin from.
const CUSTOMERS: u32 = 40;

/// Runs a command and looks at all that it says; whether it gave an answer.
pub fn sound(shop: &Shop, situation: &str, args: &[&str]) -> bool {
    let got = shop.command(args, b"");
    let told = format!("{situation}: {args:?}: {}{}", got.stdout, got.stderr);
    let is_plain = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
    assert!(is_plain(&got.stderr), "{told}");
    if got.code != Some(0) {
        let code = got.code.unwrap_or(-1);
        assert!(REFUSALS.contains(&code), "{told}");
        assert!(got.stdout.is_empty(), "{told}");
        assert!(got.stderr.contains("error"), "{told}");
        // What nobody can read is no refusal: a number of 300 digits, or nothing beside the word.
        let digits = got.stderr.split(|c: char| !c.is_ascii_digit());
        assert!(digits.map(str::len).all(|len| len < 30), "{told}");
        return false;
    }
    let form = args.iter().position(|arg| *arg == "--output");
    match form.map(|at| args[at + 1]) {
        // A number that is none is no JSON.
        Some("json") => {
            let read = serde_json::from_str::<Value>(&got.stdout);
            let read = read.unwrap_or_else(|error| panic!("{error}: {told}"));
            assert!(shares_are_shares(&read), "{told}");
        }
        Some("csv") => {
            let cells = got.stdout.split([',', '\n', '\r']);
            let odd = |cell: &str| ["nan", "inf", "-inf"].contains(&cell.to_lowercase().as_str());
            assert!(!cells.into_iter().any(odd), "{told}");
        }
        _ => assert!(is_plain(&got.stdout), "{told}"),
    }
    true
}

/// Whether every chance lies from 0 to 1, and nobody is expected to buy less than nothing.
fn shares_are_shares(value: &Value) -> bool {
    let fine = |name: &str, one: &Value| match (name, one.as_f64()) {
        ("p_alive" | "p_buy" | "p_renew" | "churn_risk", Some(chance)) => {
            (0.0..=1.0).contains(&chance)
        }
        ("expected_purchases" | "dert" | "low" | "standard_error", Some(count)) => {
            // The ends of an effect may lie below nothing; those of purchases do not.
            count >= 0.0 || name == "low"
        }
        _ => shares_are_shares(one),
    };
    match value {
        Value::Object(object) => object.iter().all(|(name, one)| fine(name, one)),
        Value::Array(list) => list.iter().all(shares_are_shares),
        _ => true,
    }
}

/// Asks every command about `log.csv`.
fn ask_all(shop: &Shop, situation: &str) {
    let _ = std::fs::remove_file(shop.folder.join("model.json"));
    let forecast = |args: &[&str]| {
        let args = [&["forecast"], args, &LOG[..]].concat();
        sound(shop, situation, &args)
    };
    let fitted = forecast(&["fit", "--model", "mbgnbd", "--save", "model.json"]);
    forecast(&["fit", "--model", "gammagamma", "--output", "json"]);
    if fitted {
        for (horizon, output) in [("13", "json"), ("1e9", "csv"), ("0", "table")] {
            let score = ["score", "--model-file", "model.json", "--horizon", horizon];
            forecast(&[&score[..], &["--output", output]].concat());
        }
        sound(
            shop,
            situation,
            &["forecast", "card", "--model-file", "model.json"],
        );
    }
    forecast(&["summary", "--output", "csv"]);
    let back = ["backtest", "--horizon", "4", "--model", "mbgnbd"];
    forecast(&[&back[..], &["--output", "json"]].concat());
    let offers = ["--input", "log.csv", "--customer", "who", "--date", "day"];
    let offers = [&["offers"], &offers[..], &["--amount", "paid"]].concat();
    let all = ["--all", "--item", "item", "--output", "json"];
    sound(shop, situation, &[&offers[..], &all].concat());
    let markets = ["--markets", "item", "--output", "json"];
    sound(shop, situation, &[&offers[..], &markets].concat());
}

/// A good log with an item in each row.
pub fn good() -> String {
    let text = log(CUSTOMERS);
    let row = |(at, line): (usize, &str)| match at {
        0 => format!("{line},item\n"),
        _ => format!("{line},i{}\n", at % 5),
    };
    text.lines().enumerate().map(row).collect()
}

/// Rows of some customers, each on these days.
fn each(customers: usize, days: &[&str], paid: &str) -> String {
    let row = |customer: usize| {
        let own = days.iter();
        own.map(move |day| format!("c{customer},{day},{paid},tea\n"))
    };
    (0..customers).flat_map(row).collect()
}

#[test]
fn no_log_breaks_a_command() {
    let (head, good) = ("who,day,paid,item\n", good());
    let three = ["2024-01-01", "2024-02-01", "2024-05-01"];
    let situations: [(&str, String); 19] = [
        ("nothing", String::new()),
        ("a header", head.to_owned()),
        ("a row", format!("{head}a,2024-01-01,5,tea\n")),
        ("three customers", format!("{head}{}", each(3, &three, "5"))),
        ("once", format!("{head}{}", each(120, &three[..1], "5"))),
        ("all alike", format!("{head}{}", each(120, &three, "5"))),
        (
            "the year 1",
            format!("{good}c0001,0001-01-01,5,i1\nc0001,0001-01-02,5,i1\n"),
        ),
        (
            "the year 9999",
            format!("{good}c0001,9999-12-31,5,i1\nc0002,2999-01-01,5,i1\n"),
        ),
        ("no spend", format!("{head}{}", each(120, &three, "0"))),
        ("refunds", format!("{good}{}", each(60, &three, "-9000"))),
        ("great sums", format!("{head}{}", each(120, &three, "9e12"))),
        (
            "beyond sums",
            format!("{head}{}", each(120, &three, "1e300")),
        ),
        (
            "no numbers",
            format!("{good}c0001,2024-03-01,NaN,i1\nc0002,2024-03-01,inf,i1\nc0003,2024-03-01,,\n"),
        ),
        (
            "a whale",
            good.clone() + &"whale,2024-03-01,5,i1\n".repeat(2_000),
        ),
        (
            "a mark and CRLF",
            format!("\u{feff}{}", good.replace('\n', "\r\n")),
        ),
        ("the same name twice", good.replacen("item", "paid", 1)),
        (
            "signs for terminals",
            good.replace("c0001", "\u{1b}[31mc\u{7}")
                .replace(",i1", ",\u{1b}[2Ji\u{9b}"),
        ),
        (
            "lines in cells",
            format!("{good}\"a\nb\",2024-03-01,5,\"x\ny\"\n"),
        ),
        ("never closed", format!("{good}\"c0001,2024-03-01,5,i1\n")),
    ];
    for (situation, text) in situations {
        let shop = Shop::new(PROJECT);
        shop.file("log.csv", text.as_bytes());
        ask_all(&shop, situation);
    }
    let shop = Shop::new(PROJECT);
    let bytes: Vec<u8> = good.replace("c0001", "\u{1}").into_bytes();
    let other: Vec<u8> = bytes
        .iter()
        .map(|b| if *b == 1 { 0xff } else { *b })
        .collect();
    shop.file("log.csv", &other);
    ask_all(&shop, "no UTF-8");
}

/// A text with some of its parts taken out, doubled, or put in the place of others.
fn spoiled(dice: &mut Dice, text: &str) -> Vec<u8> {
    const ODD: [&[u8]; 16] = [
        b"",
        b"\"",
        b",",
        b"\n",
        b"\r",
        b"\0",
        b"\xff",
        b"NaN",
        b"-1",
        b"1e308",
        b"99999999999999999999",
        b"null",
        b"{",
        b"[[[[",
        b"\x1b[31m",
        "\u{202e}".as_bytes(),
    ];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..1 + (dice.roll() * 4.0) as usize {
        let at = (dice.roll() * bytes.len() as f64) as usize;
        let len = (dice.roll() * dice.roll() * 60.0) as usize;
        let end = (at + len).min(bytes.len());
        let odd = ODD[(dice.roll() * ODD.len() as f64) as usize];
        bytes.splice(at..end, odd.iter().copied());
    }
    if dice.roll() < 0.1 {
        bytes.truncate((dice.roll() * bytes.len() as f64) as usize);
    }
    bytes
}

#[test]
fn random_damage_breaks_nothing() {
    let mut dice = Dice(SEED);
    let shop = Shop::new(PROJECT);
    let good = good();
    shop.file("good.csv", good.as_bytes());
    let fit = ["--model", "mbgnbd", "--save", "kept.json"];
    shop.file("log.csv", good.as_bytes());
    assert!(sound(
        &shop,
        "good",
        &[&["forecast", "fit"], &LOG[..], &fit].concat()
    ));
    let model = std::fs::read_to_string(shop.folder.join("kept.json")).expect("a model");
    for attack in 0..ATTACKS {
        let situation = format!("seed {SEED}, attack {attack}");
        shop.file("log.csv", &spoiled(&mut dice, &good));
        ask_all(&shop, &situation);
    }
    shop.file("log.csv", good.as_bytes());
    for attack in 0..4 * ATTACKS {
        let situation = format!("seed {SEED}, attack {attack} on the model");
        shop.file("model.json", &spoiled(&mut dice, &model));
        let score = [
            "forecast",
            "score",
            "--model-file",
            "model.json",
            "--horizon",
            "9",
        ];
        let score = [
            &score[..],
            &LOG,
            &["--discount-annual", "0.1", "--output", "json"],
        ]
        .concat();
        sound(&shop, &situation, &score);
        let card = ["forecast", "card", "--model-file", "model.json"];
        sound(&shop, &situation, &card);
    }
}
