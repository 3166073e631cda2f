//! Offers judged by what came on many earlier days: `offers_inner FILE HORIZON_DAYS LAST_DAY...`.
//!
//! FILE is what `benches/forecast/offers.py` writes as `places.csv`: customer, item, day and value, numbers all.
//! From the end of each LAST_DAY less the horizon ten items are ranked for each customer, of any type and of new ones;
//! what she buys until LAST_DAY judges them. Nothing after LAST_DAY is looked at.
#![expect(clippy::print_stdout, reason = "an example talks")]

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Instant;

use perennial_forecast::offers::{Baskets, Bought, NextOffers, OfferKind, Shelf};

const TOP: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "offers_inner FILE HORIZON_DAYS LAST_DAY...";
    let rows = read(&std::fs::read_to_string(arguments.next().ok_or(usage)?)?)?;
    let horizon: i32 = arguments.next().ok_or(usage)?.parse()?;
    let mut found = [Vec::new(), Vec::new()];
    for last in arguments {
        let last: i32 = last.parse()?;
        let before = Instant::now();
        let [any, new] = judged(&rows, horizon, last)?;
        let seconds = before.elapsed().as_secs_f64();
        println!("until day {last}: any {any:.4}, new {new:.4}; {seconds:.1} s");
        found[0].push(any);
        found[1].push(new);
    }
    for (name, list) in ["any", "new"].iter().zip(&found) {
        let count = list.len() as f64;
        let mean = list.iter().sum::<f64>() / count;
        let off: f64 = list.iter().map(|one| (one - mean).powi(2)).sum();
        let spread = (off / (count - 1.0).max(1.0)).sqrt();
        println!("{name}: mean {mean:.4}, standard deviation {spread:.4} over {count} days");
    }
    Ok(())
}

fn read(text: &str) -> Result<Vec<Bought>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let mut cells = line.split(',');
        let mut cell = || cells.next().ok_or("a row has four cells");
        rows.push((
            cell()?.parse()?,
            cell()?.parse()?,
            cell()?.parse()?,
            cell()?.parse()?,
        ));
    }
    Ok(rows)
}

/// The precision of the first ten, of any type and of new ones.
fn judged(rows: &[Bought], horizon: i32, last: i32) -> Result<[f64; 2], Box<dyn Error>> {
    let customers = rows.iter().map(|row| row.0 + 1).max().unwrap_or(0);
    let items = rows.iter().map(|row| row.1 + 1).max().unwrap_or(0);
    let cut = last - horizon;
    let known: Vec<Bought> = rows.iter().copied().filter(|row| row.2 <= cut).collect();
    let mut owned = vec![BTreeSet::new(); customers as usize];
    let mut came = vec![BTreeSet::new(); customers as usize];
    for (customer, item, day, _) in rows.iter().filter(|row| row.2 <= last) {
        let side = if *day <= cut { &mut owned } else { &mut came };
        side[*customer as usize].insert(*item);
    }
    let baskets = Baskets::gather(customers, items, known)?;
    let learned = NextOffers::learn(&baskets, cut, horizon, Shelf::default())?;
    let (mut hits, mut asked) = ([0; 2], [0; 2]);
    for customer in 0..customers as usize {
        let (owned, came) = (&owned[customer], &came[customer]);
        if owned.is_empty() || came.is_empty() {
            continue;
        }
        let offers = learned.of(customer, TOP);
        let hit = |kind: Option<OfferKind>| {
            let list = offers
                .iter()
                .filter(|one| kind.is_none_or(|kind| one.kind == kind));
            list.take(TOP)
                .filter(|one| came.contains(&one.item))
                .count()
        };
        hits[0] += hit(None);
        asked[0] += TOP;
        if came.difference(owned).next().is_some() {
            hits[1] += hit(Some(OfferKind::CrossSell));
            asked[1] += TOP;
        }
    }
    Ok([0, 1].map(|kind| f64::from(hits[kind] as u32) / f64::from(asked[kind].max(1) as u32)))
}
