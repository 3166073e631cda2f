//! What can be told of one customer: hers read and folded again, with nothing of her changed.

use std::sync::Arc;

use perennial_engine::Customer;
use perennial_model::Time;
use perennial_store::shelf::ShelfError;

use super::consent::{Consent, in_force};
use super::damaged;
use super::folded::{Caused, Folded, StoredCustomer};
use super::node::{KeptTrait, Stated, rank};
use super::spaces::CUSTOMERS;
use super::touch::KeptTouch;
use super::{State, people};
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

/// An identifier: rank of its kind, its text, and what joined it to the customer.
pub(crate) type Identifier = (u8, Box<str>, Option<Stated>);

impl State {
    /// The slot of a customer by her id, else by an identifier.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn find(&mut self, who: &Whose) -> Result<Option<u32>, ShelfError> {
        let kinds = ["user", "email", "phone", "anonymous"];
        let (ranks, id) = match who {
            Whose::Any(id) => {
                if let Some(slot) = self.persons.find(id, &*self.shelf)?
                    && !self.persons.at(slot)?.nodes.is_empty()
                {
                    return Ok(Some(slot));
                }
                (vec![0_u8, 1, 2, 3], id)
            }
            Whose::Of { kind, id } => {
                let known = kinds.iter().position(|known| known == kind);
                (known.map(|rank| rank as u8).into_iter().collect(), id)
            }
        };
        for own in ranks {
            let id = match own {
                own if own == rank(perennial_rules::project::IdentifierKind::Email) => {
                    id.to_lowercase()
                }
                own if own == rank(perennial_rules::project::IdentifierKind::Phone) => {
                    people::digits(id)
                }
                _ => id.clone(),
            };
            if let Some(node) = self.people.find(own, &id, &*self.shelf)? {
                return self
                    .persons
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
        let person = self.persons.at(slot)?;
        let (id, nodes) = (person.id.clone(), person.nodes.clone());
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

    /// The identifiers of a customer, by number.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn nodes_of(&mut self, slot: u32) -> Result<Vec<u32>, ShelfError> {
        Ok(self.persons.at(slot)?.nodes.clone())
    }

    /// The traits that an identifier's events have set.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn traits(&mut self, node: u32) -> Result<Vec<KeptTrait>, ShelfError> {
        Ok(self.people.held(node, &*self.shelf)?.node.traits.clone())
    }

    /// What holds of consents for some identifiers together.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn consents(&mut self, nodes: &[u32]) -> Result<Vec<Consent>, ShelfError> {
        let mut all = Vec::new();
        for &node in nodes {
            all.extend_from_slice(&self.people.held(node, &*self.shelf)?.node.consents);
        }
        Ok(in_force(all))
    }

    /// Identifiers by number, each with what joined it to its customer, in the order of results.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn identifiers(&mut self, nodes: &[u32]) -> Result<Vec<Identifier>, ShelfError> {
        let mut identifiers = Vec::new();
        for &number in nodes {
            let node = self.people.held(number, &*self.shelf)?.node.clone();
            if !node.seen {
                continue;
            }
            let joined = if node.is_device() {
                node.owner().map(|(_, stated)| stated.clone())
            } else if node.links.is_empty() {
                None
            } else {
                let reached = self.people.reach(number, &*self.shelf)?;
                let cluster = self.people.cluster(&reached, &self.book.project.identity);
                // The first that is reached is where the way began.
                cluster.joined.into_iter().next().flatten()
            };
            identifiers.push((node.rank, node.id, joined));
        }
        identifiers.sort_by(|a, b| (a.0, a.1.as_bytes()).cmp(&(b.0, b.1.as_bytes())));
        Ok(identifiers)
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
        for entry in self.shelf.scan_range(CUSTOMERS, &from) {
            let (key, bytes) = entry?;
            let id = std::str::from_utf8(&key).ok();
            let stored = postcard::from_bytes::<StoredCustomer>(&bytes).ok();
            let (Some(id), Some(stored)) = (id, stored) else {
                return Err(damaged("a customer is not as she was written"));
            };
            if stored.counted.exists && !each(id, stored) {
                break;
            }
        }
        Ok(())
    }
}
