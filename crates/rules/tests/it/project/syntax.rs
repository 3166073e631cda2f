//! The table of keys, the reader and the schemas: three views of one thing.

use std::collections::BTreeSet;

use perennial_rules::project::syntax::scalar::Scalar;
use perennial_rules::project::syntax::table::SECTIONS;
use perennial_rules::project::syntax::{Section, Setting, Type};
use perennial_rules::project::{ProjectText, Reading, read, schemas};
use perennial_rules::yaml::{Node, parse};

use super::cases::show;

/// A project in which a section has a body, written as the inside of braces.
fn host(section: &Section, key: &str, body: &str) -> String {
    let retail =
        |stages: &str| format!("lifecycles: [{{ lifecycle: retail, stages: [{stages}] }}]");
    match (section.name, key) {
        ("project", "kpis") => {
            format!("lifecycles: [{{ lifecycle: retail, stages: [{{ name: visitor }}] }}]\n{body}")
        }
        ("project", _) => body.to_owned(),
        ("source", _) => format!("sources: [{{ {body} }}]"),
        ("columns", _) => format!("sources: [{{ columns: {{ {body} }} }}]"),
        ("property", _) => format!("sources: [{{ properties: {{ amount: {{ {body} }} }} }}]"),
        ("identity" | "scoring" | "forecast" | "intent", _) => {
            format!("{}: {{ {body} }}", section.name)
        }
        ("touchpoint", "event" | "match") => format!("touchpoints: {{ ordered: {{ {body} }} }}"),
        ("touchpoint", _) => format!("touchpoints: {{ ordered: {{ event: order, {body} }} }}"),
        ("match", _) => format!("touchpoints: {{ ordered: {{ match: [{{ {body} }}] }} }}"),
        ("lifecycle", _) => format!("lifecycles: [{{ {body} }}]"),
        ("policy", _) => {
            format!(
                "lifecycles: [{{ lifecycle: retail, stages: [{{ name: a }}], policy: {{ {body} }} }}]"
            )
        }
        ("stage", "when") => retail(&format!("{{ name: a, when: true }}, {{ {body} }}")),
        ("stage", _) => retail(&format!(
            "{{ {body} }}, {{ name: a, enter: {{ on: ordered }} }}"
        )),
        ("clause", _) => retail(&format!(
            "{{ name: a }}, {{ name: b, enter: {{ {body} }} }}"
        )),
        ("kpis", _) => held(body),
        ("target", _) => held(&format!("targets: [{{ {body} }}]")),
        ("benchmark", _) => held(&format!("benchmarks: [{{ {body} }}]")),
        ("segment", _) => format!("segments: {{ vip: {{ {body} }} }}"),
        (other, _) => panic!("no host for {other}"),
    }
}

/// A project whose first lifecycle and another one are held against something.
fn held(body: &str) -> String {
    let stages = "[{ name: lead }, { name: first, enter: { on: ordered } }, { name: repeat, enter: { on: ordered } }]";
    format!(
        "lifecycles: [{{ lifecycle: shop, stages: {stages} }}, {{ lifecycle: retail, stages: {stages} }}]\nsegments: {{ vip: count(ordered) >= 10 }}\nkpis: {{ {body} }}"
    )
}

/// The required keys of a section and one more, each with its example.
fn body(section: &Section, more: Option<(&Setting, &str)>) -> String {
    let required = section.settings.iter().filter(|setting| setting.required);
    let mut lines: Vec<String> = required
        .filter(|setting| more.is_none_or(|(other, _)| other.name != setting.name))
        .map(|setting| format!("{}: {}", setting.name, setting.example))
        .collect();
    lines.extend(more.map(|(setting, value)| format!("{}: {value}", setting.name)));
    lines.join(if section.name == "project" {
        "\n"
    } else {
        ", "
    })
}

fn reading(text: &str) -> (Reading, Vec<ProjectText>) {
    let files = vec![ProjectText {
        path: "perennial.yaml".to_owned(),
        text: text.to_owned(),
    }];
    (read(&files), files)
}

/// The project of a text as text, places left out.
fn portrait(text: &str) -> String {
    let (reading, files) = reading(text);
    let project = reading
        .project
        .unwrap_or_else(|| panic!("{text}\n{}", show(&files, &reading.diagnostics)));
    let whole = format!("{project:?}");
    let mut out = String::new();
    for (number, piece) in whole.split("Span { file").enumerate() {
        let piece = if number == 0 {
            piece
        } else {
            piece.split_once('}').map_or("", |(_, rest)| rest)
        };
        out += piece;
    }
    out
}

