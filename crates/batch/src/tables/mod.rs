//! The tables that a run writes: their columns, what they mean, and which of them a project wants.
//!
//! Each submodule fills one table. All instants are UTC; a column that ends in `_ms` is the same
//! instant or length as a whole number of milliseconds, one in `_number` a stage by its place from 1.

pub(crate) mod customers;
pub(crate) mod facts;
pub(crate) mod ledger;
mod plain;
pub(crate) mod text;
pub(crate) mod touches;

pub use plain::{Cell, PlainTable};

use std::path::{Path, PathBuf};

use arrow_schema::{DataType, Field, TimeUnit};
use perennial_rules::project::{Outputs, TableOutput};
use perennial_rules::suggest::did_you_mean;

use crate::BatchError;

/// A table's name, meaning and columns.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name: the file is `NAME.parquet`.
    pub name: &'static str,
    /// What a row is.
    pub row: &'static str,
    /// Its columns; those that are not shown by default come last.
    pub columns: &'static [Column],
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it says.
    pub meaning: &'static str,
    /// Whether it is written where the project does not choose columns.
    pub shown: bool,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text with few different values.
    Word,
    /// An instant in UTC, to the millisecond.
    Instant,
    /// The same without a zone, for tools that want it so.
    PlainInstant,
    /// A calendar day.
    Day,
    /// A whole number.
    Whole,
    /// A whole number that fits 8 bits.
    Small,
    /// A number with a fraction.
    Fraction,
    /// True or false.
    Truth,
    /// A list of texts.
    Words,
}

const fn shown(name: &'static str, kind: Kind, meaning: &'static str) -> Column {
    Column {
        name,
        kind,
        meaning,
        shown: true,
    }
}

const fn hidden(name: &'static str, kind: Kind, meaning: &'static str) -> Column {
    Column {
        name,
        kind,
        meaning,
        shown: false,
    }
}

/// Columns that moves and refusals share.
macro_rules! ledger_columns {
    ($($more:expr),* $(,)?) => {
        &[
            shown("customer_id", Kind::Text, "the customer"),
            shown("lifecycle", Kind::Word, "the lifecycle"),
            shown("at", Kind::Instant, "when it happened"),
            shown("known_at", Kind::Instant, "when all that led to it had arrived"),
            shown("from", Kind::Word, "the stage left; null on entering the lifecycle"),
            shown("to", Kind::Word, "the stage entered; null on leaving the lifecycle"),
            shown("cause", Kind::Word, "the clause's word for it, else the touchpoint, else `time`"),
            shown("rule", Kind::Word, "the clause that decided, in words"),
            shown("rule_version", Kind::Word, "the version of the rules"),
            shown("touch", Kind::Text, "message id of the deciding touch; null where time decided"),
            shown("entry", Kind::Whole, "how often she has entered a stage of this lifecycle, from 1"),
            $($more,)*
            hidden("at_ms", Kind::Whole, "when it happened, in milliseconds since 1970"),
            hidden("at_plain", Kind::PlainInstant, "when it happened, in UTC without saying so"),
            hidden("from_number", Kind::Small, "the stage left by its place, from 1"),
            hidden("to_number", Kind::Small, "the stage entered by its place, from 1"),
        ]
    };
}

