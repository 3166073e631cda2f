//! What a study says, in sentences and as JSON.

use perennial_forecast::uplift::{
    Balance, Base, Driver, Effect, Estimate, Learner, Method, Of, Targeting,
};
use serde_json::{Value, json};

use super::is_rate;
use super::table::Table;
use crate::args::UpliftOf;

/// A difference with its interval: rates in points.
pub fn effect(effect: &Effect, is_binary: bool) -> String {
    let rates = is_rate(effect, is_binary);
    let one = |value: f64| if rates { points(value) } else { number(value) };
    let unit = if rates { " points" } else { "" };
    format!(
        "{}{unit} ({} to {})",
        one(effect.effect),
        one(effect.low),
        one(effect.high)
    )
}

/// A difference of rates in points.
fn points(value: f64) -> String {
    format!("{:+.2}", 100.0 * value)
}

fn number(value: f64) -> String {
    match value.abs() {
        small if small < 0.01 => format!("{value:+.3e}"),
        small if small < 100.0 => format!("{value:+.3}"),
        _ => format!("{value:+.0}"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// What is to be known of an arm's average effect.
pub fn average(
    name: &str,
    found: &Effect,
    p_value: f64,
    is_binary: bool,
    is_random: bool,
) -> String {
    let said = effect(found, is_binary);
    if !is_random {
        return format!(
            "{name}: the outcome of those treated differs by {said}, which is no effect unless treatment was drawn by lot"
        );
    }
    if found.is_sure() {
        return format!("{name}: changed the outcome by {said}, p = {p_value:.2e}");
    }
    let detectable = match is_rate(found, is_binary) {
        true => format!("{:.2} points", 100.0 * found.detectable),
        false => number(found.detectable),
    };
    format!(
        "{name}: changed the outcome by {said}, which may be luck (p = {p_value:.2}); an experiment of this size finds effects from {detectable} in four of five cases"
    )
}

/// Whom treatment helps more.
pub fn targeting(found: &Targeting, args: &UpliftOf, is_binary: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let first = found.deciles.first().and_then(|one| one.effect.as_ref());
    let last = found.deciles.last().and_then(|one| one.effect.as_ref());
    let ends = match first.zip(last) {
        Some((first, last)) => format!(
            ": the first tenth gains {}, the last {}",
            effect(first, is_binary),
            effect(last, is_binary)
        ),
        None => String::new(),
    };
    let qini = found.qini.as_ref().map_or_else(String::new, |qini| {
        format!(
            "Qini {:.4} ({:.4} to {:.4}), ",
            qini.value, qini.low, qini.high
        )
    });
    let gain = format!(
        "{qini}gain {:+.2e} ({:+.2e} to {:+.2e}) a treated customer",
        found.gain.value, found.gain.low, found.gain.high
    );
    notes.push(match (found.gain.low > 0.0, found.gain.high < 0.0) {
        (true, _) => format!("it is known whom treatment helps more ({gain}, on customers not learned from){ends}"),
        (_, true) => format!("the order is worse than chance ({gain}): do not choose customers by it"),
        _ => format!("there is no sign that treatment helps some more than others ({gain}): choose by what customers are worth, not by uplift"),
    });
    let pays = &found.pays;
    let net = |one: &Estimate| format!("{:+.4} ({:+.4} to {:+.4})", one.value, one.low, one.high);
    if found.gain.low > 0.0 || args.cost > 0.0 {
        let measured = pays.effect.as_ref().map_or_else(
            || "too few to measure".to_owned(),
            |own| effect(own, is_binary),
        );
        let brings = pays.net.as_ref().map_or_else(String::new, |own| {
            format!(
                ", which brings {} a customer of all, against {} if everybody is treated",
                net(own),
                net(&pays.net_of_all)
            )
        });
        notes.push(format!(
            "treating pays for {} of the customers, who gain {measured}{brings}",
            percent(pays.share)
        ));
    }
    let mut clear = found
        .drivers
        .iter()
        .filter(|one| one.p_value < 0.05)
        .peekable();
    if clear.peek().is_some() {
        let names: Vec<String> = clear.map(|one| best(one, is_binary)).collect();
        notes.push(format!("the effect differs by {}", names.join("; ")));
    }
    notes
}

/// A driver with the group that is helped most.
fn best(driver: &Driver, is_binary: bool) -> String {
    let by_effect = |a: &&perennial_forecast::uplift::Group,
                     b: &&perennial_forecast::uplift::Group| {
        a.effect.effect.total_cmp(&b.effect.effect)
    };
    match driver.groups.iter().max_by(by_effect) {
        None => driver.feature.clone(),
        Some(most) => format!(
            "{} (most where it is {}, {})",
            driver.feature,
            group(&most.of),
            effect(&most.effect, is_binary)
        ),
    }
}

/// A group's name.
pub fn group(of: &Of) -> String {
    match of {
        Of::Numbers { low, high } if low == high => format!("{low}"),
        Of::Numbers { low, high } => format!("{low} to {high}"),
        Of::Word(word) => word.clone(),
        Of::OtherWords => "(others)".to_owned(),
        Of::Unknown => "(unknown)".to_owned(),
    }
}

/// Whether the arms look alike.
pub fn balance(found: &Balance, name: &str) -> Option<String> {
    if found.is_random {
        return None;
    }
    let auc = found
        .auc
        .map_or_else(String::new, |auc| format!(" (AUC {auc:.3}, 0.5 by lot)"));
    let most: Vec<String> = found
        .features
        .iter()
        .take(3)
        .map(|one| {
            let word = one
                .word
                .as_ref()
                .map_or_else(String::new, |word| format!(" = {word}"));
            format!(
                "{}{word} ({:+.2} standard deviations)",
                one.feature, one.standardized
            )
        })
        .collect();
    Some(format!(
        "WARNING: {name} was not drawn by lot, it seems: features tell who was treated{auc}, above all {}. What is told is a difference, not an effect. Where a feature became known only after treatment, leave it out with --without",
        most.join(", ")
    ))
}

/// The name of a method.
pub fn method(method: Method) -> String {
    let learner = match method.learner {
        Learner::T => "t",
        Learner::R => "r",
    };
    let base = match method.base {
        Base::Ridge => "ridge",
        Base::Trees => "trees",
    };
    format!("{learner}/{base}")
}

/// An effect as JSON.
pub fn told_effect(effect: &Effect) -> Value {
    json!({
        "effect": effect.effect, "low": effect.low, "high": effect.high, "p_value": effect.p_value,
        "standard_error": effect.error, "lift": effect.lift(), "detectable": effect.detectable,
        "treated": effect.treated.customers, "control": effect.control.customers,
        "treated_mean": effect.treated.mean, "control_mean": effect.control.mean,
        "variance_explained": effect.explained,
    })
}

/// A figure with its interval as JSON.
pub fn estimate(one: &Estimate) -> Value {
    json!({"value": one.value, "low": one.low, "high": one.high})
}

/// What was read.
pub fn about(args: &UpliftOf, table: &Table) -> Value {
    json!({
        "definition": "uplift/1", "input": args.input, "rows": table.rows, "dropped": table.dropped,
        "treatment": args.treatment, "control": table.arms.control, "arms": table.arms.names,
        "outcome": args.outcome, "features": table.feature_names(), "level": args.level, "seed": args.seed,
    })
}
