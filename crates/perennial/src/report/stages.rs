//! The sections that the ledger fills: stages today and over time, who moved, figures of each stage.

use perennial_model::DAY_MS;
use perennial_report::{
    Flow, Kpis, Measure, Move, Series, StageKpi, StageToday, Stages, Stream, Unit,
};

use super::ledger::Ledger;
use super::people::People;
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

/// The figures of each stage.
pub fn kpis(ledger: &Ledger, people: Option<&People>, names: &[String], span: &Span) -> Kpis {
    let has_orders = people.is_some_and(|people| people.all.buyers > 0);
    let mut figures = vec![
        ("Entered", "Moves into the stage in the period."),
        ("Left", "Moves out of it in the period."),
        (
            "Entered before",
            "Moves into the stage in as many days before the period.",
        ),
        (
            "Half left within",
            "Of those who left in the period, half had stayed at most so long. Who is still inside does not count.",
        ),
    ];
    if has_orders {
        figures.push((
            "Value per customer",
            "What those in the stage have brought so far, refunds taken off, for each of them.",
        ));
    }
    let stages = names.iter().enumerate().map(|(stage, name)| {
        let (entered, left) = ledger.flow(stage, span.before_day(), span.last_day);
        let earlier = span.before_day() - span.days;
        let (entered_before, _) = ledger.flow(stage, earlier, span.before_day());
        let stay = ledger.left.iter().find(|cell| cell.key as usize == stage);
        let stay = stay.map(|cell| days(cell.stayed_ms[1]));
        let count = |number: u64| Measure::new(number as f64, Unit::Count);
        let mut measures = vec![
            count(entered),
            count(left),
            count(entered_before),
            Measure::new(stay, Unit::Days),
        ];
        if let Some(people) = people.filter(|_| has_orders) {
            let crowd = &people.stages[stage];
            let money = crowd.minor as f64 / people.minor_units / crowd.customers as f64;
            let money = (crowd.customers > 0).then_some(money);
            measures.push(Measure::new(money, Unit::Money));
        }
        StageKpi {
            stage: name.clone(),
            trend: ledger.trend(stage, &span.points),
            measures,
        }
    });
    Kpis {
        period: span.period(),
        trend: format!("Customers, {}", span.trend()),
        names: figures.iter().map(|(name, _)| (*name).to_owned()).collect(),
        meanings: figures
            .iter()
            .map(|(_, meaning)| (*meaning).to_owned())
            .collect(),
        stages: stages.collect(),
    }
}

fn days(ms: i64) -> f64 {
    ms as f64 / DAY_MS as f64
}
