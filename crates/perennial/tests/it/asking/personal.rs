//! What is personal in answers of a server: shown to whom it may be, and gone when it must be.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use serde_json::json;

use super::{ask, filled, pictures};
use crate::serving::json as told;

#[test]
fn who_may_only_read_is_told_nothing_personal() {
    let (shop, server) = filled("pii: [email, phone, Nick-Name]\n");
    let create = [
        "keys", "create", "--scope", "read", "--name", "board", "--data", "data",
    ];
    let made = told(&shop.command(&[&create[..], &["--output", "json"]].concat(), b""));
    let key = made["secret"].as_str().expect("a secret").to_owned();
    let read = |question: &str| server.get_with(&format!("/v1/questions/{question}&wait=60"), &key);
    // The server looks at the file of keys once a second.
    let listed = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let (status, answer) = read("funnel?steps=visit&window=1d&list");
        (status == 200).then_some(answer)
    });
    let listed = listed.expect("an answer").to_string();
    assert!(
        listed.contains("***") && listed.contains("bob") && !listed.contains("eve@"),
        "{listed}"
    );
    let (_, whole) = ask(&server, "funnel?steps=visit&window=1d&list");
    assert!(whole.to_string().contains("eve@x.org"), "{whole}");
    let rfm = read("rfm?").1.to_string();
    assert!(rfm.contains("cyd") && !rfm.contains('@'), "{rfm}");
    for question in [
        "dfg?by=email",
        "dfg?by=nickname",
        "dfg?where=nickname%20like%20'ada%25'",
        "dfg?where=user_id%20%3D%20'bob'",
        "dfg?by=customer_id",
        "dfg?items=nickname",
        "dfg?customer=nickname",
        "funnel?step=nickname%20is%20null&window=1d",
        "retention?period=day&return_where=nickname%20is%20null",
        "attribution?conversion=order&channel=nickname&model=last",
        "kpis?by=nickname",
        "dfg?by=nickname&compare=2025-03-01..2025-03-02",
        "dfg?segment=customer_id%3Dbob",
    ] {
        let (status, answer) = read(question);
        assert_eq!(
            (status, &answer["code"]),
            (403, &json!("forbidden")),
            "{question}: {answer}"
        );
        assert!(
            answer["message"]
                .as_str()
                .is_some_and(|text| text.contains("personal")),
            "{answer}"
        );
        if !question.contains("email") {
            assert_eq!(ask(&server, question).0, 200, "{question}");
        }
    }
    assert_eq!(read("dfg?by=plan").0, 200);
}

#[test]
fn nothing_of_an_erased_customer_is_left_in_any_picture() {
    let (shop, server) = filled("");
    let question = "funnel?steps=visit&window=1d&list";
    let (_, answer) = ask(&server, question);
    assert!(answer.to_string().contains("ada-marker"), "{answer}");
    let before = pictures(&shop);
    let (status, receipt) = server.post("/v1/privacy/erase", &json!({"id": "ada-marker"}));
    assert_eq!(status, 200, "{receipt}");
    assert!(before.iter().all(|folder| !folder.exists()), "{before:?}");
    // Without waiting there is nothing to answer of; with it all but her.
    let (status, answer) = server.get(&format!("/v1/questions/{question}&wait=0"));
    assert!(
        status == 503 || !answer.to_string().contains("ada-marker"),
        "{answer}"
    );
    let (status, answer) = ask(&server, question);
    assert_eq!((status, &answer["people"]), (200, &json!(3)), "{answer}");
    assert!(!answer.to_string().contains("ada-marker"), "{answer}");
    let mut found = Vec::new();
    holding(&shop.folder.join("data"), b"ada-marker", &mut found);
    assert!(found.is_empty(), "{found:?}");
    // A server that is killed leaves its picture; the next start, by whatever command, throws it away.
    let left = pictures(&shop);
    server.end("-KILL");
    assert!(left.iter().any(|folder| folder.exists()));
    let export = ["privacy", "export", "bob", "--data", "data"];
    told(&shop.command(&export, b""));
    assert!(pictures(&shop).is_empty());
}

/// Files below a folder that hold some bytes.
fn holding(folder: &Path, wanted: &[u8], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            holding(&path, wanted, found);
            continue;
        }
        let bytes = fs::read(&path).unwrap_or_default();
        if bytes.windows(wanted.len()).any(|part| part == wanted) {
            found.push(path);
        }
    }
}

#[test]
fn whoever_asks_while_somebody_is_erased_is_told_nothing_of_her_afterwards() {
    let (_shop, server) = filled("");
    let question = "/v1/questions/funnel?steps=visit&window=1d&list&wait=60";
    assert_eq!(server.get(question).0, 200);
    let is_over = AtomicBool::new(false);
    let (began, begins) = channel();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (began, is_over, server) = (began.clone(), &is_over, &server);
            scope.spawn(move || {
                let mut after = 0;
                while after < 2 {
                    let is_after = is_over.load(Ordering::SeqCst);
                    began.send(()).ok();
                    let (status, answer) = server.get(question);
                    assert!(status == 200 || status == 503, "{status} {answer}");
                    if is_after {
                        assert!(!answer.to_string().contains("ada-marker"), "{answer}");
                        after += 1;
                    }
                }
            });
        }
        begins.recv().expect("somebody asks");
        let (status, receipt) = server.post("/v1/privacy/erase", &json!({"id": "ada-marker"}));
        is_over.store(true, Ordering::SeqCst);
        assert_eq!(status, 200, "{receipt}");
    });
}
