//! Stacked areas: how a whole and its parts went over time, with the names at the right edge.

use super::labels::{LINE, apart, fitted};
use super::{Canvas, MARK_COLORS, chart};
use crate::figures;
use crate::html::{Page, Value, push_number};

const HEIGHT: f64 = 380.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 28.0;
/// Space for the numbers of the axis at the left.
const LEFT: f64 = 52.0;
/// Lines across, beside the one at nought.
const LINES: usize = 5;

/// A chart of stacked areas.
pub(crate) struct Area<'a> {
    /// What it measures.
    pub title: &'a str,
    /// What it shows, in words.
    pub description: &'a str,
    /// Dates, oldest first, at least two.
    pub dates: &'a [String],
    /// Parts with a number for each date, lowest first, with the number of the color.
    pub parts: Vec<(&'a str, &'a [f64], usize)>,
}

/// Draws it.
pub(crate) fn area(page: &mut Page, shown: &Area<'_>) {
    let count = shown.dates.len();
    if count < 2 || shown.parts.is_empty() {
        return;
    }
    // tops[p][i]: the parts up to and with p, at date i.
    let mut tops: Vec<Vec<f64>> = vec![vec![0.0; count]];
    for (_, values, _) in &shown.parts {
        let below = tops.last().cloned().unwrap_or_default();
        let value = |place: usize| {
            values
                .get(place)
                .copied()
                .filter(|value| value.is_finite() && *value > 0.0)
                .unwrap_or(0.0)
        };
        tops.push(
            (0..count)
                .map(|place| below[place] + value(place))
                .collect(),
        );
    }
    let most = tops.iter().flatten().copied().fold(0.0, f64::max);
    let step = step_of(most);
    let most = (most / step).ceil().max(1.0) * step;
    let texts = (shown.title, shown.description);
    chart(page, texts, HEIGHT, |page, canvas| {
        draw(page, shown, &tops, most, step, canvas);
    });
}

/// A round distance of lines.
fn step_of(most: f64) -> f64 {
    let rough = (most / LINES as f64).max(1.0);
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|times| times * power);
    steps
        .into_iter()
        .find(|step| *step >= rough && step.fract() == 0.0)
        .unwrap_or(10.0 * power)
}

fn draw(
    page: &mut Page,
    shown: &Area<'_>,
    tops: &[Vec<f64>],
    most: f64,
    step: f64,
    canvas: Canvas,
) {
    let right = canvas.width - canvas.margin;
    let last = shown.dates.len() - 1;
    let x = |place: usize| LEFT + place as f64 / last as f64 * (right - LEFT);
    let y = |value: f64| HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM);
    let mut line = 0.0;
    while line <= most {
        let at = y(line);
        let ends = [("x1", LEFT), ("x2", right), ("y1", at), ("y2", at)];
        let ends = ends.map(|(name, place)| (name, place.into()));
        page.shape("line", &ends);
        let place = [
            ("x", (LEFT - 6.0).into()),
            ("y", (at + 4.0).into()),
            ("class", "end".into()),
        ];
        page.element("text", &place, &figures::whole(line));
        line += step;
    }
    for (part, (_, _, color)) in shown.parts.iter().enumerate() {
        let mut path = String::from("M");
        for (place, top) in tops[part + 1].iter().enumerate() {
            point(&mut path, x(place), y(*top));
        }
        for (place, top) in tops[part].iter().enumerate().rev() {
            point(&mut path, x(place), y(*top));
        }
        path.push('Z');
        let class = format!("part {}", MARK_COLORS[color % MARK_COLORS.len()]);
        page.shape(
            "path",
            &[("d", Value::Drawing(&path)), ("class", (&class).into())],
        );
    }
    for (place, class) in [(0, ""), (last / 2, "middle"), (last, "end")] {
        let at = [
            ("x", x(place).into()),
            ("y", (HEIGHT - 8.0).into()),
            ("class", class.into()),
        ];
        // On narrow pages there is no room for the date in the middle.
        if class != "middle" || right - LEFT > 300.0 {
            page.element("text", &at, &shown.dates[place]);
        }
    }
    names(page, shown, tops, canvas, (right, &y));
}

/// The names of parts with their last numbers, from the top down.
fn names(
    page: &mut Page,
    shown: &Area<'_>,
    tops: &[Vec<f64>],
    canvas: Canvas,
    (right, y): (f64, &dyn Fn(f64) -> f64),
) {
    let last = shown.dates.len() - 1;
    let parts = (0..shown.parts.len()).rev();
    let middles: Vec<f64> = parts
        .clone()
        .map(|part| y((tops[part][last] + tops[part + 1][last]) / 2.0))
        .collect();
    let places = apart(&middles, TOP + LINE / 2.0, HEIGHT - BOTTOM);
    for ((part, middle), place) in parts.zip(middles).zip(places) {
        let (name, _, color) = shown.parts[part];
        let number = figures::whole(tops[part + 1][last] - tops[part][last]);
        let ends = [
            ("x1", right + 2.0),
            ("y1", middle),
            ("x2", right + 14.0),
            ("y2", place),
        ];
        let ends = ends.map(|(name, place)| (name, place.into()));
        page.shape("line", &[&ends[..], &[("class", "lead".into())]].concat());
        let class = MARK_COLORS[color % MARK_COLORS.len()];
        let square = [
            ("x", (right + 16.0).into()),
            ("y", (place - 5.0).into()),
            ("width", 10.0.into()),
            ("height", 10.0.into()),
            ("class", class.into()),
        ];
        page.shape("rect", &square);
        let text = fitted(name, &number, canvas.margin - 30.0);
        let at = [("x", (right + 30.0).into()), ("y", (place + 4.0).into())];
        page.element("text", &at, &text);
    }
}

fn point(path: &mut String, x: f64, y: f64) {
    if path.len() > 1 {
        path.push('L');
    }
    push_number(path, x);
    path.push(' ');
    push_number(path, y);
}

#[cfg(test)]
mod tests {
    use super::step_of;

    #[test]
    fn lines_are_at_round_numbers() {
        for (most, step) in [(3.0, 1.0), (100.0, 20.0), (8_431.0, 2_000.0), (0.0, 1.0)] {
            assert_eq!(step_of(most), step, "{most}");
        }
    }
}
