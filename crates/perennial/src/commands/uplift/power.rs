//! `uplift power`: how many customers an experiment needs, or what it can find.

use perennial_forecast::shown;
use perennial_forecast::uplift::{Design, MAX_CUSTOMERS, Outcome};
use serde_json::json;

use crate::args::{Output, Show, UpliftPower};
use crate::failure::Failure;
use crate::questions::Reply;

const FIELDS: [(&str, bool); 8] = [
    ("effect", true),
    ("lift", true),
    ("customers", true),
    ("treated", true),
    ("control", true),
    ("power", true),
    ("level", true),
    ("share_treated", true),
];
/// Where the formulas come from.
const SOURCE: &str = "rates: Fleiss, Levin and Paik (2003), without correction for continuity; numbers: the normal formula; a figure from before takes its squared correlation off the variance (Deng, Xu, Kohavi and Walker 2013)";

/// # Errors
/// Wrong usage.
pub fn power(args: &UpliftPower) -> Result<(), Failure> {
    let is_count = |customers: &f64| (2.0..=MAX_CUSTOMERS).contains(customers);
    if let Some(customers) = args.customers.filter(|customers| !is_count(customers)) {
        return Err(Failure::usage(format!(
            "--customers {}: write how many of both arms together, from 2 to {MAX_CUSTOMERS:e}",
            shown(customers)
        )));
    }
    let outcome = match (args.control_rate, args.deviation) {
        (Some(rate), _) => Outcome::Rate(rate),
        (None, deviation) => Outcome::Number(deviation.unwrap_or_default()),
    };
    let design = Design {
        share: args.share,
        power: args.power,
        alpha: 1.0 - args.level,
        correlation: args.correlation,
        ..Design::new(outcome)
    };
    design.check().map_err(Failure::usage)?;
    let asked = match (args.effect, args.lift) {
        (Some(effect), _) => Some(effect),
        (None, Some(lift)) => Some(lift * args.control_rate.unwrap_or_default()),
        (None, None) => None,
    };
    let (effect, customers) = match (asked, args.customers) {
        (Some(effect), None) => (effect, design.customers(effect).map_err(Failure::usage)?),
        (Some(effect), Some(customers)) => (effect, customers),
        (None, customers) => {
            let customers = customers.unwrap_or_default();
            let found = design.detectable(customers).map_err(Failure::usage)?;
            let effect = found.ok_or_else(|| {
                Failure::failed(format!(
                    "{customers} customers find no effect at all with this power; take more customers, or a longer time"
                ))
            })?;
            (effect, customers)
        }
    };
    let power = match (asked, args.customers) {
        (Some(_), Some(_)) => design.power_of(effect, customers).map_err(Failure::usage)?,
        _ => args.power,
    };
    // Each arm rounded up, so that the power is not missed by a fraction of a customer.
    let treated = (customers * args.share - 1e-6).ceil();
    let control = (customers * (1.0 - args.share) - 1e-6).ceil();
    let mut reply = Reply::new("designs", &FIELDS);
    reply.row(
        None,
        vec![
            json!(effect),
            json!(args.control_rate.map(|rate| effect / rate)),
            json!((treated + control) as u64),
            json!(treated as u64),
            json!(control as u64),
            json!(power),
            json!(args.level),
            json!(args.share),
        ],
    );
    reply.notes = vec![
        "customers put into an arm by lot, each once, and all of them counted whether the offer reached them or not".to_owned(),
        format!("source: {SOURCE}"),
    ];
    if args.output == Output::Parquet {
        return Err(Failure::usage("--output parquet: table, json or csv"));
    }
    reply.show(&Show {
        output: args.output,
        save: None,
        columns: Vec::new(),
    })
}
