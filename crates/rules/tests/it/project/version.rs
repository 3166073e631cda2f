//! The version of the rules: what changes it and what does not.

use perennial_rules::project::{ProjectText, read};

use super::cases::show;

fn version(files: &[(&str, &str)]) -> String {
    let file = |(path, text): &(&str, &str)| ProjectText {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    };
    let files: Vec<ProjectText> = files.iter().map(file).collect();
    let reading = read(&files);
    let project = reading
        .project
        .unwrap_or_else(|| panic!("{}", show(&files, &reading.diagnostics)));
    project.version
}

const SHOP: &str = "
name: Bike shop
time_zone: Europe/Berlin
currency: EUR
sources: [{ files: a.csv, event: order, traits: [country, plan] }]
touchpoints:
  ordered: { event: order, value: amount, counts_as: order }
  liked: { match: [{ event: like }, { event: review, where: score >= 4 }] }
standard_touchpoints: false
lifecycles:
  - lifecycle: retail
    for: country = 'DE'
    policy: { dwell: 1d }
    stages:
      - { name: visitor, description: Looks around. }
      - { name: buyer, enter: [{ from: visitor, on: [ordered, liked] }, { from: none, on: liked }] }
segments:
  vip: { when: count(ordered) >= 5, description: The best. }
  new: age() < days(7)
intent: { weights: { ordered: 2, liked: 1 } }
outputs: { touches: false }
";

#[test]
fn versions_are_frozen() {
    // Ledgers carry these. A change here is a change of every customer's rule version: do it knowingly.
    assert_eq!(
        version(&[("perennial.yaml", SHOP)]),
        "4fbca958bc52db34fdd823050fe30be7"
    );
}

#[test]
fn what_changes_no_result_changes_no_version() {
    let shop = version(&[("perennial.yaml", SHOP)]);
    let without = |line: &str| {
        assert!(SHOP.contains(line));
        SHOP.replace(line, "")
    };
    let same = [
        without("name: Bike shop\n"),
        without("outputs: { touches: false }\n"),
        format!("{SHOP}pii: [email]\nretention: {{ liked: 30d, default: forever }}\n"),
        without(", description: Looks around."),
        SHOP.replace("a.csv", "b.csv"),
        SHOP.replace(
            "{ when: count(ordered) >= 5, description: The best. }",
            "\"count( ordered ) >= 5\" # best",
        ),
        SHOP.replace("[ordered, liked]", "[liked, ordered]"),
        SHOP.replace("{ ordered: 2, liked: 1 }", "{ liked: 1.0, ordered: 2 }"),
        SHOP.replace("dwell: 1d", "dwell: 24h"),
        SHOP.replace("event: like }", "event: LIKE }"),
        SHOP.replace("[country, plan]", "[plan, country]"),
        SHOP.replace('\n', "\r\n"),
    ];
    for text in same {
        assert_eq!(version(&[("perennial.yaml", &text)]), shop, "{text}");
    }
    let (before, rest) = SHOP.split_once("segments:\n").expect("segments");
    let (segments, after) = rest.split_once("intent:").expect("intent");
    let segments: String = segments
        .lines()
        .rev()
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    let files = [
        ("segments.yaml", &segments[..]),
        ("perennial.yaml", &format!("{before}intent:{after}")),
    ];
    assert_eq!(
        version(&files),
        shop,
        "segments in a file of their own, in another order"
    );
}

#[test]
fn what_can_change_a_result_changes_the_version() {
    let shop = version(&[("perennial.yaml", SHOP)]);
    let changes = [
        ("Europe/Berlin", "UTC"),
        ("EUR", "USD"),
        ("event: order, traits", "event: purchase, traits"),
        ("value: amount", "value: total"),
        ("score >= 4", "score >= 5"),
        ("standard_touchpoints: false", ""),
        ("lifecycle: retail", "lifecycle: wholesale"),
        ("country = 'DE'", "country = 'AT'"),
        ("dwell: 1d", "dwell: 2d"),
        ("name: visitor,", "name: guest,"),
        ("from: none, on: liked", "from: none, on: liked, cause: fan"),
        ("age() < days(7)", "age() < days(8)"),
        ("ordered: 2", "ordered: 3"),
    ];
    for (from, to) in changes {
        let mut text = SHOP.replace(from, to);
        if to.contains("guest") {
            text = text.replace("from: visitor", "from: guest");
        }
        assert_ne!(text, SHOP);
        assert_ne!(version(&[("perennial.yaml", &text)]), shop, "{to}");
    }
}
