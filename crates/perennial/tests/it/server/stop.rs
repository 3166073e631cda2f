//! Asked to stop under load, a server ends by itself, and nothing it said yes to is lost.

use std::time::Duration;

use perennial_sim::Dice;

use super::law;
use super::load::{Load, SOME_KNOWN, connect};
use super::site::{Site, number};

/// How often it is stopped.
const STOPS: u64 = 3;
/// Time under load before it is stopped.
const UNDER_LOAD: Duration = Duration::from_millis(500);

#[test]
fn stopped_under_load_a_server_ends_well() {
    let seed = number("PERENNIAL_SEED", 1);
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let (site, load) = (Site::new(), Load::default());
    let mut server = site.setup.start_and_wait().expect("it starts");
    std::thread::scope(|scope| {
        let _ended = load.ends_with_scope();
        connect(scope, &load, site.setup.address(), &mut dice);
        for _ in 0..number("PERENNIAL_STOPS", STOPS) {
            std::thread::sleep(UNDER_LOAD);
            let (status, took) = server.stop().expect("it stops");
            println!("stopped in {took:.1?}");
            assert!(status.success(), "{status}");
            server = site.setup.start_and_wait().expect("it starts again");
        }
        load.wait_for(SOME_KNOWN);
    });
    let promises = load.promises.lock().expect("no panic");
    assert_eq!(promises.surprises, Vec::<String>::new());
    promises.hold(&mut server.client());
    law::holds(&site, server, &law::some_customers(&mut dice));
}
