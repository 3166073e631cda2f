//! Hostile summaries, options and tables: an answer of numbers, or a refusal in words, never a panic.

use super::LOG;
use super::hostile::{good, sound};
use crate::shop::{PROJECT, Shop};

const TABLE: [&str; 9] = [
    "uplift",
    "--input",
    "table.csv",
    "--customer",
    "who",
    "--treatment",
    "sent",
    "--outcome",
    "got",
];

#[test]
fn no_summary_breaks_a_model() {
    let head = "x,t_x,T,zbar,weight\n";
    let many = |row: &str| format!("{head}{}", format!("{row}\n").repeat(12));
    let half = "0,0,30,0,20\n1,9,30,5,20\n";
    let most = "9007199254740992";
    let situations = [
        ("nobody", many("1,2,3,4,0")),
        ("all at the end", many("2,30,30,4,5")),
        ("all at once", many("2,0,0,4,5")),
        ("no time", many("0,0,0,0,5")),
        ("x of 20,000", format!("{head}{half}20000,29,30,5,1\n")),
        ("x of 4e9", format!("{head}{half}4000000000,29,30,5,1\n")),
        ("weights below 0", many("1,2,3,4,-1")),
        ("weights of 1e18", many("1,2,3,4,1000000000000000000")),
        ("weights beyond a count", many(&format!("1,2,3,4,{most}"))),
        (
            "2,049 of the greatest",
            format!("{head}{}", format!("1,2,3,4,{most}\n").repeat(2_049)),
        ),
        ("times of 1e300", many("1,1e300,1e305,4,5")),
        (
            "times of 1e-310",
            format!("{head}{half}1,1e-310,1e-309,4,5\n"),
        ),
        ("money of 1e300", format!("{head}{half}2,9,30,1e300,20\n")),
        ("no numbers", many("nan,inf,,-,x")),
    ];
    for (situation, text) in situations {
        let shop = Shop::new(PROJECT);
        shop.file("summary.csv", text.as_bytes());
        for model in ["bgnbd", "mbgnbd", "paretonbd", "gammagamma"] {
            let fit = ["--model", model, "--save", "model.json", "--output", "json"];
            let from = ["--summary", "summary.csv"];
            let fit = [&["forecast", "fit"], &from[..], &fit].concat();
            if !sound(&shop, situation, &fit) {
                continue;
            }
            let score = ["--model-file", "model.json", "--horizon", "13"];
            let score = [
                &["forecast", "score"],
                &from[..],
                &score,
                &["--output", "json"],
            ]
            .concat();
            sound(&shop, situation, &score);
        }
    }
    let contracts = |rows: u32| {
        let rows: String = (0..rows)
            .map(|at| format!("{at},{}\n", 20_000 - at))
            .collect();
        format!("period,survivors\n{rows}")
    };
    for (situation, text) in [
        ("no period", contracts(0)),
        ("one period", contracts(1)),
        ("10,001 periods", contracts(10_001)),
        (
            "nobody left",
            "period,survivors\n0,9\n1,0\n2,0\n".to_owned(),
        ),
        (
            "periods far out",
            "period,survivors\n9007199254740992,9\n".to_owned(),
        ),
    ] {
        let shop = Shop::new(PROJECT);
        shop.file("left.csv", text.as_bytes());
        let fit = ["forecast", "fit", "--summary", "left.csv", "--model", "sbg"];
        let answers = sound(&shop, situation, &fit);
        assert!(!answers || situation == "nobody left", "{situation}");
    }
}

