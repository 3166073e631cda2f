//! From the YAML parser's events to a tree, with limits, and complaints in plain words.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as EventSpan};

use super::place::Places;
use super::{Key, Kind, MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES, Node};
use crate::{Diagnostic, Span};

/// Reads a whole text.
pub fn load(file: usize, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    if text.len() > MAX_FILE_BYTES {
        let message = format!(
            "the file has {} bytes, more than the {MAX_FILE_BYTES} allowed",
            text.len()
        );
        let start = Span { file, bytes: 0..0 };
        let complaint = Diagnostic::error("E0001", start, message, "too large")
            .help("split it into several files");
        return (None, vec![complaint]);
    }
    let mut loader = Loader {
        places: Places::new(file, text),
        open: Vec::new(),
        root: None,
        documents: 0,
        nodes: 0,
        usable: true,
        diagnostics: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let taken = event
            .map_err(|error| syntax_error(&error, text, &loader.places))
            .and_then(|(event, span)| loader.take(event, &span));
        if let Err(complaint) = taken {
            loader.diagnostics.push(*complaint);
            return (None, loader.diagnostics);
        }
    }
    let nothing = Node {
        span: Span { file, bytes: 0..0 },
        kind: Kind::Null,
    };
    let root = loader.usable.then(|| loader.root.unwrap_or(nothing));
    (root, loader.diagnostics)
}

/// The tree as far as it has been read. An `Err` of its functions ends the reading of the file.
struct Loader<'t> {
    places: Places<'t>,
    /// The maps and lists begun, outermost first.
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    /// False once something was left out of the tree.
    usable: bool,
    diagnostics: Vec<Diagnostic>,
}

/// A map or list that has not ended yet.
struct Open {
    start: usize,
    end: usize,
    body: Body,
}

/// What has been read of it.
enum Body {
    List(Vec<Node>),
    Map(Entries),
}

/// The entries of a map so far, and the key whose value comes next.
#[derive(Default)]
struct Entries {
    read: Vec<(Key, Node)>,
    known: HashSet<String>,
    key: Option<Key>,
}

impl Loader<'_> {
    fn take(&mut self, event: Event<'_>, span: &EventSpan) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::DocumentStart(_) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), span);
                self.count(span)?;
                self.scalar(&text, style, span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), span);
                self.begin(Body::List(Vec::new()), span)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_marks(anchor, tag.is_some(), span);
                self.begin(Body::Map(Entries::default()), span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.finish(span);
                Ok(())
            }
            Event::Alias(_) => {
                self.diagnostics.push(alias(self.places.span_of(span)));
                self.usable = false;
                self.scalar("", ScalarStyle::Plain, span)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn document(&mut self, span: &EventSpan) -> Result<(), Box<Diagnostic>> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let message = "a project file holds one document, and here begins a second";
        let complaint = Diagnostic::error(
            "E0006",
            self.places.span_of(span),
            message,
            "second document",
        );
        Err(Box::new(
            complaint.help("put it into a file of its own, or remove the `---`"),
        ))
    }

    /// Complains about an anchor (`&name`) or a tag (`!name`), and goes on without it.
    fn refuse_marks(&mut self, anchor: usize, tagged: bool, span: &EventSpan) {
        let (what, way_out) = match (anchor, tagged) {
            (0, false) => return,
            (0, true) => (
                "tags (`!name`) are not part of project files",
                "remove it; put a text in quotes",
            ),
            _ => (
                "anchors (`&name`) are not part of project files",
                "remove it, and repeat the value where it is meant",
            ),
        };
        let place = self.places.span_of(span);
        self.diagnostics
            .push(Diagnostic::error("E0004", place, what, "not allowed here").help(way_out));
    }

    fn count(&mut self, span: &EventSpan) -> Result<(), Box<Diagnostic>> {
        self.nodes += 1;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("the file has more than {MAX_NODES} values");
        let complaint = Diagnostic::error(
            "E0003",
            self.places.mark(&span.start),
            message,
            "one too many",
        );
        Err(Box::new(complaint.help("split it into several files")))
    }

    fn begin(&mut self, body: Body, span: &EventSpan) -> Result<(), Box<Diagnostic>> {
        self.count(span)?;
        let start = self.places.byte(span.start.index());
        if self.open.len() >= MAX_DEPTH {
            return Err(Box::new(too_deep(self.places.mark(&span.start))));
        }
        if let Some(Open {
            body: Body::Map(entries),
            ..
        }) = self.open.last()
            && entries.key.is_none()
        {
            return Err(Box::new(key_is_no_text(self.places.mark(&span.start))));
        }
        self.open.push(Open {
            start,
            end: start,
            body,
        });
        Ok(())
    }

    fn finish(&mut self, span: &EventSpan) {
        let Some(Open {
            start,
            mut end,
            body,
        }) = self.open.pop()
        else {
            return;
        };
        // A block ends with its last value; the parser reports its end at the next token instead.
        if let Some(bracket) = self.places.bracket_end(&span.start) {
            end = bracket.max(end);
        }
        let kind = match body {
            Body::List(items) => Kind::List(items),
            Body::Map(entries) => Kind::Map(entries.read),
        };
        let span = self.places.span(start..end);
        self.place(Node { span, kind });
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        span: &EventSpan,
    ) -> Result<(), Box<Diagnostic>> {
        let quoted = style != ScalarStyle::Plain;
        let place = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => self.places.quoted(span, text),
            _ => self.places.span_of(span),
        };
        let null = !quoted && matches!(text, "" | "~" | "null" | "Null" | "NULL");
        if let Some(Open {
            body: Body::Map(entries),
            ..
        }) = self.open.last_mut()
            && entries.key.is_none()
        {
            if null {
                return Err(Box::new(key_is_no_text(place)));
            }
            entries.key = Some(Key {
                text: text.to_owned(),
                span: place,
            });
            return Ok(());
        }
        let text = text.to_owned();
        let kind = if null {
            Kind::Null
        } else {
            Kind::Scalar { text, quoted }
        };
        self.place(Node { span: place, kind });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        open.end = open.end.max(node.span.bytes.end);
        match &mut open.body {
            Body::List(items) => items.push(node),
            Body::Map(entries) => {
                let Some(key) = entries.key.take() else {
                    return;
                };
                open.end = open.end.max(key.span.bytes.end);
                if entries.known.insert(key.text.clone()) {
                    entries.read.push((key, node));
                } else {
                    self.diagnostics.push(twice(&key));
                }
            }
        }
    }
}

