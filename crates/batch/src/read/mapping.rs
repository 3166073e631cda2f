//! From a file's columns to canonical ones: which column fills which, and how.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef};
use perennial_model::{Number, NumberError};
use perennial_rules::project::{PropertyType, Roles, Source};

use super::columns::{self, META_COLUMN, META_PART, META_UNIT, Part};
use super::error::ReadError;
use super::names::{self, Columns};

/// The event of files that hold customers and dates but no event column.
pub const ORDER_EVENT: &str = "order";

/// The property that standard touchpoints take their value from.
pub const MONEY: &str = "amount";

/// What the columns of one file are.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The file's column for each role, declared or guessed.
    pub roles: Roles,
    /// The event of rows that name none.
    pub event: Option<String>,
    /// The property that looks like the money of an order, by its name alone; it is none that the
    /// source declares.
    pub amount: Option<String>,
    /// How [`MONEY`] is made of that property beside itself; `None` where its values are no numbers or
    /// the source declares money of its own.
    pub(crate) money: Option<Make>,
    /// The canonical columns that were guessed from names, not declared.
    pub guessed: Vec<&'static str>,
}

/// A column of a file, or a key of NDJSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileColumn {
    /// Its short name, such as `total`.
    pub name: String,
    /// The way to it, such as `properties.total`; elsewhere the same as the name.
    pub path: String,
    /// Whether the file's own shape makes it a trait.
    pub part: Part,
}

/// A column to be made.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    /// Its name, type and metadata.
    pub field: FieldRef,
    /// What it is made from.
    pub from: From,
    /// How.
    pub make: Make,
}

impl Out {
    /// Says that the file's shape tells whether it is a property or a trait.
    pub fn make_exact(&mut self) {
        let mut field = self.field.as_ref().clone();
        let mut metadata = field.metadata().clone();
        metadata.insert(columns::META_EXACT.to_owned(), String::new());
        field.set_metadata(metadata);
        self.field = Arc::new(field);
    }
}

/// What a column is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The row's number.
    Row,
    /// Nothing: the constant event name.
    Constant,
    /// A column of the file by its number.
    Column(usize),
}

/// How a column is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    /// The row's number.
    Row,
    /// The event's name.
    Event,
    /// An instant that must be there.
    At,
    /// An instant that may be absent.
    Time,
    /// An identifier: trimmed text.
    Id,
    /// A number in millionths.
    Number,
    /// A whole number of minor units.
    Minor,
    /// True or false.
    Bool,
    /// Declared text.
    Text,
    /// What is in the file, as it is.
    AsIs,
}

impl Mapping {
    /// Resolves a source's roles against a file's columns.
    pub fn resolve(
        source: &Source,
        file: &str,
        names: &[String],
        values: &mut dyn FnMut(usize) -> Vec<String>,
    ) -> Result<Self, ReadError> {
        let declared: Vec<&String> = role_columns(&source.roles);
        let claimed = |name: &str| {
            declared.iter().any(|column| *column == name)
                || source.traits.iter().any(|column| column == name)
                || source.properties.iter().any(|p| p.column == name)
        };
        let event_known = source.event.is_some();
        let mut columns = Columns {
            names,
            claimed: &claimed,
            values,
        };
        let named = names::guess(&source.roles, event_known, &mut columns);
        let all_orders = named.roles.event.is_none();
        let money = names
            .iter()
            .position(|name| named.amount.as_ref() == Some(name))
            .and_then(|number| {
                let values = (columns.values)(number);
                money(source, &names[number], &values, all_orders)
            });
        let mapping = Self {
            money,
            event: match (&source.event, &named.roles.event) {
                (None, None) => Some(ORDER_EVENT.to_owned()),
                (constant, _) => constant.clone(),
            },
            guessed: columns::CANONICAL
                .into_iter()
                .filter(|role| {
                    role_column(&source.roles, role).is_none()
                        && role_column(&named.roles, role).is_some()
                })
                .collect(),
            roles: named.roles,
            amount: named.amount,
        };
        mapping.check(file, names)?;
        Ok(mapping)
    }

    /// The file's column for a canonical name.
    pub fn column_of(&self, canonical: &str) -> Option<&str> {
        role_column(&self.roles, canonical)
    }

    /// Sets the column of a role found late.
    pub(crate) fn set(&mut self, canonical: &str, column: &str) {
        if let Some(role) = role_mut(&mut self.roles, canonical) {
            *role = Some(column.to_owned());
        }
    }

