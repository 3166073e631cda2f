//! Outputs: which tables a run writes, and which columns under which names.

/// Tables chosen. A table that is not named is written whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// By table name.
    pub tables: Vec<(String, TableOutput)>,
}

/// What becomes of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableOutput {
    /// `false`: not written.
    Off,
    /// These columns only, in this order.
    Columns(Vec<OutputColumn>),
}

/// A column of an output table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name in the file.
    pub name: String,
    /// The table's own column.
    pub column: String,
}
