//! Reads `sources`: files of events and what their columns mean.

use perennial_model::Zone;

use super::fields::{Fields, words};
use crate::Diagnostic;
use crate::project::syntax::limit::ITEMS;
use crate::project::syntax::scalar::{Scalar, delimiter};
use crate::project::syntax::{Section, Setting, Type};
use crate::project::{Delimiter, Format, Property, PropertyType, Roles, Shape, Source};
use crate::yaml::{Kind, Node};

/// An item of `sources`.
pub static SOURCE: Section = Section {
    name: "source",
    noun: "a source",
    doc: "Files of the same form, and what their columns mean.",
    settings: &[
        Setting::optional(
            "files",
            Type::OneOrMany(&Type::TEXT, ITEMS),
            "data/orders-*.csv.gz",
            "Paths or globs, relative to the project folder. Left out where files are named on the command line.",
        ),
        Setting::optional(
            "format",
            Type::one_of(FORMAT_WORDS),
            "csv",
            "The format. Default: told from the file.",
        ),
        Setting::optional(
            "delimiter",
            Type::Scalar(Scalar::Delimiter),
            "\";\"",
            "The character between two CSV cells, or `tab`. Default: told from the header.",
        ),
        Setting::optional(
            "shape",
            Type::one_of(SHAPE_WORDS),
            "segment",
            "The shape of NDJSON objects. Default: told from the first lines.",
        ),
        Setting::optional(
            "event",
            Type::Scalar(Scalar::Event),
            "order",
            "The event name of every row, for files without such a column.",
        ),
        Setting::optional(
            "columns",
            Type::Section(&COLUMNS),
            "{ customer_id: id, at: date }",
            "Which column plays which part. Default: told from usual names.",
        ),
        Setting::optional(
            "time_format",
            Type::Scalar(Scalar::TimeFormat),
            "\"%d.%m.%Y %H:%M\"",
            "How times are written. Default: RFC 3339, dates, and seconds or milliseconds since 1970.",
        ),
        Setting::optional(
            "time_zone",
            Type::Scalar(Scalar::Zone),
            "America/New_York",
            "The zone of times written without an offset. Default: the project's.",
        ),
        Setting::optional(
            "traits",
            Type::TEXTS,
            "[country, plan]",
            "Columns that are traits of the customer rather than properties of the event.",
        ),
        Setting::optional(
            "properties",
            Type::Map {
                keys: Scalar::Text,
                values: &Type::Either(&[Type::TEXT, Type::Section(&PROPERTY)]),
                most: ITEMS,
            },
            "{ amount: { column: total, type: money }, size: shoe_size }",
            "Properties with a name or type of their own. Other columns keep theirs. Where no `amount` is declared, a column called like money (`total`, `revenue`, `price` ...) is that as well.",
        ),
        Setting::optional(
            "duplicates",
            Type::BOOL,
            "false",
            "Whether the same message may come twice. Default: true; false saves work where an earlier step has seen to it.",
        ),
        Setting::optional(
            "future_limit",
            Type::DURATION,
            "2d",
            "How far ahead of its arrival a time may lie and still be believed. Default: no limit.",
        ),
    ],
};

/// `columns` of a source.
pub static COLUMNS: Section = Section {
    name: "columns",
    noun: "`columns`",
    doc: "Which column of the file plays which part.",
    settings: &[
        Setting::optional("event", Type::TEXT, "type", "The event's name."),
        Setting::optional("at", Type::TEXT, "date", "When it happened."),
        Setting::optional("received_at", Type::TEXT, "loaded_at", "When it arrived."),
        Setting::optional(
            "message_id",
            Type::TEXT,
            "uuid",
            "The id under which the same event is never counted twice.",
        ),
        Setting::optional(
            "customer_id",
            Type::TEXT,
            "customer",
            "The customer where she is known already: no stitching is done then.",
        ),
        Setting::optional("user_id", Type::TEXT, "login", "The signed-in user."),
        Setting::optional(
            "anonymous_id",
            Type::TEXT,
            "device",
            "The device or cookie.",
        ),
        Setting::optional(
            "previous_id",
            Type::TEXT,
            "old_login",
            "The former user id of an alias event.",
        ),
        Setting::optional("email", Type::TEXT, "mail", "E-mail address."),
        Setting::optional("phone", Type::TEXT, "mobile", "Phone number."),
    ],
};

