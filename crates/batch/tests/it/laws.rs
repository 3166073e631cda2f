//! The laws of ARCHITECTURE.md, held over whole runs: files in, tables out, nothing else looked at.
//!
//! `laws/history.rs` makes events up, `laws/forms.rs` writes them as files, `laws/outcome.rs` runs and
//! reads the tables back. `laws/random.rs` has the same laws over small random histories that shrink.

mod edges;
mod forms;
mod history;
mod outcome;
mod random;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use perennial_model::Time;

use crate::read::same::Dice;
use history::{DAY, Raw, shop};
use outcome::{Desk, LEDGERS, Outcome, PROJECT, TABLES, difference, instant, outcome, unlike};

/// Rows of the history.
const ROWS: usize = 3_000;

static SHOP: LazyLock<Vec<Raw>> = LazyLock::new(|| shop(ROWS));
static WHOLE: LazyLock<Outcome> = LazyLock::new(|| outcome(&PROJECT, &SHOP, None));

fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let (mut items, mut dice) = (items.to_vec(), Dice(seed));
    for place in (1..items.len()).rev() {
        items.swap(place, dice.below(place + 1));
    }
    items
}

fn assert_same(found: &Outcome, expected: &Outcome, tables: &[&str], what: &str) {
    if let Some(difference) = difference(found, expected, tables) {
        panic!("{what}: {difference}");
    }
}

/// The other laws would hold of nothing too.
#[test]
fn the_history_has_something_of_everything() {
    let counts = WHOLE.manifest.counts;
    assert!(
        counts.rejected > 5 && counts.without_customer > 5,
        "{counts:?}"
    );
    for (name, table) in &WHOLE.tables {
        assert!(table.rows.len() > 30, "{name}: {}", table.rows.len());
    }
    let column =
        |table: &str, name: &str| -> BTreeSet<&str> { WHOLE.tables[table].column(name).collect() };
    let causes = column("transitions", "cause");
    for cause in ["order", "won_back", "timeout", "advocacy", "time", "viewed"] {
        assert!(causes.contains(cause), "{cause} is not among {causes:?}");
    }
    assert_eq!(column("refused", "policy").len(), 2);
    assert_eq!(column("segment_history", "segment").len(), 3);
    assert!(column("identities", "joined_by").len() > 100);
    assert!(column("thresholds", "at").len() > 10);
}

/// Law 1: the number of threads, and what stays in memory.
#[test]
fn threads_make_no_difference_to_any_byte() {
    let desk = Desk::new();
    let file = [forms::csv(desk.path(), "events.csv", &SHOP)];
    for threads in [1, 2, 7] {
        desk.run(&PROJECT, &file, None, threads);
    }
    let one = desk.bytes(1);
    assert!(one.len() > TABLES.len());
    for threads in [2, 7] {
        let found = desk.bytes(threads);
        assert!(one.keys().eq(found.keys()));
        let differ: Vec<&String> = one
            .keys()
            .filter(|name| one[*name] != found[*name])
            .collect();
        assert!(differ.is_empty(), "with {threads} threads: {differ:?}");
    }
}

/// Law 2: the order in which events arrive, and with it the order of links.
#[test]
fn the_order_of_rows_makes_no_difference() {
    let reversed: Vec<Raw> = SHOP.iter().rev().cloned().collect();
    for (what, rows) in [("reversed", reversed), ("shuffled", shuffled(&SHOP, 1))] {
        assert_same(&outcome(&PROJECT, &rows, None), &WHOLE, &TABLES, what);
    }
}

/// Law 5: links may be stated in any order.
#[test]
fn the_order_of_links_makes_no_difference() {
    let is_alias = |place: &usize| SHOP[*place].previous.is_some();
    let places: Vec<usize> = (0..ROWS).filter(is_alias).collect();
    assert!(places.len() > 50);
    let mut rows = SHOP.clone();
    for (to, from) in places.iter().zip(shuffled(&places, 2)) {
        rows[*to] = SHOP[from].clone();
    }
    let found = outcome(&PROJECT, &rows, None);
    assert_same(&found, &WHOLE, &TABLES, "aliases shuffled");
    assert_eq!(found.manifest.links_refused, WHOLE.manifest.links_refused);
}

/// Law 3: what is sent again counts once, and is counted as sent again.
#[test]
fn rows_sent_twice_change_counts_only() {
    let mut rows: Vec<Raw> = SHOP.clone();
    rows.extend(SHOP.iter().step_by(3).map(|raw| raw.again(5 * DAY)));
    rows.extend(SHOP.iter().step_by(10).map(|raw| raw.again(DAY)));
    let good = rows[ROWS..].iter().filter(|raw| raw.is_good()).count() as u64;
    let sent_again = (rows.len() - ROWS) as u64;
    for rows in [rows.clone(), shuffled(&rows, 3)] {
        let found = outcome(&PROJECT, &rows, None);
        assert_same(&found, &WHOLE, &TABLES, "sent twice");
        let mut counts = WHOLE.manifest.counts;
        counts.rows += sent_again;
        counts.duplicates += good;
        counts.rejected += sent_again - good;
        assert_eq!(found.manifest.counts, counts);
        assert_eq!(found.manifest.events, WHOLE.manifest.events);
    }
}

