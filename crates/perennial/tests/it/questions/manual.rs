//! The examples of docs/questions.md: the files shown are asked as shown, and answer what is shown.
//!
//! `PERENNIAL_BLESS=1 cargo test -p perennial --test it manual` writes the answers into the page.

use std::fmt::Write;
use std::fs;

use crate::shop::{PROJECT, Shop};
use crate::tree::{read, root};

const PAGE: &str = "docs/questions.md";

#[test]
fn the_examples_answer_what_the_page_shows() {
    let page = read(PAGE);
    let shop = Shop::new(PROJECT);
    let (mut made, mut asked) = (String::new(), 0);
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let _ = writeln!(made, "{line}");
        let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) else {
            continue;
        };
        let mut block = String::new();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            let _ = writeln!(block, "{line}");
        }
        let file = kind.strip_prefix("csv ");
        if let Some(name) = file.or_else(|| kind.strip_prefix("yaml ")) {
            shop.file(name, block.as_bytes());
        } else if kind == "console" {
            let command = block.lines().next().unwrap_or_default();
            let args = words(command.strip_prefix("$ perennial ").expect("a command"));
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let got = shop.command(&args, b"");
            assert_eq!(got.code, Some(0), "{command}: {}", got.stderr);
            block = format!("{command}\n{}", got.stdout);
            asked += 1;
        }
        made += &block;
        made += "```\n";
    }
    assert!(asked >= 13, "only {asked} examples were found");
    if std::env::var_os("PERENNIAL_BLESS").is_some() {
        fs::write(root().join(PAGE), &made).expect("the page can be written");
        return;
    }
    let differs = made
        .lines()
        .zip(page.lines())
        .find(|(made, found)| made != found);
    assert!(made == page, "{PAGE} shows another answer: {differs:?}");
}

/// The words of a command, some of them in double quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in command.split('"').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}
