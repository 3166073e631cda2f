//! The format of scenarios: what is read, what is refused, what is written back.

use perennial_rules::Project;
use perennial_rules::project::{ProjectText, read};

use super::{Blessing, MAX_LINES, Report, Scenario, ScenarioError, bless};

const SHOP: &str = "
lifecycles:
  - lifecycle: shop
    stages:
      - { name: lead, enter: { from: none } }
      - { name: buyer, enter: { on: ordered, when: touch.amount >= 10 } }
      - { name: gone, enter: { from: buyer, when: since(ordered) >= days(90) } }
touchpoints:
  ordered: { event: [order, Order Completed], value: amount, topic: category }
segments:
  german: country = 'DE'
  buyers: count(ordered) > 0
";

fn project() -> Project {
    let text = ProjectText {
        path: "perennial.yaml".to_owned(),
        text: SHOP.to_owned(),
    };
    read(&[text]).project.expect("a sound project")
}

fn errors(text: &str) -> Vec<ScenarioError> {
    match Scenario::parse(text, &project()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors,
    }
}

fn run(text: &str) -> Report {
    let project = project();
    match Scenario::parse(text, &project) {
        Ok(scenario) => scenario.run(&project),
        Err(errors) => panic!("{errors:?}"),
    }
}

fn got(text: &str) -> Vec<String> {
    let lines = run(text).lines.into_iter();
    lines.map(|line| line.got).collect()
}

#[test]
fn a_line_is_a_touchpoint_or_an_event() {
    let text = r##"
day 0          ada  signed_up          # a standard touchpoint
day 1 10:30    ada  ordered value=40 topic="winter shoes"
day 2 10:30:15 bea  event "Order Completed" amount=40
day 3          cleo event "Never Heard Of" x=1
day 3          dora order amount=9.99
day 100        ada  (silence)
"##;
    let expected = [
        "shop: lead",
        "shop: buyer, +buyers",
        "shop: lead, shop: buyer, +buyers",
        "shop: lead",
        "shop: lead, +buyers",
        "shop: gone @ day 91 10:30",
    ];
    assert_eq!(got(text), expected);
}

#[test]
fn properties_are_numbers_truths_or_texts() {
    let country =
        |written: &str| got(&format!("day 0 ada identified country={written}"))[0].clone();
    assert_eq!(country("DE"), "shop: lead, +german");
    assert_eq!(country("\"DE\""), "shop: lead, +german");
    assert_eq!(country("de"), "shop: lead");
    let order = |written: &str| got(&format!("day 0 ada ordered value={written}"))[0].clone();
    assert_eq!(order("10"), "shop: lead, shop: buyer, +buyers");
    assert_eq!(order("\"10\""), "shop: lead, shop: buyer, +buyers");
    assert_eq!(order("true"), "shop: lead, +buyers");
}

#[test]
fn days_are_those_of_the_start() {
    let lapse = |start: &str| {
        let text = format!("{start}\nday 0 ada ordered value=40\nday 99 ada (silence)");
        got(&text)[1].clone()
    };
    assert_eq!(lapse(""), "shop: gone @ day 90 00:00");
    assert_eq!(lapse("start 2024-03-01"), "shop: gone @ day 90 00:00");
    let berlin = lapse("start 2024-03-01 Europe/Berlin");
    assert_eq!(berlin, "shop: gone @ day 90 01:00");
}

