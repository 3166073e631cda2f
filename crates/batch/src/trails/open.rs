//! Opens files for a question: which column is meant by which name, and whether rules make sense there.

use std::path::Path;
use std::sync::Arc;

use perennial_rules::expr::{Names, Place, Scope, parse, rule};
use perennial_rules::project::{Format, normalize_event_name};
use perennial_rules::suggest::did_you_mean;
use perennial_rules::{Diagnostic, Expr, Severity, Span};

use super::{Asked, Condition};
use crate::BatchError;
use crate::identify;
use crate::options::Observer;
use crate::read::{InputFile, Inputs, Progress, STDIN, columns};
use crate::results::columns_of;
use crate::rows::Rows;

/// Most columns that a complaint lists.
const MAX_LISTED: usize = 20;

/// Files opened, and the columns that questions may name.
pub(super) struct Opened {
    pub rows: Rows,
    pub progress: Arc<Progress>,
    names: Columns,
}

/// A checked condition.
pub(super) struct Checked<'a> {
    pub event: Option<&'a str>,
    pub any_of: &'a [String],
    pub rule: Option<Expr>,
}

/// The columns that questions may name.
#[derive(Default)]
struct Columns {
    /// Names that people use, and the canonical columns behind them.
    named: Vec<(String, String)>,
    /// Whether columns may turn up late, as keys of NDJSON do.
    open: bool,
}

impl Columns {
    fn of(inputs: &Inputs) -> Self {
        let mut found = Self::default();
        for file in &inputs.files {
            found.open |= file.format() == Format::Ndjson;
            for field in file.schema().fields() {
                let name = field.name();
                if name != columns::ROW {
                    // The file's own name goes first: what it calls `day` may play the part of `at`.
                    if let Some(own) = file.mapping().column_of(name) {
                        found.add(own, name);
                    }
                    found.add(name, name);
                }
            }
        }
        // The names that every file of events answers to, whatever it calls them.
        found.add("timestamp", columns::AT);
        if found.field(columns::CUSTOMER_ID).is_some() {
            found.add(columns::USER_ID, columns::CUSTOMER_ID);
        }
        found
    }

    fn add(&mut self, name: &str, field: &str) {
        if !self.named.iter().any(|(known, _)| known == name) {
            self.named.push((name.to_owned(), field.to_owned()));
        }
    }

    /// The canonical column of a name.
    fn field(&self, name: &str) -> Option<&str> {
        let found = self.named.iter().find(|(known, _)| known == name);
        found.map(|(_, field)| field.as_str())
    }

    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.named.iter().map(|(name, _)| name.as_str())
    }
}

impl Opened {
    /// Opens the files of a question; text is parsed now, but only the columns asked for are kept.
    pub fn new(asked: &Asked, observer: &dyn Observer) -> Result<Self, BatchError> {
        check_named(asked)?;
        let sources = [asked.source()];
        let inputs = Inputs::open(&sources, &asked.files, Path::new("."), &asked.zone)?;
        let mut names = Columns::of(&inputs);
        let mut wanted: Vec<String> = identify::COLUMNS
            .iter()
            .map(|&own| own.to_owned())
            .collect();
        for name in names_of(asked)? {
            match names.field(&name) {
                Some(field) => wanted.push(field.to_owned()),
                None if names.open => wanted.push(name),
                None => {}
            }
        }
        let progress = Arc::new(Progress::default());
        observer.phase("reading", inputs.bytes().map(|bytes| (bytes, &progress)));
        let rows = Rows::open_some(
            inputs,
            Some(&wanted),
            !asked.is_touches,
            asked.threads.max(1),
            Arc::clone(&progress),
        )?;
        for own in rows.own_columns() {
            names.add(&own, &own);
        }
        Ok(Self {
            rows,
            progress,
            names,
        })
    }

    /// The canonical column that is meant by a name.
    pub fn field(&self, option: &str, name: &str) -> Result<String, BatchError> {
        match self.names.field(name) {
            Some(field) => Ok(field.to_owned()),
            None => Err(no_column(option, name, self.names.names())),
        }
    }

    /// The canonical column of a name in a checked rule.
    pub fn field_of_rule(&self, name: &str) -> String {
        self.names.field(name).unwrap_or(name).to_owned()
    }

