//! Reads the workspace's own settings from `perennial.yaml`, and what tables it writes.

use perennial_model::{Duration, Zone};

use super::fields::{Fields, words};
use super::{forecast, identity, lifecycle, scoring, segment, source, touchpoint, yardstick};
use crate::Diagnostic;
use crate::project::syntax::limit::{ITEMS, LIFECYCLES, SOURCES};
use crate::project::syntax::scalar::{FOREVER, Scalar};
use crate::project::syntax::{Section, Setting, Type};
use crate::project::{
    Currency, OutputColumn, Outputs, Retention, TableOutput, WeekStart, currency,
};
use crate::yaml::{Kind, Node};

/// `perennial.yaml`.
pub static PROJECT: Section = Section {
    name: "project",
    noun: "the project file",
    doc: "A Perennial project: the workspace, where events come from, and, in small projects, all the rest.",
    settings: &[
        Setting::optional(
            "name",
            Type::TEXT,
            "Bike shop",
            "The name of the workspace.",
        ),
        Setting::optional(
            "time_zone",
            Type::Scalar(Scalar::Zone),
            "Europe/Berlin",
            "The IANA time zone in which days begin. Default: UTC.",
        ),
        Setting::optional(
            "currency",
            Type::Scalar(Scalar::Currency),
            "EUR",
            "The ISO 4217 code of the currency that money is in. Default: XXX, no currency in particular, with two decimals.",
        ),
        Setting::optional(
            "week_start",
            Type::one_of(WEEK_START_WORDS),
            "sunday",
            "The day that weeks begin on. Default: monday.",
        ),
        Setting::optional(
            "fiscal_month",
            Type::Scalar(Scalar::Whole(1, 12)),
            "4",
            "The month that the fiscal year begins in. Default: 1.",
        ),
        Setting::optional(
            "sources",
            Type::List(&Type::Section(&source::SOURCE), SOURCES),
            "[{ files: data/orders-*.csv }]",
            "Files of events and what their columns mean.",
        ),
        Setting::optional(
            "identity",
            Type::Section(&identity::IDENTITY),
            "{ strong: [user, email] }",
            "How identifiers are joined to customers.",
        ),
        Setting::optional(
            "touchpoints",
            touchpoint::TOUCHPOINT_MAP,
            "{ viewed: page_view }",
            "The kinds of event that matter, by name; they may stand in touchpoints.yaml instead.",
        ),
        Setting::optional(
            "standard_touchpoints",
            Type::BOOL,
            "false",
            "Whether the standard touchpoints (ordered, viewed, clicked_email ...) are there too. Default: true.",
        ),
        Setting::optional(
            "lifecycles",
            Type::List(&Type::Section(&lifecycle::LIFECYCLE), LIFECYCLES),
            "[{ lifecycle: retail, stages: [{ name: visitor }] }]",
            "The lifecycles; each may stand in a file of lifecycles/ instead.",
        ),
        Setting::optional(
            "segments",
            segment::SEGMENT_MAP,
            "{ vip: count(ordered) >= 10 }",
            "Named rules that customers enter and leave; they may stand in segments.yaml instead.",
        ),
        Setting::optional(
            "scoring",
            Type::Section(&scoring::SCORING),
            "{ tiles: 4 }",
            "How customers are scored against each other.",
        ),
        Setting::optional(
            "forecast",
            Type::Section(&forecast::FORECAST),
            "{ dates: monthly, horizon: 90d }",
            "How customers' orders are forecast. Default: they are not.",
        ),
        Setting::optional(
            "intent",
            Type::Section(&scoring::INTENT),
            "{ half_life: 30d }",
            "How interest in topics is kept.",
        ),
        Setting::optional(
            "kpis",
            Type::Section(&yardstick::KPIS),
            "{ targets: [{ stage: visitor, kpi: in_stage, value: 500 }] }",
            "What the figures of stages are held against; it may stand in kpis.yaml instead.",
        ),
        Setting::optional(
            "pii",
            Type::OneOrMany(&Type::TEXT, ITEMS),
            "[email, phone, first_name]",
            "Traits and properties that only an admin key of a server shows; case and punctuation do not matter.",
        ),
        Setting::optional(
            "retention",
            Type::Map {
                keys: Scalar::Event,
                values: &Type::Scalar(Scalar::Kept),
                most: ITEMS,
            },
            "{ Page Viewed: 90d, default: 730d }",
            "How long a server keeps the content of events, by their names. Default: for ever.",
        ),
        Setting::optional(
            "outputs",
            Type::Map {
                keys: Scalar::OneOf(TABLES),
                values: &OUTPUT,
                most: ITEMS,
            },
            "{ touches: false }",
            "Which tables a run writes, and their columns. A table that is not named is written whole.",
        ),
    ],
};