#[test]
fn what_must_follow_is_checked() {
    let report = run("\
day 0   ada  viewed            -> shop: lead
day 1   ada  ordered value=40  → shop: buyer, +buyers
day 91  ada  (silence)         -> shop: gone @ day 91
day 92  ada  (silence)         -> (nothing)
day 0   bea  viewed            -> (nothing)
day 1   bea  ordered value=40  -> +buyers, shop: buyer
day 95  bea  (silence)         -> shop: gone @ day 90 00:00
day 96  bea  viewed
");
    let ok: Vec<bool> = report.lines.iter().map(|line| line.ok).collect();
    assert_eq!(ok, [true, true, true, true, false, false, false, true]);
    assert!(!report.is_ok());
    let text = "\
line 5 (bea)
  expected  (nothing)
  got       shop: lead
line 6 (bea)
  expected  +buyers, shop: buyer
  got       shop: buyer, +buyers
line 7 (bea)
  expected  shop: gone @ day 90 00:00
  got       shop: gone @ day 91 00:00
";
    assert_eq!(report.to_string(), text);
}

#[test]
fn blessing_fills_in_and_keeps_the_rest() {
    let text = "\
# What follows?
start 2024-02-01

day 0          ada   viewed            -> shop: lead
  day 1        ada   ordered value=40          # an indented line
day 2          bea   viewed -> shop: gone
";
    let missing = "\
# What follows?
start 2024-02-01

day 0          ada   viewed            -> shop: lead
  day 1        ada   ordered value=40  -> shop: buyer, +buyers  # an indented line
day 2          bea   viewed            -> shop: gone
";
    let report = run(text);
    assert_eq!(bless(text, &report, Blessing::Missing), missing);
    let all = bless(text, &report, Blessing::All);
    assert_eq!(all, missing.replace("shop: gone", "shop: lead"));
    assert!(run(&all).is_ok());
    assert_eq!(bless(&all, &run(&all), Blessing::All), all);
}

#[test]
fn errors_say_where_what_and_the_way_out() {
    let cases = [
        (
            "dya 0 ada viewed",
            "a line begins with `day`, `start` or `thresholds`",
        ),
        ("day", "the number of the day is missing"),
        ("day x ada viewed", "there is no day `x` with that time"),
        ("day 0 9:30 ada viewed", "`9:30` is no time of day"),
        ("day 0", "the customer is missing"),
        ("day 0 ada", "what she does is missing"),
        (
            "day 0 ada orderd",
            "no touchpoint or event is called `orderd`",
        ),
        ("day 0 ada ordered 40", "`40` is no property"),
        (
            "day 0 ada identified contry=DE",
            "nothing reads a property or trait `contry`",
        ),
        ("day 0 ada (silence) value=4", "silence has no properties"),
        ("day 0 ada event \"Order", "a quote is never closed"),
        ("day 0 ada event \"-\"", "the event has no name"),
        ("day 0 ada viewed ->", "nothing stands behind the arrow"),
        (
            "day 0 ada viewed -> lead",
            "`lead` is no change of a customer",
        ),
        ("day 0 ada viewed -> shop: leed", "there is no stage `leed`"),
        (
            "day 0 ada viewed -> shp: lead",
            "there is no lifecycle `shp`",
        ),
        ("day 0 ada viewed -> +buyer", "there is no segment `buyer`"),
        (
            "day 0 ada viewed -> refused shop: lead",
            "`refused shop: lead` does not say which policy refused",
        ),
        (
            "day 0 ada viewed -> shop: lead @ noon",
            "`noon` is no instant",
        ),
        (
            "start 2024-01-01\nstart 2024-01-01",
            "`start` comes too late",
        ),
        ("start tomorrow", "`start` needs a date"),
        ("start 2024-01-01 Berlin", "there is no time zone `Berlin`"),
        ("start 2024-01-01 UTC now", "`start` needs a date"),
        (
            "day 1 ada viewed\nday 0 ada viewed",
            "ada has got to day 1 00:00 already",
        ),
        (
            "day 1 ada (silence)\nday 1 ada viewed",
            "ada's silence up to day 1 00:00 includes this instant",
        ),
        ("thresholds recency=1", "thresholds hold from a day on"),
        ("thresholds day 0 recency=1,2,3,4", "a score is missing"),
        (
            "thresholds day 0 recency=4,3,2,1",
            "recency needs 4 rising thresholds, one less than there are tiles",
        ),
        ("thresholds day 0 money=1,2,3,4", "`money` is no score"),
        (
            "thresholds day 0 monetary=a,2,3,4",
            "`a` cannot be a threshold of monetary",
        ),
    ];
    for (text, message) in cases {
        let errors = errors(text);
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        assert_eq!(errors[0].message, message, "{text}");
        assert_eq!(errors[0].line, text.lines().count(), "{text}");
        assert!(!errors[0].help.is_empty(), "{text}");
    }
    let all: Vec<String> = cases.iter().map(|(text, _)| (*text).to_owned()).collect();
    assert!(errors(&all.join("\n")).len() >= cases.len() - 2);
    let near = &errors("day 0 ada orderd")[0];
    assert_eq!(
        near.to_string(),
        "line 1: no touchpoint or event is called `orderd`: did you mean `ordered`?"
    );
    assert_eq!(errors(&"\n".repeat(MAX_LINES + 2)).len(), 1);
}
