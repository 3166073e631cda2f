//! The table `touches`: every event once with its customer, in her order.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Decimal128Array, Int64Array, TimestampMillisecondArray};
use arrow_schema::{DataType, Field, SchemaRef};
use perennial_model::Kind;

use super::ledger::Names;
use super::{Selection, text};
use crate::BatchError;
use crate::bins::Sorted;
use crate::carried::carried_type;
use crate::read::columns;
use crate::rows::Rows;

/// Digits and decimal places of exact numbers.
const DECIMAL_DIGITS: u8 = 19;
const DECIMAL_PLACES: i8 = 6;

/// The columns of the source that the table takes as they are: properties, traits, and what is asked for.
pub(crate) fn carried_columns(rows: &Rows, selection: &Selection) -> Vec<String> {
    let declared = |own: &str| {
        super::table("touches")
            .columns
            .iter()
            .any(|column| column.name == own)
    };
    let mut carried: Vec<String> = selection
        .columns
        .iter()
        .map(|(_, own)| own.clone())
        .filter(|own| !declared(own) || is_kept(own))
        .collect();
    carried.retain(|name| rows.has(name));
    carried.sort();
    carried.dedup();
    carried
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
            false => carried_type(field),
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

/// A partition's touches, in the order of the fold.
pub(crate) struct Ordered<'a> {
    names: Names<'a>,
    order: &'a [u32],
    /// Of each place in the bin: where it stands in the order.
    inverse: Vec<u32>,
}

impl<'a> Ordered<'a> {
    pub(crate) fn new(names: Names<'a>, sorted: &'a Sorted) -> Self {
        let order = &sorted.order;
        let mut inverse = vec![0; order.len()];
        for (to, &place) in order.iter().enumerate() {
            inverse[place as usize] = to as u32;
        }
        Self {
            names,
            order,
            inverse,
        }
    }

    /// How many touches.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// One column of all touches.
    pub(crate) fn column(&self, own: &str) -> Result<ArrayRef, BatchError> {
        let (bin, order) = (self.names.bin, self.order);
        let at = || order.iter().map(|&index| bin.at[index as usize]);
        let instants = || TimestampMillisecondArray::from_iter_values(at());
        Ok(match own {
            "customer_id" => self.customers(),
            "at" => Arc::new(instants().with_timezone("UTC")),
            "at_ms" => Arc::new(Int64Array::from_iter_values(at())),
            "at_plain" => Arc::new(instants()),
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
        let fields = self.names.carried;
        let Some(number) = fields.index_of(own) else {
            return Ok(None);
        };
        let carried = &self.names.bin.carried;
        let column = fields.ordered(carried, number, self.order, &self.inverse)?;
        Ok(Some(if counts_millionths(&fields.fields[number]) {
            decimal(&column)
        } else {
            column
        }))
    }

    fn customers(&self) -> ArrayRef {
        let (bin, roster) = (self.names.bin, self.names.roster);
        let mut ids = StringBuilder::with_capacity(self.order.len(), self.order.len() * 16);
        // Her touches stand together, so her id is looked up once.
        let customer = |index: &u32| bin.customer[*index as usize];
        for hers in self.order.chunk_by(|a, b| customer(a) == customer(b)) {
            let id = roster.id(customer(&hers[0]));
            hers.iter().for_each(|_| ids.append_value(id));
        }
        Arc::new(ids.finish())
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
