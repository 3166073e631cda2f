//! One line of NDJSON becomes a row of cells, a cell for each way through its objects.

use super::delimited::MAX_CELL_BYTES;
use super::json::{Item, Json, Quoted, compact, unescape};
use super::reject::{Fault, Reason};
use super::table::{Cell, CellKind, Row};
use super::tree::{ROOT, Tree};

/// Turns lines into cells, reusing its memory. A cell's number is its node's in the tree.
pub(crate) struct Flattener {
    /// All ways seen.
    pub tree: Tree,
    /// The cells of the line at hand.
    pub cells: Vec<Cell>,
    /// The nodes whose cells hold something, in the order of the line; some may be there twice.
    pub touched: Vec<u32>,
    /// Text of strings that held escapes.
    pub scratch: String,
    /// Values of the line that were left out because there are too many ways.
    pub left_out: u64,
    key: String,
}

impl Flattener {
    /// One that has seen no line.
    pub fn new() -> Self {
        Self {
            tree: Tree::new(),
            cells: Vec::new(),
            touched: Vec::new(),
            scratch: String::new(),
            left_out: 0,
            key: String::new(),
        }
    }

    /// Takes in a line in place of the last one.
    pub fn take(&mut self, line: &str) -> Result<(), Fault> {
        for node in self.touched.drain(..) {
            self.cells[node as usize] = Cell::default();
        }
        self.scratch.clear();
        self.left_out = 0;
        let mut json = Json::new(line);
        if json.value()? != Item::Object {
            let message = "the line is JSON, but not an object";
            return Err(Fault::new(Reason::NotAnObject, message));
        }
        self.object(&mut json, line, ROOT)?;
        json.end()?;
        self.fit();
        Ok(())
    }

    /// The line as a row.
    pub fn row<'a>(&'a self, line: &'a str) -> Row<'a> {
        Row {
            text: line,
            scratch: &self.scratch,
            cells: &self.cells,
        }
    }

    /// Whether a cell holds something.
    pub fn holds(&self, node: u32) -> bool {
        self.cells
            .get(node as usize)
            .is_some_and(|cell| cell.kind != CellKind::Null)
    }

    /// Gives a node the cell of another, which keeps it.
    pub fn copy(&mut self, from: u32, to: u32) {
        self.fit();
        self.cells[to as usize] = self.cells[from as usize];
        self.touched.push(to);
    }

    /// Gives a node a text made up.
    pub fn set(&mut self, node: u32, text: &str) {
        self.fit();
        let start = self.scratch.len();
        self.scratch.push_str(text);
        self.cells[node as usize] = self.scratch_cell(start);
        self.touched.push(node);
    }

    /// Empties a cell.
    pub fn clear(&mut self, node: u32) {
        self.cells[node as usize] = Cell::default();
    }

    /// Room for the cells of all nodes.
    fn fit(&mut self) {
        if self.cells.len() < self.tree.len() {
            self.cells.resize(self.tree.len(), Cell::default());
        }
    }

    fn object(&mut self, json: &mut Json<'_>, line: &str, node: u32) -> Result<(), Fault> {
        let mut first = true;
        self.tree.restart(node);
        while let Some(key) = json.key(first)? {
            first = false;
            let child = self.child(node, key)?;
            match (json.value()?, child) {
                (Item::Object, Some(child)) => self.object(json, line, child)?,
                (Item::Object, None) => {
                    self.left_out += 1;
                    json.skip_object()?;
                }
                (item, Some(child)) => self.scalar(item, line, child)?,
                (_, None) => self.left_out += 1,
            }
        }
        Ok(())
    }

    fn child(&mut self, node: u32, key: Quoted<'_>) -> Result<Option<u32>, Fault> {
        if !key.escaped {
            return Ok(self.tree.child(node, key.raw));
        }
        self.key.clear();
        unescape(key.raw, &mut self.key)?;
        Ok(self.tree.child(node, &self.key))
    }

    /// Keeps a value that is no object; of a key that comes twice the last one.
    fn scalar(&mut self, item: Item<'_>, line: &str, node: u32) -> Result<(), Fault> {
        self.fit();
        let cell = match item {
            Item::Null | Item::Object => Cell::default(),
            Item::Bool(raw) => within(line, raw, CellKind::Bool),
            Item::Number(raw) => within(line, raw, CellKind::Number),
            Item::Text(text) if !text.escaped => within(line, text.raw, CellKind::Text),
            Item::Text(text) => {
                let start = self.scratch.len();
                unescape(text.raw, &mut self.scratch)?;
                self.scratch_cell(start)
            }
            Item::Array(raw) => {
                let start = self.scratch.len();
                compact(raw, &mut self.scratch);
                let mut cell = self.scratch_cell(start);
                cell.kind = CellKind::List;
                cell
            }
        };
        if cell.len as usize > MAX_CELL_BYTES {
            let message = format!("a value has {} bytes, most are {MAX_CELL_BYTES}", cell.len);
            return Err(Fault::new(Reason::FieldTooLarge, message));
        }
        self.cells[node as usize] = cell;
        if cell.kind != CellKind::Null {
            self.touched.push(node);
        }
        Ok(())
    }

    /// The cell of what was appended to the scratch text.
    fn scratch_cell(&self, start: usize) -> Cell {
        Cell {
            start: start as u32,
            len: (self.scratch.len() - start) as u32,
            kind: CellKind::Text,
            in_scratch: true,
        }
    }
}

/// The cell of a part of the line.
fn within(line: &str, part: &str, kind: CellKind) -> Cell {
    Cell {
        start: (part.as_ptr().addr() - line.as_ptr().addr()) as u32,
        len: part.len() as u32,
        kind,
        in_scratch: false,
    }
}
