//! The audit log: it holds, it tells where it does not, and it survives a torn line.

use std::fs;
use std::path::Path;

use perennial_access::{AccessError, Audit, Deed};
use perennial_model::Time;
use proptest::prelude::*;

fn deed(on: &str) -> Deed {
    Deed {
        who: "key_a".to_owned(),
        what: "key_created",
        workspace: "default".to_owned(),
        on: on.to_owned(),
        from: "192.0.2.1".to_owned(),
        request: "r1".to_owned(),
    }
}

fn filled(folder: &Path, lines: usize) -> Audit {
    let audit = Audit::of(folder);
    for line in 0..lines {
        let at = Time(line as i64);
        let appended = audit.append(&deed(&format!("key_{line}")), at);
        appended.expect("a line is appended");
    }
    audit
}

#[test]
fn lines_are_chained_and_hold() {
    let folder = tempfile::tempdir().unwrap();
    let audit = Audit::of(folder.path());
    assert_eq!(audit.verify().unwrap().lines, 0);
    filled(folder.path(), 3);
    let three = audit.verify().unwrap();
    assert_eq!(three.lines, 3);
    audit
        .append(&deed(&"long\n\"\u{1}".repeat(5000)), Time(9))
        .unwrap();
    audit.append(&deed("last"), Time(10)).unwrap();
    let five = audit.verify().unwrap();
    assert_eq!(five.lines, 5);
    assert_ne!(three.last, five.last);
}

#[test]
fn a_line_torn_by_a_crash_is_removed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let audit = filled(folder.path(), 2);
    let path = folder.path().join("audit.ndjson");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"at\":\"2026");
    fs::write(&path, bytes).unwrap();
    let broken = audit.verify().unwrap_err();
    assert!(broken.to_string().contains("line 3"), "{broken}");
    audit.append(&deed("next"), Time(3)).unwrap();
    assert_eq!(audit.verify().unwrap().lines, 3);
}

#[test]
fn two_processes_append_to_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || filled(path, 25));
        }
    });
    assert_eq!(Audit::of(path).verify().unwrap().lines, 100);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
    #[test]
    fn any_change_but_to_the_end_is_found(at in 0usize..2000, flip in 1u8..255) {
        let folder = tempfile::tempdir().unwrap();
        let audit = filled(folder.path(), 6);
        let path = folder.path().join("audit.ndjson");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
        let at = at % last;
        bytes[at] ^= flip;
        fs::write(&path, bytes).unwrap();
        let found = audit.verify();
        let found = matches!(found, Err(AccessError::Damaged { .. }));
        prop_assert!(found, "byte {}", at);
    }
}