    /// An id and a time there must be.
    fn check(&self, file: &str, names: &[String]) -> Result<(), ReadError> {
        let missing = |cause: &str, way_out: &str| {
            Err(ReadError::Mapping {
                file: file.to_owned(),
                cause: cause.to_owned(),
                way_out: way_out.to_owned(),
                columns: names.to_vec(),
            })
        };
        if !columns::IDENTIFIERS
            .iter()
            .any(|id| self.column_of(id).is_some())
        {
            return missing(
                "no column says who the customer is",
                "name it in perennial.yaml: `columns: { user_id: COLUMN }` of its source (or customer_id, anonymous_id, email, phone)",
            );
        }
        if self.roles.at.is_none() {
            return missing(
                "no column says when it happened",
                "name it in perennial.yaml: `columns: { at: COLUMN }` of its source",
            );
        }
        Ok(())
    }
}

/// How the money of an order is made of the column that is called like it, by its first values.
///
/// Where every row is an order, or the column is called `amount`, half of them must be numbers: then the
/// others are bad rows with a reason, and not orders of nothing. Elsewhere nearly all must be, since a
/// `value` may be anything, and an event is not bad because of it.
pub(crate) fn money(
    source: &Source,
    column: &str,
    values: &[String],
    all_orders: bool,
) -> Option<Make> {
    if source.properties.iter().any(|p| p.name == MONEY) {
        return None;
    }
    let is_number = |value: &&String| !matches!(Number::parse(value), Err(NumberError::NotANumber));
    let numbers: Vec<&String> = values.iter().filter(is_number).collect();
    let others = values.len() - numbers.len();
    let bearable = if all_orders || column == MONEY {
        values.len() / 2
    } else {
        values.len() / 20
    };
    if values.is_empty() || others > bearable {
        return None;
    }
    let is_whole = |value: &&String| value.trim().parse::<i64>().is_ok();
    let cents = names::counts_cents(column) && numbers.iter().all(is_whole);
    Some(if cents { Make::Minor } else { Make::Number })
}

/// Checks that declared columns are there, and that no property takes a canonical name.
pub(crate) fn check_declared(
    source: &Source,
    file: &str,
    names: &[String],
) -> Result<(), ReadError> {
    let declared = role_columns(&source.roles)
        .into_iter()
        .chain(source.properties.iter().map(|property| &property.column));
    for column in declared {
        if !names.contains(column) {
            let alike = names
                .iter()
                .find(|name| names::plain(name) == names::plain(column));
            let way_out = match alike {
                Some(name) => format!("did you mean `{name}`?"),
                None => "correct the source in perennial.yaml, or leave it out to have it guessed"
                    .into(),
            };
            return Err(ReadError::Mapping {
                file: file.to_owned(),
                cause: format!("there is no column `{column}`"),
                way_out,
                columns: names.to_vec(),
            });
        }
    }
    let clash = |p: &&perennial_rules::project::Property| columns::CANONICAL.contains(&&*p.name);
    match source.properties.iter().find(clash) {
        Some(property) => Err(ReadError::Mapping {
            file: file.to_owned(),
            cause: format!("a property cannot be called `{}`", property.name),
            way_out: "give it another name in perennial.yaml".into(),
            columns: names.to_vec(),
        }),
        None => Ok(()),
    }
}

/// The canonical columns of a mapping, in their order; `find` gives a file column's number.
pub(crate) fn canonical(
    mapping: &Mapping,
    mut find: impl FnMut(&str) -> Option<usize>,
) -> Vec<Out> {
    let mut outs = Vec::new();
    for name in columns::CANONICAL {
        let (from, column) = match (name, mapping.column_of(name)) {
            (columns::ROW, _) => (From::Row, None),
            (_, Some(column)) => match find(column) {
                Some(number) => (From::Column(number), Some(column)),
                None => continue,
            },
            (columns::EVENT, None) => (From::Constant, None),
            _ => continue,
        };
        outs.push(canonical_out(name, from, column));
    }
    outs
}

/// One canonical column.
pub(crate) fn canonical_out(name: &str, from: From, column: Option<&str>) -> Out {
    let make = match name {
        columns::ROW => Make::Row,
        columns::EVENT => Make::Event,
        columns::AT => Make::At,
        columns::RECEIVED_AT => Make::Time,
        _ => Make::Id,
    };
    out(name, column.unwrap_or(name), Part::Canonical, from, make)
}

/// The columns of properties and traits that are made from the file's columns, one after another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Others {
    used: HashSet<(Part, String)>,
}

