//! Regions side by side: who buys again, what a customer is worth, where customers stand.

use perennial_report::{Measure, Region, Regions, Unit};

use super::headlines::rate;
use super::people::{Crowd, People};

/// Fewer customers than this are a small sample.
const SMALL: u64 = 100;
/// The largest stages that regions are compared by.
const STAGES: usize = 4;

/// The section of regions; `None` where nothing says the region.
pub fn regions(people: &People, stages: &[String]) -> Option<Regions> {
    if people.regions.is_empty() {
        return None;
    }
    let mut largest: Vec<usize> = (0..stages.len()).collect();
    largest.sort_by_key(|stage| std::cmp::Reverse(people.all.in_stage[*stage]));
    largest.truncate(STAGES);
    largest.sort_unstable();
    let has_orders = people.all.buyers > 0;
    let mut names: Vec<String> = Vec::new();
    if has_orders {
        names
            .extend(["Buyers who ordered again", "Index", "Value per customer"].map(str::to_owned));
    }
    names.extend(
        largest
            .iter()
            .map(|stage| format!("Stage {}", stages[*stage])),
    );
    let of = |crowd: &Crowd| {
        let mut measures = Vec::new();
        if has_orders {
            measures.push(rate(crowd.repeaters, crowd.buyers));
            measures.push(Measure::new(index(crowd, &people.all), Unit::Index));
            let money = crowd.minor as f64 / people.minor_units / crowd.customers.max(1) as f64;
            measures.push(Measure::new(money, Unit::Money));
        }
        let stage = |stage: &usize| rate(crowd.in_stage[*stage], crowd.customers);
        measures.extend(largest.iter().map(stage));
        measures
    };
    let mut regions: Vec<Region> = people
        .regions
        .iter()
        .map(|(name, crowd)| Region {
            name: name.clone(),
            customers: crowd.customers,
            measures: of(crowd),
            differs: Vec::new(),
        })
        .collect();
    regions.sort_by_key(|region| std::cmp::Reverse(region.customers));
    let meaning = match has_orders {
        true => {
            "All history up to the end. In the index all customers together are 100: 120 means that buyers order again a \
                 fifth more often than everywhere. Beneath a share stands the range in which it lies with 95 % certainty."
        }
        false => {
            "Where customers stand at the end. Beneath a share stands the range in which it lies with 95 % certainty."
        }
    };
    let mut level = people.level.trim_start_matches("trait_").to_owned();
    if let Some(first) = level.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Some(Regions {
        level,
        meaning: meaning.to_owned(),
        names,
        small: SMALL,
        regions,
        whole: of(&people.all),
    })
}

/// The share of buyers who ordered again, where that of all is 100.
fn index(crowd: &Crowd, all: &Crowd) -> Option<f64> {
    if crowd.buyers == 0 || all.repeaters == 0 {
        return None;
    }
    let own = crowd.repeaters as f64 / crowd.buyers as f64;
    Some(own / (all.repeaters as f64 / all.buyers as f64) * 100.0)
}
