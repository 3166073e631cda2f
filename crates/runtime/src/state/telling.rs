//! What can be told of one customer: hers read and folded again, with nothing of her changed.

use std::sync::Arc;

use perennial_engine::Customer;
use perennial_engine::identity::{KINDS, compared, kind_name, rank};
use perennial_model::Time;
use perennial_store::shelf::ShelfError;

use super::State;
use super::cluster::{Identifier, identifiers};
use super::folded::{Caused, Folded, StoredCustomer};
use super::node::KeptTrait;
use super::stored::stored_customers;
use super::touch::KeptTouch;
use crate::Whose;

/// A customer told from the first.
pub(crate) struct Told {
    pub id: Arc<str>,
    pub nodes: Vec<u32>,
    /// All her touches, those dated later than now too.
    pub touches: Vec<KeptTouch>,
    pub changes: Vec<Caused>,
    pub fold: Option<Box<Customer>>,
}

impl State {
    /// The slot of a customer by her id, else by an identifier.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn find(&mut self, who: &Whose) -> Result<Option<u32>, ShelfError> {
        let (kind, id) = match who {
            Whose::Any(id) => {
                if let Some(slot) = self.customers.find(id, &*self.shelf)?
                    && !self.customers.at(slot)?.nodes.is_empty()
                {
                    return Ok(Some(slot));
                }
                (None, id)
            }
            Whose::Of { kind, id } => (Some(kind), id),
        };
        for own in KINDS {
            if kind.is_some_and(|kind| kind != kind_name(rank(own))) {
                continue;
            }
            let id = compared(own, id);
            if let Some(node) = self.people.find(rank(own), &id, &*self.shelf)? {
                return self
                    .customers
                    .of(node, &mut self.people, &*self.shelf)
                    .map(Some);
            }
        }
        Ok(None)
    }

    /// Folds a customer again up to an instant, which is left out.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn tell(&mut self, slot: u32, until: Time) -> Result<Told, ShelfError> {
        let known = self.customers.at(slot)?;
        let (id, nodes) = (known.id.clone(), known.nodes.clone());
        let touches = self.touches(&nodes)?;
        let mut told = Folded::new(id.clone(), StoredCustomer::nobody());
        let mut changes = Vec::new();
        told.refold(&mut self.book, &touches, until, &mut changes);
        Ok(Told {
            id,
            nodes,
            touches,
            changes,
            fold: told.fold,
        })
    }

    /// The traits that an identifier's events have set.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn traits(&mut self, node: u32) -> Result<Vec<KeptTrait>, ShelfError> {
        Ok(self.people.held(node, &*self.shelf)?.node.traits.clone())
    }

    /// Identifiers by number, each with what joined it to its customer, in the order of results.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn identifiers(&mut self, nodes: &[u32]) -> Result<Vec<Identifier>, ShelfError> {
        let (people, shelf) = (&mut self.people, &*self.shelf);
        let read = &mut |number| Ok(people.held(number, shelf)?.node.clone());
        identifiers(nodes, self.book.project.identity.max_identifiers, read)
    }

    /// Calls `each` with customers on the shelf by id, from after one, until it answers false.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn customers_after(
        &self,
        after: Option<&str>,
        each: &mut dyn FnMut(&str, StoredCustomer) -> bool,
    ) -> Result<(), ShelfError> {
        let from = after.map_or_else(Vec::new, |id| [id.as_bytes(), &[0]].concat());
        for customer in stored_customers(&*self.shelf, &from) {
            let (id, stored) = customer?;
            if stored.counted.exists && !each(&id, stored) {
                break;
            }
        }
        Ok(())
    }
}
