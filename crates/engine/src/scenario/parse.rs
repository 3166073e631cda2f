//! From text to a [`Scenario`], or to all that is wrong with it at once.

use std::collections::HashMap;

use perennial_model::{Number, Symbols, Time, Zone};
use perennial_rules::project::{Touchpoint, is_scored, normalize_event_name};
use perennial_rules::suggest::did_you_mean;
use perennial_rules::{Machine, Project};

use super::calendar::{Calendar, is_time};
use super::expected::{self, Complaint};
use super::thresholds;
use super::words::{cut, unquoted, words};
use super::{Deed, Line, Literal, MAX_DAY, MAX_LINES, Property, Scenario, ScenarioError};
use crate::recognize::Recognizer;

/// How a line begins that says what a customer does.
const SHAPE: &str = "write `day 2 10:30 ada ordered value=40`; the time may be left out";

impl Scenario {
    /// Reads a scenario and checks its names against a project.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn parse(text: &str, project: &Project) -> Result<Self, Vec<ScenarioError>> {
        let machine = Machine::compile(project, &mut Symbols::default());
        let mut reader = Reader {
            project,
            recognizer: Recognizer::new(&machine),
            read: machine.slots.iter().map(|slot| slot.name.clone()).collect(),
            scenario: Self {
                calendar: Calendar::new(&project.zone),
                thresholds: Vec::new(),
                lines: Vec::new(),
            },
            started: false,
            latest: HashMap::new(),
        };
        let mut errors = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let result = if number > MAX_LINES {
                let message = format!("a scenario has at most {MAX_LINES} lines");
                complain(message, "cut it into several")
            } else {
                reader.line(number, line)
            };
            if let Err((message, help)) = result {
                errors.push(ScenarioError {
                    line: number,
                    message,
                    help,
                });
            }
            if number > MAX_LINES {
                break;
            }
        }
        if errors.is_empty() {
            Ok(reader.scenario)
        } else {
            Err(errors)
        }
    }
}

/// Reads line by line.
struct Reader<'p> {
    project: &'p Project,
    recognizer: Recognizer,
    /// The properties and traits that are read anywhere.
    read: Vec<String>,
    scenario: Scenario,
    started: bool,
    /// Each customer's latest line: its instant, and whether time has passed it.
    latest: HashMap<String, (Time, bool)>,
}

impl Reader<'_> {
    fn line(&mut self, number: usize, line: &str) -> Result<(), Complaint> {
        let Some(parts) = cut(line) else {
            return complain("a quote is never closed", "put a `\"` behind the name");
        };
        let words = words(parts.left);
        match words.as_slice() {
            [] if parts.right.is_none() => Ok(()),
            ["start", rest @ ..] => self.start(rest),
            ["thresholds", rest @ ..] => {
                let dated = thresholds::read(rest, &self.scenario.calendar, self.project)?;
                self.scenario.thresholds.push(dated);
                Ok(())
            }
            ["day", rest @ ..] => {
                let mut read = self.deed(number, rest)?;
                if let Some(right) = parts.right {
                    read.expected = Some(self.expected(right)?);
                    read.expected_text = right.to_owned();
                }
                self.keep(read)
            }
            _ => complain("a line begins with `day`, `start` or `thresholds`", SHAPE),
        }
    }

    fn start(&mut self, words: &[&str]) -> Result<(), Complaint> {
        if std::mem::replace(&mut self.started, true) || !self.scenario.is_blank() {
            let help = "write it once, before all other lines";
            return complain("`start` comes too late", help);
        }
        let zone = match words {
            [_, name, ..] => Zone::named(name),
            _ => Some(self.project.zone.clone()),
        };
        let calendar = match (words, zone) {
            ([_, name], None) => {
                let message = format!("there is no time zone `{name}`");
                return complain(
                    message,
                    "write an IANA name such as `Europe/Berlin` or `UTC`",
                );
            }
            ([date] | [date, _], Some(zone)) => Calendar::starting(date, &zone),
            _ => None,
        };
        match calendar {
            Some(calendar) => self.scenario.calendar = calendar,
            None => return complain("`start` needs a date", "write `start 2024-01-01`"),
        }
        Ok(())
    }

    fn deed(&mut self, number: usize, words: &[&str]) -> Result<Line, Complaint> {
        let (at, words) = instant(words, &self.scenario.calendar)?;
        let [customer, words @ ..] = words else {
            return complain("the customer is missing", SHAPE);
        };
        let deed = match words {
            [] => return complain("what she does is missing", SHAPE),
            ["(silence)"] => Deed::Silence,
            ["(silence)", ..] => {
                return complain("silence has no properties", "write `(silence)` alone");
            }
            ["event", name, properties @ ..] if !name.contains('=') || unquoted(name).is_some() => {
                let name = unquoted(name).unwrap_or(name);
                if normalize_event_name(name).is_empty() {
                    return complain("the event has no name", "write `event \"Order Completed\"`");
                }
                Deed::Event(name.to_owned(), read_properties(properties)?)
            }
            [name, properties @ ..] => self.named(name, properties)?,
        };
        Ok(Line {
            number,
            at,
            customer: unquoted(customer).unwrap_or(customer).to_owned(),
            deed,
            expected: None,
            expected_text: String::new(),
        })
    }

    /// A touchpoint by its name, or an event that some touchpoint names.
    fn named(&self, name: &str, words: &[&str]) -> Result<Deed, Complaint> {
        let points = &self.project.touchpoints;
        if let Some(point) = points.iter().find(|point| point.name == name) {
            let mut properties = read_properties(words)?;
            for property in &mut properties {
                property.name = self.property_name(point, &property.name)?;
            }
            return Ok(Deed::Touch(name.to_owned(), properties));
        }
        if self.recognizer.knows(name) || is_scored(name) {
            return Ok(Deed::Event(name.to_owned(), read_properties(words)?));
        }
        let events = points.iter().flat_map(|point| &point.matches);
        let known = points.iter().map(|point| &point.name[..]);
        let help = match did_you_mean(name, known.chain(events.map(|one| &one.event[..]))) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "an event that no touchpoint names is written `event \"{}\"`",
                name.trim_matches('"')
            ),
        };
        complain(format!("no touchpoint or event is called `{name}`"), help)
    }

    /// The property that a touchpoint measures as its value, score or topic; else the name itself.
    fn property_name(&self, point: &Touchpoint, name: &str) -> Result<String, Complaint> {
        let measure = match name {
            "value" => &point.value,
            "score" => &point.score,
            "topic" => &point.topic,
            _ => &None,
        };
        if let Some(property) = measure {
            return Ok(property.clone());
        }
        // What nothing reads does no harm, unless something else was meant.
        let known = self.read.iter().map(String::as_str);
        if !self.read.iter().any(|read| read == name)
            && let Some(near) = did_you_mean(name, known)
        {
            let message = format!("nothing reads a property or trait `{name}`");
            return complain(message, format!("did you mean `{near}`?"));
        }
        Ok(name.to_owned())
    }

    fn expected(&self, right: &str) -> Result<Vec<expected::Happening>, Complaint> {
        if right.is_empty() {
            let help =
                "write `(nothing)` if nothing must follow, or remove the arrow to leave it open";
            return complain("nothing stands behind the arrow", help);
        }
        expected::parse(right, self.project, &self.scenario.calendar)
    }

    /// Keeps a line if it does not go back in its customer's time.
    fn keep(&mut self, line: Line) -> Result<(), Complaint> {
        let is_silence = matches!(line.deed, Deed::Silence);
        let customer = &line.customer;
        if let Some(&(at, passed)) = self.latest.get(customer) {
            let at_text = self.scenario.calendar.text(at);
            if line.at < at {
                let message = format!("{customer} has got to {at_text} already");
                return complain(message, "put her lines into the order of time");
            }
            if line.at == at && passed && !is_silence {
                let message = format!("{customer}'s silence up to {at_text} includes this instant");
                return complain(
                    message,
                    "put the touch before the silence, or a moment later",
                );
            }
        }
        let latest = (line.at, is_silence);
        self.latest.insert(customer.clone(), latest);
        self.scenario.lines.push(line);
        Ok(())
    }
}

