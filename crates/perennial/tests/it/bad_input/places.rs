//! Files and folders that are not there, not what they should be, or out of reach.

use std::fs;

use crate::shop::{HEADER, PROJECT, ROWS, Shop, assert_says, listed, shown};

fn good() -> Vec<u8> {
    format!("{HEADER}{ROWS}").into_bytes()
}

/// A good file as gzip, without compression.
fn gzip(text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let length = u16::try_from(text.len()).expect("a short text");
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(text);
    // The checksum and the length would follow here.
    bytes
}

#[test]
fn inputs_that_cannot_be_read() {
    let shop = Shop::new(PROJECT);
    shop.file("folder/a.csv", &good());
    shop.file("text.parquet", &good());
    shop.file("cut.csv.gz", &gzip(&good()));
    shop.file("short.csv.gz", &gzip(&good())[..20]);
    for (file, says) in [
        (
            "missing.csv",
            &["there is no such file", "check its name"][..],
        ),
        ("folder", &["it is a folder", "`FOLDER/*.csv`"]),
        ("*.tsv", &["no file matches `*.tsv`"]),
        (
            "text.parquet",
            &["does not begin with PAR1", "check the file"],
        ),
        (
            "cut.csv.gz",
            &[
                "cut off in the middle of its gzip data",
                "get the file anew",
            ],
        ),
        ("short.csv.gz", &["cut off in the middle of its gzip data"]),
    ] {
        let got = shop.run(&["--input", file]);
        assert_eq!(got.code, Some(1), "{file}: {}", got.stderr);
        assert_says(file, &got.stderr, says);
        assert_says(file, &got.stderr, &[file]);
        shop.is_refused(&got, &[]);
    }
}

#[test]
fn parquet_that_is_cut_or_damaged() {
    let shop = Shop::new(PROJECT);
    shop.file("events.csv", &good());
    assert_eq!(shop.run(&["--input", "events.csv"]).code, Some(0));
    let whole = fs::read(shop.out().join("touches.parquet")).expect("touches");
    fs::remove_dir_all(shop.out()).expect("removed");
    let mut damaged = whole.clone();
    damaged[4..40].fill(0xA5);
    for (name, bytes) in [
        ("cut", &whole[..whole.len() / 2]),
        ("beginning", b"PAR1"),
        ("without its end", &whole[..whole.len() - 8]),
        ("damaged", &damaged),
    ] {
        shop.file("events.parquet", bytes);
        let got = shop.run(&["--input", "events.parquet"]);
        assert_eq!(got.code, Some(1), "{name}: {}", got.stderr);
        assert_says(name, &got.stderr, &["events.parquet", "get the file anew"]);
        shop.is_refused(&got, &[]);
    }
}

#[test]
fn standard_input() {
    let shop = Shop::new(PROJECT);
    for nothing in ["", HEADER] {
        let got = shop.command(&["run", "--input", "-"], nothing.as_bytes());
        assert_eq!(got.code, Some(1), "{}", got.stderr);
        assert_says("nothing", &got.stderr, &["standard input: no events in it"]);
        shop.is_refused(&got, &[]);
    }
    let got = shop.command(&["run", "--input", "-"], &good());
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_eq!(shown(shop.results().counts), [2, 2, 0, 0, 0, 0]);
}

