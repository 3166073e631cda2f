//! The page of a model's card: what it was fitted to, what it says, how good it was, and whether it still holds.

use crate::html::{Cell, Figure, Page, Table, table};
use crate::style::{POLICY, STYLE};

/// Most rows of a table.
const MAX_ROWS: usize = 200;

/// What a card says, in words and figures that are ready to be shown.
#[derive(Clone, Debug, Default)]
pub struct ModelCard {
    /// What the page is called.
    pub title: String,
    /// One line beneath that.
    pub lede: String,
    /// What to know before using the model, the gravest first.
    pub warnings: Vec<String>,
    /// The parts.
    pub parts: Vec<CardPart>,
    /// The bottom line.
    pub foot: String,
}

/// A part of a card: a heading, words, and a table if it has rows.
#[derive(Clone, Debug, Default)]
pub struct CardPart {
    /// Its heading.
    pub heading: String,
    /// What it says in words.
    pub words: Vec<String>,
    /// What the table shows.
    pub caption: String,
    /// The names of columns; those of numbers are true.
    pub columns: Vec<(String, bool)>,
    /// The rows, a text a cell.
    pub rows: Vec<Vec<String>>,
}

/// Writes a card as one page of HTML, which loads nothing, runs nothing and sends nothing.
pub fn card_page(card: &ModelCard) -> String {
    let mut page = Page::default();
    page.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let policy = [
        ("http-equiv", "Content-Security-Policy".into()),
        ("content", POLICY.into()),
    ];
    page.open("meta", &policy).markup("\n");
    page.markup("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    page.markup("<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.element("title", &[], &card.title);
    page.markup("<style>")
        .markup(STYLE)
        .markup("</style>\n</head>\n<body>\n<header>\n");
    page.element("h1", &[], &card.title);
    page.element("p", &[("class", "lede".into())], &card.lede);
    page.markup("</header>\n<main id=\"content\">\n");
    if !card.warnings.is_empty() {
        page.markup("<section>\n")
            .element("h2", &[], "Before using it");
        list(&mut page, &card.warnings);
        page.close("section");
    }
    for part in &card.parts {
        page.markup("<section>\n").element("h2", &[], &part.heading);
        for words in &part.words {
            page.element("p", &[], words);
        }
        if !part.rows.is_empty() {
            rows(&mut page, part);
        }
        page.close("section");
    }
    page.markup("</main>\n<footer>\n");
    page.element("p", &[], &card.foot);
    page.markup("</footer>\n</body>\n</html>\n");
    page.finish()
}

fn list(page: &mut Page, texts: &[String]) {
    page.markup("<ul class=\"plain\">\n");
    for text in texts {
        page.element("li", &[], text);
    }
    page.markup("</ul>\n");
}

fn rows(page: &mut Page, part: &CardPart) {
    let mut shown = Table {
        caption: part.caption.clone(),
        columns: part.columns.clone(),
        ..Table::default()
    };
    for row in part.rows.iter().take(MAX_ROWS) {
        let cell = |(place, text): (usize, &String)| match (place, part.columns.get(place)) {
            (0, _) => Cell::Name(text.clone(), None),
            (_, Some((_, true))) => Cell::Figure(Figure {
                text: text.clone(),
                ..Figure::default()
            }),
            _ => Cell::Words(text.clone()),
        };
        shown.row(row.iter().enumerate().map(cell).collect());
    }
    if part.rows.len() > MAX_ROWS {
        shown.rest = Some(format!("{} more", part.rows.len() - MAX_ROWS));
    }
    table(page, &shown);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_shows_its_words_and_obeys_none_of_them() {
        let card = ModelCard {
            title: "A <b>model</b>".into(),
            warnings: vec!["<script>alert(1)</script>".into()],
            parts: vec![CardPart {
                heading: "Parameters".into(),
                caption: "All of them".into(),
                columns: vec![("name".into(), false), ("value".into(), true)],
                rows: vec![vec!["r".into(), "0.243".into()]],
                ..CardPart::default()
            }],
            ..ModelCard::default()
        };
        let page = card_page(&card);
        assert!(page.contains("A &lt;b&gt;model&lt;/b&gt;") && page.contains("0.243"));
        assert!(!page.contains("<script") && page.contains(POLICY.split('\'').next().unwrap()));
    }
}
