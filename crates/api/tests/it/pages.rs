//! What is written down is what is served: the OpenAPI document and the manual of routes.

use std::fs;
use std::path::{Path, PathBuf};

use perennial_api::{openapi, routes};
use serde_json::Value;

use crate::client::start;

fn check(path: &Path, wanted: &str) {
    if std::env::var_os("PERENNIAL_BLESS").is_some() {
        fs::write(path, wanted).expect("the file is written");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == wanted,
        "{}: is not what the code says; PERENNIAL_BLESS=1 writes it",
        path.display()
    );
}

fn own(path: &str) -> PathBuf {
    // Asked at run time: a test that was built in another clone of the same target folder reads this one's files.
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    Path::new(&folder).join(path)
}

#[test]
fn the_open_api_document_is_the_table() {
    check(&own("openapi.json"), &openapi());
    let document: Value = serde_json::from_str(&openapi()).expect("JSON");
    let operations: usize = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .map(|path| path.as_object().map_or(0, serde_json::Map::len))
        .sum();
    assert_eq!(operations, routes().len());
    let served = start().send("GET", "/openapi.json", &[], b"");
    assert_eq!(served.text(), openapi());
}

/// The begin and end of the part of the manual that is made here.
const BEGIN: &str = "<!-- made of the table of routes: PERENNIAL_BLESS=1 cargo test -p perennial-api --test it pages -->\n";

#[test]
fn the_manual_lists_every_route() {
    let path = own("../../docs/http.md");
    let page = fs::read_to_string(&path).unwrap_or_default();
    let (written, _) = page
        .split_once(BEGIN)
        .expect("the manual has a place for its routes");
    check(&path, &format!("{written}{BEGIN}{}", reference()));
}

fn reference() -> String {
    let mut text = String::new();
    for route in routes() {
        text.push_str(&format!("\n### `{} {}`\n\n", route.verb.word(), route.path));
        text.push_str(&format!("{} For {}.\n", route.says, route.opens.word()));
        let body = route.body.unwrap_or_default();
        if !route.query.is_empty() || !body.is_empty() {
            text.push_str("\n| Field | In | What | Meaning |\n|---|---|---|---|\n");
        }
        let fields = route.query.iter().map(|field| ("query", field));
        let fields = fields.chain(body.iter().map(|field| ("body", field)));
        for (place, field) in fields {
            let must = if field.required {
                ""
            } else {
                ", may be left out"
            };
            let what = field.form.words();
            text.push_str(&format!(
                "| `{}` | {place} | {what}{must} | {} |\n",
                field.name, field.says
            ));
        }
        if let Some(others) = route.others {
            text.push_str(&format!("\nOther names of the query: {others}\n"));
        }
        text.push_str(&format!("\nAnswers `{}`", route.answers));
        if route.media != "application/json" {
            text.push_str(&format!(" as `{}`", route.media));
        }
        text.push_str(".\n");
    }
    text
}
