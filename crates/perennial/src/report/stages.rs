//! The sections that the ledger fills: stages today and over time, and who moved.

use perennial_model::DAY_MS;
use perennial_report::{Flow, Move, Series, StageToday, Stages, Stream};

use super::ledger::Ledger;
use super::span::Span;

/// Stages today and over time.
pub fn stages(ledger: &Ledger, names: &[String], span: &Span) -> Stages {
    let today = names.iter().enumerate().map(|(stage, name)| StageToday {
        stage: name.clone(),
        customers: ledger.standing(stage, span.last_day),
        before: ledger.standing(stage, span.before_day()),
    });
    let trend = names.iter().enumerate().map(|(stage, name)| Series {
        name: name.clone(),
        values: ledger.trend(stage, &span.points),
    });
    Stages {
        today: today.collect(),
        dates: span.points.iter().map(|day| span.date(*day)).collect(),
        trend: trend.collect(),
    }
}

/// Who moved.
pub fn flow(ledger: &Ledger, names: &[String], span: &Span) -> Flow {
    let place = |stage: Option<u32>| stage.map(|stage| stage as usize);
    let streams = ledger.streams.iter().map(|((from, to), customers)| Stream {
        from: place(*from),
        to: place(*to),
        customers: *customers,
    });
    let entries = ledger.entries.iter().map(|((from, to), moves)| Move {
        from: place(*from),
        to: place(*to),
        moves: *moves,
        ..Move::default()
    });
    let stays = ledger.stays.iter().map(|cell| {
        let [low, middle, high] = cell.stayed_ms.map(days);
        Move {
            from: place(cell.key.0),
            to: place(cell.key.1),
            moves: cell.count,
            median_days: Some(middle),
            spread_days: Some([low, high]),
        }
    });
    Flow {
        from: span.date(span.before_day()),
        to: span.date(span.last_day),
        stages: names.to_vec(),
        streams: streams.collect(),
        moves: entries.chain(stays).collect(),
    }
}

fn days(ms: i64) -> f64 {
    ms as f64 / DAY_MS as f64
}