#[test]
fn one_empty_file_among_others_is_a_note() {
    let shop = Shop::new(PROJECT);
    shop.file("a.csv", &good());
    shop.file("b.csv", b"");
    shop.file("c.csv", HEADER.as_bytes());
    let got = shop.run(&["--input", "*.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_says(
        "the note",
        &got.stdout,
        &["note: no events in b.csv, c.csv"],
    );
    let manifest = shop.results();
    assert_eq!(shown(manifest.counts), [2, 2, 0, 0, 0, 0]);
    assert!(
        manifest
            .notes
            .contains(&"no events in b.csv, c.csv".to_owned())
    );
}

#[test]
fn too_many_bad_rows_stop_and_leave_the_results_before() {
    let shop = Shop::new(PROJECT);
    shop.file("good.csv", &good());
    assert_eq!(shop.run(&["--input", "good.csv"]).code, Some(0));
    let contents = |name: &String| fs::read(shop.out().join(name)).expect("a file");
    let of_all = || -> Vec<(String, Vec<u8>)> {
        let names = listed(&shop.out())
            .into_iter()
            .filter(|name| name != "rejects.parquet");
        names
            .map(|name| {
                let bytes = contents(&name);
                (name, bytes)
            })
            .collect()
    };
    let before = of_all();
    shop.file(
        "bad.csv",
        format!("{HEADER}eve,order,soon,1\n{ROWS}").as_bytes(),
    );
    let got = shop.run(&["--input", "bad.csv", "--max-bad", "10%"]);
    assert_eq!(got.code, Some(1));
    let says = &[
        "1 of 3 rows are bad",
        "more than the 10% allowed by --max-bad",
        "rejects.parquet",
    ];
    assert_says("--max-bad", &got.stderr, says);
    assert_eq!(of_all(), before, "the results of the run before");
    let results = perennial_batch::results::Results::open(&shop.out()).expect("results");
    let mut reasons = Vec::new();
    let read = results.read("rejects", &["reason", "original"], &mut |batch| {
        reasons.push(format!("{batch:?}"));
        Ok(())
    });
    read.expect("rejects");
    assert_says(
        "the rejects",
        &reasons.concat(),
        &["bad_time", "eve,order,soon,1"],
    );
    // Within the limit the run goes on.
    assert_eq!(
        shop.run(&["--input", "bad.csv", "--max-bad", "0.5"]).code,
        Some(0)
    );
    assert_eq!(shown(shop.results().counts), [3, 2, 1, 0, 0, 0]);
}

#[test]
fn nothing_but_bad_rows_leaves_the_rejects() {
    let shop = Shop::new(PROJECT);
    shop.file(
        "events.csv",
        format!("{HEADER}eve,order,soon,1\n").as_bytes(),
    );
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(1));
    assert_says(
        "all bad",
        &got.stderr,
        &["could be used", "events.csv line 2", "`soon` is no time"],
    );
    shop.is_refused(&got, &["rejects.parquet"]);
}

#[test]
fn rows_of_which_none_can_be_used() {
    let shop = Shop::new(PROJECT);
    shop.file("events.csv", &good());
    let nobody = format!("{HEADER}null,order,2025-01-03T10:00:00Z,1\n");
    shop.file("nobody.csv", nobody.as_bytes());
    for (args, says) in [
        (
            &["--input", "nobody.csv"][..],
            &[
                "none of the 1 rows",
                "1 have no identifier but placeholders",
            ][..],
        ),
        (
            &["--input", "events.csv", "--until", "2000-01-01"],
            &["none of the 2 rows", "check `--until`"],
        ),
    ] {
        let got = shop.run(args);
        assert_eq!(got.code, Some(1), "{args:?}: {}", got.stderr);
        assert_says(&args.join(" "), &got.stderr, says);
        shop.is_refused(&got, &[]);
    }
}

#[test]
fn results_that_cannot_be_written() {
    let shop = Shop::new(PROJECT);
    shop.file("events.csv", &good());
    shop.file("taken", b"a file");
    for out in ["taken", "taken/below", "/dev/null/below"] {
        let got = shop.run(&["--input", "events.csv", "--out", out]);
        assert_eq!(got.code, Some(1), "{out}: {}", got.stderr);
        assert_says(
            out,
            &got.stderr,
            &[out, "results cannot be written there", "`--out DIR`"],
        );
    }
    assert_eq!(
        fs::read(shop.folder.join("taken")).expect("a file"),
        b"a file"
    );
}

