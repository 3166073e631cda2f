//! What a server keeps: through kills, damage, backups and erasures, as people look after it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::serving::{ADMIN, ROWS, Server, WRITE, json};
use crate::shop::{PROJECT, Shop, assert_says, listed};

#[test]
fn what_was_acknowledged_outlives_a_kill_a_backup_and_an_erasure() {
    let shop = Shop::new(PROJECT);
    shop.file("rows.csv", ROWS.as_bytes());
    let server = Server::start(&shop, &["--project", ".", "--backups", "kept"]);
    shop.command(
        &[
            "import",
            "rows.csv",
            "--write-key",
            WRITE,
            "--url",
            &server.url,
        ],
        b"",
    );
    let url = server.url.clone();
    let ask = |args: &[&str]| {
        shop.command(
            &[args, &["--url", &url, "--admin-key", ADMIN]].concat(),
            b"",
        )
    };
    assert_eq!(
        json(&ask(&["privacy", "export", "ada"]))["profile"]["customer"],
        "ada"
    );
    let name = json(&ask(&["backup", "--output", "json"]))["backup"].clone();
    assert_eq!(
        ask(&["privacy", "erase", "ada", "--kind", "user"]).code,
        Some(0)
    );
    assert_eq!(server.get("/v1/customers/ada").0, 404);
    let locked = shop.command(&["privacy", "erase", "bob", "--data", "data"], b"");
    assert_eq!(locked.code, Some(1));
    assert_says("a folder that is served", &locked.stderr, &["--url"]);
    server.end("-KILL");

    let exported = shop
        .command(&["log", "export", "--data", "data"], b"")
        .stdout;
    assert_eq!(exported.lines().count(), 1, "{exported}");
    let from = format!("kept/{}", name.as_str().expect("a name"));
    let restore = [
        "restore", "--from", &from, "--data", "again", "--output", "json",
    ];
    let told = json(&shop.command(&restore, b""));
    assert_eq!(
        (&told["lines"], &told["erased_again"]),
        (&3.into(), &Value::Null)
    );
    assert_eq!(shop.command(&restore, b"").code, Some(1), "it is not empty");
    erased_stays_erased(&shop, &from);
    let told = shop.command(&["privacy", "export", "ada", "--data", "again"], b"");
    assert_eq!(json(&told)["profile"]["customer"], "ada");
    // The lines are what `run` reads.
    let save = ["log", "export", "--data", "again", "--save", "log.ndjson"];
    assert_eq!(shop.command(&save, b"").code, Some(0));
    assert_eq!(shop.run(&["--input", "log.ndjson"]).code, Some(0));
    assert_eq!(shop.results().counts.touches, 3);
    let offline = ["backup", "--data", "again", "--to", "copy"];
    assert_eq!(shop.command(&offline, b"").code, Some(0));
    assert_eq!(listed(&shop.folder.join("copy/workspaces")), ["default"]);
}

