//! A thousand stages and countries are cut, and the page says how much was.

use perennial_report::{Measure, Unit, page};

use crate::markup::elements;
use crate::sample::full;

/// Most bytes of a page, however much there is to say.
const MAX_PAGE_BYTES: usize = 400_000;

#[test]
fn a_thousand_stages_and_countries_are_cut_with_the_size_of_the_rest() {
    let html = page(&full("Name", 1_000));
    assert!(html.len() < MAX_PAGE_BYTES, "{} bytes", html.len());
    for wanted in [
        "Not shown here: 984 more stages with 9,840 customers together.",
        "Not shown here: 960 more regions with 11,520 customers together.",
        "Not shown here: 960 more kinds of moves with 9,600 moves together.",
        "984 other stages",
        "and 42 more touchpoints",
    ] {
        assert!(html.contains(wanted), "{wanted}");
    }
    elements(&html);
}

#[test]
fn nothing_at_all_and_numbers_that_are_none_make_a_page() {
    let mut report = full("Shop", 1);
    for value in [f64::NAN, f64::INFINITY, -0.0, 1e300] {
        report.headlines[0].measure = Measure::new(value, Unit::Money);
        report.headlines[0].trend = vec![Some(value); 3];
        if let Some(stages) = &mut report.stages {
            stages.trend[0].values = vec![value; 3];
        }
        let html = page(&report);
        elements(&html);
        for path in ["NaN", "inf"] {
            assert!(!html.contains(path), "{value}: {path}");
        }
    }
    let mut report = full("Shop", 0);
    report.headlines.clear();
    elements(&page(&report));
}
