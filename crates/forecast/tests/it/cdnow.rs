//! The 2,357 customers of the CDNOW sample, fitted until 1997-09-30 and held out for 39 weeks after.
//!
//! The data are not part of this repository: `benches/forecast/check.sh FOLDER` runs these tests on a folder that
//! holds `data/cdnow_sample_log.csv`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use perennial_forecast::{
    BgNbd, CountModel, GammaGamma, GroupModel, Groups, Horizon, MbgNbd, ParetoNbd, Purchases,
    Spend, SpendGroups,
};

use crate::published::check;

/// Days in the unit of time.
const WEEK: f64 = 7.0;
/// The last day of calibration and of the hold-out, from 1997-01-01 as day 1.
const CALIBRATED: i64 = 273;
const HELD_OUT: i64 = 546;

/// A customer until the end of calibration, and her purchases after it.
struct Customer {
    purchases: Purchases,
    spend: Spend,
    later: u32,
}

fn sample() -> Vec<Customer> {
    let folder = std::env::var_os("PERENNIAL_SHARED").expect("benches/forecast/check.sh names it");
    let path = PathBuf::from(folder).join("data/cdnow_sample_log.csv");
    let text = std::fs::read_to_string(path).expect("the CDNOW sample");
    let mut days: BTreeMap<&str, BTreeMap<i64, f64>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let value: f64 = cells[2].parse().expect("an amount");
        *days
            .entry(cells[0])
            .or_default()
            .entry(day(cells[1]))
            .or_default() += value;
    }
    let customers: Vec<Customer> = days.values().map(customer).collect();
    assert_eq!(customers.len(), 2_357);
    customers
}

/// Days from 1996-12-31.
fn day(date: &str) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let parts: Vec<i64> = date
        .split('-')
        .map(|part| part.parse().expect("a date"))
        .collect();
    (parts[0] - 1997) * 365 + BEFORE[parts[1] as usize - 1] + parts[2]
}

fn customer(days: &BTreeMap<i64, f64>) -> Customer {
    let (first, _) = days.first_key_value().expect("a purchase");
    let (last, _) = days.range(..=CALIBRATED).next_back().expect("a purchase");
    let repeats: Vec<f64> = days
        .range(first + 1..=CALIBRATED)
        .map(|(_, value)| *value)
        .collect();
    let x = repeats.len() as u32;
    let mean = repeats.iter().sum::<f64>() / f64::from(x.max(1));
    let weeks = |days: i64| days as f64 / WEEK;
    Customer {
        purchases: Purchases::new(x, weeks(last - first), weeks(CALIBRATED - first))
            .expect("valid"),
        // Some bought for nothing: of their spend as little is known as of those who did not come again.
        spend: Spend::new(if mean > 0.0 { x } else { 0 }, mean).expect("valid"),
        later: days.range(CALIBRATED + 1..=HELD_OUT).count() as u32,
    }
}

/// The base, its groups and which of them each customer is in.
fn base() -> (Vec<Customer>, Groups, Vec<u32>) {
    let customers = sample();
    let purchases: Vec<Purchases> = customers.iter().map(|one| one.purchases).collect();
    let (groups, of) = Groups::of(&purchases);
    assert_eq!(groups.purchases().len(), 1_016);
    (customers, groups, of)
}

/// Compares the forecast of the hold-out, and the share of customers within their intervals.
fn ahead(model: &impl CountModel, total: f64) {
    let (customers, groups, of) = base();
    let horizon = Horizon::new(39.0).expect("a span");
    let means: Vec<f64> = groups
        .purchases()
        .iter()
        .map(|one| model.expected(one, horizon))
        .collect();
    let sum: f64 = of.iter().map(|group| means[*group as usize]).sum();
    assert!((sum - total).abs() < 0.5, "{sum}");
    let later: u32 = customers.iter().map(|one| one.later).sum();
    assert_eq!(later, 1_882);
    let inside = customers.iter().filter(|one| {
        let interval = model.interval(&one.purchases, horizon);
        (interval.low..=interval.high).contains(&f64::from(one.later))
    });
    let covered = inside.count() as f64 / customers.len() as f64;
    // 90 of 100 would be right for a model that is; both forecast an eighth too little here.
    assert!((0.87..=0.93).contains(&covered), "{covered}");
}

#[test]
#[ignore = "needs the CDNOW sample: benches/forecast/check.sh"]
fn bg_nbd() {
    let (_, groups, _) = base();
    let fit = BgNbd::fit(&groups).expect("a fit");
    check(
        &fit,
        [0.2426, 4.414, 0.793, 2.426],
        [4, 3, 3, 3],
        -9_582.43,
        0.005,
    );
    ahead(&fit.model, 1_653.0);
}

#[test]
#[ignore = "needs the CDNOW sample: benches/forecast/check.sh"]
fn mbg_nbd() {
    let (_, groups, _) = base();
    let fit = MbgNbd::fit(&groups).expect("a fit");
    check(
        &fit,
        [0.5246, 6.183, 0.891, 1.614],
        [2, 1, 1, 1],
        -9_582.135,
        0.005,
    );
}

#[test]
#[ignore = "needs the CDNOW sample: benches/forecast/check.sh"]
fn pareto_nbd() {
    let (_, groups, _) = base();
    let fit = ParetoNbd::fit(&groups).expect("a fit");
    check(
        &fit,
        [0.553, 10.58, 0.606, 11.67],
        [3, 2, 3, 2],
        -9_594.98,
        0.005,
    );
    ahead(&fit.model, 1_666.0);
}

#[test]
#[ignore = "needs the CDNOW sample: benches/forecast/check.sh"]
fn gamma_gamma() {
    let customers = sample();
    let groups = SpendGroups::of(&customers.iter().map(|one| one.spend).collect::<Vec<_>>());
    assert_eq!(groups.customers(), 946);
    let fit = GammaGamma::fit(&groups).expect("a fit");
    check(&fit, [6.25, 3.74, 15.44], [2; 3], -4_055.92, 0.005);
}
