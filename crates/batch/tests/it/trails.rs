//! Files asked directly: whose rows they are, in which order, marked with what, however they are divided.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use perennial_analytics::{Analysis, NO_NUMBER, NO_TEXT, Trail, Words};
use perennial_batch::BatchError;
use perennial_batch::options::Observer;
use perennial_batch::read::Progress;
use perennial_batch::trails::{Asked, Condition, Of, Trails};
use perennial_model::{Time, Zone};
use tempfile::TempDir;

pub struct Nobody;

impl Observer for Nobody {
    fn phase(&self, _: &str, _: Option<(u64, &Arc<Progress>)>) {}
}

/// Writes every trail as a line: `customer: event mark,mark text number | ...`.
pub struct Lines;

impl Analysis for Lines {
    type Tally = Vec<String>;
    type Answer = Vec<String>;

    fn begin(&self, _: &Words) -> Vec<String> {
        Vec::new()
    }

    fn count(&self, tally: &mut Vec<String>, trail: &Trail<'_>) {
        let mut line = format!("{}", trail.customer);
        for row in 0..trail.len() {
            let texts: Vec<u32> = trail.texts.iter().map(|column| column[row]).collect();
            let numbers: Vec<i64> = trail.numbers.iter().map(|column| column[row]).collect();
            let (event, mark) = (trail.event[row], trail.mark[row]);
            line += &format!("|{event};{mark};{texts:?};{numbers:?}");
        }
        tally.push(line);
    }

    fn merge(&self, tally: &mut Vec<String>, other: Vec<String>) {
        tally.extend(other);
    }

    fn answer(&self, tally: Vec<String>, words: &Words) -> Vec<String> {
        let mut lines: Vec<String> = tally.iter().map(|line| said(line, words)).collect();
        lines.sort();
        lines
    }
}

/// A line with words for numbers.
fn said(line: &str, words: &Words) -> String {
    let mut parts = line.split('|');
    let customer: usize = parts.next().unwrap_or_default().parse().expect("a number");
    let mut said = format!("{}:", words.customers[customer]);
    for part in parts {
        let cells: Vec<&str> = part.split(';').collect();
        let number = |cell: &str| cell.parse::<u32>().expect("a number");
        said += &format!(" {}", words.events[number(cells[0]) as usize]);
        for condition in words.marks.conditions(number(cells[1])) {
            said += &format!("+{condition}");
        }
        let list = |cell: &str| cell.trim_matches(['[', ']']).to_owned();
        for (column, text) in list(cells[2])
            .split(", ")
            .filter(|s| !s.is_empty())
            .enumerate()
        {
            said += match number(text) {
                NO_TEXT => "/-".to_owned(),
                text => format!("/{}", words.texts[column][text as usize]),
            }
            .as_str();
        }
        for value in list(cells[3]).split(", ").filter(|s| !s.is_empty()) {
            let value: i64 = value.parse().expect("a number");
            said += match value {
                NO_NUMBER => "=-".to_owned(),
                value => format!("={}", value as f64 / 1e6),
            }
            .as_str();
        }
    }
    said
}

pub struct Files(TempDir);

impl Files {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("written");
        path
    }

    pub fn path(&self, name: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        path.display().to_string()
    }
}

fn asked(files: Vec<String>) -> Asked {
    let mut asked = Asked::of(files, Zone::utc(), 2);
    asked.with_ids = true;
    asked
}

fn lines(asked: &Asked) -> Vec<String> {
    Trails::read(asked, &Nobody).expect("read").ask(&Lines)
}

pub fn rule(text: &str) -> Condition {
    Condition {
        rule: Some(text.to_owned()),
        ..Condition::default()
    }
}

pub fn event(name: &str) -> Condition {
    Condition {
        event: Some(name.to_owned()),
        ..Condition::default()
    }
}