#[test]
fn every_key_has_an_effect() {
    for section in SECTIONS {
        for setting in section.settings.iter().filter(|setting| !setting.required) {
            let with = host(
                section,
                setting.name,
                &body(section, Some((setting, setting.example))),
            );
            let without = host(section, setting.name, &body(section, None));
            if let ("touchpoint", "event" | "match") | ("stage", "when") =
                (section.name, setting.name)
            {
                // Where one of two keys is needed, there is no project without it.
                portrait(&with);
                continue;
            }
            assert_ne!(
                portrait(&with),
                portrait(&without),
                "{}: {}",
                section.name,
                setting.name
            );
        }
    }
}

#[test]
fn every_required_key_is_missed() {
    for section in SECTIONS {
        for setting in section.settings.iter().filter(|setting| setting.required) {
            portrait(&host(section, setting.name, &body(section, None)));
            let others: Vec<String> = section
                .settings
                .iter()
                .filter(|other| other.required && other.name != setting.name)
                .map(|other| format!("{}: {}", other.name, other.example))
                .collect();
            let (reading, _) = reading(&host(section, setting.name, &others.join(", ")));
            let missed = reading.diagnostics.iter().any(|complaint| {
                complaint.code == "E0102"
                    && complaint.message.contains(&format!("`{}`", setting.name))
            });
            assert!(missed, "{}: {}", section.name, setting.name);
        }
    }
}

#[test]
fn every_word_means_something_else() {
    for section in SECTIONS {
        for setting in section.settings {
            let Type::Scalar(Scalar::OneOf(words)) = &setting.value else {
                continue;
            };
            let text =
                |word: &&str| host(section, setting.name, &body(section, Some((setting, word))));
            let portraits: BTreeSet<String> =
                words.iter().map(|word| portrait(&text(word))).collect();
            assert_eq!(
                portraits.len(),
                words.len(),
                "{}: {}",
                section.name,
                setting.name
            );
        }
    }
}

#[test]
fn no_two_forms_of_a_value_are_of_the_same_kind() {
    fn kinds(kind: &Type) -> Vec<&'static str> {
        match kind {
            Type::Scalar(_) => vec!["scalar"],
            Type::List(..) => vec!["list"],
            Type::OneOrMany(one, _) => [kinds(one), vec!["list"]].concat(),
            Type::Map { .. } | Type::Section(_) => vec!["map"],
            Type::Either(forms) => forms.iter().flat_map(kinds).collect(),
        }
    }
    fn check(kind: &Type) {
        let all = kinds(kind);
        let different: BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), different.len(), "{kind:?}");
        match kind {
            Type::List(one, _) | Type::OneOrMany(one, _) => check(one),
            Type::Map { values, .. } => check(values),
            Type::Either(forms) => forms.iter().for_each(check),
            Type::Scalar(_) | Type::Section(_) => {}
        }
    }
    SECTIONS
        .iter()
        .flat_map(|section| section.settings)
        .for_each(|setting| check(&setting.value));
}

#[test]
fn schemas_list_exactly_the_keys_that_are_accepted() {
    let mut found = BTreeSet::new();
    for (file, text) in schemas() {
        let (tree, complaints) = parse(0, &text);
        assert_eq!(complaints, [], "{file}");
        let tree = tree.expect("a tree");
        let get = |node: &'_ Node, key: &str| -> Option<Node> {
            let entry = node.entries().iter().find(|(known, _)| known.text == key)?;
            Some(entry.1.clone())
        };
        let names = |node: Option<Node>| -> BTreeSet<String> {
            let node = node.expect("a map");
            node.entries()
                .iter()
                .map(|(key, _)| key.text.clone())
                .collect()
        };
        let definitions = get(&tree, "$defs").expect("definitions");
        for (name, definition) in definitions.entries() {
            let section = SECTIONS
                .iter()
                .find(|section| section.name == name.text)
                .expect("a section");
            let keys: BTreeSet<String> =
                section.settings.iter().map(|s| s.name.to_owned()).collect();
            assert_eq!(
                names(get(definition, "properties")),
                keys,
                "{file}: {}",
                name.text
            );
            assert_eq!(
                get(definition, "additionalProperties")
                    .as_ref()
                    .and_then(Node::text),
                Some("false")
            );
            let required: Vec<&str> = section
                .settings
                .iter()
                .filter(|s| s.required)
                .map(|s| s.name)
                .collect();
            let listed = get(definition, "required").map(|node| {
                node.items()
                    .iter()
                    .filter_map(Node::text)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            });
            assert_eq!(
                listed.unwrap_or_default(),
                required,
                "{file}: {}",
                name.text
            );
            found.insert(name.text.clone());
        }
    }
    assert_eq!(
        found.len(),
        SECTIONS.len(),
        "every section is in a schema: {found:?}"
    );
}
