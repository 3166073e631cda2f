//! A fan: how a number went, what is expected of it, and how wide what is likely opens.

use super::MARK_COLORS;
use crate::content::Expected;
use crate::figures;
use crate::html::{Page, Value, push_number};

const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 190.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 26.0;
/// Space for the numbers of the axis at the left.
const LEFT: f64 = 50.0;
const RIGHT: f64 = 10.0;
/// Lines across, about.
const LINES: f64 = 4.0;

/// A chart of what was and what is expected.
pub(crate) struct Fan<'a> {
    /// What it measures.
    pub title: &'a str,
    /// What it shows, in words.
    pub description: &'a str,
    /// Dates evenly apart: of the known numbers, then of those expected.
    pub dates: &'a [String],
    /// Known numbers, at least one.
    pub past: &'a [f64],
    /// Expected numbers, at least one.
    pub ahead: &'a [Expected],
    /// The number of its color.
    pub color: usize,
}

/// Where numbers and dates stand in the drawing.
struct Frame {
    low: f64,
    high: f64,
    step: f64,
    points: usize,
}

/// Draws it; without numbers on both sides there is nothing to draw.
pub(crate) fn fan(page: &mut Page, shown: &Fan<'_>) {
    let (Some(now), Some(last)) = (shown.past.last().copied(), shown.ahead.last()) else {
        return;
    };
    let frame = Frame::of(shown);
    let ids = [page.id(), page.id()];
    let view = format!("0 0 {WIDTH} {HEIGHT}");
    page.open(
        "svg",
        &[
            ("class", "fan".into()),
            ("viewBox", (&view).into()),
            ("role", "img".into()),
            ("aria-labelledby", (&ids.join(" ")).into()),
        ],
    );
    page.element("title", &[("id", (&ids[0]).into())], shown.title);
    page.element("desc", &[("id", (&ids[1]).into())], shown.description);
    frame.lines(page);
    let today = shown.past.len() - 1;
    let color = MARK_COLORS[shown.color % MARK_COLORS.len()];
    for (class, band) in [
        ("most", Expected::most as fn(&Expected) -> [f64; 2]),
        ("half", Expected::half),
    ] {
        let mut path = String::from("M");
        let ends = |side: usize| {
            let ahead = shown.ahead.iter().map(move |one| band(one)[side]);
            std::iter::once(now).chain(ahead).enumerate()
        };
        let below: Vec<(usize, f64)> = ends(0).collect();
        for (place, number) in ends(1).chain(below.into_iter().rev()) {
            frame.point(&mut path, today + place, number, path_join);
        }
        path.push('Z');
        let class = format!("{class} {color}");
        page.shape(
            "path",
            &[("d", Value::Drawing(&path)), ("class", (&class).into())],
        );
    }
    let mut known = String::new();
    for (place, number) in shown.past.iter().enumerate() {
        frame.point(&mut known, place, *number, line_join);
    }
    let mut median = String::new();
    let medians = shown.ahead.iter().map(|one| one.median);
    for (place, number) in std::iter::once(now).chain(medians).enumerate() {
        frame.point(&mut median, today + place, number, line_join);
    }
    page.shape("polyline", &[("points", Value::Drawing(known.trim_end()))]);
    page.shape(
        "polyline",
        &[
            ("points", Value::Drawing(median.trim_end())),
            ("class", "ahead".into()),
        ],
    );
    let end = today + shown.ahead.len();
    for (place, number) in [(today, now), (end, last.median)] {
        let (x, y) = (frame.x(place), frame.y(number));
        page.shape(
            "circle",
            &[("cx", x.into()), ("cy", y.into()), ("r", 3.0.into())],
        );
    }
    for (place, class) in [(0, ""), (today, "middle"), (end, "end")] {
        let is_apart = place > 0 || today > 0;
        let at = [
            ("x", frame.x(place).into()),
            ("y", (HEIGHT - 8.0).into()),
            ("class", class.into()),
        ];
        if let (true, Some(date)) = (is_apart, shown.dates.get(place)) {
            page.element("text", &at, date);
        }
    }
    page.close("svg");
}

impl Expected {
    fn most(&self) -> [f64; 2] {
        self.most
    }

    fn half(&self) -> [f64; 2] {
        self.half
    }
}

/// How the points of a path are told apart.
fn path_join(text: &mut String) -> char {
    if text.len() > 1 {
        text.push('L');
    }
    ' '
}

/// How the points of a line are.
fn line_join(text: &mut String) -> char {
    if !text.is_empty() {
        text.push(' ');
    }
    ','
}

impl Frame {
    fn of(shown: &Fan<'_>) -> Self {
        let ahead = shown
            .ahead
            .iter()
            .flat_map(|one| [one.most[0], one.most[1], one.median]);
        let numbers = shown
            .past
            .iter()
            .copied()
            .chain(ahead)
            .filter(|own| own.is_finite());
        let (least, most) = numbers.fold((f64::INFINITY, 0.0_f64), |ends, own| {
            (ends.0.min(own), ends.1.max(own))
        });
        let least = least.clamp(0.0, most);
        let rough = ((most - least) / LINES).max(1.0);
        let power = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
        let step = steps
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * power);
        let low = (least / step).floor() * step;
        Self {
            low,
            high: ((most / step).ceil() * step).max(low + step),
            step,
            points: shown.past.len() + shown.ahead.len(),
        }
    }

    fn x(&self, place: usize) -> f64 {
        let share = place as f64 / (self.points.max(2) - 1) as f64;
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, number: f64) -> f64 {
        let share = (number - self.low) / (self.high - self.low);
        HEIGHT - BOTTOM - share.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
    }

    fn point(&self, text: &mut String, place: usize, number: f64, join: fn(&mut String) -> char) {
        let between = join(text);
        push_number(text, self.x(place));
        text.push(between);
        push_number(text, self.y(number));
    }

    fn lines(&self, page: &mut Page) {
        let count = ((self.high - self.low) / self.step).round() as usize;
        for line in 0..=count {
            let number = self.low + line as f64 * self.step;
            let at = self.y(number);
            let ends = [("x1", LEFT), ("x2", WIDTH - RIGHT), ("y1", at), ("y2", at)];
            page.shape("line", &ends.map(|(name, place)| (name, place.into())));
            let place = [
                ("x", (LEFT - 6.0).into()),
                ("y", (at + 4.0).into()),
                ("class", "end".into()),
            ];
            page.element("text", &place, &figures::whole(number));
        }
    }
}
