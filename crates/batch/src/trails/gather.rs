//! Puts the rows of files in any order to their customers' partitions.

use perennial_model::PARTITIONS;

use super::reading::{Reading, Strip};
use crate::BatchError;
use crate::block::Block;
use crate::intern::{DROPPED, NONE};
use crate::roster::Roster;
use crate::scored::scored_rows;

/// The rows of one partition, in the order in which they were read.
pub(super) struct Bin {
    pub customer: Vec<u32>,
    pub row: Vec<u32>,
    pub strip: Strip,
}

/// The partitions being filled.
pub(super) struct Bins<'a> {
    roster: &'a Roster,
    partition_of: Vec<u8>,
    bins: Vec<Bin>,
    /// What was read of the last block.
    read: Strip,
}

impl<'a> Bins<'a> {
    pub fn new(roster: &'a Roster, reading: &Reading) -> Self {
        let mut partition_of = vec![0; roster.len()];
        for partition in 0..PARTITIONS {
            let range = roster.partition(partition);
            partition_of[range.start as usize..range.end as usize].fill(partition as u8);
        }
        let bin = || Bin {
            customer: Vec::new(),
            row: Vec::new(),
            strip: reading.strip(),
        };
        Self {
            roster,
            partition_of,
            bins: (0..PARTITIONS).map(|_| bin()).collect(),
            read: reading.strip(),
        }
    }

    /// Takes in a block.
    pub fn take(&mut self, block: &Block, reading: &mut Reading) -> Result<(), BatchError> {
        let own;
        let scored = scored_rows(&block.batch);
        let customers = match (block.rows(), &scored) {
            (Some(rows), None) => self.roster.of_rows(rows),
            _ => {
                let rows = 0..block.batch.num_rows();
                // What a forecast says of her is nothing that she did.
                let is_scored = |index: usize| scored.as_ref().is_some_and(|rows| rows[index]);
                let customer = |index| match self.roster.of_row(block.row(index)) {
                    DROPPED => DROPPED,
                    _ if is_scored(index) => NONE,
                    customer => customer,
                };
                own = rows.map(customer).collect::<Vec<u32>>();
                &own
            }
        };
        self.read.clear();
        let kept = reading.take(block, customers, &mut self.read)?;
        for (place, index) in kept.into_iter().enumerate() {
            let customer = customers[index as usize];
            let partition = self.partition_of[customer as usize];
            let bin = &mut self.bins[usize::from(partition)];
            bin.customer.push(customer);
            bin.row.push(block.row(index as usize));
            bin.strip.push(&self.read, place);
        }
        Ok(())
    }

    pub fn finish(self) -> Vec<Bin> {
        self.bins
    }
}
