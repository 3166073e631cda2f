//! Reads markup strictly, and finds what hostile names may have done to it.

use perennial_report::page;
use proptest::prelude::*;

use crate::sample::full;

/// Elements that have no end.
const VOID: [&str; 1] = ["meta"];

/// An element with its attributes, and the text directly in it.
#[derive(Debug, Default)]
pub struct Element {
    pub tag: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// All elements in order; panics where markup is not well formed.
pub fn elements(html: &str) -> Vec<Element> {
    let mut rest = html.strip_prefix("<!doctype html>").expect("a document");
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while let Some(at) = rest.find('<') {
        if let Some(last) = open.last() {
            elements[*last].text.push_str(&rest[..at]);
        }
        let end = rest[at..].find('>').expect("a tag ends") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop().expect("something is open");
            assert_eq!(elements[last].tag, name, "closed in order");
            continue;
        }
        let element = element(tag);
        let is_void = VOID.contains(&element.tag.as_str());
        let is_style = element.tag == "style";
        elements.push(element);
        if is_style {
            rest = rest
                .split_once("</style>")
                .expect("the end of the style sheet")
                .1;
        } else if !is_void {
            open.push(elements.len() - 1);
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    elements
}

fn element(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut element = Element {
        tag: name.to_owned(),
        ..Element::default()
    };
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once("=\"")
            .expect("an attribute has a value in quotes");
        let (value, after) = after.split_once('"').expect("the quotes end");
        assert!(
            name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
            "{name}"
        );
        element.attributes.push((name.to_owned(), value.to_owned()));
        rest = after.trim_start();
    }
    element
}

/// The page without any text: tags, names of attributes, and values of those that a name may not reach.
fn skeleton(html: &str) -> Vec<String> {
    let shape = |element: &Element| {
        let names = element.attributes.iter().map(|(name, _)| name.as_str());
        format!("{} {}", element.tag, names.collect::<Vec<_>>().join(" "))
    };
    elements(html).iter().map(shape).collect()
}

const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title></svg><img src=x onerror=alert(1)>",
    "\" onload=\"alert(1)",
    "' onload='alert(1)",
    "-->]]><!--",
    "&lt;script&gt;&#60;script&#62;",
    "\u{202e}gnp.exe\u{2066}\0",
    "javascript:alert(1)",
];

#[test]
fn hostile_names_change_nothing_but_texts() {
    let plain = skeleton(&page(&full("Shop", 5)));
    for name in HOSTILE {
        let html = page(&full(name, 5));
        assert_eq!(skeleton(&html), plain, "{name}");
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{name}"
        );
        assert!(!html.contains(['\u{202e}', '\u{2066}', '\0']), "{name}");
    }
}

#[test]
fn names_reach_no_link() {
    for name in HOSTILE {
        for element in elements(&page(&full(name, 5))) {
            if let Some(link) = element.attribute("href") {
                assert!(
                    link.starts_with('#') && link[1..].bytes().all(|b| b.is_ascii_lowercase()),
                    "{link}"
                );
            }
            assert!(element.attribute("src").is_none() && element.attribute("style").is_none());
        }
    }
}

#[test]
fn a_very_long_word_is_cut() {
    let html = page(&full(&"W".repeat(1_000_000), 5));
    assert!(html.len() < 400_000, "{} bytes", html.len());
    elements(&html);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_name_leaves_the_markup_as_it_is(name in "\\PC{1,40}|[<>\"'&/=! a-z]{1,40}") {
        let plain = skeleton(&page(&full("Shop", 3)));
        prop_assert_eq!(skeleton(&page(&full(&name, 3))), plain);
    }
}
