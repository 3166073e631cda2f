//! `funnel`: how many customers get from step to step, and how long they take.

use perennial_analytics::funnel::{
    Conversion, Dialect as Definitions, Exclusion, Funnel as Asked, Modes, Order, Scope,
};
use perennial_analytics::{Analysis, Trail, Words};
use perennial_batch::trails::{Condition, Trails};
use serde_json::{Value, json};

use crate::args::{Dialect, ExcludeScope, Funnel, Mode, StepOrder};
use crate::failure::Failure;
use crate::questions::{Prepared, Question, Reply, length_ms, seconds};

const FIELDS: [(&str, bool); 6] = [
    ("step", true),
    ("name", true),
    ("customers", true),
    ("share", true),
    ("median_seconds", true),
    ("mean_seconds", true),
];

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Funnel) -> Result<Prepared<'_>, Failure> {
    check(args)?;
    let definition = match args.dialect {
        Dialect::Perennial => "funnel/1",
        Dialect::Posthog => "funnel.posthog/1",
        Dialect::Clickhouse => "funnel.clickhouse/1",
    };
    let mut question = Question::new(&args.ask, definition)?;
    question.within_range();
    question.asked.with_ids |= args.list;
    let steps = question.steps(&args.steps)?;
    let exclude = |text: &String| exclusion(text, steps.len(), &mut question);
    let exclusions = args.exclude.iter().map(exclude).collect::<Result<_, _>>()?;
    let among = args.among.as_ref().map(|rule| {
        question.condition(Condition {
            rule: Some(rule.clone()),
            from: "--among",
            ..Condition::default()
        })
    });
    let by = question.by();
    let asked = Asked {
        steps: steps.iter().map(|(_, number)| *number).collect(),
        window_ms: length_ms("--window", &args.window)?,
        order: match args.order {
            StepOrder::Ordered => Order::Ordered,
            StepOrder::Unordered => Order::Unordered,
            StepOrder::Strict => Order::Strict { among },
        },
        exclusions,
        scope: match args.exclude_scope {
            ExcludeScope::Attempt => Scope::Attempt,
            ExcludeScope::Person => Scope::Person,
        },
        dialect: match args.dialect {
            Dialect::Perennial => Definitions::Perennial,
            Dialect::Posthog => Definitions::PostHog,
            Dialect::Clickhouse => Definitions::ClickHouse(modes(&args.mode)),
        },
        within_ms: None,
        by,
    };
    Ok(question.answered(move |question, mut trails| {
        question.limit(&mut trails, by);
        question.bound(&trails, by, steps.len() * FIELDS.len())?;
        Ok(answer(args, question, &trails, &asked, &steps))
    }))
}

fn answer(
    args: &Funnel,
    question: &Question,
    trails: &Trails,
    asked: &Asked,
    steps: &[(String, u16)],
) -> Reply {
    let by = asked.by;
    let mut reply = match args.wide {
        true => Reply::new("funnels", &[("people", true), ("step", true)]).by(by),
        false => Reply::new("steps", &FIELDS).by(by),
    };
    let (mut people, mut groups) = (0, Vec::new());
    for split in question.ask(trails, asked) {
        let (name, answer) = (split.by.as_deref(), &split.answer);
        people += answer.people;
        groups.push(json!({"by": name, "people": answer.people}));
        if args.wide {
            let reached = answer.steps.iter().map(|step| json!(step.customers));
            reply.row(name, vec![json!(answer.people), reached.collect()]);
        } else {
            tell_steps(answer, steps, name, &mut reply);
        }
    }
    let used = question.used(trails);
    reply.more = vec![
        ("people", json!(people)),
        ("about", question.about(trails, used)),
    ];
    if by.is_some() {
        reply.more.push(("groups", json!(groups)));
    }
    if args.list {
        let each = Each {
            funnel: asked,
            words: trails.words(),
        };
        reply.more.push(("reached", question.ask(trails, &each)));
    }
    reply.notes = question.notes(trails);
    reply
}

