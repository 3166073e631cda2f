//! Keys over their life: made, used, rotated, revoked, by one process and by two.

use std::fs;

use perennial_access::{AccessError, KEYS_FILE, Keys, Scope};
use perennial_model::{DAY_MS, Time};

const NOW: Time = Time(1_750_000_000_000);

#[test]
fn a_key_opens_until_it_is_revoked_or_over() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    assert!(keys.is_empty());
    let (key, secret) = keys
        .create("default", Scope::Read, " board ", None, NOW)
        .unwrap();
    let found = keys.check(secret.reveal(), NOW).unwrap();
    assert_eq!(
        (&found.id, found.scope, &found.name[..]),
        (&key.id, Scope::Read, "board")
    );
    for wrong in ["", "pr_", &secret.reveal()[1..], &"x".repeat(1 << 20)] {
        assert_eq!(keys.check(wrong, NOW), None);
    }
    keys.revoke(&key.id, NOW).unwrap();
    keys.revoke(&key.id, NOW.plus(5)).unwrap();
    assert_eq!(keys.check(secret.reveal(), NOW), None);
    assert_eq!(keys.list()[0].revoked, Some(NOW), "the first time counts");

    let end = NOW.plus(1000);
    let (_, short) = keys
        .create("default", Scope::Admin, "short", Some(end), NOW)
        .unwrap();
    assert!(keys.check(short.reveal(), NOW.plus(999)).is_some());
    assert!(keys.check(short.reveal(), end).is_none());
    assert!(matches!(
        keys.revoke("key_none", NOW),
        Err(AccessError::NoKey(_))
    ));
    for (name, expires) in [
        ("", None),
        (&"n".repeat(101)[..], None),
        ("late", Some(NOW)),
    ] {
        let made = keys.create("default", Scope::Read, name, expires, NOW);
        assert!(matches!(made, Err(AccessError::Refused(_))), "{name}");
    }
}

#[test]
fn the_old_key_of_a_rotation_works_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    let (key, old) = keys
        .create("default", Scope::Write, "site", None, NOW)
        .unwrap();
    let (new_key, new) = keys.rotate(&key.id, DAY_MS, NOW).unwrap();
    assert_ne!(new_key.id, key.id);
    assert_eq!((new_key.scope, &new_key.name[..]), (Scope::Write, "site"));
    let later = NOW.plus(DAY_MS);
    assert!(keys.check(old.reveal(), NOW).is_some());
    assert!(keys.check(old.reveal(), later).is_none());
    assert!(keys.check(new.reveal(), later).is_some());
    assert!(matches!(
        keys.rotate(&key.id, DAY_MS, later),
        Err(AccessError::NoKey(_))
    ));
}

#[test]
fn the_file_holds_no_secret_and_is_the_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    assert!(
        keys.seed("default", &[(Scope::Write, "wk_test_123")], NOW)
            .unwrap()
    );
    let (_, secret) = keys.create("shop", Scope::Admin, "a", None, NOW).unwrap();
    let path = folder.path().join(KEYS_FILE);
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        !text.contains("wk_test_123") && !text.contains(&secret.reveal()[3..]),
        "{text}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let again = Keys::open(folder.path()).unwrap();
    assert_eq!(again.list(), keys.list());
    assert_eq!(
        again.check("wk_test_123", NOW).unwrap().workspace,
        "default"
    );
}

#[test]
fn keys_from_outside_are_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    let refused = keys.seed("default", &[(Scope::Write, "x"), (Scope::Admin, "x")], NOW);
    assert!(matches!(refused, Err(AccessError::Refused(_))));
    assert!(matches!(
        keys.seed("default", &[(Scope::Write, "")], NOW),
        Err(AccessError::Refused(_))
    ));
    let given = [(Scope::Write, "w"), (Scope::Admin, "a")];
    assert!(keys.seed("default", &given, NOW).unwrap());
    assert!(
        !keys
            .seed("default", &[(Scope::Admin, "another")], NOW)
            .unwrap()
    );
    assert!(keys.check("another", NOW).is_none());
    assert_eq!(keys.check("a", NOW).unwrap().scope, Scope::Admin);
}

#[test]
fn another_process_changes_keys_and_no_change_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let server = Keys::open(folder.path()).unwrap();
    let line = Keys::open(folder.path()).unwrap();
    let (key, secret) = line.create("default", Scope::Read, "a", None, NOW).unwrap();
    server.refresh().unwrap();
    assert!(server.check(secret.reveal(), NOW).is_some());
    assert!(Keys::is_first_of_day(&key, NOW));
    assert!(server.note_used(&key.id, NOW).unwrap());
    assert!(!server.note_used(&key.id, NOW).unwrap(), "once a day");
    line.revoke(&key.id, NOW).unwrap();
    server.refresh().unwrap();
    assert!(server.check(secret.reveal(), NOW).is_none());
    assert!(
        server.list()[0].last_used.is_some(),
        "the other's change is kept"
    );

    let folder = folder.path();
    std::thread::scope(|scope| {
        for at in 0..8 {
            scope.spawn(move || {
                let keys = Keys::open(folder).unwrap();
                for _ in 0..5 {
                    keys.create("default", Scope::Read, &format!("k{at}"), None, NOW)
                        .unwrap();
                }
            });
        }
    });
    server.refresh().unwrap();
    assert_eq!(server.list().len(), 41);
}

#[test]
fn a_damaged_file_is_said_and_does_not_open_doors() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    let (_, secret) = keys.create("default", Scope::Read, "a", None, NOW).unwrap();
    let path = folder.path().join(KEYS_FILE);
    let text = fs::read_to_string(&path).unwrap();
    for bad in [
        text.replace("\"version\": 1", "\"version\": 9"),
        text.replace("\"created\": \"", "\"created\": \"never "),
        text.replace("\"name\"", "\"role\""),
        text[..text.len() / 2].to_owned(),
    ] {
        fs::write(&path, bad).unwrap();
        assert!(matches!(
            Keys::open(folder.path()),
            Err(AccessError::Damaged { .. })
        ));
        assert!(matches!(keys.refresh(), Err(AccessError::Damaged { .. })));
        let made = keys.create("default", Scope::Read, "b", None, NOW);
        assert!(
            matches!(made, Err(AccessError::Damaged { .. })),
            "nothing is written over it"
        );
        assert!(
            keys.check(secret.reveal(), NOW).is_some(),
            "what was valid stays so"
        );
    }
}