/// Law 1: the order of the files, and where they are cut.
#[test]
fn cut_into_files_in_any_order() {
    let desk = Desk::new();
    let size = [1, 999, 1_000, 40, ROWS];
    let (mut files, mut from) = (Vec::new(), 0);
    for (number, rows) in size.into_iter().enumerate() {
        let to = (from + rows).min(ROWS);
        let name = format!("part-{number}.csv");
        files.push(forms::csv(desk.path(), &name, &SHOP[from..to]));
        from = to;
    }
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]] {
        let files = order.map(|number: usize| files[number].clone());
        let found = desk.run(&PROJECT, &files, None, 2);
        assert_same(&found, &WHOLE, &TABLES, &format!("{order:?}"));
        assert_eq!(found.manifest.counts, WHOLE.manifest.counts);
    }
}

/// What the rows are written in.
#[test]
fn every_format_gives_the_same_ledgers() {
    let desk = Desk::new();
    let files = [
        forms::ndjson(desk.path(), "events.ndjson", &SHOP),
        forms::parquet(desk.path(), "events.parquet", &SHOP),
    ];
    // Types of properties differ by format, so touches and customers may show them otherwise.
    let tables = [&LEDGERS[..], &["identities", "stage_days", "thresholds"]].concat();
    for file in files {
        let what = file.display().to_string();
        let found = desk.run(&PROJECT, &[file], None, 2);
        assert_same(&found, &WHOLE, &tables, &what);
        assert_eq!(found.manifest.counts, WHOLE.manifest.counts);
    }
    let halves = [
        forms::ndjson(desk.path(), "a.ndjson", &SHOP[..1_000]),
        forms::csv(desk.path(), "b.csv", &SHOP[1_000..2_000]),
        forms::parquet(desk.path(), "c.parquet", &SHOP[2_000..]),
    ];
    let found = desk.run(&PROJECT, &halves, None, 2);
    assert_same(&found, &WHOLE, &tables, "a file of each");
}

/// A history that ends at `until` is the rows of the whole one with `at < until`: a touch or a time-out
/// at that very instant is left out, one a millisecond earlier is in. Who is one customer is no part
/// of it, since links and devices are taken from the whole file whenever they happened. Nor does it hold
/// of rules that read scores where there are more scoring dates than are kept (5,000, the latest).
#[test]
fn a_history_that_ends_earlier_is_the_beginning_of_the_whole() {
    let moves = &WHOLE.tables["transitions"];
    let by_time = moves.column("at").zip(moves.column("cause"));
    let timeouts: Vec<Time> = by_time
        .filter(|(_, cause)| *cause == "timeout")
        .map(|(at, _)| instant(at))
        .collect();
    let order = SHOP[ROWS / 2].time();
    let month = instant("2024-09-01T00:00:00+02:00");
    let out_of_time = timeouts[timeouts.len() / 2];
    for until in [
        order,
        out_of_time,
        out_of_time.plus(1),
        month,
        month.plus(1),
    ] {
        let found = outcome(&PROJECT, &SHOP, Some(until));
        for name in LEDGERS {
            let expected = WHOLE.tables[name].before(until);
            assert!(!expected.rows.is_empty());
            if let Some(what) = unlike(&found.tables[name], &expected) {
                panic!("until {until}: {name}: {what}");
            }
        }
        let late = SHOP.iter().filter(|raw| raw.at >= until.ms()).count() as u64;
        let left_out = found.manifest.counts.after_until;
        assert!(left_out <= late && left_out > 0);
        thresholds_to(&found, until);
    }
}

/// Thresholds taken at dates before the end are those of the whole; the last ones are taken at the
/// end itself, and are those of no date in the whole unless the end is a date of the calendar.
fn thresholds_to(found: &Outcome, until: Time) {
    let (found, whole) = (&found.tables["thresholds"], &WHOLE.tables["thresholds"]);
    let difference = unlike(&found.before(until), &whole.before(until));
    assert_eq!(difference, None, "until {until}");
    assert!(found.column("at").any(|at| instant(at) == until));
    let is_date = until == instant("2024-09-01T00:00:00+02:00");
    assert_eq!(whole.column("at").any(|at| instant(at) == until), is_date);
    let closing = |table: &outcome::Table| table.before(until.plus(1));
    if is_date {
        assert_eq!(unlike(&closing(found), &closing(whole)), None);
    }
}

/// A late row gives what it would have given in time, for everybody, but for when that was known.
#[test]
fn a_late_row_counts_as_if_it_had_always_been_there() {
    let mut prompt: Vec<Raw> = SHOP.clone();
    for raw in &mut prompt {
        raw.received = raw.at;
    }
    prompt.sort_by_key(|raw| raw.at);
    let prompt = outcome(&PROJECT, &prompt, None);
    let mut later = 0;
    for name in TABLES {
        let (found, expected) = (&WHOLE.tables[name], &prompt.tables[name]);
        let known = ["known_at"];
        if let Some(what) = unlike(&found.without(&known), &expected.without(&known)) {
            panic!("{name}: {what}");
        }
        if !LEDGERS.contains(&name) {
            continue;
        }
        for (late, prompt) in found.column("known_at").zip(expected.column("known_at")) {
            assert!(
                instant(late) >= instant(prompt),
                "{name}: {late} for {prompt}"
            );
            later += usize::from(late != prompt);
        }
        for (at, known) in expected.column("at").zip(expected.column("known_at")) {
            assert!(instant(known) <= instant(at), "{name}: {known} for {at}");
        }
    }
    assert!(later > 100);
}
