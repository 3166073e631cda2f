//! What stands on a shelf, read without anything being kept at hand.

use perennial_store::shelf::{ShelfError, View};

use super::customers::read;
use super::folded::StoredCustomer;
use super::node::Node;
use super::spaces::{CUSTOMERS, NODES, TOUCHES};
use super::touch::{KeptTouch, decode};

/// The touches of an identifier that are on a shelf.
///
/// # Errors
/// What the shelf says.
pub(crate) fn stored_touches(
    shelf: &dyn View,
    node: u32,
    touches: &mut Vec<KeptTouch>,
) -> Result<(), ShelfError> {
    for entry in shelf.scan(TOUCHES, &node.to_be_bytes()) {
        let (_, bytes) = entry?;
        decode(&bytes, touches).ok_or_else(|| damaged("touches cannot be read"))?;
    }
    Ok(())
}

/// An identifier on a shelf.
///
/// # Errors
/// What the shelf says, also where it is not there.
pub(crate) fn read_node(view: &dyn View, number: u32) -> Result<Node, ShelfError> {
    let bytes = view.get(NODES, &number.to_be_bytes())?;
    let node = bytes.and_then(|bytes| postcard::from_bytes(&bytes).ok());
    node.ok_or_else(|| damaged("an identifier is not there"))
}

/// The customers on a shelf with their ids, from the key `from` on.
pub(crate) fn stored_customers(
    view: &dyn View,
    from: &[u8],
) -> impl Iterator<Item = Result<(String, StoredCustomer), ShelfError>> {
    view.scan_range(CUSTOMERS, from).map(|entry| {
        let (key, bytes) = entry?;
        let (id, stored) = read(&key, &bytes)?;
        Ok((id.to_owned(), stored))
    })
}

/// What stands on a shelf is not as it was written.
pub(crate) fn damaged(reason: &str) -> ShelfError {
    ShelfError::Broken {
        folder: std::path::PathBuf::new(),
        reason: reason.to_owned(),
    }
}
