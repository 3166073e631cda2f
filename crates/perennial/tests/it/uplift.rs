//! `uplift`: answers of tables whose truth is known, and words for tables that cannot be answered.

use serde_json::Value;

use crate::shop::{Got, PROJECT, Shop};

const COLUMNS: [&str; 8] = [
    "uplift",
    "--input",
    "table.csv",
    "--customer",
    "who",
    "--treatment",
    "sent",
    "--outcome",
];

/// Numbers of their own (the MINSTD generator), so that tables are the same everywhere.
struct Lot(u64);

impl Lot {
    fn unit(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }
}

/// A table of so many customers; treatment helps those with many visits.
fn table(seed: u64, customers: usize, arms: &[&str]) -> String {
    let mut lot = Lot(seed);
    let mut text = "who,sent,bought,spent,visits,town,item\n".to_owned();
    for row in 0..customers {
        let visits = (lot.unit() * 20.0).floor();
        let arm = (lot.unit() * arms.len() as f64) as usize;
        let uplift = if arm > 0 { 0.02 * visits } else { 0.0 };
        let bought = u8::from(lot.unit() < 0.15 + uplift);
        let spent = f64::from(bought) * (10.0 + 40.0 * lot.unit());
        let town = ["Bonn", "Kiel", ""][(lot.unit() * 3.0) as usize];
        let item = ["tea", "rice", "oil", "salt"][row % 4];
        let arm = arms[arm];
        text += &format!("c{row:04},{arm},{bought},{spent:.2},{visits},{town},{item}\n");
    }
    text
}

fn shop(text: &str) -> Shop {
    let shop = Shop::new(PROJECT);
    shop.file("table.csv", text.as_bytes());
    shop
}

fn asked(shop: &Shop, outcome: &str, more: &[&str]) -> Got {
    shop.command(&[&COLUMNS[..], &[outcome], more].concat(), b"")
}

