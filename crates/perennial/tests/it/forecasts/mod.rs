//! Forecasts by the real binary: fit, score, back-test and card, from logs, summaries and runs.

mod bad_input;
mod doubtful;
mod hostile;
mod hostile_figures;
mod stacked;

use std::fmt::Write as _;

use serde_json::Value;

use crate::shop::{PROJECT, Shop};

/// The seed of the log.
const SEED: u64 = 20_240_101;
/// The first day of the log, and the days that it has.
const FIRST: i64 = 19_723;
const DAYS: i64 = 420;

/// SplitMix64 as a share.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.roll()).ln()
    }
}

/// A log of customers who come in the first 100 days, buy at rates of their own and leave some day.
fn log(customers: u32) -> String {
    let mut dice = Dice(SEED);
    let mut text = "who,day,paid\n".to_owned();
    for customer in 0..customers {
        let between = 10.0 + dice.wait(30.0);
        let spends = 10.0 + dice.wait(20.0);
        let mut at = dice.roll() * 100.0;
        let end = at + dice.wait(300.0);
        while at < (DAYS as f64).min(end) {
            let day = perennial_model::Time((FIRST + at as i64) * 86_400_000);
            let date = day.to_string();
            let paid = spends * (0.5 + dice.roll());
            let _ = writeln!(text, "c{customer:04},{},{paid:.2}", &date[..10]);
            at += dice.wait(between).max(1.0);
        }
    }
    text
}

fn shop(customers: u32) -> Shop {
    let shop = Shop::new(PROJECT);
    shop.file("log.csv", log(customers).as_bytes());
    shop
}

const LOG: [&str; 8] = [
    "--input",
    "log.csv",
    "--customer",
    "who",
    "--date",
    "day",
    "--amount",
    "paid",
];

/// Asks in JSON and expects an answer.
fn ask(shop: &Shop, args: &[&str]) -> Value {
    let args = [&["forecast"], args, &["--output", "json"]].concat();
    let got = shop.command(&args, b"");
    assert_eq!(got.code, Some(0), "{args:?}: {}", got.stderr);
    let answer: Value = serde_json::from_str(&got.stdout).expect("JSON");
    assert!(
        !got.stdout.contains("NaN") && !got.stdout.contains("inf,"),
        "{args:?}"
    );
    answer
}

/// Asks what is refused, with this exit code.
fn refused(shop: &Shop, code: i32, args: &[&str]) -> String {
    let got = shop.command(&[&["forecast"], args].concat(), b"");
    assert_eq!(
        got.code,
        Some(code),
        "{args:?}: {}{}",
        got.stdout,
        got.stderr
    );
    assert!(got.stdout.is_empty(), "{args:?}: {}", got.stdout);
    got.stderr
}

fn fit<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["fit"], &LOG[..], more].concat()
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn a_model_is_fitted_kept_and_asked() {
    let shop = shop(150);
    let until = ["--until", "2024-10-31", "--unit", "week"];
    for model in ["bgnbd", "mbgnbd", "paretonbd", "mbgcnbd"] {
        let more = [&until[..], &["--model", model, "--save", "model.json"]].concat();
        let fitted = ask(&shop, &fit(&more));
        assert_eq!(fitted["model"], model);
        assert_eq!(fitted["customers"], 150);
        assert_eq!(fitted["converged"], true);
        assert_eq!(fitted["unit"], "week");
        assert!(fitted["dropped"]["after_until"].as_u64() > Some(0));
        for (name, value) in fitted["parameters"].as_object().expect("parameters") {
            assert!(number(value) > 0.0, "{name}");
            let error = &fitted["standard_errors"][name];
            assert!(name == "k" || number(error) > 0.0, "{name}");
        }
        assert!(number(&fitted["value"]["parameters"]["q"]) > 1.0);
        let score = ["score", "--model-file", "model.json", "--horizon", "13"];
        // What all time brings costs much to work out where nothing is optimized.
        let discount: &[&str] = match model {
            "paretonbd" => &["--discount-annual", "0.15"],
            _ => &[],
        };
        let asked = [&score[..], &LOG, &until, discount].concat();
        let scores = ask(&shop, &asked);
        let rows = scores["customers"].as_array().expect("rows");
        assert_eq!(rows.len(), 150);
        let mut sum = 0.0;
        for row in rows {
            let (low, high) = (number(&row["low"]), number(&row["high"]));
            assert!((0.0..=1.0).contains(&number(&row["p_alive"])), "{row}");
            assert!(
                low <= high && number(&row["clv_low"]) <= number(&row["clv_high"]),
                "{row}"
            );
            assert!(number(&row["clv"]) >= 0.0, "{row}");
            assert!(discount.is_empty() || number(&row["dert"]) >= 0.0, "{row}");
            sum += number(&row["expected_purchases"]);
        }
        // Every form says the same.
        let csv = shop.command(
            &[&["forecast"], &asked[..], &["--output", "csv"]].concat(),
            b"",
        );
        let mut lines = csv.stdout.lines();
        let header = "customer,p_alive,expected_purchases,low,high,clv,clv_low,clv_high";
        let found = lines.next().unwrap_or_default();
        assert_eq!(found.trim_end_matches(",dert"), header, "{}", csv.stderr);
        assert_eq!(found.ends_with(",dert"), !discount.is_empty());
        let column = |line: &str| {
            line.split(',')
                .nth(2)
                .and_then(|cell| cell.parse::<f64>().ok())
        };
        let of_csv: f64 = lines.filter_map(column).sum();
        assert!((of_csv - sum).abs() < 1e-9 * sum, "{of_csv} {sum}");
        // Nearly as much came as was forecast.
        let judged = ask(
            &shop,
            &[
                &["card", "--model-file", "model.json"],
                &LOG[..],
                &["--until", "2025-01-30", "--page", "card.html"],
            ]
            .concat(),
        );
        let since = &judged["since"];
        assert!(
            (number(&since["forecast"]) / sum - 1.0).abs() < 1e-3,
            "{since}"
        );
        assert!(
            number(&since["bias"]).abs() < 0.3,
            "{model}, seed {SEED}: {since}"
        );
        let page = std::fs::read_to_string(shop.folder.join("card.html")).expect("a page");
        assert!(page.contains("Since it was fitted") && !page.contains("<script"));
    }
}

