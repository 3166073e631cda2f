//! The law, at the door: a server knows what a run over its log knows, and what it knew before it
//! forgot everything but its log.

use std::collections::BTreeMap;
use std::process::Command;

use perennial_sim::{Client, Dice, Server};
use serde_json::{Value, json};

use super::load::CUSTOMERS;
use super::site::{self, Site, answer, binary};

/// Customers who are looked at one by one.
const SAMPLE: usize = 12;

/// What a server answers at an instant that is over, by question.
pub type Answers = BTreeMap<String, Value>;

/// Some customers of those whom the load sends.
pub fn some_customers(dice: &mut Dice) -> Vec<String> {
    let mut one = |_| format!("u{}", dice.below(CUSTOMERS));
    (0..SAMPLE).map(&mut one).collect()
}

/// Holds a server to the law, and stops it.
pub fn holds(site: &Site, mut server: Server, customers: &[String]) {
    let mut client = server.client();
    // Whom the load has not come to yet is not known.
    let is_known =
        |id: &&String| site::told(&mut client, &format!("/v1/customers/{id}")).status == 200;
    let customers: Vec<String> = customers.iter().filter(is_known).cloned().collect();
    let customers = &customers[..];
    assert!(!customers.is_empty(), "nobody is known");
    let at = instant(&mut client);
    let told = ask(&mut client, &at, customers);
    let (status, _) = server.stop().expect("it stops");
    assert!(status.success(), "{status}");
    same(
        &run(site, &at, customers),
        &told,
        "a run (left) and the server",
    );
    site.forget_what_is_derived();
    let again = site.setup.start_and_wait().expect("it starts");
    let built = ask(&mut again.client(), &at, customers);
    same(&built, &told, "built anew (left) and before");
}

/// The instant as of which a server answers.
pub fn instant(client: &mut Client) -> String {
    let stages = answer(client, "/v1/stages");
    stages["at"].as_str().expect("an instant").to_owned()
}

/// What a server answers about an instant.
pub fn ask(client: &mut Client, at: &str, customers: &[String]) -> Answers {
    let mut answers = Answers::new();
    answers.insert(
        "stages".into(),
        stages(&answer(client, &format!("/v1/stages?at={at}"))),
    );
    let moves = answer(client, &format!("/v1/transitions?to={at}"));
    answers.insert("transitions".into(), transitions(&moves));
    for customer in customers {
        let told = answer(client, &format!("/v1/customers/{customer}/explain?at={at}"));
        answers.insert(customer.clone(), story(&told));
    }
    answers
}

/// What a run over the log answers about the instant at which it ends.
pub fn run(site: &Site, at: &str, customers: &[String]) -> Answers {
    let (log, out) = (
        site.folder.path().join("log.ndjson"),
        site.folder.path().join("out"),
    );
    let (log, out) = (log.display().to_string(), out.display().to_string());
    let project = site.project().display().to_string();
    let data = site.setup.data.display().to_string();
    command(&["log", "verify", "--data", &data]);
    command(&["log", "export", "--data", &data, "--save", &log]);
    let place = ["--project", &project[..], "--out", &out];
    command(&[&["run", "--input", &log, "--until", at], &place[..]].concat());
    let told = |words: &[&str]| {
        let text = command(&[words, &place, &["--output", "json"]].concat());
        serde_json::from_str::<Value>(&text).expect("JSON")
    };
    let mut answers = Answers::new();
    answers.insert("stages".into(), stages(&told(&["stages"])));
    answers.insert("transitions".into(), transitions(&told(&["transitions"])));
    for customer in customers {
        answers.insert(
            customer.clone(),
            story(&told(&["explain", customer, "--at", at])),
        );
    }
    answers
}

fn command(words: &[&str]) -> String {
    let output = Command::new(binary())
        .args(words)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

fn stages(answer: &Value) -> Value {
    only(&answer["stages"], &["stage", "customers"])
}

fn transitions(answer: &Value) -> Value {
    let mut rows = only(&answer["transitions"], &["from", "to", "count"]);
    let rows = rows.as_array_mut().expect("a list");
    rows.sort_by_key(Value::to_string);
    json!(rows)
}

fn story(answer: &Value) -> Value {
    let standing = [
        "lifecycle",
        "stage",
        "since",
        "entry",
        "from",
        "cause",
        "reason",
        "by_time",
    ];
    json!({
        "customer": answer["customer"],
        "touches": answer["touch_count"],
        "identifiers": only(&answer["identifiers"], &["kind", "identifier", "joined_by"]),
        "standings": only(&answer["standings"], &standing),
        "segments": only(&answer["segments"], &["segment", "since"]),
    })
}

/// Rows with these members only.
fn only(rows: &Value, members: &[&str]) -> Value {
    let rows = rows.as_array().unwrap_or_else(|| panic!("no list: {rows}"));
    let row = |row: &Value| -> Value {
        members
            .iter()
            .map(|name| ((*name).to_owned(), row[name].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    rows.iter().map(row).collect()
}

/// Two sets of answers are the same.
pub fn same(one: &Answers, other: &Answers, what: &str) {
    for (question, answer) in one {
        assert_eq!(answer, &other[question], "{what}: {question}");
    }
}
