//! Charts: shapes in SVG, each with a title, a description, and the same twice: for wide pages and for narrow.

mod area;
mod fan;
mod labels;
mod sankey;
mod spark;

pub(crate) use area::{Area, area};
pub(crate) use fan::{Fan, fan};
pub(crate) use sankey::{Node, Ribbon, Sankey, sankey};
pub(crate) use spark::{Spark, spark};

use crate::html::Page;

/// Classes of colors for shapes; the style has them for both themes.
pub(crate) const MARK_COLORS: [&str; 8] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];

/// For which pages a chart is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Canvas {
    /// The class that shows it where it fits.
    class: &'static str,
    /// Width in units of the drawing; one is about a pixel.
    width: f64,
    /// Space for words beside the drawing.
    margin: f64,
}

const CANVASES: [Canvas; 2] = [
    Canvas {
        class: "wide",
        width: 960.0,
        margin: 190.0,
    },
    Canvas {
        class: "narrow",
        width: 350.0,
        margin: 116.0,
    },
];

/// Draws a chart for each kind of page.
fn chart(
    page: &mut Page,
    (title, description): (&str, &str),
    height: f64,
    draw: impl Fn(&mut Page, Canvas),
) {
    for canvas in CANVASES {
        let ids = [page.id(), page.id()];
        let frame = format!("0 0 {} {height:.0}", canvas.width);
        page.open(
            "svg",
            &[
                ("class", canvas.class.into()),
                ("viewBox", (&frame).into()),
                ("role", "img".into()),
                ("aria-labelledby", (&ids.join(" ")).into()),
            ],
        );
        page.element("title", &[("id", (&ids[0]).into())], title);
        page.element("desc", &[("id", (&ids[1]).into())], description);
        draw(page, canvas);
        page.close("svg");
    }
}
