//! NDJSON: one object a line, flat or in Segment's shape, with keys that may turn up at any time.

use perennial_rules::project::{Shape, Source};

use super::columns::{IDENTIFIERS, Part};
use super::error::ReadError;
use super::feed::Feed;
use super::flatten::Flattener;
use super::mapping::{FileColumn, From, Mapping, Others, canonical, canonical_out};
use super::names::late_role;
use super::reject::{Fault, Reason};
use super::segment::{self, Calls, Home};
use super::stream::{Window, find};
use super::table::Table;
use super::time::Times;
use super::{MAX_COLUMNS, mapping::Out};

/// Most bytes of a line.
pub const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// The keys of a file, as far as they are known.
pub(crate) struct Keys {
    pub flat: Flattener,
    calls: Option<Calls>,
    source: Source,
    mapping: Mapping,
    others: Others,
    /// Where each node's values go, as far as that was asked.
    homes: Vec<Option<Home>>,
    /// Nodes that have their column, or whose values are for none.
    settled: Vec<bool>,
    columns: usize,
    /// Whether the money of a call is looked for in it.
    finds_amount: bool,
}

impl Keys {
    /// The keys of a file of this shape before any line is read.
    pub fn new(shape: Shape, source: &Source, mapping: Mapping) -> Self {
        let mut flat = Flattener::new();
        let calls = (shape == Shape::Segment).then(|| Calls::new(&mut flat.tree, source));
        Self {
            flat,
            calls,
            source: source.clone(),
            mapping,
            others: Others::default(),
            homes: Vec::new(),
            settled: Vec::new(),
            columns: 0,
            finds_amount: segment::finds_amount(source),
        }
    }

    /// The canonical columns.
    pub fn canonical(&mut self) -> Vec<Out> {
        let Self { flat, mapping, .. } = self;
        canonical(mapping, |path| way(flat, path).map(|node| node as usize))
    }

    /// Columns of keys known beforehand, in their order.
    pub fn known(&mut self, paths: &[String]) -> Vec<Out> {
        let mut outs = Vec::new();
        for path in paths {
            let mut node = way(&mut self.flat, path);
            while let Some(from) = node {
                node = match self.home(from) {
                    Home::Into(to) => Some(to),
                    Home::Column(_) if self.columns < MAX_COLUMNS => {
                        outs.extend(self.settle(from));
                        None
                    }
                    _ => None,
                }
            }
        }
        outs
    }

    /// Takes in a line and says what columns are new.
    pub fn take(&mut self, line: &str, times: &Times) -> Result<Vec<Out>, Fault> {
        self.flat.take(line)?;
        let mut is_group = false;
        if let Some(calls) = &self.calls {
            is_group = calls.resolve(line, &mut self.flat, times)?;
        }
        let mut new = Vec::new();
        let mut next = 0;
        // Moving a value touches another node, which then comes up in its turn.
        while let Some(&node) = self.flat.touched.get(next) {
            next += 1;
            let settled = self.is_settled(node);
            if settled && !is_group {
                continue;
            }
            match self.home(node) {
                Home::None => self.settled[node as usize] = true,
                Home::Into(to) => {
                    if !self.flat.holds(to) {
                        self.flat.copy(node, to);
                    }
                    self.flat.clear(node);
                }
                Home::Column(column) if is_group && column.part == Part::Trait => {
                    if let Some(to) = segment::group_home(&mut self.flat.tree, &column) {
                        self.flat.copy(node, to);
                        self.flat.clear(node);
                    }
                }
                Home::Column(_) if settled => {}
                Home::Column(_) if self.columns >= MAX_COLUMNS => self.flat.left_out += 1,
                Home::Column(_) => new.extend(self.settle(node)),
            }
        }
        Ok(new)
    }

    /// Gives a node its column: none where it plays a role or is not for a column.
    fn settle(&mut self, node: u32) -> Vec<Out> {
        let home = self.home(node);
        if self.is_settled(node) {
            return Vec::new();
        }
        let Home::Column(column) = home else {
            return Vec::new();
        };
        self.settled[node as usize] = true;
        self.columns += 1;
        if self.calls.is_none()
            && let Some(role) = late_role(&column.name)
            && self.mapping.column_of(role).is_none()
            && !self.is_declared(&column.path)
        {
            self.mapping.set(role, &column.path);
            return vec![canonical_out(
                role,
                From::Column(node as usize),
                Some(&column.path),
            )];
        }
        let mut outs = self
            .others
            .of(&self.source, &self.mapping, &column, node as usize);
        if self.calls.is_some() {
            outs.iter_mut().for_each(Out::make_exact);
        }
        outs
    }

