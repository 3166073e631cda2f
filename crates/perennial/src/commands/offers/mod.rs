//! `offers`: what to offer customers next, and which markets look like the best ones.

mod bought;
mod list;
mod markets;
mod shelf;

use perennial_batch::results::Results;
use perennial_batch::trails::Trails;
use perennial_forecast::offers::{Baskets, Bought, MAX_BOUGHT_VALUE, MAX_HORIZON_DAYS, NextOffers};
use perennial_forecast::shown;
use perennial_rules::suggest::did_you_mean;
use serde_json::json;

use super::forecast::base::{date_of, last_day};
use crate::args::{Ask, Offers, Weekday};
use crate::failure::Failure;
use crate::questions::{Members, Prepared, Question, Reply};
use bought::{Collect, Collected};

/// Most offers of a kind for a customer.
const MAX_TOP: usize = 100;

/// Whom offers are for.
enum Whom {
    All,
    Named(Vec<String>),
    Members(Members),
    /// Those whose column of groups has a value in the end.
    Group(String),
}

/// # Errors
/// Wrong usage, and a run that cannot be read.
pub fn prepare(args: &Offers) -> Result<Prepared<'_>, Failure> {
    if args.top == 0 || args.top > MAX_TOP {
        let top = args.top;
        return Err(Failure::usage(format!("--top {top}: write 1 to {MAX_TOP}")));
    }
    if !(1..=MAX_HORIZON_DAYS).contains(&args.horizon) {
        let days = args.horizon;
        return Err(Failure::usage(format!(
            "--horizon {days}: write 1 to {MAX_HORIZON_DAYS} days"
        )));
    }
    let mut question = Question::new(&ask(args), "offers/1")?;
    question.asked.with_ids = true;
    question.asked.date.clone_from(&args.date);
    let event = args.event.as_deref();
    let event = event.and_then(|event| question.event("--event", event, None));
    let (whom, column) = whom(args)?;
    let mut column_of = |name: Option<&str>| name.map(|name| question.text(name));
    let mut collect = Collect {
        event,
        item: column_of(args.item.as_deref()),
        category: column_of(args.category.as_deref()),
        group: column_of(column.as_deref()),
        amount: None,
        tier: None,
        until: i32::MAX,
        zone: question.zone.clone(),
    };
    for (name, place) in [
        (&args.amount, &mut collect.amount),
        (&args.tier, &mut collect.tier),
    ] {
        if let Some(name) = name {
            *place = Some(question.asked.numbers.len());
            question.asked.numbers.push(name.clone());
        }
    }
    let until = args.until.as_deref();
    let until = until
        .map(|text| last_day(text, &question.zone))
        .transpose()?;
    Ok(question.answered(move |question, trails| {
        let last = trails
            .span
            .map_or(0, |(_, last)| question.zone.day_of(last));
        let until = until.unwrap_or(last);
        let collect = Collect {
            until,
            ..collect.clone()
        };
        let bought = question.ask(&trails, &collect);
        let mut reply = match args.markets {
            Some(_) => markets::answer(&collect, &trails, &bought)?,
            None => offers(args, &collect, &trails, bought, &whom)?,
        };
        reply.more.push(("until", json!(date_of(until))));
        reply
            .more
            .push(("about", question.about(&trails, question.used(&trails))));
        reply.notes.extend(question.notes(&trails));
        Ok(reply)
    }))
}

/// Whom offers are for, and the column of groups that says so.
fn whom(args: &Offers) -> Result<(Whom, Option<String>), Failure> {
    if let Some(column) = &args.markets {
        return Ok((Whom::All, Some(column.clone())));
    }
    let Some(segment) = &args.segment else {
        return match args.all {
            true => Ok((Whom::All, None)),
            false => Ok((Whom::Named(args.customers.clone()), None)),
        };
    };
    match (&args.out, segment.split_once('=')) {
        (Some(folder), _) => {
            let members = Members::read(&Results::open(folder)?, segment)?;
            Ok((Whom::Members(members), None))
        }
        (None, Some((column, value))) => {
            let value = Whom::Group(value.trim().to_owned());
            Ok((value, Some(column.trim().to_owned())))
        }
        (None, None) => Err(Failure::usage(format!(
            "--segment {segment}: segments are known of runs only; of a file write COLUMN=VALUE"
        ))),
    }
}