#[test]
fn no_option_breaks_a_command() {
    let shop = Shop::new(PROJECT);
    shop.file("log.csv", good().as_bytes());
    shop.file("margin.csv", b"item,margin\ni1,1e999\n");
    shop.file("twice.csv", b"item,margin\ni1,5\ni1,6\n");
    let fit = [
        "forecast",
        "fit",
        "--model",
        "mbgnbd",
        "--save",
        "model.json",
    ];
    assert!(sound(&shop, "good", &[&fit[..], &LOG].concat()));
    let score = [
        "forecast",
        "score",
        "--model-file",
        "model.json",
        "--output",
        "json",
    ];
    for number in ["0", "-1", "nan", "inf", "1e9", "1e10", "1e-300", "", "x"] {
        let horizon = format!("--horizon={number}");
        let discount = format!("--discount-annual={number}");
        let origins = format!("--origins={number}");
        sound(&shop, number, &[&score[..], &LOG, &[&horizon]].concat());
        sound(
            &shop,
            number,
            &[&score[..], &LOG, &["--horizon", "4", &discount]].concat(),
        );
        let back = ["forecast", "backtest", "--model", "bgnbd", "--horizon", "4"];
        sound(&shop, number, &[&back[..], &LOG, &[&origins]].concat());
        for option in [
            "--effect",
            "--lift",
            "--customers",
            "--share",
            "--power",
            "--level",
        ] {
            let named = format!("{option}={number}");
            let mut power = vec!["uplift", "power", "--control-rate", "0.1", &named];
            power.extend(["--output", "json"]);
            if !["--effect", "--lift", "--customers"].contains(&option) {
                power.extend(["--effect", "0.01"]);
            }
            sound(&shop, number, &power);
        }
    }
    let offers = [&["offers", "--all"], &LOG[..], &["--item", "item"]].concat();
    for (more, code, word) in [
        (["--horizon", "0"], 2, "--horizon 0: write 1 to"),
        (["--horizon", "4000"], 2, "--horizon 4000: write 1 to"),
        (
            ["--until", "0001-01-01"],
            1,
            "no purchase of an item until 0001-01-01",
        ),
        (["--margin", "margin.csv"], 2, "`1e999` is no number from"),
        (
            ["--margin", "twice.csv"],
            2,
            "row 2: `i1` had another margin",
        ),
    ] {
        let got = shop.command(&[&offers[..], &more].concat(), b"");
        assert_eq!(got.code, Some(code), "{more:?}: {}", got.stderr);
        assert!(got.stderr.contains(word), "{more:?}: {}", got.stderr);
    }
    let power = [
        "uplift",
        "power",
        "--control-rate",
        "0.1",
        "--effect",
        "0.01",
    ];
    for customers in ["-1", "0", "nan", "1e300"] {
        let named = format!("--customers={customers}");
        let got = shop.command(&[&power[..], &[named.as_str()]].concat(), b"");
        assert_eq!(
            got.code,
            Some(2),
            "{customers}: {}{}",
            got.stdout,
            got.stderr
        );
    }
}

#[test]
fn no_table_breaks_uplift() {
    let table = |rows: usize, row: &dyn Fn(usize) -> [String; 4]| {
        let rows = (0..rows).map(|at| format!("c{at},{}\n", row(at).join(",")));
        format!("who,sent,got,seen,town\n{}", rows.collect::<String>())
    };
    let row = |sent: usize, got: String, seen: String, town: &str| {
        [sent.to_string(), got, seen, town.to_owned()]
    };
    let yes = |at: usize| usize::from(at % 7 < 2).to_string();
    let situations = [
        ("nobody", table(0, &|_| Default::default())),
        ("one", table(1, &|at| row(1, yes(at), yes(at), "a"))),
        ("one arm", table(60, &|at| row(0, yes(at), yes(at), "a"))),
        (
            "one outcome",
            table(60, &|at| row(at % 2, "1".into(), yes(at), "a")),
        ),
        (
            "five arms",
            table(300, &|at| row(at % 5, yes(at), at.to_string(), "a")),
        ),
        (
            "no seats",
            table(60, &|at| row(at % 25, yes(at), at.to_string(), "a")),
        ),
        (
            "great outcomes",
            table(60, &|at| row(at % 2, format!("{at}e300"), yes(at), "a")),
        ),
        (
            "great features",
            table(260, &|at| row(at % 2, yes(at), format!("-{at}e300"), "b")),
        ),
        (
            "no towns",
            table(60, &|at| row(at % 2, yes(at), "nan".into(), "")),
        ),
        (
            "no outcomes",
            table(60, &|at| row(at % 2, "nan".into(), "inf".into(), "a")),
        ),
        (
            "signs",
            table(260, &|at| row(at % 2, yes(at), yes(at), "\u{1b}[31m")),
        ),
    ];
    for (situation, text) in situations {
        let shop = Shop::new(PROJECT);
        shop.file("table.csv", text.as_bytes());
        for more in [
            &["--output", "json"][..],
            &["--rows", "scores", "--output", "csv"],
            &["--by", "town", "--output", "json"],
            &["--empty", "nan"],
            &["--propensity", "1e-300"],
            &[],
        ] {
            sound(&shop, situation, &[&TABLE[..], more].concat());
        }
        if situation == "no towns" {
            let got = shop.command(&[&TABLE[..], &["--by", "town"]].concat(), b"");
            assert!(got.stderr.contains("60 no value of --by"), "{}", got.stderr);
        }
    }
}
