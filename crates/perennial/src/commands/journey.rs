//! `journey`: what customers touch in each stage, what follows, and where it hurts.

use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::journey::{
    Feedback, Grouping, Journey as Asked, JourneyAnswer, PainKind, PainPoint, Points, StageMap,
    TouchpointMap,
};
use perennial_analytics::regions::Level;
use perennial_batch::trails::{Condition, Trails};
use perennial_model::DAY_MS;
use serde_json::{Value, json};

use crate::args::{Journey, JourneyRows};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, StageQuestion, length_ms, seconds};

/// The highest answer on satisfaction that is a bad one, in millionths.
const BAD: i64 = 2_000_000;
/// Within how long an answer is about what came before.
const FEEDBACK_MS: i64 = 7 * DAY_MS;
/// The column of countries.
const COUNTRY: &str = "country";
/// Millionths in one.
const ONE: f64 = 1e6;
/// What came next that a row names.
const NEXT_NAMED: usize = 2;

const TOUCHPOINT_FIELDS: [(&str, bool); 17] = [
    ("stage", true),
    ("touchpoint", true),
    ("customers", true),
    ("share", true),
    ("touches", true),
    ("median_order", true),
    ("median_since_entering_seconds", false),
    ("median_to_next_seconds", false),
    ("next", true),
    ("nothing_next", false),
    ("rating", true),
    ("ratings", false),
    ("bad_ratings", false),
    ("drop_off", true),
    ("usual_drop_off", true),
    ("tickets", true),
    ("usual_tickets", true),
];
const PAIN_FIELDS: [(&str, bool); 19] = [
    ("pain", true),
    ("stage", true),
    ("touchpoint", true),
    ("other", false),
    ("group", true),
    ("month", true),
    ("customers", true),
    ("share", true),
    ("rest_share", true),
    ("gap_low", false),
    ("gap_high", false),
    ("ratio", true),
    ("median_seconds", false),
    ("rest_median_seconds", false),
    ("q", false),
    ("at_stake", true),
    ("at_stake_low", true),
    ("at_stake_high", true),
    ("folded", false),
];

/// # Errors
/// Wrong usage, and a run or a project that cannot be read.
pub fn prepare(args: &Journey) -> Result<Prepared<'_>, Failure> {
    let (question, asked) = question(args)?;
    Ok(question.answered(move |question, mut trails| {
        question.limit(&mut trails, limited(args, &asked));
        Ok(answer(args, question, &trails, &asked).0)
    }))
}

/// What is replied, and the answer it is made of.
///
/// # Errors
/// Wrong usage, and what reading gives.
pub fn answered(args: &Journey) -> Result<(Reply, JourneyAnswer), Failure> {
    let (question, asked) = question(args)?;
    let mut trails = question.read()?;
    question.limit(&mut trails, limited(args, &asked));
    Ok(answer(args, &question, &trails, &asked))
}

fn question(args: &Journey) -> Result<(Question, Asked), Failure> {
    let mut question = Question::new(&args.staged.ask, "journey/1")?;
    question.within_range();
    let staged = question.staged(&args.staged)?;
    let asked = asked(args, &mut question, &staged)?;
    Ok((question, asked))
}

/// The column whose rare values are put together.
fn limited(args: &Journey, asked: &Asked) -> Option<usize> {
    let by = asked
        .groups
        .first()
        .filter(|_| args.staged.ask.by.is_some());
    by.map(|group| group.column)
}

fn answer(
    args: &Journey,
    question: &Question,
    trails: &Trails,
    asked: &Asked,
) -> (Reply, JourneyAnswer) {
    let answer = question.ask(trails, asked);
    let mut reply = match args.rows {
        JourneyRows::Touchpoints => touchpoints(&answer),
        JourneyRows::Pains => pains(&answer.pains[..args.top.min(answer.pains.len())]),
    };
    let used = question.used(trails);
    let stages: Vec<Value> = answer.stages.iter().map(stage).collect();
    reply.more = vec![
        ("map", json!(stages)),
        ("comparisons", json!(answer.comparisons)),
        ("pain_count", json!(answer.pains.len())),
        ("about", question.about(trails, used)),
    ];
    reply.notes = question.notes(trails);
    if args.rows == JourneyRows::Touchpoints && !answer.pains.is_empty() {
        let count = answer.pains.len();
        reply
            .notes
            .push(format!("it hurts at {count} points: --rows pains"));
    }
    (reply, answer)
}

/// The question of a journey, of the first lifecycle named.
///
/// # Errors
/// No lifecycle, and a duration that is none.
pub fn asked(
    args: &Journey,
    question: &mut Question,
    staged: &StageQuestion,
) -> Result<Asked, Failure> {
    let (Some((lifecycle, _)), Some(meanings)) =
        (staged.lifecycles.first(), staged.meanings.first())
    else {
        return Err(Failure::failed("these results have no lifecycle"));
    };
    let mut points = Vec::new();
    for point in &staged.project.touchpoints {
        let number = question.condition(Condition {
            any_of: vec![point.name.clone()],
            from: "touchpoints",
            ..Condition::default()
        });
        points.push((point.name.clone(), number));
    }
    let passive = (!args.passive.is_empty()).then(|| {
        question.condition(Condition {
            any_of: args.passive.clone(),
            from: "--passive",
            ..Condition::default()
        })
    });
    let groups = groups(args.staged.ask.by.as_deref(), question, staged);
    let touches = &staged.touches;
    let feedback = question.ratings(staged);
    let calendar = Calendar::new(question.zone.clone(), Interval::Month, question.week_start);
    Ok(Asked {
        lapse: meanings.lapsed.clone(),
        points: Points::Conditions(points),
        passive,
        goal: touches.order,
        value: touches.order_value,
        ticket: touches.ticket,
        feedback: feedback.map(|(condition, column)| Feedback {
            condition,
            column,
            window_ms: FEEDBACK_MS,
            bad: BAD,
        }),
        groups,
        silence_ms: length_ms("--silence", &args.silence)?,
        ..Asked::new(*lifecycle, calendar, staged.until_ms)
    })
}