fn offers(
    args: &Offers,
    collect: &Collect,
    trails: &Trails,
    mut bought: Collected,
    whom: &Whom,
) -> Result<Reply, Failure> {
    let words = trails.words();
    let items = collect.item.map_or(&[][..], |column| &words.texts[column]);
    let rows = std::mem::take(&mut bought.rows);
    check(&rows, &bought, collect, trails, items)?;
    let count = words.customers.len() as u32;
    let baskets = Baskets::gather(count, items.len() as u32, rows).map_err(Failure::failed)?;
    let chosen = chosen(whom, trails, &bought, collect)?;
    let (shelf, mut notes) = shelf::shelf(args, items, &bought, &baskets)?;
    let learned = NextOffers::learn(&baskets, collect.until, args.horizon, shelf.clone());
    let learned = learned.map_err(Failure::failed)?;
    notes.extend(told(&learned, &bought, args.horizon));
    let mut reply = list::answer(
        args,
        &learned,
        &shelf,
        words,
        (items, collect.category),
        &chosen,
    )?;
    let (again, new) = learned.is_learned();
    reply.more.extend([
        ("horizon_days", json!(args.horizon)),
        (
            "learned",
            json!({"again": again, "new": new, "alive": learned.knows_alive()}),
        ),
    ]);
    reply.notes.extend(notes);
    Ok(reply)
}

/// Refuses what no offer can be learned of, in words of the file.
fn check(
    rows: &[Bought],
    bought: &Collected,
    collect: &Collect,
    trails: &Trails,
    items: &[String],
) -> Result<(), Failure> {
    if rows.is_empty() {
        let (later, until) = (bought.later, date_of(collect.until));
        return Err(Failure::failed(format!(
            "no purchase of an item until {until}: {later} rows lie after it, {} name no item; name a later day with --until, or check --item, --event and --where",
            bought.without_item
        )));
    }
    let beyond = |row: &&Bought| row.3.abs() > MAX_BOUGHT_VALUE;
    match rows.iter().find(beyond) {
        None => Ok(()),
        Some((customer, item, day, value)) => {
            let name = &trails.words().customers[*customer as usize];
            let item = items.get(*item as usize).map_or("", String::as_str);
            Err(Failure::failed(format!(
                "--amount: what `{name}` bought of `{item}` on {} is worth {}, beyond {MAX_BOUGHT_VALUE:e}; correct the row, or leave it out with --where",
                date_of(*day),
                shown(*value)
            )))
        }
    }
}

/// The customers that offers are for, by number and name, in order of name.
fn chosen(
    whom: &Whom,
    trails: &Trails,
    bought: &Collected,
    collect: &Collect,
) -> Result<Vec<u32>, Failure> {
    let names = &trails.words().customers;
    let mut chosen: Vec<u32> = match whom {
        Whom::All => (0..names.len() as u32).collect(),
        Whom::Named(wanted) => {
            let find = |name: &String| {
                let place = names.iter().position(|own| own == name);
                place
                    .map(|place| place as u32)
                    .ok_or_else(|| unknown(name, names))
            };
            return wanted.iter().map(find).collect();
        }
        Whom::Members(members) => {
            let among = members.among(trails);
            let own = among.iter().enumerate().filter(|(_, is_one)| **is_one);
            own.map(|(number, _)| number as u32).collect()
        }
        Whom::Group(value) => {
            let texts = collect
                .group
                .map_or(&[][..], |column| &trails.words().texts[column]);
            let own = bought
                .groups
                .iter()
                .filter(|(_, text)| &texts[*text as usize] == value);
            own.map(|(customer, _)| *customer).collect()
        }
    };
    if chosen.is_empty() {
        return Err(Failure::failed(
            "no customer is one of those that offers are asked for",
        ));
    }
    chosen.sort_by(|a, b| names[*a as usize].cmp(&names[*b as usize]));
    Ok(chosen)
}

fn unknown(name: &str, names: &[String]) -> Failure {
    let meant = did_you_mean(name, names.iter().map(String::as_str));
    let way_out = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "check --customer, and which rows --where and --event keep".to_owned(),
    };
    Failure::failed(format!("no row is of a customer `{name}`; {way_out}"))
}

/// What a reader should know of how offers were found.
fn told(learned: &NextOffers<'_>, bought: &Collected, horizon: i32) -> Vec<String> {
    let mut notes = Vec::new();
    let (again, new) = learned.is_learned();
    for (is_learned, what) in [(again, "what was bought before"), (new, "what is new")] {
        if !is_learned {
            notes.push(format!(
                "chances of {what} are plain rates: to learn them takes a history of two horizons ({} days) and 50 such purchases in the second",
                2 * horizon
            ));
        }
    }
    if !learned.knows_alive() {
        notes.push(
            "too few customers came again to tell who is still one: everybody is taken for one"
                .to_owned(),
        );
    }
    if bought.without_item > 0 {
        notes.push(format!(
            "{} rows name no item and are left out",
            bought.without_item
        ));
    }
    if bought.later > 0 {
        notes.push(format!(
            "{} rows lie after the last day and are left out",
            bought.later
        ));
    }
    notes
}

/// The common options of questions, as far as this one has them.
fn ask(args: &Offers) -> Ask {
    Ask {
        compare: None,
        segment: None,
        input: args.input.clone(),
        out: args.out.clone(),
        rule: args.rule.clone(),
        from: None,
        to: None,
        timezone: args.timezone.clone(),
        week_start: Weekday::Monday,
        customer: args.customer.clone(),
        by: None,
        unknown: None,
        by_limit: 1,
        threads: args.threads,
        show: args.show.clone(),
    }
}