#[test]
fn the_same_in_any_order_of_rows_and_in_a_summary() {
    let shop = shop(200);
    let text = log(200);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].reverse();
    shop.file("turned.csv", lines.join("\n").as_bytes());
    let one = ask(&shop, &fit(&["--model", "bgnbd", "--until", "2024-12-31"]));
    let summary = [
        &["summary"],
        &LOG[..],
        &[
            "--until",
            "2024-12-31",
            "--output",
            "csv",
            "--save",
            "made.csv",
        ],
    ]
    .concat();
    let got = shop.command(&[&["forecast"], &summary[..]].concat(), b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let again = ask(&shop, &["fit", "--summary", "made.csv", "--model", "bgnbd"]);
    for key in ["parameters", "log_likelihood", "customers", "value"] {
        assert_eq!(one[key], again[key], "{key}");
    }
    let mut args = fit(&["--model", "bgnbd", "--until", "2024-12-31"]);
    args[2] = "turned.csv";
    let two = ask(&shop, &args);
    for key in ["parameters", "standard_errors", "log_likelihood", "value"] {
        assert_eq!(one[key], two[key], "{key}");
    }
    let zbar = "x,t_x,T,weight\n0,0,30,7\n1,10.5,30,4\n3,25,30,5\n8,29,30,2\n2,3,20,6\n";
    shop.file("summary.csv", zbar.as_bytes());
    let weighed = ask(
        &shop,
        &["fit", "--summary", "summary.csv", "--model", "bgnbd"],
    );
    let mut rows = "x,t_x,T\n".to_owned();
    for line in zbar.lines().skip(1) {
        let (row, weight) = line.rsplit_once(',').expect("a weight");
        for _ in 0..weight.parse::<u32>().expect("a number") {
            rows += &format!("{row}\n");
        }
    }
    shop.file("rows.csv", rows.as_bytes());
    let alone = ask(&shop, &["fit", "--summary", "rows.csv", "--model", "bgnbd"]);
    assert_eq!(weighed["customers"], 24);
    assert_eq!(weighed["parameters"], alone["parameters"]);
    let lines: Vec<String> = rows
        .lines()
        .skip(1)
        .map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            format!(
                "{{\"x\":{},\"t_x\":{},\"T\":{}}}\n",
                cells[0], cells[1], cells[2]
            )
        })
        .collect();
    shop.file("rows.ndjson", lines.concat().as_bytes());
    let ndjson = ask(
        &shop,
        &["fit", "--summary", "rows.ndjson", "--model", "bgnbd"],
    );
    assert_eq!(weighed["parameters"], ndjson["parameters"]);
}