/// What customers are told apart by: the column of `--by`, else that of countries where touches have one.
/// Countries also by the sub-regions and regions of UN M49 that they lie in.
fn groups(by: Option<&str>, question: &mut Question, staged: &StageQuestion) -> Vec<Grouping> {
    let has_countries = staged.columns.iter().any(|own| own == COUNTRY);
    let (name, column) = match (by, question.by()) {
        (Some(by), Some(column)) => (by, column),
        _ if has_countries => (COUNTRY, question.text(COUNTRY)),
        _ => return Vec::new(),
    };
    let grouping = |name: &str, level| Grouping {
        name: name.to_owned(),
        column,
        of_touch: false,
        level,
    };
    let mut groups = vec![grouping(name, None)];
    if name == COUNTRY {
        groups.push(grouping("sub-region", Some(Level::Subregion)));
        groups.push(grouping("region of the world", Some(Level::Region)));
    }
    groups
}

fn touchpoints(answer: &JourneyAnswer) -> Reply {
    let mut reply = Reply::new("touchpoints", &TOUCHPOINT_FIELDS);
    for stage in &answer.stages {
        for own in &stage.touchpoints {
            reply.row(None, touchpoint(stage, own));
        }
    }
    reply
}

fn touchpoint(stage: &StageMap, own: &TouchpointMap) -> Vec<Value> {
    let next = own.next.iter().take(NEXT_NAMED);
    let next: Vec<String> = next
        .map(|next| format!("{} {:.0}%", next.touchpoint, next.share * 100.0))
        .collect();
    let rated = own.rated.as_ref();
    let share = |usual: Option<&perennial_analytics::journey::Usual>| {
        [
            json!(usual.map(|usual| usual.share)),
            json!(usual.and_then(|usual| usual.usual)),
        ]
    };
    let mut row = vec![
        json!(stage.stage),
        json!(own.name),
        json!(own.customers),
        json!(own.share),
        json!(own.touches),
        json!(own.median_order),
        seconds(own.median_since_entering_seconds),
        seconds(own.median_to_next_seconds),
        json!(next.join(", ")),
        json!(own.nothing_next),
        json!(rated.map(|rated| rated.mean)),
        json!(rated.map(|rated| rated.count)),
        json!(rated.map(|rated| rated.bad)),
    ];
    row.extend(share(own.drop_off.as_ref()));
    row.extend(share(own.tickets.as_ref()));
    row
}

fn pains(pains: &[PainPoint]) -> Reply {
    let mut reply = Reply::new("pains", &PAIN_FIELDS);
    for pain in pains {
        let (spot, evidence, stake) = (&pain.spot, &pain.evidence, pain.stake.as_ref());
        let money = |money: Option<i128>| json!(money.map(|money| money as f64 / ONE));
        let times = evidence.times.as_ref();
        let ratio = evidence.ratio.is_finite().then_some(evidence.ratio);
        let row = vec![
            json!(kind_name(spot.kind)),
            json!(spot.stage),
            json!(spot.touchpoint),
            json!(spot.other),
            json!(
                spot.group
                    .as_ref()
                    .map(|(name, group)| format!("{name} {group}"))
            ),
            json!(spot.month),
            json!(pain.customers),
            json!(evidence.share),
            json!(evidence.rest_share),
            json!(evidence.gap_low),
            json!(evidence.gap_high),
            json!(ratio),
            seconds(times.map(|times| times.median_seconds)),
            seconds(times.map(|times| times.rest_median_seconds)),
            json!(evidence.q),
            money(stake.map(|stake| stake.value)),
            money(stake.map(|stake| stake.low)),
            money(stake.map(|stake| stake.high)),
            json!(pain.folded.len()),
        ];
        reply.row(None, row);
    }
    reply
}

fn kind_name(kind: PainKind) -> &'static str {
    match kind {
        PainKind::Stall => "stall",
        PainKind::DropOff => "drop_off",
        PainKind::MissedGoal => "missed_goal",
        PainKind::Loop => "loop",
        PainKind::BadFeedback => "bad_feedback",
        PainKind::Tickets => "tickets",
        PainKind::RepeatTickets => "repeat_tickets",
    }
}

/// A stage and the ways out of it.
fn stage(stage: &StageMap) -> Value {
    let exits = stage.exits.iter().map(|exit| {
        json!({
            "to": exit.to, "count": exit.count, "share": exit.share,
            "median_seconds": exit.median_seconds,
        })
    });
    json!({
        "stage": stage.stage, "customers": stage.customers, "stays": stage.stays,
        "open": stage.open, "exits": exits.collect::<Vec<Value>>(),
    })
}