/// All tables in the order of documentation.
pub const TABLES: &[Table] = &[
    Table {
        name: "customers",
        row: "a customer where history ends; her stage in each lifecycle and her traits follow as columns of their own",
        columns: &[
            shown("customer_id", Kind::Text, "the customer"),
            shown("first_at", Kind::Instant, "her first touch"),
            shown("last_at", Kind::Instant, "her last touch"),
            shown("touches", Kind::Whole, "how many touches"),
            shown("orders", Kind::Whole, "how many orders"),
            shown("first_order_at", Kind::Instant, "her first order"),
            shown("last_order_at", Kind::Instant, "her last order"),
            shown(
                "value_minor",
                Kind::Whole,
                "orders less refunds, in minor units of the currency (cents)",
            ),
            shown(
                "recency_days",
                Kind::Whole,
                "whole days of 24 hours from her last order to the end",
            ),
            shown(
                "rfm_r",
                Kind::Small,
                "recency tile, the highest for the most recent",
            ),
            shown("rfm_f", Kind::Small, "frequency tile"),
            shown("rfm_m", Kind::Small, "monetary tile"),
            shown(
                "rfm_segment",
                Kind::Word,
                "the usual name of the three tiles, where there are five",
            ),
            shown(
                "value_rank",
                Kind::Fraction,
                "share of buyers with at most her value, from 0 to 1",
            ),
            shown(
                "high_value",
                Kind::Truth,
                "whether her value rank reaches the project's mark",
            ),
            shown(
                "status",
                Kind::Word,
                "prospect (no order), active, or inactive after 90 days without an order",
            ),
            shown("segments", Kind::Words, "the segments she is in"),
            shown(
                "topics",
                Kind::Words,
                "the topics she shows most interest in",
            ),
        ],
    },
    Table {
        name: "identities",
        row: "an identifier and the customer it belongs to",
        columns: &[
            shown("customer_id", Kind::Text, "the customer"),
            shown("kind", Kind::Word, "user, email, phone or anonymous"),
            shown("identifier", Kind::Text, "the identifier"),
            shown(
                "joined_at",
                Kind::Instant,
                "when the event happened that joined it to her; null for one that is hers alone",
            ),
            shown("joined_by", Kind::Text, "message id of that event"),
        ],
    },
    Table {
        name: "touches",
        row: "an event, once, with its customer, by customer and time; properties and traits follow under their own names",
        columns: &[
            shown("customer_id", Kind::Text, "the customer"),
            shown("at", Kind::Instant, "when it happened"),
            shown("event", Kind::Word, "the event's name as it came"),
            shown(
                "touchpoints",
                Kind::Word,
                "the touchpoints that it is, joined by `+`",
            ),
            shown(
                "message_id",
                Kind::Text,
                "its id; where the source has none, file and row",
            ),
            hidden(
                "at_ms",
                Kind::Whole,
                "when it happened, in milliseconds since 1970",
            ),
            hidden(
                "at_plain",
                Kind::PlainInstant,
                "when it happened, in UTC without saying so",
            ),
            hidden("received_at", Kind::Instant, "when it arrived"),
        ],
    },
    Table {
        name: "transitions",
        row: "a customer's move between two stages",
        columns: ledger_columns!(shown(
            "stayed_ms",
            Kind::Whole,
            "milliseconds in the stage left; null on entering"
        )),
    },
    Table {
        name: "refused",
        row: "a move that a clause asked for and a policy refused; once for each standing and stage",
        columns: ledger_columns!(shown(
            "policy",
            Kind::Word,
            "what refused it: by_hand, backward, order, dwell or storm"
        )),
    },
    Table {
        name: "segment_history",
        row: "a segment entered or left by a customer",
        columns: &[
            shown("customer_id", Kind::Text, "the customer"),
            shown("segment", Kind::Word, "the segment"),
            shown("at", Kind::Instant, "when"),
            shown(
                "known_at",
                Kind::Instant,
                "when all that led to it had arrived",
            ),
            shown("entered", Kind::Truth, "true on entering, false on leaving"),
            shown("entry", Kind::Whole, "how often she has entered it, from 1"),
            shown("rule", Kind::Word, "the segment's rule"),
            shown("rule_version", Kind::Word, "the version of the rules"),
            hidden("at_ms", Kind::Whole, "when, in milliseconds since 1970"),
        ],
    },
    Table {
        name: "stage_days",
        row: "a stage on a day of the project's calendar, zeros included",
        columns: &[
            shown("day", Kind::Day, "the day"),
            shown("lifecycle", Kind::Word, "the lifecycle"),
            shown("stage", Kind::Word, "the stage"),
            shown("customers", Kind::Whole, "customers in it at the day's end"),
            shown("entered", Kind::Whole, "moves into it on the day"),
            shown("left", Kind::Whole, "moves out of it on the day"),
            hidden("epoch_day", Kind::Whole, "the day counted since 1970-01-01"),
            hidden(
                "stage_number",
                Kind::Small,
                "the stage by its place, from 1",
            ),
        ],
    },
    Table {
        name: "thresholds",
        row: "a cut between two tiles of the population, in force from its date on",
        columns: &[
            shown("at", Kind::Instant, "from when it is in force"),
            shown(
                "measure",
                Kind::Word,
                "recency, frequency, monetary or value",
            ),
            shown("tile", Kind::Whole, "the tile that begins here"),
            shown(
                "value",
                Kind::Whole,
                "the least value of the tile: milliseconds since 1970, orders, or millionths of money",
            ),
            shown(
                "customer_id",
                Kind::Text,
                "the first customer of the tile, where ids break ties",
            ),
            shown("buyers", Kind::Whole, "how many buyers there were"),
        ],
    },
    Table {
        name: "scores",
        row: "what a forecast says of a customer from its instant on, until the next row of hers; written where it moved",
        columns: &[
            shown("customer_id", Kind::Text, "the customer"),
            shown("at", Kind::Instant, "from when it holds"),
            shown(
                "p_alive",
                Kind::Fraction,
                "the chance that she is still a customer, from 0 to 1; null in all scores: no longer known",
            ),
            shown(
                "expected_next",
                Kind::Fraction,
                "the orders expected within the horizon",
            ),
            shown(
                "clv",
                Kind::Fraction,
                "what they are expected to be worth, discounted, in units of the currency",
            ),
            shown(
                "churn_risk",
                Kind::Fraction,
                "the chance that she orders nothing within the horizon, from 0 to 1",
            ),
            shown("forecast_model", Kind::Word, "the model that says so"),
            shown(
                "expected_low",
                Kind::Whole,
                "at least so many orders within the horizon in 95 of 100 cases",
            ),
            shown(
                "expected_high",
                Kind::Whole,
                "at most so many orders within the horizon in 95 of 100 cases",
            ),
            hidden("at_ms", Kind::Whole, "the same in milliseconds since 1970"),
        ],
    },
    Table {
        name: "rejects",
        row: "a row that was not taken, with the reason",
        columns: &[
            shown("file", Kind::Word, "the file"),
            shown("row", Kind::Whole, "its number within the file, from 1"),
            shown("line", Kind::Whole, "the line it begins on, in text files"),
            shown("reason", Kind::Word, "why, as a stable code"),
            shown("message", Kind::Text, "why, in words"),
            shown("original", Kind::Text, "the row as it stood"),
        ],
    },
];