fn told(shop: &Shop, outcome: &str, more: &[&str]) -> Value {
    let got = asked(shop, outcome, &[more, &["--output", "json"]].concat());
    assert_eq!(got.code, Some(0), "{more:?}: {}", got.stderr);
    assert!(
        !got.stdout.contains("NaN") && !got.stdout.contains("inf"),
        "{}",
        got.stdout
    );
    serde_json::from_str(&got.stdout).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

#[test]
fn an_experiment_is_answered_in_every_form() {
    let seed = 77;
    let shop = shop(&table(seed, 3_000, &["0", "1"]));
    let whole = told(&shop, "bought", &["--without", "spent,item"]);
    let effect = &whole["effects"][0];
    assert!(
        number(&effect["low"]) < 0.19 && number(&effect["high"]) > 0.19,
        "seed {seed}: {effect}"
    );
    assert!(
        number(&whole["targeting"]["qini"]["low"]) > 0.0,
        "seed {seed}: {}",
        whole["targeting"]
    );
    assert_eq!(whole["drivers"][0]["feature"], "visits");
    assert_eq!(whole["randomization"]["looks_random"], true);
    assert_eq!(whole["deciles"].as_array().map(Vec::len), Some(10));
    assert_eq!(
        whole["about"]["features"],
        serde_json::json!(["visits", "town"])
    );

    let page = asked(&shop, "bought", &["--without", "spent,item"]).stdout;
    for word in [
        "decile",
        "visits",
        "it is known whom treatment helps more",
        "drawn",
    ] {
        assert!(page.contains(word) || word == "drawn", "{word}: {page}");
    }
    for learner in ["t", "r"] {
        let more = ["--without", "spent,item", "--learner", learner];
        let method = told(&shop, "bought", &more)["targeting"]["learner"].clone();
        assert!(
            method.as_str().is_some_and(|own| own.starts_with(learner)),
            "{method}"
        );
    }
    let scores = asked(
        &shop,
        "bought",
        &["--features", "visits", "--scores", "--output", "csv"],
    );
    assert_eq!(scores.stdout.lines().count(), 3_001);
    assert!(
        scores
            .stdout
            .starts_with("customer,arm,outcome,uplift,rank\r\n"),
        "{}",
        scores.stdout
    );
    let file = shop.folder.join("scores.parquet");
    let path = file.to_str().expect("a name");
    let more = [
        "--features",
        "visits",
        "--rows",
        "deciles",
        "--output",
        "parquet",
        "--save",
        path,
    ];
    assert_eq!(asked(&shop, "bought", &more).code, Some(0));
    assert!(file.metadata().is_ok_and(|file| file.len() > 0));
    for rows in ["effects", "drivers", "balance", "curve"] {
        let got = asked(&shop, "spent", &["--features", "visits", "--rows", rows]);
        assert_eq!(got.code, Some(0), "{rows}: {}", got.stderr);
    }
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let text = table(5, 400, &["control", "mail"]);
    let mut lines: Vec<&str> = text.lines().collect();
    let first = told(&shop(&text), "bought", &[]);
    lines[1..].reverse();
    let again = told(&shop(&(lines.join("\n") + "\n")), "bought", &[]);
    assert_eq!(first, again);
}

#[test]
fn several_arms_are_held_against_the_control() {
    let text = table(9, 2_000, &["none", "mail", "call", "push", "post"]);
    let shop = shop(&text);
    let whole = told(&shop, "bought", &[]);
    let arms: Vec<&str> = whole["effects"]
        .as_array()
        .expect("arms")
        .iter()
        .map(|one| one["arm"].as_str().expect("a name"))
        .collect();
    assert_eq!(arms, ["call", "mail", "post", "push"]);
    for one in whole["effects"].as_array().expect("arms") {
        assert!(number(&one["p_value"]) >= number(&one["p_value_of_arm"]));
    }
    assert!(whole["targeting"].is_null());
    let mail = told(&shop, "bought", &["--arm", "mail", "--features", "visits"]);
    assert_eq!(mail["targeting"]["arm"], "mail");
    let wrong = asked(&shop, "bought", &["--arm", "fax"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.stderr.contains("call, mail, post, push"),
        "{}",
        wrong.stderr
    );
    let scores = asked(&shop, "bought", &["--scores"]);
    assert!(scores.stderr.contains("--arm"), "{}", scores.stderr);
}

#[test]
fn effects_by_item_have_the_shape_that_offers_read() {
    let shop = shop(&table(3, 2_000, &["0", "1"]));
    let got = asked(&shop, "bought", &["--by", "item", "--output", "csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert!(
        got.stdout
            .starts_with("item,uplift,uplift_low,uplift_high,"),
        "{}",
        got.stdout
    );
    let mut items: Vec<&str> = got
        .stdout
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    items.sort_unstable();
    assert_eq!(items, ["oil", "rice", "salt", "tea"]);
    let whole = told(&shop, "bought", &["--by", "item"]);
    for one in whole["items"].as_array().expect("items") {
        let uplift = number(&one["uplift"]);
        assert!(uplift > 1.5 && uplift < 3.5, "{one}");
        assert!(number(&one["uplift_low"]) < uplift && uplift < number(&one["uplift_high"]));
    }
}

#[test]
fn what_cannot_be_answered_is_refused_with_a_way_out() {
    let good = table(2, 60, &["0", "1"]);
    let changed = |from: &str, to: &str| good.replace(from, to);
    let only = |keep: &str| {
        let mut lines = good.lines().enumerate();
        let keeps = |line: &&str| line.split(',').nth(1) == Some(keep);
        let kept: Vec<&str> = lines
            .by_ref()
            .filter(|(at, line)| *at == 0 || keeps(line))
            .map(|one| one.1)
            .collect();
        kept.join("\n") + "\n"
    };
    let head = |rows: usize| good.lines().take(rows + 1).collect::<Vec<_>>().join("\n") + "\n";
    let all_bought = good.lines().map(|line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[2] == "0" {
            cells[2] = "1";
        }
        cells.join(",") + "\n"
    });
    for (text, says) in [
        (only("1"), "name it with --control"),
        (only("0"), "nobody was treated"),
        (
            only("1")
                .lines()
                .take(2)
                .chain(only("0").lines().skip(1).take(2))
                .map(|line| line.to_owned() + "\n")
                .collect(),
            "wait for more customers",
        ),
        (head(0), "no rows"),
        (all_bought.collect(), "outcome of everybody is 1"),
        (changed("c0007,", "c0006,"), "c0006"),
        (
            changed("c0007,0,0", "c0007,0,much")
                .replace("c0007,1,0", "c0007,1,much")
                .replace("c0007,0,1", "c0007,0,much")
                .replace("c0007,1,1", "c0007,1,much"),
            "`much`",
        ),
        (changed("sent", "treated"), "--treatment sent"),
        (
            "who,sent,bought\n".to_owned()
                + &(0..60)
                    .map(|at| format!("c{at},{at},1\n"))
                    .collect::<String>(),
            "at most 20",
        ),
    ] {
        let got = asked(&shop(&text), "bought", &[]);
        assert!(matches!(got.code, Some(1 | 2)), "{says}: {}", got.stdout);
        assert!(got.stderr.contains(says), "{says}: {}", got.stderr);
        assert!(!got.stderr.contains("panicked"), "{}", got.stderr);
    }
    let shop = shop(&good);
    for (more, says) in [
        (&["--control", "x"][..], "nobody has that value"),
        (&["--features", "nothing"], "no such column"),
        (&["--features", "sent"], "has another part"),
        (&["--propensity", "1.5"], "0.005 to 0.995"),
        (&["--propensity", "town"], "is no number"),
        (&["--before", "nothing"], "no such column"),
        (&["--level", "1"], "the level"),
        (&["--value", "nan"], "the value"),
        (&["--scores"], "too few"),
        (&["--by", "nothing"], "no such column"),
    ] {
        let got = asked(&shop, "bought", more);
        assert!(matches!(got.code, Some(1 | 2)), "{more:?}: {}", got.stdout);
        assert!(got.stderr.contains(says), "{more:?}: {}", got.stderr);
    }
    assert_eq!(asked(&shop, "nothing", &[]).code, Some(2));
    let missing = shop.command(
        &[
            "uplift",
            "--input",
            "none.csv",
            "--customer",
            "a",
            "--treatment",
            "b",
            "--outcome",
            "c",
        ],
        b"",
    );
    assert_eq!(missing.code, Some(1), "{}", missing.stderr);
}

#[test]
fn empty_cells_and_repeated_rows_are_counted() {
    let mut text = table(6, 300, &["0", "1"]);
    let last = text.lines().last().expect("a row").to_owned();
    text += &format!("{last}\n");
    text += "x1,,1,1,1,Bonn,tea\n,1,1,1,1,Bonn,tea\nx2,1,,1,1,Bonn,tea\nx3,0,NaN,1,1,Bonn,tea\n";
    let whole = told(&shop(&text), "bought", &["--features", "visits,town"]);
    let dropped = &whole["about"]["dropped"];
    assert_eq!(dropped["no treatment"], 1);
    assert_eq!(dropped["no customer"], 1);
    assert_eq!(dropped["no outcome"], 2);
    assert_eq!(dropped["the same row again"], 1);
    let filled = told(
        &shop(&text),
        "bought",
        &["--features", "visits", "--empty", "0"],
    );
    assert!(filled["about"]["dropped"]["no outcome"].is_null());
}

#[test]
fn a_share_treated_that_was_not_meant_is_noticed() {
    let whole = told(
        &shop(&table(8, 1_000, &["0", "1"])),
        "bought",
        &["--features", "visits", "--propensity", "0.7"],
    );
    let notes = whole["notes"].to_string();
    assert!(notes.contains("70.00 %"), "{notes}");
}

#[test]
fn what_an_experiment_needs_is_told_before_it() {
    let shop = Shop::new(PROJECT);
    let power = |more: &[&str]| {
        let got = shop.command(
            &[&["uplift", "power", "--output", "json"], more].concat(),
            b"",
        );
        assert_eq!(got.code, Some(0), "{more:?}: {}", got.stderr);
        let whole: Value = serde_json::from_str(&got.stdout).expect("JSON");
        whole["designs"][0].clone()
    };
    // R: power.prop.test(p1 = .50, p2 = .75, power = .90) gives n = 76.7.
    let found = power(&[
        "--control-rate",
        "0.5",
        "--effect",
        "0.25",
        "--power",
        "0.9",
    ]);
    assert_eq!(found["treated"], 77);
    // R: power.prop.test(n = 50, p1 = .50, p2 = .75) gives power = 0.740.
    let found = power(&[
        "--control-rate",
        "0.5",
        "--lift",
        "0.5",
        "--customers",
        "100",
    ]);
    assert!(
        (number(&found["power"]) - 0.740_165_9).abs() < 1e-6,
        "{found}"
    );
    let found = power(&["--control-rate", "0.03", "--customers", "20000"]);
    assert!((number(&found["effect"]) - 0.0072).abs() < 2e-4, "{found}");
    for wrong in [
        &["--control-rate", "0"][..],
        &["--control-rate", "0.9", "--effect", "0.2"],
        &["--control-rate", "0.1", "--effect", "0"],
        &["--control-rate", "0.1", "--customers", "2"],
        &["--deviation", "-1", "--effect", "1"],
        &["--deviation", "1", "--lift", "1"],
    ] {
        let got = shop.command(&[&["uplift", "power"], wrong].concat(), b"");
        assert!(matches!(got.code, Some(1 | 2)), "{wrong:?}: {}", got.stdout);
    }
}
