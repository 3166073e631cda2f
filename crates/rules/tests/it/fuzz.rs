//! The fuzz targets of rules and project files: their corpus, and mutations of it. See `fuzz/`.

#[path = "../../../../fuzz/src/planted.rs"]
mod planted;
#[path = "../../../../fuzz/src/project.rs"]
mod project;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../../fuzz/src/rule.rs"]
mod rule;

/// Words of rules, of SQL and of YAML.
const WORDS: &[&str] = &[
    " AND ",
    " OR ",
    " NOT ",
    " IN ",
    " BETWEEN ",
    " IS ",
    " NULL ",
    " LIKE ",
    "count(",
    "sum(",
    "last(ordered.",
    "since(ordered)",
    "age()",
    "time_in_stage()",
    "stage()",
    "ever('lead')",
    "in_segment('vip')",
    "intent('",
    "touch.",
    "days(",
    "rfm_r",
    "value_rank",
    "(",
    "(((",
    ")",
    ",",
    "'",
    "`",
    "''",
    "\"",
    "--",
    "/*",
    "*/",
    "*",
    "-",
    " - -",
    "<>",
    ">=",
    "!=",
    "||",
    "::",
    "1e9",
    "9223372036854.775807",
    "-0.0000001",
    "SELECT ",
    "CASE WHEN ",
    "CAST(",
    "INTERVAL ",
    "NOT NOT ",
    "é",
    "\u{0}",
    "\u{202e}",
    "\u{feff}",
    "\n",
    "\r\n",
    "\t",
    "  ",
    "- ",
    ": ",
    "{ ",
    " }",
    "[",
    "]",
    "#",
    "|\n",
    ">-\n",
    "&a ",
    "*a",
    "!!str ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "? ",
    "<<: ",
    "\n-- segments.yaml\n",
    "\n-- lifecycles/a.yaml\n",
    "\n-- touchpoints.yaml\n",
    "when: ",
    "enter: ",
    "from: none",
    "on: [ordered]",
    "stages:\n",
    "lifecycle: a\n",
    "policy: { dwell: 9999999w }",
    "for: ",
    "~",
    "null",
    "true",
    "0x1F",
    "1_000",
    "90d",
    ".nan",
    "time_zone: Europe/Berlin\n",
];

#[test]
fn no_text_breaks_rules() {
    replay::replay("rule", WORDS, rule::check);
}

#[test]
fn no_text_breaks_projects() {
    replay::replay("project", WORDS, project::check);
}

/// The target that must fail: its corpus is sound, and mutations come upon the mistake.
#[test]
fn a_planted_mistake_is_found() {
    assert!(replay::hunt("planted", WORDS, 1, 0, planted::check).is_ok());
    let found = replay::hunt("planted", WORDS, 1, 20_000, planted::check).err();
    let found = found.unwrap_or_else(|| panic!("20,000 mutations did not come upon it"));
    assert_eq!(found.message, "this mistake was planted");
    assert!(
        found.from.starts_with("mutation ") && found.input.contains("((("),
        "{found:?}"
    );
}
