//! A shelf in memory, for tests and for what need not last.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::{MAX_KEY_BYTES, Pair, Pairs, Shelf, ShelfError, Space, Sync, View, Writes, failed};

type Map = Arc<BTreeMap<Vec<u8>, Vec<u8>>>;

/// A shelf in memory. A snapshot shares its maps; the next commit to a shared map copies it whole.
#[derive(Debug)]
pub struct MemoryShelf {
    spaces: RwLock<BTreeMap<Space, Map>>,
}

/// What stood on a shelf once.
#[derive(Debug)]
struct MemoryView {
    spaces: BTreeMap<Space, Map>,
}

impl MemoryShelf {
    /// An empty shelf with these spaces.
    pub fn new(spaces: &[Space]) -> Self {
        let spaces = spaces.iter().map(|space| (*space, Map::default()));
        Self {
            spaces: RwLock::new(spaces.collect()),
        }
    }

    fn view(&self) -> MemoryView {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        MemoryView {
            spaces: spaces.clone(),
        }
    }
}

impl View for MemoryShelf {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ShelfError> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        let map = spaces.get(space).ok_or(ShelfError::Refused { space })?;
        Ok(map.get(key).cloned())
    }

    fn scan(&self, space: Space, prefix: &[u8]) -> Pairs {
        self.view().scan(space, prefix)
    }

    fn scan_range(&self, space: Space, from: &[u8]) -> Pairs {
        self.view().scan_range(space, from)
    }
}

impl Shelf for MemoryShelf {
    fn commit(&self, writes: Writes, _sync: Sync) -> Result<(), ShelfError> {
        let writes = writes.settled();
        let Ok(mut spaces) = self.spaces.write() else {
            return Err(ShelfError::Broken {
                folder: PathBuf::new(),
                reason: "a commit was cut short".into(),
            });
        };
        for (space, key, _) in &writes {
            if !spaces.contains_key(space) || key.is_empty() || key.len() > MAX_KEY_BYTES {
                return Err(ShelfError::Refused { space });
            }
        }
        for (space, key, value) in writes {
            let map = Arc::make_mut(spaces.entry(space).or_default());
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        Ok(())
    }

    fn snapshot(&self) -> Box<dyn View> {
        Box::new(self.view())
    }
}

impl View for MemoryView {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, ShelfError> {
        let map = self
            .spaces
            .get(space)
            .ok_or(ShelfError::Refused { space })?;
        Ok(map.get(key).cloned())
    }

    fn scan(&self, space: Space, prefix: &[u8]) -> Pairs {
        let begins = prefix.to_vec();
        let with_prefix = move |pair: &Result<Pair, ShelfError>| match pair {
            Ok((key, _)) => key.starts_with(&begins),
            Err(_) => true,
        };
        Box::new(self.scan_range(space, prefix).take_while(with_prefix))
    }

    fn scan_range(&self, space: Space, from: &[u8]) -> Pairs {
        let Some(map) = self.spaces.get(space).cloned() else {
            return failed(ShelfError::Refused { space });
        };
        let mut bound = Bound::Included(from.to_vec());
        Box::new(std::iter::from_fn(move || {
            let rest = (bound.as_ref().map(Vec::as_slice), Bound::Unbounded);
            let (key, value) = map.range::<[u8], _>(rest).next()?;
            let pair = (key.clone(), value.clone());
            bound = Bound::Excluded(pair.0.clone());
            Some(Ok(pair))
        }))
    }
}
