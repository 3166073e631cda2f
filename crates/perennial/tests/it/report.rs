//! The report by the real binary: its numbers are those of the other commands, and hostile names stay text.

use serde_json::Value;

use crate::shop::{Got, Shop};

/// A shop with countries, whose stages carry what a page must not obey.
const RULES: &str = "name: \"<script>alert('shop')</script>\"
time_zone: Europe/Berlin
currency: EUR
sources:
  - traits: [country]
lifecycles:
  - lifecycle: retail
    stages:
      - { name: visitor, enter: { from: none } }
      - { name: first, enter: { from: visitor, on: ordered } }
      - { name: repeat, enter: { from: first, on: ordered } }
      - { name: lapsed, enter: { from: [first, repeat], when: since(ordered) >= days(90) } }
";

/// Forty customers in two countries; every second one orders again a month later.
fn events() -> String {
    let mut text = String::from("user_id,event,timestamp,amount,country\n");
    for number in 0..40 {
        let country = if number % 4 == 0 {
            "\"<img src=x onerror=alert(1)>\""
        } else {
            "DE"
        };
        let day = number % 28 + 1;
        text += &format!("c{number},order,2025-01-{day:02}T10:00:00Z,40.00,{country}\n");
        if number % 2 == 0 {
            text += &format!("c{number},order,2025-02-{day:02}T10:00:00Z,20.00,{country}\n");
        }
        text += &format!("v{number},page view,2025-05-{day:02}T10:00:00Z,,{country}\n");
    }
    text
}

fn shop() -> Shop {
    let shop = Shop::new(RULES);
    shop.file("events.csv", events().as_bytes());
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    shop
}

fn good(shop: &Shop, args: &[&str]) -> String {
    let Got {
        code,
        stdout,
        stderr,
    } = shop.command(args, b"");
    assert_eq!(code, Some(0), "{args:?}: {stderr}");
    stdout
}

