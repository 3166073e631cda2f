//! A YAML file of questions: what holds for all of them, and each by its name.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use perennial_rules::project::ProjectText;
use perennial_rules::suggest::did_you_mean;
use perennial_rules::yaml::{self, Kind, Node};

use super::line::Line;
use super::sheet::{Sheet, wrong};
use super::words::words;
use crate::failure::{Failure, exit};
use crate::folder;

/// The key of questions.
const QUESTIONS: &str = "questions";
/// The key of rules.
const WHERE: &str = "where";
/// Keys that hold for all questions, and the options that they stand for.
const KEYS: [(&str, &str); 7] = [
    ("input", "--input"),
    ("out", "--out"),
    ("time_zone", "--timezone"),
    ("week_start", "--week-start"),
    ("from", "--from"),
    ("to", "--to"),
    ("customer", "--customer"),
];

/// Reads a file of questions.
///
/// # Errors
/// A file that cannot be read, and whatever is wrong with it.
pub fn read(path: &Path) -> Result<Sheet, Failure> {
    let name = path.display().to_string();
    let failed = |error| Failure::failed(format!("{name}: {error}"));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    // One byte too many is enough to have it refused.
    let most = yaml::MAX_FILE_BYTES as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{name}: this is no text in UTF-8")))?;
    let (root, found) = yaml::parse(0, &text);
    if !found.is_empty() {
        let texts = [ProjectText { path: name, text }];
        folder::show_all(&found, &texts, &mut std::io::stderr())?;
        return Err(Failure {
            code: exit::USAGE,
            message: String::new(),
        });
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let source = Source {
        name,
        text: &text,
        folder,
    };
    source.sheet(root.as_ref())
}

/// A file of questions that is being read.
struct Source<'t> {
    name: String,
    text: &'t str,
    /// The folder that it lies in, where its own paths begin.
    folder: &'t Path,
}

impl Source<'_> {
    fn sheet(&self, root: Option<&Node>) -> Result<Sheet, Failure> {
        let mut sheet = Sheet::default();
        let entries = root.map_or(&[][..], Node::entries);
        let mut has_questions = false;
        for (key, value) in entries {
            let option = KEYS.iter().find(|(own, _)| *own == key.text);
            match (key.text.as_str(), option) {
                (QUESTIONS, _) => {
                    has_questions = !value.entries().is_empty();
                    for (name, value) in value.entries() {
                        sheet
                            .lines
                            .push(self.line(&name.text, name.span.bytes.start, value)?);
                    }
                }
                (WHERE, _) => sheet.common.rules.extend(self.texts(&key.text, value)?),
                (_, Some((name, option))) => {
                    let texts = self.texts(name, value)?;
                    if texts.len() > 1 && *name != "input" {
                        return Err(self.wrong(value, &format!("`{name}` is one text")));
                    }
                    let is_path = matches!(*name, "input" | "out");
                    let values = texts.into_iter().map(|text| match is_path {
                        true => self.path(&text),
                        false => text,
                    });
                    sheet
                        .common
                        .options
                        .extend(values.map(|value| (*option, value)));
                }
                (unknown, None) => return Err(self.unknown(key.span.bytes.start, unknown)),
            }
        }
        let has = |option| sheet.common.options.iter().any(|(own, _)| *own == option);
        if has("--input") && has("--out") {
            let name = &self.name;
            return Err(wrong(name, "`input` and `out`: name one of the two"));
        }
        if !has_questions {
            return Err(wrong(
                &self.name,
                "there are no questions in it; write for example\nquestions:\n  buyers: funnel --steps visit,buy --window 14d",
            ));
        }
        Ok(sheet)
    }

    /// A question: a text as it would be typed, or a list of its words.
    fn line(&self, name: &str, at: usize, value: &Node) -> Result<Line, Failure> {
        let place = self.place(at);
        let said = |what: &str| wrong(&place, &format!("question `{name}`: {what}"));
        let words = match &value.kind {
            Kind::Scalar { text, .. } => words(text).map_err(|what| said(&what))?,
            Kind::List(items) => {
                let texts = items.iter().map(|item| Some(item.text()?.to_owned()));
                let texts: Option<Vec<String>> = texts.collect();
                texts.ok_or_else(|| said("its words must be texts"))?
            }
            Kind::Null => Vec::new(),
            Kind::Map(_) => {
                return Err(said(
                    "write it as a text, as it would be typed, or as a list of words",
                ));
            }
        };
        Ok(Line {
            name: name.to_owned(),
            place,
            words,
        })
    }

    /// The texts of a key: one, or a list.
    fn texts(&self, key: &str, value: &Node) -> Result<Vec<String>, Failure> {
        let items = match &value.kind {
            Kind::List(items) => &items[..],
            Kind::Null => &[],
            _ => std::slice::from_ref(value),
        };
        let texts = items.iter().map(|item| {
            let text = item.text().map(str::to_owned);
            text.ok_or_else(|| {
                self.wrong(item, &format!("`{key}` holds {}, not a text", item.noun()))
            })
        });
        texts.collect()
    }

    /// A path as seen from where the command runs.
    fn path(&self, text: &str) -> String {
        match text {
            "-" => text.to_owned(),
            text => self.folder.join(text).display().to_string(),
        }
    }

    fn unknown(&self, at: usize, key: &str) -> Failure {
        let known = KEYS.iter().map(|(own, _)| *own).chain([WHERE, QUESTIONS]);
        let meant = did_you_mean(key, known.clone());
        let meant = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
        let all = known.collect::<Vec<_>>().join(", ");
        wrong(
            &self.place(at),
            &format!("`{key}` is unknown; {meant}there are {all}"),
        )
    }

    fn wrong(&self, node: &Node, what: &str) -> Failure {
        wrong(&self.place(node.span.bytes.start), what)
    }

    /// The file and the line of a byte.
    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        format!("{}:{}", self.name, before.matches('\n').count() + 1)
    }
}