    /// Checks that a question may name what it names, that its columns are there, and all of its conditions.
    pub fn check<'a>(&self, asked: &'a Asked) -> Result<Vec<Checked<'a>>, BatchError> {
        self.refuse_personal(asked)?;
        let names = Names {
            columns: self.names.names().map(str::to_owned).collect(),
            ..Names::default()
        };
        let scope = Scope {
            names: &names,
            place: Place::Row,
            lifecycle: None,
        };
        let (mut checked, mut wrong) = (Vec::new(), Vec::new());
        for (number, condition) in asked.all_conditions().enumerate() {
            let text = condition.rule.as_deref();
            let (rule, found) = text.map_or((None, Vec::new()), |text| {
                rule(text, &scope, span(number, text))
            });
            let errors = |found: &Diagnostic| found.severity == Severity::Error;
            wrong.extend(found.into_iter().filter(errors));
            checked.push(Checked {
                event: condition.event.as_deref(),
                any_of: &condition.any_of,
                rule: rule.map(|rule| rule.expr),
            });
        }
        for name in asked.texts.iter().chain(&asked.numbers) {
            self.field("a column", name)?;
        }
        if wrong.is_empty() {
            Ok(checked)
        } else {
            Err(BatchError::Rules(wrong))
        }
    }

    /// Refuses names of what is personal. A column may have several names, any of which would tell.
    fn refuse_personal(&self, asked: &Asked) -> Result<(), BatchError> {
        if asked.personal.is_empty() {
            return Ok(());
        }
        let is_personal = |name: &str| is_personal(&asked.personal, name);
        let counted = asked.customer.iter().find(|name| is_personal(name));
        let refused = |name: &String| {
            let field = self.names.field(name).unwrap_or(name);
            let same = self.names.named.iter().filter(|(_, own)| own == field);
            let mut all = same
                .map(|(known, _)| known.as_str())
                .chain([&**name, field]);
            all.any(|one| one == columns::CUSTOMER_ID || is_personal(one))
        };
        let named = names_of(asked)?.into_iter().find(refused);
        match counted.cloned().or(named) {
            Some(name) => Err(BatchError::Personal(name)),
            None => Ok(()),
        }
    }
}

fn span(number: usize, text: &str) -> Span {
    Span {
        file: number,
        bytes: 0..text.len(),
    }
}

/// The names of columns that a question uses, as far as its rules can be read.
pub(super) fn names_of(asked: &Asked) -> Result<Vec<String>, BatchError> {
    let mut wanted: Vec<String> = asked.texts.iter().chain(&asked.numbers).cloned().collect();
    let measured = asked.measures.iter().flat_map(|measure| &measure.columns);
    wanted.extend(measured.map(|(_, column)| column.clone()));
    for (number, condition) in asked.all_conditions().enumerate() {
        let Condition {
            rule: Some(text), ..
        } = condition
        else {
            continue;
        };
        let expr = parse(text)
            .map_err(|error| BatchError::Rules(vec![error.in_file(&span(number, text))]))?;
        expr.walk(&mut |part| {
            if let Expr::Name(name) = part {
                wanted.push(name.clone());
            }
        });
    }
    Ok(wanted)
}

/// Whether a name, or a part of it such as `street` in `address.street`, is one of those that are personal.
fn is_personal(personal: &[String], name: &str) -> bool {
    let parts = name.split('.').chain([name]).map(normalize_event_name);
    let mut parts = parts.filter(|part| !part.is_empty());
    let personal: Vec<String> = personal
        .iter()
        .map(|own| normalize_event_name(own))
        .collect();
    parts.any(|part| personal.contains(&part))
}

/// The columns that options name as roles must be there, since a source's complaint would speak of a project.
fn check_named(asked: &Asked) -> Result<(), BatchError> {
    let options = [("--customer", &asked.customer), ("--date", &asked.date)];
    let named: Vec<(&str, &String)> = options
        .into_iter()
        .filter_map(|(option, column)| Some((option, column.as_ref()?)))
        .collect();
    for file in &asked.files {
        let is_plain = !named.is_empty() && file != STDIN && Path::new(file).is_file();
        if !is_plain {
            continue;
        }
        let names = match asked.is_touches {
            true => columns_of(Path::new(file)),
            false => InputFile::look(file, &asked.zone)?.sample()?.names,
        };
        for (option, column) in &named {
            if !names.contains(column) {
                let known = names.iter().map(String::as_str);
                return Err(no_column(option, column, known));
            }
        }
    }
    Ok(())
}

pub(crate) fn no_column<'n>(
    option: &str,
    name: &str,
    known: impl Iterator<Item = &'n str> + Clone,
) -> BatchError {
    let way_out = match did_you_mean(name, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let listed: Vec<&str> = known.take(MAX_LISTED).collect();
            format!("there are {}", listed.join(", "))
        }
    };
    BatchError::Asked(format!("{option}: there is no column `{name}`; {way_out}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_personal_however_they_are_written() {
        let personal = [
            "email".to_owned(),
            "First Name".to_owned(),
            "street".to_owned(),
        ];
        for name in [
            "email",
            "E-Mail",
            "first_name",
            "address.street",
            "EMAIL.domain",
        ] {
            assert!(is_personal(&personal, name), "{name}");
        }
        for name in ["plan", "name", "address", "email_opened", "", "."] {
            assert!(!is_personal(&personal, name), "{name}");
        }
    }
}
