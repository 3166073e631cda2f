//! Logs of purchases that are no part of this repository: `benches/forecast/check.sh FOLDER` says where they are.

use std::collections::BTreeMap;
use std::path::PathBuf;

use perennial_forecast::{Orders, Purchases, Unit};

/// The lines of a file of `data`, without the header, cell by cell.
pub fn rows(name: &str) -> Vec<Vec<String>> {
    let folder = std::env::var_os("PERENNIAL_SHARED").expect("benches/forecast/check.sh names it");
    let path = PathBuf::from(folder).join("data").join(name);
    let text = std::fs::read_to_string(path).expect("a log");
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().skip(1).map(cells).collect()
}

/// The orders of a log of customer, date and, maybe, value, and the customers' names in their order.
pub fn orders(name: &str) -> (Orders, Vec<String>) {
    let rows = rows(name);
    let mut names: BTreeMap<&str, u32> = rows.iter().map(|row| (row[0].as_str(), 0)).collect();
    for (at, place) in names.values_mut().enumerate() {
        *place = at as u32;
    }
    let order = |row: &Vec<String>| {
        let value = row
            .get(2)
            .map_or(1.0, |cell| cell.parse().expect("an amount"));
        (names[row[0].as_str()], day(&row[1]), value)
    };
    let orders = Orders::gather(names.len() as u32, rows.iter().map(order).collect());
    let names = names.keys().map(|name| (*name).to_owned()).collect();
    (orders.expect("orders"), names)
}

/// Days from 1970-01-01 (Howard Hinnant, «chrono-compatible low-level date algorithms»).
pub fn day(date: &str) -> i32 {
    let parts = date.split('-').map(|part| part.parse().expect("a date"));
    let [year, month, day] = parts.collect::<Vec<i32>>().try_into().expect("three parts");
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    year.div_euclid(400) * 146_097 + days - 719_468
}

/// What a model knows of every customer at the end of a day, in weeks.
pub fn purchases(orders: &Orders, until: i32) -> Vec<Purchases> {
    let known = orders.each().map(|one| one.purchases(until, Unit::Week));
    known.map(|one| one.expect("bought before")).collect()
}
