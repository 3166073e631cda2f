//! Offers as rows: each with its parts and a sentence that says why.

use perennial_analytics::Words;
use perennial_forecast::offers::{NextOffers, Offer, OfferKind, Shelf, Why};
use serde_json::{Value, json};

use crate::args::{OfferKindName, Offers};
use crate::commands::threads;
use crate::failure::Failure;
use crate::questions::Reply;

/// What answers tell of an offer.
fn fields(args: &Offers) -> Vec<(&'static str, bool)> {
    vec![
        ("customer", true),
        ("kind", true),
        ("rank", false),
        ("item", true),
        ("category", args.category.is_some()),
        ("p_alive", true),
        ("p_buy", true),
        ("margin", args.margin.is_some()),
        ("uplift", args.uplift.is_some()),
        ("score", true),
        ("why", true),
        ("times", false),
        ("every_days", false),
        ("idle_days", false),
        ("with_item", false),
        ("with_customers", false),
        ("lift", false),
        ("tier_from", false),
        ("tier_to", false),
    ]
}

/// The offers for the customers chosen, a customer after the other.
pub fn answer(
    args: &Offers,
    learned: &NextOffers<'_>,
    shelf: &Shelf,
    words: &Words,
    (items, category): (&[String], Option<usize>),
    chosen: &[u32],
) -> Result<Reply, Failure> {
    let mut reply = Reply::new("offers", &fields(args));
    let part = chosen.len().div_ceil(threads(args.threads)?).max(1);
    let made: Vec<Vec<(u32, Vec<Offer>)>> = std::thread::scope(|scope| {
        let parts = chosen.chunks(part).map(|part| {
            scope.spawn(move || {
                part.iter()
                    .map(|one| (*one, best(args, learned, *one)))
                    .collect()
            })
        });
        let parts: Vec<_> = parts.collect();
        parts
            .into_iter()
            .map(|part| part.join().unwrap_or_default())
            .collect()
    });
    for (customer, offers) in made.into_iter().flatten() {
        let mut counts = [0_usize; 3];
        for offer in &offers {
            let count = &mut counts[if args.together {
                0
            } else {
                offer.kind as usize
            }];
            *count += 1;
            let number = shelf.category(offer.item);
            let category = category
                .zip(number)
                .map(|(column, text)| &words.texts[column][text as usize]);
            let mut row = vec![
                json!(words.customers[customer as usize]),
                json!(name(offer.kind)),
                json!(*count),
                json!(items[offer.item as usize]),
                json!(category),
                json!(rounded(offer.p_alive)),
                json!(rounded(offer.p_buy)),
                json!(offer.margin),
                json!(offer.uplift),
                json!(rounded(offer.score)),
                json!(sentence(offer, items)),
            ];
            row.extend(parts(&offer.why, items));
            reply.row(None, row);
        }
    }
    reply.more = vec![("customers", json!(chosen.len()))];
    Ok(reply)
}

/// A customer's offers of the kinds wanted: kind by kind, or all together.
fn best(args: &Offers, learned: &NextOffers<'_>, customer: u32) -> Vec<Offer> {
    let mut offers = learned.of(customer as usize, args.top);
    let is_wanted = |kind: OfferKind| {
        let wanted = |own: &OfferKindName| match own {
            OfferKindName::Again => kind == OfferKind::Again,
            OfferKindName::UpSell => kind == OfferKind::UpSell,
            OfferKindName::CrossSell => kind == OfferKind::CrossSell,
        };
        args.kind.is_empty() || args.kind.iter().any(wanted)
    };
    offers.retain(|offer| is_wanted(offer.kind));
    match args.together {
        true => offers.truncate(args.top),
        // Stable: within a kind by score as before.
        false => offers.sort_by_key(|offer| offer.kind),
    }
    offers
}

fn name(kind: OfferKind) -> &'static str {
    match kind {
        OfferKind::Again => "again",
        OfferKind::UpSell => "up-sell",
        OfferKind::CrossSell => "cross-sell",
    }
}

/// To six significant digits, as chances are known to fewer.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let digits = 10_f64.powi(5 - value.abs().log10().floor() as i32);
    match digits.is_finite() && digits > 0.0 {
        true => (value * digits).round() / digits,
        false => value,
    }
}

/// Why, for people.
fn sentence(offer: &Offer, items: &[String]) -> String {
    let item = |number: u32| &items[number as usize];
    match offer.why {
        Why::Rhythm(own) => {
            let times = if own.times == 1 {
                "once".to_owned()
            } else {
                format!("{} times", own.times)
            };
            let every = own
                .every_days
                .map(|every| format!(", every {every:.0} days"));
            let idle = own.idle_days;
            format!(
                "bought {times}{}, last {idle} days ago",
                every.unwrap_or_default()
            )
        }
        Why::GoesWith {
            item: own,
            both,
            lift,
        } => {
            format!(
                "often with {}: lift {lift:.1} over {both} customers",
                item(own)
            )
        }
        Why::Above {
            item: own,
            from,
            to,
            moved,
        } => format!(
            "tier {to} where she has {from} ({}); {} of {} customers with that have a higher one too",
            item(own),
            moved.1,
            moved.0
        ),
        Why::Popular { owners, customers } => {
            format!("bought by {owners} of {customers} customers")
        }
    }
}

/// The same in figures.
fn parts(why: &Why, items: &[String]) -> [Value; 8] {
    let item = |number: u32| json!(items[number as usize]);
    let mut parts = [const { Value::Null }; 8];
    match *why {
        Why::Rhythm(own) => {
            parts[0] = json!(own.times);
            parts[1] = json!(own.every_days.map(rounded));
            parts[2] = json!(own.idle_days);
        }
        Why::GoesWith {
            item: own,
            both,
            lift,
        } => {
            (parts[3], parts[4], parts[5]) = (item(own), json!(both), json!(rounded(lift)));
        }
        Why::Above {
            item: own,
            from,
            to,
            moved,
        } => {
            (parts[3], parts[4]) = (item(own), json!(moved.1));
            (parts[6], parts[7]) = (json!(from), json!(to));
        }
        Why::Popular { owners, .. } => parts[4] = json!(owners),
    }
    parts
}
