//! Checks a tree against the table: kinds, keys and values, each complaint at its place.

use super::scalar::{Misfit, Scalar, did_you_mean, quoted};
use super::table::PROJECT;
use super::{Section, Setting, Type};
use crate::yaml::{Key, Kind, Node};
use crate::{Diagnostic, Span};

/// Checks that `node` is of a type; complaints go to `out`. `what` is what stands here, as it reads in a sentence.
pub fn check(node: &Node, kind: &Type, what: &str, out: &mut Vec<Diagnostic>) {
    let place = Place::new(what.to_owned(), None);
    Checker { out }.value(node, kind, &place);
}

/// What is being checked, for the words of complaints.
#[derive(Clone)]
struct Place {
    /// As it reads in a sentence: `` `stages` ``, or `an item of ...`.
    what: String,
    /// The setting whose example helps.
    setting: Option<&'static Setting>,
    /// What may stand here, where one of several forms is looked at.
    expected: Option<String>,
}

impl Place {
    fn new(what: String, setting: Option<&'static Setting>) -> Self {
        Self {
            what,
            setting,
            expected: None,
        }
    }

    fn must_be(&self, kind: String) -> String {
        let expected = self.expected.clone().unwrap_or(kind);
        format!("{} must be {expected}", self.what)
    }

    fn way_out(&self, kind: &Type) -> String {
        match (self.setting, kind) {
            (Some(setting), _) => format!("for example `{}: {}`", setting.name, setting.example),
            (None, Type::Map { .. } | Type::Section(_)) => "write `key: value` lines".to_owned(),
            (None, _) => "write it behind the key: `key: value`".to_owned(),
        }
    }
}

struct Checker<'o> {
    out: &'o mut Vec<Diagnostic>,
}

impl Checker<'_> {
    fn value(&mut self, node: &Node, kind: &Type, place: &Place) {
        match (kind, &node.kind) {
            (Type::Scalar(scalar), Kind::Scalar { text, quoted }) => {
                if let Err(misfit) = scalar.admit(text, *quoted) {
                    self.misfit(misfit, &node.span, kind, place);
                }
            }
            (Type::OneOrMany(..), Kind::List(items)) if items.is_empty() => {
                let message = format!("{} must not be an empty list", place.what);
                let complaint = Diagnostic::error("E0111", node.span.clone(), message, "empty");
                self.out
                    .push(complaint.help("remove the key, or write at least one"));
            }
            (Type::List(one, most) | Type::OneOrMany(one, most), Kind::List(items)) => {
                self.size(items.len(), *most, &node.span, place);
                let place = Place::new(format!("each of {}", place.what), place.setting);
                for item in items {
                    self.value(item, one, &place);
                }
            }
            (Type::OneOrMany(one, _), _) if takes(one, node) => self.value(node, one, place),
            (Type::Map { keys, values, most }, Kind::Map(entries)) => {
                self.size(entries.len(), *most, &node.span, place);
                for (key, value) in entries {
                    self.named(key, value, *keys, values, place);
                }
            }
            (Type::Section(section), Kind::Map(entries)) => self.section(node, entries, section),
            (Type::Either(forms), _) if forms.iter().any(|form| takes(form, node)) => {
                let place = Place {
                    expected: Some(kind.expected()),
                    ..place.clone()
                };
                for form in forms.iter().filter(|form| takes(form, node)) {
                    self.value(node, form, &place);
                }
            }
            _ => self.wrong_kind(node, kind, place),
        }
    }

    /// An entry of a map whose keys are the project's own.
    fn named(&mut self, key: &Key, value: &Node, keys: Scalar, values: &Type, place: &Place) {
        if let Err(misfit) = keys.admit(&key.text, false) {
            let place = Place::new(format!("each key of {}", place.what), None);
            self.misfit(misfit, &key.span, &Type::Scalar(keys), &place);
        }
        let place = Place::new(format!("`{}`", key.text), place.setting);
        if value.is_null() {
            self.blank(key, values, &place);
        } else {
            self.value(value, values, &place);
        }
    }

    fn section(&mut self, node: &Node, entries: &[(Key, Node)], section: &'static Section) {
        for (key, value) in entries {
            let Some(setting) = section.setting(&key.text) else {
                self.out.push(unknown(key, section));
                continue;
            };
            let place = Place::new(format!("`{}`", setting.name), Some(setting));
            if !value.is_null() {
                self.value(value, &setting.value, &place);
            } else if section.name != PROJECT.name {
                // The project's sections may be left blank. A blank `when` or `on` would quietly
                // mean «always», which is hardly what was meant.
                self.blank(key, &setting.value, &place);
            }
        }
        for setting in section.settings.iter().filter(|setting| setting.required) {
            if !entries.iter().any(|(key, _)| key.text == setting.name) {
                self.out.push(missing(node, entries, section, setting));
            }
        }
    }

    fn blank(&mut self, key: &Key, kind: &Type, place: &Place) {
        let message = format!("nothing is written behind {}", place.what);
        let complaint = Diagnostic::error("E0102", key.span.clone(), message, "needs a value");
        let help = format!("{}; or remove the key", place.way_out(kind));
        self.out.push(complaint.help(help));
    }

    fn misfit(&mut self, misfit: Misfit, span: &Span, kind: &Type, place: &Place) {
        let Misfit { code, label, help } = misfit;
        let message = place.must_be(kind.expected());
        let complaint = Diagnostic::error(code, span.clone(), message, label);
        self.out
            .push(complaint.help(help.unwrap_or_else(|| place.way_out(kind))));
    }

    fn size(&mut self, size: usize, most: usize, span: &Span, place: &Place) {
        if size > most {
            let message = format!("{} may hold at most {most}", place.what);
            self.out.push(
                Diagnostic::error("E0141", span.clone(), message, format!("{size} here"))
                    .help("leave some out"),
            );
        }
    }

    fn wrong_kind(&mut self, node: &Node, kind: &Type, place: &Place) {
        let message = place.must_be(kind.expected());
        let label = format!("this is {}", node.noun());
        let complaint = Diagnostic::error("E0103", node.span.clone(), message, label);
        self.out.push(complaint.help(place.way_out(kind)));
    }
}