/// A property of a source in its long form.
pub static PROPERTY: Section = Section {
    name: "property",
    noun: "a property",
    doc: "A property: the column it comes from and its type.",
    settings: &[
        Setting::optional(
            "column",
            Type::TEXT,
            "total",
            "The column it comes from. Default: the column of the property's name.",
        ),
        Setting::optional(
            "type",
            Type::one_of(PROPERTY_TYPE_WORDS),
            "money",
            "number; minor (whole cents); money (units of the currency); text; bool. Default: as it comes.",
        ),
    ],
};

/// The words for them.
pub const FORMATS: [(&str, Format); 3] = [
    ("csv", Format::Csv),
    ("ndjson", Format::Ndjson),
    ("parquet", Format::Parquet),
];
const FORMAT_WORDS: &[&str] = &words(&FORMATS);

/// The words for them.
pub const SHAPES: [(&str, Shape); 2] = [("flat", Shape::Flat), ("segment", Shape::Segment)];
const SHAPE_WORDS: &[&str] = &words(&SHAPES);

/// The words for them.
pub const PROPERTY_TYPES: [(&str, PropertyType); 5] = [
    ("number", PropertyType::Number),
    ("minor", PropertyType::Minor),
    ("money", PropertyType::Money),
    ("text", PropertyType::Text),
    ("bool", PropertyType::Bool),
];
const PROPERTY_TYPE_WORDS: &[&str] = &words(&PROPERTY_TYPES);

/// All sources, in the order written.
pub fn read(project: Fields<'_>, out: &mut Vec<Diagnostic>) -> Vec<Source> {
    project
        .many("sources")
        .into_iter()
        .map(|node| source(node, out))
        .collect()
}

fn source(node: &Node, out: &mut Vec<Diagnostic>) -> Source {
    let fields = Fields::new(&SOURCE, Some(node));
    let format = fields.word("format", &FORMATS);
    only_with(
        fields,
        "delimiter",
        "csv",
        format.is_none_or(|format| format == Format::Csv),
        out,
    );
    only_with(
        fields,
        "shape",
        "ndjson",
        format.is_none_or(|format| format == Format::Ndjson),
        out,
    );
    let zone = fields.text("time_zone").and_then(Zone::named);
    Source {
        files: fields.texts("files"),
        format,
        delimiter: fields.text("delimiter").and_then(delimiter).map(Delimiter),
        shape: fields.word("shape", &SHAPES),
        event: fields.owned("event"),
        roles: roles(fields.section("columns", &COLUMNS)),
        time_format: fields.owned("time_format"),
        time_zone: zone.map(|zone| zone.name().to_owned()),
        traits: fields.texts("traits"),
        properties: properties(fields),
        duplicates: fields.truth("duplicates").unwrap_or(true),
        future_limit: fields.duration("future_limit"),
    }
}

/// Complains about a key that means nothing in a source's format.
fn only_with(fields: Fields<'_>, name: &str, format: &str, fits: bool, out: &mut Vec<Diagnostic>) {
    if let (false, Some(node)) = (fits, fields.get(name)) {
        let message = format!("`{name}` goes with `format: {format}` only");
        let complaint =
            Diagnostic::error("E0112", node.span.clone(), message, "means nothing here");
        out.push(complaint.help("remove it, or correct the format"));
    }
}

fn roles(columns: Fields<'_>) -> Roles {
    Roles {
        event: columns.owned("event"),
        at: columns.owned("at"),
        received_at: columns.owned("received_at"),
        message_id: columns.owned("message_id"),
        customer_id: columns.owned("customer_id"),
        user_id: columns.owned("user_id"),
        anonymous_id: columns.owned("anonymous_id"),
        previous_id: columns.owned("previous_id"),
        email: columns.owned("email"),
        phone: columns.owned("phone"),
    }
}

fn properties(source: Fields<'_>) -> Vec<Property> {
    let entries = source
        .get("properties")
        .into_iter()
        .flat_map(|node| node.entries());
    let property = |(key, node): &(crate::yaml::Key, Node)| {
        let (column, kind) = match &node.kind {
            Kind::Map(_) => {
                let fields = Fields::new(&PROPERTY, Some(node));
                (fields.text("column"), fields.word("type", &PROPERTY_TYPES))
            }
            _ => (node.text(), None),
        };
        let name = key.text.clone();
        Property {
            column: column.map_or_else(|| name.clone(), str::to_owned),
            name,
            kind,
        }
    };
    entries.map(property).collect()
}
