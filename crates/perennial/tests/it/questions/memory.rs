//! Every question with more values than it tells apart, within so much memory.

use std::process::{Command, Stdio};

use super::events;
use super::hostile::{OF_FILES, with};
use crate::shop::{Shop, assert_says};

/// Most memory that a question may take, in KiB of addresses, of which threads and libraries take a part unused.
const MAX_KIB: u64 = 3_000_000;
/// Different values of a column of the large file.
const VALUES: usize = 60_000;

/// Asks with so much memory and no more; gives the exit code, and how much was said to each side.
fn within_memory(shop: &Shop, words: &[&str]) -> (Option<i32>, usize, String) {
    let mut quoted = String::new();
    for word in words {
        quoted += &format!(" '{word}'");
    }
    let command = format!(
        "ulimit -v {MAX_KIB}; exec '{}'{quoted} --threads 2 --output json",
        env!("CARGO_BIN_EXE_perennial")
    );
    let child = Command::new("sh")
        .args(["-c", &command])
        .current_dir(&shop.folder)
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&child.stderr).into_owned();
    (child.status.code(), child.stdout.len(), said)
}

#[test]
fn however_many_values_there_are_memory_is_bounded() {
    let mut text = String::from("user_id,event,timestamp,plan,amount\n");
    for row in 0..VALUES {
        let event = ["view", "buy", "look"][row % 3];
        let (customer, day, hour) = (row % 9_000, row % 28 + 1, row % 24);
        text += &format!("u{customer},{event},2025-01-{day:02}T{hour:02}:00:00Z,v{row},{row}\n");
    }
    let shop = events(&text);
    for words in OF_FILES.iter().map(|case| case.words) {
        // Its channels are the values.
        let by = if words[0] == "attribution" {
            "event"
        } else {
            "plan"
        };
        let words = with(words, &["--input", "events.csv", "--by", by]);
        let (code, written, said) = within_memory(&shop, &words);
        assert_eq!(code, Some(0), "{words:?}: {said}");
        assert!(written > 0, "{words:?}");
    }
    let steps: Vec<String> = (0..1_000).map(|step| format!("s{step}")).collect();
    let steps = steps.join(",");
    let hours = ["--from", "1950-01-01", "--to", "2050-01-01"];
    for words in [
        with(
            &["lifecycle", "--event", "any", "--interval", "hour"],
            &hours,
        ),
        with(
            &[
                "lifecycle",
                "--event",
                "any",
                "--interval",
                "hour",
                "--model",
                "stock",
            ],
            &hours,
        ),
        with(
            &["stickiness", "--event", "any", "--interval", "hour"],
            &hours,
        ),
        vec!["retention", "--period", "hour", "--periods", "2000"],
        vec![
            "funnel",
            "--window",
            "14d",
            "--steps",
            &steps,
            "--by-limit",
            "1000000",
        ],
        vec![
            "lifecycle",
            "--event",
            "any",
            "--interval",
            "hour",
            "--by-limit",
            "1000000",
        ],
    ] {
        let words = with(&words, &["--input", "events.csv", "--by", "plan"]);
        let (code, written, said) = within_memory(&shop, &words);
        assert_eq!((code, written), (Some(2), 0), "{words:?}: {said}");
        assert_says(&format!("{words:?}"), &said, &["cells", "--by-limit"]);
    }
}
