//! A Sankey diagram: from the places on the left to those on the right, as wide as there are customers.

use super::labels::{LINE, apart, fitted};
use super::{Canvas, MARK_COLORS, chart};
use crate::figures;
use crate::html::{Page, Value, push_number};

const TOP: f64 = 34.0;
const BOTTOM: f64 = 12.0;
/// Space between places, so that a small one still has room for its name.
const GAP: f64 = 14.0;
/// Width of a place.
const BLOCK: f64 = 12.0;
/// Height that all customers share.
const BODY: f64 = 320.0;

/// A place on one side.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Its name.
    pub name: String,
    /// The number of its color.
    pub color: usize,
}

/// Customers who went from a place on the left to one on the right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ribbon {
    /// The place on the left.
    pub from: usize,
    /// The place on the right.
    pub to: usize,
    /// How many.
    pub customers: u64,
}

/// A diagram. The same places may be on both sides.
pub(crate) struct Sankey<'a> {
    /// What it measures.
    pub title: &'a str,
    /// What it shows, in words.
    pub description: &'a str,
    /// What the sides are, such as dates.
    pub sides: [&'a str; 2],
    /// The places, from the top down.
    pub nodes: &'a [Node],
    /// Who went where.
    pub ribbons: &'a [Ribbon],
}

/// A place as it is drawn.
struct Block {
    node: usize,
    top: f64,
    height: f64,
    customers: u64,
}

/// Draws it.
pub(crate) fn sankey(page: &mut Page, shown: &Sankey<'_>) {
    let total: u64 = shown.ribbons.iter().map(|ribbon| ribbon.customers).sum();
    if total == 0 {
        return;
    }
    let scale = BODY / total as f64;
    let sides = [
        blocks(shown, scale, |r| r.from),
        blocks(shown, scale, |r| r.to),
    ];
    let most = sides.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let height = TOP + BOTTOM + (BODY + (most - 1.0) * GAP).max(most * LINE);
    let texts = (shown.title, shown.description);
    chart(page, texts, height, |page, canvas| {
        draw(page, shown, &sides, (scale, height), canvas);
    });
}

fn blocks(shown: &Sankey<'_>, scale: f64, side: impl Fn(&Ribbon) -> usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut top = TOP;
    for node in 0..shown.nodes.len() {
        let own = shown.ribbons.iter().filter(|ribbon| side(ribbon) == node);
        let customers: u64 = own.map(|ribbon| ribbon.customers).sum();
        if customers > 0 {
            let height = customers as f64 * scale;
            blocks.push(Block {
                node,
                top,
                height,
                customers,
            });
            top += height + GAP;
        }
    }
    blocks
}

fn draw(
    page: &mut Page,
    shown: &Sankey<'_>,
    sides: &[Vec<Block>; 2],
    (scale, height): (f64, f64),
    canvas: Canvas,
) {
    let ends = [canvas.margin, canvas.width - canvas.margin];
    let mut used = [0, 1].map(|side: usize| {
        let mut used = vec![0.0; shown.nodes.len()];
        for block in &sides[side] {
            used[block.node] = block.top;
        }
        used
    });
    let mut ribbons: Vec<&Ribbon> = shown.ribbons.iter().filter(|r| r.customers > 0).collect();
    ribbons.sort_by_key(|ribbon| (ribbon.from, ribbon.to));
    for ribbon in ribbons {
        let thick = ribbon.customers as f64 * scale;
        let [left, right] = [used[0][ribbon.from], used[1][ribbon.to]];
        used[0][ribbon.from] += thick;
        used[1][ribbon.to] += thick;
        let path = band([ends[0] + BLOCK, ends[1] - BLOCK], [left, right], thick);
        let color = shown.nodes[ribbon.from].color;
        let class = format!("band {}", MARK_COLORS[color % MARK_COLORS.len()]);
        page.shape(
            "path",
            &[("d", Value::Drawing(&path)), ("class", (&class).into())],
        );
    }
    for (side, blocks) in sides.iter().enumerate() {
        let is_left = side == 0;
        let x = if is_left { ends[0] } else { ends[1] - BLOCK };
        let (words_x, class) = match is_left {
            true => (ends[0] - 8.0, "end"),
            false => (ends[1] + 8.0, ""),
        };
        let head = [
            ("x", words_x.into()),
            ("y", 16.0.into()),
            (
                "class",
                (if is_left { "end strong" } else { "strong" }).into(),
            ),
        ];
        page.element("text", &head, shown.sides[side]);
        let middles: Vec<f64> = blocks.iter().map(|b| b.top + b.height / 2.0).collect();
        let places = apart(&middles, TOP + 2.0, height - BOTTOM);
        for (block, place) in blocks.iter().zip(places) {
            let node = &shown.nodes[block.node];
            let shape = [
                ("x", x.into()),
                ("y", block.top.into()),
                ("width", BLOCK.into()),
                ("height", block.height.max(1.0).into()),
                ("class", MARK_COLORS[node.color % MARK_COLORS.len()].into()),
            ];
            page.shape("rect", &shape);
            let number = figures::count(block.customers);
            let text = fitted(&node.name, &number, canvas.margin - 8.0);
            let at = [
                ("x", words_x.into()),
                ("y", (place + 4.0).into()),
                ("class", class.into()),
            ];
            page.element("text", &at, &text);
        }
    }
}

/// A band between two heights, as thick at both ends.
fn band([x0, x1]: [f64; 2], [y0, y1]: [f64; 2], thick: f64) -> String {
    let middle = (x0 + x1) / 2.0;
    let mut path = String::new();
    let mut part = |letter: char, numbers: &[f64]| {
        path.push(letter);
        for (place, number) in numbers.iter().enumerate() {
            if place > 0 {
                path.push(' ');
            }
            push_number(&mut path, *number);
        }
    };
    let thick = thick.max(0.5);
    part('M', &[x0, y0]);
    part('C', &[middle, y0, middle, y1, x1, y1]);
    part('L', &[x1, y1 + thick]);
    part(
        'C',
        &[middle, y1 + thick, middle, y0 + thick, x0, y0 + thick],
    );
    path.push('Z');
    path
}
