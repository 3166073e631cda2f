//! Reads what a report needs of a run's results: the content of its page.
//!
//! Way of reading: `span` (which days are looked at), `ledger` (one pass over the moves between stages),
//! `people` (one over the customers), `touches` (one over what they did and the moves together), then a file
//! for each section. A table that the run did not write leaves its section out, and a note says so.

mod ahead;
mod business;
mod cohorts;
mod glance;
mod headlines;
mod journey;
mod kpis;
mod ledger;
mod people;
mod regions;
mod span;
mod stages;
mod touches;
mod trials;
mod value;

use perennial_batch::results::Results;
use perennial_model::Zone;
use perennial_report::{About, Currency, Report};
use perennial_rules::project::currency;

use crate::args;
use crate::commands::instant;
use crate::failure::Failure;
use crate::results;
use ledger::Ledger;
use people::People;
use span::Span;
use touches::Touches;

pub use value::told as value_told;

/// What the sections of the page follow.
const DEFINITIONS: [&str; 11] = [
    "stages/1 (the ledger of moves, a move at an instant has happened)",
    "transitions/1",
    "kpis/1",
    "regions/1",
    "retention/1 (calendar periods, first start)",
    "business/1 (blocks of three months)",
    "journey/1",
    "opportunities/1",
    "forecast/1 (weeks as unit, the model chosen by hold-out)",
    "stages.ahead/1 (semi-Markov by days, bands as wide as earlier forecasts ask)",
    "proportions with the interval of Wilson, 95%",
];

/// Reads the content of a report.
///
/// # Errors
/// Wrong usage, and results that cannot be read.
pub fn read(args: &args::Report) -> Result<Report, Failure> {
    let (results, zone) = results::open(&args.from)?;
    let (lifecycle, stages) = results::lifecycle(&results, args.lifecycle.as_deref())?;
    let span = Span::new(&results, &zone, args.days)?;
    let ledger = Ledger::read(&results, &zone, &lifecycle, &stages, &span)?;
    let mut about = about(&results, &zone, &lifecycle)?;
    let people = match People::read(&results, &span) {
        Ok(people) => Some(people),
        Err(failure) => {
            let note = format!("no figures of buyers: {}", failure.message);
            about.notes.push(note);
            None
        }
    };
    let touches = match Touches::read(&results, args, &lifecycle) {
        Ok(touches) => Some(touches),
        // A column that was named is an error; a table that is not there leaves its figures out.
        Err(failure) if args.by.is_some() => return Err(failure),
        Err(failure) => {
            let note = format!(
                "no figures of stages, no cohorts, no regions, no business, no journey, no opportunities and no forecast: {}",
                failure.message
            );
            about.notes.push(note);
            None
        }
    };
    let touches = touches.as_ref();
    let cohorts = touches.map(|touches| cohorts::read(touches, &span));
    let kpis = touches.map(|touches| kpis::read(touches, &span));
    let regions = touches.map(regions::read).transpose()?.flatten();
    let business = touches.map(business::read).transpose()?;
    let (revenue, business) = business.unwrap_or_default();
    let journey = touches.map(journey::journey);
    let opportunities = touches.and_then(journey::worth);
    let (value, brings) =
        touches.map_or((None, None), |touches| value::read(&results, args, touches));
    let changes = headlines::changes(&ledger, &stages, &span);
    let mut headlines = headlines::headlines(&ledger, people.as_ref(), &span);
    let mut glance = glance::glance(
        revenue.as_ref(),
        business.as_ref(),
        &changes,
        journey.as_ref(),
        opportunities.as_ref(),
        regions.as_ref(),
    );
    glance.extend(brings);
    if let Some((revenue, _)) = revenue {
        headlines.insert(0, revenue);
    }
    let ahead = ahead::read(&results, &zone, args, &lifecycle, &span);
    Ok(Report {
        ahead: Some(ahead),
        glance,
        headlines,
        changes,
        stages: Some(stages::stages(&ledger, &stages, &span)),
        flow: Some(stages::flow(&ledger, &stages, &span)),
        kpis: kpis.transpose()?.flatten(),
        cohorts: cohorts.transpose()?.flatten(),
        business,
        regions,
        journey,
        opportunities,
        value,
        about,
    })
}

fn about(results: &Results, zone: &Zone, lifecycle: &str) -> Result<About, Failure> {
    let manifest = &results.manifest;
    let counts = &manifest.counts;
    let dropped = [
        ("sent twice", counts.duplicates),
        ("without an identifier", counts.without_customer),
        ("after the end", counts.after_until),
    ];
    let reasons = manifest.rejected_by_reason.iter();
    let mut rows_dropped: Vec<(String, u64)> = reasons
        .map(|(reason, rows)| (format!("bad ({reason})"), *rows))
        .collect();
    rows_dropped.extend(dropped.map(|(why, rows)| (why.to_owned(), rows)));
    rows_dropped.retain(|(_, rows)| *rows > 0);
    let local = |what: &str, text: &str| instant(what, text, zone).map(|at| zone.text(at));
    Ok(About {
        workspace: manifest.workspace.clone(),
        lifecycle: lifecycle.to_owned(),
        as_of: local("until", &manifest.until)?,
        span: match (&manifest.first_touch, &manifest.last_touch) {
            (Some(first), Some(last)) => {
                Some([local("first touch", first)?, local("last touch", last)?])
            }
            _ => None,
        },
        rows_read: counts.rows,
        rows_used: counts.touches,
        rows_dropped,
        customers: counts.customers,
        rule_version: manifest.rule_version.clone(),
        time_zone: manifest.time_zone.clone(),
        currency: Currency {
            code: manifest.currency.clone(),
            decimals: currency(&manifest.currency).map_or(2, |own| own.decimals),
        },
        program: manifest.perennial.clone(),
        definitions: DEFINITIONS.map(str::to_owned).to_vec(),
        notes: manifest.notes.clone(),
    })
}
