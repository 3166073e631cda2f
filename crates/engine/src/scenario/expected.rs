//! The right-hand side of a line: what happened to a customer, read from text and written as text.

use perennial_model::{Change, Time};
use perennial_rules::suggest::did_you_mean;
use perennial_rules::{Machine, Project};

use super::calendar::{Calendar, is_time};

/// The word for no change at all.
const NOTHING: &str = "(nothing)";

/// The word for being in no stage of a lifecycle.
const OUT: &str = "(out)";

/// One change, by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Happening {
    pub(super) what: What,
    /// When; `None` is not asked.
    pub(super) at: Option<Time>,
}

/// What changed. A stage of `None` is outside the lifecycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A stage was entered, or the lifecycle left.
    Moved {
        lifecycle: String,
        stage: Option<String>,
    },
    /// A move was refused by a policy.
    Refused {
        lifecycle: String,
        stage: Option<String>,
        policy: String,
    },
    /// A segment was entered.
    Entered(String),
    /// A segment was left.
    Left(String),
}

/// What is wrong with a right-hand side, and the way out.
pub(super) type Complaint = (String, String);

impl Happening {
    /// A change of the fold.
    pub(super) fn of(change: &Change, machine: &Machine) -> Self {
        let lifecycle = |number: u16| &machine.lifecycles[usize::from(number)];
        let stage = |number: u16, stage: Option<u8>| {
            stage.map(|stage| lifecycle(number).stages[usize::from(stage)].name.clone())
        };
        let (what, at) = match change {
            Change::Moved(made) => {
                let what = What::Moved {
                    lifecycle: lifecycle(made.lifecycle).name.clone(),
                    stage: stage(made.lifecycle, made.to),
                };
                (what, made.at)
            }
            Change::Refused(refusal) => {
                let asked = refusal.asked;
                let what = What::Refused {
                    lifecycle: lifecycle(asked.lifecycle).name.clone(),
                    stage: stage(asked.lifecycle, asked.to),
                    policy: refusal.policy.to_owned(),
                };
                (what, asked.at)
            }
            Change::Switched(switch) => {
                let name = machine.segments[usize::from(switch.segment)].name.clone();
                let what = if switch.entered {
                    What::Entered(name)
                } else {
                    What::Left(name)
                };
                (what, switch.at)
            }
        };
        Self { what, at: Some(at) }
    }

    /// Whether this is what `expected` asks for.
    fn fulfils(&self, expected: &Self) -> bool {
        self.what == expected.what && (expected.at.is_none() || self.at == expected.at)
    }

    /// As text. The instant is told where it is not the line's own.
    fn text(&self, calendar: &Calendar, line_at: Time) -> String {
        let place = |stage: &Option<String>| stage.clone().unwrap_or_else(|| OUT.to_owned());
        let what = match &self.what {
            What::Moved { lifecycle, stage } => format!("{lifecycle}: {}", place(stage)),
            What::Refused {
                lifecycle,
                stage,
                policy,
            } => {
                format!("refused {lifecycle}: {} ({policy})", place(stage))
            }
            What::Entered(segment) => format!("+{segment}"),
            What::Left(segment) => format!("-{segment}"),
        };
        match self.at {
            Some(at) if at != line_at => format!("{what} @ {}", calendar.text(at)),
            _ => what,
        }
    }
}

/// Whether what happened is what was expected, in the same order.
pub(super) fn fulfilled(got: &[Happening], expected: &[Happening]) -> bool {
    got.len() == expected.len()
        && got
            .iter()
            .zip(expected)
            .all(|(got, asked)| got.fulfils(asked))
}

/// All that happened up to a line, as its right-hand side would be written.
pub(super) fn text(happenings: &[Happening], calendar: &Calendar, line_at: Time) -> String {
    if happenings.is_empty() {
        return NOTHING.to_owned();
    }
    let texts = happenings.iter().map(|one| one.text(calendar, line_at));
    texts.collect::<Vec<_>>().join(", ")
}

