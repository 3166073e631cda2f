//! Which files are read, and as what.

use std::path::Path;

use perennial_batch::read::{Inputs, Progress, ReadError, read_chunk, read_rows};
use perennial_model::Zone;
use perennial_rules::project::{Delimiter, Format, Source};

use super::{file, open};

const CSV: &[u8] = b"user_id,event,timestamp\na,visit,2024-01-01\n";

/// The names of the files opened.
fn names(sources: &[Source], files: &[&str], base: &Path) -> Result<Vec<String>, ReadError> {
    let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
    let inputs = Inputs::open(sources, &files, base, &Zone::utc())?;
    Ok(inputs
        .files
        .iter()
        .map(|file| file.path().to_owned())
        .collect())
}

fn source(files: &[&str]) -> Source {
    Source {
        files: files.iter().map(|file| (*file).to_owned()).collect(),
        ..Source::default()
    }
}

#[test]
fn globs_are_sorted_and_no_file_is_read_twice() {
    let path = file("b.csv", CSV);
    let folder = path.parent().expect("a folder");
    std::fs::write(folder.join("a.csv"), CSV).expect("written");
    std::fs::write(folder.join("c.txt"), CSV).expect("written");
    let sources = [source(&["*.csv", "b.csv"]), source(&["c.txt", "a.csv"])];
    assert_eq!(
        names(&sources, &[], folder).expect("opened"),
        ["a.csv", "b.csv", "c.txt"]
    );
    let none = names(&[source(&["*.parquet"])], &[], folder).expect_err("nothing matches");
    assert_eq!(none.to_string(), "no file matches `*.parquet`");
    let glob = folder.join("*.csv");
    let named = names(&[], &[glob.to_str().expect("text")], folder).expect("opened");
    assert_eq!(named.len(), 2);
}

#[test]
fn files_of_the_command_line_find_their_source() {
    let path = file(
        "orders.csv",
        &CSV.iter()
            .map(|b| if *b == b',' { b';' } else { *b })
            .collect::<Vec<_>>(),
    );
    let folder = path.parent().expect("a folder");
    let mut semicolons = source(&["orders*.csv"]);
    semicolons.delimiter = Some(Delimiter(b';'));
    semicolons.event = Some("matched".into());
    let mut open_to_all = source(&[]);
    open_to_all.event = Some("open".into());
    let file = path.to_str().expect("text").to_owned();
    let event = |sources: &[Source]| {
        let inputs = Inputs::open(sources, std::slice::from_ref(&file), folder, &Zone::utc())
            .expect("opened");
        inputs.files[0].source().event.clone()
    };
    assert_eq!(
        event(&[open_to_all.clone(), semicolons.clone()]).as_deref(),
        Some("matched")
    );
    assert_eq!(
        event(&[source(&["x"]), open_to_all]).as_deref(),
        Some("open")
    );
    let mut only = source(&["elsewhere.csv"]);
    only.event = Some("only".into());
    assert_eq!(event(&[only]).as_deref(), Some("only"));
    assert_eq!(event(&[source(&["x"]), source(&["y"])]), None);
}

#[test]
fn what_cannot_be_opened_is_said() {
    let path = file("a.csv", CSV);
    let folder = path.parent().expect("a folder");
    let message = |sources: &[Source], files: &[&str]| {
        names(sources, files, folder)
            .expect_err("not opened")
            .to_string()
    };
    assert!(message(&[], &[]).contains("there is nothing to read"));
    assert!(message(&[], &["/nowhere/a.csv"]).contains("/nowhere/a.csv: there is no such file"));
    assert!(message(&[source(&["."])], &[]).contains("it is a folder"));
    let parquet = Source {
        format: Some(Format::Parquet),
        ..source(&["a.csv"])
    };
    assert!(message(&[parquet], &[]).contains("does not begin with PAR1"));
}

#[test]
fn a_file_can_be_read_again_and_rows_of_texts_have_no_number() {
    let path = file("a.csv", CSV);
    let inputs = open(&path, &Source::default()).expect("opened");
    assert_eq!(inputs.bytes(), Some(CSV.len() as u64));
    let text = &inputs.files[0];
    assert_eq!(
        (text.chunks(), text.is_parquet(), text.rows_hint()),
        (1, false, None)
    );
    for _ in 0..2 {
        let progress = Progress::default();
        let counts =
            read_chunk(text, 0, None, &mut |_| {}, &mut |_| Ok(()), &progress).expect("read");
        assert_eq!((counts.rows, progress.bytes()), (1, CSV.len() as u64));
    }
    assert!(matches!(
        read_rows(text, &["at"], &[1]),
        Err(ReadError::Misuse { .. })
    ));
    let past = read_chunk(
        text,
        1,
        None,
        &mut |_| {},
        &mut |_| Ok(()),
        &Progress::default(),
    );
    assert!(matches!(past, Err(ReadError::Misuse { .. })));
}

#[test]
fn what_the_caller_fails_with_comes_back() {
    let path = file("a.csv", CSV);
    let inputs = open(&path, &Source::default()).expect("opened");
    let stop = |_| Err(ReadError::Caller("the disk is full".into()));
    let result = read_chunk(
        &inputs.files[0],
        0,
        None,
        &mut |_| {},
        &mut { stop },
        &Progress::default(),
    );
    assert_eq!(result.expect_err("stopped").to_string(), "the disk is full");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once() {
    let path = file("pipe", b"");
    std::fs::remove_file(&path).expect("removed");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || std::fs::write(path, CSV))
    };
    let inputs = open(&path, &Source::default()).expect("opened");
    writer.join().expect("joined").expect("written");
    assert_eq!(inputs.bytes(), None);
    let read = || {
        read_chunk(
            &inputs.files[0],
            0,
            None,
            &mut |_| {},
            &mut |_| Ok(()),
            &Progress::default(),
        )
    };
    assert_eq!(read().expect("read").given, 1);
    assert!(
        read()
            .expect_err("used up")
            .to_string()
            .contains("only once")
    );
}
