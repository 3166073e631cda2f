//! A backup taken under load holds what had been acknowledged before it was asked for, and can be
//! served elsewhere.

use std::process::Command;
use std::time::Duration;

use perennial_sim::Dice;
use serde_json::json;

use super::law;
use super::load::{Load, SOME_KNOWN, connect};
use super::site::{Site, add_up, binary, number, stored};

/// Time under load after it.
const UNDER_LOAD: Duration = Duration::from_millis(700);

#[test]
fn a_backup_under_load_is_whole_and_can_be_served() {
    let seed = number("PERENNIAL_SEED", 1);
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let (mut site, load) = (Site::new(), Load::default());
    let mut server = site.setup.start_and_wait().expect("it starts");
    let (before, name) = std::thread::scope(|scope| {
        let _ended = load.ends_with_scope();
        connect(scope, &load, site.setup.address(), &mut dice);
        load.wait_for(SOME_KNOWN);
        let before = load.promised();
        let reply = server.client().post("/v1/backup", &json!({}));
        let reply = reply.expect("answered");
        assert_eq!(reply.status, 200, "{}", reply.text());
        std::thread::sleep(UNDER_LOAD);
        let name = reply.json()["backup"].as_str().expect("a name").to_owned();
        (before, name)
    });
    server.crash();
    let copy = site.setup.data.join("backups").join(name);
    let elsewhere = site.folder.path().join("elsewhere");
    let restore = Command::new(binary())
        .arg("restore")
        .arg("--from")
        .arg(copy)
        .arg("--data")
        .arg(&elsewhere)
        .output();
    let restore = restore.expect("it runs");
    let said = String::from_utf8_lossy(&restore.stderr);
    assert!(restore.status.success(), "{said}");
    site.setup = site.setup_over(&elsewhere);
    let restored = site.setup.start_and_wait().expect("the copy is served");
    let mut client = restored.client();
    let kept = stored(&mut client);
    assert!(
        before.is_subset(&kept),
        "acknowledged before, yet not in it"
    );
    assert!(!before.is_empty());
    let promises = load.promises.lock().expect("no panic");
    assert!(kept.is_subset(&promises.sent));
    assert_eq!(add_up(&mut client), kept.len() as u64);
    drop(client);
    law::holds(&site, restored, &law::some_customers(&mut dice));
}
