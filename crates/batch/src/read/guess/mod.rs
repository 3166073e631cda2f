//! What `import --dry-run` proposes: a source for a file, from the names and values of its first rows.

mod profile;
mod yaml;

use perennial_model::Zone;
use perennial_rules::project::{Delimiter, Property, PropertyType, Roles, Shape, Source};

use super::columns;
use super::error::ReadError;
use super::inputs::InputFile;
use super::mapping::{ORDER_EVENT, role_column, role_mut};
use super::names::{self, Columns};
use super::sample::Sample;
use super::time::Times;

pub use profile::Profile;
pub(crate) use profile::time_format;

/// A proposal: a source, why it is so, and what could not be told.
#[derive(Clone, Debug)]
pub struct Guess {
    /// The file looked at.
    pub file: String,
    /// Rows looked at.
    pub rows: usize,
    /// The source proposed.
    pub source: Source,
    /// Why each key is as it is, in the order of the source.
    pub choices: Vec<Choice>,
    /// What each column holds.
    pub profiles: Vec<Profile>,
    /// What a person must decide.
    pub warnings: Vec<String>,
}

/// One key of the proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The key in the source, such as `columns.at`.
    pub key: String,
    /// The column chosen; none for keys that name no column.
    pub column: Option<String>,
    /// Why.
    pub reason: String,
}

/// Names of columns that are usually traits of a customer, by letters and digits alone.
const TRAITS: &[&str] = &[
    "country",
    "countrycode",
    "region",
    "city",
    "state",
    "province",
    "postalcode",
    "zip",
    "zipcode",
    "plan",
    "ageband",
    "agegroup",
    "age",
    "gender",
    "sex",
    "industry",
    "companysize",
    "company",
    "language",
    "locale",
    "birthday",
    "birthdate",
    "firstname",
    "lastname",
    "fullname",
    "tier",
    "incomeband",
    "income",
    "maritalstatus",
    "householdsize",
    "signupdate",
    "createdat",
];

impl Guess {
    /// Looks at the first rows of a file and proposes a source for it.
    ///
    /// # Errors
    /// [`ReadError`] where the file cannot be opened, or is of a form that is not read.
    pub fn of(path: &str, zone: &Zone) -> Result<Self, ReadError> {
        let file = InputFile::look(path, zone)?;
        let sample = file.sample()?;
        let shape = file.text().and_then(super::text::TextFile::shape);
        let mut guess = Self {
            file: path.to_owned(),
            rows: sample.rows,
            source: Source {
                files: vec![path.to_owned()],
                format: Some(file.format()),
                delimiter: file.text().and_then(|text| text.delimiter()).map(Delimiter),
                shape,
                ..Source::default()
            },
            choices: Vec::new(),
            profiles: Profile::of_all(&sample, zone),
            warnings: Vec::new(),
        };
        if sample.rows == 0 {
            let warning = "it has no rows to tell by: what stands here is told by names alone";
            guess.warnings.push(warning.to_owned());
        }
        for column in file.left_out() {
            let warning = format!("column `{column}` is a list, map or object and is not read");
            guess.warnings.push(warning);
        }
        if shape == Some(Shape::Segment) {
            guess.choose(
                "shape",
                None,
                "the lines are Segment's calls: their keys are known",
            );
        } else {
            guess.choose_columns(&sample);
        }
        guess.choose_traits(shape);
        guess.choose_properties(shape);
        Ok(guess)
    }

    /// The proposal as text to keep in perennial.yaml.
    pub fn to_yaml(&self) -> String {
        yaml::text(self)
    }

    fn choose(&mut self, key: &str, column: Option<&str>, reason: impl Into<String>) {
        self.choices.push(Choice {
            key: key.to_owned(),
            column: column.map(str::to_owned),
            reason: reason.into(),
        });
    }

    /// The roles: by names, and where names say nothing by values.
    fn choose_columns(&mut self, sample: &Sample) {
        let mut columns = Columns {
            names: &sample.names,
            claimed: &|_| false,
            values: &mut |column| sample.of(column),
        };
        let named = names::guess(&Roles::default(), false, &mut columns);
        for role in columns::CANONICAL {
            let Some(column) = role_column(&named.roles, role).map(str::to_owned) else {
                continue;
            };
            let reason = match self.profile(&column) {
                Some(profile) => format!("its name; {}", profile.describe()),
                None => "its name".to_owned(),
            };
            self.set(role, &column, reason);
        }
        self.choose_time();
        self.choose_customer();
        self.choose_event();
        if let Some(column) = named.amount {
            self.choose_amount(&column);
        }
    }

    /// The time, and its format where that must be declared.
    fn choose_time(&mut self) {
        if self.source.roles.at.is_none() {
            let found = self.profiles.iter().find(|profile| profile.is_time());
            if let Some((name, reason)) = found.map(|p| (p.name.clone(), p.describe())) {
                self.set(columns::AT, &name, reason);
            }
        }
        let Some(column) = self.source.roles.at.clone() else {
            let warning = "no column holds times: name one as `columns: { at: COLUMN }`";
            return self.warnings.push(warning.to_owned());
        };
        let Some(profile) = self
            .profile(&column)
            .filter(|profile| profile.values > 0 && !profile.is_usual_time())
        else {
            return;
        };
        match profile.time_formats.clone().as_slice() {
            [format] => {
                self.source.time_format = Some(format.clone());
                self.choose(
                    "time_format",
                    None,
                    "it fits all of them and nothing else does",
                );
            }
            [] => self.warnings.push(format!(
                "the times in `{column}` are of no form that is known: set `time_format`"
            )),
            several => {
                let forms: Vec<String> = several.iter().map(|form| format!("\"{form}\"")).collect();
                self.warnings.push(format!(
                    "the times in `{column}` may be read in several ways: set `time_format` to {}",
                    forms.join(" or ")
                ));
            }
        }
    }

