//! Runs a property over random cases: how many, from which seed, and how to see a failure again.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// Checks a property over `share` of a hundred of the cases asked for.
///
/// `PERENNIAL_CASES` says how many cases are a hundred of a hundred, `PERENNIAL_SEED` repeats a run.
pub fn check<S: Strategy>(
    share: u32,
    strategy: S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let cases = number_from("PERENNIAL_CASES").unwrap_or(DEFAULT_CASES) * u64::from(share) / 100;
    let seed =
        number_from("PERENNIAL_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let config = Config {
        cases: u32::try_from(cases.max(1)).unwrap_or(u32::MAX),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        max_shrink_time: MAX_SHRINK_MS,
        ..Config::default()
    };
    if let Err(error) = TestRunner::new(config).run(&strategy, property) {
        panic!("PERENNIAL_SEED={seed} shows this again:\n{error}");
    }
}

/// Longest search for a smaller case, for properties whose cases are whole runs over files.
const MAX_SHRINK_MS: u32 = 30_000;

/// Cases of the greatest property where nothing else is asked for.
const DEFAULT_CASES: u64 = 600;

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
