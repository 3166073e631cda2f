//! `uplift --by`: what treatment changed for each value of a column, as offers take it.

use perennial_forecast::uplift::{Asking, MIN_ARM, average_effect, effects_by_value};
use serde_json::json;

use super::refused;
use super::table::Table;
use super::words;
use crate::args::UpliftOf;
use crate::failure::Failure;
use crate::questions::Reply;

/// The first two are what `offers --uplift` reads.
const FIELDS: [(&str, bool); 14] = [
    ("item", true),
    ("uplift", true),
    ("uplift_low", true),
    ("uplift_high", true),
    ("effect", true),
    ("effect_low", true),
    ("effect_high", true),
    ("treated", true),
    ("control", true),
    ("treated_mean", true),
    ("control_mean", true),
    ("raw_uplift", false),
    ("raw_effect", false),
    ("own", false),
];

/// # Errors
/// Wrong usage, a table that cannot be read, and an experiment that says nothing.
pub fn by(args: &UpliftOf) -> Result<(), Failure> {
    let table = Table::read(args)?;
    let arm = match (&args.arm, &table.arms.names[..]) {
        (Some(name), _) => table.arms.named(name)?,
        (None, [_]) => 0,
        (None, names) => {
            let names = names.join(", ");
            return Err(Failure::usage(format!(
                "there are several arms ({names}): name one with --arm"
            )));
        }
    };
    let Some(by) = &table.by else {
        return Err(Failure::usage("--by COLUMN is missing"));
    };
    let rows = table.rows_of(arm);
    let experiment = table.experiment(&rows, arm);
    let clusters = table.clusters(&rows);
    let asking = Asking {
        level: args.level,
        before: None,
        clusters: Some(&clusters),
    };
    let whole =
        average_effect(&experiment, &asking).map_err(|error| refused(&table, &rows, error))?;
    let of: Vec<u32> = rows.iter().map(|row| by.codes[*row]).collect();
    let found = effects_by_value(&experiment, &of, by.words.len(), args.level);
    let (values, together) = found.ok_or_else(|| {
        Failure::failed(
            "no value of --by has both customers treated and customers left out; choose a coarser column",
        )
    })?;
    let mut reply = Reply::new("items", &FIELDS);
    let mut order: Vec<usize> = (0..values.len())
        .filter(|place| values[*place].treated + values[*place].control > 0)
        .collect();
    order.sort_by(|a, b| {
        let (one, other) = (values[*a].factor.value, values[*b].factor.value);
        other.total_cmp(&one).then(by.words[*a].cmp(&by.words[*b]))
    });
    let mut thin = 0;
    for place in order {
        let one = &values[place];
        thin += usize::from(one.treated.min(one.control) < MIN_ARM);
        let has_both = one.treated > 0 && one.control > 0;
        let raw = (has_both && one.control_mean > 0.0).then(|| one.treated_mean / one.control_mean);
        reply.row(
            None,
            vec![
                json!(by.words[place]),
                json!(one.factor.value),
                json!(one.factor.low),
                json!(one.factor.high),
                json!(one.effect.value),
                json!(one.effect.low),
                json!(one.effect.high),
                json!(one.treated),
                json!(one.control),
                json!((one.treated > 0).then_some(one.treated_mean)),
                json!((one.control > 0).then_some(one.control_mean)),
                json!(raw),
                json!(has_both.then_some(one.treated_mean - one.control_mean)),
                json!(one.own),
            ],
        );
    }
    reply.notes = table.notes.clone();
    reply.notes.push(format!(
        "of all: treatment changed the outcome by {}; uplift is what treatment multiplies the outcome by, drawn towards {:.3} ({:.3} to {:.3}), which the values have in common",
        words::effect(&whole, experiment.is_binary()),
        together.factor.value,
        together.factor.low,
        together.factor.high,
    ));
    if thin > 0 {
        reply.notes.push(format!(
            "{thin} values have fewer than {MIN_ARM} customers in an arm: what is told of them is mostly what all have in common"
        ));
    }
    reply.notes.push(
        "nothing here shows that treatment was drawn by lot: that is for you to know".to_owned(),
    );
    reply.more = vec![
        ("of_all", words::told_effect(&whole)),
        (
            "in_common",
            json!({"uplift": together.factor.value, "low": together.factor.low, "high": together.factor.high, "deviation_log": together.deviation}),
        ),
        ("about", words::about(args, &table)),
    ];
    reply.show(&args.show)
}
