//! Questions asked on files, by the real binary.

mod bad_input;
mod compare;
mod hostile;
mod manual;
#[cfg(target_os = "linux")]
mod memory;
mod same;
mod stages;
mod targets;
mod together;

use serde_json::Value;

use crate::shop::{Got, PROJECT, Shop};

/// A folder with a file of events.
fn events(text: &str) -> Shop {
    let shop = Shop::new(PROJECT);
    shop.file("events.csv", text.as_bytes());
    shop
}

/// Asks in JSON and expects an answer.
fn ask(shop: &Shop, args: &[&str]) -> Value {
    let got = shop.command(&[args, &["--output", "json"]].concat(), b"");
    assert_eq!(got.code, Some(0), "{args:?}: {}", got.stderr);
    serde_json::from_str(&got.stdout).expect("JSON")
}

/// Asks what is wrong usage.
fn refused(shop: &Shop, args: &[&str]) -> String {
    let Got {
        code,
        stdout,
        stderr,
    } = shop.command(args, b"");
    assert_eq!(code, Some(2), "{args:?}: {stdout}{stderr}");
    assert!(stdout.is_empty(), "{args:?}: {stdout}");
    stderr
}