/// Reads a right-hand side.
pub(super) fn parse(
    text: &str,
    project: &Project,
    calendar: &Calendar,
) -> Result<Vec<Happening>, Complaint> {
    if text == NOTHING {
        return Ok(Vec::new());
    }
    let items = text.split(',').map(str::trim);
    items
        .map(|item| happening(item, project, calendar))
        .collect()
}

fn happening(item: &str, project: &Project, calendar: &Calendar) -> Result<Happening, Complaint> {
    let (what, at) = match item.split_once('@') {
        None => (item, None),
        Some((what, when)) => (what.trim(), Some(instant(when.trim(), calendar)?)),
    };
    Ok(Happening {
        what: read_what(what, project)?,
        at,
    })
}

fn instant(text: &str, calendar: &Calendar) -> Result<Time, Complaint> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let found = match words.as_slice() {
        ["day", day] => calendar.instant(day, None),
        ["day", day, time] if is_time(time) => calendar.instant(day, Some(time)),
        _ => None,
    };
    found.ok_or_else(|| {
        let message = format!("`{text}` is no instant");
        (message, "write `@ day 91 00:00`".to_owned())
    })
}

fn read_what(text: &str, project: &Project) -> Result<What, Complaint> {
    for (sign, what) in [
        ('+', What::Entered as fn(String) -> What),
        ('-', What::Left),
    ] {
        if let Some(name) = text.strip_prefix(sign) {
            let known = project.segments.iter().map(|segment| &segment.name[..]);
            return known_name("segment", name, known).map(what);
        }
    }
    if let Some(rest) = text.strip_prefix("refused ") {
        let parts = rest.rsplit_once('(').and_then(|(place, policy)| {
            let policy = policy.strip_suffix(')')?;
            (!policy.is_empty() && policy != "out").then_some((place, policy.to_owned()))
        });
        let (place, policy) = parts.ok_or_else(|| {
            let message = format!("`{text}` does not say which policy refused");
            (
                message,
                "write `refused retail: lead (backward)`".to_owned(),
            )
        })?;
        let (lifecycle, stage) = read_place(place, project)?;
        return Ok(What::Refused {
            lifecycle,
            stage,
            policy,
        });
    }
    let (lifecycle, stage) = read_place(text, project)?;
    Ok(What::Moved { lifecycle, stage })
}

/// A lifecycle and a stage of it.
fn read_place(text: &str, project: &Project) -> Result<(String, Option<String>), Complaint> {
    let (lifecycle, stage) = text.split_once(':').ok_or_else(|| {
        let message = format!("`{text}` is no change of a customer");
        let help = "write `retail: lead`, `+segment`, `-segment`, `refused retail: lead (backward)` or `(nothing)`";
        (message, help.to_owned())
    })?;
    let (lifecycle, stage) = (lifecycle.trim(), stage.trim());
    let known = project.lifecycles.iter().map(|one| &one.name[..]);
    let lifecycle = known_name("lifecycle", lifecycle, known)?;
    if stage == OUT {
        return Ok((lifecycle, None));
    }
    let own = project.lifecycles.iter().find(|one| one.name == lifecycle);
    let stages = own.into_iter().flat_map(|one| &one.stages);
    let stage = known_name("stage", stage, stages.map(|stage| &stage.name[..]))?;
    Ok((lifecycle, Some(stage)))
}

fn known_name<'n>(
    noun: &str,
    name: &str,
    known: impl Iterator<Item = &'n str> + Clone,
) -> Result<String, Complaint> {
    if known.clone().any(|one| one == name) {
        return Ok(name.to_owned());
    }
    let help = match did_you_mean(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match known.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => format!("the project defines no {noun}"),
            known => format!("known are {known}"),
        },
    };
    Err((format!("there is no {noun} `{name}`"), help))
}
