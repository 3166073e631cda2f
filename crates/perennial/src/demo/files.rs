//! The demo's folder: a project as a newcomer would write it, and the shop's files.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use perennial_model::{Time, Zone};

use super::life::life;
use super::shop::{COUNTRIES, DEVICES, END, Event, Name, START};
use crate::failure::Failure;

/// Most customers: all events are held in memory, about four kilobytes a customer.
pub const MAX_CUSTOMERS: u32 = 200_000;

/// The project's own part; what follows it is the preset.
const PROJECT: &str = include_str!("perennial.yaml");
/// What its figures should be.
const KPIS: &str = include_str!("kpis.yaml");
/// The lifecycle, and the touchpoint it brings along.
const PRESET: &str = include_str!("../../../../presets/retail.yaml");
/// The shop's own touchpoints, beside the one that the preset brings along.
const DELIVERIES: &str = include_str!("deliveries.yaml");
/// The line that tells a demo from everybody's own projects.
const MARK: &str = "name: Perennial demo";
/// The columns of the shop's files.
const HEADER: &str = "message_id,event,timestamp,received_at,user_id,anonymous_id,previous_id,country,region,device,order_id,amount,category,score";

/// Writes the project and the events of all customers; gives the number of lines of events.
///
/// # Errors
/// A folder that holds something else, or cannot be written.
pub fn write(folder: &Path, seed: u64, customers: u32, planted: bool) -> Result<u64, Failure> {
    refuse_foreign(folder)?;
    for part in ["data", "draft"] {
        let path = folder.join(part);
        fs::create_dir_all(&path).map_err(|cause| unwritable(&path, &cause))?;
    }
    let project = format!("{PROJECT}{PRESET}{DELIVERIES}");
    put(&folder.join("perennial.yaml"), &project)?;
    put(&folder.join("kpis.yaml"), KPIS)?;
    let patient = project.replace("days(90)", "days(120)");
    put(&folder.join("draft").join("perennial.yaml"), &patient)?;
    write_events(&folder.join("data"), &events(seed, customers, planted))
}

/// Everything that happened, in the order of arrival.
pub fn events(seed: u64, customers: u32, planted: bool) -> Vec<Event> {
    let mut events: Vec<Event> = (1..=customers)
        .flat_map(|customer| life(seed, customer, planted))
        .collect();
    events.sort_by_key(|event| (event.received_at, event.customer, event.number));
    events
}

/// Refuses a folder that is not empty and not a demo.
fn refuse_foreign(folder: &Path) -> Result<(), Failure> {
    let mut held = match fs::read_dir(folder) {
        Ok(held) => held,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(unwritable(folder, &cause)),
    };
    let project = fs::read_to_string(folder.join("perennial.yaml")).unwrap_or_default();
    if held.next().is_none() || project.lines().any(|line| line == MARK) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{}: this folder holds something else, and the demo would write over it; name another with --folder DIR",
        folder.display()
    )))
}

fn write_events(folder: &Path, events: &[Event]) -> Result<u64, Failure> {
    let mut shop: Option<(String, BufWriter<File>)> = None;
    let path = folder.join("mail.ndjson");
    let mut mail = create(&path)?;
    let utc = Zone::utc();
    for event in events {
        if event.campaign.is_some() {
            write_mail(&mut mail, event)?;
            continue;
        }
        // What arrives after the end is in the last file, as if it had been waited for.
        let mut month = utc.date_text(Time(event.received_at.clamp(START, END - 1)));
        month.truncate("2024-01".len());
        let file = match &mut shop {
            Some((open, file)) if *open == month => file,
            _ => {
                if let Some((_, mut full)) = shop.take() {
                    full.flush()?;
                }
                let mut file = create(&folder.join(format!("shop-{month}.csv")))?;
                writeln!(file, "{HEADER}")?;
                &mut shop.insert((month, file)).1
            }
        };
        write_row(file, event)?;
    }
    if let Some((_, mut full)) = shop {
        full.flush()?;
    }
    mail.flush()?;
    Ok(events.len() as u64)
}

/// A line of the shop's files. No cell needs quotes.
fn write_row(file: &mut impl Write, event: &Event) -> std::io::Result<()> {
    let (country, region, _) = COUNTRIES[event.country];
    let (at, received_at) = (Time(event.at), Time(event.received_at));
    write!(
        file,
        "m{}-{},{},{at},{received_at},",
        event.customer, event.number, event.event
    )?;
    if let Some(name) = event.name {
        write!(file, "{}", user(name, event.customer))?;
    }
    file.write_all(b",")?;
    if let Some(device) = event.device {
        write!(file, "{}-{}", DEVICES[device], event.customer)?;
    }
    file.write_all(b",")?;
    if event.was_guest {
        write!(file, "{}", user(Name::Guest, event.customer))?;
    }
    let device = event.device.map_or("", |device| DEVICES[device]);
    write!(file, ",{country},{region},{device},")?;
    if let Some(order) = event.order {
        write!(file, "o{}-{order}", event.customer)?;
    }
    file.write_all(b",")?;
    if let Some(cents) = event.amount {
        write!(file, "{}.{:02}", cents / 100, cents % 100)?;
    }
    write!(file, ",{},", event.category.unwrap_or_default())?;
    match event.score {
        Some(score) => writeln!(file, "{score}"),
        None => writeln!(file),
    }
}

/// A line of the mail system's file. No text needs escaping.
fn write_mail(file: &mut impl Write, event: &Event) -> std::io::Result<()> {
    let user = event
        .name
        .map_or_else(String::new, |name| user(name, event.customer));
    writeln!(
        file,
        r#"{{"message_id":"m{}-{}","event":"{}","timestamp":"{}","received_at":"{}","user_id":"{user}","campaign":"{}"}}"#,
        event.customer,
        event.number,
        event.event,
        Time(event.at),
        Time(event.received_at),
        event.campaign.unwrap_or_default(),
    )
}

pub fn user(name: Name, customer: u32) -> String {
    match name {
        Name::Guest => format!("guest-{customer}"),
        Name::Account => format!("c{customer:05}"),
    }
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    let file = File::create(path).map_err(|cause| unwritable(path, &cause))?;
    Ok(BufWriter::with_capacity(1 << 18, file))
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|cause| unwritable(path, &cause))
}

fn unwritable(path: &Path, cause: &std::io::Error) -> Failure {
    Failure::failed(format!("{}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_somebody_elses_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("perennial-demo-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("perennial.yaml"), "name: Bike shop\n").expect("a file");
        let refused = write(&folder, 1, 10, true).expect_err("not a demo");
        assert!(refused.message.contains("--folder"), "{}", refused.message);
        fs::write(folder.join("perennial.yaml"), "name: Perennial demo\n").expect("a file");
        assert!(write(&folder, 1, 10, true).expect("a demo") > 20);
        fs::remove_dir_all(&folder).expect("gone");
    }

    #[test]
    fn the_project_is_valid_and_the_draft_differs() {
        let text = |path: &str, text: String| perennial_rules::project::ProjectText {
            path: path.into(),
            text,
        };
        let reading = perennial_rules::project::read(&[
            text("perennial.yaml", format!("{PROJECT}{PRESET}{DELIVERIES}")),
            text("kpis.yaml", KPIS.to_owned()),
        ]);
        assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
        assert!(PRESET.contains("days(90)") && PROJECT.contains(MARK));
    }
}