#[test]
fn models_of_periods_are_fitted_to_what_the_papers_print() {
    let shop = Shop::new(PROJECT);
    let left = "period,survivors\n0,1000\n1,869\n2,743\n3,653\n4,593\n5,551\n6,517\n7,491\n";
    shop.file("left.csv", left.as_bytes());
    let more = ["--model", "sbg", "--save", "sbg.json"];
    let fitted = ask(
        &shop,
        &[&["fit", "--summary", "left.csv"], &more[..]].concat(),
    );
    assert!((number(&fitted["parameters"]["alpha"]) - 0.668).abs() < 5e-4);
    assert!((number(&fitted["parameters"]["beta"]) - 3.806).abs() < 5e-4);
    let score = [
        "score",
        "--model-file",
        "sbg.json",
        "--summary",
        "left.csv",
        "--horizon",
        "2",
    ];
    let said = ask(&shop, &score);
    let first = &said["customers"][0];
    let renews = number(&first["p_renew"]);
    assert!((renews - 3.806 / (0.668 + 3.806)).abs() < 1e-3, "{first}");
    let [low, high] = ["p_renew_low", "p_renew_high"].map(|name| number(&first[name]));
    assert!((0.82..renews).contains(&low) && (renews..0.88).contains(&high));
    assert_eq!((number(&first["low"]), number(&first["high"])), (0.0, 2.0));
    let left = &said["left"];
    let share = (3.806 + 7.0) * (3.806 + 8.0) / ((4.474 + 7.0) * (4.474 + 8.0));
    assert!(
        (number(&left["expected"]) / (491.0 * share) - 1.0).abs() < 1e-3,
        "{left}"
    );
    assert!(
        number(&left["low"]) > 400.0 && number(&left["high"]) < 470.0,
        "{left}"
    );
    assert!(
        said["notes"][1]
            .as_str()
            .expect("a note")
            .contains("of the 491 contracts")
    );
    shop.file(
        "gifts.csv",
        b"x,t_x,n,weight\n6,6,6,40\n0,0,6,60\n2,4,6,30\n1,1,6,30\n3,5,6,20\n4,6,6,30\n",
    );
    let more = ["--model", "bgbb", "--save", "bgbb.json"];
    let fitted = ask(
        &shop,
        &[&["fit", "--summary", "gifts.csv"], &more[..]].concat(),
    );
    assert_eq!(fitted["customers"], 210);
    let score = [
        "score",
        "--model-file",
        "bgbb.json",
        "--summary",
        "gifts.csv",
        "--horizon",
        "5",
    ];
    let scores = ask(&shop, &score);
    let gifts = |row: usize| number(&scores["customers"][row]["expected_purchases"]);
    assert!(gifts(0) > gifts(5) && gifts(5) > gifts(1), "{scores}");
    for row in scores["customers"].as_array().expect("rows") {
        let (low, high) = (number(&row["low"]), number(&row["high"]));
        assert!((0.0..=high).contains(&low) && high <= 5.0, "{row}");
    }
    assert!(number(&scores["customers"][0]["low"]) > 0.0, "{scores}");
    let total = &scores["total"];
    let weights = [40.0, 60.0, 30.0, 30.0, 20.0, 30.0];
    let weighed: f64 = (0..6).map(|row| weights[row] * gifts(row)).sum();
    assert!(
        (number(&total["expected"]) / weighed - 1.0).abs() < 1e-9,
        "{total}"
    );
    assert!(
        number(&total["low"]) < weighed && weighed < number(&total["high"]),
        "{total}"
    );
}

#[test]
fn a_model_is_chosen_by_what_it_would_have_said() {
    let shop = shop(400);
    let fitted = ask(&shop, &fit(&["--model", "auto"]));
    let choice = &fitted["choice"];
    let models = choice["models"].as_array().expect("models");
    assert_eq!(models[0]["model"], fitted["model"]);
    let deviance = |at: usize| number(&models[at]["deviance"]);
    assert!((1..models.len()).all(|at| deviance(at - 1) <= deviance(at)));
    let told = choice["told"].as_str().expect("a sentence");
    assert!(told.contains("held-out weeks"), "{told}");
    let judged = ask(
        &shop,
        &[
            &["backtest"],
            &LOG[..],
            &["--horizon", "8", "--origins", "3"],
        ]
        .concat(),
    );
    let rows = judged["figures"].as_array().expect("rows");
    for model in ["bgnbd", "paretonbd", "past_rate", "two_gaps"] {
        let own: Vec<&Value> = rows.iter().filter(|row| row["model"] == model).collect();
        assert_eq!(own.len(), 4, "{model}");
        let came: f64 = own[..3].iter().map(|row| number(&row["came"])).sum();
        assert_eq!(came, number(&own[3]["came"]), "{model}");
        assert!(number(&own[3]["wmape"]) > 0.0);
    }
    assert_eq!(
        judged["deciles"]["bgnbd"].as_array().map(Vec::len),
        Some(10)
    );
    let of = |model: &str, key: &str| {
        let all = rows
            .iter()
            .find(|row| row["model"] == model && row["origin"] == "all");
        number(&all.expect("the row")[key])
    };
    assert!(of("paretonbd", "deviance") < of("past_rate", "deviance"));
    assert!((0.8..1.0).contains(&of("paretonbd", "coverage")));
}

