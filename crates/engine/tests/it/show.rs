//! Cases for people: what a failing test shows.

use std::fmt;

use perennial_rules::project::{Clause, From, Lifecycle, Stage};

use crate::case::{Case, Happening, Plain};

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let project = &self.project;
        writeln!(
            f,
            "customer {}, {} kinds before",
            self.id, self.kinds_before
        )?;
        for point in &project.touchpoints {
            let columns = (&point.value, &point.score, &point.topic);
            writeln!(
                f,
                "{} counts as {:?}, value score topic {columns:?}",
                point.name, point.counts_as
            )?;
        }
        writeln!(f, "{:?}", project.intent)?;
        project
            .lifecycles
            .iter()
            .try_for_each(|lifecycle| show_lifecycle(lifecycle, f))?;
        for segment in &project.segments {
            writeln!(f, "{}: {}", segment.name, segment.when.text)?;
        }
        for (at, cuts) in &self.cuts {
            let mut cuts = cuts.clone();
            cuts.value_percentiles.dedup();
            writeln!(f, "from {} on {cuts:?}", at.ms())?;
        }
        for (row, happening) in self.happenings.iter().enumerate() {
            write!(f, "{row}: {happening:?}")?;
        }
        write!(f, "until {}", self.until.ms())
    }
}

impl fmt::Debug for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {} {:?}", self.at.ms(), self.points)?;
        if self.received_at != self.at {
            write!(f, ", known at {}", self.received_at.ms())?;
        }
        for (name, value) in &self.properties {
            write!(f, ", {name} {value:?}")?;
        }
        for (name, value) in &self.traits {
            write!(f, ", trait {name} {value:?}")?;
        }
        writeln!(f)
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "'{text}'"),
        }
    }
}

fn show_lifecycle(lifecycle: &Lifecycle, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let kind = if lifecycle.classification {
        "classification"
    } else {
        "stages"
    };
    write!(f, "{}, {kind}, {:?}", lifecycle.name, lifecycle.policy)?;
    if let Some(rule) = &lifecycle.applies_to {
        write!(f, ", for {}", rule.text)?;
    }
    writeln!(f)?;
    lifecycle
        .stages
        .iter()
        .try_for_each(|stage| show_stage(stage, f))
}

fn show_stage(stage: &Stage, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let optional = if stage.optional { ", optional" } else { "" };
    let dwell = stage.dwell.map(|dwell| format!(", dwell {dwell}"));
    writeln!(f, "  {}{optional}{}", stage.name, dwell.unwrap_or_default())?;
    stage
        .enter
        .iter()
        .try_for_each(|clause| show_clause(clause, f))
}

fn show_clause(clause: &Clause, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &clause.from {
        From::AnyStage => write!(f, "    from any stage")?,
        From::Anywhere => write!(f, "    from anywhere")?,
        From::Named { outside, stages } => {
            let outside = if *outside { "outside and " } else { "" };
            write!(f, "    from {outside}stages {stages:?}")?;
        }
    }
    if !clause.on.is_empty() {
        write!(f, ", on {}", clause.on.join(" or "))?;
    }
    if let Some(hold) = clause.by_hand {
        write!(f, ", by hand for {hold}")?;
    }
    if let Some(rule) = &clause.when {
        write!(f, ", when {}", rule.text)?;
    }
    writeln!(f)
}
