//! The keys of NDJSON objects seen so far, each way through them a cell number.

use std::collections::HashMap;

/// Most different ways kept; values at others are left out and counted.
const MAX_NODES: usize = 8_000;

/// The root: the object that a line is.
pub(crate) const ROOT: u32 = 0;

/// All ways through the objects of a file, as a tree that only grows.
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

struct Node {
    parent: u32,
    key: Box<str>,
    children: Vec<u32>,
    by_key: HashMap<Box<str>, u32>,
    /// Which of the parent's children it is.
    place: usize,
    /// Where among the children the next key is looked for first: lines are alike.
    hint: usize,
}

impl Tree {
    /// A tree of the root alone.
    pub fn new() -> Self {
        Self {
            nodes: vec![Node::new(ROOT, "")],
        }
    }

    /// Ways known.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The child of a node, new if it was not known; `None` when there are too many.
    pub fn child(&mut self, parent: u32, key: &str) -> Option<u32> {
        let node = &mut self.nodes[parent as usize];
        let expected = node.children.get(node.hint).copied();
        if let Some(child) = expected
            && *self.nodes[child as usize].key == *key
        {
            self.nodes[parent as usize].hint += 1;
            return Some(child);
        }
        if let Some(child) = self.find(parent, key) {
            self.nodes[parent as usize].hint = self.nodes[child as usize].place + 1;
            return Some(child);
        }
        if self.nodes.len() >= MAX_NODES {
            return None;
        }
        let child = self.nodes.len() as u32;
        let mut new = Node::new(parent, key);
        new.place = self.nodes[parent as usize].children.len();
        self.nodes.push(new);
        let node = &mut self.nodes[parent as usize];
        node.children.push(child);
        node.by_key.insert(key.into(), child);
        node.hint = node.children.len();
        Some(child)
    }

    /// The child of a node, if it is known.
    pub fn find(&self, parent: u32, key: &str) -> Option<u32> {
        self.nodes[parent as usize].by_key.get(key).copied()
    }

    /// The node of a whole way, new if it was not known.
    pub fn way(&mut self, keys: &[&str]) -> Option<u32> {
        keys.iter()
            .try_fold(ROOT, |node, key| self.child(node, key))
    }

    /// The next line begins: its first key is expected where it was in the last one.
    pub fn restart(&mut self, node: u32) {
        self.nodes[node as usize].hint = 0;
    }

    /// The keys from the root to a node.
    pub fn keys(&self, mut node: u32) -> Vec<&str> {
        let mut keys = Vec::new();
        while node != ROOT {
            keys.push(&*self.nodes[node as usize].key);
            node = self.nodes[node as usize].parent;
        }
        keys.reverse();
        keys
    }
}

impl Node {
    fn new(parent: u32, key: &str) -> Self {
        Self {
            parent,
            key: key.into(),
            children: Vec::new(),
            by_key: HashMap::new(),
            place: 0,
            hint: 0,
        }
    }
}
