//! A server as people run it: started, asked, looked after and stopped by commands.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::shop::{Got, PROJECT, Shop, assert_says};

pub const WRITE: &str = "a write key for tests";
pub const ADMIN: &str = "an admin key for tests";
/// Five rows, of which two are bad.
pub const ROWS: &str = "user_id,event,timestamp,amount\nada,order,2025-01-01T10:00:00Z,40.10\n\
                    bob,order,2025-01-02,20\n,order,2025-01-02,1\ncy,order,nonsense,1\n\
                    ada,order,2025-03-01T10:00:00Z,0.30\n";

/// A server, which ends with its test.
pub struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub url: String,
}

impl Server {
    pub fn start(shop: &Shop, args: &[&str]) -> Self {
        Self::begin(
            shop,
            args,
            &[
                ("PERENNIAL_WRITE_KEY", WRITE),
                ("PERENNIAL_ADMIN_KEY", ADMIN),
            ],
        )
    }

    pub fn begin(shop: &Shop, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_perennial"))
            .args(["serve", "--data", "data", "--listen", "127.0.0.1:0"])
            .args(["--output", "json", "--request-log", "off"])
            .args(args)
            .current_dir(&shop.folder)
            .env_remove("PERENNIAL_WRITE_KEY")
            .env_remove("PERENNIAL_ADMIN_KEY")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line of text");
        let told: Value = serde_json::from_str(&line).expect("a line of JSON");
        let url = told["url"].as_str().expect("an address").to_owned();
        Self { child, stdout, url }
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        self.get_with(path, ADMIN)
    }

    /// Asks with another key than the admin's.
    pub fn get_with(&self, path: &str, key: &str) -> (u16, Value) {
        let request = agent().get(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {key}"));
        read(request.call().expect("an answer"))
    }

    /// Sends a body of JSON.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_with(path, ADMIN, body)
    }

    /// Sends a body of JSON with another key than the admin's.
    pub fn post_with(&self, path: &str, key: &str, body: &Value) -> (u16, Value) {
        let request = agent().post(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "application/json");
        read(request.send(body.to_string()).expect("an answer"))
    }

    /// Sends the rows of a file with a write key.
    fn import(&self, shop: &Shop, key: &str) -> Got {
        let import = ["import", "rows.csv", "--output", "json", "--url", &self.url];
        shop.command(&[&import[..], &["--write-key", key]].concat(), b"")
    }

