//! What `import --dry-run` proposes.

use perennial_batch::read::Guess;
use perennial_model::Zone;
use perennial_rules::Severity;
use perennial_rules::project::{self, ProjectText};

use super::file;

fn guess(name: &str, text: &str) -> Guess {
    let path = file(name, text.as_bytes());
    Guess::of(path.to_str().expect("text"), &Zone::utc()).expect("opened")
}

/// The YAML without its first line and without comments behind values.
fn bare(guess: &Guess) -> Vec<String> {
    let yaml = guess.to_yaml();
    let lines = yaml
        .lines()
        .skip(1)
        .filter(|line| !line.contains("- files:"));
    lines
        .map(|line| match line.trim_start().starts_with('#') {
            true => line.to_owned(),
            false => line
                .split("  # ")
                .next()
                .unwrap_or_default()
                .trim_end()
                .to_owned(),
        })
        .collect()
}

#[test]
fn names_and_values_decide() {
    let mut text = String::from("CustNo;Bought On;Total Cents;Land;Country;Zip;Kind\n");
    for row in 0..40 {
        text.push_str(&format!(
            "K{};{:02}.12.2023 10:00;{};x;DE;0{};{}\n",
            row % 7,
            row % 28 + 1,
            row * 10,
            1000 + row,
            ["page view", "order placed"][row % 2]
        ));
    }
    let guess = guess("shop.csv", &text);
    assert_eq!(
        bare(&guess),
        [
            "sources:",
            "    format: csv",
            "    delimiter: \";\"",
            "    columns:",
            "      event: Kind",
            "      at: \"Bought On\"",
            "      user_id: CustNo",
            "    time_format: \"%d.%m.%Y %H:%M\"",
            "    traits:",
            "      - Country",
            "      - Zip",
            "    properties:",
            "      amount: { column: \"Total Cents\", type: minor }",
            "      Zip: { column: Zip, type: text }",
            "    # Other columns keep their names and stay as they are:",
            "    #   Land: x (40 texts, 1 different)",
        ]
    );
    assert!(guess.warnings.is_empty(), "{:?}", guess.warnings);
    assert!(guess.to_yaml().contains("such as 01.12.2023 10:00"));
}

/// Columns and values with everything that YAML may stumble over.
#[test]
fn a_proposal_is_a_project_that_says_the_same() {
    let rows = "a@x.org\t2024-01-01\tpage view\t007\tDE\t1.5\n";
    let header = "\"e: {mail}\"\t# when\tyes\t- code\tcountry\ttotal\n";
    let call = r#"{"type":"track","event":"Order Completed","userId":"u","timestamp":"2024-01-01","properties":{"revenue":1.5,"zip":"01234"}}"#;
    let mut dates = String::from("id|date|amount\n");
    for day in 10..29 {
        dates.push_str(&format!("k{day}|{day}/01/2024|{day}\n"));
    }
    for (name, text) in [
        ("a.tsv", format!("{header}{rows}{rows}")),
        ("a.ndjson", call.to_owned()),
        ("a.txt", dates),
    ] {
        let guess = guess(name, &text);
        let text = ProjectText {
            path: "perennial.yaml".to_owned(),
            text: format!("name: shop\n{}", guess.to_yaml()),
        };
        let reading = project::read(std::slice::from_ref(&text));
        let errors: Vec<_> = reading
            .diagnostics
            .iter()
            .filter(|complaint| complaint.severity == Severity::Error)
            .collect();
        assert!(errors.is_empty(), "{errors:?}\n{}", text.text);
        let sources = reading.project.map(|project| project.sources);
        assert_eq!(sources, Some(vec![guess.source]), "{}", text.text);
    }
}

#[test]
fn what_a_person_must_decide_is_asked() {
    let mut text = String::from("a,b\n");
    for day in 1..=12 {
        text.push_str(&format!("{day}.5,{day:02}/{day:02}/2024\n"));
    }
    let guess = guess("a.csv", &text);
    assert_eq!(guess.warnings.len(), 2, "{:?}", guess.warnings);
    assert!(guess.warnings[0].contains("\"%d/%m/%Y\" or \"%m/%d/%Y\""));
    assert!(guess.warnings[1].contains("who the customer is"));
    assert!(guess.to_yaml().contains("# Please decide: "));
}

#[test]
fn mail_addresses_are_customers() {
    let text =
        "who wrote,when,what\na@x.org,2024-01-01,page viewed\nb@x.org,2024-01-02,order placed\n";
    let guess = guess("a.csv", text);
    assert_eq!(guess.source.roles.email.as_deref(), Some("who wrote"));
    assert_eq!(guess.source.roles.at.as_deref(), Some("when"));
    assert_eq!(guess.source.roles.event.as_deref(), Some("what"));
}

#[test]
fn segment_calls_need_little() {
    let text = r#"{"type":"track","event":"Order Completed","userId":"u","timestamp":"2024-01-01","properties":{"revenue":1.5}}"#;
    let guess = guess("a.ndjson", text);
    let expected = [
        "sources:",
        "    format: ndjson",
        "    shape: segment",
        "    properties:",
        "      amount: { column: properties.revenue, type: money }",
    ];
    assert_eq!(bare(&guess)[..5], expected);
}

#[test]
fn values_cannot_break_out_of_comments() {
    let guess = guess(
        "a.csv",
        "user_id,date,\"x\ny: z\"\na,2024-01-01,\"1\nsources: []\"\n",
    );
    let yaml = guess.to_yaml();
    assert!(
        yaml.lines()
            .all(|line| line.starts_with([' ', '#']) || line == "sources:"),
        "{yaml}"
    );
}
