//! A small line of numbers over time, for cells and headlines.

use crate::content::{Currency, Unit};
use crate::figures;
use crate::html::{Page, Value, push_number};

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 30.0;
const EDGE: f64 = 3.0;

/// A small chart.
#[derive(Clone, Debug)]
pub(crate) struct Spark {
    /// What it shows, in words.
    words: String,
    /// Places and numbers from 0 to 1, from the left.
    points: Vec<(f64, f64)>,
}

impl Spark {
    /// The chart of numbers, oldest first; the line goes straight over those that cannot be known. `None` where
    /// they never change, or fewer than two are known: that is no line worth drawing.
    pub(crate) fn of(
        name: &str,
        values: &[Option<f64>],
        unit: Unit,
        currency: &Currency,
    ) -> Option<Self> {
        let known = |(place, value): (usize, &Option<f64>)| {
            let value = value.filter(|value| value.is_finite())?;
            Some((place as f64, value))
        };
        let known: Vec<(f64, f64)> = values.iter().enumerate().filter_map(known).collect();
        let [(_, first), .., (_, last)] = known[..] else {
            return None;
        };
        let numbers = known.iter().map(|(_, value)| *value);
        let low = numbers.clone().fold(f64::INFINITY, f64::min);
        let high = numbers.fold(f64::NEG_INFINITY, f64::max);
        if low >= high {
            return None;
        }
        let [first, last, least, most] =
            [first, last, low, high].map(|value| figures::amount(value, unit, currency));
        let steps = (values.len() - 1) as f64;
        let place = |(place, value): (f64, f64)| (place / steps, (value - low) / (high - low));
        Some(Self {
            words: format!("{name}: from {first} to {last}, lowest {least}, highest {most}"),
            points: known.into_iter().map(place).collect(),
        })
    }
}

/// Draws it; what it shows is said in words as well.
pub(crate) fn spark(page: &mut Page, spark: &Spark) {
    let frame = format!("0 0 {WIDTH} {HEIGHT}");
    page.open(
        "svg",
        &[
            ("class", "spark".into()),
            ("viewBox", (&frame).into()),
            ("role", "img".into()),
            ("aria-label", (&spark.words).into()),
        ],
    );
    let place = |(place, height): &(f64, f64)| {
        let x = EDGE + place * (WIDTH - 2.0 * EDGE);
        let y = HEIGHT - EDGE - height * (HEIGHT - 2.0 * EDGE);
        (x, y)
    };
    let mut line = String::new();
    for (x, y) in spark.points.iter().map(place) {
        push_number(&mut line, x);
        line.push(',');
        push_number(&mut line, y);
        line.push(' ');
    }
    page.shape("polyline", &[("points", Value::Drawing(line.trim_end()))]);
    if let Some((x, y)) = spark.points.last().map(place) {
        page.shape(
            "circle",
            &[("cx", x.into()), ("cy", y.into()), ("r", 2.5.into())],
        );
    }
    page.close("svg");
}
