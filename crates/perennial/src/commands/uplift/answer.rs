//! The answer of `uplift`: effects, whom treatment helps more, what that goes with, and what is odd.

use perennial_forecast::uplift::{Study, TOPS, Targeting};
use serde_json::{Value, json};

use super::table::Table;
use super::{Held, words};
use crate::answer::write;
use crate::args::{Output, UpliftOf, UpliftRows};
use crate::failure::Failure;
use crate::questions::Reply;

const EFFECTS: [(&str, bool); 14] = [
    ("arm", true),
    ("treated", true),
    ("control", true),
    ("treated_mean", true),
    ("control_mean", true),
    ("effect", true),
    ("low", true),
    ("high", true),
    ("lift", true),
    ("p_value", true),
    ("p_value_of_arm", false),
    ("standard_error", false),
    ("detectable", true),
    ("variance_explained", false),
];
const DECILES: [(&str, bool); 10] = [
    ("decile", true),
    ("customers", true),
    ("foretold", true),
    ("effect", true),
    ("low", true),
    ("high", true),
    ("treated", false),
    ("control", false),
    ("treated_mean", true),
    ("control_mean", true),
];
const DRIVERS: [(&str, bool); 10] = [
    ("feature", true),
    ("share", true),
    ("p_value", true),
    ("group", true),
    ("foretold", false),
    ("effect", true),
    ("low", true),
    ("high", true),
    ("treated", true),
    ("control", true),
];
const BALANCE: [(&str, bool); 6] = [
    ("feature", true),
    ("word", true),
    ("treated", true),
    ("control", true),
    ("standardized", true),
    ("p_value", true),
];
const CURVE: [(&str, bool); 2] = [("share", true), ("extra", true)];
const SCORES: [(&str, bool); 5] = [
    ("customer", true),
    ("arm", true),
    ("outcome", true),
    ("uplift", true),
    ("rank", true),
];
/// Below this the share treated does not fit the chance that was named.
const MISMATCH: f64 = 0.001;

/// # Errors
/// What showing gives, and rows that are not known.
pub fn show(
    args: &UpliftOf,
    table: &Table,
    all: &[Held],
    asked: Option<usize>,
) -> Result<(), Failure> {
    let mut notes = notes(args, table, all, asked);
    let learned = asked.map(|arm| &all[arm]);
    let rows = match (args.rows, args.scores) {
        (_, true) => Some(UpliftRows::Scores),
        (rows, _) => rows,
    };
    let mut reply = match rows {
        None | Some(UpliftRows::Effects) => effects(all),
        Some(rows) => {
            let held = learned.ok_or_else(|| {
                Failure::usage(
                    "there are several arms: name one with --arm to learn whom it helps more",
                )
            })?;
            match (&held.study.targeting, rows) {
                (_, UpliftRows::Balance) => balance(&held.study),
                (Ok(found), UpliftRows::Deciles) => deciles(found),
                (Ok(found), UpliftRows::Drivers) => drivers(found),
                (Ok(found), UpliftRows::Curve) => curve(found),
                (Ok(found), _) => scores(table, held, found),
                (Err(withheld), _) => return Err(Failure::failed(withheld)),
            }
        }
    };
    if args.show.output == Output::Table && rows.is_none() {
        return page(args, reply, learned, notes);
    }
    reply.more = more(args, table, learned, rows);
    if rows.is_none_or(|rows| rows == UpliftRows::Effects) || args.show.output == Output::Json {
        reply.notes = notes;
    } else {
        notes.retain(|note| note.starts_with("WARNING"));
        reply.notes = notes;
    }
    reply.show(&args.show)
}

