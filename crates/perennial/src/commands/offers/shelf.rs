//! What files and columns say of items: categories, tiers, margins, uplifts, what is blocked or bought once.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::Path;

use perennial_batch::trails::{MAX_WORDS, REST};
use perennial_forecast::offers::{Baskets, Shelf};

use super::bought::Collected;
use crate::args::Offers;
use crate::failure::Failure;
use crate::questions::read_records;

/// The column that names items in files about them.
const ITEM: &str = "item";
/// What a sale may bring, and what an offer may multiply sales by: their product is a number.
const MARGINS: RangeInclusive<f64> = -1e12..=1e12;
const UPLIFTS: RangeInclusive<f64> = 0.0..=1e6;
/// Most columns that a message names.
const MAX_SHOWN: usize = 12;
/// Millionths in one.
const ONE: f64 = 1e6;

/// What is known of items, and what to tell about that.
pub fn shelf(
    args: &Offers,
    words: &[String],
    bought: &Collected,
    baskets: &Baskets,
) -> Result<(Shelf, Vec<String>), Failure> {
    let places: HashMap<&str, usize> = words
        .iter()
        .enumerate()
        .map(|(place, word)| (word.as_str(), place))
        .collect();
    let mut shelf = Shelf {
        categories: vec![None; words.len()],
        ..Shelf::default()
    };
    let mut tiers = vec![None; words.len()];
    for (item, known) in &bought.items {
        shelf.categories[*item as usize] = known.category.map(|(_, text)| text);
        tiers[*item as usize] = known.tier.map(|(_, tier)| tier as f64 / ONE);
    }
    let mut notes = Vec::new();
    if args.tier.is_some() {
        shelf.tiers = tiers;
    } else if args.category.is_some() && args.amount.is_some() {
        shelf.tiers_of_prices(&baskets.prices());
        notes.push("tiers are thirds of a category's items by price".to_owned());
    }
    let mut numbers = |option: &str,
                       file: &Option<std::path::PathBuf>,
                       column: &str,
                       ends: RangeInclusive<f64>| {
        let Some(path) = file else {
            return Ok(Vec::new());
        };
        let mut list = vec![None; words.len()];
        for (row, (item, number)) in read(option, path, Some((column, ends)))?.iter().enumerate() {
            let Some(place) = places.get(item.as_str()) else {
                continue;
            };
            let before: &mut Option<f64> = &mut list[*place];
            if number.is_some() && before.is_some() && before != number {
                let (path, row) = (path.display(), row + 1);
                return Err(Failure::usage(format!(
                    "{option} {path}: row {row}: `{item}` had another {column} further up; leave one of them out"
                )));
            }
            *before = number.or(*before);
        }
        let unknown = list.iter().filter(|one| one.is_none()).count();
        if unknown == list.len() {
            let path = path.display();
            return Err(Failure::usage(format!(
                "{option} {path}: it names no item that was bought"
            )));
        }
        if unknown > 0 {
            notes.push(format!(
                "{unknown} items have no {column}: the mean of the others stands for it"
            ));
        }
        Ok(list)
    };
    shelf.margins = numbers("--margin", &args.margin, "margin", MARGINS)?;
    shelf.uplifts = numbers("--uplift", &args.uplift, "uplift", UPLIFTS)?;
    let marked = |option: &str, file: &Option<std::path::PathBuf>| {
        let Some(path) = file else {
            return Ok(Vec::new());
        };
        let mut list = vec![false; words.len()];
        for (item, _) in read(option, path, None)? {
            if let Some(place) = places.get(item.as_str()) {
                list[*place] = true;
            }
        }
        Ok::<Vec<bool>, Failure>(list)
    };
    shelf.blocked = marked("--blocked", &args.blocked)?;
    // Beyond the most items that are told apart, all others are one word, which nobody can be sold.
    if let Some(place) = places.get(REST).filter(|_| words.len() >= MAX_WORDS) {
        shelf.blocked.resize(words.len(), false);
        shelf.blocked[*place] = true;
        notes.push(format!(
            "there are more than {MAX_WORDS} items: those beyond are not told apart and not offered; name a coarser column with --item"
        ));
    }
    shelf.once = marked("--once", &args.once)?;
    Ok((shelf, notes))
}

/// Items of a file, with a number of a column between two ends, if one is wanted.
fn read(
    option: &str,
    path: &Path,
    number: Option<(&str, RangeInclusive<f64>)>,
) -> Result<Vec<(String, Option<f64>)>, Failure> {
    let wrong = |what: String| Failure::usage(format!("{option} {}: {what}", path.display()));
    let mut rows = read_records(path)?.into_iter();
    let header = rows.next().unwrap_or_default();
    let place = |name: &str| {
        let place = header.iter().position(|own| own.trim() == name);
        place.ok_or_else(|| {
            let known = header[..header.len().min(MAX_SHOWN)].join(", ");
            wrong(format!("it has no column `{name}`; there are {known}"))
        })
    };
    let item = place(ITEM)?;
    let number = number
        .map(|(name, ends)| Ok::<_, Failure>((name, ends, place(name)?)))
        .transpose()?;
    let mut found = Vec::new();
    for (row, cells) in rows.enumerate() {
        let cell = |place: usize| cells.get(place).map_or("", |cell| cell.trim());
        let value = match &number {
            Some((name, ends, place)) if !cell(*place).is_empty() => {
                let value = cell(*place).parse::<f64>().ok();
                let value = value.filter(|value| ends.contains(value));
                let (row, cell) = (row + 1, cell(*place));
                let (least, most) = (ends.start(), ends.end());
                Some(value.ok_or_else(|| {
                    wrong(format!(
                        "row {row}: {name} `{cell}` is no number from {least:e} to {most:e}; correct it, or leave the row out"
                    ))
                })?)
            }
            _ => None,
        };
        found.push((cell(item).to_owned(), value));
    }
    Ok(found)
}