const EVENTS: &str = "user_id,event,timestamp,plan,price\n\
    ada,view,2025-01-02T00:00:00Z,pro,10\n\
    bob,view,2025-01-01T00:00:00Z,,\n\
    ada,buy,2025-01-01T00:00:00Z,free,2.5\n\
    ada,view,2025-01-01T00:00:00Z,free,x\n\
    0,buy,2025-01-03T00:00:00Z,pro,3\n";

#[test]
fn rows_are_ordered_by_time_and_then_as_they_stand() {
    let files = Files::new();
    let asked = asked(vec![files.file("a.csv", EVENTS)]);
    assert_eq!(
        lines(&asked),
        ["0: buy", "ada: buy view view", "bob: view"],
        "ada's rows of one instant keep the file's order"
    );
}

#[test]
fn message_ids_order_ties_and_count_once() {
    let files = Files::new();
    let text = "user_id,event,timestamp,message_id\n\
        ada,c,2025-01-01,m3\nada,a,2025-01-01,m1\nada,b,2025-01-01,m2\nada,a,2025-01-01,m1\n";
    let asked = asked(vec![files.file("a.csv", text)]);
    let trails = Trails::read(&asked, &Nobody).expect("read");
    assert_eq!(trails.ask(&Lines), ["ada: a b c"]);
    assert_eq!((trails.counts.read, trails.counts.used), (4, 3));
    assert_eq!((trails.counts.duplicates, trails.counts.customers), (1, 1));
}

#[test]
fn devices_are_stitched_and_a_column_can_be_counted_instead() {
    let files = Files::new();
    let text = "user_id,anonymous_id,event,timestamp,org\n\
        ,d1,view,2025-01-01,acme\nada,d1,login,2025-01-02,acme\n,d2,view,2025-01-03,\n";
    let mut asked = asked(vec![files.file("a.csv", text)]);
    assert_eq!(lines(&asked), ["ada: view login", "d2: view"]);
    asked.customer = Some("org".into());
    let trails = Trails::read(&asked, &Nobody).expect("read");
    assert_eq!(trails.ask(&Lines), ["acme: view login"]);
    assert_eq!(trails.counts.without_customer, 1);
    asked.customer = Some("orgg".into());
    let error = Trails::read(&asked, &Nobody).err().expect("refused");
    assert!(error.to_string().contains("did you mean `org`"), "{error}");
}

#[test]
fn scores_of_a_forecast_are_nothing_that_anybody_did() {
    let files = Files::new();
    let text = "user_id,event,timestamp,p_alive\n\
        ada,view,2025-01-01,\nada,Customer Scored,2025-01-02,0.4\nbob,customer_scored,2025-01-02,0.1\n";
    let asked = asked(vec![files.file("a.csv", text)]);
    let trails = Trails::read(&asked, &Nobody).expect("read");
    assert_eq!(trails.ask(&Lines), ["ada: view"]);
    assert_eq!((trails.counts.used, trails.counts.without_customer), (1, 2));
}

#[test]
fn rows_carry_marks_texts_and_numbers() {
    let files = Files::new();
    let mut asked = asked(vec![files.file("a.csv", EVENTS)]);
    asked.conditions = vec![
        event("buy"),
        rule("plan = 'free'"),
        rule("event = 'view' AND price > 5"),
    ];
    asked.texts = vec!["plan".into()];
    asked.numbers = vec!["price".into()];
    assert_eq!(
        lines(&asked),
        [
            "0: buy+0/pro=3",
            "ada: buy+0+1/free=2.5 view+1/free=- view+2/pro=10",
            "bob: view/-=-"
        ]
    );
    asked.only = rule("user_id = 'ada' AND plan IS NOT NULL");
    asked.span = (
        None,
        Some(Time::parse("2025-01-02", &Zone::utc()).expect("a date")),
    );
    let trails = Trails::read(&asked, &Nobody).expect("read");
    assert_eq!(trails.ask(&Lines), ["ada: buy+0+1/free=2.5 view+1/free=-"]);
    assert_eq!((trails.counts.outside, trails.counts.by_rule), (2, 1));
}

