//! The whole page in order: what it is about first, then the sections that there are.

use crate::content::Report;
use crate::html::Page;
use crate::sections;
use crate::style::{POLICY, STYLE};

/// A section: its anchor, its heading, whether the report has it, and what writes it.
struct Section {
    anchor: &'static str,
    heading: &'static str,
    is_there: bool,
    write: fn(&mut Page, &Report),
}

/// Writes a report as one page of HTML.
///
/// The page loads nothing, runs nothing and sends nothing; its policy ([`POLICY`]) says so to the browser.
pub fn page(report: &Report) -> String {
    let sections: Vec<Section> = sections_of(report)
        .into_iter()
        .filter(|section| section.is_there)
        .collect();
    let mut page = Page::default();
    let name = format!("Customer lifecycle report: {}", report.about.workspace);
    page.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let policy = [
        ("http-equiv", "Content-Security-Policy".into()),
        ("content", POLICY.into()),
    ];
    page.open("meta", &policy).markup("\n");
    page.markup("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    page.markup("<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.element("title", &[], &name);
    page.markup("<style>")
        .markup(STYLE)
        .markup("</style>\n</head>\n<body>\n");
    page.markup("<a class=\"skip\" href=\"#content\">Skip to the figures</a>\n<header>\n");
    page.element("h1", &[], &name);
    sections::freshness(&mut page, report);
    page.markup("<nav aria-label=\"Sections\"><ul>\n");
    for section in &sections {
        let target = format!("#{}", section.anchor);
        page.markup("<li>");
        page.element("a", &[("href", (&target).into())], section.heading);
        page.close("li");
    }
    page.markup("</ul></nav>\n</header>\n<main id=\"content\">\n");
    for section in &sections {
        let heading = format!("{}-heading", section.anchor);
        page.open(
            "section",
            &[
                ("id", section.anchor.into()),
                ("aria-labelledby", (&heading).into()),
            ],
        );
        page.element("h2", &[("id", (&heading).into())], section.heading);
        (section.write)(&mut page, report);
        page.close("section");
    }
    page.markup("</main>\n<footer>\n");
    sections::foot(&mut page, report);
    page.markup("</footer>\n</body>\n</html>\n");
    page.finish()
}

fn sections_of(report: &Report) -> Vec<Section> {
    let section = |anchor, heading, is_there, write| Section {
        anchor,
        heading,
        is_there,
        write,
    };
    vec![
        section(
            "glance",
            "At a glance",
            !report.glance.is_empty(),
            sections::glance as fn(&mut Page, &Report),
        ),
        section(
            "headlines",
            "Figures to look at first",
            !report.headlines.is_empty(),
            sections::headlines,
        ),
        section(
            "business",
            "Where the business stands",
            report.business.is_some(),
            sections::business,
        ),
        section(
            "stages",
            "Who is in which stage",
            report.stages.is_some(),
            sections::stages,
        ),
        section(
            "flow",
            "Who moved between stages",
            report.flow.is_some(),
            sections::flow,
        ),
        section(
            "journey",
            "Where it hurts, and the journey",
            report.journey.is_some(),
            sections::journey,
        ),
        section(
            "opportunities",
            "What is worth trying",
            report.opportunities.is_some(),
            sections::opportunities,
        ),
        section(
            "ahead",
            "How full each stage will be",
            report.ahead.is_some(),
            sections::ahead,
        ),
        section(
            "value",
            "Value and churn",
            report.value.is_some(),
            sections::value,
        ),
        section(
            "kpis",
            "Figures of each stage",
            report.kpis.is_some(),
            sections::kpis,
        ),
        section(
            "cohorts",
            "Who came back",
            report.cohorts.is_some(),
            sections::cohorts,
        ),
        section(
            "regions",
            "Regions side by side",
            report.regions.is_some(),
            sections::regions,
        ),
        section("about", "About these numbers", true, sections::about),
    ]
}
