//! Texts as small integers: a string is stored once and compared by number from then on.

use std::collections::HashMap;

/// A text's number in a [`Symbols`] table. The number itself carries no meaning: only equality does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

/// The table of texts seen so far, each once.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    by_text: HashMap<Box<str>, Symbol>,
    texts: Vec<Box<str>>,
}

impl Symbols {
    /// The symbol of `text`, new if it was not known.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.by_text.get(text) {
            return symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        self.texts.push(text.into());
        self.by_text.insert(text.into(), symbol);
        symbol
    }

    /// The symbol of `text` if it is known.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    /// The text of a symbol; empty for one of another table.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("", |text| text)
    }

    /// How many texts are known.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether no text is known yet.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}