#[test]
fn what_is_told_apart_is_told_apart_by_rows_or_by_customers() {
    let files = Files::new();
    let mut asked = asked(vec![files.file("a.csv", EVENTS)]);
    asked.texts = vec!["plan".into()];
    let trails = Trails::read(&asked, &Nobody).expect("read");
    let by = |of, most| {
        let groups = trails.groups(0, of, most);
        let answers = trails.ask_by(&Lines, &groups).into_iter();
        let answers: Vec<String> = answers
            .map(|(name, lines)| format!("{name:?} {}", lines.join(" & ")))
            .collect();
        (answers, groups.others)
    };
    let (rows, others) = by(Of::Rows, 10);
    assert_eq!(
        (rows, others),
        (
            vec![
                "Some(\"free\") ada: buy/free view/free".to_owned(),
                "Some(\"pro\") 0: buy/pro & ada: view/pro".to_owned(),
                "None bob: view/-".to_owned(),
            ],
            0
        )
    );
    let (first, others) = by(Of::First, 1);
    assert_eq!(
        (first, others),
        (
            vec![
                "Some(\"free\") ada: buy/free view/free view/pro".to_owned(),
                "Some(\"(others)\") 0: buy/pro".to_owned(),
                "None bob: view/-".to_owned(),
            ],
            1
        )
    );
}

#[test]
fn wrong_rules_and_columns_are_refused_with_the_way_out() {
    let files = Files::new();
    let file = files.file("a.csv", EVENTS);
    let mut one = asked(vec![file.clone()]);
    one.only = rule("plam = 'pro'");
    let Err(BatchError::Rules(found)) = Trails::read(&one, &Nobody) else {
        panic!("refused");
    };
    assert_eq!(found[0].code, "E0229");
    assert!(
        found[0]
            .help
            .as_deref()
            .is_some_and(|help| help.contains("`plan`"))
    );
    let mut one = asked(vec![file]);
    one.texts = vec!["pric".into()];
    let error = Trails::read(&one, &Nobody).err().expect("refused");
    assert!(
        error.to_string().contains("did you mean `price`"),
        "{error}"
    );
}

#[test]
fn the_same_rows_give_the_same_trails_whatever_their_form_and_the_threads() {
    let files = Files::new();
    let (mut csv, mut ndjson) = (
        String::from("user_id,event,timestamp,plan\n"),
        String::new(),
    );
    for number in 0..20_000_u64 {
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        let (user, event) = (mixed % 700, ["view", "buy", "click"][(mixed % 3) as usize]);
        let (hour, plan) = (
            mixed / 7 % 24,
            ["", "free", "pro"][(mixed / 11 % 3) as usize],
        );
        let at = format!("2025-01-{:02}T{hour:02}:00:00Z", mixed % 28 + 1);
        csv += &format!("u{user},{event},{at},{plan}\n");
        let plan = if plan.is_empty() {
            "null".to_owned()
        } else {
            format!("\"{plan}\"")
        };
        ndjson += &format!(
            "{{\"user_id\":\"u{user}\",\"event\":\"{event}\",\"timestamp\":\"{at}\",\"plan\":{plan}}}\n"
        );
    }
    let forms = [files.file("a.csv", &csv), files.file("a.ndjson", &ndjson)];
    let mut found = Vec::new();
    for (file, threads) in forms.iter().flat_map(|file| [(file, 1), (file, 3)]) {
        let mut asked = asked(vec![file.clone()]);
        asked.threads = threads;
        asked.texts = vec!["plan".into()];
        asked.conditions = vec![rule("plan = 'pro' OR event = 'buy'")];
        found.push(lines(&asked));
    }
    assert!(found[0].len() > 600);
    assert!(found.iter().all(|lines| *lines == found[0]));
}