/// The path of a table in a result folder.
pub fn table_path(out: &Path, table: &str) -> PathBuf {
    out.join(format!("{table}.parquet"))
}

/// The table of a name.
///
/// # Panics
/// Never for the names in [`TABLES`], which are all that is asked for.
pub(crate) fn table(name: &str) -> &'static Table {
    TABLES
        .iter()
        .find(|table| table.name == name)
        .unwrap_or(&TABLES[0])
}

/// The columns of a table that go to its file, each with its name there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// Name in the file, and the table's own column.
    pub columns: Vec<(String, String)>,
}

impl Selection {
    /// What a project wants of a table that has `more` columns of its own besides the declared ones.
    /// `None`: the table is not written.
    ///
    /// # Errors
    /// [`BatchError::UnknownColumn`] with the nearest name.
    pub(crate) fn of(
        outputs: &Outputs,
        table: &Table,
        more: &[String],
    ) -> Result<Option<Self>, BatchError> {
        let chosen = outputs
            .tables
            .iter()
            .find(|(name, _)| name == table.name)
            .map(|(_, output)| output);
        let own = |name: &str| (name.to_owned(), name.to_owned());
        match chosen {
            Some(TableOutput::Off) => Ok(None),
            None => {
                let declared = table
                    .columns
                    .iter()
                    .filter(|column| column.shown)
                    .map(|column| own(column.name));
                Ok(Some(Self {
                    columns: declared.chain(more.iter().map(|name| own(name))).collect(),
                }))
            }
            Some(TableOutput::Columns(columns)) => {
                let known: Vec<&str> = table
                    .columns
                    .iter()
                    .map(|column| column.name)
                    .chain(more.iter().map(String::as_str))
                    .collect();
                for column in columns {
                    if !known.contains(&column.column.as_str()) {
                        return Err(BatchError::UnknownColumn {
                            table: table.name,
                            column: column.column.clone(),
                            nearest: did_you_mean(&column.column, known.iter().copied())
                                .map(str::to_owned),
                        });
                    }
                }
                let chosen = columns
                    .iter()
                    .map(|column| (column.name.clone(), column.column.clone()));
                Ok(Some(Self {
                    columns: chosen.collect(),
                }))
            }
        }
    }

    /// Whether a column is wanted.
    pub(crate) fn wants(&self, column: &str) -> bool {
        self.columns.iter().any(|(_, own)| own == column)
    }
}

impl Kind {
    /// The Arrow type.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Word => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Instant => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Self::PlainInstant => DataType::Timestamp(TimeUnit::Millisecond, None),
            Self::Day => DataType::Date32,
            Self::Whole => DataType::Int64,
            Self::Small => DataType::Int8,
            Self::Fraction => DataType::Float64,
            Self::Truth => DataType::Boolean,
            Self::Words => DataType::List(std::sync::Arc::new(Field::new(
                "item",
                DataType::Utf8,
                true,
            ))),
        }
    }
}

/// The schema of a table's selected columns, all of which are declared.
pub(crate) fn schema(table: &Table, selection: &Selection) -> arrow_schema::SchemaRef {
    let field = |(name, own): &(String, String)| {
        let kind = table
            .columns
            .iter()
            .find(|column| column.name == own)
            .map_or(Kind::Text, |column| column.kind);
        Field::new(name, kind.data_type(), true)
    };
    std::sync::Arc::new(arrow_schema::Schema::new(
        selection.columns.iter().map(field).collect::<Vec<_>>(),
    ))
}
