//! What a rule may name: the project's touchpoints, lifecycles, segments and traits, and the place it stands in.

/// The names of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The touchpoints.
    pub points: Vec<PointNames>,
    /// The lifecycles.
    pub lifecycles: Vec<LifecycleNames>,
    /// The segments.
    pub segments: Vec<String>,
    /// The traits, where they are declared; `None`: any name may be one.
    pub traits: Option<Vec<String>>,
    /// The columns of a row, where a rule stands at [`Place::Row`].
    pub columns: Vec<String>,
}

/// A touchpoint's name, and which of the three named measures it maps. Every other property can be
/// asked by its own name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PointNames {
    /// Its name.
    pub name: String,
    /// Whether it maps a `value`.
    pub value: bool,
    /// Whether it maps a `score`.
    pub score: bool,
    /// Whether it maps a `topic`.
    pub topic: bool,
}

/// A lifecycle's name and those of its stages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifecycleNames {
    /// Its name.
    pub name: String,
    /// Its stages.
    pub stages: Vec<String>,
}

/// Where a rule stands, which decides what it may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A touchpoint's `where`: it sees one event and nothing of the customer.
    EventWhere,
    /// A question's rule: it sees one row of a file, every column of it by name.
    Row,
    /// A stage's `when`.
    Clause,
    /// A segment's `when`: it must be answerable at any time, so it cannot ask for the touch at hand.
    Segment,
    /// A lifecycle's `for`: as a segment's, and it cannot ask for its own lifecycle.
    AppliesTo,
}

/// All that a rule is checked against.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The project's names.
    pub names: &'a Names,
    /// Where the rule stands.
    pub place: Place,
    /// The lifecycle it stands in, which `stage()` without a name means; `None` outside of any.
    pub lifecycle: Option<&'a str>,
}

impl Names {
    /// The touchpoint of a name.
    pub fn point(&self, name: &str) -> Option<&PointNames> {
        self.points.iter().find(|point| point.name == name)
    }

    /// The lifecycle of a name.
    pub fn lifecycle(&self, name: &str) -> Option<&LifecycleNames> {
        self.lifecycles
            .iter()
            .find(|lifecycle| lifecycle.name == name)
    }
}

impl PointNames {
    /// Whether a measure can be asked: one of the three only where it is mapped, any other name always.
    pub fn has(&self, measure: &str) -> bool {
        match measure {
            "value" => self.value,
            "score" => self.score,
            "topic" => self.topic,
            _ => true,
        }
    }
}