#[test]
fn covariates_are_numbers_or_classes() {
    let shop = shop(300);
    let mut known = "id,channel,age\n".to_owned();
    for customer in 0..300 {
        let channel = ["web", "shop", "app"][customer % 3];
        known += &format!("c{customer:04},{channel},{}\n", customer % 7);
    }
    shop.file("known.csv", known.as_bytes());
    let more = [
        "--model",
        "paretonbd",
        "--covariates",
        "known.csv",
        "--save",
        "model.json",
    ];
    let fitted = ask(&shop, &fit(&more));
    for name in ["life.age", "trans.channel=shop", "trans.channel=web"] {
        assert!(fitted["parameters"][name].is_number(), "{name}: {fitted}");
    }
    let score = [
        &["score", "--model-file", "model.json", "--horizon", "4"],
        &LOG[..],
    ]
    .concat();
    let said = refused(&shop, 2, &score);
    assert!(
        said.contains("--covariates") && said.contains("channel=shop"),
        "{said}"
    );
    let scores = ask(
        &shop,
        &[&score[..], &["--covariates", "known.csv"]].concat(),
    );
    assert_eq!(scores["customers"].as_array().map(Vec::len), Some(300));
    shop.file("known.csv", b"id,age\nc0000,4\n");
    let said = refused(&shop, 2, &fit(&more));
    assert!(
        said.contains("299 customers") && said.contains("`c0001`"),
        "{said}"
    );
}

#[test]
fn a_run_gives_its_orders() {
    let shop = shop(150);
    let events = log(150).replace("who,day,paid", "user_id,timestamp,amount");
    shop.file("events.csv", events.as_bytes());
    let got = shop.run(&["--quiet", "--input", "events.csv", "--until", "2025-01-01"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let of_run = ask(
        &shop,
        &["fit", "--out", "out", "--model", "bgnbd", "--unit", "day"],
    );
    let of_log = ask(
        &shop,
        &fit(&["--until", "2024-12-31", "--model", "bgnbd", "--unit", "day"]),
    );
    assert_eq!(of_run["until"], "2024-12-31");
    for key in ["parameters", "log_likelihood", "customers", "value"] {
        assert_eq!(of_run[key], of_log[key], "{key}");
    }
    // The run of the project's own folder needs no words at all.
    let alone = ask(&shop, &["fit", "--model", "bgnbd", "--unit", "day"]);
    assert_eq!(alone["parameters"], of_run["parameters"]);
}

/// A run whose project forecasts at the end of its history, and `fit` to the orders of that run.
fn by_run_and_by_fit(shop: &Shop, events: &str) -> (Value, Value) {
    shop.file("events.csv", events.as_bytes());
    let got = shop.run(&["--quiet", "--input", "events.csv", "--until", "2025-01-01"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let text = std::fs::read_to_string(shop.out().join("forecasts.json")).expect("a file");
    let mut forecasts: Value = serde_json::from_str(&text).expect("JSON");
    let record = forecasts["models"][0].take();
    (record, ask(shop, &["fit", "--out", "out"]))
}

#[test]
fn a_project_and_fit_mean_the_same_by_auto() {
    let shop = Shop::new(&format!("{PROJECT}forecast: {{ floor: 100 }}\n"));
    // At random, and then at even distances.
    let random = log(300).replace("who,day,paid", "user_id,timestamp,amount");
    let mut regular = "user_id,timestamp,amount\n".to_owned();
    let mut dice = Dice(SEED);
    for customer in 0..300 {
        let pause = 8.0 + 20.0 * dice.roll();
        let mut at = 100.0 * dice.roll();
        let end = at + dice.wait(200.0);
        while at < (DAYS as f64).min(end) {
            let day = perennial_model::Time((FIRST + at as i64) * 86_400_000);
            let _ = writeln!(
                regular,
                "c{customer},{day},{:.2}",
                10.0 + 20.0 * dice.roll()
            );
            at += pause * (0.8 + 0.4 * dice.roll());
        }
    }
    for (events, kind) in [(random, None), (regular, Some("mbgcnbd"))] {
        let (record, fitted) = by_run_and_by_fit(&shop, &events);
        assert_eq!(record["kind"], fitted["model"], "{record} {fitted}");
        assert!(kind.is_none_or(|kind| record["kind"] == kind), "{record}");
        assert_eq!(record["chosen"], fitted["choice"]["told"]);
        assert_eq!(record["parameters"], fitted["parameters"]);
        assert_eq!(record["customers"], fitted["customers"]);
    }
}