    /// Sends a signal and gives the exit code, with what was said on standard error.
    pub fn end(self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill runs").success());
        self.wait()
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        let mut stderr = self.child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut said).expect("a text");
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("a text");
        assert_eq!(rest, "", "one line is all of standard output");
        (self.child.wait().expect("it ends").code(), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already where the test got so far.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.build().new_agent()
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> (u16, Value) {
    let text = answer.body_mut().read_to_string().expect("a text");
    let json = serde_json::from_str(&text).expect("JSON");
    (answer.status().as_u16(), json)
}

pub fn json(got: &Got) -> Value {
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    serde_json::from_str(&got.stdout).expect("JSON")
}

#[test]
fn keys_are_shown_at_the_first_start_only() {
    let shop = Shop::new(PROJECT);
    let server = Server::begin(&shop, &["--project", "."], &[]);
    let (code, said) = server.end("-TERM");
    assert_eq!(code, Some(0), "{said}");
    assert_says(
        "the first start",
        &said,
        &["pw_", "pa_", "curl http://127.0.0.1:", "docs/ingest.md"],
    );
    let shown = said.split_whitespace().find(|word| word.starts_with("pa_"));
    let secret = shown.expect("a key");
    let again = Server::begin(&shop, &[], &[]);
    let (code, said) = again.end("-INT");
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("pw_") && !said.contains("pa_"), "{said}");
    let keys = fs::read_to_string(shop.folder.join("data/keys.json")).expect("keys");
    assert!(!keys.contains(secret), "secrets are kept as hashes only");
}

#[test]
fn a_project_with_errors_serves_nobody() {
    let shop = Shop::new("lifecycles: [{ lifecycle: x, stages: [] }]\n");
    let got = shop.command(&["serve", "--data", "data", "--project", "."], b"");
    assert_eq!(got.code, Some(3), "{}", got.stderr);
    assert!(!shop.folder.join("data").exists(), "nothing is left behind");
    let got = shop.command(&["serve", "--data", "data", "--listen", "nowhere"], b"");
    assert_eq!(got.code, Some(2), "{}", got.stderr);
    let got = shop.command(&["serve", "--data", "data", "--max-body", "much"], b"");
    assert_eq!(got.code, Some(2), "{}", got.stderr);
}

#[test]
fn an_import_counts_once_however_often_it_is_sent() {
    let shop = Shop::new(PROJECT);
    shop.file("rows.csv", ROWS.as_bytes());
    let server = Server::start(&shop, &["--project", "."]);
    for _ in 0..2 {
        let sent = json(&server.import(&shop, WRITE));
        assert_eq!(
            sent,
            serde_json::json!({"rows": 5, "kept": 3, "bad": 2, "refused": 0})
        );
    }
    let (_, stats) = server.get("/v1/stats");
    let counts = ["events", "duplicates", "customers"].map(|name| stats[name].as_u64());
    assert_eq!(counts, [Some(3), Some(3), Some(2)]);
    let (_, ada) = server.get("/v1/customers/ada");
    assert_eq!(ada["value"]["amount"], 40.4, "money is added up exactly");
    // The same rows as a run over the file, and the bad ones with their reasons.
    assert_eq!(
        shop.run(&["--input", "rows.csv", "--until", "2026-01-01"])
            .code,
        Some(0)
    );
    let run = json(&shop.command(&["explain", "ada", "--output", "json"], b""));
    assert_eq!(run["standings"][0]["stage"], ada["standings"][0]["stage"]);
    let (_, failed) = server.get("/v1/failed?search=bad_time");
    assert!(
        failed["failed"][0]["original"]
            .as_str()
            .is_some_and(|text| text.contains("nonsense"))
    );
    let wrong = server.import(&shop, "no");
    assert_eq!(wrong.code, Some(1));
    assert_says("a wrong key", &wrong.stderr, &["401"]);
}

#[test]
fn rules_are_planned_and_applied() {
    let shop = Shop::new(PROJECT);
    shop.file("rows.csv", ROWS.as_bytes());
    let server = Server::start(&shop, &["--project", "."]);
    json(&server.import(&shop, WRITE));
    shop.file(
        "perennial.yaml",
        PROJECT.replace("days(90)", "days(100000)").as_bytes(),
    );
    let url = server.url.clone();
    let apply = |more: &[&str]| {
        let common = [
            "apply",
            "--url",
            &url,
            "--admin-key",
            ADMIN,
            "--output",
            "json",
        ];
        shop.command(&[&common[..], more].concat(), b"")
    };
    let plan = apply(&["--plan", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(4), "{}", plan.stderr);
    let plan: Value = serde_json::from_str(&plan.stdout).expect("JSON");
    assert_eq!(plan["customers"], 2, "{plan}");
    assert_eq!(
        server.get("/v1/customers/ada").1["standings"][0]["stage"],
        "lapsed"
    );
    assert_eq!(json(&apply(&[]))["changed"], true);
    assert_eq!(
        server.get("/v1/customers/ada").1["standings"][0]["stage"],
        "first"
    );
    assert_eq!(json(&apply(&[]))["changed"], false);
    assert_eq!(apply(&["--plan", "--detailed-exitcode"]).code, Some(0));
    shop.file("perennial.yaml", b"lifecycles: 1\n");
    assert_eq!(apply(&[]).code, Some(3));
}

#[test]
fn keys_change_while_the_server_runs() {
    let shop = Shop::new(PROJECT);
    let server = Server::start(&shop, &["--project", "."]);
    let keys = |args: &[&str]| {
        shop.command(
            &[&["keys"], args, &["--data", "data", "--output", "json"]].concat(),
            b"",
        )
    };
    let made = json(&keys(&["create", "--scope", "admin", "--name", "another"]));
    let listed = json(&keys(&["list"]));
    let old = listed["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .find(|key| key["name"] == "first admin key");
    let id = old.expect("the first key")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(server.get("/v1/stats").0, 200);
    json(&keys(&["revoke", &id]));
    // The server looks at the file once a second.
    let refused = (0..3_000).any(|_| {
        sleep(Duration::from_millis(100));
        server.get("/v1/stats").0 == 401
    });
    assert!(refused, "a revoked key opens nothing");
    let secret = made["secret"].as_str().expect("a secret");
    let doctor = [
        "doctor",
        "--url",
        &server.url,
        "--admin-key",
        secret,
        "--output",
        "json",
    ];
    assert_eq!(json(&shop.command(&doctor, b""))["problems"], 0);
    assert_eq!(keys(&["revoke", "key_of_nobody"]).code, Some(1));
    let rotated = json(&keys(&[
        "rotate",
        made["key"]["id"].as_str().expect("an id"),
    ]));
    assert_ne!(rotated["secret"], made["secret"]);
}