/// A restore that is told who was erased since leaves nothing of her in any file.
fn erased_stays_erased(shop: &Shop, from: &str) {
    let restore = |data: &str, erased: &[&str]| {
        let restore = ["restore", "--from", from, "--data", data];
        shop.command(&[&restore, erased].concat(), b"")
    };
    let got = restore("without", &[]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_says(
        "no list",
        &got.stdout,
        &["repeat each erasure", "--erased-from"],
    );
    let got = restore("nowhere", &["--erased-from", "kept"]);
    assert_eq!(got.code, Some(1));
    assert_says("a folder without lists", &got.stderr, &["privacy.json"]);
    assert!(!shop.folder.join("nowhere").exists());
    let got = restore("clean", &["--erased-from", "data"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    assert_says(
        "what was done",
        &got.stdout,
        &["default: 2 lines of customers"],
    );
    let export = ["log", "export", "--data", "clean"];
    let exported = shop.command(&export, b"").stdout;
    assert!(
        exported.contains("bob") && !exported.contains("ada"),
        "{exported}"
    );
    let told = shop.command(&["privacy", "export", "ada", "--data", "clean"], b"");
    assert_eq!(told.code, Some(1), "{}", told.stdout);
    // What was erased is not taken for new where it is sent again.
    let got = restore("again-sent", &["--erased-from", "data"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let import = ["import", "rows.csv", "--data", "again-sent"];
    assert_eq!(shop.command(&import, b"").code, Some(0));
    let told = shop.command(&["privacy", "export", "ada", "--data", "again-sent"], b"");
    assert_eq!(told.code, Some(1), "{}", told.stdout);
    // Whoever comes again after her erasure is known again, and a further restore leaves her alone.
    shop.file(
        "later.csv",
        b"user_id,event,timestamp,amount\nada,order,2025-04-01T10:00:00Z,9\n",
    );
    let import = ["import", "later.csv", "--data", "clean"];
    assert_eq!(shop.command(&import, b"").code, Some(0));
    let restore = [
        "restore",
        "--from",
        "clean",
        "--data",
        "further",
        "--erased-from",
        "data",
    ];
    assert_eq!(shop.command(&restore, b"").code, Some(0));
    let told = shop.command(&["privacy", "export", "ada", "--data", "further"], b"");
    assert_eq!(json(&told)["profile"]["event_count"], 1);
}

/// Every file below a folder with its bytes.
fn bytes_below(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for name in listed(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            bytes_below(&path, found);
        } else {
            found.push((path.clone(), fs::read(&path).expect("a file")));
        }
    }
}

#[test]
fn a_log_is_exported_and_verified_beside_its_server() {
    let shop = Shop::new(PROJECT);
    shop.file("rows.csv", ROWS.as_bytes());
    let server = Server::start(&shop, &["--project", "."]);
    let import = [
        "import",
        "rows.csv",
        "--write-key",
        WRITE,
        "--url",
        &server.url,
    ];
    shop.command(&import, b"");
    let log = shop.folder.join("data/workspaces/default/log");
    let (mut before, mut after) = (Vec::new(), Vec::new());
    bytes_below(&log, &mut before);
    let got = shop.command(&["log", "export", "--data", "data"], b"");
    assert_eq!(
        (got.code, got.stdout.lines().count()),
        (Some(0), 3),
        "{}",
        got.stderr
    );
    let verify = ["log", "verify", "--data", "data"];
    assert_eq!(shop.command(&verify, b"").code, Some(0));
    bytes_below(&log, &mut after);
    assert_eq!(before, after);
    server.end("-KILL");
    // Half a record after the end is what a crash leaves.
    let last = listed(&log)
        .into_iter()
        .rfind(|name| name.ends_with(".log"));
    let last = log.join(last.expect("a segment"));
    let whole = fs::read(&last).expect("a file");
    fs::write(&last, [&whole[..], &whole[32..60]].concat()).expect("written");
    let got = shop.command(&verify, b"");
    assert_eq!(got.code, Some(0), "{}", got.stdout);
    assert_says("a torn end", &got.stdout, &["not whole", "no damage"]);
    let got = shop.command(&["log", "export", "--data", "data"], b"");
    assert_eq!(got.stdout.lines().count(), 3, "{}", got.stderr);
    // Where the end had been durable it is damage.
    fs::write(&last, &whole[..whole.len() - 1]).expect("written");
    let got = shop.command(&verify, b"");
    assert_eq!(got.code, Some(1), "{}", got.stdout);
    assert_says("damage", &got.stdout, &["damaged at byte"]);
    assert_eq!(
        shop.command(&["log", "export", "--data", "data"], b"").code,
        Some(1)
    );
}

#[test]
fn how_long_what_is_kept_is_shown_and_done() {
    let shop = Shop::new(&format!(
        "{PROJECT}retention: {{ view: forever, default: 30d }}\n"
    ));
    shop.file("rows.csv", ROWS.as_bytes());
    Server::start(&shop, &["--project", "."]).end("-TERM");
    let import = ["import", "rows.csv", "--data", "data"];
    assert_eq!(shop.command(&import, b"").code, Some(0));
    let ask = |more: &[&str], place: &[&str]| {
        shop.command(&[&["privacy", "retention"], more, place].concat(), b"")
    };
    let data = ["--data", "data"];
    // Who only looks changes nothing.
    for _ in 0..2 {
        let told = json(&ask(&["--output", "json"], &data));
        assert_eq!(
            told["retention"],
            serde_json::json!({"view": "forever", "default": "30d"})
        );
        assert_eq!((&told["events"], &told["failed"]), (&3.into(), &0.into()));
    }
    let told = ask(&[], &data);
    assert_says(
        "retention",
        &told.stdout,
        &["default: 30d", "3 events", "--apply"],
    );
    assert_eq!(
        json(&ask(&["--apply", "--output", "json"], &data))["events"],
        3
    );
    assert_eq!(json(&ask(&["--output", "json"], &data))["events"], 0);
    let server = Server::start(&shop, &[]);
    let url = ["--url", &server.url, "--admin-key", ADMIN];
    let told = ask(&["--apply"], &url);
    assert_says(
        "the server's",
        &told.stdout,
        &["0 events is gone", "looked through before: 20"],
    );
    assert_eq!(json(&ask(&["--output", "json"], &url))["events"], 0);
    for wrong in [
        &["privacy", "retention", "ada"][..],
        &["privacy", "erase", "ada", "--apply"],
        &["privacy", "erase"],
    ] {
        assert_eq!(
            shop.command(&[wrong, &data].concat(), b"").code,
            Some(2),
            "{wrong:?}"
        );
    }
    let audit = fs::read_to_string(shop.folder.join("data/audit.ndjson")).expect("an audit log");
    assert_eq!(audit.matches("retention_applied").count(), 2, "{audit}");
}

#[test]
fn damage_is_named_and_not_restored() {
    let shop = Shop::new(PROJECT);
    shop.file("rows.csv", ROWS.as_bytes());
    Server::start(&shop, &["--project", "."]).end("-TERM");
    assert_eq!(
        shop.command(&["import", "rows.csv", "--data", "data"], b"")
            .code,
        Some(0)
    );
    let verify = ["log", "verify", "--data", "data"];
    assert_eq!(shop.command(&verify, b"").code, Some(0));
    assert_eq!(
        shop.command(&["doctor", "--data", "data"], b"").code,
        Some(0)
    );
    let log = shop.folder.join("data/workspaces/default/log");
    let name = listed(&log)
        .into_iter()
        .find(|name| fs::metadata(log.join(name)).is_ok_and(|told| told.len() > 100));
    let file = log.join(name.expect("a file of the log"));
    flip(&file, 80);
    let got = shop.command(&verify, b"");
    assert_eq!(got.code, Some(1), "{}", got.stdout);
    let name = file
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert_says("damage", &got.stdout, &[&name, "damaged at byte"]);
    assert_eq!(
        shop.command(&["doctor", "--data", "data"], b"").code,
        Some(1)
    );
    let got = shop.command(&["restore", "--from", "data", "--data", "again"], b"");
    assert_eq!(got.code, Some(1));
    assert_says("a damaged backup", &got.stderr, &["damaged"]);
    assert!(!shop.folder.join("again").exists() && !shop.folder.join(".again.restoring").exists());
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).expect("the file");
    bytes[at] ^= 1;
    fs::write(file, bytes).expect("the file");
}
