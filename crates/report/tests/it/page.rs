//! What the page is made of: its policy, its landmarks and headings, the sections that there are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use perennial_report::{Ahead, POLICY, Report, Value, page};
use sha2::{Digest, Sha256};

use crate::markup::elements;
use crate::sample::full;

#[test]
fn the_policy_allows_the_style_sheet_and_nothing_else() {
    let html = page(&full("Shop", 3));
    let (_, after) = html.split_once("<style>").expect("a style sheet");
    let (style, rest) = after.split_once("</style>").expect("its end");
    let hash = STANDARD.encode(Sha256::digest(style));
    assert_eq!(
        POLICY,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
        )
    );
    assert!(!rest.contains("<style") && !rest.contains("<script"));
    assert!(
        html.contains(
            "http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;;"
        )
    );
}

/// The page as its outline: headings, landmarks, captions, titles of charts, in order.
fn outline(html: &str) -> String {
    let mut lines = Vec::new();
    for element in elements(html) {
        let line = match element.tag.as_str() {
            "h1" | "h2" | "h3" | "h4" | "summary" | "title" | "dt" => {
                format!("{}: {}", element.tag, element.text.trim())
            }
            "span" if element.attribute("id").is_some() => {
                format!("caption: {}", element.text.trim())
            }
            "header" | "nav" | "main" | "footer" => element.tag.clone(),
            "section" => format!("section #{}", element.attribute("id").unwrap_or_default()),
            "svg" if element.attribute("role").is_some() => {
                format!("chart .{}", element.attribute("class").unwrap_or_default())
            }
            _ => continue,
        };
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_outline_is_as_agreed() {
    let found = outline(&page(&full("Shop", 3)));
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    let path = &format!("{folder}/tests/it/outline.txt");
    if std::env::var_os("PERENNIAL_BLESS").is_some() {
        std::fs::write(path, &found).expect("the outline can be written");
    }
    let wanted = std::fs::read_to_string(path).expect("tests/it/outline.txt");
    assert_eq!(found, wanted, "PERENNIAL_BLESS=1 writes it anew");
}

#[test]
fn headings_skip_no_level_and_ids_are_unique() {
    let html = page(&full("Shop", 20));
    let mut last = 0;
    let mut ids = std::collections::BTreeSet::new();
    for element in elements(&html) {
        if let Some(id) = element.attribute("id") {
            assert!(ids.insert(id.to_owned()), "{id} comes twice");
        }
        if let Some(level) = element
            .tag
            .strip_prefix('h')
            .and_then(|level| level.parse::<u32>().ok())
        {
            assert!(level <= last + 1, "h{level} after h{last}");
            last = level;
        }
    }
    let named = elements(&html);
    let named = named.iter().flat_map(|one| {
        let ids = one.attribute("aria-labelledby").unwrap_or_default();
        ids.split(' ')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    for id in named {
        assert!(ids.contains(&id), "nothing is called {id}");
    }
}

#[test]
fn every_cell_of_a_head_has_a_scope_and_every_chart_a_name() {
    for element in elements(&page(&full("Shop", 3))) {
        match element.tag.as_str() {
            "th" => assert!(matches!(element.attribute("scope"), Some("col" | "row"))),
            "svg" => assert!(
                element.attribute("aria-hidden") == Some("true")
                    || element.attribute("role") == Some("img")
                        && (element.attribute("aria-label").is_some()
                            || element.attribute("aria-labelledby").is_some())
            ),
            _ => {}
        }
    }
}

#[test]
fn what_is_absent_has_no_section() {
    let html = page(&Report::default());
    assert_eq!(
        html.matches("<section").count(),
        1,
        "only about the numbers: {html}"
    );
    let mut some = full("Shop", 3);
    some.journey = None;
    some.regions = None;
    let html = page(&some);
    assert!(
        !html.contains("id=\"journey\"")
            && !html.contains("#regions")
            && html.contains("id=\"stages\"")
    );
}

#[test]
fn freshness_stands_on_top_and_estimates_have_their_range() {
    let html = page(&full("Shop", 3));
    let (top, rest) = html.split_once("<main").expect("a top");
    for wanted in [
        "16 Jan\u{a0}2025, 00:00 UTC",
        "100 customers",
        "1,200 events since 1 Dec\u{a0}2024",
    ] {
        assert!(top.contains(wanted), "{wanted}");
    }
    for wanted in [
        "1,234, of which 1,200 are used",
        "34 sent twice",
        "09dfedc9",
        "Europe/Berlin",
        "EUR",
        "25.0%</data>",
        "<small>20.0 to 30.0%</small>",
        "<data value=\"5000\" title=\"5000\">€5,000</data>",
        "€1,000 to €9,000",
        "▲ up 5.0 points; 20.0% 28 days earlier",
        "lowest 10.0%, highest 25.0%",
    ] {
        assert!(rest.contains(wanted), "{wanted}");
    }
}

#[test]
fn answers_at_a_glance_lead_to_sections_that_are_there() {
    let html = page(&full("Shop", 3));
    let elements = elements(&html);
    let ids: Vec<&str> = elements
        .iter()
        .filter_map(|one| one.attribute("id"))
        .collect();
    for link in elements.iter().filter_map(|one| one.attribute("href")) {
        assert!(ids.contains(&&link[1..]), "{link} leads nowhere");
    }
}

#[test]
fn what_hurts_is_marked_at_its_place_of_the_map() {
    let mut report = full("Shop", 3);
    let Some(journey) = &mut report.journey else {
        panic!("a journey");
    };
    let place = (
        journey.stages[1].stage.clone(),
        journey.stages[1].touchpoints[0].name.clone(),
    );
    (journey.pains[0].stage, journey.pains[0].touchpoint) = place;
    journey.pains[0].what = "They rate it badly".to_owned();
    let html = page(&report);
    assert_eq!(html.matches("Hurts: They rate it badly").count(), 1);
}

#[test]
fn stages_ahead_have_a_fan_each_and_a_refusal_stands_alone() {
    let mut report = full("Shop", 3);
    let html = page(&report);
    for text in [
        "id=\"ahead\"",
        "5 on 8 Jan\u{a0}2025, 10 on 15 Jan\u{a0}2025; expected on 29 Jan\u{a0}2025: 15, in 90 of 100 cases 12 to 19.",
        "12 to 19</small>",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert_eq!(html.matches("class=\"fan\"").count(), 3);
    report.ahead = Some(Ahead {
        refusal: Some("40 customers are too few".to_owned()),
        ..report.ahead.unwrap_or_default()
    });
    let html = page(&report);
    assert!(html.contains("No forecast: </strong>40 customers are too few"));
    assert!(!html.contains("class=\"fan\""));
}

#[test]
fn value_and_churn_have_their_ranges_and_a_refusal_stands_alone() {
    let mut report = full("Shop", 3);
    let html = page(&report);
    for wanted in [
        "id=\"value\"",
        "€1,000 to €9,000 in 90 of 100 cases",
        "7 (33%)</data>",
        "€3.00 to €9.00",
        "title=\"700\">€700</data>",
        "in the range of 1 of 1 forecasts",
        "forecast, 80 to 101 in 90 of 100 cases",
        "naive rule 160.0%",
        "−5.0%",
    ] {
        assert!(html.contains(wanted), "{wanted}");
    }
    report.value = Some(Value {
        refusal: Some("12 customers have bought twice, but 50 are needed".to_owned()),
        ..report.value.unwrap_or_default()
    });
    let html = page(&report);
    assert!(html.contains("<strong>No forecast: </strong>12 customers have bought twice"));
    assert!(!html.contains("Whom to look at first") && !html.contains("naive rule"));
}
