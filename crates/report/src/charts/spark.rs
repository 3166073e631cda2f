//! A small line of numbers over time, for cells and headlines.

use crate::figures;
use crate::html::{Page, Value, push_number};

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 30.0;
const EDGE: f64 = 3.0;

/// A small chart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spark {
    /// Of what.
    pub name: String,
    /// The numbers, oldest first.
    pub values: Vec<f64>,
}

/// Draws it; what it shows is said in words as well.
pub(crate) fn spark(page: &mut Page, spark: &Spark) {
    let values = &spark.values;
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return;
    };
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let [first, last, least, most] = [*first, *last, low, high].map(figures::whole);
    let words = format!(
        "{}: from {first} to {last}, lowest {least}, highest {most}",
        spark.name
    );
    let frame = format!("0 0 {WIDTH} {HEIGHT}");
    page.open(
        "svg",
        &[
            ("class", "spark".into()),
            ("viewBox", (&frame).into()),
            ("role", "img".into()),
            ("aria-label", (&words).into()),
        ],
    );
    let span = if high > low { high - low } else { 1.0 };
    let steps = (values.len() - 1).max(1) as f64;
    let place = |(index, value): (usize, &f64)| {
        let x = EDGE + index as f64 / steps * (WIDTH - 2.0 * EDGE);
        let middle = if high > low { 0.0 } else { 0.5 };
        let y = HEIGHT - EDGE - ((value - low) / span + middle) * (HEIGHT - 2.0 * EDGE);
        (x, y)
    };
    let mut line = String::new();
    for (x, y) in values.iter().enumerate().map(place) {
        push_number(&mut line, x);
        line.push(',');
        push_number(&mut line, y);
        line.push(' ');
    }
    page.shape("polyline", &[("points", Value::Drawing(line.trim_end()))]);
    if let Some((x, y)) = values.iter().enumerate().map(place).next_back() {
        page.shape(
            "circle",
            &[("cx", x.into()), ("cy", y.into()), ("r", 2.5.into())],
        );
    }
    page.close("svg");
}
