//! Identity: what devices did before and after they are linked is what the person did, for every question alike.

use std::collections::BTreeMap;

use perennial_batch::trails::{Asked, Trails};
use perennial_model::Zone;
use proptest::prelude::*;

use crate::trails::{Files, Lines, Nobody};

const DEVICES: usize = 5;
const PEOPLE: usize = 3;

/// A row: its device, its minute, its event.
type Row = (usize, u32, u8);

/// The trails of a file whose rows name who did it in these two columns.
fn told(rows: &[(String, String, u32, String)]) -> Vec<String> {
    let mut text = String::from("user_id,anonymous_id,event,timestamp\n");
    for (person, device, minute, event) in rows {
        let (hour, minute) = (minute / 60, minute % 60);
        text += &format!("{person},{device},{event},2025-01-01T{hour:02}:{minute:02}:00Z\n");
    }
    let files = Files::new();
    let mut asked = Asked::of(vec![files.file("events.csv", &text)], Zone::utc(), 2);
    asked.with_ids = true;
    let trails = Trails::read(&asked, &Nobody).expect("read");
    trails.ask(&Lines)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn linked_devices_are_the_person_from_their_first_row_on(
        rows in prop::collection::vec((0..DEVICES, 0..600_u32, 0..3_u8), 1..30),
        links in prop::collection::btree_map(0..DEVICES, (0..PEOPLE, 0..600_u32, 0..30_usize), 0..DEVICES),
    ) {
        let links: BTreeMap<usize, (usize, u32, usize)> = links;
        let rows: Vec<Row> = rows;
        let mut by_device: Vec<_> = rows
            .iter()
            .map(|(device, minute, event)| (String::new(), format!("d{device}"), *minute, format!("e{event}")))
            .collect();
        for (device, (person, minute, place)) in &links {
            let login = (format!("p{person}"), format!("d{device}"), *minute, "login".to_owned());
            by_device.insert(*place % (by_device.len() + 1), login);
        }
        // The same where every row names its person: merging two people is nothing else.
        let by_person: Vec<_> = by_device
            .iter()
            .map(|(_, device, minute, event)| {
                let number: usize = device[1..].parse().expect("a number");
                let person = links.get(&number).map_or(device.clone(), |(person, ..)| format!("p{person}"));
                (person, String::new(), *minute, event.clone())
            })
            .collect();
        prop_assert_eq!(told(&by_device), told(&by_person));
    }
}
