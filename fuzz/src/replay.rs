//! The targets without libFuzzer: the committed corpus and seeded mutations of it, in ordinary tests.

mod mutate;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use mutate::{Dice, mutated};

/// Mutations for each of `PERENNIAL_CASES`, and how many of those there are where nobody says.
const MUTATIONS_A_CASE: u64 = 5;
const DEFAULT_CASES: u64 = 600;
/// Longest that one input may take by the clock: what never ends is told by it, what is slow is not (machines may be busy
/// with other things for seconds).
const MAX_TIME: Duration = Duration::from_secs(300);

/// An input that a target failed on.
#[derive(Debug)]
pub struct Finding {
    /// Where it came from: a file, or the number of a mutation.
    pub from: String,
    /// What the target said.
    pub message: String,
    /// The input, escaped.
    pub input: String,
}

/// Checks a target over its corpus and over mutations of it.
///
/// `PERENNIAL_CASES` raises their number, `PERENNIAL_SEED` repeats a run.
pub fn replay(target: &str, words: &[&str], check: fn(&[u8])) {
    let seed =
        number_from("PERENNIAL_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    let mutations = number_from("PERENNIAL_CASES").unwrap_or(DEFAULT_CASES) * MUTATIONS_A_CASE;
    if let Err(finding) = hunt(target, words, seed, mutations, check) {
        let Finding {
            from,
            message,
            input,
        } = finding;
        panic!("PERENNIAL_SEED={seed} shows this again: {target}, {from}: {message}\n{input}");
    }
}

/// The first input that a target fails on, of its corpus and of so many mutations.
pub fn hunt(
    target: &str,
    words: &[&str],
    seed: u64,
    mutations: u64,
    check: fn(&[u8]),
) -> Result<(), Finding> {
    let corpus = corpus(target);
    for (name, data) in &corpus {
        try_one(name, data, check)?;
    }
    let seeds: Vec<Vec<u8>> = corpus.into_iter().map(|(_, data)| data).collect();
    let mut dice = Dice(seed);
    for number in 0..mutations {
        let data = mutated(&mut dice, &seeds, words);
        try_one(&format!("mutation {number}"), &data, check)?;
    }
    Ok(())
}

fn try_one(from: &str, data: &[u8], check: fn(&[u8])) -> Result<(), Finding> {
    let begun = Instant::now();
    let fails = catch_unwind(AssertUnwindSafe(|| check(data))).err();
    let text = |panic: Box<dyn std::any::Any + Send>| match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic
            .downcast_ref::<&str>()
            .copied()
            .unwrap_or("it panics")
            .to_owned(),
    };
    let slow = || {
        let took = begun.elapsed();
        (took > MAX_TIME).then(|| format!("it took {took:?}"))
    };
    match fails.map(text).or_else(slow) {
        None => Ok(()),
        Some(message) => Err(Finding {
            from: from.to_owned(),
            message,
            input: data.escape_ascii().to_string(),
        }),
    }
}

/// The files of a target's corpus, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let read = std::fs::read_dir(&folder);
    let entries = read.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<(String, Vec<u8>)> = entries
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let data =
                std::fs::read(entry.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, data)
        })
        .collect();
    files.sort();
    assert!(
        files.len() >= 10,
        "{}: {} files",
        folder.display(),
        files.len()
    );
    for (name, data) in &files {
        assert!(data.len() <= mutate::MAX_BYTES, "{target}/{name} is large");
    }
    files
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