    /// Who it was, by values: mail addresses, or ids that come again.
    fn choose_customer(&mut self) {
        let is_known = |role: &str| role_column(&self.source.roles, role).is_some();
        if columns::IDENTIFIERS.iter().any(|role| is_known(role)) {
            return;
        }
        let free = |profile: &&Profile| !self.plays_a_role(&profile.name);
        let mail = self.profiles.iter().filter(free).find(|p| p.is_email());
        let id = self.profiles.iter().filter(free).find(|p| p.is_id());
        let found = match (mail, id) {
            (Some(mail), _) => Some((columns::EMAIL, mail)),
            (None, Some(id)) => Some((columns::USER_ID, id)),
            (None, None) => None,
        };
        match found.map(|(role, profile)| (role, profile.name.clone(), profile.describe())) {
            Some((role, name, reason)) => self.set(role, &name, reason),
            None => self.warnings.push(
                "no column says who the customer is: name one as `columns: { user_id: COLUMN }`"
                    .to_owned(),
            ),
        }
    }

    /// What happened, by values; without such a column all rows are orders.
    fn choose_event(&mut self) {
        if self.source.roles.event.is_some() {
            return;
        }
        let free = |profile: &&Profile| !self.plays_a_role(&profile.name);
        let found = self.profiles.iter().filter(free).find(|p| p.is_event());
        match found.map(|p| (p.name.clone(), p.describe())) {
            Some((name, reason)) => self.set(columns::EVENT, &name, reason),
            None => {
                self.source.event = Some(ORDER_EVENT.to_owned());
                self.choose(
                    "event",
                    None,
                    "no column names events, so each row is an order",
                );
            }
        }
    }

    /// The money of an order, as the property that standard touchpoints read.
    fn choose_amount(&mut self, column: &str) {
        let Some(profile) = self.profile(column).filter(|profile| profile.is_number()) else {
            return;
        };
        let kind = if names::counts_cents(column) && profile.is_whole() {
            PropertyType::Minor
        } else {
            PropertyType::Money
        };
        let reason = format!("its name; {}", profile.describe());
        self.property("amount", column, kind, reason);
    }

    /// Columns whose names are usually traits.
    fn choose_traits(&mut self, shape: Option<Shape>) {
        if shape == Some(Shape::Segment) {
            return;
        }
        let is_trait = |profile: &&Profile| {
            TRAITS.contains(&names::plain(&profile.name).as_str())
                && !self.plays_a_role(&profile.name)
        };
        let found: Vec<&Profile> = self.profiles.iter().filter(is_trait).collect();
        let names: Vec<String> = found.iter().map(|profile| profile.name.clone()).collect();
        for name in &names {
            self.choose("traits", Some(name), "its name");
        }
        self.source.traits = names;
    }

    /// Columns that would be taken for numbers and are none.
    fn choose_properties(&mut self, shape: Option<Shape>) {
        let amount = self.profiles.iter().find(|profile| {
            let last = profile.name.rsplit('.').next().unwrap_or_default();
            ["revenue", "total", "value"].contains(&last) && profile.is_number()
        });
        if shape == Some(Shape::Segment)
            && let Some(column) = amount.map(|profile| profile.name.clone())
        {
            self.property(
                "amount",
                &column,
                PropertyType::Money,
                "its name".to_owned(),
            );
        }
        let codes: Vec<String> = self
            .profiles
            .iter()
            .filter(|profile| profile.is_code() && !self.plays_a_role(&profile.name))
            .map(|profile| profile.name.clone())
            .collect();
        for column in codes {
            let name = column.rsplit('.').next().unwrap_or(&column).to_owned();
            let reason = "digits that begin with 0: a code, not a number".to_owned();
            self.property(&name, &column, PropertyType::Text, reason);
        }
    }

    fn property(&mut self, name: &str, column: &str, kind: PropertyType, reason: String) {
        if self
            .source
            .properties
            .iter()
            .any(|p| p.name == name || p.column == column)
        {
            return;
        }
        self.source.properties.push(Property {
            name: name.to_owned(),
            column: column.to_owned(),
            kind: Some(kind),
        });
        self.choose(&format!("properties.{name}"), Some(column), reason);
    }

    fn set(&mut self, role: &str, column: &str, reason: String) {
        if let Some(place) = role_mut(&mut self.source.roles, role) {
            *place = Some(column.to_owned());
            self.choose(&format!("columns.{role}"), Some(column), reason);
        }
    }

    fn profile(&self, column: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == column)
    }

    fn plays_a_role(&self, column: &str) -> bool {
        columns::CANONICAL
            .iter()
            .any(|role| role_column(&self.source.roles, role) == Some(column))
    }
}

/// The form of times that are read without being told.
fn usual(zone: &Zone) -> Times {
    Times::new(None, zone)
}
