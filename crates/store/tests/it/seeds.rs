//! Running a case for many seeds, and saying which one failed.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use perennial_store::disk::Random;

/// Seeds that a test runs where `PERENNIAL_SEEDS` does not say.
const SEEDS: u64 = 300;

/// Runs `case` for a tenth of the seeds, where a case takes long.
pub fn for_some_seeds(case: impl Fn(u64)) {
    for_seeds(|seed| {
        let asked = std::env::var_os("PERENNIAL_SEED").is_some();
        if asked || seed % 10 == 0 {
            case(seed);
        }
    });
}

/// Runs `case` for each seed; `PERENNIAL_SEED` asks for one alone.
pub fn for_seeds(case: impl Fn(u64)) {
    let number = |name| std::env::var(name).ok()?.parse().ok();
    let seeds = match number("PERENNIAL_SEED") {
        Some(one) => one..one + 1,
        None => 0..number("PERENNIAL_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| case(seed))) {
            eprintln!("PERENNIAL_SEED={seed} fails");
            resume_unwind(panic);
        }
    }
}

/// The line that stands at a place in the logs of these tests; some are empty, some long.
pub fn line(ordinal: u64) -> String {
    let mut random = Random::new(ordinal);
    let words = match random.below(10) {
        0 => 0,
        1 => 60,
        some => some,
    };
    let words = (0..words).map(|_| format!("{:x}", random.number()));
    format!("{ordinal} {}", words.collect::<Vec<_>>().join(" "))
}

/// The lines from one place to another.
pub fn lines(range: std::ops::Range<u64>) -> Vec<String> {
    range.map(line).collect()
}
