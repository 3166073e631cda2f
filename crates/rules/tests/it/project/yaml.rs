//! YAML: trees, places and limits.

use perennial_rules::project::{ProjectText, read};
use perennial_rules::yaml::{Kind, MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES, Node, parse};

#[test]
fn places_are_bytes_of_the_file() {
    let text = "\u{feff}né: 'ü € 😀' # ça, é\r\nb:\r\n  - \"x\\ty\"\r\n  - [plain é, {c: d}]\r\nlast: |\r\n  tèxt\r\n  more\r\nend: é é\r\n";
    let (tree, complaints) = parse(3, text);
    assert_eq!(complaints, []);
    let mut seen = Vec::new();
    collect(&tree.expect("a tree"), text, &mut seen);
    let expected = [
        ("né", "né"),
        ("ü € 😀", "ü € 😀"),
        ("b", "b"),
        ("x\ty", "\"x\\ty\""),
        ("plain é", "plain é"),
        ("c", "c"),
        ("d", "d"),
        ("last", "last"),
        ("tèxt\nmore\n", "tèxt\r\n  more"),
        ("end", "end"),
        ("é é", "é é"),
    ];
    assert_eq!(
        seen,
        expected.map(|(text, written)| (text.to_owned(), written.to_owned()))
    );
}

fn collect(node: &Node, text: &str, seen: &mut Vec<(String, String)>) {
    assert_eq!(node.span.file, 3);
    let written = text[node.span.bytes.clone()].to_owned();
    match &node.kind {
        Kind::Null => seen.push((String::new(), written)),
        Kind::Scalar { text, .. } => seen.push((text.clone(), written)),
        Kind::List(items) => items.iter().for_each(|item| collect(item, text, seen)),
        Kind::Map(entries) => {
            for (key, value) in entries {
                seen.push((key.text.clone(), text[key.span.bytes.clone()].to_owned()));
                collect(value, text, seen);
            }
        }
    }
}

#[test]
fn spans_of_maps_and_lists_end_with_their_last_value() {
    let text = "a:\n  b: 1\n  c:\n    - x\n    - yy\n\n# comment\nd: {e: f} # comment\n";
    let (tree, _) = parse(0, text);
    let tree = tree.expect("a tree");
    let written: Vec<&str> = tree
        .entries()
        .iter()
        .map(|(_, value)| &text[value.span.bytes.clone()])
        .collect();
    assert_eq!(written, ["b: 1\n  c:\n    - x\n    - yy", "{e: f}"]);
}

#[test]
fn limits_hold() {
    let code = |text: &str| parse(0, text).1.first().map(|complaint| complaint.code);
    let name = |bytes: usize| format!("name: {}", "x".repeat(bytes - 6));
    assert_eq!(code(&name(MAX_FILE_BYTES)), None);
    assert_eq!(code(&name(MAX_FILE_BYTES + 1)), Some("E0001"));

    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(code(&nested(MAX_DEPTH)), None);
    assert_eq!(code(&nested(MAX_DEPTH + 1)), Some("E0003"));
    assert_eq!(code(&"[".repeat(MAX_FILE_BYTES)), Some("E0003"));
    assert_eq!(code(&"- ".repeat(MAX_FILE_BYTES / 2)), Some("E0003"));

    let list = |items: usize| "- x\n".repeat(items);
    assert_eq!(code(&list(MAX_NODES - 1)), None);
    assert_eq!(code(&list(MAX_NODES)), Some("E0003"));
}

#[test]
fn sizes_of_lists_and_of_the_whole_project_are_limited() {
    let codes = |texts: &[ProjectText]| -> Vec<&'static str> {
        read(texts)
            .diagnostics
            .iter()
            .map(|complaint| complaint.code)
            .collect()
    };
    let file = |path: &str, text: String| ProjectText {
        path: path.to_owned(),
        text,
    };
    let stages = |count: usize| {
        let stage = |n: usize| format!("{{ name: s{n}, when: true }}");
        let stages: Vec<String> = (0..count).map(stage).collect();
        file(
            "lifecycles/a.yaml",
            format!("lifecycle: a\nstages: [{}]", stages.join(", ")),
        )
    };
    let free = |codes: Vec<&'static str>| codes.into_iter().all(|code| code.starts_with('W'));
    assert!(free(codes(&[stages(64)])));
    assert!(codes(&[stages(65)]).contains(&"E0141"));

    let lifecycle = |n: usize| {
        file(
            &format!("lifecycles/l{n}.yaml"),
            format!("lifecycle: l{n}\nstages: [{{ name: a }}]"),
        )
    };
    assert!(codes(&(0..64).map(lifecycle).collect::<Vec<_>>()).is_empty());
    assert_eq!(
        codes(&(0..65).map(lifecycle).collect::<Vec<_>>()),
        ["E0141"]
    );

    let touchpoints = |count: usize| {
        let lines: String = (0..count).map(|n| format!("t{n}: e{n}\n")).collect();
        file("touchpoints.yaml", lines)
    };
    assert!(codes(&[touchpoints(900)]).is_empty());
    // Fewer than the limit, but the standard ones are there too.
    assert_eq!(codes(&[touchpoints(990)]), ["E0141"]);
}

#[test]
fn no_text_makes_the_reader_panic() {
    let seed = include_str!("good.txt");
    let noise = [
        "\t", "\n", "- ", ": ", "{", "}", "[", "]", "\"", "'", "é", "#", "&a ", "*a", "|\n", "!",
        "?",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..200 {
        let mut text = seed.to_owned();
        for _ in 0..1 + random(8) {
            let mut at = random(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            match random(3) {
                0 => text.truncate(at),
                1 => text.insert_str(at, noise[random(noise.len())]),
                _ => text = text[at..].to_owned(),
            }
            if text.is_empty() {
                break;
            }
        }
        for path in [
            "perennial.yaml",
            "touchpoints.yaml",
            "segments.yaml",
            "lifecycles/a.yaml",
        ] {
            let path = path.to_owned();
            for complaint in read(&[ProjectText {
                path,
                text: text.clone(),
            }])
            .diagnostics
            {
                assert!(
                    text.get(complaint.span.bytes.clone()).is_some(),
                    "{complaint:?}\n{text}"
                );
            }
        }
    }
}