/// What one table of `outputs` may hold.
const OUTPUT: Type = Type::Either(&[
    Type::BOOL,
    Type::TEXTS,
    Type::Map {
        keys: Scalar::Text,
        values: &Type::TEXT,
        most: ITEMS,
    },
]);

/// The tables that a run writes.
const TABLES: &[&str] = &[
    "customers",
    "identities",
    "touches",
    "transitions",
    "refused",
    "segment_history",
    "stage_days",
    "thresholds",
    "scores",
    "rejects",
];

/// The words for them.
pub const WEEK_STARTS: [(&str, WeekStart); 2] =
    [("monday", WeekStart::Monday), ("sunday", WeekStart::Sunday)];
const WEEK_START_WORDS: &[&str] = &words(&WEEK_STARTS);

/// The workspace's name where the project gives none.
const NAME: &str = "workspace";

/// The key of `retention` for all events that have none of their own.
const DEFAULT_RETENTION: &str = "default";

/// The settings that are the workspace's own.
pub struct Workspace {
    pub name: String,
    pub zone: Zone,
    pub currency: Currency,
    pub week_start: WeekStart,
    pub fiscal_month: u8,
    pub outputs: Outputs,
    pub pii: Vec<String>,
    pub retention: Retention,
}

/// The workspace of a project.
pub fn read(fields: Fields<'_>, out: &mut Vec<Diagnostic>) -> Workspace {
    let none = Currency {
        code: currency::NONE.to_owned(),
        decimals: 2,
    };
    Workspace {
        name: fields.owned("name").unwrap_or_else(|| NAME.to_owned()),
        zone: fields
            .text("time_zone")
            .and_then(Zone::named)
            .unwrap_or_else(Zone::utc),
        currency: fields
            .text("currency")
            .and_then(currency::find)
            .unwrap_or(none),
        week_start: fields
            .word("week_start", &WEEK_STARTS)
            .unwrap_or(WeekStart::Monday),
        fiscal_month: fields.whole("fiscal_month").unwrap_or(1),
        outputs: outputs(fields, out),
        pii: fields.texts("pii"),
        retention: retention(fields),
    }
}

fn retention(fields: Fields<'_>) -> Retention {
    let mut retention = Retention::default();
    let entries = fields.get("retention").into_iter();
    for (key, node) in entries.flat_map(|node| node.entries()) {
        let kept = match node.text() {
            Some(FOREVER) => None,
            Some(text) => Duration::parse(text).ok(),
            None => continue,
        };
        match key.text.as_str() {
            DEFAULT_RETENTION => retention.default = kept,
            event => retention.events.push((event.to_owned(), kept)),
        }
    }
    retention
}

fn outputs(fields: Fields<'_>, out: &mut Vec<Diagnostic>) -> Outputs {
    let mut tables = Vec::new();
    for (key, node) in fields
        .get("outputs")
        .into_iter()
        .flat_map(|node| node.entries())
    {
        let output = match &node.kind {
            Kind::List(items) => TableOutput::Columns(columns(items, out)),
            Kind::Map(entries) => {
                let column = |(name, column): &(crate::yaml::Key, Node)| {
                    let column = column.text()?.to_owned();
                    Some(OutputColumn {
                        name: name.text.clone(),
                        column,
                    })
                };
                TableOutput::Columns(entries.iter().filter_map(column).collect())
            }
            _ if node.text() == Some("false") => TableOutput::Off,
            // `true` is what happens anyway.
            _ => continue,
        };
        tables.push((key.text.clone(), output));
    }
    Outputs { tables }
}

/// Columns that keep their names; a file cannot hold two of the same name.
fn columns(items: &[Node], out: &mut Vec<Diagnostic>) -> Vec<OutputColumn> {
    let mut columns: Vec<OutputColumn> = Vec::new();
    for item in items {
        let Some(text) = item.text() else { continue };
        if columns.iter().any(|known| known.name == text) {
            let message = format!("the column `{text}` stands twice in the same table");
            out.push(
                Diagnostic::error("E0122", item.span.clone(), message, "named before")
                    .help("keep one of them"),
            );
        }
        columns.push(OutputColumn {
            name: text.to_owned(),
            column: text.to_owned(),
        });
    }
    columns
}