/// All that people look at first: effects, tenths, drivers, and sentences.
fn page(
    args: &UpliftOf,
    reply: Reply,
    learned: Option<&Held>,
    notes: Vec<String>,
) -> Result<(), Failure> {
    if !args.show.columns.is_empty() {
        return Err(Failure::usage("--columns: say which rows with --rows"));
    }
    let mut text = reply.answer(false).table();
    if let Some(Ok(found)) = learned.map(|held| &held.study.targeting) {
        for reply in [deciles(found), drivers(found)] {
            text.push('\n');
            text.push_str(&reply.answer(false).table());
        }
    }
    for note in &notes {
        text.push_str(&format!("\n{}\n", crate::plain::lines(note)));
    }
    write(&text, args.show.save.as_deref())
}

fn notes(args: &UpliftOf, table: &Table, all: &[Held], asked: Option<usize>) -> Vec<String> {
    let mut notes = Vec::new();
    let binary = |held: &Held| is_binary(table, held);
    for held in all {
        notes.extend(words::balance(&held.study.balance, &label(table, held)));
        notes.extend(mismatch(table, held));
    }
    for held in all {
        let effect = &held.study.effect;
        let is_random = held.study.balance.is_random;
        let name = label(table, held);
        let said = words::average(&name, effect, held.p_value, binary(held), is_random);
        notes.push(said);
    }
    match asked.map(|arm| &all[arm]) {
        None => {
            notes.push("name an arm with --arm to learn whom it helps more than others".to_owned())
        }
        Some(held) => match &held.study.targeting {
            Ok(found) => notes.extend(words::targeting(found, args, binary(held))),
            Err(withheld) => notes.push(format!("whom it helps more is not told: {withheld}")),
        },
    }
    for (reason, rows) in &table.dropped {
        notes.push(format!("{rows} rows left out: {reason}"));
    }
    notes.extend(table.notes.iter().cloned());
    notes
}

/// What an arm is called in sentences.
fn label(table: &Table, held: &Held) -> String {
    match table.arms.names.len() {
        1 => "treatment".to_owned(),
        _ => format!("arm {}", held.arm),
    }
}

fn is_binary(table: &Table, held: &Held) -> bool {
    table.is_binary(&held.rows)
}

/// A share treated that the chance named does not explain.
fn mismatch(table: &Table, held: &Held) -> Option<String> {
    let chance = table.one_chance?;
    let effect = &held.study.effect;
    let treated = effect.treated.customers as f64;
    let all = treated + effect.control.customers as f64;
    let z = (treated - chance * all) / (all * chance * (1.0 - chance)).sqrt();
    let p_value = perennial_forecast::uplift::beyond(z, f64::MAX);
    (p_value < MISMATCH).then(|| {
        format!(
            "WARNING: {:.2} % were treated, though the chance was {:.2} %: customers got lost in one arm, so that the arms may not be alike",
            100.0 * treated / all,
            100.0 * chance
        )
    })
}

fn effects(all: &[Held]) -> Reply {
    let mut reply = Reply::new("effects", &EFFECTS);
    for held in all {
        let effect = &held.study.effect;
        reply.row(
            None,
            vec![
                json!(held.arm),
                json!(effect.treated.customers),
                json!(effect.control.customers),
                json!(effect.treated.mean),
                json!(effect.control.mean),
                json!(effect.effect),
                json!(effect.low),
                json!(effect.high),
                json!(effect.lift()),
                json!(held.p_value),
                json!(effect.p_value),
                json!(effect.error),
                json!(effect.detectable),
                json!(effect.explained),
            ],
        );
    }
    reply
}

fn deciles(found: &Targeting) -> Reply {
    let mut reply = Reply::new("deciles", &DECILES);
    for (place, decile) in found.deciles.iter().enumerate() {
        let effect = decile.effect.as_ref();
        reply.row(
            None,
            vec![
                json!(place + 1),
                json!(decile.customers),
                json!(decile.foretold),
                json!(effect.map(|own| own.effect)),
                json!(effect.map(|own| own.low)),
                json!(effect.map(|own| own.high)),
                json!(effect.map(|own| own.treated.customers)),
                json!(effect.map(|own| own.control.customers)),
                json!(effect.map(|own| own.treated.mean)),
                json!(effect.map(|own| own.control.mean)),
            ],
        );
    }
    reply
}