    /// Whether the source says what a column is.
    fn is_declared(&self, column: &str) -> bool {
        let Source {
            properties, traits, ..
        } = &self.source;
        properties.iter().any(|p| p.column == column) || traits.iter().any(|t| t == column)
    }

    fn is_settled(&mut self, node: u32) -> bool {
        if self.settled.len() <= node as usize {
            self.settled.resize(self.flat.tree.len(), false);
        }
        self.settled[node as usize]
    }

    /// Where a node's values go.
    pub fn home(&mut self, node: u32) -> Home {
        if let Some(Some(home)) = self.homes.get(node as usize) {
            return home.clone();
        }
        let tree = &mut self.flat.tree;
        let home = if self.calls.is_some() {
            segment::home(tree, node, self.finds_amount)
        } else {
            flat_home(tree, node)
        };
        self.homes.resize(tree.len().max(self.homes.len()), None);
        self.homes[node as usize] = Some(home.clone());
        home
    }
}

/// Where a key of a flat object goes. A key with dots in it is the same as objects within each other.
fn flat_home(tree: &mut super::tree::Tree, node: u32) -> Home {
    let path = tree.keys(node).join(".");
    let parts: Vec<&str> = path.split('.').collect();
    match tree.way(&parts) {
        Some(same) if same != node => Home::Into(same),
        _ => Home::Column(FileColumn {
            name: path.clone(),
            path,
            part: Part::Property,
        }),
    }
}

/// The node of a way written with dots.
pub(crate) fn way(flat: &mut Flattener, path: &str) -> Option<u32> {
    let keys: Vec<&str> = path.split('.').collect();
    flat.tree.way(&keys)
}

/// Adds columns that turned up to the table, as far as they are wanted.
fn add(table: &mut Table, new: Vec<Out>, wanted: Option<&[&str]>) {
    for out in new {
        let name = out.field.name().as_str();
        let is_wanted = wanted.is_none_or(|names| names.contains(&name));
        if is_wanted || IDENTIFIERS.contains(&name) {
            table.add(out, is_wanted);
        }
    }
}

/// Reads all lines of a window.
pub(crate) fn read(
    window: &mut Window,
    keys: &mut Keys,
    times: &Times,
    wanted: Option<&[&str]>,
    feed: &mut Feed<'_>,
) -> Result<(), ReadError> {
    let (mut line_number, mut told) = (0, 0);
    loop {
        let bytes = window.bytes();
        let (line, passed) = match find(bytes, b'\n') {
            Some(at) => (&bytes[..at], at + 1),
            None if window.ended() && bytes.is_empty() => break,
            None if window.ended() => (bytes, bytes.len()),
            None if bytes.len() > MAX_LINE_BYTES => {
                line_number += 1;
                feed.reject(line_number, bytes, line_too_long());
                feed.skip_to(window, b'\n', &mut told)?;
                continue;
            }
            None => {
                feed.more(window, &mut told)?;
                continue;
            }
        };
        line_number += 1;
        match check(line) {
            Ok("") => {}
            Ok(text) => match keys.take(text, times) {
                Ok(new) => {
                    if !new.is_empty() {
                        add(&mut feed.table, new, wanted);
                    }
                    let given = feed.counts.given;
                    feed.row(line_number, line, &keys.flat.row(text))?;
                    if feed.counts.given > given {
                        feed.counts.values_left_out += keys.flat.left_out;
                    }
                }
                Err(fault) => feed.reject(line_number, line, fault),
            },
            Err(fault) => feed.reject(line_number, line, fault),
        }
        window.pass(passed);
    }
    feed.more(window, &mut told)?;
    feed.flush()
}

/// A line as text; blank ones are empty.
pub(crate) fn check(line: &[u8]) -> Result<&str, Fault> {
    if line.len() > MAX_LINE_BYTES {
        return Err(line_too_long());
    }
    match std::str::from_utf8(line) {
        Ok(text) => Ok(text.trim_ascii()),
        Err(error) => Err(super::delimited::invalid_utf8(line, error)),
    }
}

fn line_too_long() -> Fault {
    let message = format!("the line has more than {MAX_LINE_BYTES} bytes");
    Fault::new(Reason::LineTooLong, message)
}
