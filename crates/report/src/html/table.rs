//! Tables: a caption, headers with their scope, numbers at the right, and the size of what was cut.

use super::{Page, shortened};
use crate::charts::{MARK_COLORS, Spark, spark};

/// Most characters of a name in a cell.
const MAX_NAME_CHARS: usize = 80;
/// Names of so many characters stay in one line.
const MAX_SHORT_CHARS: usize = 14;
/// Classes of shading, lightest first.
const HEAT: [&str; 10] = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9"];

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// A name that heads its row, with the number of its color if it has one.
    Name(String, Option<usize>),
    /// Words.
    Words(String),
    /// A number as it is shown.
    Number(String),
    /// A figure with what belongs to it.
    Figure(Figure),
    /// A figure on a shade from 0 to 1.
    Shaded(Figure, f64),
    /// A part of one as a bar in a color, and the figure.
    Bar(Figure, f64, usize),
    /// Nothing.
    Empty,
}

/// A figure as people read it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figure {
    /// The number as it is shown.
    pub text: String,
    /// The number as machines read it.
    pub exact: Option<String>,
    /// How it came there, beneath it.
    pub trend: Option<Spark>,
    /// Smaller beneath it how sure it is, what it was before, or how it compares.
    pub notes: Vec<String>,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// What it shows.
    pub caption: String,
    /// The names of columns; those of numbers are true.
    pub columns: Vec<(String, bool)>,
    /// The rows; those marked true are shown as uncertain.
    pub rows: Vec<(Vec<Cell>, bool)>,
    /// What was cut off.
    pub rest: Option<String>,
}

impl Table {
    pub(crate) fn new(caption: impl Into<String>, columns: &[(&str, bool)]) -> Self {
        Self {
            caption: caption.into(),
            columns: columns
                .iter()
                .map(|(name, is_number)| ((*name).to_owned(), *is_number))
                .collect(),
            ..Self::default()
        }
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push((cells, false));
    }
}

/// Writes a table that may be scrolled sideways, also by keys.
pub(crate) fn table(page: &mut Page, table: &Table) {
    let id = page.id();
    page.open(
        "div",
        &[
            ("class", "scroll".into()),
            ("role", "region".into()),
            ("tabindex", "0".into()),
            ("aria-labelledby", (&id).into()),
        ],
    );
    page.open("table", &[]);
    page.markup("<caption>");
    page.element("span", &[("id", (&id).into())], &table.caption);
    page.close("caption");
    page.markup("<thead><tr>");
    for (name, is_number) in &table.columns {
        let class = if *is_number { "n" } else { "" };
        page.element(
            "th",
            &[("scope", "col".into()), ("class", class.into())],
            name,
        );
    }
    page.markup("</tr></thead>\n<tbody>\n");
    for (row, is_uncertain) in &table.rows {
        let class = if *is_uncertain { "small" } else { "" };
        page.open("tr", &[("class", class.into())]);
        for one in row {
            cell(page, one);
        }
        page.close("tr");
    }
    page.markup("</tbody></table></div>\n");
    if let Some(rest) = &table.rest {
        page.element("p", &[("class", "rest".into())], rest);
    }
}

fn cell(page: &mut Page, cell: &Cell) {
    match cell {
        Cell::Name(name, color) => {
            let name = shortened(name, MAX_NAME_CHARS);
            let is_short = name.chars().count() <= MAX_SHORT_CHARS;
            let class = if is_short { "short" } else { "" };
            page.open("th", &[("scope", "row".into()), ("class", class.into())]);
            if let Some(color) = color {
                swatch(page, *color);
            }
            page.element("bdi", &[], &name);
            page.close("th");
        }
        Cell::Words(words) => {
            let is_short = words.chars().count() <= MAX_SHORT_CHARS;
            let class = if is_short { "" } else { "words" };
            page.element("td", &[("class", class.into())], words);
        }
        Cell::Number(number) => {
            page.element("td", &[("class", "n".into())], number);
        }
        Cell::Figure(own) => {
            page.open("td", &[("class", "n".into())]);
            figure(page, own);
            if let Some(trend) = &own.trend {
                spark(page, trend);
            }
            for note in &own.notes {
                page.element("small", &[], note);
            }
            page.close("td");
        }
        Cell::Shaded(own, shade) => {
            let place = (shade.clamp(0.0, 1.0) * 9.999) as usize;
            page.open("td", &[("class", "heat".into())]);
            page.open("span", &[("class", HEAT[place.min(9)].into())]);
            figure(page, own);
            page.close("span").close("td");
        }
        Cell::Bar(own, part, color) => {
            page.open("td", &[("class", "bar".into())]);
            page.open(
                "svg",
                &[
                    ("viewBox", "0 0 100 12".into()),
                    ("preserveAspectRatio", "none".into()),
                    ("aria-hidden", "true".into()),
                ],
            );
            let width = part.clamp(0.0, 1.0) * 100.0;
            let shapes = [
                (100.0, "track"),
                (width, MARK_COLORS[color % MARK_COLORS.len()]),
            ];
            for (width, class) in shapes {
                page.shape(
                    "rect",
                    &[
                        ("width", width.into()),
                        ("height", 12.0.into()),
                        ("class", class.into()),
                    ],
                );
            }
            page.close("svg");
            page.open("span", &[]);
            figure(page, own);
            page.close("span").close("td");
        }
        Cell::Empty => {
            page.markup("<td></td>\n");
        }
    }
}

/// A number for people, with the exact one for machines and for who points at it.
pub(crate) fn figure(page: &mut Page, own: &Figure) {
    match &own.exact {
        Some(exact) => {
            let attributes = [("value", exact.into()), ("title", exact.into())];
            page.element("data", &attributes, &own.text);
        }
        None => {
            page.text(&own.text);
        }
    }
}

/// A square of a color, beside a name that says the same.
pub(crate) fn swatch(page: &mut Page, color: usize) {
    page.open(
        "svg",
        &[
            ("class", "swatch".into()),
            ("viewBox", "0 0 10 10".into()),
            ("aria-hidden", "true".into()),
        ],
    );
    let class = MARK_COLORS[color % MARK_COLORS.len()];
    page.shape(
        "rect",
        &[
            ("width", 10.0.into()),
            ("height", 10.0.into()),
            ("class", class.into()),
        ],
    );
    page.close("svg");
}