impl Scenario {
    /// Whether nothing has been read yet.
    fn is_blank(&self) -> bool {
        self.lines.is_empty() && self.thresholds.is_empty()
    }
}

/// Reads `day N [TIME]`, with `day` taken off already; answers the words behind it too.
pub(super) fn instant<'w, 't>(
    words: &'w [&'t str],
    calendar: &Calendar,
) -> Result<(Time, &'w [&'t str]), Complaint> {
    let Some((day, rest)) = words.split_first() else {
        return complain("the number of the day is missing", SHAPE);
    };
    let (time, rest) = match rest.split_first() {
        Some((time, behind)) if time.contains(':') && !time.contains('=') => (Some(*time), behind),
        _ => (None, rest),
    };
    if let Some(time) = time.filter(|time| !is_time(time)) {
        let message = format!("`{time}` is no time of day");
        return complain(
            message,
            "write `09:30`, or `09:30:15.250` to the millisecond",
        );
    }
    match calendar.instant(day, time) {
        Some(at) => Ok((at, rest)),
        None => {
            let message = format!("there is no day `{day}` with that time");
            complain(message, format!("days go from 0 to {MAX_DAY}"))
        }
    }
}

fn read_properties(words: &[&str]) -> Result<Vec<Property>, Complaint> {
    let property = |word: &&str| match word.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() && !name.contains('"') => {
            Ok(Property {
                name: name.to_owned(),
                value: literal(value),
            })
        }
        _ => {
            let message = format!("`{word}` is no property");
            complain(
                message,
                "write `name=value`; what has spaces in it stands in \"quotes\"",
            )
        }
    };
    words.iter().map(property).collect()
}

/// A value: what stands in quotes is text whatever it looks like.
fn literal(text: &str) -> Literal {
    if let Some(text) = unquoted(text) {
        return Literal::Text(text.to_owned());
    }
    match (text, Number::parse(text)) {
        ("true", _) => Literal::Bool(true),
        ("false", _) => Literal::Bool(false),
        (_, Ok(number)) => Literal::Number(number),
        _ => Literal::Text(text.to_owned()),
    }
}

/// A complaint: what is wrong, and the way out.
pub(super) fn complain<T>(
    message: impl Into<String>,
    help: impl Into<String>,
) -> Result<T, Complaint> {
    Err((message.into(), help.into()))
}