impl Others {
    /// What a file's column becomes: declared properties, or itself, and the money of orders if it is
    /// called like it; nothing where it only plays a role.
    pub fn of(
        &mut self,
        source: &Source,
        mapping: &Mapping,
        column: &FileColumn,
        number: usize,
    ) -> Vec<Out> {
        let is = |name: &String| *name == column.name || *name == column.path;
        let from = From::Column(number);
        let part_of = |name: &String| {
            if source.traits.iter().any(|t| t == name || is(t)) {
                Part::Trait
            } else {
                column.part
            }
        };
        let mut outs = Vec::new();
        for property in source.properties.iter().filter(|p| is(&p.column)) {
            let make = match property.kind {
                None => Make::AsIs,
                Some(PropertyType::Number | PropertyType::Money) => Make::Number,
                Some(PropertyType::Minor) => Make::Minor,
                Some(PropertyType::Text) => Make::Text,
                Some(PropertyType::Bool) => Make::Bool,
            };
            let part = part_of(&property.name);
            let name = self.unique(part, &property.name);
            outs.push(out(&name, &column.path, part, from, make));
        }
        let plays_a_role = role_columns(&mapping.roles)
            .into_iter()
            .any(|role| *role == column.path);
        if outs.is_empty() && !plays_a_role {
            let part = part_of(&column.name);
            let is_money = part == Part::Property && mapping.amount.as_ref() == Some(&column.name);
            let money = mapping.money.filter(|_| is_money);
            if money.is_none() || column.name != MONEY {
                let name = self.unique(part, &column.name);
                outs.push(out(&name, &column.path, part, from, Make::AsIs));
            }
            if let Some(make) = money {
                let name = self.unique(part, MONEY);
                outs.push(out(&name, &column.path, part, from, make));
            }
        }
        outs
    }

    /// A name that is neither canonical nor used, with a number behind it if need be.
    fn unique(&mut self, part: Part, name: &str) -> String {
        let mut unique = name.to_owned();
        let mut count = 1;
        while columns::CANONICAL.contains(&unique.as_str())
            || !self.used.insert((part, unique.clone()))
        {
            count += 1;
            unique = format!("{name}_{count}");
        }
        unique
    }
}

/// A column to be made, its type being that of text files where it stays as it is.
fn out(name: &str, column: &str, part: Part, from: From, make: Make) -> Out {
    let kind = match make {
        Make::Row => DataType::UInt64,
        Make::Event => columns::word_type(),
        Make::At | Make::Time | Make::Number | Make::Minor => DataType::Int64,
        Make::Id | Make::Text => DataType::Utf8View,
        Make::Bool => DataType::Boolean,
        Make::AsIs => DataType::Utf8,
    };
    let mut metadata = std::collections::HashMap::new();
    metadata.insert(META_PART.to_owned(), part.word().to_owned());
    if name != column {
        metadata.insert(META_COLUMN.to_owned(), column.to_owned());
    }
    match make {
        Make::Number => metadata.insert(META_UNIT.into(), columns::UNIT_MILLIONTHS.into()),
        Make::Minor => metadata.insert(META_UNIT.into(), columns::UNIT_MINOR.into()),
        _ => None,
    };
    let nullable = !matches!(make, Make::Row | Make::Event | Make::At);
    Out {
        field: Arc::new(Field::new(name, kind, nullable).with_metadata(metadata)),
        from,
        make,
    }
}

/// The columns that play roles.
fn role_columns(roles: &Roles) -> Vec<&String> {
    let Roles {
        event,
        at,
        received_at,
        message_id,
        customer_id,
        user_id,
        anonymous_id,
        previous_id,
        email,
        phone,
    } = roles;
    [
        event,
        at,
        received_at,
        message_id,
        customer_id,
        user_id,
        anonymous_id,
        previous_id,
        email,
        phone,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The column that plays one role.
pub(crate) fn role_column<'a>(roles: &'a Roles, canonical: &str) -> Option<&'a str> {
    let role = match canonical {
        columns::EVENT => &roles.event,
        columns::AT => &roles.at,
        columns::RECEIVED_AT => &roles.received_at,
        columns::MESSAGE_ID => &roles.message_id,
        columns::CUSTOMER_ID => &roles.customer_id,
        columns::USER_ID => &roles.user_id,
        columns::ANONYMOUS_ID => &roles.anonymous_id,
        columns::PREVIOUS_ID => &roles.previous_id,
        columns::EMAIL => &roles.email,
        columns::PHONE => &roles.phone,
        _ => return None,
    };
    role.as_deref()
}

/// The place of one role.
pub(crate) fn role_mut<'a>(
    roles: &'a mut Roles,
    canonical: &str,
) -> Option<&'a mut Option<String>> {
    Some(match canonical {
        columns::EVENT => &mut roles.event,
        columns::AT => &mut roles.at,
        columns::RECEIVED_AT => &mut roles.received_at,
        columns::MESSAGE_ID => &mut roles.message_id,
        columns::CUSTOMER_ID => &mut roles.customer_id,
        columns::USER_ID => &mut roles.user_id,
        columns::ANONYMOUS_ID => &mut roles.anonymous_id,
        columns::PREVIOUS_ID => &mut roles.previous_id,
        columns::EMAIL => &mut roles.email,
        columns::PHONE => &mut roles.phone,
        _ => return None,
    })
}