fn json(shop: &Shop, args: &[&str]) -> Value {
    let text = good(shop, &[args, &["--output", "json"]].concat());
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_page_has_its_sections_and_no_markup_of_customers() {
    let shop = shop();
    let html = good(&shop, &["report"]);
    for wanted in [
        "id=\"headlines\"",
        "id=\"stages\"",
        "id=\"flow\"",
        "id=\"kpis\"",
        "id=\"cohorts\"",
        "id=\"regions\"",
        "Europe/Berlin",
        "default-src &#39;none&#39;",
        "&lt;script&gt;alert(&#39;shop&#39;)&lt;/script&gt;",
        "&lt;img src=x onerror=alert(1)&gt;",
    ] {
        assert!(html.contains(wanted), "{wanted}");
    }
    assert!(!html.contains("<script") && !html.contains("<img"));
    assert_eq!(
        html,
        good(&shop, &["report"]),
        "the same results give the same page"
    );
    good(&shop, &["report", "--save", "report.html"]);
    let saved = std::fs::read_to_string(shop.folder.join("report.html")).expect("the page");
    assert_eq!(saved, html);
}

/// What a customer may call her country.
const COUNTRIES: [&str; 8] = [
    "</title></svg><script>alert(1)</script>",
    "\"\" onload=\"\"alert(1)\"\" x=\"\"",
    "' onmouseover='alert(1)' `tick`",
    "\u{202e}gnp.exe\u{2066}",
    "nul\0bell\u{7}zero\u{200b}width",
    "👩‍👧‍👦 & ключ 客户",
    "-->]]><!--&lt;b&gt;",
    "javascript:alert(1)",
];

#[test]
fn whatever_customers_call_their_country_stays_text() {
    let long = "W".repeat(20_000);
    let countries = COUNTRIES.into_iter().chain([long.as_str()]);
    let mut text = String::from("user_id,event,timestamp,amount,country\n");
    for (place, country) in countries.enumerate() {
        for number in 0..60 {
            let (id, day) = (place * 60 + number, number % 28 + 1);
            for month in 1..=(1 + number % 3 * (place + 1)).min(9) {
                text += &format!(
                    "c{id},order,2025-{month:02}-{day:02}T10:00:00Z,4{place}.00,\"{country}\"\n"
                );
            }
        }
    }
    let shop = Shop::new(RULES);
    shop.file("events.csv", text.as_bytes());
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let html = good(&shop, &["report"]);
    for wanted in [
        "&lt;/title&gt;&lt;/svg&gt;&lt;script&gt;alert(1)",
        "&quot; onload=&quot;alert(1)&quot; x=&quot;",
        "&#39; onmouseover=&#39;alert(1)&#39; &#96;tick&#96;",
        "\u{fffd}gnp.exe\u{fffd}",
        "👩‍👧‍👦 &amp; ключ 客户",
        "--&gt;]]&gt;&lt;!--&amp;lt;b&amp;gt;",
    ] {
        assert!(html.contains(wanted), "{wanted}");
    }
    let lower = html.to_lowercase();
    for hostile in ["<script", "<img", "<!--", "\" onload", "' onmouseover"] {
        assert!(!lower.contains(hostile), "{hostile}");
    }
    let hidden = ['\u{202e}', '\u{2066}', '\u{200b}', '\0', '\u{7}'];
    assert!(!html.contains(hidden));
    assert!(!html.contains(&"W".repeat(200)), "long words are cut");
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
}

#[test]
fn its_numbers_are_those_of_the_other_commands() {
    let shop = shop();
    let report = json(&shop, &["report", "--days", "28"]);
    let stages = json(&shop, &["stages"]);
    let today = report["stages"]["today"].as_array().expect("stages");
    let wanted = stages["stages"].as_array().expect("stages");
    for (own, wanted) in today.iter().zip(wanted) {
        assert_eq!(
            (&own["stage"], &own["customers"]),
            (&wanted["stage"], &wanted["customers"])
        );
    }
    let flow = &report["flow"];
    let streams = flow["streams"].as_array().expect("streams");
    let (stages, moves) = (&flow["stages"], flow["moves"].as_array().expect("moves"));
    for (place, own) in today.iter().enumerate() {
        let side = |side: &str| -> u64 {
            let own = streams.iter().filter(|one| one[side] == place);
            own.map(|one| one["customers"].as_u64().expect("a number"))
                .sum()
        };
        assert_eq!(stages[place], own["stage"]);
        assert_eq!(side("from"), own["before"], "{own}");
        assert_eq!(side("to"), own["customers"], "{own}");
    }
    let (first, last) = ("2025-05-01T00:00:00+02:00", "2025-05-29T00:00:00+02:00");
    let answer = json(&shop, &["transitions", "--from", first, "--to", last]);
    let count = |list: &[Value], name: &str| -> u64 {
        list.iter()
            .map(|one| one[name].as_u64().expect("a number"))
            .sum()
    };
    let wanted = answer["transitions"].as_array().expect("transitions");
    assert_eq!(count(moves, "moves"), count(wanted, "count"));
    assert!(count(moves, "moves") > 0);
}

#[test]
fn cohorts_and_regions_are_counted() {
    let shop = shop();
    let report = json(&shop, &["report"]);
    let cohorts = report["cohorts"]["cohorts"].as_array().expect("cohorts");
    assert_eq!(
        (&cohorts[0]["name"], &cohorts[0]["size"]),
        (&"2025-01".into(), &40.into())
    );
    assert_eq!(cohorts[0]["returned"][0], 20, "half came back in February");
    let may = &cohorts[0]["returned"][3];
    assert!(may.is_null(), "May is not over: {may}");
    let levels = report["regions"]["levels"].as_array().expect("levels");
    let regions = levels.last().expect("countries")["regions"].as_array();
    let regions = regions.expect("regions");
    let of = |place: usize| regions[place]["customers"].as_u64().expect("a number");
    assert_eq!((of(0), of(1)), (60, 20));
    assert_eq!(
        (&regions[0]["name"], &regions[1]["name"]),
        (&"Germany".into(), &"<img src=x onerror=alert(1)>".into())
    );
    let value = |place: usize| &regions[place]["figures"][0]["measure"]["value"];
    // Thirty and ten customers ordered; twenty in Germany or all elsewhere did so once more.
    assert_eq!(
        (value(0), value(1)),
        (&(1_400.0 / 60.0).into(), &30.0.into())
    );
}

#[test]
fn wrong_usage_and_missing_tables_are_told() {
    let shop = shop();
    let none = shop.command(&["report", "--days", "0"], b"");
    assert_eq!(none.code, Some(2), "{}", none.stderr);
    let unknown = shop.command(&["report", "--by", "planet"], b"");
    assert!(
        unknown.code == Some(2) && unknown.stderr.contains("planet"),
        "{}",
        unknown.stderr
    );
    std::fs::remove_file(shop.out().join("touches.parquet")).expect("a table");
    let report = json(&shop, &["report"]);
    assert!(report["cohorts"].is_null());
    let notes = report["about"]["notes"].to_string();
    assert!(
        notes.contains("no cohorts") && notes.contains("no journey"),
        "{notes}"
    );
}

#[test]
fn the_phase_of_the_business_is_told_with_its_reason() {
    let shop = shop();
    let report = json(&shop, &["report"]);
    let business = &report["business"];
    let periods = business["periods"].as_array().expect("months");
    let net = |place: usize| {
        periods[place]["measures"][0]["value"]
            .as_f64()
            .expect("money")
    };
    assert_eq!((net(0), net(1), net(2)), (1_600.0, 400.0, 0.0));
    assert_eq!(periods[4]["phase"], "not over yet");
    let phase = business["phase"].as_str().expect("words");
    assert!(phase.contains("launch"), "{phase}");
    assert!(
        business["reasons"][0]
            .as_str()
            .expect("words")
            .contains("too little history")
    );
}

#[test]
fn the_journey_counts_who_touched_what_in_each_stage() {
    let shop = shop();
    let report = json(&shop, &["report"]);
    let stages = report["journey"]["stages"].as_array().expect("stages");
    let ordered = |name: &str| {
        let stage = stages.iter().find(|own| own["stage"] == name);
        let touchpoints = stage.expect("a stage")["touchpoints"].as_array();
        let touchpoints = touchpoints.expect("touchpoints").iter();
        let own = touchpoints.clone().find(|own| own["name"] == "ordered");
        own.map(|own| own["customers"].as_u64().expect("a number"))
    };
    assert_eq!(ordered("first"), Some(40), "what brought them there");
    assert_eq!(ordered("repeat"), Some(20));
    let pains = report["journey"]["pains"].as_array().expect("pains");
    assert!(pains.is_empty(), "forty customers are too few: {pains:?}");
    let worth = report["opportunities"]["opportunities"].as_array();
    assert_eq!(
        worth.expect("a list").len(),
        0,
        "too few to bear anything out"
    );
}
