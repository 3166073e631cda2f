//! What it matters that logs have days, not moments: fits to days against fits to the moments they hide.

use perennial_forecast::{CountModel, Groups, Horizon, MbgCnbd, PurchaseModel, Purchases};

use crate::population::{AHEAD, Customer, Life, Random, customers_of};

/// Purchases by day: those of a day are one, and times are whole days (the last bit of the last day is not told).
fn by_day(one: &Customer, start: f64, late: f64) -> (Purchases, u32) {
    let day = |time: f64| (7.0 * time + start).floor();
    let end = day(one.purchases.age());
    let mut days: Vec<f64> = one.times.iter().map(|time| day(*time)).collect();
    days.dedup();
    days.retain(|day| *day > 0.0 && *day <= end + 7.0 * AHEAD);
    let seen: Vec<f64> = days.iter().copied().filter(|day| *day <= end).collect();
    let later = (days.len() - seen.len()) as u32;
    let last = seen.last().copied().unwrap_or(0.0);
    let known = Purchases::new(seen.len() as u32, last / 7.0, (end + late) / 7.0);
    (known.expect("valid"), later)
}

fn fit(name: &str, known: &[Purchases]) -> PurchaseModel {
    let (groups, _) = Groups::of(known);
    if name == "mbgcnbd" {
        let fit = MbgCnbd::fit_regularity(&groups, 3).expect("a fit");
        return PurchaseModel::MbgCnbd(fit.model);
    }
    PurchaseModel::fit(name, &groups).expect("a fit").model
}

#[test]
#[ignore = "measures what days hide: benches/forecast/check.sh"]
#[expect(clippy::print_stdout, reason = "figures to be read beside a pass")]
fn days_against_moments() {
    let lives = [
        ("bgnbd", Life::Purchase([0.8, 6.0, 0.8, 2.5], false, 1)),
        ("paretonbd", Life::Time([0.553, 10.58, 0.606, 11.67])),
        ("mbgcnbd", Life::Purchase([3.0, 1.5, 0.6, 3.0], true, 3)),
    ];
    for (name, life) in lives {
        for ages in [(26.0, 52.0), (2.0, 8.0)] {
            let base = customers_of(5, 20_000, life, ages);
            let mut random = Random(9);
            let starts: Vec<f64> = base.iter().map(|_| random.unit()).collect();
            let horizon = Horizon::new(AHEAD).expect("a span");
            let moments: Vec<Purchases> = base.iter().map(|one| one.purchases).collect();
            let later: u32 = base.iter().map(|one| one.later).sum();
            let tell = |what: &str, known: &[Purchases], later: u32| {
                let model = fit(name, known);
                let ahead: f64 = known.iter().map(|one| model.expected(one, horizon)).sum();
                let alive: f64 = known.iter().map(|one| model.alive(one)).sum();
                println!(
                    "{name} {ages:?} {what}: {:.4?}, alive {alive:.0}, ahead {ahead:.0} of {later}: {:+.2} %",
                    model.parameters(),
                    100.0 * (ahead / f64::from(later) - 1.0)
                );
                ahead / f64::from(later)
            };
            tell("moments", &moments, later);
            let days = |what: &str, late: f64| {
                let pairs = base.iter().zip(&starts);
                let (known, later): (Vec<Purchases>, Vec<u32>) =
                    pairs.map(|(one, start)| by_day(one, *start, late)).unzip();
                tell(what, &known, later.iter().sum())
            };
            let (start, middle) = (days("days", 0.0), days("days and a half", 0.5));
            assert!((middle - 1.0).abs() < (start - 1.0).abs(), "seeds 5 and 9");
        }
    }
}