fn drivers(found: &Targeting) -> Reply {
    let mut reply = Reply::new("drivers", &DRIVERS);
    for driver in &found.drivers {
        for group in &driver.groups {
            reply.row(
                None,
                vec![
                    json!(driver.feature),
                    json!(driver.share),
                    json!(driver.p_value),
                    json!(words::group(&group.of)),
                    json!(group.score),
                    json!(group.effect.effect),
                    json!(group.effect.low),
                    json!(group.effect.high),
                    json!(group.effect.treated.customers),
                    json!(group.effect.control.customers),
                ],
            );
        }
    }
    reply
}

fn balance(study: &Study) -> Reply {
    let mut reply = Reply::new("balance", &BALANCE);
    for one in &study.balance.features {
        reply.row(
            None,
            vec![
                json!(one.feature),
                json!(one.word),
                json!(one.treated),
                json!(one.control),
                json!(one.standardized),
                json!(one.p_value),
            ],
        );
    }
    reply
}

fn curve(found: &Targeting) -> Reply {
    let mut reply = Reply::new("curve", &CURVE);
    for (share, extra) in &found.curve {
        reply.row(None, vec![json!(share), json!(extra)]);
    }
    reply
}

fn scores(table: &Table, held: &Held, found: &Targeting) -> Reply {
    let mut reply = Reply::new("scores", &SCORES);
    for (place, row) in held.rows.iter().enumerate() {
        reply.row(
            None,
            vec![
                json!(table.customer(*row)),
                json!(table.arm(*row)),
                json!(table.outcome(*row)),
                json!(found.uplift[place]),
                json!(found.rank[place]),
            ],
        );
    }
    reply
}

/// What JSON tells beside the rows.
fn more(
    args: &UpliftOf,
    table: &Table,
    learned: Option<&Held>,
    rows: Option<UpliftRows>,
) -> Vec<(&'static str, Value)> {
    let mut more = Vec::new();
    if let Some(held) = learned {
        let study = &held.study;
        if rows != Some(UpliftRows::Balance) {
            more.push(("balance", balance(study).objects()));
        }
        more.push((
            "randomization",
            json!({"looks_random": study.balance.is_random, "auc": study.balance.auc, "auc_error": study.balance.auc_error}),
        ));
        match &study.targeting {
            Err(withheld) => more.push((
                "targeting",
                json!({"arm": held.arm, "withheld": withheld.to_string()}),
            )),
            Ok(found) => {
                more.push(("targeting", told(held, found)));
                if rows != Some(UpliftRows::Deciles) {
                    more.push(("deciles", deciles(found).objects()));
                }
                if rows != Some(UpliftRows::Drivers) {
                    more.push(("drivers", drivers(found).objects()));
                }
                if rows != Some(UpliftRows::Curve) {
                    more.push(("curve", curve(found).objects()));
                }
            }
        }
    }
    more.push(("about", words::about(args, table)));
    more
}

fn told(held: &Held, found: &Targeting) -> Value {
    let pays = &found.pays;
    let top = |place: usize| {
        let top = &found.tops[place];
        json!({"share": top.share, "uplift": top.uplift.as_ref().map(words::estimate)})
    };
    json!({
        "arm": held.arm,
        "learner": words::method(found.method),
        "slope": {"value": found.signal.slope, "standard_error": found.signal.error, "p_value": found.signal.p_value},
        "gain": words::estimate(&found.gain),
        "qini": found.qini.as_ref().map(words::estimate),
        "auuc": found.auuc.as_ref().map(words::estimate),
        "tops": (0..TOPS.len().min(found.tops.len())).map(top).collect::<Vec<Value>>(),
        "pays": {
            "share": pays.share,
            "effect": pays.effect.as_ref().map(words::told_effect),
            "others": pays.others.as_ref().map(words::told_effect),
            "net": pays.net.as_ref().map(words::estimate),
            "net_of_all": words::estimate(&pays.net_of_all),
        },
    })
}
