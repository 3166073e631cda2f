//! The table `touches`: every event once with its customer, in her order.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Decimal128Array, RecordBatch};
use arrow_schema::{DataType, Field, SchemaRef};
use perennial_model::Kind;

use super::ledger::Names;
use super::{Selection, text};
use crate::BatchError;
use crate::bins::Sorted;
use crate::read::columns;
use crate::rows::Rows;

/// Digits and decimal places of exact numbers.
const DECIMAL_DIGITS: u8 = 19;
const DECIMAL_PLACES: i8 = 6;

/// The columns of the source that the table takes as they are: properties, traits, and what is asked for.
pub(crate) fn cold_columns(rows: &Rows, selection: &Selection) -> Vec<String> {
    let declared = |own: &str| {
        super::table("touches")
            .columns
            .iter()
            .any(|column| column.name == own)
    };
    let mut cold: Vec<String> = selection
        .columns
        .iter()
        .map(|(_, own)| own.clone())
        .filter(|own| !declared(own) || is_kept(own))
        .collect();
    cold.retain(|name| rows.has(name));
    cold.sort();
    cold.dedup();
    cold
}

/// Declared columns that are carried along rather than rebuilt.
fn is_kept(own: &str) -> bool {
    matches!(own, columns::MESSAGE_ID | columns::EVENT)
}

/// The schema of the selected columns.
pub(crate) fn schema(rows: &Rows, selection: &Selection) -> SchemaRef {
    let table = super::table("touches");
    let field = |(name, own): &(String, String)| {
        let declared = table.columns.iter().find(|column| column.name == own);
        let kind = declared.map(|column| column.kind.data_type());
        let source = rows.field(own);
        let carried = source.map(|field| match counts_millionths(field) {
            true => DataType::Decimal128(DECIMAL_DIGITS, DECIMAL_PLACES),
            false if matches!(field.data_type(), DataType::Dictionary(_, _)) => {
                super::Kind::Word.data_type()
            }
            false => field.data_type().clone(),
        });
        let kind = if is_kept(own) {
            carried.or(kind)
        } else {
            kind.or(carried)
        };
        let field = Field::new(name, kind.unwrap_or(DataType::Utf8), true);
        // What is a trait and what counts cents is told to whoever reads the table back.
        let metadata = source
            .map(|field| field.metadata().clone())
            .unwrap_or_default();
        if declared.is_none() {
            field.with_metadata(metadata)
        } else {
            field
        }
    };
    Arc::new(arrow_schema::Schema::new(
        selection.columns.iter().map(field).collect::<Vec<_>>(),
    ))
}

/// A part of a partition's touches, in the order of the fold.
pub(crate) struct Part<'a> {
    names: Names<'a>,
    order: &'a [u32],
    /// Where each touch's carried columns are.
    places: Vec<(usize, usize)>,
}

impl<'a> Part<'a> {
    pub(crate) fn new(names: Names<'a>, sorted: &'a Sorted, part: std::ops::Range<usize>) -> Self {
        let order = &sorted.order[part];
        Self {
            names,
            order,
            places: names.bin.cold_places(order),
        }
    }

    /// One column of the part.
    pub(crate) fn column(&self, own: &str) -> Result<ArrayRef, BatchError> {
        let (bin, order) = (self.names.bin, self.order);
        let at = || order.iter().map(|&index| Some(bin.at[index as usize]));
        Ok(match own {
            "customer_id" => self.customers(),
            "at" => text::instants(at()),
            "at_ms" => text::wholes(at()),
            "at_plain" => text::plain_instants(at()),
            "received_at" => text::instants(
                order
                    .iter()
                    .map(|&index| bin.received_at.get(index as usize).copied()),
            ),
            "touchpoints" => self.touchpoints(),
            _ => match self.carried(own)? {
                Some(column) => column,
                None if own == columns::MESSAGE_ID => {
                    let made_up =
                        |&index: &u32| self.names.rows.made_up_id(bin.row[index as usize]);
                    let ids: Vec<String> = order.iter().map(made_up).collect();
                    text::texts(ids.iter().map(|id| Some(id.as_str())))
                }
                None => arrow_array::new_null_array(&DataType::Utf8, order.len()),
            },
        })
    }

    /// A column of the source, put into the order of the touches.
    fn carried(&self, own: &str) -> Result<Option<ArrayRef>, BatchError> {
        let cold = &self.names.bin.cold;
        let Some(index) = cold
            .first()
            .and_then(|batch: &RecordBatch| batch.schema_ref().index_of(own).ok())
        else {
            return Ok(None);
        };
        let parts: Vec<&dyn Array> = cold
            .iter()
            .map(|batch| batch.column(index).as_ref())
            .collect();
        let column = arrow_select::interleave::interleave(&parts, &self.places)?;
        if let Some(words) = self.names.words.get(own) {
            return Ok(words.column(&column));
        }
        Ok(Some(
            if counts_millionths(cold[0].schema_ref().field(index)) {
                decimal(&column)
            } else {
                column
            },
        ))
    }

    fn customers(&self) -> ArrayRef {
        let (bin, roster) = (self.names.bin, self.names.roster);
        text::texts(
            self.order
                .iter()
                .map(|&index| std::str::from_utf8(roster.id(bin.customer[index as usize])).ok()),
        )
    }

    fn touchpoints(&self) -> ArrayRef {
        let Names {
            plan, machine, bin, ..
        } = self.names;
        let word = |kind: usize| {
            let points = plan.points(Kind(kind as u16)).iter();
            points
                .map(|point| machine.points[usize::from(point.0)].name.as_str())
                .collect::<Vec<_>>()
                .join("+")
        };
        let words: Vec<String> = (0..plan.kinds()).map(word).collect();
        let number =
            |&index: &u32| Some(usize::from(bin.kind[index as usize].0)).filter(|kind| *kind > 0);
        text::words(
            self.order.iter().map(number),
            words.iter().map(String::as_str),
        )
    }
}

/// Whether a column holds numbers in millionths.
fn counts_millionths(field: &Field) -> bool {
    field
        .metadata()
        .get(columns::META_UNIT)
        .is_some_and(|unit| unit == columns::UNIT_MILLIONTHS)
}

/// Millionths as the decimals that they are.
fn decimal(column: &ArrayRef) -> ArrayRef {
    let Some(millionths) = column.as_primitive_opt::<Int64Type>() else {
        return Arc::clone(column);
    };
    let decimals: Decimal128Array = millionths.unary(i128::from);
    // 19 digits hold every 64-bit number, so neither precision nor places can be refused.
    decimals
        .with_precision_and_scale(DECIMAL_DIGITS, DECIMAL_PLACES)
        .map_or_else(|_| Arc::clone(column), |d| Arc::new(d) as ArrayRef)
}

/// Columns of the table besides the declared ones: the source's properties and traits.
pub(crate) fn more_columns(rows: &Rows) -> Vec<String> {
    let declared = |name: &str| {
        super::table("touches")
            .columns
            .iter()
            .any(|column| column.name == name)
    };
    rows.own_columns()
        .into_iter()
        .filter(|name| !declared(name))
        .collect()
}