/// A row for each step.
fn tell_steps(answer: &Conversion, steps: &[(String, u16)], by: Option<&str>, reply: &mut Reply) {
    let first = answer.steps.first().map_or(0, |step| step.customers);
    for (number, (step, (name, _))) in answer.steps.iter().zip(steps).enumerate() {
        let share = (first > 0).then(|| step.customers as f64 / first as f64);
        let row = vec![
            json!(number + 1),
            json!(name),
            json!(step.customers),
            json!(share),
            seconds(step.median_seconds),
            seconds(step.mean_seconds),
        ];
        reply.row(by, row);
    }
}

/// Refuses options that would play no part.
fn check(args: &Funnel) -> Result<(), Failure> {
    let is_clickhouse = args.dialect == Dialect::Clickhouse;
    let wrong = if !args.mode.is_empty() && !is_clickhouse {
        "--mode: modes are those of --dialect clickhouse"
    } else if is_clickhouse && (args.order != StepOrder::Ordered || !args.exclude.is_empty()) {
        "--dialect clickhouse has neither --order nor --exclude: its modes say how strict it is"
    } else if args.among.is_some() && args.order != StepOrder::Strict {
        "--among says among which rows a funnel is strict: it needs --order strict"
    } else {
        return Ok(());
    };
    Err(Failure::usage(wrong))
}

fn modes(given: &[Mode]) -> Modes {
    let has = |mode| given.contains(&mode);
    Modes {
        strict_deduplication: has(Mode::StrictDeduplication),
        strict_order: has(Mode::StrictOrder),
        strict_increase: has(Mode::StrictIncrease),
        strict_once: has(Mode::StrictOnce),
        allow_reentry: has(Mode::AllowReentry),
    }
}

/// `EVENT:A-B`, or `EVENT` alone for all steps.
fn exclusion(text: &str, steps: usize, question: &mut Question) -> Result<Exclusion, Failure> {
    let between = |part: &str| {
        let (from, to) = part.split_once('-')?;
        Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?))
    };
    let cut = text.rsplit_once(':');
    let cut = cut.and_then(|(event, part)| Some((event, between(part)?)));
    let (event, (from, to)) = cut.unwrap_or((text, (1, steps)));
    if steps > 1 && (from == 0 || from >= to || to > steps) {
        return Err(Failure::usage(format!(
            "--exclude {text}: of {steps} steps, counted from 1, the second must come after the first, as in {event}:1-{steps}"
        )));
    }
    let event = question.event("--exclude", event, None).ok_or_else(|| {
        Failure::usage("--exclude any: a strict funnel (--order strict) has no event in between")
    })?;
    Ok(Exclusion { event, from, to })
}

/// How far each customer came: the same question, of one customer after the other.
struct Each<'a> {
    funnel: &'a Asked,
    words: &'a Words,
}

impl Analysis for Each<'_> {
    /// Customers by number, and the last step that each took.
    type Tally = Vec<(u32, usize)>;
    type Answer = Value;

    fn begin(&self, _: &Words) -> Self::Tally {
        Vec::new()
    }

    fn count(&self, tally: &mut Self::Tally, trail: &Trail<'_>) {
        let mut own = self.funnel.begin(self.words);
        self.funnel.count(&mut own, trail);
        let answer = self.funnel.answer(own, self.words);
        let taken = |step: &perennial_analytics::funnel::Step| step.customers > 0;
        let steps = answer.iter().flat_map(|split| &split.answer.steps);
        tally.push((trail.customer, steps.filter(|step| taken(step)).count()));
    }

    fn merge(&self, tally: &mut Self::Tally, mut other: Self::Tally) {
        tally.append(&mut other);
    }

    fn answer(&self, tally: Self::Tally, words: &Words) -> Value {
        let id = |customer: u32| words.customers[customer as usize].as_str();
        let mut reached: Vec<(&str, usize)> = tally
            .into_iter()
            .map(|(customer, step)| (id(customer), step))
            .collect();
        reached.sort_unstable();
        let row = |(id, step)| json!({"user_id": id, "step": step});
        reached.into_iter().map(row).collect()
    }
}