fn twice(key: &Key) -> Diagnostic {
    let message = format!("the key `{}` stands twice in the same map", key.text);
    Diagnostic::error("E0005", key.span.clone(), message, "written before").help("keep one of them")
}

fn too_deep(place: Span) -> Diagnostic {
    let message = format!("maps and lists are nested deeper than {MAX_DEPTH}");
    Diagnostic::error("E0003", place, message, "too deep").help("take a level out")
}

fn alias(place: Span) -> Diagnostic {
    let message = "aliases (`*name`) are not part of project files";
    Diagnostic::error("E0004", place, message, "not allowed here")
        .help("write the value itself; a text that begins with `*` needs quotes")
}

fn key_is_no_text(place: Span) -> Diagnostic {
    let message = "the keys of a map must be texts";
    Diagnostic::error("E0007", place, message, "not a text").help("write `key: value`")
}

/// Says what the YAML parser found, and the way out of the mistakes that are made most.
fn syntax_error(error: &ScanError, text: &str, places: &Places<'_>) -> Box<Diagnostic> {
    let tab = places.tab_before(error.marker());
    let place = tab.clone().unwrap_or_else(|| places.mark(error.marker()));
    let info = error.info();
    if info.contains("unknown anchor") {
        return Box::new(alias(place));
    }
    // The parser has a limit of its own for brackets, and meets it while it looks ahead.
    if info.contains("recursion limit") {
        return Box::new(too_deep(place));
    }
    let rest = &text[place.bytes.start..];
    let way_out = if tab.is_some() || rest.starts_with('\t') {
        "indent with spaces: YAML does not take tabs"
    } else if info.contains("mapping values are not allowed")
        || info.contains("illegal placement of ':'")
    {
        "a text with `: ` in it needs quotes; otherwise check the indentation and the brackets above"
    } else if info.contains("trailing content after") {
        "quotes must go around the whole value: write \"plan = 'pro'\""
    } else if info.contains("end of stream") {
        "a quote or bracket is opened here and never closed"
    } else if info.contains("flow") {
        "a bracket or brace is opened above and not closed"
    } else if info.contains("unexpected character") {
        "put the value in quotes"
    } else {
        "check the indentation, the quotes and the brackets around this place"
    };
    let message = format!("this is not valid YAML: {info}");
    Box::new(Diagnostic::error("E0002", place, message, "reading stops here").help(way_out))
}
