//! What forecasts say of the shop's customers, against what is true of them and no file says.

use perennial_forecast::judge::{Beyond, coverage_by_chance};
use perennial_forecast::{
    CountModel, GammaGamma, GroupModel, Groups, Horizon, MbgNbd, Orders, Purchases, Spend,
    SpendGroups, Unit,
};
use perennial_model::DAY_MS;

use super::shop::END;
use super::truth::Truth;

const CUSTOMERS: u32 = 8_000;
const WEEKS: i64 = 26;

#[test]
fn explore() {
    for planted in [false, true] {
        let (mut f, mut c, mut ft, mut v, mut vt, mut pa, mut al, mut pt) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
        for seed in 1..=8 {
            let all: Vec<Truth> = Truth::of_all(seed, CUSTOMERS, planted).collect();
            let rows = all.iter().enumerate().flat_map(|(at, one)| {
                one.orders
                    .iter()
                    .map(move |(day, cents)| (at as u32, *day, *cents as f64 / 100.0))
            });
            let orders = Orders::gather(all.len() as u32, rows.collect()).expect("orders");
            let day = (END / DAY_MS - 1) as i32;
            let seen: Vec<Purchases> = orders
                .each()
                .map(|one| one.purchases(day, Unit::Week).expect("seen"))
                .collect();
            let (groups, _) = Groups::of(&seen);
            let fit = MbgNbd::fit(&groups).expect("a fit");
            let horizon = Horizon::new(WEEKS as f64).expect("weeks");
            let model = &fit.model;
            let spend: Vec<Spend> = orders.each().map(|one| one.spend(day)).collect();
            let gg = GammaGamma::fit(&SpendGroups::of(&spend)).expect("gg").model;
            let e: f64 = seen.iter().map(|one| model.expected(one, horizon)).sum();
            let ev: f64 = seen.iter().zip(&spend).map(|(one, s)| model.expected(one, horizon) * gg.expected(s).unwrap()).sum();
            let came: f64 = all.iter().map(|one| one.within(WEEKS).0 as f64).sum();
            let value: f64 = all.iter().map(|one| one.within(WEEKS).1 as f64 / 100.0).sum();
            let p: f64 = seen.iter().map(|one| model.alive(one)).sum();
            let a = all.iter().filter(|one| one.alive).count() as f64;
            let tp: f64 = all.iter().map(|one| one.p_alive).sum();
            let te: f64 = all.iter().map(|one| one.expected[1]).sum();
            println!("{seed} {planted}: forecast {e:.0} true expected {te:.0} came {came}; alive {p:.0} true p {tp:.0} came {a}; value {ev:.0} came {value:.0}");
            f += e; c += came; ft += te; v += ev; vt += value; pa += p; al += a; pt += tp;
        }
        println!("ALL {planted}: forecast {:.3} true expected {:.3} ; alive {:.3} true p {:.3}; value {:.3}", f/c, ft/c, pa/al, pt/al, v/vt);
    }
}