#[cfg(unix)]
#[test]
fn no_permission() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::new(PROJECT);
    let mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    let file = shop.file("events.csv", &good());
    mode(&file, 0o000);
    if fs::read(&file).is_ok() {
        // The superuser may read and write everything.
        return;
    }
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(1));
    assert_says(
        "a file",
        &got.stderr,
        &["events.csv", "it may not be read", "chmod"],
    );
    mode(&file, 0o644);
    let closed = shop.folder.join("closed");
    fs::create_dir(&closed).expect("a folder");
    mode(&closed, 0o555);
    let got = shop.run(&["--input", "events.csv", "--out", "closed/out"]);
    mode(&closed, 0o755);
    assert_eq!(got.code, Some(1));
    assert_says(
        "a folder",
        &got.stderr,
        &["closed/out", "results cannot be written there"],
    );
}

#[test]
fn options_that_make_no_sense() {
    let shop = Shop::new(PROJECT);
    shop.file("events.csv", &good());
    for (args, says) in [
        (
            &["run", "--input", "events.csv", "--until", "soon"][..],
            "--until soon: no time; write RFC 3339",
        ),
        (
            &["run", "--input", "events.csv", "--until", "99999-01-01"],
            "no time",
        ),
        (
            &["run", "--input", "events.csv", "--max-bad", "lots"],
            "--max-bad lots: no share; write 1% or 0.01",
        ),
        (
            &["run", "--input", "events.csv", "--max-bad", "NaN"],
            "no share",
        ),
        (
            &["run", "--input", "events.csv", "--max-bad", "200%"],
            "no share",
        ),
        (
            &["run", "--input", "events.csv", "--threads", "0"],
            "at least one is needed",
        ),
        (
            &["run", "--project", "nowhere"],
            "there is no such folder; `perennial init` makes one",
        ),
        (
            &["run", "--project", "events.csv"],
            "there is no such folder",
        ),
        (
            &["validate", "--project", "nowhere"],
            "there is no such folder",
        ),
        (&["runn"], "unrecognized subcommand"),
    ] {
        let got = shop.command(args, b"");
        assert_eq!(got.code, Some(2), "{args:?}: {}", got.stderr);
        assert_says(&args.join(" "), &got.stderr, &[says]);
    }
    let got = shop.run(&[]);
    assert_eq!(got.code, Some(1));
    assert_says(
        "no input",
        &got.stderr,
        &[
            "there is nothing to read",
            "`--input FILE`",
            "perennial.yaml",
        ],
    );
}

#[test]
fn answers_over_all_of_time_are_refused() {
    let shop = Shop::new(PROJECT);
    shop.file("events.csv", &good());
    assert_eq!(shop.run(&["--input", "events.csv"]).code, Some(0));
    let args = ["stages", "--from", "0002-01-01", "--to", "9998-01-01"];
    let got = shop.command(&args, b"");
    assert_eq!(got.code, Some(2), "{}", got.stderr);
    assert_says(
        "stages",
        &got.stderr,
        &["at most 2000000 are shown", "shorter period"],
    );
}

#[test]
fn results_that_are_damaged_or_missing() {
    let shop = Shop::new(PROJECT);
    shop.file("events.csv", &good());
    let got = shop.command(&["stages"], b"");
    assert_eq!(got.code, Some(1));
    assert_says(
        "no results",
        &got.stderr,
        &["run.json", "`perennial run` writes it"],
    );
    assert_eq!(shop.run(&["--input", "events.csv"]).code, Some(0));
    for (command, table) in [
        (&["rfm"][..], "customers"),
        (&["stages"], "transitions"),
        (&["transitions"], "transitions"),
        (&["explain", "ada"], "touches"),
    ] {
        let path = shop.out().join(format!("{table}.parquet"));
        let whole = fs::read(&path).expect("a table");
        fs::write(&path, &whole[..whole.len() / 2]).expect("a file");
        let got = shop.command(command, b"");
        fs::write(&path, &whole).expect("a file");
        assert_eq!(got.code, Some(1), "{table}: {}", got.stderr);
        let file = format!("{table}.parquet");
        assert_says(table, &got.stderr, &[&file, "is damaged; run again"]);
    }
    fs::write(shop.out().join("run.json"), "{").expect("a file");
    let got = shop.command(&["rfm"], b"");
    assert_says(
        "run.json",
        &got.stderr,
        &["not the manifest of a run of this version", "run again"],
    );
}