/// Whether a node is of the kind (scalar, list or map) that a type wants.
fn takes(kind: &Type, node: &Node) -> bool {
    match kind {
        Type::Scalar(_) => matches!(node.kind, Kind::Scalar { .. }),
        Type::List(..) => matches!(node.kind, Kind::List(_)),
        Type::OneOrMany(one, _) => matches!(node.kind, Kind::List(_)) || takes(one, node),
        Type::Map { .. } | Type::Section(_) => matches!(node.kind, Kind::Map(_)),
        Type::Either(forms) => forms.iter().any(|form| takes(form, node)),
    }
}

fn unknown(key: &Key, section: &'static Section) -> Diagnostic {
    let known: Vec<&str> = section
        .settings
        .iter()
        .map(|setting| setting.name)
        .collect();
    let help = if key.text.contains([')', '(', '"', '\'']) {
        "a value with a comma in it, such as `count(viewed, days(30))`, needs quotes inside `{ }`"
            .to_owned()
    } else {
        did_you_mean(&key.text, known.iter().copied())
            .unwrap_or_else(|| format!("the keys there are: {}", quoted(&known)))
    };
    let message = format!("`{}` is not a key of {}", key.text, section.noun);
    Diagnostic::error("E0101", key.span.clone(), message, "unknown key").help(help)
}

fn missing(
    node: &Node,
    entries: &[(Key, Node)],
    section: &Section,
    setting: &'static Setting,
) -> Diagnostic {
    // The first key: a whole map is too much to show.
    let place = entries.first().map_or(&node.span, |(key, _)| &key.span);
    let message = format!("{} needs `{}`", section.noun, setting.name);
    Diagnostic::error("E0102", place.clone(), message, "it is not in this map").help(format!(
        "for example `{}: {}`",
        setting.name, setting.example
    ))
}
